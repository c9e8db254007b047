"""Notices when the machine's clock is set: by hand, by a time server, after a flat battery.

SOP clocks, alarms and ages of positions count by the machine's clock. A step of it makes them wrong for what
is under way, and nothing on a screen looks wrong. So a worker compares it with the steady clock of the
machine, which nobody can set and which goes on while the machine sleeps; a step stands in the trail and, for
half a day, on every screen. Nothing is corrected by itself: which time was right, only people know.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from database import wall_clock as store
from database.wall_clock import Step
from domain.case import Actor
from domain.words import N_, Role

if TYPE_CHECKING:
    from services.center import Center

LOOK_EVERY_S = 2.0
LEAST_STEP_S = 2.0
"""Smaller steps between two looks are corrections that disturb nothing."""
TOLD_FOR = timedelta(hours=12)
STEPPED, STEPPED_LABEL = store.STEPPED, N_("Jam komputer berubah")
ENTITY = store.ENTITY
WATCHER = Actor("Sigap", Role.ADMIN)
_log = logging.getLogger(__name__)

Clocks = Callable[[], tuple[float, float]]
"""Gives the wall clock (seconds since 1970) and the steady clock, seconds, read together."""


def machine() -> tuple[float, float]:
    """Read the machine's clocks; the steady one counts sleep where the system has such a clock (Linux)."""
    steady = getattr(time, "CLOCK_BOOTTIME", None)
    return time.time(), time.monotonic() if steady is None else time.clock_gettime(steady)


class Watch:
    """Compares the two clocks again and again."""

    def __init__(self, clocks: Clocks = machine) -> None:
        """Take the difference of the clocks as it is now for right."""
        self._clocks = clocks
        self._difference = self._read()

    def _read(self) -> float:
        wall, steady = self._clocks()
        return wall - steady

    def look(self) -> float | None:
        """Return by how many seconds the wall clock was set since the last look (back: below 0), or None."""
        difference = self._read()
        step, self._difference = difference - self._difference, difference
        return step if abs(step) >= LEAST_STEP_S else None


def look(center: "Center", watch: Watch, now: datetime) -> bool:
    """Note a step in log and trail; return whether there was one."""
    seconds = watch.look()
    if seconds is None:
        return False
    _note(center, now, seconds)
    return True


def begin(center: "Center", now: datetime) -> None:
    """Note at the start when the clock lies before what was stored last."""
    newest = store.newest_entry(center.db.read())
    if newest is not None and (newest - now).total_seconds() >= LEAST_STEP_S:
        _note(center, now, (now - newest).total_seconds())


def warning(center: "Center", now: datetime) -> Step | None:
    """Return the last step when it is less than half a day old, else None. Asks memory only."""
    step = center.db.kept("clock_step", store.newest_step)
    return step if step is not None and abs(now - step.at) <= TOLD_FOR else None


def is_doubtful(center: "Center", now: datetime) -> bool:
    """Whether the clock was set lately, so that nothing may be deleted for its age."""
    return warning(center, now) is not None


def run(center: "Center", stop: threading.Event) -> None:
    """Look every two seconds until `stop`; whatever goes wrong is logged, and it goes on."""
    watch = Watch()
    started = False
    while not stop.is_set():
        try:
            if not started:
                begin(center, datetime.now(UTC))
                started = True
            look(center, watch, datetime.now(UTC))
        except Exception:
            _log.exception("the clock could not be watched; the next look is in %s s", LOOK_EVERY_S)
        stop.wait(LOOK_EVERY_S)


def _note(center: "Center", now: datetime, seconds: float) -> None:
    _log.warning("the machine's clock was set by %+.1f s", seconds)
    with center.db.write() as writer:
        store.append(writer, WATCHER, now, seconds)
