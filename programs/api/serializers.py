from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contacts.delivery.selectors import HeldMail
from contacts.engagement.selectors.counters import Count, Engagement
from cs_platform.common.api import Strict
from programs.design.models import Category, Status
from programs.results.selectors import StepResult, Summary


class ProgramsQuery(Strict):
    """Filters for the program list."""

    status = serializers.ChoiceField(choices=Status.choices, required=False)
    category = serializers.ChoiceField(choices=Category.choices, required=False)


class PeriodQuery(Strict):
    """The period to count; omit it for all time."""

    since = serializers.DateTimeField(required=False, help_text="Start of the period (inclusive).")
    until = serializers.DateTimeField(required=False, help_text="End of the period (exclusive).")


class CountShape(serializers.Serializer[Any]):
    """Total events and unique people; a person counts once per email."""

    total = serializers.IntegerField()
    unique = serializers.IntegerField()


class VerdictsShape(serializers.Serializer[Any]):
    """Events by source. Rates use human only; unknown includes events not classified yet."""

    human = CountShape()
    machine = CountShape()
    unknown = CountShape()


class ResultsShape(serializers.Serializer[Any]):
    """Results of sent messages. Rates are opened and clicked divided by delivered."""

    sent = serializers.IntegerField()
    delivered = serializers.IntegerField(help_text="Sent minus bounced.")
    bounced = serializers.IntegerField()
    opened = VerdictsShape()
    clicked = VerdictsShape()
    unsubscribed = serializers.IntegerField()
    complained = serializers.IntegerField()


class ParticipantsShape(serializers.Serializer[Any]):
    inside = serializers.IntegerField(help_text="Active participants now.")
    entered = serializers.IntegerField(help_text="Participants who ever enrolled.")
    not_entered = serializers.IntegerField(help_text="Times an account was due but had no eligible contact.")


class ProgramShape(serializers.Serializer[Any]):
    """A program with its figures since launch."""

    id = serializers.UUIDField()
    key = serializers.CharField()
    name = serializers.CharField()
    category = serializers.ChoiceField(choices=Category.choices)
    status = serializers.ChoiceField(choices=Status.choices)
    goal = serializers.CharField()
    owner = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    first_published_at = serializers.DateTimeField(allow_null=True)
    is_meaningful = serializers.BooleanField(help_text="Whether the first version is at least 30 days old.")
    participants = ParticipantsShape()
    uncertain = serializers.IntegerField(help_text="Messages whose delivery is unknown.")
    held = serializers.IntegerField(help_text="Held messages, such as while the program is paused or safe mode is on.")
    results = ResultsShape()


class ProgramList(serializers.Serializer[Any]):
    data = ProgramShape(many=True)  # type: ignore[assignment]
    as_of = serializers.DateTimeField()


class StepShape(serializers.Serializer[Any]):
    """One step of the current version; counts include every version of the step."""

    key = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    day = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Participants waiting for this step now.")
    results = ResultsShape()


class HeldShape(serializers.Serializer[Any]):
    """Messages held for one reason."""

    reason = serializers.CharField(help_text="A code, such as program_paused or safe_mode.")
    text = serializers.CharField(help_text="The reason as a sentence.")
    messages = serializers.IntegerField()
    oldest_due_at = serializers.DateTimeField()


class ProgramDetail(ProgramShape):
    """A program with its figures, and its steps, for the requested period."""

    held_for = HeldShape(many=True)
    steps = StepShape(many=True)
    as_of = serializers.DateTimeField()


def show_program(row: Summary) -> dict[str, Any]:
    program = row.program
    return {
        "id": program.uuid,
        **{name: getattr(program, name) for name in ("key", "name", "category", "status", "goal")},
        "owner": program.owner.email,
        "version": row.version.number if row.version else None,
        "first_published_at": program.first_published_at,
        "is_meaningful": row.is_mature,
        "participants": {"inside": row.inside, "entered": row.participants, "not_entered": row.rejected},
        "uncertain": row.uncertain,
        "held": row.held,
        "results": show_results(row.engagement),
    }


def show_step(result: StepResult) -> dict[str, Any]:
    step = result.step
    return {
        **{name: getattr(step, name) for name in ("key", "kind", "title", "day")},
        "waiting": result.waiting,
        "results": show_results(result.engagement),
    }


def show_held(row: HeldMail) -> dict[str, Any]:
    return {"reason": row.reason, "text": row.words, "messages": row.number, "oldest_due_at": row.oldest_due_at}


def show_results(found: Engagement) -> dict[str, Any]:
    return {
        **{name: getattr(found, name) for name in ("sent", "delivered", "bounced", "unsubscribed", "complained")},
        "opened": _by_verdict(found.opened, found.machine_opened, found.unknown_opened),
        "clicked": _by_verdict(found.clicked, found.machine_clicked, found.unknown_clicked),
    }


def _by_verdict(human: Count, machine: Count, unknown: Count) -> dict[str, dict[str, int]]:
    counts = {"human": human, "machine": machine, "unknown": unknown}
    return {verdict: {"total": count.total, "unique": count.uniques} for verdict, count in counts.items()}
