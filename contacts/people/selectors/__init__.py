from __future__ import annotations

from contacts.people.selectors.changes import NamedLine, RoleEvent, in_words, role_histories_of
from contacts.people.selectors.listing import Asked, contacts_asked_for, role_labels
from contacts.people.selectors.roster import (
    GITLAB_ADMIN,
    Contact,
    Coverage,
    accounts_without_admin,
    contact_of,
    contacts_among,
    contacts_at,
    contacts_of,
    coverage,
    has_gitlab_admin,
    labels_of,
    orders_of,
    picklist,
    reachable,
    unknown_roles,
    unreachable_accounts,
)

__all__ = [
    "GITLAB_ADMIN",
    "Asked",
    "Contact",
    "Coverage",
    "NamedLine",
    "RoleEvent",
    "accounts_without_admin",
    "contact_of",
    "contacts_among",
    "contacts_asked_for",
    "contacts_at",
    "contacts_of",
    "coverage",
    "has_gitlab_admin",
    "in_words",
    "labels_of",
    "orders_of",
    "picklist",
    "reachable",
    "role_histories_of",
    "role_labels",
    "unknown_roles",
    "unreachable_accounts",
]
