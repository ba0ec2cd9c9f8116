from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0002_attempts")]
    operations = [
        migrations.AlterField(
            "importrun",
            "state",
            models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                ],
                default="queued",
                max_length=8,
            ),
        )
    ]
