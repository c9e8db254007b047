"""The head of Kasus: what, where, how urgent; and the ways off the straight path."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape

import streamlit as st

from domain.case import Case, Handover
from domain.events import Event
from domain.permissions import Action
from domain.words import CallClass, CaseStatus, Outcome, Role, StepState
from services import exits, intake, monitoring
from services.change import CaseRef
from ui import parts
from ui.case_finder import priority_label
from ui.case_sheet import CaseSheet
from ui.i18n import _, format_datetime
from ui.links import case_link
from ui.words import agency_name, case_title

S = CaseStatus
_ORDER = tuple(S)
_UPDATABLE = (S.RESPONDING, S.MONITORING, S.UPDATING)
"""Where a situation report or the condition may be told."""
_DAY = timedelta(hours=24)


def heading(sheet: CaseSheet) -> None:
    """Draw the two lines by which everybody knows the case."""
    case = sheet.case
    register = _("register {number}").format(number=case.register_no or "–")
    kind = _(case.call.call_class.label) if case.call.call_class else _("jenis panggilan belum ditetapkan")
    domain = _(case.incident.domain.label) if case.incident.domain else _("matra belum diketahui")
    facts = [case.call_no, register, priority_label(case.incident.priority), domain, kind]
    if case.outcome:
        facts.append(_("hasil {outcome}").format(outcome=_(case.outcome.label)))
    if case.handover:
        facts.append(_handed_over(sheet, case.handover))
    if case.revision > 1:
        facts.append(_("revisi {n}").format(n=case.revision))
    st.html(
        f'<div class="sigap-case"><b>{escape(case_title(case))}</b>'
        f'<i class="sigap-status">{escape(_(case.status.label))}</i>'
        f"<span>{escape(' · '.join(facts))}</span></div>"
    )
    if update_is_missing(case, sheet.view.events, sheet.now):
        words = _("Pembaruan harian terakhir lebih dari 24 jam lalu.")
        st.markdown(f":orange[**▲ {words}**]")
    if case.merged_into:
        primary = monitoring.get(parts.here(), case.merged_into)
        case_link(
            primary.case_id, _("Kasus ini digabung; lanjutkan pada {call_no}").format(call_no=primary.call_no)
        )


def update_is_missing(case: Case, events: Sequence[Event], now: datetime) -> bool:
    """Whether a handed-over case had neither situation report nor condition for more than a day."""
    if case.handover is None or case.status not in _UPDATABLE:
        return False
    return now - (_last_update(case.handover, events) or case.handover.at) > _DAY


def _last_update(handover: Handover, events: Sequence[Event]) -> datetime | None:
    """Return when the situation or the condition was last told since the handover."""
    told = (Action.SITREP.value, Action.UPDATE_CONDITION.value)
    at = [event.occurred_at for event in events if event.action in told]
    return max((each for each in at if each >= handover.at), default=None)


def _handed_over(sheet: CaseSheet, handover: Handover) -> str:
    last = _last_update(handover, sheet.view.events)
    words = _("dialihkan ke {agency} ({reference}) sejak {at}").format(
        agency=agency_name(handover.agency), reference=handover.reference, at=format_datetime(handover.at)
    )
    if sheet.case.status not in _UPDATABLE:
        return words
    update = (
        _("pembaruan harian, terakhir {at}").format(at=format_datetime(last))
        if last
        else _("pembaruan harian, belum ada")
    )
    return f"{words}; {update}"


def exits_menu(sheet: CaseSheet) -> None:
    """Draw the menu of what leaves the straight path, each with its reason."""
    choices = _choices(sheet)
    with st.popover(_("Tindakan lain"), disabled=not choices, key=sheet.key("exits"), width="stretch"):
        if not choices:
            return
        chosen = st.selectbox(
            _("Tindakan"),
            list(choices),
            format_func=lambda action: choices[action],
            key=sheet.key("exit_choice"),
        )
        _FORMS[chosen](sheet)


def _choices(sheet: CaseSheet) -> dict[Action, str]:
    """Return what this role may do at this status; the rules themselves are the services'."""
    case, place = sheet.case, _ORDER.index(sheet.case.status)
    words = {
        Action.CANCEL: _("Batalkan / laporan palsu"),
        Action.HAND_OVER: _("Alihkan ke instansi lain"),
        Action.MERGE: _("Gabungkan dengan kasus lain"),
        Action.RECLASSIFY: _("Ubah jenis panggilan"),
        Action.REOPEN: _("Buka kembali"),
    }
    written = case.step(1).state is StepState.DONE
    plain_end = case.status is S.CLOSED and case.call.call_class is CallClass.NORMAL
    wrong_class = case.call.call_class not in (None, CallClass.NORMAL)
    possible = {
        Action.CANCEL: _ORDER.index(S.VERIFIED) <= place <= _ORDER.index(S.MONITORING)
        and (sheet.actor.role is Role.DUTY_OFFICER or not any(unit.departed_at for unit in case.assignments)),
        Action.HAND_OVER: _ORDER.index(S.COORDINATED) <= place <= _ORDER.index(S.MONITORING),
        Action.MERGE: written and place <= _ORDER.index(S.MONITORING),
        Action.RECLASSIFY: case.status in (S.CLASSIFIED, S.CLOSED) and wrong_class,
        Action.REOPEN: plain_end,
    }
    return {action: words[action] for action in words if possible[action] and sheet.may(action)}


