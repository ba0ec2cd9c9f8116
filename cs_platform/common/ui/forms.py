from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField

# The first class that a widget is an instance of decides its look.
LOOKS: tuple[tuple[type[forms.Widget], str], ...] = (
    (forms.CheckboxSelectMultiple, "checkbox checkbox-xs checkbox-primary"),
    (forms.RadioSelect, "radio radio-xs radio-primary"),
    (forms.CheckboxInput, "checkbox checkbox-xs checkbox-primary"),
    (forms.Select, "select select-sm field-input"),
    (forms.Textarea, "textarea textarea-sm field-input"),
    (forms.FileInput, "file-input file-input-sm field-input"),
    (forms.Widget, "input input-sm field-input"),
)


def field(bound: BoundField, label: str = "", hint: str | None = None) -> dict[str, Any]:
    """Return what ui/_field.html needs for one field of a form: label above, hint and errors below."""
    widget = bound.field.widget
    css = next(look for kind, look in LOOKS if isinstance(widget, kind))
    given = widget.attrs.get("class", "")
    is_group = isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))
    return {
        "field": bound,
        "label": label or bound.label,
        "hint": bound.help_text if hint is None else hint,
        "is_hidden": bound.is_hidden,
        "is_group": is_group,
        "is_tick": isinstance(widget, forms.CheckboxInput),
        "control": "" if is_group else bound.as_widget(attrs={"class": f"{css} {given}".strip()}),
        "choices": [_choice(sub, css, getattr(widget, "hints", {})) for sub in bound.subwidgets] if is_group else [],
    }


# Return one tick box or radio button; a widget's `hints` give small print by value.
def _choice(sub: Any, css: str, hints: dict[str, str]) -> dict[str, Any]:
    data = sub.data
    return {
        "label": data["label"],
        "hint": hints.get(str(data["value"]), ""),
        "css": css,
        "id": data["attrs"].get("id"),
        "name": data["name"],
        "value": data["value"],
        "type": data["type"],
        "is_checked": data["selected"],
    }
