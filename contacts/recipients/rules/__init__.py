"""
Who receives a message of a class at an account, and why everybody else does not.

Sources: GitLab handbook, Customer Programs (program recipients), NPS/CSAT surveys (who is never asked), Customer
newsletter (audience). One pure function, `resolve`; everything else is its vocabulary.
"""

from __future__ import annotations

from contacts.recipients.rules.policies import (
    AE_CSM_INTRODUCTION,
    ALL_CUSTOMER_CSAT,
    CATEGORY_OF,
    DEFAULT_POLICIES,
    GITLAB_ADMIN,
    SURVEYS,
    Access,
    AccountFacts,
    Channel,
    ContactFacts,
    Deployment,
    MessageClass,
    Policy,
    Segment,
    SoldToUse,
    policy_in_words,
    upcoming_in_words,
)
from contacts.recipients.rules.reasons import OBSTACLES, SENTENCES, Reason
from contacts.recipients.rules.resolution import (
    CSAT_COOLDOWN_DAYS,
    CSAT_SURVEYS_A_YEAR,
    Decision,
    Resolution,
    resolve,
)

__all__ = [
    "AE_CSM_INTRODUCTION",
    "ALL_CUSTOMER_CSAT",
    "CATEGORY_OF",
    "CSAT_COOLDOWN_DAYS",
    "CSAT_SURVEYS_A_YEAR",
    "DEFAULT_POLICIES",
    "GITLAB_ADMIN",
    "OBSTACLES",
    "SENTENCES",
    "SURVEYS",
    "Access",
    "AccountFacts",
    "Channel",
    "ContactFacts",
    "Decision",
    "Deployment",
    "MessageClass",
    "Policy",
    "Reason",
    "Resolution",
    "Segment",
    "SoldToUse",
    "policy_in_words",
    "resolve",
    "upcoming_in_words",
]
