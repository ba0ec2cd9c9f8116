"""Looking changes nothing: every page is asked for under a connection that refuses to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import InternalError, connection, transaction
from django.http import QueryDict
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.models import ApiToken, User
from contacts.models import Breaker, GitlabRole, HeldChange, Suppression
from cs_platform.integrations.imports.models import ImportRun
from metrics.models import Milestone
from programs.models import Participant
from tests import factories, mail
from tests.factories import NOW, TODAY
from tests.fixtures import Browser
from tests.programs import world

pytestmark = pytest.mark.django_db

# Pages that are not ours, and those whose address is a riddle we cannot make up: their own tests look at them.
NOT_OURS = ("admin", "anymail")
SEALED = {"token"}
# Programs ask with a token, under tests of their own.
FOR_PROGRAMS = "api"


def pages(patterns: list[Any], spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield every page's name with the names of what its address needs."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace not in NOT_OURS:
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from (
                (name, needs | set(pattern.pattern.converters)) for name, needs in pages(pattern.url_patterns, inner)
            )
        elif isinstance(pattern, URLPattern):
            yield ":".join((*spaces, pattern.name or "")), frozenset(pattern.pattern.converters)


PAGES = {
    name: needs
    for name, needs in pages(get_resolver().url_patterns)
    if name and not name.startswith(FOR_PROGRAMS) and not needs & SEALED
}


@pytest.fixture
def boss(db: None) -> User:
    """Somebody to whom every page opens."""
    return factories.user(bundle="administrator")


@pytest.fixture
def rows(boss: User) -> dict[str, object]:
    """Return a row for whatever an address may need; a page about something new adds it here."""
    account = factories.account(name="Acme")
    (message,) = mail.deliveries(1, account=account)
    factories.line(account=account)
    factories.entry(account=account, person_ref=message.person_id)
    factories.token(user=boss, scopes=["accounts:read"])
    program = world.published(boss)
    participant = Participant.objects.create(
        program=program,
        version=program.versions.get(),
        account=account,
        membership=message.membership,
        entry_key="contract_start:2026-03-02",
        anchor_date=NOW.date(),
        state="active",
        reason="",
        entered_at=NOW,
        changed_at=NOW,
    )
    return {
        "account_id": message.account_id,
        "membership_id": message.membership_id,
        "person_id": message.person_id,
        "delivery_id": message.pk,
        "suppression_id": Suppression.objects.create(
            address_hash="0" * 64, reason="manual", source="ada", since_at=NOW
        ).pk,
        "change_id": HeldChange.objects.create(
            account_ids=[account.pk], label="Acme: stage", actor="ada", made_at=NOW, held_until=NOW
        ).pk,
        "program_id": program.pk,
        "participant_id": participant.pk,
        "role_id": GitlabRole.objects.earliest("pk").pk,
        "sender_id": message.sender_id,
        "run_id": ImportRun.objects.create(kind="accounts", file_name="a.csv", state="done", requested_at=NOW).pk,
        "user_id": boss.pk,
        "bundle_id": boss.bundles.get().pk,
        "token_id": ApiToken.objects.get().pk,
        "milestone_id": Milestone.objects.create(
            account=account, kind="first_value", reached_date=TODAY, source="csm", recorded_at=NOW
        ).pk,
        "breaker_id": Breaker.objects.create(
            scope="sender", key="a@keel.example", fault="sender", opened_at=NOW, refused_at=NOW, retry_at=NOW
        ).pk,
    }


@pytest.mark.parametrize("is_part", [False, True], ids=["page", "part"])
def test_looking_at_any_page_writes_nothing(
    browser_of: Browser, boss: User, rows: dict[str, object], is_part: bool
) -> None:
    client = browser_of(boss, htmx=is_part)

    failed = {name: trouble for name, needs in PAGES.items() if (trouble := trouble_with(client, name, needs, rows))}

    assert failed == {}


def trouble_with(client: Client, name: str, needs: frozenset[str], rows: dict[str, object]) -> str:
    """Return what went wrong when a page was asked for while the database refused to write; "" when nothing did."""
    if missing := needs - set(rows):
        return f"Its address needs {', '.join(sorted(missing))}: add such a row to this test."
    try:
        with transaction.atomic():
            refuse_to_write()
            answer = client.get(reverse(name, kwargs={need: rows[need] for need in needs}))
            if answer.streaming:
                b"".join(answer)
    except Exception as problem:  # noqa: BLE001 (whatever a page does wrong is listed with the others)
        return f"{type(problem).__name__}: {problem}"
    return "" if answer.status_code < 500 else f"It answered {answer.status_code}."


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the names of the parameters that pages read meanwhile."""
    names: set[str] = set()

    def spied(method: str) -> Any:
        real = getattr(QueryDict, method)

        def read(self: QueryDict, name: str, *more: Any) -> Any:
            names.add(name)
            return real(self, name, *more)

        return read

    for method in ("get", "getlist", "__getitem__", "__contains__"):
        monkeypatch.setattr(QueryDict, method, spied(method))
    return names


@pytest.mark.parametrize("value", ["\0", "a\0b"])
def test_no_parameter_of_any_page_fails_on_what_the_database_refuses(
    browser_of: Browser, boss: User, rows: dict[str, object], asked_for: set[str], value: str
) -> None:
    client = browser_of(boss)
    failed: dict[str, int] = {}
    seen: set[str] = set()
    for name, needs in PAGES.items():
        address = reverse(name, kwargs={need: rows[need] for need in needs})
        asked_for.clear()
        consume(client.get(address))
        names = {each for each in asked_for if isinstance(each, str)}
        seen |= names
        together = consume(client.get(address, dict.fromkeys(names, value)))
        # A parameter that is refused may keep the page from reading the next.
        one_by_one = sorted(names) if together != 200 else []
        answers = {each: consume(client.get(address, {each: value})) for each in one_by_one}
        failed |= {f"{name} {each}": status for each, status in {"": together, **answers}.items() if status >= 500}

    assert failed == {}
    assert {"q", "sort"} <= seen


def consume(answer: Any) -> int:
    if answer.streaming:
        b"".join(answer)
    return int(answer.status_code)


def refuse_to_write() -> None:
    """Make the database refuse every write until the end of the innermost block."""
    with connection.cursor() as cursor:
        cursor.execute("set transaction read only")


def test_the_guard_sees_a_write(db: None) -> None:
    with transaction.atomic():
        refuse_to_write()
        with pytest.raises(InternalError, match="read-only transaction"):
            factories.account()
