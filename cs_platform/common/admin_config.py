"""Django's admin, with our own door."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class RepairConfig(AdminConfig):
    default_site = "cs_platform.common.admin_site.RepairSite"
