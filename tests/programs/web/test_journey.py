"""Steps become a map: conditions branch it, and it closes again."""

from __future__ import annotations

from collections.abc import Mapping

from contacts.engagement.selectors.counters import Count, Engagement
from programs.design.rules import Step
from programs.participants.selectors import Flow
from programs.results.selectors import StepResult
from programs.web.journey import END, ENTRY, journey_map

SAAS, SELF_MANAGED = {"value": "Deployment is SaaS"}, {"value": "Deployment is Self-Managed"}


def result(key: str, day: int, sent: int, *, only_if: Mapping[str, object] | None = None) -> StepResult:
    step = Step(key, "email", key.title(), day, template_version=1, only_if=only_if)
    nothing = {name: Count() for name in ("machine_opened", "machine_clicked", "unknown_opened", "unknown_clicked")}
    found = Engagement(
        sent=sent, bounced=0, opened=Count(sent, sent // 2), clicked=Count(), unsubscribed=0, complained=0, **nothing
    )
    return StepResult(step, None, found, waiting=0, planned=0, cancelled=0, refused=0, uncertain=0)


def lines(*results: StepResult, entered: int = 10, completed: int = 10) -> dict[tuple[str, str], tuple[int, str]]:
    flow = Flow(entered=entered, completed=completed)
    _, drawn = journey_map(results, flow=flow, left={}, words=lambda c: str(c["value"]), address="/e/")
    return {(line["source"], line["target"]): (line["count"], line.get("label", "")) for line in drawn}


def notes(*results: StepResult) -> list[str]:
    steps, _ = journey_map(results, flow=Flow(), left={"a": 3}, words=lambda c: str(c["value"]), address="/e/")
    return [step.get("note", "") for step in steps]


def test_steps_for_everybody_follow_one_another_with_the_days_between() -> None:
    assert lines(result("a", 0, 10), result("b", 3, 8), completed=7) == {
        (ENTRY, "a"): (10, ""),
        ("a", "b"): (8, "3 d"),
        ("b", END): (7, ""),
    }


def test_conditions_that_follow_one_another_branch_and_meet_again() -> None:
    drawn = lines(
        result("a", 0, 10),
        result("saas", 1, 6, only_if=SAAS),
        result("own", 1, 4, only_if=SELF_MANAGED),
        result("saas2", 2, 6, only_if=SAAS),
        result("b", 3, 10),
    )

    assert drawn == {
        (ENTRY, "a"): (10, ""),
        ("a", "saas"): (6, "1 d"),
        ("saas", "saas2"): (6, "1 d"),
        ("a", "own"): (4, "1 d"),
        ("saas2", "b"): (6, ""),
        ("own", "b"): (4, ""),
        ("b", END): (10, ""),
    }


def test_whoever_meets_no_condition_goes_past() -> None:
    drawn = lines(result("a", 0, 10), result("saas", 1, 6, only_if=SAAS), result("b", 2, 10))

    assert drawn["a", "b"] == (4, "")
    assert drawn["saas", "b"] == (6, "")


def test_a_condition_stands_in_the_note_of_its_first_step() -> None:
    assert notes(result("a", 0, 0), result("saas", 1, 6, only_if=SAAS))[1:3] == [
        "no one yet",
        "SaaS: 50% open · 0% click",
    ]
    assert notes(result("x", 0, 2, only_if={"value": "PubSec is no"}))[1] == "PubSec is no: 50% open · 0% click"
    assert notes(result("x", 0, 2, only_if={"value": "A is one of very many things"}))[1].startswith("Some: ")


def test_a_step_counts_who_left_and_leads_to_its_email() -> None:
    steps, _ = journey_map([result("a", 0, 9)], flow=Flow(entered=9), left={"a": 3}, words=str, address="/e/")

    assert (steps[1]["count"], steps[1]["left"], steps[1]["url"]) == (9, 3, "/e/#step-a")


def test_a_program_without_steps_is_an_entry_and_an_end() -> None:
    assert lines() == {(ENTRY, END): (10, "")}
