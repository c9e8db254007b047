"""Runs of a screen in their order: a part's run waits until the run before it has been told to the browser.

Streamlit 1.67 drops what a finished run still has to tell when a part's own timer asks in that moment: the
request starts a new runner, and events of the old one are ignored from then on (`AppSession`; noted in
streamlit issue 9921). The last elements of a board are lost that way, and so is the timer that would draw it
anew: the screen stands still and looks alive. It happens when the event loop lags, which is when many screens
are open and much is going on.
"""

from collections import deque
from collections.abc import Callable
from typing import Protocol

from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData

AGAIN_S = 0.01
"""How soon to look again whether the run before has been told."""

Start = Callable[[RerunData], None]


class Loop(Protocol):
    """What is needed of an event loop."""

    def call_later(self, delay: float, callback: Callable[[], None]) -> object:
        """Call `callback` after `delay` seconds."""


class Runner(Protocol):
    """What is needed of a script runner."""

    def request_rerun(self, rerun_data: RerunData) -> bool:
        """Take the run if the runner has not ended; return whether it took it."""


class InOrder:
    """The runs of one session that wait for the run before them, first come first served.

    A run carries what every field held when it was asked for: one that overtakes another takes back what the
    later one had changed.
    """

    def __init__(self, current: Callable[[], Runner | None], loop: Loop, start: Start) -> None:
        """`current` returns the session's runner, `start` begins one with a run.

        No runner: its last event was told, or it was ended on purpose because the screen is drawn anew.
        """
        self._current = current
        self._loop = loop
        self._start = start
        self._waiting: deque[RerunData] = deque()
        self._looks_again = False

    def ask(self, run: RerunData) -> None:
        """Begin `run` or give it to a runner at work, once no ended runner and no earlier run is left."""
        self._waiting.append(run)
        self._go()

    def _go(self) -> None:
        while self._waiting:
            runner = self._current()
            if runner is None:
                self._start(self._waiting.popleft())
            elif runner.request_rerun(self._waiting[0]):
                self._waiting.popleft()
            else:
                if not self._looks_again:
                    self._looks_again = True
                    self._loop.call_later(AGAIN_S, self._again)
                return

    def _again(self) -> None:
        self._looks_again = False
        self._go()


def install() -> None:
    """Put the order into Streamlit's sessions; twice is the same as once."""
    start = AppSession._create_scriptrunner
    if getattr(start, "in_order", False):
        return
    name = "_sigap_runs_in_order"

    def create(session: AppSession, initial_rerun_data: RerunData) -> None:
        def begin(run: RerunData) -> None:
            # The browser may have gone while the run waited.
            if session._state is not AppSessionState.SHUTDOWN_REQUESTED:
                start(session, run)

        runs = getattr(session, name, None)
        if runs is None:
            runs = InOrder(lambda: session._scriptrunner, session._event_loop, begin)
            setattr(session, name, runs)
        runs.ask(initial_rerun_data)

    create.in_order = True  # type: ignore[attr-defined]
    AppSession._create_scriptrunner = create  # type: ignore[method-assign,assignment]
