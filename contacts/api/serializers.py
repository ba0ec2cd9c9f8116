from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rest_framework import serializers

from accounts.book.models import ExternalId
from accounts.book.selectors import external_ids_of
from contacts.consent.rules import BadAddress, normalise_address
from contacts.people.models import Access, Membership, SoldTo, Source
from contacts.people.operations import ContactRow
from contacts.people.operations.contacts import PersonFacts
from contacts.people.selectors import picklist
from contacts.recipients.selectors import reached_among
from cs_platform.common.api import MOST_ROWS, Choice, OutsideName, Strict, optional_text

FACTS = frozenset(PersonFacts.__annotations__)


class Roles(serializers.ListField):
    """GitLab roles by key or by label; Salesforce's own `A;B` will do. What is no role is refused by the operation."""

    child = serializers.CharField(max_length=60)

    def to_internal_value(self, data: Any) -> list[str]:
        if isinstance(data, str):
            data = [part for part in data.split(";") if part.strip()]
        return [str(each).strip() for each in super().to_internal_value(data)]


class ContactBody(Strict):
    """What to say of a contact, who is somebody at an account. What is left out stays as it is."""

    account = serializers.CharField(
        required=False,
        max_length=120,
        help_text="The account's external ID in the same system. Required for a new contact.",
    )
    account_id = serializers.UUIDField(required=False, help_text="Or the account's ID in Keel.")
    email = serializers.CharField(required=False, allow_null=True, max_length=254)
    first_name = optional_text(80)
    last_name = optional_text(80)
    title = optional_text(120)
    locale = optional_text(16)
    zone = optional_text(64)
    gitlab_roles = Roles(required=False, help_text="All roles, by key or label. An empty list removes all roles.")
    access = Choice(choices=Access.choices, required=False, allow_blank=True)
    is_active = serializers.BooleanField(required=False)
    is_opted_out = serializers.BooleanField(
        required=False, help_text="True stops all email to the contact about the account. False changes nothing."
    )
    sold_to_since = serializers.DateField(required=False, help_text="Marks the contact as Sold-To from this date.")

    def validate_email(self, value: str | None) -> str | None:
        if not value:
            return None
        try:
            return normalise_address(value)
        except BadAddress as error:
            raise serializers.ValidationError(str(error), "bad_address") from error

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "account" in attrs and "account_id" in attrs:
            message = "Give either account or account_id, not both."
            raise serializers.ValidationError({"account_id": serializers.ErrorDetail(message, "named_twice")})
        return attrs


class ContactUpsertRow(ContactBody):
    external_id = serializers.CharField(max_length=120)


class ContactBulk(Strict):
    """Up to 200 contacts of one system."""

    system = serializers.SlugField(max_length=30)
    all_or_none = serializers.BooleanField(required=False, default=False)
    rows = serializers.ListField(child=serializers.DictField(), min_length=1, max_length=MOST_ROWS)


class RolesBody(Strict):
    """All GitLab roles a contact has from now on."""

    gitlab_roles = Roles(help_text="By key or label. An empty list removes all roles.")


def contact_rows(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> list[ContactRow]:
    """Turn checked bodies, each with its external id, into rows; roles named by label become keys."""
    keys = {_plain(word): role.key for role in picklist() for word in (role.label, role.key)}
    return [_contact_row(external_id, said, keys) for external_id, said in rows]


def role_keys(roles: Iterable[str]) -> list[str]:
    keys = {_plain(word): role.key for role in picklist() for word in (role.label, role.key)}
    return sorted({keys.get(_plain(role), role) for role in roles})


def _contact_row(external_id: str, said: Mapping[str, Any], keys: Mapping[str, str]) -> ContactRow:
    person = {name: value for name, value in said.items() if name in FACTS}
    roles = said.get("gitlab_roles")
    return ContactRow(
        external_id=external_id,
        account=said.get("account_id", said.get("account")),
        person=PersonFacts(**person),  # type: ignore[typeddict-item]
        roles=None if roles is None else sorted({keys.get(_plain(role), role) for role in roles}),
        access=said.get("access"),
        is_active=said.get("is_active"),
        ordered_date=said.get("sold_to_since"),
        is_opted_out=bool(said.get("is_opted_out")),
    )


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", word.lower())


class ContactShape(serializers.Serializer[Any]):
    """A contact: somebody at an account."""

    id = serializers.UUIDField()
    external_ids = OutsideName(many=True)
    person_id = serializers.UUIDField()
    account_id = serializers.UUIDField()
    email = serializers.CharField(allow_null=True)
    first_name = serializers.CharField()
    last_name = serializers.CharField()
    title = serializers.CharField()
    locale = serializers.CharField()
    zone = serializers.CharField()
    gitlab_roles = serializers.ListField(child=serializers.CharField())
    access = serializers.CharField()
    is_active = serializers.BooleanField()
    opted_out = serializers.ListField(child=serializers.CharField(), help_text="Email categories, or all.")
    is_sold_to = serializers.BooleanField()
    is_reachable = serializers.BooleanField(
        help_text="Whether the contact receives at least one kind of email now. Not a change of the contact."
    )
    source = serializers.ChoiceField(choices=Source.choices)  # type: ignore[assignment]
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class ContactUpserted(ContactShape):
    created = serializers.BooleanField()
    changed = serializers.BooleanField()


class ContactPage(serializers.Serializer[Any]):
    data = ContactShape(many=True)  # type: ignore[assignment]
    next_cursor = serializers.CharField()
    has_more = serializers.BooleanField()
    as_of = serializers.DateTimeField()


OF_PERSON = ("email", "first_name", "last_name", "title", "locale", "zone")
OF_MEMBERSHIP = ("access", "is_active", "opted_out", "source", "created_at", "changed_at")


def show_contacts(memberships: Sequence[Membership]) -> list[dict[str, Any]]:
    """Put contacts into JSON; person and account are to hand (select_related), the rest is asked for once."""
    names = external_ids_of(kind=ExternalId.Kind.CONTACT, numbers=[membership.pk for membership in memberships])
    accounts = {membership.account_id for membership in memberships}
    bought = set(SoldTo.objects.filter(account__in=accounts).values_list("account_id", "person_id"))
    reached = reached_among([membership.pk for membership in memberships])
    shown = [
        {
            "id": membership.uuid,
            "external_ids": names.get(membership.pk, []),
            "person_id": membership.person.uuid,
            "account_id": membership.account.uuid,
            "gitlab_roles": membership.roles,
            "is_sold_to": (membership.account_id, membership.person_id) in bought,
            "is_reachable": membership.pk in reached,
            **{name: getattr(membership.person, name) for name in OF_PERSON},
            **{name: getattr(membership, name) for name in OF_MEMBERSHIP},
        }
        for membership in memberships
    ]
    return [dict(ContactShape(each).data) for each in shown]
