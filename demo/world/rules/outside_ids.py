"""Names that Salesforce and the billing system give to what is in the world."""

from __future__ import annotations

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ACCOUNT, CONTACT, OPPORTUNITY = "001", "003", "006"
_FIRST_NUMBER = 62**5  # so that ids look like those of an org that has been used for years


def salesforce_15(prefix: str, number: int) -> str:
    """Return the case-sensitive id of 15 characters: a prefix for the kind of object, our org, and the number."""
    rest, digits = number + _FIRST_NUMBER, ""
    while rest:
        rest, digit = divmod(rest, 62)
        digits = DIGITS[digit] + digits
    return f"{prefix}Kl000{digits:0>7}"


def subscription_number(key: str) -> str:
    """Return the billing system's number of a contract: 12.1 is A-S00000121."""
    number, _, position = key.partition(".")
    return f"A-S{10 * int(number) + int(position):08d}"


def contract_key(number: str) -> str:
    """Return the key of a contract whose billing number is given; the other way of subscription_number."""
    whole = int(number.removeprefix("A-S"))
    return f"{whole // 10}.{whole % 10}"
