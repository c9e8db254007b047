"""What runs beside the screens as long as the command center is open: each worker in a thread of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from services import (
    access_log,
    alarms,
    anchors,
    backup,
    delivery,
    drafts,
    live,
    notify,
    sessions,
    tokens,
    wall_clock,
    warm,
)
from services.center import Center

Worker = Callable[[Center, threading.Event], None]
"""Works until the event is set, and then soon returns."""

WORKERS: tuple[Worker, ...] = (
    warm.run,
    live.run,
    alarms.run,
    notify.run,
    delivery.run,
    anchors.run,
    sessions.run,
    tokens.run,
    access_log.run,
    backup.run,
    wall_clock.run,
    drafts.run,
)


class Stop(threading.Event):
    """Tells one worker to end; each time the worker waits for it, one more of its turns is done."""

    def __init__(self) -> None:
        super().__init__()
        self.turned_at = self.next_by = monotonic()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as any event; remember when, and until when the next turn may keep one waiting."""
        self.turned_at = monotonic()
        self.next_by = self.turned_at + (timeout or 0)
        ended = super().wait(timeout)
        self.turned_at = monotonic()
        return ended


@dataclass(frozen=True, slots=True)
class State:
    """A worker by its module's name: whether its thread lives, and the seconds since its last turn.

    `overdue_s`: for how long it has not come back to wait, beyond the time that it wanted to wait.
    `has_task`: it works until Sigap stops; warming up ends by itself.
    """

    name: str
    is_alive: bool
    turn_age_s: float
    overdue_s: float
    has_task: bool


_running: tuple[tuple[Worker, threading.Thread, Stop], ...] = ()


def states() -> tuple[State, ...]:
    """Return how the workers of this process are; none while it starts or stops."""
    now = monotonic()
    return tuple(
        State(
            thread.name.rpartition(".")[2],
            thread.is_alive(),
            now - stop.turned_at,
            max(0.0, now - max(stop.turned_at, stop.next_by)),
            work is not warm.run,
        )
        for work, thread, stop in _running
    )


@contextmanager
def running(center: Center, workers: Sequence[Worker] = WORKERS) -> Iterator[None]:
    """Run the workers while the block runs; at its end none of them touches the center any more."""
    global _running
    stops = [Stop() for _ in workers]
    threads = [
        threading.Thread(target=work, args=(center, stop), name=work.__module__)
        for work, stop in zip(workers, stops, strict=True)
    ]
    try:
        for thread in threads:
            thread.start()
        _running = tuple(zip(workers, threads, stops, strict=True))
        yield
    finally:
        _running = ()
        for stop in stops:
            stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
