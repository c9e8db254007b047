"""Penutupan: register number, printed form, the record for DKISP, receipt and archive (SOP steps 7 to 9)."""

from pathlib import PurePosixPath

import streamlit as st

from domain.words import CaseStatus
from services import access_log, outbox, papers, records
from services.access_log import Seen, Way
from ui import case_sending, parts
from ui.case_sheet import CaseSheet
from ui.i18n import _, format_datetime
from ui.words import plain

_PRINTABLE = (CaseStatus.REGISTERED, CaseStatus.CLOSED)


def record_tab(sheet: CaseSheet) -> None:
    """Draw where the record stands, and its two downloads.

    Their presses run no script: that could take the file away before the browser has fetched it.
    """
    case, delivery = sheet.case, sheet.case.delivery
    waiting = _("belum")
    rows = [
        (_("Nomor register"), case.register_no or waiting),
        (_("Formulir dicetak"), format_datetime(case.form_printed_at) if case.form_printed_at else waiting),
        (_("Berkas data"), delivery.path if delivery else waiting),
        (_("Sidik jari SHA-256"), delivery.digest if delivery else "–"),
        (_("Ditulis"), format_datetime(delivery.written_at) if delivery else "–"),
        (_("Bukti terima"), _receipt(sheet)),
        (_("Arsip kertas"), case.archive_location or waiting),
        (_("Ditandatangani"), case.signed_off_by or waiting),
    ]
    for label, value in rows:
        left, right = st.columns([1, 4])
        left.caption(label)
        right.text(value)
    case_id = case.case_id
    with st.container(horizontal=True):
        if case.form_printed_at is not None and case.status in _PRINTABLE:
            st.download_button(
                _("Unduh PDF"),
                lambda: report_file(sheet),
                file_name=f"laporan-{case_id}.pdf",
                mime="application/pdf",
                on_click="ignore",
                key=sheet.key("pdf"),
            )
        _record_file(sheet)


def report_file(sheet: CaseSheet) -> bytes:
    """Return the *Laporan Penanganan*, and note who took it."""
    center, now, case = parts.here(), parts.now(), sheet.case
    access_log.note(center, now, sheet.actor, Seen.REPORT, Way.PAPER, case_id=case.case_id)
    return papers.case_report(center, now, case)


def _record_file(sheet: CaseSheet) -> None:
    """Offer the bytes exactly as they are sent; before that a draft, under a name that says so."""
    center, case = parts.here(), sheet.case
    label = _("Unduh data kasus (JSON)")
    sent = case_sending.present(sheet)
    if sent is not None:
        name = PurePosixPath(sent.path).name
        st.download_button(
            label,
            lambda: outbox.exact_bytes(center, sent.record_id, sent.revision),
            file_name=name,
            mime="application/json",
            on_click="ignore",
            key=sheet.key("json"),
        )
        st.caption(_("Berkas {name} seperti yang dikirim.").format(name=plain(name)))
        return
    name = f"{case.case_id}_draf.json"
    st.download_button(
        label,
        lambda: records.record_file(center, parts.now(), case.case_id),
        file_name=name,
        mime="application/json",
        on_click="ignore",
        key=sheet.key("json"),
    )
    st.caption(_("Belum dikirim: draf menurut keadaan sekarang."))


def _receipt(sheet: CaseSheet) -> str:
    delivery = sheet.case.delivery
    if delivery is None:
        return "–"
    if delivery.receipt_id and delivery.receipt_at:
        return f"{delivery.receipt_id} · {format_datetime(delivery.receipt_at)}"
    if delivery.override_reason:
        return _("pengecualian oleh {name}: {reason}").format(
            name=delivery.override_by, reason=delivery.override_reason
        )
    return _("menunggu DKISP")
