"""What callers send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from cs_platform.common.text import either, value_of_choice


class Strict(serializers.Serializer[Any]):
    """A body in which every field must be one we know: a misspelt field would otherwise be a silent loss."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := [name for name in data if name not in self.fields]):
            raise serializers.ValidationError(
                {name: serializers.ErrorDetail(f"There is no field {name}.", "unknown_field") for name in unknown}
            )
        return super().to_internal_value(data)


def understood(shape: type[serializers.Serializer[Any]], sent: Any) -> dict[str, Any]:
    """
    Return a body or a query as its shape reads it.

    :raises serializers.ValidationError: naming every field that cannot be read.
    """
    given = shape(data=sent)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


class Choice(serializers.ChoiceField):
    """One of (value, label) pairs, by either, however it is spaced and capitalized: as CSV files may write it."""

    def to_internal_value(self, data: Any) -> Any:
        if data == "" and self.allow_blank:
            return ""
        value = value_of_choice(self.choices.items(), data) if isinstance(data, str) else None
        if value is None:
            message = f"Must be {either(map(str, self.choices.values()))}."
            raise serializers.ValidationError(message, "invalid_choice")
        return value


def optional_text(longest: int, help_text: str = "") -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=longest, help_text=help_text)


class OutsideName(serializers.Serializer[Any]):
    """What another system calls it."""

    system = serializers.CharField()
    external_id = serializers.CharField()
