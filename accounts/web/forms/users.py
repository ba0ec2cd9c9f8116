from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.team.models import Bundle, Home, Permission, User
from accounts.team.operations import DEFAULT_LIFETIME, LONGEST_LIFETIME
from accounts.team.rules import Scope

WHAT_WILL_DO = "At least 10 characters. Don't use the person's name or a common word."


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
            _check_password(self, password, User(name=given.get("name", ""), email=given.get("email", "")))
        return given


class Ticks(forms.CheckboxSelectMultiple):
    """Tick boxes with small print below each."""

    hints: dict[str, str] = {}


class MayForm(forms.Form):
    """What somebody is called at work, sees first, and may do."""

    title = forms.CharField(max_length=120, required=False, help_text="Shown below the name.")
    home = forms.ChoiceField(label="Home page", choices=Home)
    bundles = forms.MultipleChoiceField(label="Permissions", required=False, widget=Ticks)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(Bundle.objects.order_by("name"))
        field = self.fields["bundles"]
        field.choices = [(bundle.key, bundle.name) for bundle in known]  # type: ignore[attr-defined]
        field.widget.hints = {bundle.key: in_words(bundle) for bundle in known}


class NewUserForm(MayForm, SignInAsForm):
    field_order = ["name", "email", "password", "title", "home", "bundles"]


class UserForm(MayForm):
    name = forms.CharField(max_length=120)
    password = forms.CharField(
        label="New password",
        strip=False,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="Leave blank to keep the current password.",
    )
    is_active = forms.BooleanField(
        label="Active", required=False, help_text="Turning this off signs them out and revokes their API tokens."
    )
    field_order = ["name", "title", "home", "password", "bundles", "is_active"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if password := given.get("password"):
            _check_password(self, password, User(name=given.get("name", ""), email=self.user.email))
        return given


class BundleForm(forms.Form):
    name = forms.CharField(max_length=80)
    permissions = forms.MultipleChoiceField(label="Allows", choices=Permission, required=False, widget=Ticks)


class TokenForm(forms.Form):
    """A key to the API."""

    user = forms.ModelChoiceField(
        label="User",
        queryset=User.objects.none(),
        empty_label=None,
        help_text="The token has this user's permissions, limited to its scopes.",
    )
    name = forms.CharField(max_length=80, label="Name", help_text="For example, Salesforce sync.")
    scopes = forms.MultipleChoiceField(choices=[(scope.value, scope.value) for scope in Scope], widget=Ticks)
    days = forms.IntegerField(
        label="Valid for (days)", min_value=1, max_value=LONGEST_LIFETIME.days, initial=DEFAULT_LIFETIME.days
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        active = User.objects.filter(is_active=True).order_by("name")
        self.fields["user"].queryset = active  # type: ignore[attr-defined]


def in_words(bundle: Bundle) -> str:
    labels = dict(Permission.choices)
    return "; ".join(labels[one] for one in Permission.values if one in bundle.permissions) or "None"


def _check_password(form: forms.Form, password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        form.add_error("password", error)
