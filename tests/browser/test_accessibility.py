"""Every page of the tour is accessible, and no wider than its screen, in each size and light."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contacts.models import Delivery, Membership
from demo.simulation import Simulation
from programs.models import Participant
from tests.browser.demo import Visit, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TAGS = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
SCREENS = [(1440, "keel"), (1440, "keel-dark"), (390, "keel"), (390, "keel-dark")]


def addresses() -> list[str]:
    """Return one address of every page that a program manager reads."""
    sent = Delivery.objects.filter(state="sent").latest("id")
    inside = Participant.objects.filter(membership__isnull=False).latest("id")
    member = Membership.objects.get(deliveries=sent)
    plain = ["home", "accounts:account-list", "contacts:person-list", "contacts:coverage", "contacts:outbox"]
    plain += ["programs:program-list", "metrics:home", "metrics:value", "metrics:retention", "metrics:reasons"]
    plain += ["imports:import-list", "imports:import-new", "team:profile"]
    return [reverse(name) for name in plain] + [
        reverse("accounts:account", args=[member.account_id]),
        reverse("contacts:person", args=[member.person_id]),
        reverse("contacts:contact-details", args=[member.pk]),
        reverse("contacts:message", args=[sent.pk]),
        reverse("programs:program", args=[inside.program_id]),
        reverse("programs:program-participants", args=[inside.program_id]),
        reverse("programs:program-emails", args=[inside.program_id]),
        reverse("programs:program-versions", args=[inside.program_id]),
        reverse("programs:participant", args=[inside.pk]),
    ]


@pytest.mark.soak
def test_every_page_is_accessible_in_every_size_and_light(
    demo: Simulation, visit: Visit, axe_source: str, whole: bool
) -> None:
    sign_in(visit)
    found = {}
    for address in addresses():
        # Sampled: the widest in light and the narrowest in dark.
        for width, theme in SCREENS if whole else SCREENS[::3]:
            page = visit(address, width=width, theme=theme)
            page.evaluate(axe_source)
            issues = page.evaluate("tags => axe.run(document, {runOnly: tags})", TAGS)["violations"]
            sideways = page.evaluate("document.documentElement.scrollWidth") > width
            if issues or sideways:
                found[address, width, theme] = [(i["id"], i["nodes"][0]["html"][:160]) for i in issues] + [sideways]
            page.close()

    assert found == {}
