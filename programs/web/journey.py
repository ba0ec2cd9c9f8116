"""A program's steps as a map: who went where, and what of it was conditional."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cs_platform.common.ui.figures import pct_text
from cs_platform.common.ui.journey import Line, Step
from programs.participants.selectors import Flow
from programs.results.selectors import StepResult

ENTRY, END = "entry ", "end "  # no step's key ends in a space
BRANCH_TONES = ("s2", "s3", "s4", "s5")
LONGEST_LABEL = 16


@dataclass
class Drawing:
    """The map as it grows: `tails` are the steps that the next one follows, with how many people each let go on."""

    steps: list[Step] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    tails: list[tuple[str, int]] = field(default_factory=list)
    day: int = 0

    def join(self, target: str, count: int, label: str, tone: str = "s1") -> None:
        """Lead all tails to a step that `count` people reached; one tail takes them all, several share them."""
        for source, passed in self.tails:
            number = count if len(self.tails) == 1 else min(passed, count)
            line: Line = {"source": source, "target": target, "count": number, "tone": tone}
            if label and len(self.tails) == 1:
                line["label"] = label
            self.lines.append(line)


def journey_map(
    results: Sequence[StepResult],
    *,
    flow: Flow,
    left: Mapping[str, int],
    words: Callable[[Mapping[str, object]], str],
    address: str,
) -> tuple[list[Step], list[Line]]:
    """
    Return the steps and lines of a program for the kit's map.

    Steps with a condition stand in branches beside one another, one for each condition, until the next step that is
    for everybody. `words` puts a condition into a sentence; `address` leads to the emails, one anchor a step.
    """
    drawing = Drawing()
    drawing.steps.append(
        {"key": ENTRY, "kind": "entry", "title": "Enrollment", "count": flow.entered, "unit": "enrolled"}
    )
    drawing.tails, drawing.day = [(ENTRY, flow.entered)], results[0].step.day if results else 0
    for block in _blocks(results):
        if block[0].step.only_if:
            _draw_branches(drawing, block, results, left, words, address)
        else:
            _draw_step(drawing, block[0], results, left, address)
    drawing.steps.append(
        {
            "key": END,
            "kind": "exit",
            "title": "Completed",
            "note": "All steps",
            "count": flow.completed,
            "unit": "people",
        }
    )
    drawing.join(END, flow.completed, "")
    return drawing.steps, drawing.lines


# Put conditional steps that follow one another together; every other step stands alone.
def _blocks(results: Sequence[StepResult]) -> list[list[StepResult]]:
    blocks: list[list[StepResult]] = []
    for result in results:
        if result.step.only_if and blocks and blocks[-1][0].step.only_if:
            blocks[-1].append(result)
        else:
            blocks.append([result])
    return blocks


def _draw_step(
    drawing: Drawing, result: StepResult, results: Sequence[StepResult], left: Mapping[str, int], address: str
) -> None:
    drawing.steps.append(_drawn(result, results, left, address))
    drawing.join(result.step.key, result.engagement.sent, _gap(result.step.day - drawing.day))
    drawing.tails, drawing.day = [(result.step.key, result.engagement.sent)], result.step.day


def _draw_branches(
    drawing: Drawing,
    block: Sequence[StepResult],
    results: Sequence[StepResult],
    left: Mapping[str, int],
    words: Callable[[Mapping[str, object]], str],
    address: str,
) -> None:
    branches: dict[str, list[StepResult]] = {}
    for result in block:
        branches.setdefault(json.dumps(result.step.only_if, sort_keys=True), []).append(result)
    sources, started = list(drawing.tails), drawing.day
    ends: list[tuple[str, int]] = []
    for tone, branch in zip(BRANCH_TONES * len(branches), branches.values(), strict=False):
        drawing.tails, drawing.day = list(sources), started
        for place, result in enumerate(branch):
            drawing.steps.append(_drawn(result, results, left, address))
            if place == 0:
                drawing.steps[-1]["note"] = f"{_short(words(result.step.only_if or {}))}: {drawing.steps[-1]['note']}"
            drawing.join(result.step.key, result.engagement.sent, _gap(result.step.day - drawing.day), tone)
            drawing.tails, drawing.day = [(result.step.key, result.engagement.sent)], result.step.day
        ends += drawing.tails
    passed = sum(number for _, number in sources)
    around = max(passed - sum(branch[0].engagement.sent for branch in branches.values()), 0)
    # Whoever meets no condition goes past; with several conditions often nobody does.
    skipping = [(source, around) for source, _ in sources] if around or len(branches) == 1 else []
    drawing.tails, drawing.day = [*ends, *skipping], block[-1].step.day


def _drawn(result: StepResult, results: Sequence[StepResult], left: Mapping[str, int], address: str) -> Step:
    found, step = result.engagement, result.step
    number = next(place for place, each in enumerate(results, start=1) if each is result)
    opened = pct_text(found.opened.uniques, found.delivered, 0)
    clicked = pct_text(found.clicked.uniques, found.delivered, 0)
    return {
        "key": step.key,
        "kind": step.kind,
        "title": f"{number} · {step.title}",
        "note": f"{opened} open · {clicked} click" if found.delivered else "no one yet",
        "count": found.sent,
        "waiting": result.waiting,
        "left": left.get(step.key, 0),
        "url": f"{address}#step-{step.key}",
    }


def _gap(days: int) -> str:
    return f"{days} d" if days > 0 else ""


# Return a condition's value where it is one word or two: "Deployment is SaaS" leaves SaaS.
def _short(words: str) -> str:
    value = words.rpartition(" is ")[2]
    if value in ("yes", "no"):
        value = words
    return value if len(value) <= LONGEST_LABEL else "Some"
