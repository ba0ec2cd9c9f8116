"""What a one-time code looks like, and when two are one."""

from __future__ import annotations

import hmac
from collections.abc import Callable

# Neither 0 and O nor 1, I and L: people read the code off one screen and type it on another.
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
GROUPS, GROUP = 4, 4  # 31 ** 16 codes
TRIES = 10


def written(choose: Callable[[str], str]) -> str:
    """Return a code such as K7QM-2XWD-9HTA-RP4C; `choose` picks one of the letters it is given."""
    return "-".join("".join(choose(LETTERS) for _ in range(GROUP)) for _ in range(GROUPS))


def matches(code: str, given: str) -> bool:
    """Compare in constant time; case, spaces and dashes do not matter."""
    return bool(_plain(code)) and hmac.compare_digest(_plain(code), _plain(given))


def _plain(code: str) -> bytes:
    return "".join(letter for letter in code.upper() if letter.isalnum()).encode()
