"""A program's key figures and its chart, ready for the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.team.models import User
from contacts.engagement.selectors.counters import Count, Engagement
from cs_platform.common import clock
from cs_platform.common.ui.charts import Chart, Mark
from cs_platform.common.ui.figures import count, delta, pct
from programs.design.models import Program, Version
from programs.participants.selectors import INSIDE, inside_by_day, participant_counts
from programs.results.selectors import Day, overall, series
from programs.web.context import Period

POINTS = 12
WEEK = 7
# From so many days on, single days are noise.
LONG = 60
MOST_LABELS = 5
# Below so many a change is chance.
FEW = 20
# Share of the chart's width at its left edge where a label would be cut off.
EDGE = 0.04


@dataclass(frozen=True)
class Result:
    """What a program did in a period, and in the one before, as far as the viewer may see."""

    program: Program
    viewer: User
    period: Period
    now: Engagement
    before: Engagement | None
    days: Sequence[Day]
    inside: int


def result_of(program: Program, period: Period, *, viewer: User, inside: int | None = None) -> Result:
    """Return a program's results; a page that has counted who is inside says so."""
    # A program that did not run all through the period before has nothing to be compared with.
    launched, earlier = program.first_published_at, period.before
    compares = earlier is not None and launched is not None and launched <= earlier
    before = overall(program, viewer=viewer, since=earlier, until=period.since) if compares else None
    if inside is None:
        states = participant_counts([program.pk], viewer=viewer)[program.pk]
        inside = sum(states.get(state, 0) for state in INSIDE)
    return Result(
        program=program,
        viewer=viewer,
        period=period,
        now=overall(program, viewer=viewer, since=period.since, until=period.until),
        before=before,
        days=series(program, viewer=viewer, since=period.since, until=period.until, zone=clock.zone().key),
        inside=inside,
    )


def key_figures(result: Result) -> list[dict[str, Any]]:
    """Return the cells of the strip, the same names and numbers as the funnel below it."""
    now, before = result.now, result.before
    return [
        _inside(result),
        {
            "title": "Sent",
            "value": count(now.sent),
            "note": "",
            "change": _growth(now.sent, before.sent if before else 0),
            "trend": [sum(day.sent for day in part) for part in _parts(result.days)],
            "href": _messages(result, "state=sent"),
            "definition": "Messages accepted by a mail server, or kept in the Outbox on a simulated day.",
        },
        _rate(result, "Delivered", "delivered", "sent", f"{count(now.bounced)} bounced", "Sent minus bounced."),
        _rate(
            result, "Opened", "opened", "delivered", _beside(now.opened, now.machine_opened, now.unknown_opened), OPENED
        ),
        _rate(
            result,
            "Clicked",
            "clicked",
            "delivered",
            _beside(now.clicked, now.machine_clicked, now.unknown_clicked),
            CLICKED,
        ),
        _rate(
            result,
            "Unsubscribed",
            "unsubscribed",
            "delivered",
            "1 person" if now.unsubscribed == 1 else f"{count(now.unsubscribed)} people",
            UNSUBSCRIBED,
            good="down",
            digits=2,
        ),
    ]


OPENED = (
    "Unique people who opened, out of delivered. Each person counts once per email. Bots and proxies are shown"
    " separately, and so are opens not classified yet: that takes about a minute."
)
CLICKED = (
    "Unique people who clicked a link, out of delivered. Each person counts once per email. Some people click without"
    " loading images, so a click can come without an open."
)
UNSUBSCRIBED = "People who unsubscribed from this kind of email, out of delivered."


def _inside(result: Result) -> dict[str, Any]:
    today, since = result.period.until.date(), result.period.since.date()
    line = inside_by_day(result.program, viewer=result.viewer, inside_now=result.inside, since=since, today=today)
    people = reverse("programs:program-participants", args=[result.program.pk])
    return {
        "title": "Active now",
        "value": count(result.inside),
        "note": "",
        "change": _growth(result.inside, line[0]) if result.before else "",
        "trend": [part[-1] for part in _parts(line)],
        "href": f"{people}?group=inside",
        "definition": "Participants who enrolled and haven’t completed or exited, regardless of the period.",
    }


