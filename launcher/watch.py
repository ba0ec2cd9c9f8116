"""Keep processes alive: one that dies is started again, later each time it dies soon after."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .processes import Process, stop_together

FIRST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 30.0
STEADY = 60.0  # alive this long, a process starts with the first pause again
HOPELESS = 4  # deaths in a row before the product was ever ready


@dataclass
class Watched:
    """A process, when it was last started, and when it is due to be started again."""

    process: Process
    started: float
    deaths: int = 0
    due: float | None = None


def pause(deaths: int) -> float:
    """Return the seconds to wait before the next start of a process that died so many times in a row."""
    return float(min(FIRST_PAUSE * 2 ** (deaths - 1), LONGEST_PAUSE))


class Watch:
    """Starts processes in order, restarts what dies, stops them in the opposite order."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.watched: list[Watched] = []

    def start(self, processes: Sequence[Process]) -> None:
        for process in processes:
            process.start()
            self.watched.append(Watched(process, started=time.monotonic()))

    def look(self) -> None:
        """Notice deaths, and start again what has waited long enough."""
        now = time.monotonic()
        for one in self.watched:
            if one.due is not None and now >= one.due:
                one.process.start()
                one.started, one.due = now, None
            elif one.due is None and not one.process.is_alive:
                one.deaths = 1 if now - one.started > STEADY else one.deaths + 1
                one.due = now + pause(one.deaths)
                # Its own children may have outlived it, and would work beside those of its successor.
                one.process.end_family()
                self.say(f"The {one.process.name} {one.process.ending()}; starting it again (log: {one.process.log}).")

    def hopeless(self) -> Process | None:
        return next((one.process for one in self.watched if one.deaths >= HOPELESS), None)

    def stop(self, seconds: float) -> None:
        stop_together([one.process for one in reversed(self.watched)], seconds)
