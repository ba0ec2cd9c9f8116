from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from accounts.models import (
    Account,
    Change,
    CsmAssignment,
    Entry,
    ExternalId,
    FxRate,
    Line,
    LossReason,
    Opportunity,
    Segment,
    Subscription,
    User,
)
from cs_platform.common.admin_site import Shown, allows


@admin.register(User)
class UserAdmin(Shown):
    list_display = ("id", "email", "name", "is_active", "last_login")
    search_fields = ("email", "name")
    exclude = ("password", "groups", "user_permissions")


@admin.register(Account)
class AccountAdmin(Shown):
    list_display = ("id", "name", "segment", "stage", "csm", "renewal_date")
    list_filter = ("segment", "stage", "is_pubsec", "is_restricted")
    search_fields = ("name",)
    mended = ("industry", "country", "zone", "switched_off")


@admin.register(FxRate)
class FxRateAdmin(Shown):
    """What a currency was worth on a day. No system feeds these yet, so they are written here."""

    list_display = ("id", "currency", "date", "rate")
    list_filter = ("currency",)
    mended = ("currency", "date", "rate")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return allows(request)


@admin.register(ExternalId)
class ExternalIdAdmin(Shown):
    list_display = ("id", "system", "kind", "external_id", "object_id")
    list_filter = ("system", "kind")
    search_fields = ("external_id",)


@admin.register(Subscription)
class SubscriptionAdmin(Shown):
    list_display = ("id", "number", "account", "started_date", "is_trial")
    search_fields = ("number",)


@admin.register(Line)
class LineAdmin(Shown):
    list_display = ("id", "subscription", "product", "seats", "arr", "currency", "valid", "known")
    search_fields = ("subscription__number",)


@admin.register(Opportunity)
class OpportunityAdmin(Shown):
    list_display = ("id", "name", "account", "order_type", "close_date", "is_won")
    list_filter = ("order_type", "is_closed", "is_won")
    mended = ("notes",)


@admin.register(LossReason)
class LossReasonAdmin(Shown):
    list_display = ("id", "opportunity", "reason", "share")
    list_filter = ("reason",)


@admin.register(CsmAssignment)
class CsmAssignmentAdmin(Shown):
    list_display = ("id", "account", "csm", "during")


@admin.register(Segment)
class SegmentAdmin(Shown):
    list_display = ("id", "name", "owner")


@admin.register(Entry)
class EntryAdmin(Shown):
    list_display = ("id", "account", "kind", "subject", "occurred_at", "actor")
    list_filter = ("kind",)


@admin.register(Change)
class ChangeAdmin(Shown):
    list_display = ("id", "table_name", "row_id", "operation", "actor", "source", "changed_at")
    list_filter = ("table_name", "operation", "source")
