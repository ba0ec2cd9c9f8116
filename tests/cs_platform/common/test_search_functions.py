from __future__ import annotations

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db


def matches(text: str, query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("select coalesce(keel_words(%s) @@ keel_words_query(%s), false)", [text, query])
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Gebrüder Söhne GmbH", "sohne"),
        ("Gebrüder Söhne GmbH", "SÖHNE geb"),
        ("Gebru\u0308der", "gebrüder"),
        ("Straße 9", "strasse"),
        ("Łódź Œuvre Ærø", "lodz oeuvre aero"),
        ("Сбер Админ", "админ"),
        ("株式会社サンプル", "株式"),
        ("ann.smith@mail.acme.example", "ann.smith@mail.acme.example"),
        ("ann.smith@mail.acme.example", "acme"),
        ("O'Brien & Sons", "o'brien"),
        ("0015g00000XyZabAAF", "0015g00000xyzab"),
        ("a\\b 'quoted'", "b quoted"),
    ],
)
def test_it_is_found(text: str, query: str) -> None:
    assert matches(text, query)


@pytest.mark.parametrize(("text", "query"), [("Söhne", "ohne"), ("Acme", "acme smith"), ("Acme", "&|!"), ("Acme", "")])
def test_it_is_not_found(text: str, query: str) -> None:
    assert not matches(text, query)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300))
def test_no_text_breaks_the_query_and_each_finds_itself(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select keel_split(%s)", [text])
        words = cursor.fetchone()[0]

    assert matches(text, text) == bool(words)
