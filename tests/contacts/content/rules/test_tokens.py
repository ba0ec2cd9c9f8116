from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from contacts.content.rules import tokens
from contacts.content.rules.encoding import one_line


def say(text: str, **values: str) -> str:
    given_values = {name.replace("__", "."): value for name, value in values.items()}
    pieces = tokens.parse(text)
    return "".join(p if isinstance(p, str) else tokens.evaluate(p, given_values) for p in pieces)


def test_text_without_tokens_is_left_alone() -> None:
    assert say("100 % of } and { and $VAR") == "100 % of } and { and $VAR"


def test_a_token_is_replaced_by_its_value() -> None:
    assert say("Hello {{ contact.first_name }},", contact__first_name="Mira") == "Hello Mira,"


def test_spaces_inside_the_braces_do_not_matter() -> None:
    assert say("{{account.name|upper}}", account__name="Hafen") == "HAFEN"


def test_a_default_stands_in_for_a_missing_and_for_a_blank_value() -> None:
    text = '{{ contact.first_name | default("there") }}'
    assert say(text) == "there"
    assert say(text, contact__first_name="  ") == "there"


def test_filters_work_from_left_to_right_and_let_a_default_through() -> None:
    text = "{{ contact.first_name | title | default('you') }}"
    assert say(text, contact__first_name="mira-lou") == "Mira-Lou"
    assert say(text) == "you"


def test_a_date_is_written_out() -> None:
    assert say("{{ account.renewal_date | date }}", account__renewal_date="2026-03-01") == "1 March 2026"


def test_a_value_that_is_no_date_is_named() -> None:
    with pytest.raises(tokens.UnreadableValue, match=r"account\.renewal_date.*soonish"):
        say("{{ account.renewal_date | date }}", account__renewal_date="soonish")


def test_a_missing_value_without_default_names_its_token() -> None:
    with pytest.raises(tokens.MissingValue) as caught:
        say("Dear {{ contact.last_name }}")
    assert caught.value.token == "contact.last_name"


def test_a_value_is_never_read_as_a_token() -> None:
    assert say("{{ account.name }}", account__name="{{ csm.email }}") == "{{ csm.email }}"


@pytest.mark.parametrize(
    "text",
    [
        "{{ 7 * 7 }}",
        "{{ account }}",
        "{{ account.name.upper() }}",
        "{{ account.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ account['name'] }}",
        "{{ account.name | attr('x') }}",
        "{{ account.name | center(900000000) }}",
        '{{ account.name | default("a" ~ "b") }}',
        '{{ account.name | default("\\"") }}',
        "{{ account.name | default }}",
        '{{ account.name | default("  ") }}',
        "{{ account.name | upper('x') }}",
        "{{ account.name | date }}",
        '{{ account.name | default("x") | upper }}',
        "{{ survey.link | upper }}",
        "{{ account.name",
        "{{ account.name }",
        "{{ }}",
        "{% for x in range(9) %}",
        "{%- set a = 1 -%}",
        "{# a comment #}",
        "{{{ account.name }}}",
        "{{ account.name }}{{ cycler }}",
    ],
)
def test_anything_but_a_known_token_is_refused(text: str) -> None:
    with pytest.raises(tokens.TokenError):
        tokens.parse(f"Hello {text}")


def test_a_refusal_shows_the_text_and_its_position() -> None:
    with pytest.raises(tokens.TokenError, match=r"“\{\{ 7 \* 7 \}\}”.*\(character 7\)") as caught:
        tokens.parse("Hello {{ 7 * 7 }}")
    assert caught.value.position == 6


def test_an_unknown_name_lists_near_ones() -> None:
    with pytest.raises(tokens.TokenError, match=r"“contact\.firstname”; did you mean contact\.first_name"):
        tokens.parse("{{ contact.firstname }}")


def test_a_name_like_no_other_gets_no_suggestion() -> None:
    with pytest.raises(tokens.TokenError, match=r"Unknown token “zzz\.qqq” \(character 1\)"):
        tokens.parse("{{ zzz.qqq }}")


def test_very_long_spaces_are_refused_without_delay() -> None:
    with pytest.raises(tokens.TokenError):
        tokens.parse("{{ account.name | default " + " " * 5_000 + "! }}")


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40))
def test_the_grammar_means_what_jinja_means_by_it(value: str) -> None:
    line = one_line(value)
    sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
    for text in ('{{ account.name | default("nobody", true) }}', '{{ account.name | upper | default("-", true) }}'):
        ours = say(text.replace(", true", ""), account__name=line)
        assert ours == sandbox.from_string(text).render(account={"name": line})


@pytest.mark.parametrize("filter_", ["|upper( )", "|upper ( ) ", "| upper", '|default( "a" )'])
def test_a_token_that_never_ends_is_refused_however_many_filters_it_has(filter_: str) -> None:
    # Exponential, this would take until the end of the world.
    for number in (24, 2_000):
        with pytest.raises(tokens.TokenError, match="not a token"):
            tokens.parse("{{ account.name " + filter_ * number + "!")
