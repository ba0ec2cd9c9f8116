"""Audit, change feed and as-of spans of what the contacts room holds. Never on deliveries or events."""

from django.db import migrations

from cs_platform.common import triggers


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_streams"), ("accounts", "0002_triggers")]
    operations = [
        triggers.feed("contacts_person"),
        triggers.feed("contacts_membership"),
        triggers.spans(
            "contacts_membership",
            into="contacts_membershipspan",
            key="membership_id",
            columns=("person_id", "account_id", "roles", "access", "is_active", "opted_out"),
        ),
        triggers.audit("contacts_person"),
        triggers.audit("contacts_membership"),
        triggers.audit("contacts_soldto"),
        triggers.audit("contacts_suppression"),
        triggers.audit("contacts_gitlabrole"),
        triggers.audit("contacts_sender"),
        triggers.audit("contacts_template"),
    ]
