from __future__ import annotations

import pytest
from django.test import RequestFactory

from cs_platform.common.paging import paged

ROWS = list(range(60))


@pytest.mark.parametrize(
    ("query", "first"), [("", 0), ("?page=2", 25), ("?page=3", 50), ("?page=99", 50), ("?page=0", 50), ("?page=x", 0)]
)
def test_a_page_number_that_does_not_exist_leads_to_one_that_does(query: str, first: int) -> None:
    assert paged(RequestFactory().get(f"/{query}"), ROWS)[0] == first


def test_a_page_has_25_rows() -> None:
    assert len(paged(RequestFactory().get("/"), ROWS)) == 25


def test_no_rows_are_one_empty_page() -> None:
    assert list(paged(RequestFactory().get("/"), [])) == []
