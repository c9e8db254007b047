"""Koordinasi: the checklist of agencies with when, how and what each answered (SOP step 4)."""

from collections.abc import Sequence

import streamlit as st

from domain.case import AgencyNotice
from domain.notices import NoticeDelivery
from domain.permissions import Action
from domain.words import CaseStatus, NoticeMethod, NoticeResult
from services import coordination, notify
from ui import parts
from ui.case_notices import lines_of, number_wanted, phone_words
from ui.case_sheet import CaseSheet
from ui.duty import who_may
from ui.i18n import _, format_time
from ui.late_entry import LateEntry
from ui.words import agency_name, plain

_OPEN = (
    CaseStatus.CLASSIFIED,
    CaseStatus.VERIFIED,
    CaseStatus.COORDINATED,
    CaseStatus.RESPONDING,
    CaseStatus.MONITORING,
)


def agencies_tab(sheet: CaseSheet) -> None:
    """Draw one line an agency, required ones first as the plan names them."""
    lines = sorted(sheet.case.agencies, key=lambda line: not line.required)
    if not lines:
        st.info(_("Belum ada daftar instansi. Pilih jenis kejadian pada tab Data & lokasi."))
    writable = sheet.case.status in _OPEN
    enters = writable and (sheet.may(Action.NOTIFY) or sheet.may(Action.ANSWER_NOTICE))
    late = sheet.late_entry("agencies") if enters else None
    sent = notify.deliveries(parts.here(), sheet.case.case_id)
    for line in lines:
        name, state, action = st.columns([5, 5, 7], vertical_alignment="center")
        mark = _("**wajib**") if line.required else _("bila perlu")
        name.markdown(f"{line.code} · {mark}  \n:small[{agency_name(line.code)}]")
        state.markdown(_state(line))
        with state:
            _messages(sheet, line, sent)
        with action:
            if writable and not line.waived_reason:
                _actions(sheet, line, late)
    if writable:
        _more(sheet, late)
    if not sheet.may(Action.NOTIFY):
        st.caption(who_may(Action.NOTIFY))


def _messages(sheet: CaseSheet, line: AgencyNotice, sent: Sequence[NoticeDelivery]) -> None:
    """Say how the messages to this agency went; while a channel fails, its number stands there large."""
    words = lines_of(sheet, sent, line.code)
    if line.pre_alerted_at is not None:
        words.insert(0, _("peringatan awal {time}").format(time=format_time(line.pre_alerted_at)))
    if words:
        st.markdown("  \n".join(f":small[{one}]" for one in words))
    if number_wanted(sheet, sent, line.code):
        st.html(phone_words(line.code))


def _state(line: AgencyNotice) -> str:
    if line.waived_reason:
        return _("– dikecualikan: {reason}").format(reason=plain(line.waived_reason))
    if line.notified_at is None or line.method is None:
        return _("○ belum dihubungi")
    told = _("dihubungi {time} ({method})").format(
        time=format_time(line.notified_at), method=_(line.method.label).lower()
    )
    if line.result is None:
        return _("◐ {told}, menunggu jawaban").format(told=told)
    sign = "✓" if line.result is NoticeResult.ACKNOWLEDGED else "▲"
    answer = _(line.result.label)
    if line.acknowledged_at:
        answer += f" {format_time(line.acknowledged_at)}"
    return f"{sign} {answer}, {told}" + (f": {plain(line.note)}" if line.note else "")


def _notify(sheet: CaseSheet, code: str, late: LateEntry | None) -> None:
    after = (sheet.case.call.decided_at,)
    sheet.act(coordination.notify, (code,), _method(sheet), late=late, after=after, done=_told(code))


def _answer(
    sheet: CaseSheet, line: AgencyNotice, result: NoticeResult, note: str, late: LateEntry | None
) -> None:
    done = _("Jawaban dicatat.")
    after = (line.notified_at,)
    sheet.act(coordination.answer, line.code, result, note, late=late, after=after, done=done)


def _actions(sheet: CaseSheet, line: AgencyNotice, late: LateEntry | None) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if line.notified_at is None:
            if sheet.button(_("Hubungi"), Action.NOTIFY, f"notify_{line.code}", told=False):
                _notify(sheet, line.code, late)
        elif line.result is not NoticeResult.ACKNOWLEDGED:
            if sheet.button(
                _(NoticeResult.ACKNOWLEDGED.label), Action.ANSWER_NOTICE, f"ack_{line.code}", told=False
            ):
                _answer(sheet, line, NoticeResult.ACKNOWLEDGED, "", late)
            if line.result is None and sheet.may(Action.ANSWER_NOTICE):
                _other_answer(sheet, line, late)
        if line.required and not line.is_settled and sheet.may(Action.WAIVE_AGENCY):
            with st.popover(_("Kecualikan"), key=sheet.key(f"waive_menu_{line.code}")):
                reason = st.text_input(_("Alasan"), key=sheet.key(f"waive_reason_{line.code}"), max_chars=300)
                if st.button(
                    _("Kecualikan {code}").format(code=line.code), key=sheet.key(f"waive_{line.code}")
                ):
                    sheet.act(coordination.waive, line.code, reason, done=_("Instansi dikecualikan."))


def _other_answer(sheet: CaseSheet, line: AgencyNotice, late: LateEntry | None) -> None:
    with st.popover(_("Jawaban lain"), key=sheet.key(f"answer_menu_{line.code}")):
        note = st.text_input(
            _("Alasan, atau kepada siapa diteruskan"), key=sheet.key(f"note_{line.code}"), max_chars=300
        )
        for result in (NoticeResult.DECLINED, NoticeResult.ESCALATED):
            if st.button(_(result.label), key=sheet.key(f"{result.value}_{line.code}"), width="stretch"):
                _answer(sheet, line, result, note, late)


def _more(sheet: CaseSheet, late: LateEntry | None) -> None:
    """Let an agency that the plan does not name be called too."""
    if not sheet.may(Action.NOTIFY):
        return
    known = {line.code for line in sheet.case.agencies}
    others = [code for code in sorted(parts.here().pack.agencies) if code not in known]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox(
            _("Cara menghubungi"),
            list(NoticeMethod),
            format_func=lambda method: _(method.label),
            key=sheet.key("method"),
            width=180,
        )
        code = st.selectbox(
            _("Instansi lain"),
            others,
            index=None,
            format_func=agency_name,
            key=sheet.key("other_agency"),
            placeholder=_("di luar rencana respons"),
            width=280,
        )
        if st.button(_("Hubungi juga"), key=sheet.key("notify_other"), disabled=code is None) and code:
            _notify(sheet, code, late)


def _method(sheet: CaseSheet) -> NoticeMethod:
    return NoticeMethod(st.session_state.get(sheet.key("method"), NoticeMethod.SCREEN))


def _told(code: str) -> str:
    return _("{agency} dihubungi.").format(agency=agency_name(code))
