"""Piket, history: the handovers written last, each to be read and printed as it was signed."""

import streamlit as st

from domain.case import Actor
from domain.handover import Handover
from services import duty, papers
from ui import parts, shift_sheet, shift_words, state
from ui.i18n import _, format_datetime
from ui.state import DUTY_PAPER

SCOPE = "handover-history"


def draw(_actor: Actor) -> None:
    """Draw the list and the chosen handover."""
    every = duty.handovers(parts.here())
    if not every:
        st.caption("○ " + _("Belum ada serah terima."))
        return
    by_id = {one.document.handover_id: one for one in every}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        name = st.selectbox(
            _("Serah terima, yang terbaru lebih dahulu"),
            list(by_id),
            format_func=lambda one: _line(by_id[one]),
            key=state.field(SCOPE, "chosen"),
        )
        _paper(by_id[name])
    st.html(shift_sheet.document(by_id[name]))


def _line(one: Handover) -> str:
    told = one.document
    return (
        f"{told.label} · {told.leaver.name} · {format_datetime(told.written_at)} · {shift_words.state(one)}"
    )


def _paper(one: Handover) -> None:
    """Offer the paper; made when it is asked for."""
    name = one.document.handover_id
    # What became of it is on the paper too: one that was made before does not count any more.
    stamp = f"{name}/{one.state.value}"
    if st.button(_("Siapkan cetakan"), key=state.field(SCOPE, "make")):
        with parts.refusals():
            st.session_state[DUTY_PAPER] = (stamp, papers.signed_handover(parts.here(), name))
    made: tuple[str, bytes] | None = st.session_state.get(DUTY_PAPER)
    if made is not None and made[0] == stamp:
        file = f"serah-terima-{one.document.watch.day:%Y%m%d}-{one.document.watch.shift}.pdf"
        st.download_button(
            _("Unduh {name}").format(name=file),
            made[1],
            file_name=file,
            mime="application/pdf",
            on_click="ignore",
            key=state.field(SCOPE, "get"),
        )
