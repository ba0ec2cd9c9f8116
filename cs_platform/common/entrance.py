"""The entrance for pages: what a browser sends is text that can be stored."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, QueryDict

from cs_platform.common.text import UNSTORABLE, clean, is_clean

# What stands for a character that cannot be in any stored text, so that a search for it finds nothing.
NOWHERE = "\ufffd"


def clean_parameters(sent: QueryDict, stand_in: str = "") -> QueryDict:
    """Return the parameters with `stand_in` for each character that PostgreSQL refuses; the same object if none is."""
    if all(is_clean(name) and all(is_clean(text) for text in sent.getlist(name)) for name in sent):
        return sent
    cleaned = QueryDict(mutable=True, encoding=sent.encoding)
    for name in sent:
        texts = [UNSTORABLE.sub(stand_in, text) for text in sent.getlist(name)]
        cleaned.setlist(UNSTORABLE.sub(stand_in, name), texts)
    cleaned._mutable = False  # as Django's own are
    return cleaned


class CleanTextMiddleware:
    """Give every view an address, parameters, cookies and form fields that PostgreSQL can store."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Addresses of the API carry ids of other systems, which its views judge by themselves.
        if not is_clean(request.path_info) and not request.path_info.startswith("/api/"):
            request.path = request.path_info = f"/{NOWHERE}"
        request.GET = clean_parameters(request.GET, NOWHERE)  # type: ignore[assignment]
        request.COOKIES = {name: clean(text) for name, text in request.COOKIES.items()}
        self._clean_when_read(request)
        return self.get_response(request)

    # A form is read when it is first asked for: a view may want the raw body, or files where it wants them.
    def _clean_when_read(self, request: HttpRequest) -> None:
        load = request._load_post_and_files

        def load_cleanly() -> None:
            load()
            request._post = clean_parameters(request._post)  # type: ignore[attr-defined]

        request._load_post_and_files = load_cleanly  # type: ignore[method-assign]
