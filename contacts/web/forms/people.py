from __future__ import annotations

from typing import Any

from django import forms

from accounts.book.models import Account
from accounts.team.models import User
from contacts.consent.rules import BadAddress, normalise_address
from contacts.people.models import Access
from contacts.people.operations.contacts import PersonFacts
from contacts.people.selectors import picklist
from contacts.web.forms.roles import Picklist
from cs_platform.common.zones import zone_choices


class PersonForm(forms.Form):
    """What is true of a human being wherever they work."""

    first_name = forms.CharField(max_length=80, required=False)
    last_name = forms.CharField(max_length=80, required=False)
    email = forms.CharField(max_length=254, required=False, help_text="Required to send email to this contact.")
    title = forms.CharField(max_length=120, required=False)
    zone = forms.ChoiceField(
        label="Time zone", choices=lambda: [("", "Same as the account"), *zone_choices()], required=False
    )

    def clean_email(self) -> str | None:
        given: str = self.cleaned_data["email"].strip()
        if not given:
            return None
        try:
            return normalise_address(given)
        except BadAddress as problem:
            raise forms.ValidationError(str(problem)) from problem

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not any(cleaned.get(name) for name in ("first_name", "last_name", "email")) and "email" not in self.errors:
            raise forms.ValidationError("Enter a name or an email address.")
        return cleaned

    @property
    def facts(self) -> PersonFacts:
        return PersonFacts(**{name: self.cleaned_data[name] for name in PersonForm.base_fields})  # type: ignore[typeddict-item]


class NewPersonForm(PersonForm):
    account = forms.CharField(max_length=200, help_text="Name of the contact's account.")
    roles = forms.MultipleChoiceField(label="GitLab Role", required=False, widget=Picklist)
    access = forms.ChoiceField(label="GitLab access", choices=(("", "No GitLab user"), *Access.choices), required=False)

    field_order = ("account", "first_name", "last_name", "email", "title", "zone", "access", "roles")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        roles, field = list(picklist()), self.fields["roles"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(role.key, role.label) for role in roles]
        field.widget.hints = {role.key: role.description for role in roles}

    def clean_account(self) -> Account:
        name: str = self.cleaned_data["account"].strip()
        found = list(Account.objects.for_viewer(self.viewer).filter(name__iexact=name)[:2])
        if len(found) != 1:
            raise forms.ValidationError("Several accounts have this name." if found else "No account has this name.")
        return found[0]
