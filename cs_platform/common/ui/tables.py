"""What stands around the rows of a list: sortable heads, filter chips, the pager, the search box."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, QueryDict
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from cs_platform.common.keyset import KeysetPage
from cs_platform.common.ui.icons import icon
from cs_platform.common.ui.markup import element

LIST = "results"  # the id of the part of the page that a list's links replace


def boost(context: Context, *, scroll: bool = False) -> str:
    """Return the hx-boost value that makes a plain link replace the list only; `scroll` shows the list's top then."""
    swap = "outerMorph" if scroll else "'outerMorph show:none'"
    return f"target:#{context.get('list_id', LIST)} swap:{swap}"


def link_to(context: Context, **changes: object) -> str:
    """Return the query string of this page with `changes` made to it; None takes a parameter away."""
    request: HttpRequest = context["request"]
    query: QueryDict = request.GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


def sort_header(
    context: Context, key: str, label: object, css: str = "", first: str = "ascending", default: str = ""
) -> SafeString:
    """
    Return the head of a sortable column; `?sort=arr` sorts ascending, `?sort=-arr` descending.

    `first` is the direction of the first click; `default` that of this column when the page has no `?sort=`.
    """
    request: HttpRequest = context["request"]
    asked = request.GET.get("sort", "")
    if asked.removeprefix("-") == key:
        now = "descending" if asked.startswith("-") else "ascending"
    else:
        now = "" if asked else default
    following = first if not now else "ascending" if now == "descending" else "descending"
    href = link_to(context, sort=f"-{key}" if following == "descending" else key, page=None)
    arrow = icon("arrow-down" if now == "descending" else "arrow-up", 12) if now else ""
    link = element("a", label, arrow, class_="sort", href=href, hx_boost=boost(context))
    return element("th", link, scope="col", class_=css or None, aria_sort=now or None)


def filter_chip(context: Context, label: object, name: str, value: object = "", count: object = None) -> SafeString:
    """Return a chip that sets `?name=value`, and takes it away when it is set; an empty value stands for all."""
    request: HttpRequest = context["request"]
    text = str(value)
    is_on = request.GET.get(name, "") == text
    href = link_to(context, **{name: None if is_on or not text else text, "page": None})
    number = "" if count is None else element("b", count, class_="num")
    current = {"aria_current": "true"} if is_on else {}
    return element("a", label, number, class_="chip", href=href, hx_boost=boost(context), **current)


def filter_menu(context: Context, label: object, name: str, options: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return what ui/_filter_menu.html needs: a chip that opens the (value, words) one may set `?name=` to."""
    request: HttpRequest = context["request"]
    chosen = request.GET.get(name, "")
    listed = [(words, link_to(context, **{name: value, "page": None}), value == chosen) for value, words in options]
    return {
        "label": label,
        "chosen": next((words for words, _, is_on in listed if is_on), ""),
        "options": listed,
        "any": link_to(context, **{name: None, "page": None}),
        "boost": boost(context),
    }


def pager(context: Context, page: KeysetPage | Page[Any], unit: str = "") -> dict[str, Any]:
    """Return what ui/_pager.html needs: where we are, and the links back and on; `unit` is a plural that ends in s."""
    if isinstance(page, KeysetPage):
        count, has_more, start, end = page.count, page.has_more, page.start, page.end
        before, after = page.previous, page.next
    else:
        count, has_more, start, end = page.paginator.count, False, page.start_index(), page.end_index()
        before = str(page.previous_page_number()) if page.has_previous() else ""
        after = str(page.next_page_number()) if page.has_next() else ""
    return {
        "count": count,
        "has_more": has_more,
        "start": start,
        "end": end,
        "unit": unit,
        "boost": boost(context, scroll=True),
        "before": link_to(context, page=before) if before else "",
        "after": link_to(context, page=after) if after else "",
    }


def search_box(context: Context, label: str, name: str = "q", css: str = "") -> dict[str, Any]:
    """Return what ui/_search.html needs: a field that filters the list while one types, and keeps other filters."""
    request: HttpRequest = context["request"]
    kept = [(key, value) for key, value in request.GET.items() if key not in (name, "page")]
    return {
        "label": label,
        "name": name,
        "css": css,
        "value": request.GET.get(name, ""),
        "kept": kept,
        "path": request.path,
        "target": f"#{context.get('list_id', LIST)}",
    }


def crumb(label: object, href: str = "") -> SafeString:
    """Return one step of the breadcrumb; the last one needs no link."""
    return element("li", element("a", label, href=href) if href else element("span", label))


def tab(context: Context, label: object, href: str, count: object = None, is_current: bool | None = None) -> SafeString:
    """Return a tab: a link that is current when it leads to this page, or when the page says so."""
    request: HttpRequest = context["request"]
    here = request.path == href.split("?", 1)[0] if is_current is None else is_current
    number = "" if count is None else format_html(' <span class="count">{}</span>', count)
    return element("a", label, number, class_="tab", href=href, aria_current="page" if here else None)
