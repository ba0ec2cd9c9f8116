from __future__ import annotations

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Storage(CompressedManifestStaticFilesStorage):
    """
    Hash every file once: what Vite wrote below dist/ carries its hash already.

    Hashed twice, a page would preload one name while the chunks import another.
    """

    def hashed_name(self, name: str, content: Any = None, filename: str | None = None) -> str:
        if name.split("?", 1)[0].startswith("dist/"):
            return name
        return super().hashed_name(name, content, filename)
