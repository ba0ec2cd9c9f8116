"""Templates are short, used, and free of what the Content-Security-Policy would drop."""

from __future__ import annotations

import re
from pathlib import Path

from tests.architecture import tree

STYLE = re.compile(r"\sstyle\s*=")
SCRIPT = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>|\son[a-z]+\s*=|\shx-on[:-]|javascript:")


def pages() -> list[Path]:
    """Return the templates of pages; those of emails are read by mail programs, which know no style sheets."""
    found = tree.below("templates", *tree.PACKAGES, suffix=".html")
    return [path for path in found if "emails" not in path.parts]


def template_name(path: Path) -> str:
    return path.as_posix().rsplit("/templates/", 1)[1]


def test_no_template_passes_200_lines() -> None:
    sizes = {tree.name_of(path): len(path.read_text().splitlines()) for path in pages()}

    assert {name: size for name, size in sizes.items() if size > 200} == {}


def test_no_page_carries_a_style_of_its_own() -> None:
    assert [tree.name_of(path) for path in pages() if STYLE.search(path.read_text())] == []


def test_no_page_carries_a_script_of_its_own() -> None:
    assert [tree.name_of(path) for path in pages() if SCRIPT.search(path.read_text())] == []


def test_every_template_is_used() -> None:
    readers = [*tree.below(*tree.PACKAGES), *tree.below("templates", *tree.PACKAGES, suffix=".html")]
    said = "\n".join(path.read_text() for path in readers)

    # Django itself asks for these by name.
    called_by_django = {"400.html", "403.html", "403_csrf.html", "404.html", "500.html"}
    names = [template_name(path) for path in pages()]

    assert [name for name in names if name not in said and name not in called_by_django] == []


def test_the_guard_sees_what_it_looks_for() -> None:
    assert STYLE.search('<p style="color:red">')
    assert not STYLE.search('<p data-style="x">')
    assert SCRIPT.search("<script>alert(1)</script>")
    assert SCRIPT.search('<a onclick="x">')
    assert not SCRIPT.search('<script type="module" src="/a.js"></script>')
