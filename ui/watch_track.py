"""What live positions say on Pemantauan: motions to confirm, and arrivals against what was promised.

Positions come in between two changes of the board, so both look by themselves every few seconds.
"""

from html import escape

import streamlit as st

from domain.case import Actor
from domain.permissions import Action, may
from services import assignment, tracking
from services.change import CaseRef
from services.tracking import Arrival, ToConfirm
from ui import session
from ui.i18n import _, format_duration, format_time
from ui.parts import act, here, now
from ui.watch_reading import shared
from ui.words import plain

_MOST = 3


@st.fragment(run_every="5s")
def confirmations() -> None:
    """Show the motions that tracks suggest; a press records one, at the time of its position."""
    center, at = here(), now()
    actor = session.actor()
    waiting = tracking.to_confirm(center, at, shared.of(center, at).board.cases)
    may_record = actor is not None and may(actor.role, Action.UNIT_PROGRESS)
    with st.container(key="watch_confirm"):
        for one in waiting[:_MOST]:
            pressed = st.button(
                plain(_words(one)),
                key=f"watch_confirm_{one.unit_code}_{one.progress.value}",
                icon=":material/near_me:",
                width="stretch",
                disabled=not may_record,
            )
            if pressed and actor is not None:
                _record(actor, one)
        if len(waiting) > _MOST:
            st.caption(_("dan {n} gerak unit lain").format(n=len(waiting) - _MOST))


def _record(actor: Actor, one: ToConfirm) -> None:
    """Record the motion at the time of the position that showed it, as the case was on screen."""
    ref = CaseRef(one.case_id, one.version)

    def record() -> object:
        return assignment.record_progress(
            here(), now(), actor, ref, one.unit_code, one.progress, occurred_at=one.at, heard=False
        )

    act(record, _("{unit}: {step}.").format(unit=one.unit_code, step=_(one.progress.label).lower()))


def _words(one: ToConfirm) -> str:
    return _("{unit} {motion} {time} ({call_no}): catat {step}").format(
        unit=one.unit_code,
        motion=_(one.motion.label),
        time=format_time(one.at, seconds=True),
        call_no=one.call_no,
        step=_(one.progress.label).lower(),
    )


@st.fragment(run_every="15s")
def arrivals() -> None:
    """Show when each unit under way will be there now, beside what was promised."""
    center, at = here(), now()
    found = tracking.arrivals(center, at, shared.of(center, at).board)
    if not found:
        return
    lines = "".join(_line(one) for one in sorted(found.values(), key=lambda one: one.expected))
    title = escape(_("Tiba menurut posisi sekarang"))
    st.html(f'<div class="sigap-arrivals"><b>{title}</b><ul>{lines}</ul></div>')


def _line(one: Arrival) -> str:
    words = _("tiba {early}–{late}").format(early=format_time(one.early), late=format_time(one.late))
    if one.is_estimate:
        words += " " + _("perkiraan")
    behind = one.behind_s
    kind, promise = "", ""
    if behind is not None and one.promised is not None:
        kind, word = ("late", _("terlambat")) if behind > 60 else ("safe", _("sesuai janji"))
        promise = _("janji {time}, {word}").format(time=format_time(one.promised), word=word)
        if abs(behind) > 60:
            promise += " " + format_duration(behind)
    return (
        f"<li><b>{escape(one.unit_code)}</b> <span>{escape(words)}</span> "
        f'<i class="{kind}">{escape(promise)}</i></li>'
    )
