"""Signing in, settings of one's own, and the organization."""

from __future__ import annotations

import calendar
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, UsernameField
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.validators import RegexValidator

from accounts.contracts.selectors import currencies_without_rate
from accounts.team import operations
from accounts.team.http import address_of
from cs_platform.common.zones import zone_choices

SYSTEM = "system"
THEMES = ((SYSTEM, "Match system"), ("keel", "Light"), ("keel-dark", "Dark"))


class SignInForm(AuthenticationForm):
    username = UsernameField(
        label="Email", widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True})
    )
    error_messages = {
        "invalid_login": "Wrong email or password. Passwords are case-sensitive.",
        "inactive": "This user is inactive. Ask an admin to reactivate it.",
        "too_many": "Too many attempts. Try again in 15 minutes.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.initial.get("username") or self.data.get("username"):
            self.fields["username"].widget.attrs.pop("autofocus", None)
            self.fields["password"].widget.attrs["autofocus"] = True

    def clean(self) -> dict[str, Any]:
        whose = self.cleaned_data.get("username")
        if not whose or not self.cleaned_data.get("password"):
            return super().clean()
        address = address_of(self.request) if self.request else ""
        try:
            operations.count_try(email=whose, address=address)
        except operations.TooManyTries:
            raise forms.ValidationError(self.error_messages["too_many"], code="too_many") from None
        given = super().clean()
        operations.forgive_tries(email=whose, address=address)
        return given

    @property
    def is_too_often(self) -> bool:
        return self.has_error(NON_FIELD_ERRORS, "too_many")


class SettingsForm(forms.Form):
    """How Keel looks and behaves for one person. The theme belongs to the browser, the rest to the person."""

    theme = forms.ChoiceField(choices=THEMES, widget=forms.RadioSelect)
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices, help_text="Times are shown in this zone.")
    is_compact = forms.BooleanField(label="Compact tables", required=False, help_text="Smaller rows.")
    has_letter_keys = forms.BooleanField(
        label="Single-letter shortcuts",
        required=False,
        help_text="g and a letter go to a section, j and k move through a list, ? shows all shortcuts. Off in fields.",
    )


class NewPasswordForm(PasswordChangeForm):
    error_messages = {
        **PasswordChangeForm.error_messages,
        "password_incorrect": "That isn't your current password.",
        "password_mismatch": "The new passwords don't match.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, again = self.fields["new_password1"], self.fields["new_password2"]
        self.fields["old_password"].label = "Current password"
        # Most people come to this page for something else.
        self.fields["old_password"].widget.attrs.pop("autofocus", None)
        first.label, first.help_text = "New password", "At least 10 characters. Don't use your name or a common word."
        again.label, again.help_text = "Confirm new password", ""


MONTHS = tuple((number, calendar.month_name[number]) for number in range(1, 13))


class CurrencyField(forms.CharField):
    default_validators = [RegexValidator(r"^[A-Z]{3}$", "Enter three letters, such as USD or EUR.")]

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").upper()


class OrganisationForm(forms.Form):
    """Who runs this installation."""

    name = forms.CharField(label="Organization", max_length=120, help_text="Shown in the footer of every email.")
    postal_address = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
        help_text="Shown in the footer of every email. Required by law in most countries.",
    )
    zone = forms.ChoiceField(
        label="Time zone",
        choices=zone_choices,
        initial="UTC",
        help_text='Defines "today" and when months close, for everyone.',
    )
    currency = CurrencyField(initial="USD", help_text="Reporting currency: three letters, such as USD or EUR.")
    fiscal_year_start_month = forms.TypedChoiceField(
        label="Fiscal year starts in",
        choices=MONTHS,
        coerce=int,
        initial=2,
        help_text="First month of the fiscal year.",
    )

    grace_minutes = forms.IntegerField(
        label="Grace period (minutes)",
        min_value=0,
        max_value=24 * 60,
        required=False,
        help_text="Emails triggered by a manual change wait this long, so it can be undone. Default: 10.",
    )

    def clean_currency(self) -> str:
        """Refuse a currency in which the contracts that are here could not be added up."""
        currency: str = self.cleaned_data["currency"]
        if lost := currencies_without_rate(currency):
            raise forms.ValidationError(
                f"There are contracts in {', '.join(lost)} without an exchange rate to {currency}."
            )
        return currency
