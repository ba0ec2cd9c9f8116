"""
The decision itself.

A contact has exactly one reason, the first that applies: what refuses the whole account, then the bans on surveying,
then whether the contact is addressed at all, then what keeps an addressed contact from being written to. So the
reason shown is the outermost obstacle, and removing it reveals the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contacts.consent.rules import SuppressionReason, is_unwanted
from contacts.recipients.rules.policies import (
    BILLING,
    Access,
    AccountFacts,
    Channel,
    ContactFacts,
    Deployment,
    MessageClass,
    Policy,
    Segment,
    SoldToUse,
)
from contacts.recipients.rules.reasons import SUPPRESSED, Reason

CSAT_COOLDOWN_DAYS = 8 * 7  # on the 56th day somebody may be asked again
CSAT_SURVEYS_A_YEAR = 2

BELOW_OWNER = frozenset({Access.MAINTAINER, Access.DEVELOPER, Access.REPORTER, Access.GUEST})

# Gone, not unwilling: nobody is left there whose wish a fallback could work around.
UNREACHABLE = frozenset(
    {
        SuppressionReason.HARD_BOUNCE.value,
        SuppressionReason.SOFT_BOUNCES.value,
        SuppressionReason.ERASED.value,
    }
)


@dataclass(frozen=True, slots=True)
class Decision:
    key: int
    receives: bool
    reason: Reason


@dataclass(frozen=True, slots=True)
class Resolution:
    """One decision a contact, in the order given, and why the account reaches nobody (None when it does)."""

    decisions: tuple[Decision, ...]
    unreached: Reason | None

    @property
    def recipients(self) -> tuple[int, ...]:
        return tuple(decision.key for decision in self.decisions if decision.receives)


# Compared by value, never by identity: the database hands over plain strings.


def resolve(policy: Policy, account: AccountFacts, contacts: Sequence[ContactFacts]) -> Resolution:
    """
    Return who receives a message under this policy, with a reason for everybody.

    GitLab Admins, all of them; else the Sold-To contact where the fallback exists; else nobody. SaaS Owners,
    Maintainers and further roles come beside that, as the policy says.
    """
    refusal = _account_refusal(policy, account)
    if refusal is not None:
        refused = tuple(Decision(contact.key, receives=False, reason=refusal) for contact in contacts)
        return Resolution(refused, unreached=refusal)

    has_admin = any(_blocks_the_fallback(contact) for contact in contacts)
    decisions = tuple(_decide(policy, account, contact, has_admin=has_admin) for contact in contacts)
    if any(decision.receives for decision in decisions):
        return Resolution(decisions, unreached=None)
    return Resolution(decisions, unreached=_why_nobody(policy, account, contacts, has_admin=has_admin))


def _account_refusal(policy: Policy, account: AccountFacts) -> Reason | None:
    is_csat = policy.message_class == MessageClass.CSAT
    if account.is_restricted and not policy.include_restricted:
        return Reason.RESTRICTED_ACCOUNT
    if account.is_churned and not policy.includes_churned:
        return Reason.ACCOUNT_CHURNED
    if account.is_pubsec and policy.excludes_pubsec:
        return Reason.PUBSEC_EXCLUDED
    if is_unwanted(account.switched_off, policy.message_class.category):
        return Reason.ACCOUNT_SWITCHED_OFF
    if is_csat and account.csat_surveys_past_year >= CSAT_SURVEYS_A_YEAR:
        return Reason.ACCOUNT_SURVEYED_TWICE_THIS_YEAR
    return None


def _blocks_the_fallback(contact: ContactFacts) -> bool:
    """
    Say whether this contact is a GitLab Admin in whose place nobody else is written to.

    One who opted out, complained or was barred by hand still blocks: their no must not be worked around by
    writing to a colleague. One who left, has no address, bounces or was erased does not.
    """
    is_there = contact.is_active and contact.has_address and contact.suppression not in UNREACHABLE
    return contact.is_gitlab_admin and is_there


def _decide(policy: Policy, account: AccountFacts, contact: ContactFacts, *, has_admin: bool) -> Decision:
    ban = _survey_ban(policy, contact)
    if ban is not None:
        return Decision(contact.key, receives=False, reason=ban)
    standing = _standing(policy, account, contact, has_admin=has_admin)
    if standing is None:
        reason = _why_not_addressed(policy, contact, has_admin=has_admin)
        return Decision(contact.key, receives=False, reason=reason)
    obstacle = _why_not_written_to(policy, contact)
    if obstacle is not None:
        return Decision(contact.key, receives=False, reason=obstacle)
    return Decision(contact.key, receives=True, reason=standing)


# A buyer who is also GitLab Admin counts as GitLab Admin; a billing persona is barred whatever else they are.
def _survey_ban(policy: Policy, contact: ContactFacts) -> Reason | None:
    if not policy.message_class.is_survey:
        return None
    if contact.is_sold_to and not contact.is_gitlab_admin and not policy.survey_sold_to:
        return Reason.SOLD_TO_NEVER_SURVEYED
    if policy.message_class == MessageClass.CSAT and BILLING in contact.roles:
        return Reason.BILLING_NEVER_SURVEYED
    return None


# Return in which quality the contact is addressed, or None.
def _standing(policy: Policy, account: AccountFacts, contact: ContactFacts, *, has_admin: bool) -> Reason | None:
    on_saas = account.deployment == Deployment.SAAS
    if policy.admins and contact.is_gitlab_admin:
        return Reason.IS_GITLAB_ADMIN
    if on_saas and contact.access in _addressed_access(policy):
        return Reason.IS_SAAS_OWNER if contact.access == Access.OWNER else Reason.IS_SAAS_MAINTAINER
    if policy.roles & contact.roles:
        return Reason.HAS_ADDRESSED_ROLE
    if contact.is_sold_to:
        if policy.sold_to_in_force == SoldToUse.ALWAYS:
            return Reason.IS_SOLD_TO_ADDRESSED
        if policy.sold_to_in_force == SoldToUse.FALLBACK and not has_admin and _falls_back(policy, account):
            return Reason.IS_SOLD_TO_FALLBACK
    return None


def _addressed_access(policy: Policy) -> frozenset[Access | None]:
    addressed: set[Access | None] = set()
    if policy.saas_owners:
        addressed.add(Access.OWNER)
    if policy.saas_maintainers and not policy.message_class.is_survey:
        addressed.add(Access.MAINTAINER)
    return frozenset(addressed)


def _falls_back(policy: Policy, account: AccountFacts) -> bool:
    """
    Say whether a missing GitLab Admin is replaced by the Sold-To contact at such an account.

    It is for customers who bought without Sales, or have no CSM of their own. The newsletter of CSM-Managed
    accounts goes by segment alone: there it is the CSM who knows whom to name.
    """
    if account.segment != Segment.CSM_MANAGED or policy.fallback_for_csm_managed:
        return True
    return policy.message_class != MessageClass.NEWSLETTER and account.purchase_channel == Channel.WEB_DIRECT


def _why_not_addressed(policy: Policy, contact: ContactFacts, *, has_admin: bool) -> Reason:
    if contact.is_sold_to:
        if policy.sold_to_in_force == SoldToUse.NEVER:
            return Reason.SOLD_TO_NOT_ADDRESSED
        return Reason.GITLAB_ADMIN_EXISTS if has_admin else Reason.CSM_MANAGED_NO_FALLBACK
    if contact.access in _addressed_access(policy):
        return Reason.SAAS_ROLES_ONLY_ON_SAAS
    if policy.message_class.is_survey and contact.access in BELOW_OWNER:
        return Reason.ACCESS_NEVER_SURVEYED
    return Reason.NO_ADDRESSED_ROLE


def _why_not_written_to(policy: Policy, contact: ContactFacts) -> Reason | None:
    if not contact.is_active:
        return Reason.INACTIVE
    if not contact.has_address:
        return Reason.NO_ADDRESS
    if contact.suppression is not None:
        return SUPPRESSED.get(contact.suppression, Reason.SUPPRESSED_OTHER)
    if is_unwanted(contact.opted_out, policy.message_class.category):
        return Reason.OPTED_OUT
    is_csat = policy.message_class == MessageClass.CSAT
    if is_csat and contact.days_since_csat is not None and contact.days_since_csat < CSAT_COOLDOWN_DAYS:
        return Reason.SURVEYED_WITHIN_8_WEEKS
    return Reason.ALREADY_RECEIVED if contact.already_received else None


def _why_nobody(policy: Policy, account: AccountFacts, contacts: Sequence[ContactFacts], *, has_admin: bool) -> Reason:
    if any(_standing(policy, account, contact, has_admin=has_admin) for contact in contacts):
        return Reason.NOBODY_REACHABLE
    if not policy.admins:
        return Reason.NO_ADDRESSED_CONTACT
    if policy.sold_to_in_force == SoldToUse.NEVER:
        return Reason.NO_GITLAB_ADMIN
    if any(contact.is_sold_to for contact in contacts):
        return Reason.CSM_MANAGED_NO_FALLBACK
    return Reason.NO_GITLAB_ADMIN_AND_NO_SOLD_TO
