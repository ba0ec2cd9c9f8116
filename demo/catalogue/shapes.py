"""What the demo says of a program, and the conditions its programs share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from contacts.recipients.rules import Policy

Condition = Mapping[str, Any]
Category = Literal["onboarding", "enablement", "retention"]
Anchor = Literal["contract_start", "renewal", "last_renewal", "csm_assigned", "fourth_friday", "first_value_or_day_90"]


@dataclass(frozen=True)
class DemoSender:
    key: str
    name: str
    address: str


@dataclass(frozen=True)
class DemoQuestion:
    key: str
    kind: Literal["nps", "csat5", "text"]
    text: str
    is_required: bool = False


@dataclass(frozen=True)
class DemoSurvey:
    key: str
    name: str
    questions: tuple[DemoQuestion, ...]


@dataclass(frozen=True)
class DemoStep:
    """One email. `day` counts from the anchor; `email` names a file under emails/; `survey` names a survey."""

    key: str
    day: int
    title: str
    email: str
    only_if: Condition | None = None
    survey: str | None = None

    @property
    def kind(self) -> Literal["email", "survey"]:
        return "survey" if self.survey else "email"


@dataclass(frozen=True)
class DemoProgram:
    """
    A program as its manager would describe it.

    `window` is the first and last day from the anchor on which an account may enter. `issues` holds the further
    steps of each month, January first: such a program is published anew every month.
    """

    key: str
    name: str
    category: Category
    description: str
    goal: str
    audience: Condition
    anchor: Anchor
    window: tuple[int, int]
    policy: Policy
    steps: tuple[DemoStep, ...] = ()
    issues: tuple[tuple[DemoStep, ...], ...] = ()
    sender: str = "programs"

    def steps_in(self, month: int) -> tuple[DemoStep, ...]:
        return self.steps + (self.issues[month - 1] if self.issues else ())


def every(*conditions: Condition) -> Condition:
    return {"all": list(conditions)}


def one_of(field: str, *values: str) -> Condition:
    return {"field": field, "op": "in", "value": list(values)}


def is_(field: str, value: bool) -> Condition:
    return {"field": field, "op": "eq", "value": value}


def below(field: str, value: float) -> Condition:
    return {"field": field, "op": "lt", "value": value}


DIGITAL = one_of("segment", "tech_touch", "scale")
SCALE = one_of("segment", "scale")
CSM_ASSIGNED = one_of("segment", "csm_managed")
EVERYBODY = one_of("segment", "tech_touch", "scale", "csm_managed")
SAAS = one_of("deployment", "saas")
SELF_MANAGED = one_of("deployment", "self_managed")
PUBSEC = is_("is_pubsec", True)
NOT_PUBSEC = is_("is_pubsec", False)
# Users who ran a pipeline within 28 days; an account without readings counts as idle.
CI_IS_IDLE = below("ci_pipeline_users", 1)
