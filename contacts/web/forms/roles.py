from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from contacts.people.models import Access, Membership
from contacts.people.selectors import role_labels


class Picklist(forms.CheckboxSelectMultiple):
    """Tick boxes with what each role is for below it."""

    hints: dict[str, str]


def picklist_field(**options: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(required=False, widget=Picklist, **options)


# Offer the roles of the picklist; a retired one only to whoever holds it.
def _offer(field: forms.Field, held: Collection[str]) -> None:
    assert isinstance(field, forms.MultipleChoiceField)
    roles = [role for role in role_labels().values() if role.is_active or role.key in held]
    field.choices = [(role.key, role.label) for role in roles]
    field.widget.hints = {role.key: role.description for role in roles}


class ShownField(forms.CharField):
    """The roles that the form showed when it was opened, as keys with commas between them."""

    def __init__(self) -> None:
        super().__init__(required=False, widget=forms.HiddenInput)

    def to_python(self, value: Any) -> Any:
        return [key for key in str(value or "").split(",") if key]


class RolesForm(forms.Form):
    """What the + Role chip sends."""

    shown = ShownField()
    wanted = picklist_field()

    def __init__(self, *args: Any, held: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["wanted"], held)


class ContactForm(forms.Form):
    """The details of a contact at one account."""

    shown = ShownField()
    roles = picklist_field(label="GitLab Role")
    access = forms.ChoiceField(
        label="GitLab access",
        choices=(("", "No GitLab user"), *Access.choices),
        required=False,
        help_text="Permission in the customer's GitLab.com group. Applies to SaaS accounts only.",
    )
    is_active = forms.BooleanField(
        label="Active contact", required=False, help_text="Inactive contacts get no email about this account."
    )

    def __init__(self, *args: Any, held: Collection[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(self.fields["roles"], held)

    @classmethod
    def of(cls, membership: Membership) -> ContactForm:
        initial = {
            "shown": ",".join(membership.roles),
            "roles": membership.roles,
            "access": membership.access,
            "is_active": membership.is_active,
        }
        return cls(initial=initial, held=membership.roles)
