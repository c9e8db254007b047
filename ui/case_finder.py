"""Finding a case: by its number, from the open ones, or by `?kasus=` in the address."""

import streamlit as st

from domain.words import PRIORITIES
from services import monitoring
from services.monitoring import BoardRow
from ui import parts
from ui.i18n import _
from ui.state import field
from ui.words import case_title, case_where, plain, priority_code

SCOPE = "case_finder"
NUMBER, OPEN, MISSED = field(SCOPE, "number"), field(SCOPE, "open"), field(SCOPE, "missed")


def finder(rows: tuple[BoardRow, ...]) -> None:
    """Draw the search box and the list of open cases, worst first."""
    titles = {row.case.case_id: f"{_short(row)} · {row.case.call_no}" for row in rows}
    with st.container(horizontal=True, vertical_alignment="center", key="case_finder", wrap=False):
        st.text_input(
            _("Nomor panggilan atau register"),
            key=NUMBER,
            on_change=_by_number,
            placeholder=_("Nomor panggilan atau register"),
            label_visibility="collapsed",
            width=190,
        )
        st.selectbox(
            _("Kasus terbuka"),
            list(titles),
            index=None,
            format_func=lambda case_id: titles.get(case_id, case_id),
            key=OPEN,
            on_change=_from_list,
            placeholder=_("Kasus terbuka ({n})").format(n=len(titles)),
            label_visibility="collapsed",
        )
    missed = st.session_state.get(MISSED)
    if missed:
        st.warning(
            _("Nomor “{number}” tidak ditemukan. Tulis nomor panggilan atau nomor register lengkap.").format(
                number=missed
            )
        )


def open_list(rows: tuple[BoardRow, ...]) -> None:
    """Draw what is there to open while no case is chosen."""
    if not rows:
        st.info(_("Tidak ada kasus terbuka. Panggilan baru dibuka pada halaman Penerimaan."))
        return
    with parts.panel("open_cases", _("Kasus terbuka, yang paling mendesak di atas")):
        for row in rows:
            words, action = st.columns([8, 2], vertical_alignment="center")
            words.markdown(f"**{plain(_short(row))}**  \n{plain(case_where(row.case))}")
            action.button(
                _("Buka"),
                key=f"open-{row.case.case_id}",
                on_click=parts.choose_case,
                args=(row.case.case_id,),
                width="stretch",
            )


def priority_label(priority: int | None) -> str:
    """Return “P1 Mengancam jiwa”."""
    return f"{priority_code(priority)} {_(PRIORITIES[priority])}" if priority else _("prioritas belum ada")


def _short(row: BoardRow) -> str:
    return f"{priority_code(row.case.incident.priority)} · {case_title(row.case)}"


def _by_number() -> None:
    number = st.session_state[NUMBER].strip()
    found = monitoring.find(parts.here(), number) if number else None
    st.session_state[MISSED] = number if number and found is None else None
    if found is not None:
        parts.choose_case(found)
        st.session_state[NUMBER] = ""


def _from_list() -> None:
    if st.session_state[OPEN]:
        parts.choose_case(st.session_state[OPEN])
        st.session_state[OPEN] = None
