"""What the contacts room shows of an account: its people, who would receive what, and the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.audit.selectors import changes_at
from accounts.book.models import Account
from accounts.book.operations import change_account
from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.consent.rules import CATEGORIES
from contacts.consent.selectors import Stakeholder, stakeholders, suppressed_at
from contacts.engagement.selectors.timeline import LastEngagement, last_engagements_at
from contacts.people.models import Membership
from contacts.people.selectors import BY_IMPORTANCE, Contact, counts_at, in_words, people_of
from contacts.recipients.rules import OBSTACLES, SENTENCES, MessageClass, Reason
from contacts.recipients.selectors import ClassAnswers, who_would_receive
from contacts.web.held import held_at
from contacts.web.seen import account_seen
from cs_platform.common import clock
from cs_platform.common.by_hand import by_hand
from cs_platform.common.htmx import is_htmx, render_page
from cs_platform.common.keyset import ROWS_PER_PAGE, Column, keyset_page

SHOWN_AT_FIRST = 6
CHANGES_AT_FIRST = 5
NEWEST_CHANGES = [Column("changed_at", is_descending=True), Column("pk", is_descending=True)]


@require_GET
@needs(Permission.VIEW)
def account_contacts(request: SignedInRequest, account_id: int) -> HttpResponse:
    account = account_seen(request, account_id)
    shows_all = not is_htmx(request) or "all" in request.GET
    size = ROWS_PER_PAGE if shows_all else SHOWN_AT_FIRST
    page = keyset_page(request, people_of(account.pk), order=BY_IMPORTANCE, size=size)
    may_add = request.user.may(Permission.EDIT_CONTACTS)
    context = {
        "account": account,
        "page": page,
        "people": rows_of(page.rows, account_id=account.pk, now=clock.now()),
        "shows_all": shows_all,
        "add_url": f"{reverse('contacts:person-new')}?account={account.pk}" if may_add else "",
        **standing(account.pk),
    }
    return render_page(request, "contacts/account_contacts.html", context, partial="panel")


@require_GET
@needs(Permission.VIEW)
def account_standing(request: SignedInRequest, account_id: int) -> HttpResponse:
    """The chips beside the heading, asked for anew when a role has changed."""
    account = account_seen(request, account_id)
    return render(request, "contacts/_standing.html", {"account": account, **standing(account.pk)})


@dataclass(frozen=True)
class Row:
    """One contact as the list of an account's people shows it."""

    stakeholder: Stakeholder
    sign: LastEngagement | None

    @property
    def contact(self) -> Contact:
        return self.stakeholder.contact

    @property
    def suppression(self) -> str | None:
        return self.stakeholder.suppression

    @property
    def seen(self) -> tuple[str, dt.datetime] | None:
        signs = [("Activity", self.contact.last_activity_at)]
        if self.sign:
            signs.append((self.sign.kind.capitalize(), self.sign.at))
        return max(((kind, at) for kind, at in signs if at), key=lambda sign: sign[1], default=None)


def rows_of(memberships: Sequence[Membership], *, account_id: int, now: dt.datetime) -> list[Row]:
    engagements = last_engagements_at(account_id, people=[one.person_id for one in memberships])
    found = stakeholders(memberships, account_id=account_id, now=now)
    return [Row(one, engagements.get(one.contact.person.pk)) for one in found]


def standing(account_id: int) -> dict[str, Any]:
    """Return what the heading of the contacts says: how many GitLab Admins, who bought, how many are suppressed."""
    admins, buyers = counts_at(account_id)
    return {"admins": admins, "buyers": buyers, "silenced": suppressed_at(account_id, now=clock.now())}


# What a class of message is called, and its sign.
CLASSES = {
    MessageClass.ONBOARDING: ("Onboarding", "sprout"),
    MessageClass.ENABLEMENT: ("Enablement", "graduation-cap"),
    MessageClass.RETENTION: ("Retention", "heart-handshake"),
    MessageClass.NEWSLETTER: ("Newsletter", "newspaper"),
    MessageClass.WEBINAR: ("Webinars", "presentation"),
    MessageClass.NPS: ("NPS survey", "smile"),
    MessageClass.CSAT: ("CSAT survey", "message-square-heart"),
    MessageClass.INTRO: ("CSM introduction", "hand"),
}


@require_GET
@needs(Permission.VIEW)
def account_recipients(request: SignedInRequest, account_id: int) -> HttpResponse:
    account = account_seen(request, account_id)
    answers = who_would_receive(account.pk)
    context = {
        "account": account,
        "classes": [_in_words(found) for found in answers],
        "held": held_at(account.pk, now=clock.now()),
        "mail": [(key, label, key in account.switched_off) for key, label in CATEGORIES],
    }
    return render_page(request, "contacts/account_recipients.html", context, partial="panel")


def _in_words(found: ClassAnswers) -> dict[str, Any]:
    label, icon = CLASSES[found.message_class]
    others: dict[str, list[str]] = {}
    for answer in found.answers:
        if not answer.receives:
            others.setdefault(SENTENCES[answer.reason], []).append(answer.person.display_name)
    return {
        "key": found.message_class.value,
        "label": label,
        "icon": icon,
        "recipients": [
            {"person_id": one.person.pk, "name": one.person.display_name, "reason": SENTENCES[one.reason]}
            for one in found.recipients
        ],
        "others": others,
        "others_count": sum(map(len, others.values())),
        "unreached": _why_nobody(found),
    }


# Where everybody who is meant has an obstacle of their own, say which ones instead of that there are some.
def _why_nobody(found: ClassAnswers) -> str:
    if found.unreached is None:
        return ""
    if found.unreached != Reason.NOBODY_REACHABLE:
        return SENTENCES[found.unreached]
    obstacles = {answer.reason: None for answer in found.answers if answer.reason in OBSTACLES}
    return " ".join(SENTENCES[reason] for reason in obstacles) or SENTENCES[found.unreached]


@require_POST
@needs(Permission.EDIT_ACCOUNTS)
def account_mail(request: SignedInRequest, account_id: int) -> HttpResponse:
    account = account_seen(request, account_id)
    wanted, before = set(request.POST.getlist("wanted")), list(account.switched_off)
    label = "Email preferences of the account"
    with by_hand(account_ids=[account.pk], actor=request.user.email, label=label, now=clock.now()) as change:
        change_account(account=account, switched_off=[key for key, _ in CATEGORIES if key not in wanted])
        change.undo = {"kind": "account", "account": account.pk, "fields": {"switched_off": before}}
    if is_htmx(request):
        return HttpResponse(status=204, headers={"HX-Trigger": "roles:changed"})
    return redirect("contacts:account-recipients", account.pk)


@require_GET
@needs(Permission.VIEW)
def account_changes(request: SignedInRequest, account_id: int) -> HttpResponse:
    account = account_seen(request, account_id)
    context = {"account": account, **(_newest(account) if is_htmx(request) else _all(request, account))}
    return render_page(request, "contacts/account_changes.html", context, partial="panel")


def _newest(account: Account) -> dict[str, Any]:
    return {"changes": in_words(changes_at(account.pk)[:CHANGES_AT_FIRST])}


def _all(request: SignedInRequest, account: Account) -> dict[str, Any]:
    page = keyset_page(request, changes_at(account.pk), order=NEWEST_CHANGES)
    return {"changes": in_words(page.rows), "page": page}
