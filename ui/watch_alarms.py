"""Alarms on Pemantauan, above the board: what, for whom, since when, how often it rang, and who ends it."""

from collections.abc import Sequence
from datetime import datetime
from html import escape

import streamlit as st

from domain.alarms import AlarmKind, FireClock
from domain.case import Actor
from domain.permissions import Action, may
from services import alarms, analysis
from services.alarms import LateWord, Listed
from services.monitoring import Board
from ui import session
from ui.call_clock import call_clock
from ui.duty import who_may
from ui.i18n import _, format_datetime, format_number, format_time
from ui.parts import act, here, now
from ui.watch_feed import last_days
from ui.words import step_name

LOOK_EVERY = "15s"
SHORTCUT = "F8"
MEAN_DAYS = 30
_SHOWN = 12
_FIRES_SHOWN = 2
_EARLY = (AlarmKind.STEP_80, AlarmKind.FIRE_80)


@st.fragment(run_every=LOOK_EVERY)
def panel() -> None:
    """Show the alarms that nobody acknowledged, worst first; the shortcut acknowledges the first.

    Drawn by itself now and then, because an alarm rings on; a new one brings the whole page anew.
    """
    found = alarms.listed(here(), now())
    if not found:
        return
    # Asked at each drawing: the role may have been changed meanwhile, in another window.
    actor = session.require_actor()
    can_answer = may(actor.role, Action.ACKNOWLEDGE_ALARM)
    with st.container(key="watch_alarms"):
        for place, one in enumerate(found[:_SHOWN]):
            words, button = st.columns([8, 2], vertical_alignment="center")
            words.html(_words(one))
            if can_answer:
                with button:
                    _answer(actor, one, is_first=place == 0)
        if len(found) > _SHOWN:
            st.caption(_("dan {n} alarm lain; tanggapi yang di atas dahulu").format(n=len(found) - _SHOWN))
        if not can_answer:
            st.caption(who_may(Action.ACKNOWLEDGE_ALARM))


def _answer(actor: Actor, one: Listed, *, is_first: bool) -> None:
    pressed = st.button(
        _("Tanggapi"),
        key=f"alarm_{one.alarm.key}",
        type="primary" if is_first else "secondary",
        shortcut=SHORTCUT if is_first else None,
        width="stretch",
    )
    if pressed:
        act(
            lambda: alarms.acknowledge(here(), now(), actor, one.alarm.key),
            _("Alarm {call_no} ditanggapi").format(call_no=one.alarm.call_no),
        )


def _words(one: Listed) -> str:
    alarm = one.alarm
    state = "passed" if one.passed else "soon" if alarm.kind in _EARLY else "late"
    text = alarm.text.sentence(_, format_datetime)
    if alarm.step is not None and alarm.step != 6:
        text += f" ({step_name(alarm.step)})"
    told = [
        _("untuk {roles}").format(roles=", ".join(_(role.label) for role in alarm.roles)),
        _("sejak {time}").format(time=format_time(alarm.due_at)),
        _("berbunyi {n} kali").format(n=one.rings),
    ]
    if one.passed:
        told.append(_("penyebabnya sudah lewat"))
    return (
        f'<div class="sigap-alarm {state}"><b>{escape(_(alarm.kind.label))}</b> '
        f"<i>{escape(alarm.call_no)}</i> {escape(text)}<span>{escape(' · '.join(told))}</span></div>"
    )


def late_words(board: Board, at: datetime) -> None:
    """Name the crews that missed a word; the second missed one is an alarm."""
    late = alarms.late_words(here(), at, [row.case for row in board.rows])
    if late:
        lines = "".join(f"<li>{escape(_late_word(one))}</li>" for one in late)
        st.html(f'<ul class="sigap-late-words">{lines}</ul>')


def _late_word(one: LateWord) -> str:
    return _("▲ Kabar regu {unit} terlambat ({call_no}): terakhir {last}, ditunggu {expected}").format(
        unit=one.welfare.unit_code,
        call_no=one.case.call_no,
        last=format_time(one.welfare.last_word),
        expected=format_time(one.welfare.expected_at),
    )


def fire_standard(board: Board, at: datetime) -> None:
    """Show the running fire standards, the oldest first, and the mean of the last days against it."""
    clocks = alarms.fire_clocks(here(), [row.case for row in board.rows])
    with st.container(horizontal=True, vertical_alignment="center", key="watch_fire"):
        _running(clocks, at)
        st.caption(_mean_words(board.version, at))


def _running(clocks: Sequence[FireClock], at: datetime) -> None:
    for clock in clocks[:_FIRES_SHOWN]:
        label = _("Standar kebakaran {call_no}").format(call_no=clock.call_no)
        key = f"fire_{clock.case_id}"
        call_clock(clock.received_at, clock.standard_s, at, key, label=label, width="content")
    if len(clocks) > _FIRES_SHOWN:
        others = ", ".join(clock.call_no for clock in clocks[_FIRES_SHOWN:])
        st.caption(_("Standar kebakaran juga berjalan: {cases}").format(cases=others))


def _mean_words(version: int, at: datetime) -> str:
    n, mean_s = _mean(here().started_at, version, at)
    standard = format_number(here().pack.city.fire_response_s / 60)
    if mean_s is None:
        return _("Standar kebakaran {standard} mnt · rerata {days} hari: belum ada data").format(
            standard=standard, days=MEAN_DAYS
        )
    return _("Standar kebakaran {standard} mnt · rerata {days} hari: {mean} mnt · n = {n}").format(
        standard=standard, days=MEAN_DAYS, mean=format_number(mean_s / 60, 1), n=format_number(n)
    )


@st.cache_data(max_entries=4, show_spinner=False)
def _mean(started_at: datetime, version: int, _now: datetime) -> tuple[int, float | None]:
    """Return number and mean (s) of the last days; counted again once something was stored."""
    found = analysis.fire_response(here(), last_days(MEAN_DAYS, _now))
    return found.n, found.mean_s
