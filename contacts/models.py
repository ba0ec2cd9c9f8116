"""The shop window: what Django and the rooms above find under `contacts.models`."""

from contacts.consent.models import AddressHash, Choice, LiftedSuppression, Suppression
from contacts.content.models import Link, Template, TemplateVersion
from contacts.delivery.models import Breaker, Delivery, Mailing, Sender
from contacts.engagement.models import Bucket, Cursor, Event, Verdict, WebhookEvent
from contacts.people.models import GitlabRole, Membership, MembershipSearch, MembershipSpan, Person, RoleChange, SoldTo
from contacts.recipients.models import AccountReach, HeldChange, Reach

__all__ = [
    "AccountReach",
    "AddressHash",
    "Breaker",
    "Bucket",
    "Choice",
    "Cursor",
    "Delivery",
    "Event",
    "GitlabRole",
    "HeldChange",
    "LiftedSuppression",
    "Link",
    "Mailing",
    "Membership",
    "MembershipSearch",
    "MembershipSpan",
    "Person",
    "Reach",
    "RoleChange",
    "Sender",
    "SoldTo",
    "Suppression",
    "Template",
    "TemplateVersion",
    "Verdict",
    "WebhookEvent",
]
