"""The shop window: what Django finds under `metrics.models`."""

from metrics.usage.models import Reading
from metrics.value.models import Milestone

__all__ = ["Milestone", "Reading"]
