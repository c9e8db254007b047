"""Hasil & korban: how it ended and the reconciled victims (SOP step 7)."""

from dataclasses import asdict

import streamlit as st

from domain.case import Victims
from domain.permissions import Action
from domain.words import HANDLED_OUTCOMES, CaseStatus, Outcome
from services import handling
from ui.case_sheet import CaseSheet
from ui.duty import who_may
from ui.i18n import _
from ui.stored_form import StoredForm
from ui.words import plain

_WRITABLE = (CaseStatus.RESPONDING, CaseStatus.MONITORING, CaseStatus.UPDATING)
_CALLED_OFF = (Outcome.CANCELLED, Outcome.FALSE_REPORT)


def outcome_tab(sheet: CaseSheet) -> None:
    """Draw the result as it stands, and its form for those who may record it."""
    case = sheet.case
    if case.status not in _WRITABLE or not sheet.may(Action.RECORD_OUTCOME):
        _shown(sheet)
        if case.status in _WRITABLE:
            st.caption(who_may(Action.RECORD_OUTCOME))
        return
    form = StoredForm(sheet, "outcome", _stored(sheet))
    form.tell_lost(
        {"outcome": _("Hasil penanganan"), "destination": _("Tujuan rujukan korban luka"), **_labels()}
    )
    outcome: Outcome | None = case.outcome
    if outcome in _CALLED_OFF:
        st.markdown(_("Hasil: **{outcome}**").format(outcome=_(outcome.label)))
    else:
        outcome = st.selectbox(
            _("Hasil penanganan"),
            list(HANDLED_OUTCOMES),
            index=None,
            format_func=lambda kind: _(kind.label),
            key=form.key("outcome"),
            placeholder=_("pilih hasil"),
        )
    victims = _victims(form)
    destination = st.text_input(
        _("Tujuan rujukan korban luka"),
        key=form.key("destination"),
        max_chars=160,
    )
    late = sheet.late_entry("outcome")
    if st.button(_("Simpan hasil"), key=sheet.key("save_outcome"), type="primary"):
        kind = None if case.outcome in _CALLED_OFF else outcome
        sheet.act(
            handling.record_outcome,
            kind,
            victims,
            destination,
            late=late,
            after=(case.call.received_at,),
            done=_("Hasil dan korban disimpan."),
        )


def _labels() -> dict[str, str]:
    return {
        "total": _("Jumlah korban"),
        "safe": _("Selamat"),
        "injured_minor": _("Luka ringan"),
        "injured_severe": _("Luka berat"),
        "dead": _("Meninggal dunia"),
        "missing": _("Hilang"),
        "minors": _("Di antaranya anak"),
    }


def _known(sheet: CaseSheet) -> Victims:
    return sheet.case.victims or Victims(total=sheet.case.incident.victims_estimate or 0)


def _stored(sheet: CaseSheet) -> dict[str, object]:
    """Return what the form begins with."""
    case = sheet.case
    return {"outcome": case.outcome, "destination": case.casualty_destination or "", **asdict(_known(sheet))}


def _victims(form: StoredForm) -> Victims:
    labels = _labels()
    counts = {}
    for names in (list(labels)[:4], list(labels)[4:]):
        for column, name in zip(st.columns(4), names, strict=False):
            counts[name] = column.number_input(
                labels[name],
                min_value=0,
                max_value=9999,
                step=1,
                key=form.key(name),
            )
    victims = Victims(**counts)
    if not victims.reconciles:
        st.caption(
            _("Selamat + luka + meninggal + hilang harus sama dengan jumlah; anak dihitung di dalamnya.")
        )
    return victims


def _shown(sheet: CaseSheet) -> None:
    case = sheet.case
    if case.outcome is None and case.victims is None:
        st.info(_("Hasil dicatat sejak unit dikerahkan sampai nomor register terbit."))
        return
    st.markdown(_("Hasil: **{outcome}**").format(outcome=_(case.outcome.label) if case.outcome else "–"))
    if case.victims:
        for column, (name, label) in zip(st.columns(7), _labels().items(), strict=True):
            column.metric(label, getattr(case.victims, name))
    if case.casualty_destination:
        st.markdown(_("Rujukan: {place}").format(place=plain(case.casualty_destination)))
