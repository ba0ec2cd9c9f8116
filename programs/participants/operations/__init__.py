"""Who enters a program, how everybody inside moves on, and how a program is paused, resumed and stopped."""

from programs.design.operations import NotRunnable
from programs.participants.operations.advancing import advance, advance_all
from programs.participants.operations.enrollment import Enrollment, enroll, enroll_all
from programs.participants.operations.lifecycle import pause, resume, stop

__all__ = ["Enrollment", "NotRunnable", "advance", "advance_all", "enroll", "enroll_all", "pause", "resume", "stop"]
