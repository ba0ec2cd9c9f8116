"""Audit, change feed and as-of spans of what the accounts room holds."""

from django.db import migrations

from cs_platform.common import triggers

# What a condition may name of an account; each can be asked as of a date.
SPANNED = (
    "name", "parent_id", "segment", "stage", "market", "priority", "deployment", "products", "purchase_channel",
    "industry", "country", "region", "zone", "is_pubsec", "is_restricted", "switched_off", "contract_date", "csm_id",
    "top_id", "renewal_date",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_schema")]
    operations = [
        triggers.feed("accounts_account"),
        triggers.feed("accounts_subscription"),
        triggers.feed("accounts_opportunity"),
        triggers.spans("accounts_account", into="accounts_accountspan", key="account_id", columns=SPANNED),
        triggers.audit("accounts_account", quiet=("arr", "seats", "renewal_date", "top_id")),
        triggers.audit("accounts_subscription"),
        triggers.audit("accounts_opportunity"),
        triggers.audit("accounts_csmassignment"),
        triggers.audit("accounts_segment"),
        triggers.audit("accounts_user", quiet=("password", "last_login")),
        triggers.audit("accounts_user_bundles"),
        triggers.audit("accounts_bundle"),
        triggers.audit("accounts_organisation"),
        triggers.audit("accounts_apitoken", quiet=("digest", "last_used_at")),
    ]
