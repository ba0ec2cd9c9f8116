from __future__ import annotations

from typing import Any

from django import forms

from accounts.team.models import User


class UserField(forms.ModelChoiceField):
    """Somebody who signs in, by name."""

    def label_from_instance(self, obj: User) -> str:
        return obj.name


class CsmForm(forms.Form):
    csm = UserField(User.objects.none(), label="CSM", required=False, empty_label="Nobody")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        csm = self.fields["csm"]
        assert isinstance(csm, UserField)
        csm.queryset = User.objects.filter(is_active=True).order_by("name")
