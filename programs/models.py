"""The shop window: what Django and the rooms above find under `programs.models`."""

from programs.design.models import Program, Version
from programs.participants.models import Decision, EntryRun, Participant

__all__ = ["Decision", "EntryRun", "Participant", "Program", "Version"]
