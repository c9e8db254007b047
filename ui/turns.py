"""Screens that are drawn anew by themselves take turns: whoever presses a button does not wait for them.

When something is stored, every open screen is drawn anew in the same second. Python runs one of them at a
time in effect: all at once, the screen on which somebody works gets a twentieth of it and answers a second
later. So only one is drawn at a time, and none begins while somebody's own screen is drawn (unless it has
waited for a second: a busy room must not keep the wall from a new call). The others wait in their order,
without costing anything, and one that is asked for something meanwhile is let go at once.
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AT_ONCE = 1
GIVES_WAY_S = 1.0
PATIENCE_S = 5.0
LOOK_EVERY_S = 0.05


class Turns:
    """Lets `at_once` through at a time, first come first served, and nobody while somebody is `at_work`."""

    def __init__(
        self, at_once: int, gives_way_s: float = GIVES_WAY_S, patience_s: float = PATIENCE_S
    ) -> None:
        """Start with all free.

        Who has waited for `gives_way_s` gives way to people at work no more; who has waited for `patience_s`
        goes without a turn: one screen that hangs must not stop all others.
        """
        self._lock = threading.Lock()
        self._free = at_once
        self._gives_way_s, self._patience_s = gives_way_s, patience_s
        self._waiting: deque[threading.Event] = deque()
        self._at_work = 0
        self._quiet = threading.Event()
        self._quiet.set()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Draw a screen for somebody who works on it: at once, and no turn begins meanwhile."""
        with self._lock:
            self._at_work += 1
            self._quiet.clear()
        try:
            yield
        finally:
            with self._lock:
                self._at_work -= 1
                if not self._at_work:
                    self._quiet.set()

    @contextmanager
    def turn(self, check: Callable[[], None]) -> Iterator[None]:
        """Wait for a turn and have it. `check` is called meanwhile; what it raises ends the waiting."""
        came = time.monotonic()
        until = came + self._gives_way_s
        has_turn = self._take(check, came + self._patience_s)
        try:
            while time.monotonic() < until and not self._quiet.wait(LOOK_EVERY_S):
                check()
            yield
        finally:
            if has_turn:
                self._give_back()

    def _take(self, check: Callable[[], None], until: float = math.inf) -> bool:
        """Return whether the turn came before `until`."""
        mine = threading.Event()
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            self._waiting.append(mine)
        try:
            while not mine.wait(LOOK_EVERY_S):
                check()
                if time.monotonic() >= until:
                    return not self._gone(mine)
            return True
        except BaseException:
            if not self._gone(mine):
                # The turn came in this very moment.
                self._give_back()
            raise

    def _gone(self, mine: threading.Event) -> bool:
        """Wait no more; return whether the turn had not come yet."""
        with self._lock:
            if mine in self._waiting:
                self._waiting.remove(mine)
                return True
        return False

    def _give_back(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


shared = Turns(AT_ONCE)
