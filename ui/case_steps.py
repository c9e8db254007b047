"""Langkah berikutnya: what each running step still needs, and the buttons that complete it."""

from collections.abc import Callable
from datetime import datetime
from html import escape

import streamlit as st

from domain.case import Reasons
from domain.guards import Check, checklist, latest_evidence
from domain.permissions import Action
from domain.words import CallClass, CaseStatus, NoticeMethod, StepState, Urgency
from services import assignment, closing, coordination, handling, intake
from ui import case_sending as sending
from ui import parts
from ui.case_sheet import CaseSheet
from ui.duty import who_may
from ui.i18n import _, format_datetime, format_time
from ui.links import call_link, case_link
from ui.stored_form import StoredForm
from ui.words import agency_name, plain, step_name

_RECORDED = range(1, 8)
"""The steps that stand in the record handed to DKISP; once sent, it changes by reopening only."""


def next_steps(sheet: CaseSheet) -> None:
    """Draw every running step with its checklist and buttons, the earliest first."""
    case = sheet.case
    running = [step.no for step in case.steps if step.state is StepState.IN_PROGRESS]
    if case.status is CaseStatus.RECEIVED:
        # Steps 1 and 2 overlap: the class may be clear before the report is written down.
        running = sorted({*running, 2})
    for no in running:
        with parts.panel(f"step_{no}", _("Langkah {no} · {name}").format(no=no, name=step_name(no))):
            checks(checklist(case, no, parts.here().pack.sop, sheet.now))
            _STEPS[no](sheet)
    if case.status is CaseStatus.CLASSIFIED and case.call.call_class is not CallClass.NORMAL:
        _closing_of_a_call(sheet)
    elif not running:
        with parts.panel("step_none", _("Tidak ada langkah yang berjalan")):
            st.caption(_("Kasus berstatus {status}.").format(status=_(case.status.label)))
    _owed_reasons(sheet)


def checks(points: tuple[Check, ...]) -> None:
    """Draw a checklist: a sign and a word for each point."""
    rows = []
    for point in points:
        sign, word, kind = ("✓", _("ada"), "met") if point.met else ("○", _("kurang"), "unmet")
        need = escape(point.need.sentence(_, format_datetime))
        rows.append(f'<li class="{kind}"><b>{sign}</b><span>{need}</span><i>{escape(word)}</i></li>')
    st.html(f'<ul class="sigap-checks">{"".join(rows)}</ul>')


def _overrun(sheet: CaseSheet, no: int) -> str:
    """Ask for the reason of a late step before it is finished; it may also be given later."""
    if sheet.view.clocks[no - 1].urgency is not Urgency.LATE:
        return ""
    return st.text_input(
        _("Alasan keterlambatan (boleh menyusul)"), key=sheet.key(f"overrun_{no}"), max_chars=300
    )


def _before(sheet: CaseSheet, no: int) -> tuple[datetime | None, ...]:
    """Return the times before which step `no` cannot have ended."""
    case = sheet.case
    received = case.call.received_at
    return (received, case.status_at, case.step(no).started_at, latest_evidence(case, no))


def _owed_reasons(sheet: CaseSheet) -> None:
    """Ask for the reasons of finished steps that overran; nothing waits for them, not even closing."""
    if not sheet.view.owing:
        return
    with parts.panel("owing", _("Alasan keterlambatan yang belum dicatat")):
        if not sheet.may(Action.GIVE_REASON):
            st.caption(who_may(Action.GIVE_REASON))
            return
        case = sheet.case
        sent = case.status is CaseStatus.CLOSED and case.delivery is not None
        if sent and any(no in _RECORDED for no in sheet.view.owing):
            st.caption(
                _("Data langkah 1 sampai 7 sudah dikirim. Untuk mencatat alasannya, buka kembali kasus ini.")
            )
        for no in sheet.view.owing:
            if sent and no in _RECORDED:
                continue
            words, action = st.columns([5, 2], vertical_alignment="bottom")
            label = _("Langkah {no} · {name}").format(no=no, name=step_name(no))
            reason = words.text_input(label, key=sheet.key(f"owed_{no}"), max_chars=300)
            if action.button(_("Simpan"), key=sheet.key(f"owe_{no}"), width="stretch"):
                sheet.act(handling.give_overrun_reason, no, reason, done=_("Alasan dicatat."))


