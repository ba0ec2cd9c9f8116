"""Who enters a program, and how everybody inside moves on."""

from programs.participants.operations.advancing import advance, advance_all
from programs.participants.operations.enrollment import Enrollment, enroll, enroll_all

__all__ = ["Enrollment", "advance", "advance_all", "enroll", "enroll_all"]
