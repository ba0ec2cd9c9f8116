"""What is answered to a request that Django refuses before any view sees it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say whether the request was too large (413) or could not be read (400)."""
    is_too_large = isinstance(exception, RequestDataTooBig)
    context = {"is_too_large": is_too_large, "megabytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 2**20}
    return render(request, "400.html", context, status=413 if is_too_large else 400)
