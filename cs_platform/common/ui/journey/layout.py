"""Where each step stands: columns by longest path, rows by the mean of the neighbours, never overlapping."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median_low

Node = Hashable
SWEEPS = 5  # odd: the last one goes the way people go, so that a step stands level with the one before it
STEP_GAP = 1.0  # rows between two steps of a column
LINE_GAP = 0.62  # rows between a step and a long line that passes it


@dataclass(frozen=True)
class Bend:
    """A point where a line over several columns passes one of them, so that it keeps clear of the steps there."""

    source: str
    target: str
    column: int


@dataclass(frozen=True)
class Layout:
    order: tuple[str, ...]  # as a reader meets the steps
    column: dict[Node, int]  # of steps and bends
    row: dict[Node, float]
    route: dict[tuple[str, str], tuple[Node, ...]]  # from step to step through the bends

    @property
    def columns(self) -> int:
        return max(self.column.values(), default=-1) + 1

    @property
    def rows(self) -> float:
        return max(self.row.values(), default=-1.0) + 1


def lay_out(steps: Sequence[str], lines: Iterable[tuple[str, str]]) -> Layout:
    """Return the layout of steps joined by (source, target) lines; a line that leads back is drawn, not followed."""
    joined = [(source, target) for source, target in lines if source != target]
    order = _reading_order(steps, joined)
    column = _columns(order, joined)
    route: dict[tuple[str, str], tuple[Node, ...]] = {}
    for source, target in joined:
        bends = [Bend(source, target, at) for at in range(column[source] + 1, column[target])]
        column.update({bend: bend.column for bend in bends})
        route[source, target] = (source, *bends, target)
    return Layout(order, column, _rows(order, column, route), route)


# Return the steps so that each comes after all that lead to it, one branch after the other.
def _reading_order(steps: Sequence[str], lines: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    following = defaultdict(list)
    for source, target in lines:
        following[source].append(target)
    finished: list[str] = []
    seen: set[str] = set()

    def visit(step: str) -> None:
        if step in seen:
            return
        seen.add(step)
        for target in reversed(following[step]):
            visit(target)
        finished.append(step)

    led_to = {target for _, target in lines}
    for step in reversed([s for s in steps if s not in led_to] or list(steps)):
        visit(step)
    for step in steps:  # what only a circle leads to
        visit(step)
    return tuple(reversed(finished))


def _columns(order: Sequence[str], lines: Sequence[tuple[str, str]]) -> dict[Node, int]:
    leading = defaultdict(list)
    for source, target in lines:
        leading[target].append(source)
    column: dict[Node, int] = {}
    for step in order:
        column[step] = max((column[source] + 1 for source in leading[step] if source in column), default=0)
    return column


def _rows(
    order: Sequence[str], column: dict[Node, int], route: dict[tuple[str, str], tuple[Node, ...]]
) -> dict[Node, float]:
    before, after = defaultdict(list), defaultdict(list)
    for nodes in route.values():
        for left, right in itertools.pairwise(nodes):
            after[left].append(right)
            before[right].append(left)
    members = defaultdict(list)
    for node, at in column.items():
        members[at].append(node)

    row = _first_rows(order, after, column)
    last = max(members, default=0)
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        neighbours = before if forward else after
        for at in range(1, last + 1) if forward else range(last - 1, -1, -1):
            # A step alone in its column stands between its neighbours; beside others it keeps to a neighbour's row.
            middle = _mean if len(members[at]) == 1 else median_low
            around = {node: [row[n] for n in neighbours[node]] or [row[node]] for node in members[at]}
            wanted = {node: middle(rows) for node, rows in around.items()}
            row.update(_spread(wanted))
    top = min(row.values(), default=0.0)
    return {node: round(value - top, 3) for node, value in row.items()}


# Give every last step a row of its own and every other the mean of what follows it.
def _first_rows(order: Sequence[str], after: dict[Node, list[Node]], column: dict[Node, int]) -> dict[Node, float]:
    row: dict[Node, float] = {}
    free = 0.0

    def place(node: Node) -> float:
        nonlocal free
        row[node] = 0.0
        following = [place(n) for n in after[node] if n not in row]
        if not following:
            row[node], free = free, free + 1
        else:
            row[node] = _mean(following)
        return row[node]

    for node in (*order, *column):
        if node not in row:
            place(node)
    return row


# Return rows near the wanted ones, in their order, with room between any two.
def _spread(wanted: dict[Node, float]) -> dict[Node, float]:
    placed: dict[Node, float] = {}
    previous: Node | None = None
    for node in sorted(wanted, key=lambda n: wanted[n]):
        if previous is None:
            placed[node] = wanted[node]
        else:
            gap = LINE_GAP if isinstance(node, Bend) or isinstance(previous, Bend) else STEP_GAP
            placed[node] = max(wanted[node], placed[previous] + gap)
        previous = node
    shift = _mean([wanted[node] - at for node, at in placed.items()])
    return {node: at + shift for node, at in placed.items()}


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
