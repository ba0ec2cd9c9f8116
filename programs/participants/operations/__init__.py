"""Who enters a program, and how everybody inside moves on."""

from programs.participants.operations.advancing import advance, advance_all
from programs.participants.operations.enrolling import Enrolment, enrol, enrol_all

__all__ = ["Enrolment", "advance", "advance_all", "enrol", "enrol_all"]
