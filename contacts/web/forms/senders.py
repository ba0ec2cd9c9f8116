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


class SenderForm(FirstSenderForm):
    reply_to = AddressField(
        label="Answers go to",
        max_length=254,
        required=False,
        help_text="Where nobody else is named, such as the CSM. Blank: to the address.",
    )
    is_default = forms.BooleanField(
        label="The default", required=False, help_text="Programs that name no sender use this one."
    )


class AllowListForm(forms.Form):
    """Where mail may go in safe mode."""

    addresses = forms.CharField(
        label="Allowed addresses",
        required=False,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="One per line.",
    )

    def clean_addresses(self) -> list[str]:
        good, bad = [], []
        for number, line in enumerate(self.cleaned_data["addresses"].splitlines(), start=1):
            if not line.strip():
                continue
            try:
                good.append(normalise_address(line))
            except BadAddress as error:
                bad.append(f"Line {number}: {error}")
        if bad:
            raise ValidationError(bad)
        return good


class SwitchOffForm(forms.Form):
    is_understood = forms.BooleanField(
        label="Mail shall reach customers from now on",
        help_text="Every message that falls due leaves, to whoever it is for. What waited in the Outbox stays there.",
        error_messages={"required": "Tick this first: what has left cannot be called back."},
    )
