"""Rows set aside: an administrator sees, retries and discards them; nobody else does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Change, User
from cs_platform.common import dead_letters
from cs_platform.common.models import DeadLetter
from tests import factories

pytestmark = pytest.mark.django_db

KIND, OTHER = "test.row", "test.other"


@pytest.fixture
def boss(db: None) -> User:
    return factories.user(bundle="administrator", email="ida@keel.example", name="Ida Berg")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Return what a room is told of its rows."""
    told: list[tuple[str, list[str]]] = []

    def link(keys: Sequence[str]) -> Mapping[str, tuple[str, str]]:
        told.append(("link", list(keys)))
        return {key: (f"Row {key}", f"/rows/{key}/") for key in keys}

    monkeypatch.setattr(dead_letters, "_kinds", {})
    dead_letters.register_kind(
        KIND,
        "Rows of a test",
        retry=lambda keys: told.append(("retry", list(keys))),
        discard=lambda keys: told.append(("discard", list(keys))),
        link=link,
    )
    return told


def aside(*keys: object, kind: str = KIND, tries: int = 1) -> list[DeadLetter]:
    return [dead_letters.note(kind=kind, key=key, error=ValueError(f"broken {key}"), tries=tries) for key in keys]


def shown(client: Client, query: str = "") -> str:
    return client.get(reverse("attention") + query).content.decode()


def test_a_row_is_shown_with_its_kind_link_error_and_tries(boss, browser_of, heard) -> None:
    aside(7)
    aside(8, kind=OTHER)
    aside(9, tries=3)

    page = shown(browser_of(boss))

    assert '<a class="link" href="/rows/7/">Row 7</a>' in page
    assert "Rows of a test" in page
    assert "ValueError: broken 7" in page
    assert "#8" in page
    assert "broken 9" not in page
    assert "2 records" in page


def test_rows_are_narrowed_by_kind_and_by_what_becomes_of_them(boss, browser_of, heard) -> None:
    aside(1, 2)
    aside(3, kind=OTHER)
    aside(4, tries=3)
    dead_letters.discard(DeadLetter.objects.filter(key="2"), by=boss.email)
    client = browser_of(boss)

    found = {
        query: [key for key in "1234" if f"broken {key}<" in shown(client, query)]
        for query in ("", f"?kind={KIND}", "?state=retrying", "?state=discarded", f"?kind={OTHER}&state=retrying")
    }

    assert list(found.values()) == [["1", "3"], ["1"], ["4"], ["2"], []]


def test_retry_and_discard_reach_the_room_and_the_audit_log(boss, browser_of, heard) -> None:
    first, second = aside(1, 2)
    client = browser_of(boss)

    asked = client.get(reverse("attention-discard"), {"letter": second.pk}).content.decode()
    client.post(reverse("attention-retry"), {"letter": first.pk})
    client.post(reverse("attention-discard"), {"letter": second.pk})

    assert "Discard Row 2?" in asked
    assert [what for what in heard if what[0] != "link"] == [("retry", ["1"]), ("discard", ["2"])]
    assert "Nothing needs attention." in shown(client)
    changes = Change.objects.filter(table_name="common_deadletter").order_by("pk")
    assert [(change.row_id, change.actor) for change in changes] == [(first.pk, boss.email), (second.pk, boss.email)]


def test_all_rows_of_a_kind_are_retried_or_discarded_at_once_and_no_others(boss, browser_of, heard) -> None:
    aside(1, 2, 3)
    (other,) = aside(4, kind=OTHER)
    client = browser_of(boss)

    assert "Retry all 3" in shown(client, f"?kind={KIND}")
    client.post(reverse("attention-retry"), {"kind": KIND})
    aside(1, 2)
    assert "Discard 2 records?" in client.get(reverse("attention-discard"), {"kind": KIND}).content.decode()
    client.post(reverse("attention-discard"), {"kind": KIND})

    assert [letter.pk for letter in dead_letters.waiting()] == [other.pk]
    assert dead_letters.retrying().count() == 1
    assert dead_letters.discarded().count() == 2


@pytest.mark.parametrize("asked", [{}, {"letter": "0"}, {"letter": "x"}, {"letter": "9" * 30}, {"kind": "no.such"}])
def test_a_row_that_is_not_there_is_404(boss, browser_of, asked: dict[str, str]) -> None:
    client = browser_of(boss)

    answers = [client.post(reverse(name), asked) for name in ("attention-retry", "attention-discard")]
    answers.append(client.get(reverse("attention-discard"), asked))

    assert {answer.status_code for answer in answers} == {404}


@pytest.mark.parametrize(("who", "status"), [("ada", 403), ("ben", 403), ("eve", 403), (None, 302)])
def test_nobody_but_administrators_sees_or_does_anything(who, status, request, browser_of, heard) -> None:
    (letter,) = aside(1)
    client: Any = browser_of(request.getfixturevalue(who)) if who else Client()

    answers = [client.get(reverse("attention")), client.get(reverse("attention-discard"), {"letter": letter.pk})]
    answers += [client.post(reverse(name), {"letter": letter.pk}) for name in ("attention-retry", "attention-discard")]

    assert {answer.status_code for answer in answers} == {status}
    assert heard == []
    assert dead_letters.counts() == {KIND: 1}
    if who:
        assert reverse("attention") not in client.get(reverse("keys")).content.decode()


def test_titles_are_kept_from_administrators_who_may_not_see_public_sector_accounts(boss, browser_of, heard) -> None:
    bundle = boss.bundles.get()
    bundle.permissions = [name for name in bundle.permissions if name != "see_pubsec"]
    bundle.save()
    aside(1)

    page = shown(browser_of(boss))

    assert "Row 1" not in page
    assert "#1" in page


def test_the_navigation_counts_what_waits(boss, browser_of, heard) -> None:
    aside(1, 2)

    assert '<span class="chip chip-warn num ml-auto">2</span>' in shown(browser_of(boss))


def test_the_page_costs_the_same_however_many_rows_wait_and_htmx_gets_its_part(
    boss, browser_of, heard, django_assert_num_queries
) -> None:
    aside(*range(30))
    client = browser_of(boss)
    shown(client)

    with django_assert_num_queries(7):
        page = shown(client)
    part = shown(browser_of(boss, htmx=True))

    assert page.count("broken") == 25
    assert "1–25 of 30 records" in page
    assert heard[-1][1] == [str(number) for number in range(25)]
    assert part.strip().startswith('<row-keys id="results"')
    assert part.count("broken") == 25
