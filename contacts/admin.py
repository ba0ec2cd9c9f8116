from __future__ import annotations

from django.contrib import admin

from contacts.models import (
    Cursor,
    Delivery,
    Mailing,
    Membership,
    Person,
    RoleChange,
    SoldTo,
    Suppression,
    TemplateVersion,
    WebhookEvent,
)
from cs_platform.common.admin_site import Shown


@admin.register(Person)
class PersonAdmin(Shown):
    list_display = ("id", "email", "first_name", "last_name", "merged_into", "erased_at")
    search_fields = ("email", "last_name")
    mended = ("first_name", "last_name", "title", "locale", "zone")


@admin.register(Membership)
class MembershipAdmin(Shown):
    list_display = ("id", "person", "account", "access", "is_active", "source")
    list_filter = ("is_active", "source")
    search_fields = ("person__email",)


@admin.register(SoldTo)
class SoldToAdmin(Shown):
    list_display = ("id", "person", "account", "subscription", "source", "ordered_date")


@admin.register(RoleChange)
class RoleChangeAdmin(Shown):
    list_display = ("id", "membership", "role", "is_added", "actor", "source", "changed_at")
    list_filter = ("role", "source")


@admin.register(Suppression)
class SuppressionAdmin(Shown):
    list_display = ("id", "scope", "reason", "source", "since_at", "expires_at")
    list_filter = ("scope", "reason")


@admin.register(Mailing)
class MailingAdmin(Shown):
    list_display = ("id", "key", "kind", "name", "program_ref")
    search_fields = ("key", "name")


@admin.register(TemplateVersion)
class TemplateVersionAdmin(Shown):
    list_display = ("id", "template", "number", "subject", "created_at")


@admin.register(Delivery)
class DeliveryAdmin(Shown):
    list_display = ("id", "mailing", "address", "state", "reason", "due_at", "sent_at")
    list_filter = ("state", "transport")
    search_fields = ("address", "provider_id")


@admin.register(WebhookEvent)
class WebhookEventAdmin(Shown):
    list_display = ("id", "source", "source_key", "received_at", "done_at", "error")


@admin.register(Cursor)
class CursorAdmin(Shown):
    list_display = ("id", "stream", "shard", "position", "moved_at")
