"""The demo's emails are letters somebody could have written, not filler."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any
from urllib.parse import urlsplit

import pytest

from contacts.content.rules import Brand, Compiled, Draft, compile_draft
from demo.prose import EMAILS, UnreadableProse, draft_of, read_email, words_of

NAMES = sorted(path.relative_to(EMAILS).with_suffix("").as_posix() for path in EMAILS.rglob("*.md"))
HEAD = "---\nsubject: Hello\npreheader: Two minutes\n---\n"


def compiled(name: str) -> Compiled:
    return compile_draft(read_email(name), brand=Brand())


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_email_has_80_to_150_words(name: str) -> None:
    assert 80 <= words_of(read_email(name)) <= 150


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_email_asks_for_one_thing(name: str) -> None:
    kinds = Counter(block["type"] for block in read_email(name).blocks)
    assert kinds["button"] + kinds["nps"] == 1
    assert kinds["heading"] == kinds["signature"] == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_email_links_to_invented_hosts_alone(name: str) -> None:
    links = compiled(name).links
    assert links
    for link in links:
        if not link.url.startswith("{{ survey.link }}"):
            assert (urlsplit(link.url).hostname or "").endswith(".example")


@pytest.mark.parametrize("name", NAMES)
def test_a_demo_email_is_written_in_the_house_tone(name: str) -> None:
    text = (EMAILS / f"{name}.md").read_text(encoding="utf-8")
    assert not re.search(r"!(?!/)", text)
    assert not re.search(r"lorem|\bTODO\b|click here|dear valued|don't miss", text, re.IGNORECASE)
    draft = read_email(name)
    assert len(draft.subject) <= 70
    assert draft.subject != draft.preheader


def test_somebody_named_writes_in_the_first_person_and_a_team_in_the_plural() -> None:
    for name in NAMES:
        draft = read_email(name)
        signed_by = draft.blocks[-1]
        is_named = signed_by["name"] == "{{ csm.name }}"
        says_i = re.search(r"\bI\b", " ".join(str(block) for block in draft.blocks)) is not None
        assert is_named == name.startswith("intro_cs/"), name
        assert says_i == is_named, name


def test_no_two_demo_emails_have_the_same_subject_or_the_same_paragraph() -> None:
    drafts = [read_email(name) for name in NAMES]
    assert len({draft.subject for draft in drafts}) == len(NAMES)
    openings = [draft.blocks[2].get("text") for draft in drafts]
    assert len(set(openings)) == len(NAMES)


def test_prose_is_read_into_blocks() -> None:
    draft = draft_of(
        HEAD + "# Title\n\nHello\nthere.\n\n- one\n  and a half\n- two\n\n> a tip\n> goes on\n\n"
        "```yaml\njob:\n\n  script: make\n```\n\n---\n\n? How likely?\n\n"
        "[Go](https://docs.example/x)\n\n-- Mira | Programs\n"
    )
    assert (draft.subject, draft.preheader) == ("Hello", "Two minutes")
    assert list(draft.blocks) == [
        {"type": "heading", "text": "Title"},
        {"type": "text", "text": "Hello there."},
        {"type": "list", "items": ["one and a half", "two"]},
        {"type": "tip", "text": "a tip goes on"},
        {"type": "code", "text": "job:\n\n  script: make"},
        {"type": "divider"},
        {"type": "nps", "question": "How likely?"},
        {"type": "button", "label": "Go", "url": "https://docs.example/x"},
        {"type": "signature", "name": "Mira", "title": "Programs"},
    ]


@pytest.mark.parametrize("source", ["Hello", "---\nsubject: x\n---\nHello", HEAD.strip()])
def test_prose_without_its_head_is_refused(source: str) -> None:
    with pytest.raises(UnreadableProse):
        draft_of(source)


def test_words_are_counted_without_code_and_addresses() -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "See [the guide](https://docs.example/a) for {{ account.name }}"},
        {"type": "code", "text": "one two three"},
        {"type": "button", "label": "Go on", "url": "https://docs.example/b"},
    ]
    assert words_of(Draft("s", "p", blocks)) == 5
