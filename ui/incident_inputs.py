"""What happened: incident type, victims, priority and matra, the same inputs on Penerimaan and Kasus.

Priority follows the type. Matra follows the type for the air, else the place, else the type. What a
person chooses stays, whatever type or place is chosen afterwards.
"""

import streamlit as st

from domain.case import Incident, Location
from domain.response_plan import IncidentType
from domain.words import PRIORITIES, Domain
from geo.points import LonLat
from services import registry
from ui import parts
from ui.i18n import _
from ui.location_picker import zone_domain
from ui.state import field, is_forgotten
from ui.words import plain, priority_code

TYPE, VICTIMS, UNKNOWN, PRIORITY, DOMAIN = "type", "victims", "victims_unknown", "priority", "domain"
_PRIORITY_SET, _DOMAIN_SET = "priority_set", "domain_set"
"""Whether a person chose the priority, the matra."""
HELD = (TYPE, VICTIMS, UNKNOWN, PRIORITY, DOMAIN, _PRIORITY_SET, _DOMAIN_SET)
"""The names under which what is chosen stands in its scope."""


def begin(scope: str, start: Incident, place: Location) -> None:
    """Fill the inputs of `scope` from what is known already, the first time it is drawn.

    A stored priority or matra that does not come from type and place was chosen by a person.
    """
    if field(scope, TYPE) not in st.session_state:
        reset(scope, start, place)


def reset(scope: str, start: Incident, place: Location) -> None:
    """Fill the inputs of `scope` anew from what is known."""
    kind = _type(start.type_code)
    values = {
        TYPE: start.type_code,
        VICTIMS: start.victims_estimate,
        UNKNOWN: start.victims_unknown,
        PRIORITY: start.priority,
        DOMAIN: start.domain,
        _PRIORITY_SET: start.priority not in (None, kind.priority if kind else None),
        _DOMAIN_SET: start.domain not in (None, _natural_domain(kind, place.point)),
    }
    for name, value in values.items():
        st.session_state[field(scope, name)] = value


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
        format_func=lambda level: f"{priority_code(level)} · {_(PRIORITIES[level])}",
        key=field(scope, PRIORITY),
        on_change=_chosen,
        args=(scope, PRIORITY, _PRIORITY_SET),
        placeholder=_("ikut jenis kejadian"),
        persist_state="session",
    )


def domain_input(scope: str, place: Location) -> Domain | None:
    """Ask for the matra; until a person chooses it, it follows type and place."""
    key, state = field(scope, DOMAIN), st.session_state
    if not state[field(scope, _DOMAIN_SET)]:
        state[key] = _natural_domain(_type(state[field(scope, TYPE)]), place.point)
    chosen = st.segmented_control(
        _("Matra"),
        list(Domain),
        format_func=lambda domain: _(domain.label),
        key=key,
        on_change=_chosen,
        args=(scope, DOMAIN, _DOMAIN_SET),
        label_visibility="collapsed",
        persist_state="session",
    )
    return Domain(chosen) if chosen else None


def side_line(scope: str, place: Location) -> None:
    """Say it when the place lies on the other side of the shore than the type happens; nothing is refused."""
    kind = _type(st.session_state[field(scope, TYPE)])
    if kind is None or kind.domain is Domain.AIR or place.point is None:
        return
    if (here := zone_domain(place.point)) is not kind.domain:
        words = _(
            "Jenis “{type}” terjadi di {side}, titik ini di {here}. Periksa titik atau jenisnya."
        ).format(type=_(kind.label), side=_(kind.domain.label).lower(), here=_(here.label).lower())
        st.markdown(f":orange[▲ {plain(words)}]")


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


def _chosen(scope: str, name: str, mark: str) -> None:
    """Note that a person chose this; emptied, it follows type and place again."""
    if not is_forgotten(scope, name):
        st.session_state[field(scope, mark)] = st.session_state[field(scope, name)] is not None


def _type_changed(scope: str) -> None:
    if is_forgotten(scope, TYPE):
        return
    if not st.session_state[field(scope, _PRIORITY_SET)]:
        kind = _type(st.session_state[field(scope, TYPE)])
        st.session_state[field(scope, PRIORITY)] = kind.priority if kind else None


def _natural_domain(kind: IncidentType | None, point: LonLat | None) -> Domain | None:
    """Return the matra that type and place suggest, None while neither is known."""
    if kind is not None and kind.domain is Domain.AIR:
        return Domain.AIR
    if point is not None:
        return zone_domain(point)
    return kind.domain if kind else None


def _type(code: str | None) -> IncidentType | None:
    return registry.incident_type(parts.here(), code) if code is not None else None


def _type_words(code: str) -> str:
    """Return what a type is found by: code, name and the words people use for it."""
    kind = registry.incident_type(parts.here(), code)
    words = ", ".join(kind.search)
    return f"{code} · {_(kind.label)}" + (f" — {words}" if words else "")
