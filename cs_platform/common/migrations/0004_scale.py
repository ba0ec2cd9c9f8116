from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0003_lived_date")]
    operations = [migrations.AddField("clock", "scale", models.FloatField(default=1.0))]
