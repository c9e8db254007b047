"""Pengerahan: the duty officer sees which units are really nearest and sends them (SOP step 5)."""

import streamlit as st

from domain.errors import SigapError
from domain.permissions import Action, may
from domain.response_plan import IncidentType
from geo.errors import GeoError
from services import registry
from services.monitoring import Board, BoardRow
from services.suggestion import Suggested
from ui import (
    dispatch_actions,
    dispatch_case,
    dispatch_list,
    dispatch_map,
    dispatch_picks,
    dispatch_reading,
    live,
    parts,
    session,
    watch_reading,
)
from ui.dispatch_picks import Choice
from ui.dispatch_reading import Reading
from ui.i18n import _, sentence
from ui.weather import weather_popover
from ui.words import plain


def draw_map(row: BoardRow, found: Suggested, choice: Choice, board: Board, *, may_choose: bool) -> None:
    """Show the map; a click on a unit shows its way, another one ticks it."""
    case_id = row.case.case_id
    seen = dispatch_map.show(row, found, choice, board.rows)
    dispatch_map.layers()
    dispatch_map.legend(dispatch_picks.focused(case_id, found.suggestion.candidates), found)
    clicked = dispatch_picks.clicked_unit(
        seen.get("last_object_clicked_tooltip"), seen.get("last_object_clicked_count")
    )
    known, open_to_choice = found.suggestion.candidates, choice.choosable if may_choose else ()
    if clicked and dispatch_picks.click(case_id, clicked, known, open_to_choice):
        st.rerun()


def draw_list(row: BoardRow, reading: Reading, choice: Choice, board: Board, *, may_choose: bool) -> None:
    """Show what the plan needs, what the case has, what can be added, and the actions."""
    case, found = row.case, reading.found
    numbers = {other.case.case_id: other.case.call_no for other in board.rows}
    ticked = [c for c in choice.shown if dispatch_picks.is_picked(case.case_id, c)]
    plan = _plan(found).at_alarm(found.alarm)
    dispatch_actions.refusal(case.case_id)
    with st.container(border=True, key="dispatch_needs"):
        dispatch_list.needs(case, plan, found, [*choice.own, *ticked])
    with st.container(key="dispatch_candidates"):
        if reading.better is not None:
            dispatch_list.advice(reading.better, numbers)
        states = {unit.unit.unit_code: unit for unit in board.units}
        dispatch_actions.own_units(case, states, numbers, parts.now())
        dispatch_list.candidates(case, found, choice, may_choose=may_choose)
        dispatch_list.left_out(found, numbers)
    with st.container(border=True, key="dispatch_actions"):
        dispatch_actions.buttons(case, session.require_actor(), ticked, found.suggestion.recommended)


def _plan(found: Suggested) -> IncidentType:
    return registry.incident_type(parts.here(), found.suggestion.incident_type)


def draw_case(row: BoardRow, board: Board) -> None:
    """Show the suggestion for one case, or what the case lacks before there can be one."""
    try:
        with st.spinner(_("Menghitung jalur darat, air, dan udara …")):
            reading = dispatch_reading.shared.of(parts.here(), parts.now(), row, board)
    except (SigapError, GeoError) as why:
        with st.container(border=True, key="dispatch_incomplete"):
            title = _("Unit belum dapat dibandingkan")
            st.markdown(f"**{title}**")
            st.write(plain(sentence(why)))
            dispatch_case.to_case(row.case)
        return
    found = reading.found
    choice = dispatch_picks.choice(row.case, found.suggestion.candidates)
    actor = session.require_actor()
    may_choose = may(actor.role, Action.PROPOSE_UNITS)
    left, right = st.columns([55, 45])
    with left:
        draw_map(row, found, choice, board, may_choose=may_choose)
    with right, st.container(key="dispatch_right"):
        with st.container(horizontal=True, vertical_alignment="center", key="dispatch_conditions"):
            dispatch_actions.alarm(row.case, actor, _plan(found))
            weather_popover(actor)
        draw_list(row, reading, choice, board, may_choose=may_choose)


def draw() -> None:
    """Draw the screen from one reading of the board."""
    center, at = parts.here(), parts.now()
    parts.notice()
    session.require_actor()
    board = watch_reading.shared.of(center, at).board
    turns = live.board_turns(center, board, at)
    row = dispatch_case.choose(board.rows)
    until = live.earliest([*turns, live.next_move(center, board.units, at)], at)
    live.redraw_when_changed(board.version, until, live.Shown(row.case, at) if row is not None else None)
    if row is not None:
        draw_case(row, board)


draw()
