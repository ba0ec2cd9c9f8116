"""What contacts tell the rooms below: who can be written to, and what a condition can ask about an account's people."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.db.models import BooleanField, Case, CharField, Exists, OuterRef, Subquery, Value, When
from django.urls import reverse

from accounts.book.models import Account
from accounts.book.operations import undo_change
from accounts.book.selectors import CoverageSource, register_coverage
from accounts.segments.fields import register_field
from accounts.segments.rules import FieldKind, FieldSpec
from contacts.consent.operations import undo_lift, undo_preferences
from contacts.delivery import operations as delivery
from contacts.delivery.models import Delivery
from contacts.engagement.operations.verdicts import TO_JUDGE
from contacts.engagement.operations.webhooks import TO_READ, discard_webhook_events
from contacts.engagement.selectors.events import webhook_event_links
from contacts.people.models import Membership
from contacts.people.operations import undo_addition, undo_change_of_person, undo_edit
from contacts.people.selectors import GITLAB_ADMIN
from contacts.recipients.operations.hand_changes import hold_what_leaves
from contacts.recipients.operations.reach import DEAD_LETTERS as REACH
from contacts.recipients.selectors import has_reachable_admin, reachable
from cs_platform.common import clock
from cs_platform.common.by_hand import register_guard, register_undo
from cs_platform.common.dead_letters import register_kind

register_coverage(CoverageSource(has_admin=has_reachable_admin, is_reachable=reachable))

register_guard(hold_what_leaves)
register_undo("contact", undo_edit)
register_undo("new_contact", undo_addition)
register_undo("person", undo_change_of_person)
register_undo("preferences", undo_preferences)
register_undo("suppression", undo_lift)
register_undo("account", undo_change)

HERE = Membership.objects.live().filter(account=OuterRef("pk"), is_active=True)


class Held(Subquery):
    """All GitLab roles that active contacts of an account hold, each once."""

    template = "array(select distinct unnest(held.roles) from (%(subquery)s) held order by 1)"
    output_field = ArrayField(CharField(max_length=40))


register_field(
    FieldSpec("has_gitlab_admin", "Has a GitLab Admin", FieldKind.FLAG, as_of_source="contacts_membershipspan.roles"),
    lambda _today: Exists(HERE.with_role(GITLAB_ADMIN)),
)
register_field(
    FieldSpec("is_reachable", "Reachable by email", FieldKind.FLAG, as_of_source="contacts_membershipspan"),
    lambda _today: Case(When(reachable(), then=Value(True)), default=Value(False), output_field=BooleanField()),
)
register_field(
    FieldSpec("contact_roles", "GitLab roles held", FieldKind.MULTI, as_of_source="contacts_membershipspan.roles"),
    lambda _today: Held(HERE.values("roles")),
)


# Attention ---------------------------------------------------------------------------------------------------------


def _messages(keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    found = Delivery.objects.filter(pk__in=keys).select_related("mailing", "person")
    return {
        str(row.pk): (f"{row.mailing.name} to {row.person.display_name}", reverse("contacts:message", args=[row.pk]))
        for row in found
    }


for step, label in zip(
    delivery.STEPS, ("Message to check", "Message to prepare", "Message to hand over", "Message to send"), strict=True
):
    register_kind(
        step,
        label,
        retry=lambda keys: delivery.retry_set_aside(keys, now=clock.now()),
        discard=delivery.discard_set_aside,
        link=_messages,
    )
register_kind("delivery.result", "Answer of the mail server", link=_messages)
register_kind(TO_READ, "Email event", discard=discard_webhook_events, link=webhook_event_links)
register_kind(TO_JUDGE, "Opens and clicks of a message", link=_messages)


def _accounts(keys: Sequence[str]) -> dict[str, tuple[str, str]]:
    found = Account.objects.filter(pk__in=keys).values_list("pk", "name")
    return {str(number): (name, reverse("accounts:account", args=[number])) for number, name in found}


register_kind(REACH, "Account whose recipients could not be resolved", link=_accounts)
