"""A memory for the length of one page."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from cs_platform.common.once import OnceMiddleware, once, remembering


@pytest.fixture
def reads() -> list[int]:
    return []


def test_what_was_read_before_is_remembered_to_the_end_of_the_page(reads: list[int]) -> None:
    def read() -> int:
        reads.append(1)
        return len(reads)

    with remembering():
        assert (once("row", read), once("row", read)) == (1, 1)
    with remembering():
        assert once("row", read) == 2
    assert (once("row", read), once("row", read)) == (3, 4)


def test_nothing_found_is_remembered_too(reads: list[int]) -> None:
    with remembering():
        assert once("row", lambda: reads.append(1)) is None
        assert once("row", lambda: reads.append(1)) is None
    assert reads == [1]


@pytest.mark.parametrize(("method", "times"), [("GET", 1), ("HEAD", 1), ("POST", 2)])
def test_a_request_that_may_write_reads_the_rows_as_they_are(reads: list[int], method: str, times: int) -> None:
    def view(request: HttpRequest) -> HttpResponse:
        for _ in range(2):
            once("row", lambda: reads.append(1))
        return HttpResponse()

    OnceMiddleware(view)(RequestFactory().generic(method, "/"))

    assert len(reads) == times
