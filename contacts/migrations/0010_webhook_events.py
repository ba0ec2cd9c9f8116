"""Name a provider's POST for what it is."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0009_rare_states")]
    operations = [migrations.RenameModel("RawReceipt", "WebhookEvent")]
