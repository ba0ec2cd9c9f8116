from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0002_tables")]
    operations = [migrations.AddField("clock", "lived_date", models.DateField(null=True))]
