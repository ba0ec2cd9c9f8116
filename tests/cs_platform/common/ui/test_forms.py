from __future__ import annotations

import pytest
from django import forms
from django.template import Context, Template


class Sample(forms.Form):
    name = forms.CharField(help_text="As the customer writes it.")
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"class": "h-40"}))
    is_restricted = forms.BooleanField(required=False, help_text="Nobody writes to it.")
    roles = forms.MultipleChoiceField(choices=[("admin", "GitLab Admin")], widget=forms.CheckboxSelectMultiple)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def field(name: str, data: dict[str, object] | None = None) -> str:
    form = Sample(data)
    form.fields["roles"].widget.hints = {"admin": "First recipient"}
    return Template("{% field form_field %}").render(Context({"form_field": form[name]}))


def test_a_label_stands_above_its_control_and_is_bound_to_it() -> None:
    drawn = field("name")

    assert '<label class="field-label" for="id_name">' in drawn
    assert drawn.index("<label") < drawn.index("<input")


def test_a_hint_is_told_to_screen_readers() -> None:
    drawn = field("name")

    assert 'aria-describedby="id_name_helptext"' in drawn
    assert 'id="id_name_helptext"' in drawn


def test_a_mistake_is_told_at_the_field_and_the_value_is_kept() -> None:
    drawn = field("name", {"name": ""})

    assert 'aria-invalid="true"' in drawn
    assert 'id="id_name_error"' in drawn
    assert "This field is required." in drawn
    assert 'value="admin" class="checkbox checkbox-xs checkbox-primary" id="id_roles_0" checked' in field(
        "roles", {"roles": ["admin"]}
    )


def test_a_field_that_may_stay_empty_says_so() -> None:
    assert "(optional)" in field("note")
    assert "(optional)" not in field("name")


def test_a_widgets_own_classes_are_kept() -> None:
    assert 'class="textarea textarea-sm field-input h-40"' in field("note")


def test_a_tick_box_stands_inside_its_label() -> None:
    drawn = field("is_restricted")

    assert drawn.index('<label class="choice">') < drawn.index('type="checkbox"') < drawn.index("</label>")
    assert "Nobody writes to it." in drawn


def test_a_group_of_choices_is_a_fieldset_with_small_print() -> None:
    drawn = field("roles")

    assert '<legend class="field-label">Roles</legend>' in drawn
    assert '<span class="hint">First recipient</span>' in drawn


@pytest.mark.parametrize("name", ["secret"])
def test_a_hidden_field_has_no_label(name: str) -> None:
    assert "<label" not in field(name)
