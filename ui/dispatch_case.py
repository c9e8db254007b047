"""Which case units are sent to: the chooser, and what is said when there is none or it is not ready."""

from collections.abc import Sequence

import streamlit as st

from domain.case import Case
from domain.errors import SigapError
from domain.stages import between
from domain.words import CallClass, CaseStatus
from services import monitoring
from services.monitoring import BoardRow
from ui import goto
from ui.i18n import _
from ui.parts import choose_case, chosen_case, here, say_refusal
from ui.words import case_title, plain, priority_code

_KEY = "dispatch_case"
_STATUSES = between(CaseStatus.CLASSIFIED, CaseStatus.MONITORING)


def takes_units(case: Case) -> bool:
    """Return whether units may be proposed for a case (SOP step 5 begins once the call is normal)."""
    return case.call.call_class is CallClass.NORMAL and case.status in _STATUSES


def choose(rows: Sequence[BoardRow]) -> BoardRow | None:
    """Show the chooser of open cases, worst first; return the chosen one.

    The first is chosen where none was, and stays so though another becomes worse: a case must not change
    under the officer's hands.
    """
    by_id = {row.case.case_id: row for row in rows if takes_units(row.case)}
    chosen = chosen_case()
    if chosen is None and by_id:
        chosen = next(iter(by_id))
        choose_case(chosen)
    st.session_state[_KEY] = chosen if chosen in by_id else None
    st.selectbox(
        _("Kasus"),
        list(by_id),
        format_func=lambda case_id: _line(by_id[case_id].case),
        key=_KEY,
        on_change=lambda: choose_case(st.session_state[_KEY]),
        placeholder=_("Pilih kasus"),
        label_visibility="collapsed",
        disabled=not by_id,
    )
    if chosen in by_id:
        return by_id[chosen]
    _explain(chosen, any_case=bool(by_id))
    return None


def _line(case: Case) -> str:
    priority = priority_code(case.incident.priority)
    return f"{priority} · {case.call_no} · {case_title(case)} · {_(case.status.label)}"


def _explain(chosen: str | None, *, any_case: bool) -> None:
    """Say why there is nothing to dispatch, and what to do next."""
    with st.container(border=True, key="dispatch_empty"):
        if chosen is None:
            title = _("Tidak ada kasus yang menunggu unit")
            st.markdown(f"**{title}**")
            st.write(_("Kasus tampil di sini setelah jenis panggilannya ditetapkan Normal (langkah 2)."))
            if st.button(_("Buka Pemantauan"), key="dispatch_to_watch"):
                goto.screen("pemantauan")
            return
        try:
            case = monitoring.get(here(), chosen)
        except SigapError as error:
            say_refusal(error)
            return
        title = _("Kasus ini tidak menerima unit sekarang")
        st.markdown(f"**{title}**")
        st.write(plain(f"{case.call_no} · {case_title(case)} · {_(case.status.label)}"))
        if any_case:
            st.write(_("Pilih kasus lain di atas, atau buka kasus ini untuk melihat langkah berikutnya."))
        to_case(case)


def to_case(case: Case) -> None:
    """Offer to open the case on Kasus."""
    if st.button(_("Buka Kasus"), key="dispatch_to_case"):
        goto.case(case.case_id)
