"""The unit board by agency, and the switch between Siaga and Tidak Siap."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from itertools import groupby

import streamlit as st

from domain.case import Actor
from domain.permissions import Action
from domain.units import UnitState
from domain.words import Mode, UnitStatus
from services import registry
from ui.duty import allowed
from ui.i18n import _
from ui.parts import act, here, now
from ui.state import field
from ui.words import agency_name, plain

_SIGNS = {Mode.LAND: "■", Mode.SEA: "◆", Mode.AIR: "▲", Mode.FOOT: "■"}
_AT_WORK = (UnitStatus.DISPATCHED, UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE)
_COLUMNS = (
    (UnitStatus.AVAILABLE,),
    (UnitStatus.PROPOSED,),
    _AT_WORK,
    (UnitStatus.RETURNING,),
    (UnitStatus.OUT_OF_SERVICE,),
)


def table(units: Sequence[UnitState]) -> None:
    """Show how many units of each agency do what, and name those at work."""
    titles = (
        _("Instansi"),
        _("Siaga"),
        _("Diusulkan"),
        _("Bertugas"),
        _("Kembali"),
        _("Tidak Siap"),
        _("Yang bertugas"),
    )
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(_row(agency, list(some)) for agency, some in _by_agency(units))
    st.html(f'<table class="sigap-units"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _by_agency(units: Sequence[UnitState]) -> list[tuple[str, list[UnitState]]]:
    order = {code: place for place, code in enumerate(here().pack.agencies)}
    ordered = sorted(units, key=lambda u: (order.get(u.unit.agency, len(order)), u.unit.agency))
    return [(agency, list(some)) for agency, some in groupby(ordered, key=lambda u: u.unit.agency)]


def _row(agency: str, units: list[UnitState]) -> str:
    counts = Counter(unit.status for unit in units)
    cells = "".join(_count(sum(counts[s] for s in column), column) for column in _COLUMNS)
    names = " ".join(_chip(unit) for unit in units if unit.status in _AT_WORK)
    return (
        f'<tr><th scope="row" title="{escape(agency_name(agency))}">{escape(agency)}</th>'
        f'{cells}<td class="names">{names}</td></tr>'
    )


def _count(n: int, column: tuple[UnitStatus, ...]) -> str:
    return f'<td class="n {"zero" if n == 0 else column[0].value}">{n}</td>'


def _chip(unit: UnitState) -> str:
    words = f"{unit.unit.unit_code} · {_(unit.unit.mode.label)} · {_(unit.status.label)}"
    sign = _SIGNS[unit.unit.mode]
    return (
        f'<span class="chip {unit.status.value}" title="{escape(words)}">{sign} {escape(unit.unit.unit_code)}'
        f" <small>{escape(_(unit.status.label))}</small></span>"
    )


def readiness(units: Sequence[UnitState], actor: Actor | None) -> None:
    """Offer to take a unit out of service with a reason, or to make it ready again."""
    with st.popover(_("Kesiapan unit"), key="watch_readiness"):
        if allowed(actor, Action.SET_UNIT_SERVICE):
            _change(units, actor)


def _change(units: Sequence[UnitState], actor: Actor) -> None:
    idle = {u.unit.unit_code: u for u in units if u.status not in (*_AT_WORK, UnitStatus.PROPOSED)}
    code = st.selectbox(
        _("Unit yang tidak bertugas"),
        list(idle),
        format_func=lambda c: f"{c} · {_(idle[c].status.label)}",
        key="watch_readiness_unit",
        index=None,
        placeholder=_("Pilih unit"),
    )
    if code is None:
        return
    state = idle[code]
    if state.status is UnitStatus.OUT_OF_SERVICE:
        st.caption(_("Tidak siap karena: {reason}").format(reason=plain(state.reason or "–")))
        _make_ready(actor, code, _("Jadikan Siaga"))
        return
    if state.status is UnitStatus.RETURNING:
        _make_ready(actor, code, _("Sudah di pos / Siaga"))
    # A reason is for one unit only; it must not stand there for the next one.
    reason = st.text_input(_("Alasan tidak siap"), key=field("watch_reason", code), max_chars=120)
    if st.button(_("Jadikan Tidak Siap"), key="watch_unready"):
        act(
            lambda: registry.set_service(here(), now(), actor, code, reason),
            _("{unit} kini Tidak Siap").format(unit=code),
        )


def _make_ready(actor: Actor, code: str, label: str) -> None:
    if st.button(label, key="watch_ready", type="primary"):
        act(
            lambda: registry.set_service(here(), now(), actor, code, None),
            _("{unit} kini Siaga").format(unit=code),
        )
