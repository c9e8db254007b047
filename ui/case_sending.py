"""Step 8 of a case: where its record stands on the way to DKISP, and the word for going on without."""

import streamlit as st

from domain.outbox import Outgoing, SendState
from domain.permissions import Action
from services import closing, outbox
from ui import parts
from ui.case_sheet import CaseSheet
from ui.duty import who_may
from ui.i18n import _, format_datetime
from ui.words import plain


def present(sheet: CaseSheet) -> Outgoing | None:
    """Return the case's present revision as it stands in the outbox, or None before it is queued."""
    found = outbox.of_case(parts.here(), sheet.case.case_id)
    return next((one for one in found if one.revision == sheet.case.revision), None)


def words(one: Outgoing) -> str:
    """Return where a revision stands, what the matter is, and what happens next."""
    if one.receipt is not None:
        return _("Bukti terima {receipt} · {time}").format(
            receipt=one.receipt.receipt_id, time=format_datetime(one.receipt.received_at)
        )
    told = [_(one.state.label)]
    if one.trouble is not None:
        told.append(_(one.trouble.label))
    if one.detail:
        told.append(one.detail)
    if one.state is SendState.QUEUED and one.attempts:
        told.append(
            _("{n} kali dicoba, dicoba lagi {time}").format(n=one.attempts, time=format_datetime(one.next_at))
        )
    return " · ".join(told)


def state(sheet: CaseSheet) -> None:
    """Say where the record stands; in trouble it is said as such, with the way to the outbox."""
    one = present(sheet)
    if one is None:
        st.caption(_("Data kasus belum di antrean kirim DKISP."))
        return
    text = plain(words(one))
    if one.state is SendState.TROUBLE or one.late(parts.now()):
        st.warning(text, icon=":material/report:")
    else:
        st.caption(text)


def without_receipt(sheet: CaseSheet) -> None:
    """Offer the supervisor to let the case go on without a receipt, with a reason."""
    delivery = sheet.case.delivery
    if delivery is None or delivery.receipt_id or delivery.override_reason:
        return
    if not sheet.may(Action.OVERRIDE_RECEIPT):
        st.caption(who_may(Action.OVERRIDE_RECEIPT))
        return
    reason = st.text_input(_("Alasan tanpa bukti terima"), key=sheet.key("override_reason"))
    if sheet.button(_("Tutup tanpa bukti terima"), Action.OVERRIDE_RECEIPT, "override"):
        sheet.act(closing.override_receipt, reason, done=_("Pengecualian dicatat."))
