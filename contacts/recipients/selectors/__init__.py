"""Who is at an account with all that decides about mail to them, and the kept answers that lists and figures join."""

from __future__ import annotations

from contacts.recipients.selectors.people import (
    AccountPeople,
    Reachable,
    SurveyHistory,
    account_refusal_sql,
    people_of,
    register_survey_history,
)
from contacts.recipients.selectors.reach import (
    MOST_IMPORTANT,
    TOUCHED,
    Answer,
    ClassAnswers,
    Coverage,
    accounts_without_admin,
    catch_up,
    coverage,
    has_reachable_admin,
    is_reached,
    reachable,
    reached_among,
    unreachable_accounts,
    who_would_receive,
    why_unreachable,
)
from contacts.recipients.selectors.upcoming import (
    Upcoming,
    held_by_hand_sql,
    held_changes,
    register_upcoming,
    upcoming,
)

__all__ = [
    "MOST_IMPORTANT",
    "TOUCHED",
    "AccountPeople",
    "Answer",
    "ClassAnswers",
    "Coverage",
    "Reachable",
    "SurveyHistory",
    "Upcoming",
    "account_refusal_sql",
    "accounts_without_admin",
    "catch_up",
    "coverage",
    "has_reachable_admin",
    "held_by_hand_sql",
    "held_changes",
    "is_reached",
    "people_of",
    "reachable",
    "reached_among",
    "register_survey_history",
    "register_upcoming",
    "unreachable_accounts",
    "upcoming",
    "who_would_receive",
    "why_unreachable",
]
