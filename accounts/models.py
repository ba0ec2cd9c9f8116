"""The shop window: what Django and the rooms above find under `accounts.models`."""

from accounts.audit.models import Change
from accounts.book.models import Account, AccountSearch, AccountSpan, CsmAssignment, ExternalId
from accounts.contracts.models import FxRate, Line, LossReason, Opportunity, Subscription
from accounts.segments.models import Segment
from accounts.team.models import ApiToken, Bundle, Organisation, User
from accounts.timeline.models import Entry

__all__ = [
    "Account",
    "AccountSearch",
    "AccountSpan",
    "ApiToken",
    "Bundle",
    "Change",
    "CsmAssignment",
    "Entry",
    "ExternalId",
    "FxRate",
    "Line",
    "LossReason",
    "Opportunity",
    "Organisation",
    "Segment",
    "Subscription",
    "User",
]
