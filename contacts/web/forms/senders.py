from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from contacts.consent.rules import BadAddress, normalise_address


class AddressField(forms.CharField):
    """An address that mail can come from or go to, in its one spelling."""

    widget = forms.EmailInput

    def clean(self, value: Any) -> Any:
        given = super().clean(value)
        try:
            return normalise_address(given) if given else ""
        except BadAddress as error:
            raise ValidationError(str(error)) from error


class FirstSenderForm(forms.Form):
    """Who mail comes from."""

    name = forms.CharField(label="Sender", max_length=120, help_text="What readers see in From.")
    address = AddressField(
        label="Address", max_length=254, help_text="Its domain must allow your mail server (SPF, DKIM)."
    )
