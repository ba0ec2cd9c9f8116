from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import available_timezones

from rest_framework import serializers

from accounts.book.models import Account, Channel, Deployment, ExternalId, Market, Region, Segment, Stage
from accounts.book.operations import AccountFacts, AccountRow
from accounts.book.selectors import external_ids_of
from cs_platform.common.api import MOST_ROWS, Choice, OutsideName, Strict, optional_text

ZONES = frozenset(available_timezones())
FACTS = frozenset(AccountFacts.__annotations__)
# The categories of mail live in a room above; their keys are part of this API.
CATEGORIES = ("all", "enablement", "newsletter", "survey")


def choice(choices: Any, help_text: str = "") -> Choice:
    return Choice(choices=choices, required=False, help_text=help_text)


class AccountBody(Strict):
    """What to say of an account. What is left out stays as it is."""

    name = serializers.CharField(required=False, max_length=200, help_text="Required for a new account.")
    parent = optional_text(  # type: ignore[assignment]
        120, "External ID of the parent account in the same system; empty for none."
    )
    csm = optional_text(254, "Email of the user who is the CSM; empty for none.")
    segment = choice(Segment.choices)
    stage = choice(Stage.choices)
    market = choice(Market.choices)
    priority = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=4)
    deployment = choice(Deployment.choices)
    products = serializers.ListField(
        child=serializers.CharField(max_length=60),
        required=False,
        help_text="For accounts without contracts; otherwise derived from contracts.",
    )
    purchase_channel = choice(Channel.choices)
    industry = optional_text(80)
    country = optional_text(60)
    region = choice(Region.choices)
    zone = optional_text(64, "IANA name, such as Europe/Lisbon.")
    is_pubsec = serializers.BooleanField(required=False)
    is_restricted = serializers.BooleanField(required=False)
    switched_off = serializers.ListField(child=serializers.ChoiceField(choices=CATEGORIES), required=False)
    contract_date = serializers.DateField(required=False, allow_null=True)

    def validate_zone(self, value: str) -> str:
        if value not in ZONES:
            raise serializers.ValidationError(
                f"{value} isn't a time zone. Use a name such as Europe/Lisbon.", "unknown_zone"
            )
        return value


class AccountUpsertRow(AccountBody):
    external_id = serializers.CharField(max_length=120)


class AccountBulk(Strict):
    """Up to 200 accounts of one system."""

    system = serializers.SlugField(max_length=30)
    all_or_none = serializers.BooleanField(required=False, default=False)
    rows = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MOST_ROWS)


def account_row(external_id: str, said: dict[str, Any]) -> AccountRow:
    facts = {name: value for name, value in said.items() if name in FACTS}
    return AccountRow(
        external_id,
        AccountFacts(**facts),  # type: ignore[typeddict-item]
        parent=said.get("parent"),
        csm=said.get("csm"),
    )


class AccountShape(serializers.Serializer[Any]):
    """An account. Amounts are text, so that no digit is lost on the way."""

    id = serializers.UUIDField()
    external_ids = OutsideName(many=True)
    name = serializers.CharField()
    parent_id = serializers.UUIDField(allow_null=True)
    csm = serializers.CharField(allow_null=True)
    segment = serializers.ChoiceField(choices=Segment.choices)
    stage = serializers.ChoiceField(choices=Stage.choices)
    market = serializers.ChoiceField(choices=Market.choices)
    priority = serializers.IntegerField(allow_null=True)
    deployment = serializers.ChoiceField(choices=Deployment.choices)
    products = serializers.ListField(child=serializers.CharField())
    purchase_channel = serializers.ChoiceField(choices=Channel.choices)
    industry = serializers.CharField()
    country = serializers.CharField()
    region = serializers.ChoiceField(choices=Region.choices)
    zone = serializers.CharField()
    is_pubsec = serializers.BooleanField()
    is_restricted = serializers.BooleanField()
    switched_off = serializers.ListField(child=serializers.CharField())
    contract_date = serializers.DateField(allow_null=True)
    renewal_date = serializers.DateField(allow_null=True)
    arr = serializers.DecimalField(max_digits=18, decimal_places=4)
    seats = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class AccountUpserted(AccountShape):
    created = serializers.BooleanField()
    changed = serializers.BooleanField()


class AccountPage(serializers.Serializer[Any]):
    data = AccountShape(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField()
    has_more = serializers.BooleanField()
    as_of = serializers.DateTimeField()


SHOWN: list[str] = [
    name for name in AccountShape().get_fields() if name not in ("id", "external_ids", "parent_id", "csm")
]


def show_accounts(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """Put accounts into JSON; parents and CSMs are to hand (select_related), external ids are asked for once."""
    names = external_ids_of(kind=ExternalId.Kind.ACCOUNT, numbers=[account.pk for account in accounts])
    shown = [
        {
            "id": account.uuid,
            "external_ids": names.get(account.pk, []),
            "parent_id": account.parent.uuid if account.parent else None,
            "csm": account.csm.email if account.csm else None,
            **{name: getattr(account, name) for name in SHOWN},
        }
        for account in accounts
    ]
    return [dict(AccountShape(each).data) for each in shown]
