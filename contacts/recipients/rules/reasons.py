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

# What keeps a contact who is meant from receiving.
OBSTACLES = frozenset(
    {
        Reason.INACTIVE,
        Reason.NO_ADDRESS,
        Reason.OPTED_OUT,
        Reason.SURVEYED_WITHIN_8_WEEKS,
        Reason.ALREADY_RECEIVED,
        Reason.SUPPRESSED_OTHER,
        *SUPPRESSED.values(),
    }
)

SENTENCES: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.IS_GITLAB_ADMIN: "GitLab Admin of this account.",
        Reason.IS_SAAS_OWNER: "Owner on this SaaS account.",
        Reason.IS_SAAS_MAINTAINER: "Maintainer on this SaaS account.",
        Reason.HAS_ADDRESSED_ROLE: "Has a role this program targets.",
        Reason.IS_SOLD_TO_ADDRESSED: "Sold-To contact, targeted by this program.",
        Reason.IS_SOLD_TO_FALLBACK: "Sold-To contact. The account has no GitLab Admin.",
        Reason.RESTRICTED_ACCOUNT: "The account is restricted and gets no program email.",
        Reason.ACCOUNT_CHURNED: "The account is no longer a customer.",
        Reason.PUBSEC_EXCLUDED: "This program excludes public-sector accounts.",
        Reason.ACCOUNT_SWITCHED_OFF: "This kind of email is turned off for the account.",
        Reason.ACCOUNT_SURVEYED_TWICE_THIS_YEAR: "The account already had two CSAT surveys in the past year.",
        Reason.SOLD_TO_NEVER_SURVEYED: "Sold-To contacts are never sent NPS or CSAT surveys.",
        Reason.BILLING_NEVER_SURVEYED: "Billing and procurement contacts are never sent CSAT surveys.",
        Reason.SOLD_TO_NOT_ADDRESSED: "This program doesn't email Sold-To contacts.",
        Reason.GITLAB_ADMIN_EXISTS: "The account's GitLab Admin gets it instead.",
        Reason.CSM_MANAGED_NO_FALLBACK: ("No GitLab Admin. CSM-Managed accounts don't fall back to Sold-To."),
        Reason.SAAS_ROLES_ONLY_ON_SAAS: "Owners and Maintainers are targeted on SaaS accounts only.",
        Reason.ACCESS_NEVER_SURVEYED: "Users below Owner are never surveyed.",
        Reason.NO_ADDRESSED_ROLE: "Role not targeted by this program.",
        Reason.INACTIVE: "Inactive contact.",
        Reason.NO_ADDRESS: "No email address.",
        Reason.SUPPRESSED_ERASED: "Erased at the person's request.",
        Reason.SUPPRESSED_HARD_BOUNCE: "Hard bounce.",
        Reason.SUPPRESSED_SOFT_BOUNCES: "Suppressed after repeated soft bounces.",
        Reason.SUPPRESSED_COMPLAINT: "Reported a message as spam.",
        Reason.SUPPRESSED_UNSUBSCRIBED: "Unsubscribed.",
        Reason.SUPPRESSED_MANUAL: "Suppressed by hand.",
        Reason.SUPPRESSED_OTHER: "The address is on the suppression list.",
        Reason.OPTED_OUT: "Opted out of this kind of email.",
        Reason.SURVEYED_WITHIN_8_WEEKS: "Sent a CSAT survey less than eight weeks ago.",
        Reason.ALREADY_RECEIVED: "Already received this message.",
        Reason.NO_GITLAB_ADMIN: "No GitLab Admin.",
        Reason.NO_GITLAB_ADMIN_AND_NO_SOLD_TO: "No GitLab Admin and no Sold-To contact.",
        Reason.NO_ADDRESSED_CONTACT: "No contact has a role this program targets.",
        Reason.NOBODY_REACHABLE: "Every eligible contact is suppressed, opted out, inactive or has no email address.",
    }
)
