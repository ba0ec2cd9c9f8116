from __future__ import annotations

from django.contrib import admin

from cs_platform.common.admin_site import Shown
from programs.models import EntryRun, Participant, Program, Version


@admin.register(Program)
class ProgramAdmin(Shown):
    list_display = ("id", "key", "name", "status", "owner", "first_published_at")
    list_filter = ("status", "kind")


@admin.register(Version)
class VersionAdmin(Shown):
    list_display = ("id", "program", "number", "published_at", "published_by")


@admin.register(Participant)
class ParticipantAdmin(Shown):
    list_display = ("id", "program", "account", "state", "reason", "step_key", "due_at")
    list_filter = ("state", "program")


@admin.register(EntryRun)
class EntryRunAdmin(Shown):
    list_display = ("id", "version", "ran_at", "candidates", "entered", "rejected")
