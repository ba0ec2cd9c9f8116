from __future__ import annotations

from django.contrib import admin

from cs_platform.common.admin_site import Shown
from surveys.models import Answer, Invitation, Response, Survey


@admin.register(Survey)
class SurveyAdmin(Shown):
    list_display = ("id", "key", "name", "kind")


@admin.register(Invitation)
class InvitationAdmin(Shown):
    list_display = ("id", "survey", "person", "account", "invited_at", "closes_at")
    list_filter = ("survey",)


@admin.register(Response)
class ResponseAdmin(Shown):
    list_display = ("id", "invitation", "started_at", "submitted_at")


@admin.register(Answer)
class AnswerAdmin(Shown):
    list_display = ("id", "response", "question", "number", "text")
