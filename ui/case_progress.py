"""Perkembangan: situation reports, documentation and the present condition (SOP steps 6 and 7)."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from domain.case import Actor, Attachment
from domain.errors import SigapError
from domain.permissions import Action
from domain.words import CaseStatus
from services import access_log, handling
from services.access_log import Seen, Way
from services.center import Center
from services.change import CaseRef
from ui import parts
from ui.case_sheet import CaseSheet
from ui.duty import who_may
from ui.i18n import _, format_datetime, format_number
from ui.stored_form import StoredForm
from ui.words import plain

_REPORTING = (CaseStatus.RESPONDING, CaseStatus.MONITORING, CaseStatus.UPDATING)
_ATTACHABLE = tuple(
    s for s in CaseStatus if s not in (CaseStatus.RECEIVED, CaseStatus.CLOSED, CaseStatus.MERGED)
)


def progress_tab(sheet: CaseSheet) -> None:
    """Draw what was reported, the newest first, and the inputs for more."""
    left, right = st.columns([6, 5])
    with left:
        _sitreps(sheet)
    with right:
        _condition(sheet)
        _documents(sheet)


def _sitreps(sheet: CaseSheet) -> None:
    case = sheet.case
    if case.status in _REPORTING and sheet.may(Action.SITREP):
        n = len(case.sitreps)
        text = st.text_area(
            _("Laporan situasi"),
            key=sheet.key(f"sitrep_{n}"),
            height=80,
            max_chars=1000,
            placeholder=_("keadaan di lokasi, yang sedang dikerjakan, yang dibutuhkan"),
        )
        codes = [unit.unit_code for unit in case.committed_units]
        unit = st.selectbox(
            _("Dari unit"),
            codes,
            index=None,
            key=sheet.key(f"sitrep_unit_{n}"),
            placeholder=_("bukan dari satu unit"),
        )
        late = sheet.late_entry("sitrep")
        if st.button(_("Catat laporan situasi"), key=sheet.key("add_sitrep"), type="primary"):
            sheet.act(
                handling.add_sitrep,
                text,
                unit,
                late=late,
                after=(case.call.received_at,),
                done=_("Laporan situasi dicatat."),
            )
    elif case.status in _REPORTING:
        st.caption(who_may(Action.SITREP))
    if not case.sitreps:
        st.caption(_("Belum ada laporan situasi."))
    for report in reversed(case.sitreps):
        source = f"{report.by}, {report.unit_code}" if report.unit_code else report.by
        st.markdown(f"**{report.no}** · {format_datetime(report.at)} · {plain(source)}")
        st.text(report.text)


def _condition(sheet: CaseSheet) -> None:
    case = sheet.case
    st.caption(_("Kondisi terkini"))
    st.text(case.current_condition or _("Belum dicatat."))
    if case.status not in _REPORTING:
        return
    if not sheet.may(Action.UPDATE_CONDITION):
        st.caption(who_may(Action.UPDATE_CONDITION))
        return
    form = StoredForm(sheet, "condition", {"condition": case.current_condition or ""}, fill=False)
    form.tell_lost({"condition": _("Kondisi terkini")})
    text = st.text_input(_("Perbarui kondisi terkini"), key=form.key("condition"), max_chars=500)
    late = sheet.late_entry("condition")
    if st.button(_("Simpan kondisi"), key=sheet.key("save_condition")):
        after = (case.call.received_at, case.step(7).started_at)
        sheet.act(
            handling.update_condition, text, late=late, after=after, done=_("Kondisi terkini disimpan.")
        )


def _documents(sheet: CaseSheet) -> None:
    case = sheet.case
    st.caption(_("Dokumentasi ({n})").format(n=len(case.attachments)))
    for item in case.attachments:
        _document(sheet, item)
    if case.status not in _ATTACHABLE:
        return
    if not sheet.may(Action.ATTACH):
        st.caption(who_may(Action.ATTACH))
        return
    files = st.file_uploader(
        _("Foto JPEG/PNG atau PDF, paling besar 10 MB"),
        type=["jpg", "jpeg", "png", "pdf"],
        max_upload_size=handling.MAX_ATTACHMENT_BYTES // 1024**2,
        accept_multiple_files=True,
        key=sheet.key(f"files_{len(case.attachments)}"),
    )
    if files and st.button(_("Simpan dokumentasi"), key=sheet.key("attach")):
        sheet.act(_attach_all, files, done=_("Dokumentasi disimpan."))


def _attach_all(
    center: Center, now: datetime, actor: Actor, ref: CaseRef, files: Sequence[UploadedFile]
) -> None:
    """Keep each file in turn; one that is refused leaves the earlier ones stored."""
    for file in files:
        case = handling.attach(center, now, actor, ref, file.name, file.getvalue())
        ref = CaseRef(case.case_id, case.version)


def _document(sheet: CaseSheet, item: Attachment) -> None:
    words = f"{plain(item.name)} · {format_number(item.size_bytes / 1024)} kB · {plain(item.added_by)}"
    try:
        _item, content = handling.attachment(parts.here(), sheet.case.case_id, item.sha256)
    except SigapError as error:
        parts.say_refusal(error)
        return
    access_log.note(parts.here(), sheet.now, sheet.actor, Seen.PHOTO, Way.SCREEN, case_id=sheet.case.case_id)
    if item.content_type.startswith("image/"):
        st.image(content, caption=words, width=260)
    else:
        st.download_button(words, content, file_name=item.name, mime=item.content_type, key=item.sha256)
