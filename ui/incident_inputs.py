"""What happened: incident type, victims, priority and matra, the same inputs on Penerimaan and Kasus.

The type brings its priority and, for the air, its matra; the place brings land or sea. Both are only
beginnings: what a person chooses afterwards stays.
"""

import streamlit as st

from domain.case import Incident, Location
from domain.words import PRIORITIES, Domain
from geo.points import LonLat
from services import registry
from ui import parts
from ui.i18n import _
from ui.location_picker import point_of, zone_domain
from ui.state import field

TYPE, VICTIMS, UNKNOWN, PRIORITY, DOMAIN = "type", "victims", "victims_unknown", "priority", "domain"
_ZONED = "zoned_for"


def begin(scope: str, start: Incident) -> None:
    """Fill the inputs of `scope` from what is known already, the first time it is drawn."""
    values = {
        TYPE: start.type_code,
        VICTIMS: start.victims_estimate,
        UNKNOWN: start.victims_unknown,
        PRIORITY: start.priority,
        DOMAIN: start.domain,
    }
    for name, value in values.items():
        st.session_state.setdefault(field(scope, name), value)


def type_input(scope: str) -> None:
    """Ask for the incident type; typing finds it by code, name or local words."""
    types = registry.plan(parts.here()).types
    chosen = st.session_state[field(scope, TYPE)]
    retired = [chosen] if chosen is not None and chosen not in types else []
    st.selectbox(
        _("Jenis kejadian"),
        [*retired, *types],
        index=None,
        format_func=_type_words,
        key=field(scope, TYPE),
        on_change=_type_changed,
        args=(scope,),
        placeholder=_("ketik: tenggelam, api, 65, ular, longsor …"),
        persist_state="session",
    )


def victims_and_priority(scope: str) -> None:
    """Ask how many victims, or that it is not known yet, and how urgent it is."""
    count, unknown, priority = st.columns([2, 2, 3], vertical_alignment="bottom")
    count.number_input(
        _("Perkiraan korban"),
        min_value=0,
        max_value=9999,
        value=None,
        step=1,
        key=field(scope, VICTIMS),
        disabled=bool(st.session_state[field(scope, UNKNOWN)]),
        placeholder=_("orang"),
        persist_state="session",
    )
    unknown.checkbox(_("Belum diketahui"), key=field(scope, UNKNOWN), persist_state="session")
    priority.selectbox(
        _("Prioritas"),
        list(PRIORITIES),
        index=None,
        format_func=lambda level: f"P{level} · {_(PRIORITIES[level])}",
        key=field(scope, PRIORITY),
        placeholder=_("ikut jenis kejadian"),
        persist_state="session",
    )


def domain_input(scope: str, place: Location) -> Domain | None:
    """Ask for the matra; land or sea follows a newly set place, air stays as chosen."""
    key, zoned = field(scope, DOMAIN), field(scope, _ZONED)
    state, point = st.session_state, point_of(place)
    moved = zoned in state and state[zoned] != point
    if point is not None and (moved or state.get(key) is None):
        _follow_place(key, point)
    state[zoned] = point
    chosen = st.segmented_control(
        _("Matra"),
        list(Domain),
        format_func=lambda domain: _(domain.label),
        key=key,
        label_visibility="collapsed",
        persist_state="session",
    )
    return Domain(chosen) if chosen else None


def incident(scope: str) -> Incident:
    """Return what the inputs say now."""
    state = st.session_state
    unknown = bool(state[field(scope, UNKNOWN)])
    victims = state[field(scope, VICTIMS)]
    domain = state.get(field(scope, DOMAIN))
    return Incident(
        type_code=state[field(scope, TYPE)],
        domain=Domain(domain) if domain else None,
        priority=state[field(scope, PRIORITY)],
        victims_estimate=None if unknown or victims is None else int(victims),
        victims_unknown=unknown,
    )


def _follow_place(key: str, point: LonLat) -> None:
    if st.session_state.get(key) is not Domain.AIR:
        st.session_state[key] = zone_domain(point)


def _type_changed(scope: str) -> None:
    code = st.session_state[field(scope, TYPE)]
    if code is None:
        return
    kind = registry.incident_type(parts.here(), code)
    st.session_state[field(scope, PRIORITY)] = kind.priority
    key = field(scope, DOMAIN)
    if kind.domain is Domain.AIR or st.session_state.get(key) is None:
        st.session_state[key] = kind.domain


def _type_words(code: str) -> str:
    """Return what a type is found by: code, name and the words people use for it."""
    kind = registry.incident_type(parts.here(), code)
    words = ", ".join(kind.search)
    return f"{code} · {_(kind.label)}" + (f" — {words}" if words else "")
