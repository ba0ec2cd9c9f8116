"""From the text of a cell to a value, or to a sentence that says what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeAlias
from zoneinfo import available_timezones

from contacts.consent.rules import BadAddress, normalise_address
from cs_platform.common.text import either, value_of_choice

Reader: TypeAlias = Callable[[str], object]

EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2200, 1, 1)
LARGEST_WHOLE = 2_147_483_647
# "localtime" is whatever the server has; "Factory" is tzdata's word for none.
ZONES = frozenset(available_timezones()) - {"localtime", "Factory"}
YES = frozenset({"true", "t", "yes", "y", "1"})
NO = frozenset({"false", "f", "no", "n", "0"})

DATE = re.compile(
    r"^(\d{4})[-/](\d{1,2})[-/](\d{1,2})"
    r"(?:[T ](?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d+)?)? ?(?:[AaPp][Mm])? ?(?:Z|UTC|[+-]\d{2}:?\d{2})?)?$",
    re.ASCII,
)
NUMBER = re.compile(r"^-?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$")


class BadValue(ValueError):
    """A cell does not hold what its column needs; the message completes a sentence that begins with its heading."""


def text(longest: int) -> Reader:
    def read(raw: str) -> str:
        if len(raw) > longest:
            raise BadValue(f"is {len(raw):,} characters long; the limit is {longest:,}.")
        return raw

    return read


def date(raw: str) -> dt.date:
    """Read a date, or the date of a moment, year first; any other order could be two days."""
    found = DATE.match(raw)
    if not found:
        raise BadValue("must be a date such as 2026-01-31.")
    try:
        day = dt.date(*(int(part) for part in found.groups()))
    except ValueError:
        raise BadValue("isn't a real date.") from None
    if not EARLIEST <= day < LATEST:
        raise BadValue(f"must be between {EARLIEST.year} and {LATEST.year - 1}.")
    return day


def flag(raw: str) -> bool:
    if raw.lower() in YES:
        return True
    if raw.lower() in NO:
        return False
    raise BadValue("must be true or false (yes, no, 1 and 0 also work).")


def whole(raw: str) -> int:
    number = _number(raw)
    if number != int(number):
        raise BadValue("must be a whole number.")
    if not 0 <= number <= LARGEST_WHOLE:
        raise BadValue(f"must be between 0 and {LARGEST_WHOLE:,}.")
    return int(number)


def money(raw: str) -> Decimal:
    """Read an amount, such as 1234.50 or 1,234.50: at most four decimals, no sign of a currency."""
    number = _number(raw)
    if number < 0:
        raise BadValue("can't be negative.")
    return number


def _number(raw: str) -> Decimal:
    found = NUMBER.match(raw)
    if not found:
        raise BadValue("must be a number such as 1234.50.")
    if len((found.group(1) or "").rstrip("0")) > 4:
        raise BadValue("can't have more than four decimals.")
    number = Decimal(raw.replace(",", ""))
    if abs(number) >= Decimal(10) ** 14:
        raise BadValue("is too large.")
    return number


def currency(raw: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", raw):
        raise BadValue("must be a currency code such as USD.")
    return raw.upper()


def address(raw: str) -> str:
    try:
        return normalise_address(raw)
    except BadAddress as error:
        raise BadValue(f"must be a valid email address. {error}") from error


def zone(raw: str) -> str:
    if raw not in ZONES:
        raise BadValue("must be a time zone such as Europe/Lisbon.")
    return raw


def one_of(choices: Iterable[tuple[str, str]]) -> Reader:
    """Read one of (value, label) pairs, by either, however it is spaced and capitalised."""
    pairs = list(choices)

    def read(raw: str) -> str:
        value = value_of_choice(pairs, raw)
        if value is None:
            raise BadValue(f"must be {either(label for _, label in pairs)}.")
        return str(value)

    return read


def words(longest: int) -> Reader:
    """Read several words, separated by semicolons, commas or bars, in order and each once."""

    def read(raw: str) -> list[str]:
        found = sorted({word.strip() for word in re.split(r"[;,|]", raw) if word.strip()})
        for word in found:
            if len(word) > longest:
                raise BadValue(f"has an entry of {len(word):,} characters; the limit is {longest:,}.")
        return found

    return read


def several_of(choices: Iterable[tuple[str, str]]) -> Reader:
    one, split = one_of(choices), words(80)

    def read(raw: str) -> list[str]:
        parts = split(raw)
        assert isinstance(parts, list)
        return sorted({str(one(part)) for part in parts})

    return read


# Which of the three regions a country belongs to, as a guess for customers whose region nobody gave.
AMER = """
AG AI AR AW BB BL BM BO BQ BR BS BZ CA CL CO CR CU CW DM DO EC FK GD GF GP GT GY HN HT JM KN KY LC MF MQ MS MX NI
PA PE PM PR PY SR SV SX TC TT US UY VC VE VG VI
""".split()  # noqa: SIM905 (a list would be fifty lines)

APAC = """
AF AS AU BD BN BT CC CK CN CX FJ FM GU HK ID IN IO JP KH KI KP KR LA LK MH MM MN MO MP MV MY NC NF NP NR NU NZ PF
PG PH PK PN PW SB SG TH TK TL TO TV TW VN VU WF WS
""".split()  # noqa: SIM905 (a list would be fifty lines)


def region_of(country: str) -> str | None:
    """Return the region of a two-letter country code (ISO 3166, and UK); None for anything longer or no letters."""
    code = country.strip().upper()
    if len(code) != 2 or not code.isalpha():
        return None
    return "AMER" if code in AMER else "APAC" if code in APAC else "EMEA"
