"""The SOP clocks on screen: the board of open cases and the strip of a case's nine steps.

Both count in the browser. The server sends when a step started and is due, once, and again only when
something was stored; twenty open screens therefore cost it nothing between two changes.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import streamlit as st

from domain.case import Case
from domain.clock import StepClock
from domain.words import StepState, Urgency
from services.monitoring import BoardRow
from ui.i18n import _, format_duration
from ui.parts import here
from ui.words import case_title, case_where, priority_code, step_name

_FOLDER = Path(__file__).parent / "static" / "components"


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_CLOCK = _text("clock.js")
_board = st.components.v2.component(
    "sigap_board", html='<div class="board"></div>', css=_text("board.css"), js=_CLOCK + _text("board.js")
)
_strip = st.components.v2.component(
    "sigap_strip", html='<div class="steps"></div>', css=_text("strip.css"), js=_CLOCK + _text("strip.js")
)


def board(rows: Sequence[BoardRow], now: datetime, key: str) -> str | None:
    """Show the open cases, worst first as given; return the id of one that was just clicked."""
    answer = _board(
        key=key,
        data={"rows": [_card(row) for row in rows], "now": _ms(now), "words": _words()},
        on_opened_change=lambda: None,
    )
    return answer.opened if answer.opened else None


def strip(case: Case, clocks: Sequence[StepClock], now: datetime, key: str) -> None:
    """Show the nine steps of a case with their clocks."""
    _strip(
        key=key,
        data={"steps": [_step(case, clock) for clock in clocks], "now": _ms(now), "words": _words()},
    )


def _card(row: BoardRow) -> dict[str, Any]:
    case = row.case
    return {
        "id": case.case_id,
        "priority": priority_code(case.incident.priority),
        "title": case_title(case),
        "sub": case_where(case),
        "steps": [_segment(clock) for clock in row.clocks],
        "step_words": [f"{clock.no}. {step_name(clock.no)}: {_(clock.state.label)}" for clock in row.clocks],
        "clock": _running(row.pressing),
    }


def _segment(clock: StepClock) -> str:
    if clock.state is StepState.DONE and clock.urgency is Urgency.LATE:
        return "overran"
    return str(clock.state.value)


def _step(case: Case, clock: StepClock) -> dict[str, Any]:
    done = clock.state is StepState.DONE
    standard = _("standar {time}").format(time=format_duration(clock.target_s))
    took = (
        format_duration(clock.elapsed_s)
        if done and clock.elapsed_s is not None
        else format_duration(clock.target_s)
    )
    late = done and clock.urgency is Urgency.LATE
    return {
        "no": clock.no,
        "name": step_name(clock.no),
        "title": f"{clock.no}. {step_name(clock.no)} · {_(clock.state.label)} · {standard}",
        "state": clock.state.value,
        "urgency": ("late" if late else "safe") if done else "",
        "clock": _running(clock) if clock.state is StepState.IN_PROGRESS else None,
        "took": took if clock.state is not StepState.SKIPPED else "–",
        "word": _("Terlambat") if late else _(clock.state.label),
    }


def _running(clock: StepClock | None) -> dict[str, Any] | None:
    if clock is None or clock.due_at is None:
        return None
    return {
        "step": clock.no,
        "due": _ms(clock.due_at),
        "target": clock.target_s,
        "soon": here().pack.sop.soon_share,
    }


def _words() -> dict[str, str]:
    words = {urgency.value: _(urgency.label) for urgency in Urgency}
    return {**words, "step": _("Langkah"), "none": _("Tidak ada jam berjalan")}


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
