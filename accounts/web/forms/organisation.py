from __future__ import annotations

import calendar
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from accounts.contracts.selectors import currencies_without_rate
from cs_platform.common.zones import zone_choices

MONTHS = tuple((number, calendar.month_name[number]) for number in range(1, 13))


class CurrencyField(forms.CharField):
    default_validators = [RegexValidator(r"^[A-Z]{3}$", "Three letters, such as USD or EUR.")]

    def to_python(self, value: Any) -> Any:
        return (super().to_python(value) or "").upper()


class OrganisationForm(forms.Form):
    """Who runs this installation."""

    name = forms.CharField(label="Organization", max_length=120, help_text="As it stands below every message.")
    postal_address = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
        help_text="Stands below every message too: most countries ask for it by law.",
    )
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices, initial="UTC", help_text="What counts as today.")
    currency = CurrencyField(initial="USD", help_text="Amounts are added up in it. Three letters, such as USD or EUR.")
    fiscal_year_start_month = forms.TypedChoiceField(
        label="Fiscal year starts in", choices=MONTHS, coerce=int, initial=2, help_text="Quarters count from here."
    )

    def clean_currency(self) -> str:
        """Refuse a currency in which the contracts that are here could not be added up."""
        currency: str = self.cleaned_data["currency"]
        if lost := currencies_without_rate(currency):
            raise forms.ValidationError(
                f"There are contracts in {', '.join(lost)}, for which no exchange rate to {currency} is known."
            )
        return currency
