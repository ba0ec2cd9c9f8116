"""
Run the measurements and write bench/results.json: `make bench [ONLY=name]`.

A measurement is a module of this folder with a function `run() -> list[Result]`.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.result import Result

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
NO_MEASUREMENTS = {"__init__", "__main__", "databases", "result", "sink"}


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if path.stem not in NO_MEASUREMENTS)


def measure(name: str) -> list[Result]:
    run: Callable[[], list[Result]] = importlib.import_module(f"bench.{name}").run
    return run()


def merged(before: Sequence[dict[str, object]], now: Sequence[Result]) -> list[dict[str, object]]:
    """Return the results of before with those of now in their places, ordered by name."""
    by_name = {str(result["name"]): result for result in before}
    by_name |= {result.name: result.as_dict() for result in now}
    return [by_name[name] for name in sorted(by_name)]


def main(only: Sequence[str]) -> int:
    unknown = [name for name in only if name not in names()]
    if unknown:
        print(f"There is no measurement {unknown[0]}; there are: {', '.join(names())}.", file=sys.stderr)
        return 2
    results: list[Result] = []
    for name in only or names():
        print(f"Measuring {name}", flush=True)
        results += measure(name)
    before = json.loads(RESULTS.read_text()) if only and RESULTS.exists() else []
    RESULTS.write_text(json.dumps(merged(before, results), indent=2) + "\n")
    for result in results:
        print(
            f"{result.name}: {result.value:,.0f} {result.unit}, reference {result.reference:,.0f},"
            f" ratio {result.ratio:.2f}, bar {result.bar:.2f}: {'holds' if result.holds else 'DOES NOT HOLD'}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
