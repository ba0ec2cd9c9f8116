from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0007_newest_change")]
    operations = [migrations.AddField("program", "skipped_until", models.DateTimeField(null=True))]
