from __future__ import annotations

from django import forms


class RoleForm(forms.Form):
    label = forms.CharField(label="Name", max_length=60)
    description = forms.CharField(max_length=160, required=False, help_text="Small print in the picklist.")
    is_active = forms.BooleanField(
        label="Offered",
        required=False,
        help_text="Whoever holds a role that is not offered keeps it; nobody is given it.",
    )
