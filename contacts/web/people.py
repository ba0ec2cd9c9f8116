"""The list of contacts, and the page of one with everything that reached them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.consent.rules import CATEGORIES, is_unwanted
from contacts.consent.rules import Category as Mail
from contacts.consent.selectors import suppressed, suppressions_of
from contacts.delivery.filters import NEWEST_FIRST
from contacts.delivery.models import Delivery
from contacts.delivery.rules import reason_in_words
from contacts.delivery.selectors import deliveries_to, subjects_of
from contacts.engagement.selectors.timeline import timeline_of_person
from contacts.people import operations, selectors
from contacts.people.filters import ContactFilter
from contacts.people.models import Access, GitlabRole, Membership, Person, Source
from contacts.people.selectors import role_labels
from contacts.recipients.selectors import reached_among
from contacts.web.forms.people import NewPersonForm, PersonForm
from contacts.web.seen import account_seen
from contacts.web.timeline import told
from cs_platform.common import clock
from cs_platform.common.by_hand import by_hand
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import keyset_page
from cs_platform.common.spreadsheets import csv_response


@require_GET
@needs(Permission.VIEW)
def person_list(request: SignedInRequest) -> HttpResponse:
    labels = role_labels()
    wanted = ContactFilter(request.GET, viewer=request.user, today=clock.today())
    page = keyset_page(request, wanted.rows, order=wanted.order)
    silenced = suppressed([m.person.email for m in page if m.person.email], now=clock.now())
    reached = reached_among([membership.pk for membership in page])
    rows = [
        {
            "membership": membership,
            "roles": [labels[key] for key in labels if key in membership.roles],
            "suppression": silenced.get(membership.person.email or ""),
            "is_reached": membership.pk in reached,
        }
        for membership in page
    ]
    context = {
        "page": page,
        "rows": rows,
        "roles": [*((role.key, role.label) for role in labels.values()), ("sold_to", "Sold-To"), ("none", "No role")],
        "accesses": Access.choices,
        "states": wanted.filters["state"].extra["choices"],
        "is_narrowed": wanted.is_narrowed,
    }
    return render_page(request, "contacts/person_list.html", context, partial="rows")


HEAD = ("Name", "Email", "Title", "Account", "GitLab Role", "Sold-To", "GitLab access", "Active", "Opted out of")


@require_GET
@needs(Permission.VIEW)
def person_export(request: SignedInRequest) -> HttpResponseBase:
    wanted = ContactFilter(request.GET, viewer=request.user, today=clock.today())
    return csv_response("contacts.csv", HEAD, _lines(wanted.in_order.iterator(chunk_size=2000), role_labels()))


def _lines(contacts: Iterator[Any], labels: Mapping[str, GitlabRole]) -> Iterator[list[object]]:
    for contact in contacts:
        yield [
            contact.person.full_name,
            contact.person.email,
            contact.person.title,
            contact.account.name,
            ", ".join(labels[key].label if key in labels else key for key in contact.roles),
            "yes" if contact.is_sold_to else "no",
            contact.get_access_display(),
            "yes" if contact.is_active else "no",
            ", ".join(contact.opted_out),
        ]


def person_seen(request: SignedInRequest, person_id: int) -> tuple[Person, list[Membership]]:
    """Return a person with their memberships that this user may see; without any there is nobody."""
    visible = Membership.objects.for_viewer(request.user).live().filter(person=person_id)
    memberships = list(visible.select_related("person", "account__csm").order_by("-is_active", "account__name"))
    if not memberships:
        raise Http404
    return memberships[0].person, memberships


@require_GET
@needs(Permission.VIEW)
def person_page(request: SignedInRequest, person_id: int) -> HttpResponse:
    person, memberships = person_seen(request, person_id)
    deliveries = keyset_page(request, deliveries_to(person.pk, viewer=request.user), order=NEWEST_FIRST, size=15)
    subjects = subjects_of([delivery.pk for delivery in deliveries])
    context = {
        "person": person,
        "suppressions": suppressions_of(person.email, now=clock.now()) if person.email else [],
        "places": places_of(memberships),
        "page": deliveries,
        "rows": [
            (delivery, subjects.get(delivery.pk, ""), why(delivery), reason_in_words(delivery.reason))
            for delivery in deliveries
        ],
    }
    return render_page(request, "contacts/person.html", context, partial="messages")


def why(delivery: Delivery) -> str:
    """Return the reason that the message itself gives its reader, without a full stop."""
    return str(delivery.merge.get("recipient.reason", ""))


def places_of(memberships: Collection[Membership]) -> list[dict[str, Any]]:
    """Return what the page says of somebody at each of their accounts."""
    contacts, orders = selectors.contacts_among(memberships), selectors.orders_of(memberships)
    histories = selectors.role_histories_of([membership.pk for membership in memberships])
    return [
        {
            "contact": contacts[membership.pk],
            "orders": orders[membership.pk],
            "changes": histories[membership.pk],
            "mail": mail_of(membership.opted_out),
        }
        for membership in memberships
    ]


def mail_of(opted_out: Collection[str]) -> list[tuple[str, str, bool]]:
    return [(key, label, not is_unwanted(opted_out, Mail(key))) for key, label in CATEGORIES]


@require_GET
@needs(Permission.VIEW)
def person_activity(request: SignedInRequest, person_id: int) -> HttpResponse:
    person, memberships = person_seen(request, person_id)
    accounts = {membership.account_id: membership.account.name for membership in memberships}
    place = request.GET.get("from", "")
    unless = request.GET.get("unless", "")
    timeline = timeline_of_person(person.pk, account_ids=list(accounts), place=place, limit=15, unless=unless)
    if timeline is None:
        return HttpResponse(status=204)
    context = {"person": person, "place": place, **told(timeline, accounts if len(accounts) > 1 else {})}
    return render_page(request, "contacts/person_activity.html", context, partial="panel")


@require_http_methods(["GET", "POST"])
@needs(Permission.EDIT_CONTACTS)
def person_new(request: SignedInRequest) -> HttpResponse:
    form = NewPersonForm(request.POST or None, viewer=request.user, initial={"account": _account_named(request)})
    if request.method == "POST" and form.is_valid():
        try:
            added, words = _added(request, form.cleaned_data)
        except operations.AlreadyAContact as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, f"{added.person.display_name} added to {added.account.name}. {words}".strip())
            return redirect("accounts:account", added.account_id)
    return render(request, "contacts/person_form.html", {"form": form}, status=422 if form.is_bound else 200)


def _added(request: SignedInRequest, said: dict[str, Any]) -> tuple[Membership, str]:
    account, now = said["account"], clock.now()
    label = f"{account.name}: new contact"
    with by_hand(account_ids=[account.pk], actor=request.user.email, label=label, now=now) as change:
        added = operations.add_contact(actor=request.user.email, source=Source.KEEL, now=now, **said)
        change.undo = {"kind": "new_contact", "membership": added.pk}
    return added, change.words


# Return the name of the account whose page led here.
def _account_named(request: SignedInRequest) -> str:
    given = request.GET.get("account", "")
    return account_seen(request, int(given)).name if given.isdecimal() else ""


@require_http_methods(["GET", "POST"])
@needs(Permission.EDIT_CONTACTS)
def person_edit(request: SignedInRequest, person_id: int) -> HttpResponse:
    person, memberships = person_seen(request, person_id)
    form = PersonForm(request.POST or None, initial={name: getattr(person, name) for name in PersonForm.base_fields})
    if request.method == "POST" and form.is_valid():
        try:
            with by_hand(
                account_ids=[one.account_id for one in memberships],
                actor=request.user.email,
                label=f"{person.display_name}: contact details",
                now=clock.now(),
            ) as change:
                before = {name: getattr(person, name) for name in form.facts}
                operations.change_contact(membership=memberships[0], **form.facts)
                change.undo = {"kind": "person", "membership": memberships[0].pk, "facts": before}
        except operations.AddressTaken as refusal:
            form.add_error("email", str(refusal))
        else:
            messages.success(request, f"{person.display_name} saved. {change.words}".strip())
            return redirect("contacts:person", person.pk)
    context = {"form": form, "person": get_object_or_404(Person, pk=person.pk)}
    return render(request, "contacts/person_form.html", context, status=422 if form.is_bound else 200)
