"""The shop window: what Django finds under `metrics.models`."""

from metrics.facts.models import ArrMonth, BridgeSum, Kept, Mark, ReasonSum, RetentionSum
from metrics.usage.models import Reading
from metrics.value.models import Milestone

__all__ = ["ArrMonth", "BridgeSum", "Kept", "Mark", "Milestone", "Reading", "ReasonSum", "RetentionSum"]