def _reason(sheet: CaseSheet, name: str) -> str:
    return st.text_input(_("Alasan"), key=sheet.key(f"{name}_reason"), max_chars=300)


def _call_off(sheet: CaseSheet) -> None:
    reason = _reason(sheet, "cancel")
    st.caption(_("Unit yang diusulkan ditarik; unit yang sudah berangkat dipanggil kembali."))
    cancel, false = st.columns(2)
    if cancel.button(_("Batalkan kasus"), key=sheet.key("cancel"), width="stretch"):
        sheet.act(exits.call_off, Outcome.CANCELLED, reason, done=_("Kasus dibatalkan."))
    if false.button(_("Laporan palsu"), key=sheet.key("false_report"), width="stretch"):
        sheet.act(exits.call_off, Outcome.FALSE_REPORT, reason, done=_("Dicatat sebagai laporan palsu."))


def _hand_over(sheet: CaseSheet) -> None:
    agency = st.selectbox(
        _("Instansi penerima"),
        sorted(parts.here().pack.agencies),
        index=None,
        format_func=agency_name,
        key=sheet.key("handover_agency"),
        placeholder=_("pilih instansi"),
    )
    reference = st.text_input(
        _("Nomor rujukan"), key=sheet.key("handover_reference"), placeholder=_("nomor surat atau penerima")
    )
    if st.button(_("Alihkan"), key=sheet.key("hand_over")):
        sheet.act(
            exits.hand_over, agency or "", reference, done=_("Penanganan dialihkan; kasus tetap terbuka.")
        )


def _merge(sheet: CaseSheet) -> None:
    number = st.text_input(_("Nomor panggilan kasus utama"), key=sheet.key("merge_number"))
    st.caption(_("Unit kasus ini pindah ke kasus utama; waktunya tetap tercatat."))
    if not st.button(_("Gabungkan"), key=sheet.key("merge")):
        return
    primary_id = monitoring.find(parts.here(), number) if number.strip() else None
    if primary_id is None:
        st.error(_("Nomor “{number}” tidak ditemukan. Periksa nomor panggilannya.").format(number=number))
        return
    primary: Case = monitoring.get(parts.here(), primary_id)
    done = _("Digabung dengan {call_no}.").format(call_no=primary.call_no)
    sheet.act(exits.merge, CaseRef(primary.case_id, primary.version), done=done)


def _reclassify(sheet: CaseSheet) -> None:
    others = [kind for kind in CallClass if kind is not sheet.case.call.call_class]
    kind = st.selectbox(
        _("Jenis panggilan"), others, format_func=lambda k: _(k.label), key=sheet.key("reclassify_kind")
    )
    reason = _reason(sheet, "reclassify")
    if st.button(_("Ubah jenis panggilan"), key=sheet.key("reclassify")):
        sheet.act(intake.reclassify, kind, reason, done=_("Jenis panggilan diubah."))


def _reopen(sheet: CaseSheet) -> None:
    reason = _reason(sheet, "reopen")
    st.caption(_("Kasus kembali ke pemantauan; datanya dikirim lagi sebagai revisi baru."))
    if st.button(_("Buka kembali"), key=sheet.key("reopen")):
        sheet.act(exits.reopen, reason, done=_("Kasus dibuka kembali."))


_FORMS = {
    Action.CANCEL: _call_off,
    Action.HAND_OVER: _hand_over,
    Action.MERGE: _merge,
    Action.RECLASSIFY: _reclassify,
    Action.REOPEN: _reopen,
}
