from __future__ import annotations

from django import forms


class RoleForm(forms.Form):
    label = forms.CharField(label="Name", max_length=60)
    description = forms.CharField(max_length=160, required=False, help_text="Help text in the picklist.")
    is_active = forms.BooleanField(
        label="Active",
        required=False,
        help_text="Inactive roles stay on contacts but can't be assigned.",
    )
