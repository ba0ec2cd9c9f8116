"""Made-up figures for the style guide. They show every piece of the kit once and mean nothing."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from cs_platform.common.ui.charts import Chart
from cs_platform.common.ui.journey import Line, Step


def wave(length: int, start: float, height: float, rise: float = 0.0) -> list[float]:
    """Return numbers that go up and down and drift by `rise` a step."""
    return [
        round(start + rise * at + height * (math.sin(at / 5) * 0.6 + math.sin(at / 2.1 + 1) * 0.4), 1)
        for at in range(length)
    ]


FIGURES: list[dict[str, Any]] = [
    {"title": "In the program now", "value": "1,284", "change": 8.2, "unit": "%", "trend": wave(20, 40, 6, 1)},
    {"title": "Delivered", "value": "98.7%", "change": 0.3, "unit": " pt", "trend": wave(20, 60, 5, 0.3)},
    {"title": "Opened", "value": "68.0%", "change": 3.1, "unit": " pt", "trend": wave(20, 50, 9, 1)},
    {"title": "Clicked", "value": "33.4%", "change": -1.4, "unit": " pt", "trend": wave(20, 70, 9, -1)},
    {"title": "Reached the goal", "value": "23.2%", "change": 4.6, "unit": " pt", "trend": wave(20, 40, 8, 1.5)},
    {"title": "Median time to goal", "value": "31 d", "change": -6, "unit": " d", "trend": wave(20, 80, 9, -1.6)},
]

FUNNEL = [("Sent", 4764), ("Delivered", 4702), ("Opened", 3197), ("Clicked", 1571)]


def responses(until: dt.date) -> Chart:
    days = [(until - dt.timedelta(days=at)).isoformat() for at in range(83, -1, -1)]
    return {
        "finding": "Opened and clicked per day over twelve weeks; both rise after version 7 was published.",
        "x": days,
        "series": [
            {"name": "Opened", "data": wave(84, 64, 9, 0.15)},
            {"name": "Clicked", "data": wave(84, 30, 5, 0.1), "colour": 5},
            {"name": "Control group", "data": wave(84, 22, 2), "colour": 6, "dashed": True},
        ],
        "marks": [{"x": days[20], "label": "v6 published"}, {"x": days[52], "label": "v7 published"}],
    }


def revenue() -> Chart:
    return {
        "finding": "Recurring revenue grew from $410k to $640k over six quarters, mostly by expansion.",
        "x": ["Q1", "Q2", "Q3", "Q4", "Q1 next", "Q2 next"],
        "axis": "names",
        "form": "money",
        "series": [
            {"name": "Kept", "data": [400e3, 420e3, 450e3, 470e3, 500e3, 520e3], "kind": "bar", "stack": "arr"},
            {"name": "Expansion", "data": [10e3, 30e3, 40e3, 60e3, 90e3, 120e3], "kind": "bar", "stack": "arr"},
        ],
    }


STEPS: list[Step] = [
    {"key": "in", "kind": "entry", "title": "Entry", "note": "Contract signed", "count": 4812, "unit": "entered"},
    {"key": "e1", "kind": "email", "title": "1 · Welcome", "note": "68% open · 31% click", "count": 4764, "left": 234},
    {
        "key": "d1",
        "kind": "decision",
        "title": "Ran a pipeline?",
        "note": "Checked on day 3",
        "count": 4118,
        "waiting": 412,
    },
    {
        "key": "e2",
        "kind": "email",
        "title": "2a · Security",
        "note": "64% open · 29% click",
        "count": 2512,
        "left": 322,
    },
    {"key": "e3", "kind": "email", "title": "3a · Invite team", "note": "58% open · 24% click", "count": 2190},
    {
        "key": "h1",
        "kind": "email",
        "title": "2b · CI templates",
        "note": "52% open · 17% click",
        "count": 1606,
        "left": 484,
    },
    {
        "key": "h2",
        "kind": "task",
        "title": "Task for the CSM",
        "note": "Offer a session",
        "count": 1122,
        "waiting": 484,
    },
    {"key": "ok", "kind": "goal", "title": "Goal reached", "note": "3 stages in use", "count": 1104, "unit": "people"},
    {"key": "ex", "kind": "exit", "title": "Exit", "note": "After 90 days", "count": 2424, "unit": "people"},
]
LINES: list[Line] = [
    {"source": "in", "target": "e1", "count": 4764},
    {"source": "e1", "target": "d1", "count": 4118, "label": "3 d"},
    {"source": "d1", "target": "e2", "count": 2512, "label": "Yes", "tone": "s2"},
    {"source": "d1", "target": "h1", "count": 1606, "label": "No", "tone": "s3"},
    {"source": "e2", "target": "e3", "count": 2190, "label": "4 d", "tone": "s2"},
    {"source": "e3", "target": "ok", "count": 800, "tone": "s2"},
    {"source": "h1", "target": "h2", "count": 1122, "label": "4 d", "tone": "s3"},
    {"source": "h2", "target": "ok", "count": 304, "tone": "s2"},
    {"source": "h2", "target": "ex", "count": 820, "tone": "s6"},
]

PEOPLE: list[dict[str, Any]] = [
    {
        "name": name,
        "title": title,
        "account": account,
        "band": band,
        "step": step,
        "state": state,
        "tone": tone,
        "at": at,
    }
    for name, title, account, band, step, state, tone, at in (
        ("Maya Lindqvist", "Platform lead", "Northwind Energy", "green", "3a · Invite team", "Clicked", "brand", 12),
        ("Tomás Okafor", "DevOps engineer", "Helio Bank", "yellow", "2b · CI templates", "Opened", "mute", 48),
        ("Aiko Tanabe", "Engineering manager", "Kitsune Robotics", "green", "Goal reached", "Goal reached", "good", 60),
        ("Lucas Ferreira", "GitLab admin", "Atlântico Seguros", "red", "Task for the CSM", "Waiting", "warn", 180),
        ("Hannah Boyd", "Head of security", "Meridian Health", "", "2a · Security", "Clicked", "brand", 300),
        ("Ravi Menon", "SRE", "Orchard Retail", "yellow", "1 · Welcome", "Bounced", "bad", 1500),
    )
]

LEAVING = [
    ("No pipeline after 90 days", 1012, "s3"),
    ("Replied to the CSM", 521, "s1"),
    ("Unsubscribed", 388, "s4"),
    ("Contact left the company", 296, "s6"),
    ("Bounced", 207, "bad"),
]

COHORTS = [
    ("January", 41, [1.0, 0.93, 0.9, 0.88, 0.86, 0.71]),
    ("February", 36, [1.0, 0.97, 0.94, 0.9, 0.66, None]),
    ("March", 52, [1.0, 0.89, 0.5, 0.31, None, None]),
    ("April", 47, [1.0, 0.12, 0.04, None, None, None]),
]

SHARES = [
    ("Source code", 94, "good"),
    ("CI", 88, "good"),
    ("Environments", 61, "brand"),
    ("Security scanning", 37, "warn"),
]
REVENUE = [
    ("2022", 0.42, "$420k"),
    ("2023", 0.61, "$610k"),
    ("2024", 0.78, "$780k"),
    ("2025", 1.1, "$1.1M"),
    ("2026", 1.24, "$1.24M"),
]