def _report(sheet: CaseSheet) -> None:
    if sheet.may(Action.TAKE_CALL):
        call_link(sheet.case.case_id, _("Catat laporan pada halaman Penerimaan"))
    else:
        st.caption(who_may(Action.TAKE_CALL))


def _classification(sheet: CaseSheet) -> None:
    call = sheet.case.call
    if call.proposed_class:
        st.markdown(
            _("Usulan {name}: **{kind}**").format(
                name=plain(call.proposed_by or ""), kind=_(call.proposed_class.label)
            )
        )
    decides = sheet.may(Action.CLASSIFY)
    if not decides and not sheet.may(Action.PROPOSE_CLASS):
        st.caption(who_may(Action.CLASSIFY))
        return
    st.caption(_("Tetapkan jenis panggilan:") if decides else _("Usulkan jenis panggilan:"))
    reason = _overrun(sheet, 2) if decides else ""
    late = sheet.late_entry("step_2") if decides else None
    for column, kind in zip(st.columns(len(CallClass)), CallClass, strict=True):
        main = kind is (call.proposed_class or CallClass.NORMAL)
        clicked = column.button(
            _(kind.label),
            key=sheet.key(f"class_{kind.value}"),
            type="primary" if main else "secondary",
            width="stretch",
        )
        if clicked and decides:
            done = _("Jenis panggilan: {kind}.").format(kind=_(kind.label))
            sheet.act(
                intake.classify, kind, overrun_reason=reason, late=late, after=_before(sheet, 2), done=done
            )
        elif clicked:
            sheet.act(intake.propose_class, kind, done=_("Usulan jenis dicatat."))


def _closing_of_a_call(sheet: CaseSheet) -> None:
    call = sheet.case.call
    kind = _(call.call_class.label) if call.call_class else "–"
    with parts.panel("close_call", _("Tutup panggilan {kind}").format(kind=kind)):
        attempts = ", ".join(format_time(at) for at in call.callback_attempts)
        st.markdown(
            _("Telepon balik tercatat: {times}").format(times=attempts)
            if attempts
            else _("Belum ada telepon balik yang dicatat; panggilan ghost memerlukan satu.")
        )
        if sheet.button(_("Catat telepon balik"), Action.LOG_CALLBACK, "log_callback"):
            sheet.act(intake.log_callback, done=_("Telepon balik dicatat."))
        note = st.text_area(_("Catatan penutupan"), key=sheet.key("closing_note"), height=80, max_chars=500)
        if sheet.button(_("Tutup panggilan"), Action.CLOSE_CALL, "close_call", main=True):
            sheet.act(intake.close_call, note, done=_("Panggilan ditutup."))


def _verification(sheet: CaseSheet) -> None:
    told = {forwarding.agency: forwarding for forwarding in sheet.case.forwardings}
    codes = parts.here().pack.sop.forward_to
    enters = sheet.may(Action.FORWARD) or sheet.may(Action.VERIFY)
    late = sheet.late_entry("step_3") if enters else None
    for column, code in zip(st.columns(len(codes)), codes, strict=True):
        with column:
            if code in told:
                st.caption(
                    _("Perwira {agency} diberi tahu {time}").format(
                        agency=code, time=format_time(told[code].at)
                    )
                )
            elif sheet.button(
                _("Teruskan ke {agency}").format(agency=code), Action.FORWARD, f"forward_{code}"
            ):
                done = _("Diteruskan ke Perwira {agency}.").format(agency=agency_name(code))
                sheet.act(intake.forward, code, late=late, after=(sheet.case.call.decided_at,), done=done)
    reason = _overrun(sheet, 3)
    if sheet.button(_("Selesaikan verifikasi"), Action.VERIFY, "verify", main=True):
        sheet.act(
            intake.verify,
            overrun_reason=reason,
            late=late,
            after=_before(sheet, 3),
            done=_("Laporan terverifikasi."),
        )


def _coordination(sheet: CaseSheet) -> None:
    enters = sheet.may(Action.NOTIFY) or sheet.may(Action.COORDINATE)
    late = sheet.late_entry("step_4") if enters else None
    untold = [line for line in sheet.case.agencies if line.required and not line.notified_at]
    if untold and sheet.may(Action.NOTIFY):
        how, action = st.columns([2, 3], vertical_alignment="bottom")
        method = how.selectbox(
            _("Cara"), list(NoticeMethod), format_func=lambda m: _(m.label), key=sheet.key("notify_method")
        )
        with action:
            if sheet.button(_("Hubungi semua yang wajib"), Action.NOTIFY, "notify_all", main=True):
                sheet.act(
                    coordination.notify,
                    None,
                    method,
                    late=late,
                    after=(sheet.case.call.decided_at,),
                    done=_("Semua instansi wajib dihubungi."),
                )
    reason = _overrun(sheet, 4)
    if sheet.button(_("Selesaikan koordinasi"), Action.COORDINATE, "coordinate", main=not untold):
        sheet.act(
            coordination.coordinate,
            overrun_reason=reason,
            late=late,
            after=_before(sheet, 4),
            done=_("Koordinasi selesai."),
        )


