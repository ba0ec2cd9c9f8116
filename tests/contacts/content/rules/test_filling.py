from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contacts.content.rules import Mailbox, MissingValue, UnusableHeader, fill_html, fill_subject
from contacts.content.rules.encoding import one_line
from tests.contacts.content.rules.drafts import ADDRESSES, VALUES, compiled, link_url, opened, part, sent

PERSONAL = {"type": "text", "text": "{{ contact.first_name }}\n\n100 % of {{ account.name }}, **{{ account.name }}**."}
BUTTON = {"type": "button", "label": "Open", "url": "https://docs.example/guide"}


def test_the_headers_are_those_of_a_bulk_message() -> None:
    message = opened(sent(compiled(BUTTON), reply_to=Mailbox("Jonas Lind", "jonas@keel.example")))
    assert dict(message.items()) == {
        "From": "Priya Raman <programs@keel.example>",
        "To": "Mira Okafor <mira@hafen.example>",
        "Reply-To": "Jonas Lind <jonas@keel.example>",
        "Subject": "A first look at runners",
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
        "Message-ID": "<d17.3@keel.example>",
        "Auto-Submitted": "auto-generated",
        "List-Id": "<onboarding.keel.example>",
        "List-Unsubscribe": "<https://go.keel.example/u/QUJDREVGRw>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "MIME-Version": "1.0",
        "Content-Type": message["Content-Type"],
    }
    assert message.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in message.iter_parts()] == ["text/plain", "text/html"]


def test_an_operational_message_offers_no_unsubscribing() -> None:
    message = sent(compiled(BUTTON, has_unsubscribe=False), unsubscribe_url=None, list_id=None)
    assert not [name for name in opened(message) if name.startswith("List-")]
    assert "nsubscribe" not in part(message, "plain") + part(message, "html")


@pytest.mark.parametrize(("has_unsubscribe", "url"), [(True, None), (False, "https://go.keel.example/u/x")])
def test_the_unsubscribe_address_is_given_exactly_where_it_is_used(has_unsubscribe: bool, url: str | None) -> None:
    with pytest.raises(UnusableHeader, match="exactly where"):
        sent(compiled(has_unsubscribe=has_unsubscribe), unsubscribe_url=url)


def test_the_outbox_shows_the_html_that_was_sent() -> None:
    email, values = compiled(PERSONAL, BUTTON), VALUES | {"contact.first_name": "Zoë & <Søn>"}
    shown = fill_html(email, values, **ADDRESSES)
    assert shown == part(sent(email, values), "html").rstrip("\n")
    assert fill_subject(email, values) == opened(sent(email, values))["Subject"]


def test_each_link_carries_its_own_number_in_both_parts() -> None:
    message = sent(compiled(BUTTON, BUTTON))
    for number in (1, 2):
        assert part(message, "html").count(f'href="{link_url(number)}"') == 1
        assert part(message, "plain").count(link_url(number)) == 1


def test_the_trap_for_machines_stands_hidden_in_the_html_alone() -> None:
    message = sent(compiled(BUTTON))
    trap = re.search(rf'<a href="{re.escape(link_url(0))}"[^>]*>', part(message, "html"))
    assert trap is not None
    assert "display:none" in trap[0]
    assert 'aria-hidden="true"' in trap[0]
    assert link_url(0) not in part(message, "plain")


def test_the_pixel_is_the_only_image() -> None:
    assert re.findall(r'<img src="([^"]*)"', part(sent(compiled(BUTTON)), "html")) == [ADDRESSES["pixel_url"]]


def test_an_address_with_parameters_is_escaped_in_html_and_plain_in_text() -> None:
    message = sent(compiled(BUTTON), link_url=lambda number: f"https://go.keel.example/c?t=a%20b&n={number}")
    assert 'href="https://go.keel.example/c?t=a%20b&amp;n=1"' in part(message, "html")
    assert "https://go.keel.example/c?t=a%20b&n=1" in part(message, "plain")


def test_a_message_with_a_hole_is_never_made() -> None:
    with pytest.raises(MissingValue) as caught:
        sent(compiled(PERSONAL), {"contact.first_name": ""})
    assert caught.value.token == "contact.first_name"


def test_markup_in_a_value_is_shown_and_not_obeyed() -> None:
    html = part(sent(compiled(PERSONAL), {"account.name": '"><img src=x onerror=alert(1)>{{ csm.email }}%s'}), "html")
    assert "<img src=x" not in html
    assert "&quot;&gt;&lt;img src=x onerror=alert(1)&gt;{{ csm.email }}%s" in html


VALUES_OF_ANY_KIND = st.one_of(
    st.text(min_size=1),
    st.text("%.=\r\n-_ <>&\"'{}", min_size=1),
    st.integers(60, 300).map(lambda length: "x" * length),
    st.sampled_from([".", "..", ".\r\n.", "From me", "%s %b %(a)s", "--=_keel_", "\r\nBcc: all@x.example", "a\x00b"]),
)


@pytest.mark.soak
@given(VALUES_OF_ANY_KIND.filter(lambda value: bool(one_line(value))))
@example("\r\nBcc: all@x.example\r\n\r\n<h1>")
@example("." * 400)
def test_any_value_arrives_whole_and_stays_in_its_place(value: str) -> None:
    email = compiled(PERSONAL, subject="For {{ contact.first_name }}")
    message = sent(email, {"contact.first_name": value}, to=Mailbox(one_line(value), "mira@hafen.example"))
    line = one_line(value)
    parsed = opened(message)
    assert parsed.keys() == opened(sent(email)).keys()
    assert len(list(parsed.iter_parts())) == 2
    assert part(message, "plain").startswith(f"{line}\n\n100 % of")
    assert message.isascii()
    assert all(len(row) <= 998 and not row.startswith((b".", b"From ")) for row in message.split(b"\r\n"))
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("message_id", "a@keel.example>\r\nBcc: <all@x.example"),
        ("message_id", "no-domain"),
        ("list_id", "a.b>\r\nX: y"),
        ("list_id", "nodots"),
        ("pixel_url", "https://go.keel.example/o\r\nX: y"),
        ("pixel_url", "javascript:alert(1)"),
        ("unsubscribe_url", "https://go.keel.example/u>\r\nX: y"),
        ("unsubscribe_url", "https://go.keel.example/" + "u" * 200),
        ("link_url", lambda number: f'https://go.keel.example/"{number}'),
        ("from_", Mailbox("", "programs@keel.example\nX: y")),
        ("reply_to", Mailbox("", "nobody")),
    ],
)
def test_nothing_can_be_smuggled_into_a_header(header: str, value: Any) -> None:
    with pytest.raises(UnusableHeader):
        sent(compiled(BUTTON), **{header: value})


def test_a_name_with_line_breaks_stays_in_its_header() -> None:
    message = opened(sent(compiled(), to=Mailbox("Mira\r\nBcc: all@x.example", "mira@hafen.example")))
    assert message["Bcc"] is None
    assert message["To"].addresses[0].display_name == "Mira Bcc: all@x.example"


def test_the_date_keeps_its_zone() -> None:
    there = dt.timezone(dt.timedelta(hours=-8))
    message = opened(sent(compiled(), date=dt.datetime(2026, 3, 27, 9, 0, tzinfo=there)))
    assert message["Date"] == "Fri, 27 Mar 2026 09:00:00 -0800"
