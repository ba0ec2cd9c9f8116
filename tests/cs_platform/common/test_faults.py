"""What is kept of an error: one short line without secrets."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from cs_platform.common.faults import error_text
from cs_platform.common.models import Outbox

AT = dt.datetime(2026, 1, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("no such field"), "ValueError: no such field"),
        (KeyError(), "KeyError"),
        (ValueError("GET https://keel:hunter2@host/x failed"), "ValueError: GET https://…@host/x failed"),
        (ValueError("password=hunter2 refused"), "ValueError: password=… refused"),
        (ValueError("Authorization: Bearer-abc refused"), "ValueError: Authorization: … refused"),
        (ValueError("key 0123456789abcdef0123456789abcdef"), "ValueError: key …"),
        (ValueError("a\0b\n\nc\ud800"), "ValueError: ab c"),
        (ValueError("x" * 1000), "ValueError: " + "x" * 287 + "…"),
    ],
)
def test_an_error_is_kept_in_a_short_line_without_secrets(error: Exception, text: str) -> None:
    assert error_text(error) == text


@pytest.mark.django_db
def test_an_error_of_the_database_is_kept_without_the_contents_of_the_row() -> None:
    Outbox.objects.create(pk=1, kind="test.row", created_at=AT)
    with pytest.raises(IntegrityError) as found, transaction.atomic():
        Outbox.objects.create(pk=1, kind="hunter2", created_at=AT)

    text = error_text(found.value)

    assert text.startswith("IntegrityError: duplicate key value violates unique constraint")
    assert "Key (" not in text
