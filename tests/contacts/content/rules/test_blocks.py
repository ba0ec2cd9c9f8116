from __future__ import annotations

from typing import Any

import pytest

from contacts.content.rules import SHAPES, Brand, Draft, DraftError, compile_draft
from tests.contacts.content.rules.drafts import compiled


def problems(*blocks: Any, **lines: Any) -> list[str]:
    with pytest.raises(DraftError) as caught:
        compiled(*blocks, **lines)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(("kind", "shape"), SHAPES.items())
def test_every_missing_field_is_named(kind: str, shape: dict[str, str]) -> None:
    if shape:
        found = problems({"type": "divider"}, {"type": kind})
        assert {line.split(":")[0] for line in found} == {f"Block 2, {field}" for field in shape}


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ({"type": "heading", "text": " \n "}, "Block 1, text: is required"),
        ({"type": "heading", "text": 7}, "Block 1, text: must be text"),
        ({"type": "heading", "text": "two\nlines"}, "Block 1, text: must be one line"),
        ({"type": "heading", "text": "x" * 201}, "Block 1, text: is longer than 200 characters"),
        ({"type": "heading", "text": "bell\a"}, "Block 1, text: contains a control character"),
        ({"type": "heading", "text": "a", "color": "red"}, "Block 1, color: is not a field of a heading block"),
        ({"type": "video"}, "Block 1, type: unknown block type “video”"),
        ({"type": ["text"]}, "Block 1, type: unknown block type"),
        ("hello", "Block 1, type: must be an object with a type"),
        ({"type": "list", "items": []}, "Block 1, items: must be a list of 1 to 30 items"),
        ({"type": "list", "items": "one"}, "Block 1, items: must be a list"),
        ({"type": "list", "items": ["one", ""]}, "Block 1, items 2: is required"),
        ({"type": "list", "items": ["**one"]}, "Block 1, items 1: A ** is missing its closing **"),
        ({"type": "text", "text": "run `make"}, "Block 1, text: A ` is missing its closing `"),
        ({"type": "text", "text": "[a](b c)"}, "Block 1, text: The URL in [label](URL) can't contain spaces"),
        ({"type": "tip", "text": "{{ account.nme }}"}, "Block 1, text: Unknown token “account.nme”; did you mean"),
        ({"type": "signature", "name": "{{ 1 }}", "title": "x"}, "Block 1, name: “{{ 1 }}” is not a token"),
        ({"type": "text", "text": "at {{ survey.link }}"}, "Block 1, text: survey.link is a link: write it as"),
        (
            {"type": "heading", "text": "{{ survey.link }}"},
            "Block 1, text: survey.link is a link and can't",
        ),
    ],
)
def test_a_problem_names_the_block_and_the_field(block: Any, problem: str) -> None:
    (found,) = problems(block)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "//docs.example/x",
        "docs.example",
        "https://",
        "https://docs.example/a b",
        'https://docs.example/"onclick=',
        "https://docs.example/<script>",
        "https://[::1",
        "https://docs.example/\\evil",
        "https://docs.example/?name={{ contact.first_name }}",
        "{{ account.name }}",
        "{{ survey.link }}/../admin",
        "{{ survey.link }}{{ survey.link }}",
        "https://docs.example/" + "x" * 2_000,
    ],
)
def test_only_plain_web_addresses_and_the_readers_own_pages_can_be_linked(url: str) -> None:
    found = problems({"type": "button", "label": "Go", "url": url})
    assert {line.split(":")[0] for line in found} == {"Block 1, url"}


def test_an_address_in_a_sentence_is_checked_too() -> None:
    (found,) = problems({"type": "text", "text": "See [this](javascript:alert)"})
    assert "“javascript:alert” is not a URL that starts with https://" in found


def test_all_problems_are_reported_together() -> None:
    found = problems({"type": "heading"}, {"type": "nope"}, {"type": "tip", "text": "**"}, subject="", preheader="a\nb")
    assert [line.split(":")[0] for line in found] == [
        "Subject",
        "Preheader",
        "Block 1, text",
        "Block 2, type",
        "Block 3, text",
    ]


def test_an_email_has_one_to_sixty_blocks() -> None:
    assert problems(*[{"type": "divider"}] * 61) == ["Email: has 61 blocks; use 1 to 60"]
    with pytest.raises(DraftError, match="Email: has 0 blocks"):
        compile_draft(Draft("Subject", "", []), brand=Brand())


def test_an_email_that_gmail_would_cut_off_is_refused() -> None:
    long_blocks = [{"type": "text", "text": "word " * 990} for _ in range(20)]
    assert problems(*long_blocks) == ["Email: is over 100 kB, the size at which Gmail clips messages"]


def test_line_ends_of_a_form_are_read_like_any_others() -> None:
    with_crlf = compiled({"type": "text", "text": "one\r\n\r\ntwo"})
    assert with_crlf == compiled({"type": "text", "text": "one\n\ntwo"})
