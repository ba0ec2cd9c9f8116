from __future__ import annotations

from django.contrib import admin

from cs_platform.common.admin_site import Shown
from cs_platform.integrations.models import ImportRun


@admin.register(ImportRun)
class ImportRunAdmin(Shown):
    list_display = ("id", "file_name", "kind", "state", "is_dry_run", "refused", "requested_at")
    list_filter = ("kind", "state")
