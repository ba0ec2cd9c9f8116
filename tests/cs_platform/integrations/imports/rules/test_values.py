import datetime as dt
from decimal import Decimal

import pytest

from cs_platform.integrations.imports.rules import values
from cs_platform.integrations.imports.rules.values import BadValue, region_of

TIERS = values.one_of([("tech_touch", "Tech Touch"), ("csm_managed", "CSM-Managed")])
CYRILLIC = values.one_of([("admin", "Админ")])


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (values.date, "2024-02-29", dt.date(2024, 2, 29)),
        (values.date, "2024/2/9", dt.date(2024, 2, 9)),
        (values.date, "2023-07-28 03:00:00", dt.date(2023, 7, 28)),
        (values.date, "2023-07-28T03:00:00Z", dt.date(2023, 7, 28)),
        (values.date, "2023-07-28 9:05 PM", dt.date(2023, 7, 28)),
        (values.date, "2023-07-28T03:00:00.000+0000", dt.date(2023, 7, 28)),
        (CYRILLIC, " АДМИН ", "admin"),
        (values.flag, "TRUE", True),
        (values.flag, "n", False),
        (values.whole, "1,200", 1200),
        (values.whole, "12.0", 12),
        (values.money, "1,234.5", Decimal("1234.5")),
        (values.money, "0.10000", Decimal("0.1")),
        (values.currency, "eur", "EUR"),
        (values.address, " Pat@Customer.Example ", "pat@customer.example"),
        (values.zone, "Europe/Lisbon", "Europe/Lisbon"),
        (TIERS, "csm managed", "csm_managed"),
        (TIERS, "TECH_TOUCH", "tech_touch"),
        (values.words(9), "Premium; Duo | Duo,", ["Duo", "Premium"]),
    ],
)
def test_a_cell_is_read_as_people_write_it(read, raw, value) -> None:
    assert read(raw) == value


@pytest.mark.parametrize(
    ("read", "raw", "why"),
    [
        (values.date, "01/02/2024", "must be a date such as"),
        (values.date, "45321", "must be a date such as"),
        (values.date, "2023-02-29", "isn't a real date"),
        (values.date, "0001-01-01", "must be between 1990 and 2199"),
        (values.date, "2026-03-25 99:99 and so on", "must be a date such as"),
        (values.date, "２０２６-０３-２５", "must be a date such as"),
        (values.zone, "localtime", "must be a time zone"),
        (values.zone, "Factory", "must be a time zone"),
        (CYRILLIC, "Бухгалтер", "must be Админ"),
        (CYRILLIC, "財務", "must be Админ"),
        (CYRILLIC, "???", "must be Админ"),
        (values.flag, "2", "must be true or false"),
        (values.whole, "-1", "must be between 0 and"),
        (values.whole, "99999999999", "must be between 0 and"),
        (values.whole, "1.5", "must be a whole number"),
        (values.money, "1.234,50", "must be a number such as"),
        (values.money, "12,34", "must be a number such as"),
        (values.money, "$5", "must be a number such as"),
        (values.money, "NaN", "must be a number such as"),
        (values.money, "1.23456", "more than four decimals"),
        (values.money, "-0.01", "can't be negative"),
        (values.money, "1" * 15, "too large"),
        (values.currency, "dollars", "must be a currency code"),
        (values.address, "nobody", "The address has no @"),
        (values.zone, "Lisbon", "must be a time zone"),
        (TIERS, "Huge", "must be Tech Touch or CSM-Managed"),
        (values.words(3), "Premium", "an entry of 7 characters"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why(read, raw, why) -> None:
    with pytest.raises(BadValue, match=why):
        read(raw)


@pytest.mark.parametrize(
    ("country", "region"),
    [("us", "AMER"), ("BR", "AMER"), ("UK", "EMEA"), ("GB", "EMEA"), ("IN", "APAC"), ("Germany", None), ("", None)],
)
def test_a_region_is_guessed_from_a_country_code_alone(country, region) -> None:
    assert region_of(country) == region
