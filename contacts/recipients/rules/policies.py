"""What a program says about its recipients, and what each class of message says when the program is silent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from contacts.consent.rules import Category


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
