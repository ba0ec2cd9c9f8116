from __future__ import annotations

import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from cs_platform.common.staticfiles import Storage


def test_what_vite_hashed_keeps_its_name() -> None:
    name = "dist/assets/main-DYMCovuK.js"

    assert Storage().hashed_name(name, ContentFile(b"x")) == name


def test_every_other_file_is_hashed() -> None:
    assert Storage().hashed_name("keel/icon.svg", ContentFile(b"x")) == "keel/icon.9dd4e461268c.svg"


@pytest.mark.parametrize(
    ("url", "is_forever"),
    [
        ("/static/dist/assets/main-DYMCovuK.js", True),
        ("/static/keel/icon.9dd4e461268c.svg", True),
        ("/static/dist/manifest.json", False),
    ],
)
def test_only_hashed_files_are_kept_by_browsers_for_ever(url: str, is_forever: bool) -> None:
    assert settings.WHITENOISE_IMMUTABLE_FILE_TEST("", url) is is_forever
