from __future__ import annotations

import datetime as dt
import hashlib
import logging
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection, transaction

from accounts.team import operations as team
from accounts.team.models import User
from accounts.team.selectors import has_users
from contacts.delivery import operations as delivery
from cs_platform.common.acting import acting
from cs_platform.setup.rules import TRIES, matches, written

log = logging.getLogger("keel.setup")

# Any number will do, as long as nothing else locks it.
LOCK = 4_736_001


class WrongCode(ValueError):
    """This is not the one-time code of the log."""


class AlreadySetUp(Exception):
    """Somebody signs in here already; the set-up is over."""


@dataclass(frozen=True)
class FirstFacts:
    """What the set-up page asks for."""

    name: str
    email: str
    password: str
    organisation: str
    postal_address: str
    zone: str
    currency: str
    fiscal_year_start_month: int
    sender_name: str
    sender_address: str


def welcome() -> None:
    """Say the one-time code in the log of a web process that starts before anybody can sign in."""
    with suppress(DatabaseError):  # not there yet, or without tables: the page itself offers the code later
        if not has_users():
            offer_code(is_start=True)
    connection.close()


def offer_code(*, is_start: bool = False) -> None:
    """Make the one-time code unless there is one, valid until used. It is said in the log once, and at a start."""
    path = code_file()
    is_new = not path.exists()
    if is_new:
        _keep(path, is_new=True)
    if is_new or is_start:
        code = path.read_text()
        log.warning("Nobody can sign in yet. Open %s/setup/ with the one-time code %s", settings.BASE_URL, code)


def code_file() -> Path:
    return Path(settings.KEEL_HOME) / "run" / "setup-code"


def set_up(*, code: str, facts: FirstFacts, now: dt.datetime) -> User:
    """
    Make the first admin, the organisation (in safe mode) and the default sender: all of them or none.

    :raises WrongCode: if the code is not the one of the log; after ten of them it is replaced.
    :raises AlreadySetUp: if somebody was first.
    """
    if has_users():
        raise AlreadySetUp
    _check(code)
    with acting(actor=facts.email, source="setup"):
        _wait_for_others()
        if has_users():
            raise AlreadySetUp
        user = team.add_user(
            email=facts.email,
            name=facts.name,
            password=facts.password,
            bundles=["administrator"],
            zone=facts.zone,
        )
        team.describe_organisation(
            name=facts.organisation,
            postal_address=facts.postal_address,
            zone=facts.zone,
            currency=facts.currency,
            fiscal_year_start_month=facts.fiscal_year_start_month,
        )
        delivery.add_sender(name=facts.sender_name, address=facts.sender_address, is_default=True)
        transaction.on_commit(lambda: code_file().unlink(missing_ok=True))
    return user


def _check(given: str) -> None:
    try:
        code = code_file().read_text()
    except FileNotFoundError:  # used up this moment
        raise WrongCode from None
    # Counted in Redis, so that all web processes count together. Each code has a count of its own, which nobody ever
    # deletes: one process that is done with it would pull it from under another that is counting.
    count = f"setup:tried:{hashlib.sha256(code.encode()).hexdigest()}"
    cache.add(count, 0, timeout=None)
    tries = cache.incr(count)
    # Beyond the last try nothing is compared any more: one of the others is replacing the code.
    if tries <= TRIES and matches(code, given):
        cache.decr(count)
        return
    if tries == TRIES:
        _keep(code_file(), is_new=False)
        log.warning("Ten wrong set-up codes were tried. The one-time code is now %s", code_file().read_text())
    raise WrongCode


# Write a fresh code, whole from the first moment and for nobody else's eyes; a new one never replaces another.
def _keep(path: Path, *, is_new: bool) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix="setup-code-", delete=False) as file:
        file.write(written(secrets.choice))
    draft = Path(file.name)
    if not is_new:
        draft.replace(path)
        return
    with suppress(FileExistsError):  # another web process was first
        os.link(draft, path)
    draft.unlink()


# Let two who press the button at once go one after the other, until the transaction ends.
def _wait_for_others() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
