from __future__ import annotations

from collections.abc import Sequence
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

    name = forms.CharField(label="Sender", max_length=120, help_text="Shown to recipients in the From line.")
    address = AddressField(
        label="Email address",
        max_length=254,
        help_text="Its domain must authorize your mail server (SPF, DKIM).",
    )


class SenderForm(FirstSenderForm):
    reply_to = AddressField(
        label="Reply-to",
        max_length=254,
        required=False,
        help_text="Used when a program doesn't set a reply-to such as the CSM. Leave empty to use the email address.",
    )
    is_default = forms.BooleanField(
        label="Default sender", required=False, help_text="Used by programs that don't choose a sender."
    )


class AllowListForm(forms.Form):
    """Who still gets email in safe mode."""

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


class HeldMailForm(forms.Form):
    """What becomes of the messages that safe mode holds: one choice for each program."""

    WAYS = (("", "Choose"), ("release", "Send these messages"), ("discard", "Discard these messages"))

    def __init__(self, *args: Any, held: Sequence[tuple[int, str, int, str]], **kwargs: Any) -> None:
        """`held` has for each program its number (0 for none), its name, and its messages: how many, how old."""
        super().__init__(*args, **kwargs)
        self.programs = {f"held_{number}": number for number, *_ in held}
        for number, name, messages, age in held:
            self.fields[f"held_{number}"] = forms.ChoiceField(
                label=name,
                choices=self.WAYS,
                help_text=f"{messages} held message{'' if messages == 1 else 's'}, the oldest due {age}.",
                error_messages={"required": "Choose whether to send or discard these messages."},
            )

    @property
    def choices(self) -> list[forms.BoundField]:
        return [self[name] for name in self.programs]

    @property
    def decisions(self) -> dict[int, Any]:
        """Return "release" or "discard" by the program's number."""
        return {number: self.cleaned_data[name] for name, number in self.programs.items()}


class SwitchOffForm(HeldMailForm):
    is_understood = forms.BooleanField(
        label="Start sending to customers",
        help_text="Every message is sent when it is due, to whoever it is for.",
        error_messages={"required": "Confirm first: sent email can't be recalled."},
    )
