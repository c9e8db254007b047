"""Notices of a case: peringatan awal, whom to telephone as no channel reached them, how each went."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from domain.moves.coordination import awaits_pre_alert
from domain.notices import DeliveryState, NoticeDelivery, NoticeKind, Way, needless
from domain.permissions import Action
from domain.words import CallClass, CaseStatus
from services import notify
from ui import parts
from ui.case_sheet import CaseSheet
from ui.i18n import _, format_time, sentence
from ui.words import agency_name, plain

SHORTCUT = "P"
LOOK_EVERY = "2s"
CALLS_SHOWN = 4
_BEFORE_NOTICE = (CaseStatus.CLASSIFIED, CaseStatus.VERIFIED)
_SIGNS = {
    DeliveryState.QUEUED: "◐",
    DeliveryState.SENT: "✓",
    DeliveryState.DELIVERED: "✓✓",
    DeliveryState.FAILED: "✕",
    DeliveryState.DROPPED: "–",
}


def notices_panel(sheet: CaseSheet) -> None:
    """Draw what a dispatcher must do about notices now: give the pre-alert, telephone. Nothing else."""
    found = notify.deliveries(parts.here(), sheet.case.case_id)
    if found and sheet.case.is_open:
        _redraw_when_sent(sheet.case.case_id, _print(found))
    asked = _awaiting(sheet)
    calls = notify.phone_tasks(parts.here(), sheet.case) if found else ()
    if not asked and not calls:
        return
    with parts.panel("notices", _("Instansi")):
        problem = notify.problem(parts.here())
        if problem is not None:
            st.warning(plain(sentence(problem)))
        for call in calls[:CALLS_SHOWN]:
            _call(sheet, call)
        if len(calls) > CALLS_SHOWN:
            others = ", ".join(call.agency for call in calls[CALLS_SHOWN:])
            st.caption(_("Telepon juga: {agencies}").format(agencies=others))
        if asked:
            _pre_alert(sheet, asked)


def _awaiting(sheet: CaseSheet) -> list[str]:
    """Return the agencies that a pre-alert would reach, before the notification of step 4 has begun."""
    case = sheet.case
    normal = case.call.call_class is CallClass.NORMAL and case.status in _BEFORE_NOTICE
    return [line.code for line in case.agencies if awaits_pre_alert(line)] if normal else []


def _pre_alert(sheet: CaseSheet, codes: Sequence[str]) -> None:
    if not sheet.may(Action.PRE_ALERT):
        return
    pressed = st.button(
        _("Peringatan awal"),
        key=sheet.key("pre_alert"),
        shortcut=SHORTCUT,
        width="stretch",
        help=_("Instansi wajib bersiap; belum ada yang diperintahkan berangkat."),
    )
    st.caption(_("Bersiap, belum berangkat: {agencies}").format(agencies=", ".join(codes)))
    if pressed:
        sheet.act(notify.pre_alert, done=_("Peringatan awal diberikan."))


def _call(sheet: CaseSheet, call: NoticeDelivery) -> None:
    """Draw one telephone call to make: whom, the number in large figures, what to say."""
    head = _("Telepon {agency}: {kind}").format(agency=call.agency, kind=_(call.kind.label).lower())
    words, number = st.columns([3, 2], vertical_alignment="center")
    words.markdown(f":red[**☎ {head}**]  \n:small[{plain(agency_name(call.agency))}]")
    number.html(phone_words(call.agency))
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.popover(_("Yang disampaikan")):
            st.text(call.notice.text)
        if sheet.button(_("Sudah ditelepon"), Action.NOTIFY, f"called_{call.delivery_id}", told=False):
            done = _("Telepon ke {agency} dicatat.").format(agency=call.agency)
            sheet.act(notify.telephoned, call.delivery_id, done=done)


def phone_words(agency: str) -> str:
    """Return an agency's number as HTML in large figures, or that none is known."""
    number = notify.phone_of(parts.here(), agency)
    words = escape(number) if number else escape(_("nomor belum diisi"))
    size = "1.6rem" if number else "1rem"
    return f'<div style="font-size:{size};font-weight:700;line-height:1.2">{words}</div>'


def lines_of(sheet: CaseSheet, found: Sequence[NoticeDelivery], agency: str) -> list[str]:
    """Return how each message to an agency went, one line each, in the order of sending."""
    return [
        _line(one, past=one.is_task and needless(sheet.case, one.kind, agency))
        for one in found
        if one.agency == agency
    ]


def number_wanted(sheet: CaseSheet, found: Sequence[NoticeDelivery], agency: str) -> bool:
    """Whether a channel to this agency fails, or none is left, so that its number should be seen."""
    return any(
        one.agency == agency
        and (one.is_task or one.failure is not None)
        and one.state in (DeliveryState.QUEUED, DeliveryState.FAILED)
        and not needless(sheet.case, one.kind, agency)
        for one in found
    )


def _line(one: NoticeDelivery, *, past: bool) -> str:
    """Return one message in words; a call that nobody made and nobody need make any more is `past`."""
    kind, way = _(one.kind.label), _(one.way.label)
    sign = _SIGNS[DeliveryState.DROPPED if past else one.state]
    went = _("tidak ditelepon") if past else _went(one)
    return f"{sign} {kind}, {way}: {plain(went)}"


def _went(one: NoticeDelivery) -> str:
    """Return what became of one message, with its times."""
    if one.acknowledged_at is not None and one.kind is NoticeKind.PRE_ALERT:
        return _("dibaca instansi {time}").format(time=format_time(one.acknowledged_at, seconds=True))
    if one.way is Way.PHONE:
        if one.sent_at is None:
            return _("belum ditelepon")
        return _("ditelepon {time} oleh {name}").format(
            time=format_time(one.sent_at, seconds=True), name=one.told_by or "–"
        )
    why = _(one.failure.label) if one.failure is not None else ""
    if one.detail:
        why += f" ({one.detail})"
    if one.state is DeliveryState.FAILED:
        return _("gagal: {why}").format(why=why)
    if one.state is DeliveryState.QUEUED and one.failure is not None:
        return _("belum berhasil: {why}; dicoba lagi {time}").format(
            why=why, time=format_time(one.next_at, seconds=True)
        )
    at = one.delivered_at or one.sent_at
    word = _(one.state.label)
    return f"{word} {format_time(at, seconds=True)}" if at is not None else word


def _print(found: Sequence[NoticeDelivery]) -> tuple[object, ...]:
    """Return what tells one picture of the outbox from another."""
    return tuple((one.delivery_id, one.state, one.next_at, one.acknowledged_at) for one in found)


@st.fragment(run_every=LOOK_EVERY)
def _redraw_when_sent(case_id: str, seen: tuple[object, ...]) -> None:
    """Draw the page anew once a message went, failed or was answered. Shows nothing itself."""
    if _print(notify.deliveries(parts.here(), case_id)) != seen:
        st.rerun()
