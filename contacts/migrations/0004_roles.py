"""The GitLab Role picklist every installation starts with; admins may change it."""

from django.db import migrations

ROLES = [
    ("gitlab_admin", "GitLab Admin", "First recipient of onboarding, enablement, newsletters, NPS and CSAT"),
    ("executive_sponsor", "Executive Sponsor", "Owns the business outcome"),
    ("champion_influencer", "Champion/Influencer", "Drives adoption inside the company"),
    ("economic_buyer", "Economic Buyer", "Signs the renewal"),
    ("security_lead", "Security Lead", "Owns scanning and policy"),
    ("development_lead", "Development Lead", "Owns pipelines and runners"),
    ("decision_maker", "Decision Maker", "Decides on plan and seats"),
    ("billing_procurement", "Billing/Procurement", "Pays the invoice; never asked for CSAT"),
]


def add(apps, schema_editor):
    role = apps.get_model("contacts", "GitlabRole")
    for position, (key, label, description) in enumerate(ROLES):
        role.objects.update_or_create(
            key=key, defaults={"label": label, "description": description, "position": position}
        )


def remove(apps, schema_editor):
    apps.get_model("contacts", "GitlabRole").objects.filter(key__in=[key for key, *_ in ROLES]).delete()


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_triggers")]
    operations = [migrations.RunPython(add, remove)]
