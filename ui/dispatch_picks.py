"""Which units an officer has ticked: the recommendation, except where the officer decided otherwise.

Only the deviations are remembered. When a recommended unit is lost to another case, the next best one is
ticked by itself, while what the officer unticked stays unticked. On the map the first click on a unit shows
its way, a second one ticks it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from domain.case import Case
from domain.suggest import Candidate
from ui import drafts, maps
from ui.state import UNIT_CLICK, UNIT_CLICKS_SEEN, UNIT_FOCUS, UNIT_PICKS, field

TICK = "✓ "
NEAREST = 30
_ALL = "all_units"


def picks(case_id: str) -> dict[str, bool]:
    """Return the officer's own decisions for a case, by unit code."""
    everywhere: dict[str, dict[str, bool]] = st.session_state.setdefault(UNIT_PICKS, {})
    if case_id not in everywhere:
        everywhere[case_id] = drafts.remembered(_draft(case_id))
    return everywhere[case_id]


def keep(case_id: str) -> None:
    """Let the decisions survive a reload; called whenever they changed."""
    drafts.remember(_draft(case_id), picks(case_id))


def _draft(case_id: str) -> str:
    return f"picks-{case_id}"


def is_picked(case_id: str, candidate: Candidate) -> bool:
    """Return whether a candidate is ticked."""
    return picks(case_id).get(candidate.state.unit.unit_code, candidate.recommended)


def set_pick(case_id: str, unit_code: str, key: str) -> None:
    """Remember the tick box `key`, which was just changed."""
    picks(case_id)[unit_code] = bool(st.session_state[key])
    keep(case_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidates of a case: its `own`, those it can take, and of these the `shown`, listed and drawn."""

    own: tuple[Candidate, ...]
    choosable: tuple[Candidate, ...]
    shown: tuple[Candidate, ...]


def choice(case: Case, candidates: Iterable[Candidate]) -> Choice:
    """Return what there is to choose from.

    Shown are the nearest, what is recommended, ticked or clicked, or all once asked for: nobody compares two
    hundred units, and each costs every open screen its line and its mark.
    """
    own: list[Candidate] = []
    choosable: list[Candidate] = []
    for candidate in candidates:
        taken = case.active_assignment(candidate.state.unit.unit_code) is not None
        (own if taken else choosable).append(candidate)
    shown = choosable
    if not st.session_state.get(field(case.case_id, _ALL)):
        focus = focused(case.case_id, choosable)
        shown = [
            c
            for place, c in enumerate(choosable)
            if place < NEAREST or c is focus or c.recommended or is_picked(case.case_id, c)
        ]
    return Choice(tuple(own), tuple(choosable), tuple(shown))


def show_all(case_id: str) -> None:
    """List and draw every unit of this case from now on."""
    st.session_state[field(case_id, _ALL)] = True


def focused(case_id: str, candidates: Iterable[Candidate]) -> Candidate | None:
    """Return the unit whose way is shown, while it is among the candidates."""
    shown = st.session_state.get(UNIT_FOCUS)
    if shown is None or shown[0] != case_id:
        return None
    return next((c for c in candidates if c.state.unit.unit_code == shown[1]), None)


def clicked_unit(text: str | None, count: int | None) -> str | None:
    """Return the tooltip of a mark that was clicked since the last run, or None."""
    seam: str | None = st.session_state.pop(UNIT_CLICK, None)
    if seam is not None:
        return seam
    return text if maps.is_new_click(count, UNIT_CLICKS_SEEN) else None


def click(
    case_id: str, tooltip: str, candidates: Sequence[Candidate], open_to_choice: Sequence[Candidate]
) -> bool:
    """Show the way of the unit that a tooltip names; tick or untick it when its way is shown already.

    Only units `open_to_choice` are ticked. Returns whether anything changed.
    """
    words = {word.removeprefix(TICK).strip() for word in tooltip.split("·")}
    for candidate in candidates:
        code = candidate.state.unit.unit_code
        if code not in words:
            continue
        if st.session_state.get(UNIT_FOCUS) != (case_id, code):
            st.session_state[UNIT_FOCUS] = (case_id, code)
            return True
        if candidate in open_to_choice:
            picks(case_id)[code] = not is_picked(case_id, candidate)
            keep(case_id)
            return True
        return False
    return False
