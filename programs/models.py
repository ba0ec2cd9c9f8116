"""The shop window: what Django and the rooms above find under `programs.models`."""

from programs.design.models import Program, Version
from programs.participants.models import AnchorEvent, Decision, EntryRun, Participant

__all__ = ["AnchorEvent", "Decision", "EntryRun", "Participant", "Program", "Version"]
