from __future__ import annotations

from django.contrib import admin

from cs_platform.common.admin_site import Shown
from metrics.models import Milestone


@admin.register(Milestone)
class MilestoneAdmin(Shown):
    list_display = ("id", "account", "kind", "reached_date", "source", "withdrawn_at")
    list_filter = ("kind", "source")