def _rate(
    result: Result, title: str, name: str, of: str, note: str, definition: str, *, good: str = "up", digits: int = 1
) -> dict[str, Any]:
    part, whole = _number(result.now, name), _number(result.now, of)
    points: str | SafeString = ""
    if result.before and min(whole, _number(result.before, of)) >= FEW:
        earlier = _number(result.before, name) / _number(result.before, of)
        points = delta(round(100 * (part / whole - earlier), digits), " pt", good)
    weeks = [
        (sum(_number(day, name) for day in days), sum(_number(day, of) for day in days)) for days in _parts(result.days)
    ]
    return {
        "title": title,
        "value": pct(part, whole, digits, of=of),
        "note": note,
        "change": points,
        "trend": [100 * up / down for up, down in weeks if down],
        "href": _messages(result, "state=bounced" if name == "delivered" else f"response={name}"),
        "definition": definition,
    }


def _number(source: Engagement | Day, name: str) -> int:
    value: int | Count = getattr(source, name)
    return value.uniques if isinstance(value, Count) else value


# Return who is in the rate and who stands beside it.
def _beside(human: Count, machine: Count, unknown: Count) -> str:
    beside = [f"{count(machine.uniques)} bot"] if machine.uniques else []
    beside += [f"{count(unknown.uniques)} unknown"] if unknown.uniques else []
    return f"{count(human.uniques)} human, {', '.join(beside)}" if beside else f"{count(human.uniques)} human"


def _growth(now: int, before: int) -> str | SafeString:
    return delta(round(100 * (now - before) / before, 1)) if before >= FEW else ""


# Cut a line of days into at most twelve stretches of one length, the last one ending today.
def _parts(days: Sequence[Any]) -> list[Sequence[Any]]:
    size = max(1, -(-len(days) // POINTS))
    return [days[max(end - size, 0) : end] for end in range(len(days), 0, -size)][::-1]


def _messages(result: Result, which: str) -> str:
    return f"{reverse('contacts:outbox')}?program={result.program.pk}&{which}{result.period.query}"


def funnel(now: Engagement) -> list[tuple[str, int]]:
    return [
        ("Sent", now.sent),
        ("Delivered", now.delivered),
        ("Opened", now.opened.uniques),
        ("Clicked", now.clicked.uniques),
    ]


def responses(result: Result, versions: Sequence[Version]) -> Chart:
    """Return opens and clicks a day, over long periods as the mean of seven days."""
    days = result.days
    is_long = len(days) >= LONG
    opened = _smoothed([day.opened for day in days]) if is_long else [day.opened for day in days]
    clicked = _smoothed([day.clicked for day in days]) if is_long else [day.clicked for day in days]
    finding = (
        f"{count(sum(day.opened for day in days))} opens and {count(sum(day.clicked for day in days))} clicks"
        f" by people in {count(len(days))} days."
    )
    return {
        "finding": finding,
        "x": [day.date.isoformat() for day in days],
        "series": [{"name": "Opened", "data": opened}, {"name": "Clicked", "data": clicked, "colour": 5}],
        "marks": _marks(versions, result.period),
    }


def _smoothed(numbers: Sequence[int]) -> list[float]:
    means = []
    for end in range(1, len(numbers) + 1):
        week = numbers[max(end - WEEK, 0) : end]
        means.append(round(sum(week) / len(week), 1))
    return means


def _marks(versions: Sequence[Version], period: Period) -> list[Mark]:
    zone, first = period.since.tzinfo, period.since + EDGE * (period.until - period.since)
    shown = [version for version in versions if first <= version.published_at < period.until]
    word = " published" if len(shown) <= MOST_LABELS else ""
    return [
        {"x": version.published_at.astimezone(zone).date().isoformat(), "label": f"v{version.number}{word}"}
        for version in reversed(shown)
    ]
