"""Runs of a screen in their order: a part's run waits until the run before it has been told to the browser.

Streamlit 1.67 drops what a finished run still has to tell when a part's own timer asks in that moment: the
request starts a new runner, and events of the old one are ignored from then on (`AppSession`; noted in
streamlit issue 9921). The last elements of a board are lost that way, and so is the timer that would draw it
anew: the screen stands still and looks alive. It happens when the event loop lags, which is when many screens
are open and much is going on.
"""

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
        """Take the run if the runner has not ended; return whether it did."""


def start_in_order(current: Callable[[], Runner | None], loop: Loop, start: Start, run: RerunData) -> None:
    """Start `run` by `start` once no ended runner is left, or give it to a runner that has begun since.

    `current` returns the session's runner: None once its last event was told, or when it was ended on purpose
    because the whole screen is drawn anew.
    """
    ended = current()
    if ended is None:
        start(run)
        return

    def again() -> None:
        runner = current()
        if runner is None:
            start(run)
        elif runner is ended or not runner.request_rerun(run):
            loop.call_later(AGAIN_S, again)

    loop.call_later(AGAIN_S, again)


def install() -> None:
    """Put the order into Streamlit's sessions; twice is the same as once."""
    start = AppSession._create_scriptrunner
    if getattr(start, "in_order", False):
        return

    def create(session: AppSession, initial_rerun_data: RerunData) -> None:
        def begin(run: RerunData) -> None:
            # The browser may have gone while the run waited.
            if session._state is not AppSessionState.SHUTDOWN_REQUESTED:
                start(session, run)

        start_in_order(lambda: session._scriptrunner, session._event_loop, begin, initial_rerun_data)

    create.in_order = True  # type: ignore[attr-defined]
    AppSession._create_scriptrunner = create  # type: ignore[method-assign,assignment]
