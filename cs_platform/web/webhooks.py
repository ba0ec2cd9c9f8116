"""Where mail providers report what became of messages: /anymail/<provider>/tracking/."""

from __future__ import annotations

import logging
import warnings

from anymail.exceptions import AnymailWarning, AnymailWebhookValidationFailure  # type: ignore[import-untyped]
from anymail.webhooks.base import AnymailBaseWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.brevo import BrevoTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.mailgun import MailgunTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.mailjet import MailjetTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.mailtrap import MailtrapTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.postmark import PostmarkTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.resend import ResendTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.sendgrid import SendGridTrackingWebhookView  # type: ignore[import-untyped]
from anymail.webhooks.sparkpost import SparkPostTrackingWebhookView  # type: ignore[import-untyped]
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from contacts.engagement.operations.webhooks import store_webhook_event
from cs_platform.common import clock

logger = logging.getLogger(__name__)

# README.md names them too. Mailgun and MailerSend also need the key that they sign with.
PROVIDERS: dict[str, type[AnymailBaseWebhookView]] = {
    "brevo": BrevoTrackingWebhookView,
    "mailersend": MailerSendTrackingWebhookView,
    "mailgun": MailgunTrackingWebhookView,
    "mailjet": MailjetTrackingWebhookView,
    "mailtrap": MailtrapTrackingWebhookView,
    "postmark": PostmarkTrackingWebhookView,
    "resend": ResendTrackingWebhookView,
    "sendgrid": SendGridTrackingWebhookView,
    "sparkpost": SparkPostTrackingWebhookView,
}
# What parsing raises on a body that is not a report of the provider.
UNREADABLE = (KeyError, IndexError, TypeError, ValueError, AttributeError, ImproperlyConfigured)


@login_not_required
@csrf_exempt
@require_http_methods(["POST", "HEAD"])
def tracking_webhook(request: HttpRequest, provider: str) -> HttpResponse:
    """
    Keep each event of a provider's report before anything is read from it.

    403 without the shared secret, or when this installation has none; 404 for a provider that is not set up; 400 for a
    body that is no report of that provider. A database that is away answers 5xx, and the provider reports again.
    """
    view = _view(provider)
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        return HttpResponse("Webhooks need ANYMAIL_WEBHOOK_SECRET.", status=403, content_type="text/plain")
    if request.method == "HEAD":
        return HttpResponse()
    try:
        view.run_validators(request)
    except AnymailWebhookValidationFailure:
        logger.warning("A webhook of %s did not show the secret", provider)
        return HttpResponse("Wrong or missing credentials.", status=403, content_type="text/plain")
    try:
        events = view.parse_events(request)
    except UNREADABLE as problem:
        logger.warning("A webhook of %s cannot be read: %r", provider, problem)
        return HttpResponse(f"This is not a tracking webhook of {provider}.", status=400, content_type="text/plain")
    for event in events:
        store_webhook_event(event=event, provider=view.esp_name, now=clock.now())
    return HttpResponse()


def _view(provider: str) -> AnymailBaseWebhookView:
    found = PROVIDERS.get(provider)
    if found is None:
        raise Http404
    try:
        with warnings.catch_warnings():
            # That a signature would be safer still, or that it tests a provider no more.
            warnings.simplefilter("ignore", AnymailWarning)
            view = found()
    except ImproperlyConfigured as problem:
        raise Http404 from problem
    return view
