from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cs_platform.integrations.imports.models import Kind
from cs_platform.integrations.imports.rules.columns import Column, lay_out, proposed
from cs_platform.integrations.imports.rules.files import UnreadableFile

# In whose words the external ids of a file are (ExternalId.system).
SYSTEMS = (("import", "Custom IDs"), ("salesforce", "Salesforce IDs"))
TRIAL, REAL = "trial", "real"


# What a field is called where its name does not say it.
LABELS = {
    "external_id": "ID",
    "csm": "CSM",
    "arr": "ARR",
    "mrr": "MRR",
    "is_pubsec": "Public sector",
    "roles": "GitLab roles",
    "switched_off": "Email turned off",
    "duration_secs": "Duration in seconds",
    "does_auto_renew": "Auto-renews",
}


def label_of(field: str) -> str:
    return LABELS.get(field) or field.removeprefix("is_").replace("_", " ").capitalize()


class UploadForm(forms.Form):
    kind = forms.ChoiceField(label="Record type", choices=Kind)
    system = forms.ChoiceField(
        label="ID type",
        choices=SYSTEMS,
        help_text="Used to match existing records. 15- and 18-character Salesforce IDs are treated as the same.",
    )
    file = forms.FileField(
        label="CSV file",
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        help_text="CSV with a header row, UTF-8, up to 500 MB. Separate cells with commas, semicolons, tabs or pipes.",
        error_messages={"required": "Choose a file.", "empty": "The file is empty."},
    )


class HeadingSelect(forms.Select):
    """A select of up to a thousand headings, of which a page has twenty: Django renders a template for each option."""

    SELECTED = mark_safe(" selected")

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        options = ((key, self.SELECTED if key == chosen else "", label) for key, label in self.choices)
        inner = format_html_join("\n", '<option value="{}"{}>{}</option>', options)
        return format_html('<select name="{}"{}>{}</select>', name, flatatt(self.build_attrs(self.attrs, attrs)), inner)


class ColumnsForm(forms.Form):
    """Which column of the file holds which field: one select a field, filled with what its heading suggests."""

    NOT_READ = ("", "Not in this file")

    def __init__(
        self,
        columns: Sequence[Column],
        heading: Sequence[str],
        data: Mapping[str, Any] | None = None,
        *,
        settled: Mapping[str, str | None] | None = None,
    ) -> None:
        super().__init__(data)
        self.columns, self.heading = columns, heading
        suggested = {**proposed(columns, heading), **(settled or {})}
        offered = [self.NOT_READ, *((name, name) for name in dict.fromkeys(heading) if name)]
        for column in columns:
            self.fields[f"column-{column.field}"] = forms.ChoiceField(
                label=label_of(column.field),
                choices=offered,
                widget=HeadingSelect,
                required=column.is_required,
                initial=suggested.get(column.field) or "",
                error_messages={"required": "Choose a column. This field is required."},
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                lay_out(self.columns, self.heading, self.mapping())
            except UnreadableFile as error:
                self.add_error(None, str(error))
        return given

    def mapping(self) -> dict[str, str | None]:
        """Return the heading of each field, None for one that is not to be read."""
        return {column.field: self.cleaned_data.get(f"column-{column.field}") or None for column in self.columns}

    @property
    def unread(self) -> list[str]:
        """Return the columns that no field is read from, as the form stands."""
        read = {self[name].value() for name in self.fields}
        return [name for name in self.heading if name and name not in read]