def _response(sheet: CaseSheet) -> None:
    case_link(sheet.case.case_id, _("Usulkan dan setujui unit pada halaman Pengerahan"), "pengerahan")
    if sheet.case.on_scene_commander is None and sheet.may(Action.NAME_COMMANDER):
        words, action = st.columns([5, 2], vertical_alignment="bottom")
        name = words.text_input(_("Komandan Lapangan"), key=sheet.key("commander"), max_chars=80)
        if action.button(_("Tunjuk"), key=sheet.key("name_commander"), width="stretch"):
            sheet.act(assignment.name_commander, name, done=_("Komandan Lapangan ditunjuk."))
    elif sheet.case.on_scene_commander is None:
        st.caption(who_may(Action.NAME_COMMANDER))


def _monitoring(sheet: CaseSheet) -> None:
    if sheet.may(Action.GIVE_REASON):
        _missing_reasons(sheet)
    reason = _overrun(sheet, 6)
    if sheet.button(_("Akhiri pemantauan"), Action.FINISH_MONITORING, "finish_monitoring", main=True):
        sheet.act(handling.finish_monitoring, overrun_reason=reason, done=_("Pemantauan berakhir."))


def _missing_reasons(sheet: CaseSheet) -> None:
    """Ask why something that guard 6 wants is not there; an emptied reason is taken back."""
    labels = {
        "no_arrival": _("Unit tidak tiba"),
        "late_sitrep": _("Jeda laporan situasi"),
        "no_documentation": _("Tidak ada dokumentasi"),
    }
    stored = {name: getattr(sheet.case.reasons, name) or "" for name in labels}
    form = StoredForm(sheet, "reasons", stored)
    form.tell_lost(labels)
    with st.popover(_("Alasan bila ada yang kurang")):
        said = {
            name: st.text_input(label, key=form.key(name), max_chars=300) for name, label in labels.items()
        }
        if st.button(_("Simpan alasan"), key=sheet.key("give_reasons")):
            sheet.act(handling.give_reasons, Reasons(**said), done=_("Alasan dicatat."))


def _condition(sheet: CaseSheet) -> None:
    reason = _overrun(sheet, 7)
    if sheet.case.status is not CaseStatus.UPDATING:
        st.caption(_("Kondisi dan hasil boleh diisi; nomor register terbit setelah pemantauan berakhir."))
    elif sheet.button(_("Beri nomor register"), Action.REGISTER, "register", main=True):
        sheet.act(closing.register, overrun_reason=reason, done=_("Nomor register terbit."))


def _delivery(sheet: CaseSheet) -> None:
    case = sheet.case
    if case.form_printed_at is None:
        if sheet.button(_("Cetak formulir"), Action.PRINT_FORM, "print_form", main=True):
            sheet.act(closing.print_form, done=_("Formulir siap; unduh PDF pada tab Penutupan."))
    else:
        st.caption(_("Formulir dibuat {time}.").format(time=format_datetime(case.form_printed_at)))
    sending.state(sheet)
    sending.without_receipt(sheet)


def _closing(sheet: CaseSheet) -> None:
    sending.without_receipt(sheet)
    if sheet.may(Action.CLOSE):
        archive = st.text_input(
            _("Lokasi berkas arsip kertas"),
            key=sheet.key("archive"),
            placeholder=_("lemari, map"),
            max_chars=120,
        )
        reason = _overrun(sheet, 9)
        if sheet.button(_("Nyatakan selesai"), Action.CLOSE, "close", main=True):
            sheet.act(closing.close, archive, overrun_reason=reason, done=_("Kasus selesai."))
    else:
        st.caption(who_may(Action.CLOSE))


_STEPS: dict[int, Callable[[CaseSheet], None]] = {
    1: _report,
    2: _classification,
    3: _verification,
    4: _coordination,
    5: _response,
    6: _monitoring,
    7: _condition,
    8: _delivery,
    9: _closing,
}
