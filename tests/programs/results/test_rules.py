"""What is worth a look, and what is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from programs.results.rules import Counts, StepCounts, findings

USUAL = StepCounts("a", "Usual", sent=500, delivered=500, clicked=100, bounced=0, unsubscribed=0, left=5)


def titles(*steps: StepCounts, **counts: object) -> list[str]:
    return [finding.title for finding in findings(Counts(steps=steps, **counts))]  # type: ignore[arg-type]


def test_ordinary_figures_are_not_worth_a_look() -> None:
    assert titles(USUAL, replace(USUAL, key="b", title="Other")) == []
    assert titles() == []


def test_a_step_that_loses_twice_as_many_as_the_others_stands_out() -> None:
    (finding,) = findings(Counts([USUAL, replace(USUAL, key="b", title="Leak", sent=400, left=100)]))

    assert (finding.title, finding.key, finding.tone) == ("20.0% exit at “Leak”", "b", "bad")
    assert finding.text == "100 people exited here, compared with 1.0% at other steps."


def test_the_only_step_of_a_program_can_lose_people_too() -> None:
    (finding,) = findings(Counts([replace(USUAL, sent=50, left=50)]))

    assert finding.text == "50 people exited here."


@pytest.mark.parametrize("leak", [replace(USUAL, sent=10, left=4), replace(USUAL, sent=30, left=10)])
def test_small_counts_stay_silent(leak: StepCounts) -> None:
    assert titles(USUAL, replace(leak, key="b", delivered=leak.sent, clicked=leak.sent)) == []


def test_a_step_of_few_does_not_hide_the_leak_of_many() -> None:
    few = replace(USUAL, key="few", title="Few", sent=6, delivered=6, left=4)
    leak = replace(USUAL, key="b", title="Leak", sent=400, left=100)

    assert titles(USUAL, few, leak) == ["20.0% exit at “Leak”"]


@pytest.mark.parametrize(
    ("sent", "left", "stands_out"),
    [(45, 5, True), (44, 5, False), (96, 4, False), (490, 10, True), (491, 9, False)],
)
def test_a_leak_is_five_of_fifty_and_twice_the_usual(sent: int, left: int, stands_out: bool) -> None:
    usual = replace(USUAL, sent=990, delivered=990, clicked=198, left=10)  # 1 %
    leak = replace(USUAL, key="b", title="Leak", sent=sent, delivered=sent, clicked=sent // 5, left=left)

    assert bool(titles(usual, leak)) is stands_out


def test_the_usual_loss_is_that_of_the_other_steps_together() -> None:
    leak = replace(USUAL, key="b", title="Leak", sent=80, delivered=80, clicked=16, left=20)

    (finding,) = findings(Counts([USUAL, replace(USUAL, key="c", sent=95, delivered=95, clicked=19, left=5), leak]))

    assert finding.text == "20 people exited here, compared with 1.7% at other steps."  # 10 of 600


def test_a_step_whose_mail_bounces_harms_the_sender() -> None:
    assert titles(USUAL, replace(USUAL, key="b", title="Dead", bounced=26)) == ["“Dead” has a 5.2% bounce rate"]
    assert titles(USUAL, replace(USUAL, key="b", title="Fine", bounced=25)) == []


def test_an_email_clicked_half_as_often_as_the_others_stands_out() -> None:
    (finding,) = findings(Counts([USUAL, replace(USUAL, key="b", title="Dull", clicked=50)]))

    assert (finding.title, finding.tone) == ("“Dull” has a 10.0% click rate", "warn")
    assert finding.text == "50 of 500 clicked; the other emails average 20.0%."
    assert titles(USUAL, replace(USUAL, key="b", clicked=51)) == []


def test_programs_nobody_clicks_in_have_no_quietest_email() -> None:
    assert titles(replace(USUAL, clicked=0), replace(USUAL, key="b", clicked=0)) == []


def test_an_email_that_drives_readers_away_stands_out() -> None:
    assert titles(USUAL, replace(USUAL, key="b", title="Pushy", unsubscribed=6)) == [
        "“Pushy” has a 1.2% unsubscribe rate"
    ]


def test_messages_and_people_that_are_stuck_are_named() -> None:
    assert titles(uncertain=1, refused=2, held=1, errored=2) == [
        "2 messages refused",
        "3 people stuck",
        "1 message may not have been delivered",
    ]


def test_accounts_that_nobody_can_be_reached_at_are_named_with_the_commonest_reason() -> None:
    (finding,) = findings(Counts(not_entered=5, commonest_reason="No GitLab Admin."))

    assert finding.title == "5 accounts not enrolled"
    assert finding.text.endswith("Most common reason: No GitLab Admin.")
    assert findings(Counts(not_entered=4)) == []


def test_the_most_pressing_come_first_and_four_are_enough() -> None:
    leaks = [replace(USUAL, key=str(n), title=f"Dead {n}", bounced=100) for n in range(4)]

    found = findings(Counts(leaks, uncertain=1, refused=1))

    assert len(found) == 4
    assert {finding.tone for finding in found} == {"bad"}
