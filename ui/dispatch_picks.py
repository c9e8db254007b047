"""Which units an officer has ticked: the recommendation, except where the officer decided otherwise.

Only the deviations are remembered. When a recommended unit is lost to another case, the next best one is
ticked by itself, while what the officer unticked stays unticked. On the map the first click on a unit shows
its way, a second one ticks it.
"""

from collections.abc import Iterable, Sequence

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


def choosable(case: Case, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates that the case does not have yet."""
    return [c for c in candidates if case.active_assignment(c.state.unit.unit_code) is None]


def own(case: Case, candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates that the case has."""
    return [c for c in candidates if case.active_assignment(c.state.unit.unit_code) is not None]


def in_sight(case_id: str, choosable: Sequence[Candidate]) -> list[Candidate]:
    """Return those that are listed and drawn: the nearest, what is recommended, ticked or clicked; or all.

    Nobody compares two hundred units, and each costs every open screen its line and its mark.
    """
    if len(choosable) <= NEAREST or st.session_state.get(field(case_id, _ALL)):
        return list(choosable)
    focus, mine = focused(case_id, choosable), picks(case_id)
    return [
        c
        for place, c in enumerate(choosable)
        if place < NEAREST or c is focus or c.recommended or mine.get(c.state.unit.unit_code)
    ]


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
