"""What gave a hit away, in words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

WHY: Mapping[str, str] = MappingProxyType(
    {
        "no_sign_of_a_machine": "no sign of a machine",
        "displayed_by_mail_proxy": "shown through a mail proxy",
        "hidden_link": "followed the link that nobody can see",
        "no_body_asked_for": "asked for the address only",
        "known_robot": "a known scanner",
        "too_soon_after_sending": "sooner after sending than anybody reads",
        "apple_mail_privacy": "Apple Mail loads every picture",
        "gmail_prefetch": "Gmail fetched it ahead",
        "same_client_as_hidden_link": "same reader as the hidden link",
        "several_links_at_once": "several links at once",
        "no_user_agent": "the reader did not say what it is",
        "soon_after_sending": "very soon after sending",
        "soon_and_not_opened": "soon after sending, and never opened",
        "amid_several_links_at_once": "amid several links at once",
    }
)


def rule_in_words(rule: str) -> str:
    """Return why a hit counts as it does; "" for a hit that has no verdict yet."""
    return WHY.get(rule, rule.replace("_", " "))
