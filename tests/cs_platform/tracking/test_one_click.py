"""The body of a one-click unsubscribe as mail clients send it (RFC 8058, section 3.1)."""

from __future__ import annotations

import pytest

from cs_platform.tracking.one_click import asks_to_unsubscribe

FORM = "application/x-www-form-urlencoded"
PAIR = b"List-Unsubscribe=One-Click"


def multipart(
    boundary: str, *, breaks: str = "\r\n", name: str = '"List-Unsubscribe"', value: str = "One-Click"
) -> bytes:
    lines = [f"--{boundary}", f"Content-Disposition: form-data; name={name}", "", value, f"--{boundary}--", ""]
    return breaks.join(lines).encode()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, PAIR),
        (f"{FORM}; charset=UTF-8", PAIR + b"\r\n"),
        (FORM, PAIR + b"\n\n"),
        ("", PAIR),
        ("text/plain", PAIR),
        (FORM, b"list-unsubscribe=one-click"),
        (FORM, b"a=b&List-Unsubscribe=One-Click"),
        ("multipart/form-data; boundary=xyz", multipart("xyz")),
        ('multipart/form-data; boundary="xyz"', multipart("xyz")),
        ("multipart/form-data; boundary=----WebKitFormBoundary7MA", multipart("----WebKitFormBoundary7MA")),
        ("Multipart/Form-Data; Boundary=xyz", multipart("xyz", breaks="\n")),
        ("multipart/form-data; boundary=xyz", multipart("xyz", name="List-Unsubscribe")),
        ("multipart/form-data; boundary=xyz", multipart("xyz", value="One-Click\r\n")),
        ("multipart/form-data", multipart("named-in-the-body-alone")),
        (FORM, multipart("xyz")),
    ],
)
def test_it_is_accepted_however_a_client_writes_it(content_type: str, body: bytes) -> None:
    assert asks_to_unsubscribe(content_type, body)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (FORM, b""),
        (FORM, b"List-Unsubscribe=Two-Click"),
        (FORM, b"List-Unsubscribe"),
        ("multipart/form-data; boundary=xyz", multipart("xyz", name='"Other"')),
        ("multipart/form-data; boundary=xyz", multipart("xyz", value="No")),
        ("multipart/form-data; boundary=xyz", b"--xyz"),
        ("application/json", b'{"List-Unsubscribe": "One-Click"}'),
    ],
)
def test_anything_else_unsubscribes_nobody(content_type: str, body: bytes) -> None:
    assert not asks_to_unsubscribe(content_type, body)
