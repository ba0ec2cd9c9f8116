from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from accounts.timeline.models import Kind

# What a person logs by hand; the other kinds are written where they happen.
LOGGED = [(kind.value, kind.label) for kind in (Kind.CALL, Kind.MEETING, Kind.EMAIL, Kind.UPDATE)]
SENTIMENTS = (("", "Not said"), ("good", "Good"), ("mixed", "Mixed"), ("bad", "Bad"))
# A clock that runs a little ahead of ours is no mistake of the person who types.
GRACE = dt.timedelta(minutes=5)


class EntryForm(forms.Form):
    kind = forms.ChoiceField(choices=LOGGED, label="What was it", help_text="Calls and meetings count as activity.")
    subject = forms.CharField(max_length=250)
    occurred_at = forms.DateTimeField(
        label="When", widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    )
    sentiment = forms.ChoiceField(choices=SENTIMENTS, required=False, label="How did it feel")
    body = forms.CharField(label="Notes", required=False, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, now: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_occurred_at(self) -> dt.datetime:
        occurred_at: dt.datetime = self.cleaned_data["occurred_at"]
        if occurred_at > self.now + GRACE:
            raise forms.ValidationError("This lies in the future; log what has happened.")
        return occurred_at
