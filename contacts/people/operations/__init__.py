from __future__ import annotations

from contacts.people.operations.arrivals import By, ContactRow
from contacts.people.operations.contacts import (
    AddressTaken,
    AlreadyAContact,
    add_contact,
    change_contact,
    deactivate,
    reactivate,
    record_sold_to,
    record_sold_tos,
    set_access,
)
from contacts.people.operations.edits import edit_contact, edit_roles
from contacts.people.operations.picklist import CannotRetire, LabelTaken, add_role, save_role
from contacts.people.operations.roles import RoleEdit, UnknownRole, assign_roles, set_roles
from contacts.people.operations.upserts import upsert_contacts

__all__ = [
    "AddressTaken",
    "AlreadyAContact",
    "By",
    "CannotRetire",
    "ContactRow",
    "LabelTaken",
    "RoleEdit",
    "UnknownRole",
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
