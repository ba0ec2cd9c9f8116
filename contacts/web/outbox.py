"""The Outbox: all messages, and each as its recipient sees it."""

from __future__ import annotations

import re
from typing import Any

from csp.decorators import csp
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.team.http import SignedInRequest, needs
from accounts.team.models import Permission
from contacts.consent.rules import CATEGORIES
from contacts.delivery import operations, selectors
from contacts.delivery.filters import STATES, DeliveryFilter
from contacts.delivery.models import Delivery, State
from contacts.delivery.operations.rendering import Renderer, Unrenderable
from contacts.delivery.rules import reason_in_words
from contacts.engagement.models import Kind
from contacts.engagement.rules.verdicts import rule_in_words
from contacts.engagement.selectors.events import MessageEvent, events_of, links_of
from cs_platform.common import clock
from cs_platform.common.htmx import render_page
from cs_platform.common.keyset import keyset_page


@require_GET
@needs(Permission.VIEW)
def outbox(request: SignedInRequest) -> HttpResponse:
    wanted = DeliveryFilter(request.GET, viewer=request.user, today=clock.today())
    page = keyset_page(request, wanted.rows, order=wanted.order)
    context = {
        "page": page,
        "rows": _rows(page.rows),
        "states": STATES,
        "responses": wanted.filters["response"].extra["choices"],
        "is_narrowed": wanted.is_narrowed,
        "programs": [(str(number), origin.name) for number, origin in selectors.origins()],
        "since": wanted.chosen.get("since"),
        "uncertain": selectors.uncertain_count(request.user),
    }
    return render_page(request, "contacts/outbox.html", context, partial="rows")


def _rows(deliveries: list[Delivery]) -> list[dict[str, Any]]:
    subjects = selectors.subjects_of([row.pk for row in deliveries])
    origins = selectors.origins_of(row.mailing.program_ref for row in deliveries)
    return [
        {
            "delivery": row,
            "subject": subjects.get(row.pk, row.mailing.name),
            "program": origins.get(row.mailing.program_ref or 0),
            "reason": reason_in_words(row.reason),
        }
        for row in deliveries
    ]


# What of the page htmx may ask for by itself.
PARTS = ("facts", "preview")


@require_GET
@needs(Permission.VIEW)
def message(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    delivery = _seen(request, delivery_id)
    context = {
        "delivery": delivery,
        "subject": selectors.subjects_of([delivery.pk])[delivery.pk],
        "program": selectors.origins_of([delivery.mailing.program_ref]).get(delivery.mailing.program_ref or 0),
        "category": dict(CATEGORIES).get(delivery.category, delivery.category),
        "reason": reason_in_words(delivery.reason),
        "copy_to": delivery.merge.get("copy.to", ""),
        "history": _history(delivery),
        "events": [_told(event) for event in events_of(delivery.pk)],
        "links": links_of(delivery.pk),
        "is_phone": request.GET.get("width") == "phone",
        "is_dark": request.GET.get("look") == "dark",
    }
    part = request.GET.get("part", "")
    return render_page(request, "contacts/message.html", context, partial=part if part in PARTS else "")


def _seen(request: SignedInRequest, delivery_id: int) -> Delivery:
    found = Delivery.objects.for_viewer(request.user)
    related = found.select_related("mailing", "person", "account", "sender", "membership", "template_version__template")
    return get_object_or_404(related, pk=delivery_id)


# Return what happened to a message, oldest first.
def _history(delivery: Delivery) -> list[dict[str, Any]]:
    is_late = delivery.delivered_at != delivery.sent_at
    lines = (
        ("Scheduled", delivery.planned_at, ""),
        ("Due", delivery.due_at if delivery.state in (State.PLANNED, State.HELD) else None, ""),
        ("Held", delivery.held_at if delivery.state == State.HELD else None, ""),
        ("Processing", delivery.claimed_at, f"attempt {delivery.attempts}" if delivery.attempts > 1 else ""),
        ("Sent to mail server", delivery.handed_over_at, ""),
        ("Sent", delivery.sent_at, ""),
        ("Delivered", delivery.delivered_at if is_late else None, ""),
        ("Bounced", delivery.bounced_at, delivery.bounce_class),
        ("Reported as spam", delivery.complained_at, ""),
        ("Unsubscribed", delivery.unsubscribed_at, ""),
    )
    happened = [{"label": label, "at": at, "note": note} for label, at, note in lines if at is not None]
    return sorted(happened, key=lambda line: line["at"])


def _told(event: MessageEvent) -> dict[str, Any]:
    return {
        "label": Kind(event.kind).label,
        "kind": event.kind,
        "link": event.link,
        "occurred_at": event.occurred_at,
        "verdict": event.verdict,
        "is_judged": event.is_judged,
        "why": rule_in_words(event.rule),
        "user_agent": event.user_agent,
    }


DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)")
HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
# Opens nothing but what its reader would open, in a window of its own; runs no script and loads nothing from outside.
MAIL_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "base-uri": ["'none'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'self'"],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox", "allow-top-navigation-by-user-activation"],
}


@require_GET
@needs(Permission.VIEW)
def message_body(request: SignedInRequest, delivery_id: int) -> HttpResponseBase:
    """The message itself, for the frame on its page. Links are live: a click there is tracked as the recipient's."""
    delivery = _seen(request, delivery_id)
    try:
        html = Renderer.for_deliveries([delivery]).shown(delivery).html
    except Unrenderable as problem:
        return HttpResponse(f"This message can't be shown: {problem}", content_type="text/plain; charset=utf-8")
    # A frame cannot ask for the reader's light or dark; the page says which.
    html = DARK.sub("all" if request.GET.get("look") == "dark" else "not all", html)
    html = HEAD.sub(lambda head: f'{head[0]}<base target="_blank">', html, count=1)
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer"}
    under_its_policy = csp(MAIL_POLICY)(lambda _: HttpResponse(html, headers=headers))
    return under_its_policy(request)


@require_POST
@needs(Permission.RUN_PROGRAMS)
def message_settle(request: SignedInRequest, delivery_id: int) -> HttpResponse:
    """Record whether a message whose delivery is unknown arrived."""
    delivery = _seen(request, delivery_id)
    arrived = request.POST.get("arrived") == "yes"
    try:
        operations.resolve_uncertain(delivery=delivery, arrived=arrived, by=request.user.email, now=clock.now())
    except operations.NotUncertain:
        messages.info(request, "This message was already resolved.")
    else:
        messages.success(request, "Marked as delivered." if arrived else "The message will be sent again shortly.")
    return redirect("contacts:message", delivery.pk)
