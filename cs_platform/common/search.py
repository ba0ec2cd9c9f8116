"""Find rows by words: queries on columns that the database's `keel_words()` fills (migration 0005)."""

from __future__ import annotations

from django.contrib.postgres.search import SearchQuery

LONGEST = 200  # characters of what somebody typed that are read


class WordsQuery(SearchQuery):
    """
    Matches rows with every word of a text, each as the beginning of a word: `filter(search__words=WordsQuery("soh"))`.

    Capitals and accents do not matter: "sohne" finds "Söhne". A text without a word matches nothing.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text[:LONGEST])
        # Django's own class names one of PostgreSQL's parsers here; those do not take prefixes from outside.
        self.function = "keel_words_query"
