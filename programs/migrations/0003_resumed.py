from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("programs", "0002_decisions")]
    operations = [migrations.AddField("program", "resumed_at", models.DateTimeField(null=True))]
