from __future__ import annotations

from typing import Any

from django import forms

from accounts.team.models import User


class CsmForm(forms.Form):
    csm = forms.ModelChoiceField(User.objects.none(), label="CSM", required=False, empty_label="Nobody")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        csm = self.fields["csm"]
        assert isinstance(csm, forms.ModelChoiceField)
        csm.queryset = User.objects.filter(is_active=True).order_by("name")
        csm.label_from_instance = lambda user: user.name  # type: ignore[method-assign]
