"""What needs a decision, what happened last, and the four figures of the day."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

import streamlit as st

from analytics.selection import Selection
from domain.alarms import AlarmKind
from domain.case import Case
from domain.events import Event
from domain.words import StepState
from services import analysis, monitoring
from services.analysis import Spread
from services.monitoring import Board
from ui import goto
from ui.event_words import action_label
from ui.i18n import _, format_datetime, format_number, format_time
from ui.parts import here
from ui.words import plain

PERIOD_DAYS = 30
_SHOWN_DECISIONS = 3
_CASE_ENTITIES = ("case", "identity", "alarm", "outbox", "retention")


def figures(board: Board, now: datetime) -> None:
    """Show open cases, late ones, units at work and how fast the center was."""
    response = _response(here().started_at, board.version, now)
    with st.container(key="watch_figures_late" if board.late else "watch_figures"):
        first, second, third, fourth = st.columns([1, 1, 1.2, 1.6])
        first.metric(_("Kasus terbuka"), len(board.rows))
        second.metric(_("Terlambat"), board.late)
        third.metric(_("Unit bertugas"), f"{len(board.committed)} / {len(board.units)}")
        if response.n == 0 or response.median_s is None or response.p90_s is None:
            fourth.metric(
                _("Waktu tanggap, {days} hari").format(days=PERIOD_DAYS),
                "–",
                _("belum ada data"),
                delta_color="off",
                delta_arrow="off",
            )
        else:
            fourth.metric(
                _("Waktu tanggap, {days} hari").format(days=PERIOD_DAYS),
                _("{minutes} mnt").format(minutes=format_number(response.median_s / 60, 1)),
                _("median · P90 {p90} mnt · n = {n}").format(
                    p90=format_number(response.p90_s / 60, 1), n=format_number(response.n)
                ),
                delta_color="off",
                delta_arrow="off",
                help=_("Dari laporan diterima sampai unit pertama tiba, kasus yang sudah ada unit tiba."),
            )


@st.cache_data(max_entries=4, show_spinner=False)
def _response(started_at: datetime, version: int, _now: datetime) -> Spread:
    """Return the response times of the last days; counted again once something was stored."""
    return analysis.interval(here(), last_days(PERIOD_DAYS, _now), "response_s")


def last_days(days: int, now: datetime) -> Selection:
    """Return the cases of the last days, and of the part of an hour before them.

    Within an hour it is the same selection: each other one leaves its question behind in memory, 0.1 MB.
    """
    return Selection(since=now.replace(minute=0, second=0, microsecond=0) - timedelta(days=days))


def waiting(board: Board) -> list[Case]:
    """Return the recorded calls whose class is not decided yet, oldest first."""
    undecided = [
        row.case
        for row in board.rows
        if row.case.step(1).state is StepState.DONE and not row.case.call.call_class
    ]
    return sorted(undecided, key=lambda case: case.call.received_at)


def decisions(cases: Sequence[Case]) -> None:
    """Show the calls that wait for a decision, each with the way to it."""
    if not cases:
        return
    with st.container(key="watch_decisions"):
        for case in cases[:_SHOWN_DECISIONS]:
            if st.button(
                plain(_question(case)),
                key=f"watch_decide_{case.case_id}",
                icon=":material/gavel:",
                width="stretch",
            ):
                goto.case(case.case_id)
        if len(cases) > _SHOWN_DECISIONS:
            st.caption(_("dan {n} panggilan lain di bawah").format(n=len(cases) - _SHOWN_DECISIONS))


def _question(case: Case) -> str:
    proposed = case.call.proposed_class
    if proposed is None:
        return _("Putuskan {call_no}: belum ada usulan jenis panggilan, diterima {time}").format(
            call_no=case.call_no, time=format_time(case.call.received_at)
        )
    return _("Putuskan {call_no}: diusulkan {call_class} oleh {by}, diterima {time}").format(
        call_no=case.call_no,
        call_class=_(proposed.label),
        by=case.call.proposed_by or "–",
        time=format_time(case.call.received_at),
    )


def feed(events: Sequence[Event], board: Board) -> None:
    """Show the newest changes: when, who, what, of which case or unit."""
    numbers = {row.case.case_id: row.case.call_no for row in board.rows}
    nothing = escape(_("Belum ada kejadian tercatat."))
    lines = "".join(_line(event, numbers) for event in events) or f"<li>{nothing}</li>"
    st.html(f'<ul class="sigap-feed">{lines}</ul>')


def _line(event: Event, numbers: dict[str, str]) -> str:
    late = ""
    if event.is_late_entry:
        entered = _("dicatat {time}").format(time=format_datetime(event.entered_at))
        word = _("susulan")
        late = f' <abbr title="{escape(entered)}">{escape(word)}</abbr>'
    time = format_time(event.occurred_at, seconds=True)
    return (
        f"<li><time>{escape(time)}</time><b>{escape(_subject(event, numbers))}</b>"
        f"<span>{escape(_what(event))}{late}</span><i>{escape(event.actor)}</i></li>"
    )


def _what(event: Event) -> str:
    """Return what an event did; of an alarm also which kind it is."""
    label = action_label(event.action)
    return f"{label}: {_(AlarmKind(event.after['kind']).label)}" if event.entity == "alarm" else label


def _subject(event: Event, numbers: dict[str, str]) -> str:
    if event.entity not in _CASE_ENTITIES:
        return event.entity_id
    return numbers.get(event.entity_id) or call_number(event.entity_id)


@st.cache_data(max_entries=1000, show_spinner=False)
def call_number(case_id: str) -> str:
    """Return the number of a case that is no longer open. It never changes, so it is kept.

    Raises NotFound only for an event without its case, which the store does not allow.
    """
    return monitoring.get(here(), case_id).call_no
