from __future__ import annotations

import json
import re

import pytest
from hypothesis import given

from contacts.content.rules import Brand, Compiled, Draft, Link, compile_draft
from tests.contacts.content.rules.drafts import DRAFTS, VALUES, compiled, opened, part, sent

CTA = {"type": "button", "label": "Open the guide", "url": "https://docs.example/guide?a=1&b=2"}
NPS = {"type": "nps", "question": "How likely are you to recommend GitLab?"}


def test_links_are_numbered_from_one_in_reading_order() -> None:
    email = compiled({"type": "text", "text": "[one](https://docs.example/1) [two](https://docs.example/2)"}, CTA)
    assert email.links == (
        Link(1, "https://docs.example/1", "one"),
        Link(2, "https://docs.example/2", "two"),
        Link(3, "https://docs.example/guide?a=1&b=2", "Open the guide"),
    )


def test_an_address_used_twice_is_two_links() -> None:
    assert [link.number for link in compiled(CTA, CTA).links] == [1, 2]


def test_a_score_scale_is_eleven_links_to_the_persons_own_survey() -> None:
    links = compiled(NPS).links
    assert [link.label for link in links] == [str(score) for score in range(11)]
    assert links[7].target(VALUES) == "https://keel.example/s/x?score=7"


def test_the_unsubscribe_link_in_a_text_is_not_tracked() -> None:
    email = compiled({"type": "text", "text": "[Stop]({{ unsubscribe.link }})"})
    assert email.links == ()
    assert part(sent(email), "plain").count("https://go.keel.example/u/") == 2


def test_tokens_are_listed_once_by_name() -> None:
    text = {"type": "text", "text": '{{ csm.name }} {{ contact.first_name | default("x") }}, {{ csm.name | upper }}'}
    assert compiled(text, subject="For {{ account.name }}").tokens == (
        "account.name",
        "csm.name",
        "contact.first_name",
        "organisation.name",
        "organisation.address",
        "recipient.reason",
    )


def test_a_compiled_email_survives_json() -> None:
    email = compiled(CTA, NPS, subject="For {{ account.name | upper | default('you') }}")
    stored = json.loads(json.dumps(email.as_json()))
    assert Compiled.from_json(stored) == email
    assert sent(Compiled.from_json(stored)) == sent(email)


def test_the_same_draft_always_compiles_to_the_same_bytes() -> None:
    assert compiled(CTA, NPS).as_json() == compiled(CTA, NPS).as_json()


def test_markup_in_a_text_is_shown_and_not_obeyed() -> None:
    html = part(
        sent(compiled({"type": "text", "text": "<script>alert(1)</script> & <mj-include path='/etc/passwd'/>"})), "html"
    )
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;mj-include" in html


def test_the_html_asks_nobody_else_for_anything() -> None:
    html = part(sent(compiled(CTA, NPS)), "html")
    addresses = set(re.findall(r"(?:src|href|url\()=?[\"']?(https?://[^/\"')]+)", html))
    assert addresses == {"https://go.keel.example"}


def test_the_html_says_its_language_and_its_title() -> None:
    html = part(sent(compiled(subject="News for {{ account.name }}")), "html")
    assert '<html lang="en"' in html
    assert "<title>News for Hafen Logistik</title>" in html


def test_the_accent_of_the_brand_colors_the_button() -> None:
    email = compile_draft(Draft("Hello", "", [CTA]), brand=Brand(accent="#0d9488", accent_on_dark="#2dd4bf"))
    assert 'bgcolor="#0d9488"' in email.html
    assert "background: #2dd4bf !important" in email.html


@pytest.mark.parametrize("brand", [{"accent": "red"}, {"accent_on_dark": "#fff;}"}, {"language": 'en"'}])
def test_a_brand_is_colors_and_a_language_and_nothing_else(brand: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="is not a"):
        Brand(**brand)


def test_the_text_part_reads_well_without_html() -> None:
    email = compiled(
        {"type": "heading", "text": "Good morning, {{ contact.first_name }}"},
        {"type": "text", "text": "A **bold**\nword.\n\nSee [docs](https://docs.example/1)."},
        {"type": "list", "items": ["first", "second"]},
        {"type": "code", "text": "job:\n  script: make"},
        {"type": "tip", "text": "Use `make`."},
        {"type": "divider"},
        CTA,
        {"type": "signature", "name": "{{ sender.name }}", "title": "Programs"},
    )
    assert part(sent(email), "plain") == (
        "Good morning, Mira\n\n"
        "A bold word.\n\nSee docs (https://go.keel.example/c/QUJDREVGRw1).\n\n"
        "* first\n* second\n\n"
        "    job:\n      script: make\n\n"
        "Tip: Use make.\n\n* * *\n\n"
        "Open the guide:\nhttps://go.keel.example/c/QUJDREVGRw2\n\n"
        "Priya Raman\nPrograms\n\n"
        "-- \nYou’re receiving this email because you are a GitLab Admin contact at Hafen Logistik\n"
        "GitLab Customer Programs, 1 Harbour Street, Rotterdam\n"
        "Unsubscribe: https://go.keel.example/u/QUJDREVGRw\n"
    )


@pytest.mark.soak
@given(DRAFTS)
def test_every_draft_becomes_a_complete_bulk_message(draft: Draft) -> None:
    message = sent(compile_draft(draft, brand=Brand()))
    parsed = opened(message)
    assert not parsed.defects
    assert parsed["List-Unsubscribe"] == "<https://go.keel.example/u/QUJDREVGRw>"
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    for kind in ("plain", "html"):
        body = part(message, kind)
        assert VALUES["organisation.address"] in body
        assert "https://go.keel.example/u/QUJDREVGRw" in body
        assert "{{" not in body
    assert all(len(line) <= 78 and not line.startswith(b".") for line in message.split(b"\r\n"))
    assert message.isascii()
