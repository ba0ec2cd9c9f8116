from django.db import migrations, models

BOOKKEEPING = (
    "kind",
    "key",
    "error",
    "attempts",
    "first_failed_at",
    "last_failed_at",
    "set_aside_at",
    "mended_at",
)
# What a person decided is audited; that a row fails and goes through again is not.
AUDIT = f"""
create trigger common_deadletter_audit_update after update on common_deadletter
referencing old table as old_rows new table as new_rows
for each statement execute function keel_audit({", ".join(f"'{column}'" for column in BOOKKEEPING)})
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0005_search_functions")]
    operations = [
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60)),
                ("key", models.CharField(max_length=200)),
                ("error", models.TextField()),
                ("attempts", models.PositiveIntegerField()),
                ("first_failed_at", models.DateTimeField()),
                ("last_failed_at", models.DateTimeField()),
                ("set_aside_at", models.DateTimeField(null=True)),
                ("retried_at", models.DateTimeField(null=True)),
                ("retried_by", models.CharField(blank=True, max_length=254)),
                ("discarded_at", models.DateTimeField(null=True)),
                ("discarded_by", models.CharField(blank=True, max_length=254)),
                ("mended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["first_failed_at", "id"],
                        name="dead_letters_waiting",
                        condition=models.Q(("discarded_at", None), ("mended_at", None)),
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("kind", "key"), name="one_dead_letter_a_row")],
            },
        ),
        migrations.RunSQL(AUDIT, "drop trigger common_deadletter_audit_update on common_deadletter"),
    ]
