"""What has to be known of an account and its contacts before anybody can be written to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

# Keys of the GitLab Role picklist that decide something here.
GITLAB_ADMIN = "gitlab_admin"
BILLING = "billing_procurement"


class Segment(StrEnum):
    TECH_TOUCH = "tech_touch"
    SCALE = "scale"
    CSM_MANAGED = "csm_managed"


class Channel(StrEnum):
    WEB_DIRECT = "web_direct"
    SALES_ASSISTED = "sales_assisted"


class Deployment(StrEnum):
    SAAS = "saas"
    SELF_MANAGED = "self_managed"
    DEDICATED = "dedicated"


class Access(StrEnum):
    """A user's permission in the customer's SaaS group."""

    OWNER = "owner"
    MAINTAINER = "maintainer"
    DEVELOPER = "developer"
    REPORTER = "reporter"
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class AccountFacts:
    segment: Segment
    purchase_channel: Channel
    deployment: Deployment
    is_restricted: bool = False
    is_pubsec: bool = False
    is_churned: bool = False
    # Values of consent.rules.Category, or EVERYTHING.
    switched_off: frozenset[str] = frozenset()
    csat_surveys_past_year: int = 0


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """
    One person at the account.

    `suppression` is the reason of a live suppression (consent.rules.SuppressionReason), `opted_out` holds consent
    categories, `days_since_csat` is None for somebody who was never asked, `already_received` speaks of this
    message and its anchor.
    """

    key: int
    roles: frozenset[str] = frozenset()
    is_sold_to: bool = False
    access: Access | None = None
    is_active: bool = True
    has_address: bool = True
    suppression: str | None = None
    opted_out: frozenset[str] = frozenset()
    days_since_csat: int | None = None
    already_received: bool = False

    @property
    def is_gitlab_admin(self) -> bool:
        """Whatever other roles the contact holds, and whatever they bought."""
        return GITLAB_ADMIN in self.roles
