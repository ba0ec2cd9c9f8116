"""The permission bundles every installation starts with."""

from django.db import migrations

BUNDLES = {
    "program_manager": (
        "Program manager",
        ["view", "edit_contacts", "edit_accounts", "run_programs", "import", "see_pubsec"],
    ),
    "csm": ("CSM", ["view", "edit_contacts", "edit_accounts"]),
    "administrator": (
        "Administrator",
        ["view", "edit_contacts", "edit_accounts", "run_programs", "import", "administer", "see_pubsec"],
    ),
    "viewer": ("Viewer", ["view", "see_pubsec"]),
}


def add(apps, schema_editor):
    bundle = apps.get_model("accounts", "Bundle")
    for key, (name, permissions) in BUNDLES.items():
        bundle.objects.update_or_create(key=key, defaults={"name": name, "permissions": permissions})


def remove(apps, schema_editor):
    apps.get_model("accounts", "Bundle").objects.filter(key__in=BUNDLES).delete()


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_triggers")]
    operations = [migrations.RunPython(add, remove)]
