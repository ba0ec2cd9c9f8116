from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.team.models import User

WHAT_WILL_DO = "At least ten characters; neither the name nor a common word."


def password_field() -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label="Password", strip=False, widget=widget, help_text=WHAT_WILL_DO)


class SignInAsForm(forms.Form):
    """Somebody who will sign in: name, address and a first password."""

    name = forms.CharField(max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = password_field()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if password := given.get("password"):
            try:
                validate_password(password, User(name=given.get("name", ""), email=given.get("email", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return given
