from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integrations", "0001_imports")]
    operations = [
        migrations.AddField("importrun", "attempts", models.PositiveSmallIntegerField(default=0)),
        migrations.AddField("importrun", "at_line", models.PositiveIntegerField(default=0)),
        migrations.AddField("importrun", "resume_after", models.PositiveIntegerField(default=0)),
    ]
