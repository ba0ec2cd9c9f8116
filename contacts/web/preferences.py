"""The page behind the unsubscribe link: public, without sign-in, without JavaScript."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.team.selectors import organisation
from contacts.consent.rules import CATEGORIES, EVERYTHING, masked
from contacts.consent.selectors import declined_by
from contacts.delivery.models import Delivery
from contacts.delivery.rules import unseal_unsubscribe
from contacts.delivery.selectors import tracking_keys
from contacts.engagement.operations.events import resubscribe_from_page, unsubscribe_from_page
from cs_platform.common import clock
from cs_platform.common.public import render_public

PAGE = "contacts/preferences.html"
WORDS = {**dict(CATEGORIES), EVERYTHING: "All emails"}


@login_not_required
@csrf_exempt  # The token is the key: who has it may do what the page does, and mail programs keep no cookies.
@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    """Ask before anything is changed: gateways follow every link of a mail, so a GET never unsubscribes anybody."""
    delivery = _delivery_of(token)
    if delivery is None:
        return render_public(request, PAGE, {"organisation": organisation()}, status=404)
    declined, wanted = request.POST.get("stop", ""), request.POST.get("resume", "")
    if request.method == "POST" and (declined in WORDS or wanted in WORDS):
        if declined in WORDS:
            unsubscribe_from_page(delivery=delivery, category=declined, now=clock.now())
        else:
            resubscribe_from_page(delivery=delivery, category=wanted, now=clock.now())
        return redirect(f"{request.path}?done={'stop' if declined in WORDS else 'resume'}-{declined or wanted}")
    return render_public(request, PAGE, _context(request, delivery))


def _context(request: HttpRequest, delivery: Delivery) -> dict[str, object]:
    declined = declined_by(delivery.address, membership=delivery.membership, now=clock.now())
    done, _, category = request.GET.get("done", "").partition("-")
    return {
        "organisation": organisation(),
        "address": masked(delivery.address),
        "category": delivery.category,
        "words": WORDS.get(delivery.category, delivery.category),
        "is_declined": delivery.category in declined,
        "choices": [(key, words, key in declined) for key, words in CATEGORIES],
        "declines_all": len(declined) == len(CATEGORIES),
        "done": done if category in WORDS else "",
        "done_words": WORDS.get(category, ""),
    }


def _delivery_of(token: str) -> Delivery | None:
    number = unseal_unsubscribe(tracking_keys(), token)
    return Delivery.objects.select_related("membership").filter(pk=number).first() if number else None
