"""The kinds of mail a person or an account can decline, one by one or altogether."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Category(StrEnum):
    """What an unsubscribe link unsubscribes from; the three switches GitLab keeps per customer."""

    ENABLEMENT = "enablement"
    NEWSLETTER = "newsletter"
    SURVEY = "survey"


EVERYTHING = "all"

CATEGORIES: tuple[tuple[str, str], ...] = (
    (Category.ENABLEMENT.value, "Onboarding and enablement"),
    (Category.NEWSLETTER.value, "Newsletters and webinars"),
    (Category.SURVEY.value, "Surveys"),
)


def is_unwanted(declined: Collection[str], category: Category) -> bool:
    """Say whether a message of this category is declined by these opt-outs."""
    return EVERYTHING in declined or category.value in declined


def after_unsubscribe(declined: Collection[str], category: str) -> frozenset[str]:
    """Return the opt-outs after declining a category, or EVERYTHING. Doing it twice changes nothing."""
    if category == EVERYTHING or EVERYTHING in declined:
        return frozenset({EVERYTHING})
    return frozenset(declined) | {Category(category).value}


def after_resubscribe(declined: Collection[str], category: str) -> frozenset[str]:
    """Return the opt-outs after wanting a category again: whoever had declined all now declines the others."""
    if category == EVERYTHING:
        return frozenset()
    expanded = {each.value for each in Category} if EVERYTHING in declined else set(declined)
    return frozenset(expanded - {Category(category).value})
