"""Hold the mail of a sender, a domain or a server that is refused for our sake."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0018_recorded_at")]
    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "scope",
                    models.CharField(
                        choices=[("sender", "Sender"), ("domain", "Sending domain"), ("server", "Mail server")],
                        max_length=8,
                    ),
                ),
                ("key", models.CharField(max_length=254)),
                ("fault", models.CharField(max_length=16)),
                ("answer", models.CharField(max_length=1000)),
                ("opened_at", models.DateTimeField()),
                ("refused_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("retry_at", models.DateTimeField()),
                ("probe", models.BigIntegerField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("scope", "key"), name="one_breaker_a_sender_domain_or_server")
                ],
            },
        ),
    ]
