from __future__ import annotations

import pytest
from django.test import RequestFactory

from cs_platform.common.htmx import is_htmx, render_page


@pytest.mark.parametrize(
    ("headers", "is_part"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Request-Type": "partial"}, True),
        ({"HX-Request": "true", "HX-Request-Type": "full"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_htmx_gets_a_part_unless_it_needs_the_whole_page(headers: dict[str, str], is_part: bool) -> None:
    assert is_htmx(RequestFactory().get("/", headers=headers)) is is_part


def test_the_whole_page_and_its_part_come_from_one_template(settings) -> None:
    whole = render_page(RequestFactory().get("/"), "404.html", {})
    answer = render_page(RequestFactory().get("/", headers={"HX-Request": "true"}), "404.html", {})

    assert b"<!doctype html>" in whole.content
    assert answer.content == whole.content  # no partial was named


def test_caches_are_told_that_the_two_differ() -> None:
    answer = render_page(RequestFactory().get("/"), "404.html", status=404)

    assert answer.status_code == 404
    assert "HX-Request" in answer["Vary"]
