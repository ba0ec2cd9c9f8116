"""How bodies of the API are read; apart from common.api, for Django REST framework asks for this while it loads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers

from cs_platform.common.text import clean_json


class JSONParser(parsers.JSONParser):
    """JSON without characters that cannot be stored."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return clean_json(super().parse(stream, media_type, parser_context))
