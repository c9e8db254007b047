"""Laporan: what the caller said, and who it was, masked unless there is a reason to see it."""

import streamlit as st

from domain.case import Private
from domain.errors import SigapError
from domain.permissions import Action
from services import access_log, intake, monitoring
from services.access_log import Seen, Way
from services.monitoring import RevealPurpose
from ui import parts
from ui.case_sheet import CaseSheet
from ui.i18n import _, format_datetime


def report_tab(sheet: CaseSheet) -> None:
    """Draw the report and its reporter."""
    call = sheet.case.call
    words = monitoring.narrative(parts.here(), sheet.case.case_id)
    if words:
        access_log.note(
            parts.here(), parts.now(), sheet.actor, Seen.NARRATIVE, Way.SCREEN, case_id=sheet.case.case_id
        )
    with st.container(border=True):
        st.caption(_("Kronologi"))
        st.text(words or _("Belum dicatat."))
    number = call.reporter_phone_masked or _("tidak ada nomor: {reason}").format(
        reason=call.no_number_reason or _("belum ditanyakan")
    )
    name = (
        _("nama tercatat")
        if call.reporter_named
        else _("anonim: {reason}").format(reason=call.anonymous_reason or _("belum ditanyakan"))
    )
    lines = [
        (_("Kanal"), f"{_(call.channel.label)} · {format_datetime(call.received_at)}"),
        (_("Pelapor"), f"{name} · {number}"),
        (_("Jenis panggilan"), _class_words(sheet)),
    ]
    if call.closing_note:
        lines.append((_("Catatan penutupan"), call.closing_note))
    if sheet.case.outcome_reason:
        lines.append((_("Alasan"), sheet.case.outcome_reason))
    for label, value in lines:
        left, right = st.columns([1, 4])
        left.caption(label)
        right.text(value)
    with st.container(horizontal=True):
        _reporter_form(sheet)
        _reveal(sheet)


def _class_words(sheet: CaseSheet) -> str:
    call = sheet.case.call
    if call.call_class is None:
        if call.proposed_class is None:
            return _("belum ditetapkan")
        return _("usulan {kind} oleh {name}").format(kind=_(call.proposed_class.label), name=call.proposed_by)
    words = _("{kind}, ditetapkan {name}").format(kind=_(call.call_class.label), name=call.decided_by)
    if call.previous_classes:
        old = ", ".join(_(kind.label) for kind in call.previous_classes)
        words = _("{words} (semula {old})").format(words=words, old=old)
    return words


def _reporter_form(sheet: CaseSheet) -> None:
    if not sheet.may(Action.UPDATE_DETAILS):
        return
    with st.popover(_("Lengkapi pelapor"), key=sheet.key("reporter")):
        name = st.text_input(_("Nama pelapor"), key=sheet.key("reporter_name"), max_chars=80)
        reason = st.text_input(_("Alasan bila anonim"), key=sheet.key("anonymous_reason"), max_chars=120)
        if st.button(_("Simpan pelapor"), key=sheet.key("save_reporter")):
            sheet.act(
                intake.update_details,
                reporter_name=name,
                anonymous_reason=reason,
                done=_("Data pelapor disimpan."),
            )


def _reveal(sheet: CaseSheet) -> None:
    """Show the full name and number once, after a reason that is logged."""
    if sheet.case.is_open and sheet.may(Action.LOG_CALLBACK):
        if st.button(_("Lihat nomor untuk telepon balik"), key=sheet.key("reveal_callback")):
            _show(sheet, RevealPurpose.CALL_BACK.value)
    elif sheet.may(Action.REVEAL_IDENTITY):
        with st.popover(_("Buka identitas pelapor")):
            reason = st.text_input(_("Alasan"), key=sheet.key("reveal_reason"), max_chars=300)
            st.caption(_("Pembukaan ini dicatat atas nama Anda."))
            if st.button(_("Buka"), key=sheet.key("reveal")):
                if reason.strip():
                    _show(sheet, reason.strip())
                else:
                    st.error(_("Alasan: kosong. Tulis mengapa identitas dibuka."))


def _show(sheet: CaseSheet, reason: str) -> None:
    try:
        private: Private = monitoring.reveal(
            parts.here(), parts.now(), sheet.actor, sheet.case.case_id, reason
        )
    except SigapError as error:
        parts.say_refusal(error)
        return
    st.info(
        _("{name} · {number} — pembukaan ini sudah dicatat.").format(
            name=private.reporter_name or _("tanpa nama"),
            number=private.callback_number or _("tanpa nomor"),
        )
    )
