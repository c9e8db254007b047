"""Keeping a screen up to date by itself: it is drawn anew when something changed, and only then.

Clocks count in the browser, so most seconds need nothing from the server. Two things change a picture:
something was stored (the version of `services.monitoring`), or a moment passed (a clock turned yellow or
red, a proposal ran out).
"""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import streamlit as st

from domain.case import Case
from domain.clock import StepClock
from domain.units import UnitState
from domain.words import UnitStatus
from services import monitoring, weather
from services.center import Center
from services.monitoring import Board
from ui.parts import here, now
from ui.state import BY_ITSELF

LOOK_EVERY = "1s"
LOOK_AGAIN_S = 15
"""While units move or get ready, arrivals are worked out anew at least so often."""
OTHERS_EVERY_S = 5
"""A page of one case is drawn anew at most so often because of other cases: they only take units away, and
whoever chooses one that was taken is told so."""


@st.fragment(run_every=LOOK_EVERY)
def redraw_when_changed(version: int, until: datetime | None, of: "Shown | None" = None) -> None:
    """Draw the whole page anew once the stored version is not `version`, or the time `until` has come.

    of: the page shows one case; what changes others then waits until the page is `OTHERS_EVERY_S` old.
    A fragment of its own that shows nothing: looking asks memory only, and the page's elements (the
    map above all) keep their place in the browser.
    """
    changed = monitoring.version(here()) != version and (of is None or of.is_outdated(here(), now()))
    if changed or (until is not None and now() >= until):
        st.session_state[BY_ITSELF] = True
        st.rerun()


@dataclass(frozen=True, slots=True)
class Shown:
    """The case that a page shows, as it was when the page was drawn at `at`."""

    case: Case
    at: datetime

    def is_outdated(self, center: Center, now: datetime) -> bool:
        """Return whether an event must be shown: the case has changed, or the page is old enough."""
        if not timedelta(0) <= now - self.at < timedelta(seconds=OTHERS_EVERY_S):
            return True
        return all(case != self.case for case in monitoring.open_cases(center))


def next_turn(clocks: Iterable[StepClock | None], soon_share: float, at: datetime) -> datetime | None:
    """Return the next moment after `at` when one of these clocks becomes yellow or red."""
    turns = []
    for clock in clocks:
        if clock is not None and clock.due_at is not None:
            # Urgency changes once these shares of the standard are exceeded, hence a second later.
            soon = clock.due_at - timedelta(seconds=(1 - soon_share) * clock.target_s)
            turns += [soon + timedelta(seconds=1), clock.due_at + timedelta(seconds=1)]
    return min((turn for turn in turns if turn > at), default=None)


def next_move(center: Center, units: Sequence[UnitState], at: datetime) -> datetime | None:
    """Return when arrivals or readiness can have changed though nothing was stored, or None.

    Units move and their positions grow old, a crew that was told to go gets ready, the told weather lapses.
    """
    told = weather.current(center, at)
    lapses = told.observed_at + timedelta(seconds=center.pack.city.weather_valid_s + 1) if told else None
    moving = any(u.fix_age_s is not None or u.status is UnitStatus.DISPATCHED for u in units)
    # Not all screens in the same second.
    again_s = random.uniform(LOOK_AGAIN_S * 2 / 3, LOOK_AGAIN_S)
    return earliest([lapses, at + timedelta(seconds=again_s) if moving else None], at)


def board_turns(center: Center, board: Board, at: datetime) -> list[datetime | None]:
    """Return the moments at which a board turns by itself: a clock's colour, the end of a hold."""
    turn = next_turn((row.pressing for row in board.rows), center.pack.sop.soon_share, at)
    return [turn, *(end for row in board.rows for end in hold_ends(center, row.case).values())]


def hold_ends(center: Center, case: Case) -> dict[str, datetime]:
    """Return until when each proposed, not yet sent unit of a case is held, by unit code."""
    hold = timedelta(seconds=center.pack.city.hold_s)
    return {u.unit_code: u.proposed_at + hold for u in case.active_units if u.dispatched_at is None}


def earliest(moments: Iterable[datetime | None], at: datetime) -> datetime | None:
    """Return the first of these moments that lies after `at`."""
    return min((moment for moment in moments if moment is not None and moment > at), default=None)
