from __future__ import annotations

from django.contrib import admin

from cs_platform.common.admin_site import Shown
from cs_platform.common.models import Outbox


@admin.register(Outbox)
class OutboxAdmin(Shown):
    list_display = ("id", "kind", "created_at", "attempts", "done_at", "error")
    list_filter = ("kind",)
    # A row that was tried too often is tried again when this is set back.
    mended = ("attempts",)
