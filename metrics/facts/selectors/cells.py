"""Conditions that narrow rows and sums of the monthly figures to a population."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from accounts.contracts.selectors import Level
from metrics.facts.rules import NOW, LevelBit, SightBit
from metrics.population.rules import Reach
from metrics.population.selectors import Population

BITS = {Level.SUBSCRIPTION: LevelBit.SUBSCRIPTION, Level.ACCOUNT: LevelBit.ACCOUNT, Level.PARENT: LevelBit.PARENT}
REACHES = tuple(Reach)  # as ArrMonth numbers them


@dataclass(frozen=True, slots=True)
class Asking:
    """A statement that gives rows, each with the `account_id` it is about, and its parameters."""

    sql: str
    values: dict[str, Any] = field(default_factory=dict)

    def rows(self) -> list[tuple[Any, ...]]:
        return fetched(self.sql, self.values)


def fetched(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def bit_of(level: Level) -> int:
    return int(BITS[level])


def of_sums(population: Population) -> tuple[str, dict[str, Any]]:
    """Return which cells of a sum are the population's, and the values of the condition."""
    if population.sees_nothing:
        return "false", {}
    narrowed = population.narrowing
    basis = population.basis if narrowed else NOW
    values: dict[str, Any] = {"sight": _sight(population), "basis": basis, **narrowed}
    return " and ".join(
        ["sight = %(sight)s and basis = %(basis)s", *(f"{name} = %({name})s" for name in narrowed)]
    ), values


def of_rows(population: Population, level: Level, *, alias: str = "r") -> tuple[str, dict[str, Any]]:
    """Return which rows of ArrMonth are the population's at a level, and the values of the condition."""
    if population.sees_nothing:
        return "false", {}
    suffix = "_now" if population.basis == NOW else ""
    parts = [f"{alias}.levels & {bit_of(level)} <> 0 and {alias}.sights & {_sight(population)} <> 0"]
    parts += [f"{alias}.{name}{suffix} = %({name})s" for name in population.narrowing]
    return " and ".join(parts), population.narrowing


def _sight(population: Population) -> int:
    return int(SightBit.ALL if population.sees_all else SightBit.OPEN)
