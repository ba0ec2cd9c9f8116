"""Why somebody receives a message or does not, as codes to store and sentences to show."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from contacts.consent.rules import SuppressionReason


class Reason(StrEnum):
    # receiving, in order of precedence
    IS_GITLAB_ADMIN = "is_gitlab_admin"
    IS_SAAS_OWNER = "is_saas_owner"
    IS_SAAS_MAINTAINER = "is_saas_maintainer"
    HAS_ADDRESSED_ROLE = "has_addressed_role"
    IS_SOLD_TO_ADDRESSED = "is_sold_to_addressed"
    IS_SOLD_TO_FALLBACK = "is_sold_to_fallback"

    # refusing the account as a whole
    RESTRICTED_ACCOUNT = "restricted_account"
    ACCOUNT_CHURNED = "account_churned"
    PUBSEC_EXCLUDED = "pubsec_excluded"
    ACCOUNT_SWITCHED_OFF = "account_switched_off"
    ACCOUNT_SURVEYED_TWICE_THIS_YEAR = "account_surveyed_twice_this_year"

    # never asked in a survey
    SOLD_TO_NEVER_SURVEYED = "sold_to_never_surveyed"
    BILLING_NEVER_SURVEYED = "billing_never_surveyed"

    # not addressed
    SOLD_TO_NOT_ADDRESSED = "sold_to_not_addressed"
    GITLAB_ADMIN_EXISTS = "gitlab_admin_exists"
    CSM_MANAGED_NO_FALLBACK = "csm_managed_no_fallback"
    SAAS_ROLES_ONLY_ON_SAAS = "saas_roles_only_on_saas"
    ACCESS_NEVER_SURVEYED = "access_never_surveyed"
    NO_ADDRESSED_ROLE = "no_addressed_role"

    # addressed, but not to be written to
    INACTIVE = "inactive"
    NO_ADDRESS = "no_address"
    SUPPRESSED_ERASED = "suppressed_erased"
    SUPPRESSED_HARD_BOUNCE = "suppressed_hard_bounce"
    SUPPRESSED_SOFT_BOUNCES = "suppressed_soft_bounces"
    SUPPRESSED_COMPLAINT = "suppressed_complaint"
    SUPPRESSED_UNSUBSCRIBED = "suppressed_unsubscribed"
    SUPPRESSED_MANUAL = "suppressed_manual"
    SUPPRESSED_OTHER = "suppressed_other"
    OPTED_OUT = "opted_out"
    SURVEYED_WITHIN_8_WEEKS = "surveyed_within_8_weeks"
    ALREADY_RECEIVED = "already_received"

    # why an account reaches nobody
    NO_GITLAB_ADMIN = "no_gitlab_admin"
    NO_GITLAB_ADMIN_AND_NO_SOLD_TO = "no_gitlab_admin_and_no_sold_to"
    NO_ADDRESSED_CONTACT = "no_addressed_contact"
    NOBODY_REACHABLE = "nobody_reachable"


SUPPRESSED: Mapping[str, Reason] = MappingProxyType(
    {
        SuppressionReason.ERASED.value: Reason.SUPPRESSED_ERASED,
        SuppressionReason.HARD_BOUNCE.value: Reason.SUPPRESSED_HARD_BOUNCE,
        SuppressionReason.SOFT_BOUNCES.value: Reason.SUPPRESSED_SOFT_BOUNCES,
        SuppressionReason.COMPLAINT.value: Reason.SUPPRESSED_COMPLAINT,
        SuppressionReason.UNSUBSCRIBED.value: Reason.SUPPRESSED_UNSUBSCRIBED,
        SuppressionReason.MANUAL.value: Reason.SUPPRESSED_MANUAL,
    }
)

SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.IS_GITLAB_ADMIN: "Is a GitLab Admin of the account.",
        Reason.IS_SAAS_OWNER: "Is an Owner on this SaaS account.",
        Reason.IS_SAAS_MAINTAINER: "Is a Maintainer on this SaaS account.",
        Reason.HAS_ADDRESSED_ROLE: "Has a role that this program writes to.",
        Reason.IS_SOLD_TO_ADDRESSED: "Is the Sold-To contact, whom this program writes to.",
        Reason.IS_SOLD_TO_FALLBACK: "Is the Sold-To contact, and the account has no GitLab Admin.",
        Reason.RESTRICTED_ACCOUNT: "The account is restricted and gets no program mail.",
        Reason.ACCOUNT_CHURNED: "The account is no longer a customer.",
        Reason.PUBSEC_EXCLUDED: "The program leaves out public-sector accounts.",
        Reason.ACCOUNT_SWITCHED_OFF: "This kind of mail is switched off for the account.",
        Reason.ACCOUNT_SURVEYED_TWICE_THIS_YEAR: "The account has had two CSAT surveys in the past year.",
        Reason.SOLD_TO_NEVER_SURVEYED: "Sold-To contacts never receive NPS or CSAT.",
        Reason.BILLING_NEVER_SURVEYED: "Billing and procurement contacts never receive CSAT.",
        Reason.SOLD_TO_NOT_ADDRESSED: "The program does not write to Sold-To contacts.",
        Reason.GITLAB_ADMIN_EXISTS: "The account has a GitLab Admin, who is written to instead.",
        Reason.CSM_MANAGED_NO_FALLBACK: (
            "The account has no GitLab Admin; being CSM-Managed, it does not fall back to Sold-To."
        ),
        Reason.SAAS_ROLES_ONLY_ON_SAAS: "Owners and Maintainers are written to on SaaS accounts alone.",
        Reason.ACCESS_NEVER_SURVEYED: "Users below Owner are never surveyed.",
        Reason.NO_ADDRESSED_ROLE: "Has no role that this program writes to.",
        Reason.INACTIVE: "The contact is inactive.",
        Reason.NO_ADDRESS: "The contact has no email address.",
        Reason.SUPPRESSED_ERASED: "The person was erased at their request.",
        Reason.SUPPRESSED_HARD_BOUNCE: "The address is dead: a message bounced for good.",
        Reason.SUPPRESSED_SOFT_BOUNCES: "The address is held after repeated bounces.",
        Reason.SUPPRESSED_COMPLAINT: "The person reported a message as spam.",
        Reason.SUPPRESSED_UNSUBSCRIBED: "The person unsubscribed.",
        Reason.SUPPRESSED_MANUAL: "The address was put on the suppression list by hand.",
        Reason.SUPPRESSED_OTHER: "The address is on the suppression list.",
        Reason.OPTED_OUT: "The contact has opted out of this kind of mail.",
        Reason.SURVEYED_WITHIN_8_WEEKS: "The contact was asked for CSAT less than eight weeks ago.",
        Reason.ALREADY_RECEIVED: "The contact has already received this message.",
        Reason.NO_GITLAB_ADMIN: "The account has no GitLab Admin.",
        Reason.NO_GITLAB_ADMIN_AND_NO_SOLD_TO: "The account has neither a GitLab Admin nor a Sold-To contact.",
        Reason.NO_ADDRESSED_CONTACT: "No contact of the account has a role that this program writes to.",
        Reason.NOBODY_REACHABLE: "Everybody this program writes to here is excluded or cannot be reached.",
    }
)
