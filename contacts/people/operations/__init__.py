from __future__ import annotations

from contacts.people.operations.contacts import (
    AddressTaken,
    AlreadyAContact,
    add_contact,
    change_contact,
    deactivate,
    edit_contact,
    edit_roles,
    reactivate,
    record_sold_to,
    record_sold_tos,
    set_access,
)
from contacts.people.operations.roles import (
    CannotRetire,
    LabelTaken,
    RoleEdit,
    UnknownRole,
    add_role,
    assign_roles,
    save_role,
    set_roles,
)
from contacts.people.operations.upserts import ContactRow, UpsertContext, upsert_contacts

__all__ = [
    "AddressTaken",
    "AlreadyAContact",
    "CannotRetire",
    "ContactRow",
    "LabelTaken",
    "RoleEdit",
    "UnknownRole",
    "UpsertContext",
    "add_contact",
    "add_role",
    "assign_roles",
    "change_contact",
    "deactivate",
    "edit_contact",
    "edit_roles",
    "reactivate",
    "record_sold_to",
    "record_sold_tos",
    "save_role",
    "set_access",
    "set_roles",
    "upsert_contacts",
]
