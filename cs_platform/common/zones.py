"""Time zones as a person picks them."""

from __future__ import annotations

from itertools import groupby
from zoneinfo import available_timezones

REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zone_choices() -> list[tuple[str, list[tuple[str, str]] | str]]:
    places = sorted(zone for zone in available_timezones() if zone.split("/")[0] in REGIONS)
    regions = groupby(places, key=lambda zone: zone.split("/")[0])
    named = [(region, [(zone, _place(zone)) for zone in zones]) for region, zones in regions]
    return [("UTC", "UTC"), *named]


def _place(zone: str) -> str:
    return zone.split("/", 1)[1].replace("/", ", ").replace("_", " ")
