import datetime as dt
from decimal import Decimal

import pytest

from cs_platform.integrations.imports.rules import values
from cs_platform.integrations.imports.rules.values import BadValue, region_of

TIERS = values.one_of([("tech_touch", "Tech Touch"), ("csm_managed", "CSM-Managed")])


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (values.date, "2024-02-29", dt.date(2024, 2, 29)),
        (values.date, "2024/2/9", dt.date(2024, 2, 9)),
        (values.date, "2023-07-28 03:00:00", dt.date(2023, 7, 28)),
        (values.date, "2023-07-28T03:00:00Z", dt.date(2023, 7, 28)),
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
        (values.date, "01/02/2024", "no date such as"),
        (values.date, "45321", "no date such as"),
        (values.date, "2023-02-29", "a day that does not exist"),
        (values.date, "0001-01-01", "not between 1990 and 2200"),
        (values.flag, "2", "neither true nor false"),
        (values.whole, "-1", "not between 0 and"),
        (values.whole, "99999999999", "not between 0 and"),
        (values.whole, "1.5", "no whole number"),
        (values.money, "1.234,50", "no number such as"),
        (values.money, "12,34", "no number such as"),
        (values.money, "$5", "no number such as"),
        (values.money, "NaN", "no number such as"),
        (values.money, "1.23456", "more than four decimals"),
        (values.money, "-0.01", "below zero"),
        (values.money, "1" * 15, "too large"),
        (values.currency, "dollars", "no currency"),
        (values.address, "nobody", "The address has no @"),
        (values.zone, "Lisbon", "no time zone"),
        (TIERS, "Huge", "is none of Tech Touch, CSM-Managed"),
        (values.words(3), "Premium", "a part of 7 characters"),
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
