"""Every key the pages understand, told on one sheet."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.team.http import SignedInRequest
from cs_platform import panels
from cs_platform.common.htmx import render_page

ANYWHERE = (("Ctrl K", "Search or jump to"), ("/", "Search or jump to"), ("?", "Keyboard shortcuts"), ("Esc", "Close"))
LISTS = (
    ("j", "Next row"),
    ("k", "Previous row"),
    ("Enter", "Open row"),
    ("e", "Edit GitLab roles"),
)


@require_GET
def keys(request: SignedInRequest) -> HttpResponse:
    sections = [
        (f"g {link['key']}", link["label"]) for _, links in panels.frame(request)["frame"]["nav"] for link in links
    ]
    context = {"groups": [("Anywhere", ANYWHERE), ("Sections", sections), ("Lists", LISTS)]}
    return render_page(request, "ui/keys.html", context, partial="dialog")
