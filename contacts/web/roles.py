"""GitLab roles of a contact: quickly by chips, and in the details of the contact."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.consent.selectors import suppressions_of
from contacts.people import operations, selectors
from contacts.people.models import Membership
from contacts.recipients.operations.hand_changes import foresee_roles
from contacts.web.account import rows_of
from contacts.web.forms.roles import ContactForm, RolesForm
from contacts.web.held import changing, undo_of
from contacts.web.seen import membership_seen
from cs_platform.common import clock
from cs_platform.common.htmx import is_htmx, render_page


@require_GET
@needs(Permission.EDIT_CONTACTS)
def role_editor(request: SignedInRequest, membership_id: int) -> HttpResponse:
    """The picklist inside the + Role chip, fetched when it opens."""
    membership = membership_seen(request, membership_id)
    return render(request, "contacts/_role_editor.html", _editor(membership))


@require_POST
@needs(Permission.EDIT_CONTACTS)
def roles_foreseen(request: SignedInRequest, membership_id: int) -> HttpResponse:
    """What each role that is not ticked would send: each is given and taken back, so it is asked for by POST."""
    membership = membership_seen(request, membership_id)
    foreseen = foresee_roles(membership=membership, actor=request.user.email, now=clock.now())
    labels = selectors.labels_of(foreseen)
    context = {"foreseen": [(labels[role], emails) for role, emails in foreseen.items()]}
    return render(request, "contacts/_roles_foreseen.html", context)


@require_POST
@needs(Permission.EDIT_CONTACTS)
def roles(request: SignedInRequest, membership_id: int) -> HttpResponse:
    """Save what was ticked at once; answer with the contact's row, its picklist still open."""
    membership = membership_seen(request, membership_id)
    form = RolesForm(request.POST, held=membership.roles)
    if not form.is_valid():
        return HttpResponse("This GitLab role doesn't exist.", status=400)
    now = clock.now()
    with changing(request, membership, "GitLab roles", now=now) as change:
        edit = operations.edit_roles(membership=membership, actor=request.user.email, now=now, **form.cleaned_data)
        change.undo = undo_of(edit)
    if not is_htmx(request):
        messages.success(request, f"GitLab roles of {membership.person.display_name} saved. {change.words}".strip())
        return redirect("contacts:account-contacts", membership.account_id)
    (row,) = rows_of([membership], account_id=membership.account_id, now=clock.now())
    context = {
        **_editor(membership),
        "contact": row.contact,
        "suppression": row.suppression,
        "seen": row.seen,
        "sign": row.sign,
        "is_saved": True,
        "held_words": change.words,
        "held_change": change.id,
    }
    answer = render(request, "contacts/_contact_row.html", context)
    answer["HX-Trigger"] = "roles:changed"
    return answer


@require_http_methods(["GET", "POST"])
@needs(Permission.VIEW)
def contact_details(request: SignedInRequest, membership_id: int) -> HttpResponseBase:
    membership = membership_seen(request, membership_id)
    if request.method == "POST":
        return save_details(request, membership)
    return _details(request, membership, ContactForm.of(membership))


@needs(Permission.EDIT_CONTACTS)
def save_details(request: SignedInRequest, membership: Membership) -> HttpResponse:
    form = ContactForm(request.POST, held=membership.roles)
    if not form.is_valid():
        return _details(request, membership, form)
    now, before = clock.now(), (membership.access, membership.is_active)
    with changing(request, membership, "contact details", now=now) as change:
        edit = operations.edit_contact(membership=membership, actor=request.user.email, now=now, **form.cleaned_data)
        change.undo = {**undo_of(edit), "access": before[0], "is_active": before[1]}
    if is_htmx(request):
        happened: dict[str, object] = {"dialog:close": {}, "contacts:changed": {}, "roles:changed": {}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(happened)})
    messages.success(request, f"{membership.person.display_name} saved. {change.words}".strip())
    return redirect("contacts:account-contacts", membership.account_id)


def _details(request: SignedInRequest, membership: Membership, form: ContactForm) -> HttpResponse:
    email = membership.person.email or ""
    context = {
        "form": form,
        "membership": membership,
        "account": membership.account,
        "person": membership.person,
        "orders": selectors.orders_of([membership])[membership.pk],
        "contact": selectors.contact_of(membership),
        "changes": selectors.role_histories_of([membership.pk])[membership.pk],
        "suppressions": suppressions_of(email, now=clock.now()) if email else [],
    }
    status = 422 if form.errors else 200
    return render_page(request, "contacts/contact_details.html", context, partial="dialog", status=status)


def _editor(membership: Membership) -> dict[str, object]:
    held, offered = set(membership.roles), list(selectors.picklist())
    retired = [role for key, role in selectors.role_labels().items() if key in held and not role.is_active]
    return {"membership": membership, "picklist": [(role, role.key in held) for role in (*offered, *retired)]}
