"""The facts a decision needs, and what a program (or, when it is silent, the message class) says about recipients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from contacts.consent.rules import Category

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


class MessageClass(StrEnum):
    ONBOARDING = "onboarding"
    ENABLEMENT = "enablement"
    RETENTION = "retention"
    NEWSLETTER = "newsletter"
    WEBINAR = "webinar"
    NPS = "nps"
    CSAT = "csat"
    INTRO = "intro"

    @property
    def is_survey(self) -> bool:
        return self in SURVEYS

    @property
    def category(self) -> Category:
        """The category of consent that a message of this class needs."""
        return CATEGORY_OF[self]


SURVEYS = frozenset({MessageClass.NPS, MessageClass.CSAT})

CATEGORY_OF: Mapping[MessageClass, Category] = MappingProxyType(
    {
        MessageClass.ONBOARDING: Category.ENABLEMENT,
        MessageClass.ENABLEMENT: Category.ENABLEMENT,
        MessageClass.RETENTION: Category.ENABLEMENT,
        MessageClass.INTRO: Category.ENABLEMENT,
        MessageClass.NEWSLETTER: Category.NEWSLETTER,
        MessageClass.WEBINAR: Category.NEWSLETTER,
        MessageClass.NPS: Category.SURVEY,
        MessageClass.CSAT: Category.SURVEY,
    }
)


class SoldToUse(StrEnum):
    """When a program writes to the contact who bought."""

    NEVER = "never"
    FALLBACK = "fallback"  # in place of a missing GitLab Admin, where that fallback exists
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Policy:
    """
    Whom a message is for.

    `roles` are further picklist keys addressed beside GitLab Admin. `survey_sold_to` lets a survey use `sold_to`
    at all: the handbook's recipient page says never, so it is off and the page that sets it warns.
    """

    message_class: MessageClass
    admins: bool = True
    sold_to: SoldToUse = SoldToUse.FALLBACK
    saas_owners: bool = False
    saas_maintainers: bool = False
    roles: frozenset[str] = frozenset()
    fallback_for_csm_managed: bool = False
    include_restricted: bool = False
    excludes_pubsec: bool = False
    includes_churned: bool = False
    survey_sold_to: bool = False

    @property
    def sold_to_in_force(self) -> SoldToUse:
        """How Sold-To contacts are used once the ban on surveying them has been applied."""
        if self.message_class.is_survey and not self.survey_sold_to:
            return SoldToUse.NEVER
        return self.sold_to


DEFAULT_POLICIES: Mapping[MessageClass, Policy] = MappingProxyType(
    {
        MessageClass.ONBOARDING: Policy(MessageClass.ONBOARDING),
        MessageClass.ENABLEMENT: Policy(MessageClass.ENABLEMENT),
        MessageClass.RETENTION: Policy(MessageClass.RETENTION),
        MessageClass.NEWSLETTER: Policy(MessageClass.NEWSLETTER, saas_owners=True),
        MessageClass.WEBINAR: Policy(MessageClass.WEBINAR),
        MessageClass.NPS: Policy(MessageClass.NPS, sold_to=SoldToUse.NEVER),
        MessageClass.CSAT: Policy(MessageClass.CSAT, sold_to=SoldToUse.NEVER),
        # "Intro to GitLab CS": GitLab Admin or Sold-To of CSM-assigned accounts, never the public sector.
        MessageClass.INTRO: Policy(MessageClass.INTRO, fallback_for_csm_managed=True, excludes_pubsec=True),
    }
)

# Two programs of the handbook's catalogue that differ from their class.
AE_CSM_INTRODUCTION = Policy(MessageClass.INTRO, admins=False, sold_to=SoldToUse.ALWAYS)
ALL_CUSTOMER_CSAT = Policy(
    MessageClass.CSAT,
    sold_to=SoldToUse.NEVER,
    saas_owners=True,
    roles=frozenset({"executive_sponsor", "champion_influencer"}),
)


def policy_in_words(policy: Policy, roles: Mapping[str, str]) -> str:
    """
    Return whom a program writes to, without a full stop: "GitLab Admins, else the Sold-To contact".

    `roles` gives the label of each further role's key.
    """
    addressed = ["GitLab Admins"] if policy.admins else []
    addressed += ["SaaS Owners"] if policy.saas_owners else []
    addressed += ["SaaS Maintainers"] if policy.saas_maintainers else []
    addressed += sorted(f"{roles.get(key, key)} contacts" for key in policy.roles)
    sold_to = policy.sold_to_in_force
    if sold_to == SoldToUse.ALWAYS:
        addressed.append("Sold-To contacts")
    elif sold_to == SoldToUse.FALLBACK and not policy.admins:
        addressed.append("Sold-To contacts of accounts without a GitLab Admin")
    words = _listed(addressed) or "Nobody"
    if sold_to == SoldToUse.FALLBACK and policy.admins:
        words += ", else the Sold-To contact"
    elif policy.message_class.is_survey and sold_to == SoldToUse.NEVER:
        words += ", never Sold-To contacts"
    return words + (", not in the public sector" if policy.excludes_pubsec else "")


def _listed(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else ""


def upcoming_in_words(number: int, *, first: dt.datetime) -> str:
    """Return how many emails a change by hand sends and when the first of them does, in UTC."""
    at = f"{first.astimezone(dt.UTC):%-d %b %Y, %H:%M} UTC"
    return f"1 email will be sent on {at}." if number == 1 else f"{number:,} emails will be sent, the first on {at}."
