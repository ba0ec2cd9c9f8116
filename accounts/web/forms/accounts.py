"""Forms about an account: its facts, its CSM, and what somebody logs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from accounts.book.models import Account, Channel, Deployment, Market, Region, Segment
from accounts.book.operations import AccountFacts
from accounts.team.models import User
from accounts.timeline.models import Kind
from cs_platform.common.zones import zone_choices

PRIORITIES = (("", "Not set"), *((number, f"Pr{number}") for number in range(1, 5)))


def _priority(value: str) -> int | None:
    return int(value) if value else None


class AccountForm(forms.Form):
    """What a person may say of an account. What follows from its contracts (ARR, seats, renewal) is not among it."""

    name = forms.CharField(max_length=200, help_text="Official company name.")
    segment = forms.ChoiceField(choices=Segment)
    market = forms.ChoiceField(choices=Market)
    priority = forms.TypedChoiceField(choices=PRIORITIES, coerce=_priority, empty_value=None, required=False)
    deployment = forms.ChoiceField(choices=Deployment)
    purchase_channel = forms.ChoiceField(
        label="Purchase channel", choices=Channel, help_text="Web-direct accounts fall back to Sold-To."
    )
    contract_date = forms.DateField(
        label="Customer since", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    industry = forms.CharField(max_length=80, required=False)
    country = forms.CharField(max_length=60, required=False)
    region = forms.ChoiceField(choices=Region)
    zone = forms.ChoiceField(label="Time zone", choices=zone_choices, help_text="Used to schedule emails.")
    is_restricted = forms.BooleanField(
        label="Restricted", required=False, help_text="Contacts get no program email unless a program allows it."
    )
    is_pubsec = forms.BooleanField(
        label="Public sector", required=False, help_text="Visible only to users with the public-sector permission."
    )

    def __init__(self, *args: Any, account: Account | None = None, **kwargs: Any) -> None:
        initial = {name: getattr(account, name) for name in self.base_fields if hasattr(account, name)}
        kwargs.setdefault("initial", initial or {"zone": "UTC"})
        super().__init__(*args, **kwargs)

    @property
    def facts(self) -> AccountFacts:
        return AccountFacts(**{name: self.cleaned_data[name] for name in AccountForm.base_fields})  # type: ignore[typeddict-item]


class NewAccountForm(AccountForm):
    field_order = ("name", "parent")

    parent = forms.CharField(max_length=200, required=False, help_text="Name of the parent account, if any.")

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer

    def clean_parent(self) -> Account | None:
        name: str = self.cleaned_data["parent"]
        if not name:
            return None
        found = list(Account.objects.for_viewer(self.viewer).filter(name__iexact=name.strip())[:2])
        if len(found) != 1:
            raise forms.ValidationError(
                "More than one account has this name." if found else "No account has this name."
            )
        return found[0]


class UserField(forms.ModelChoiceField):
    """Somebody who signs in, by name."""

    def label_from_instance(self, obj: User) -> str:
        return obj.name


class CsmForm(forms.Form):
    csm = UserField(User.objects.none(), label="CSM", required=False, empty_label="No CSM")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        csm = self.fields["csm"]
        assert isinstance(csm, UserField)
        csm.queryset = User.objects.filter(is_active=True).order_by("name")


# What a person logs by hand; the other kinds are written where they happen.
LOGGED = [(kind.value, kind.label) for kind in (Kind.CALL, Kind.MEETING, Kind.EMAIL, Kind.UPDATE)]
SENTIMENTS = (("", "Not set"), ("good", "Good"), ("mixed", "Mixed"), ("bad", "Bad"))
# A clock that runs a little ahead of ours is no mistake of the person who types.
GRACE = dt.timedelta(minutes=5)


class EntryForm(forms.Form):
    kind = forms.ChoiceField(choices=LOGGED, label="Type", help_text="Calls and meetings count as activity.")
    subject = forms.CharField(max_length=250)
    occurred_at = forms.DateTimeField(
        label="When", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    sentiment = forms.ChoiceField(choices=SENTIMENTS, required=False, label="Sentiment")
    body = forms.CharField(label="Notes", required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_occurred_at(self) -> dt.datetime:
        occurred_at: dt.datetime = self.cleaned_data["occurred_at"]
        if occurred_at > self.now + GRACE:
            raise forms.ValidationError("The date can't be in the future.")
        return occurred_at
