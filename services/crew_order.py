"""A crew's present order as its phone shows it: what, where, how to get there, what may be done next.

No more personal data than is needed: the narrative goes through the same masking as an export, and neither
the reporter's name nor number is in it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from database import cases
from database import units as unit_store
from domain.case import Assignment, Case
from domain.errors import NotFound
from domain.response_plan import IncidentType
from domain.units import Station, Unit, UnitState
from domain.words import Mode, UnitStatus
from export.redact import redact
from geo.errors import GeoError
from geo.reach import Reach
from services import crew, registry, weather
from services.center import Center
from services.crew import CrewAction
from services.evacuation import Evacuation
from services.journeys import Journeys, scene
from services.suggestion import locate
from services.ways import key, ways

NARRATIVE_LENGTH = 500
PLACE_LENGTH = 160
CELL_DEG = 0.0025
"""A crew that moved by less than about 280 m is not sent its way anew."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a unit gets there from where it is: `reach`, or `obstacle` with the sentence of why there is none.

    `evacuation`: for a casualty at sea, over which pier and to which hospital; None elsewhere.
    """

    reach: Reach | None
    obstacle: str | None
    evacuation: Evacuation | None


@dataclass(frozen=True, slots=True)
class Order:
    """The order of one unit; `case` itself must not go to a phone, only the parts named here."""

    case: Case
    assignment: Assignment
    plan: IncidentType | None
    station: Station
    place_text: str
    narrative: str
    acknowledged_at: datetime | None
    others: tuple[tuple[str, UnitStatus], ...]
    way: Way
    next: tuple[CrewAction, ...]


@dataclass(frozen=True, slots=True)
class Duty:
    """What a unit does now: its status, its order (None: none), and what its crew may do next."""

    unit: Unit
    status: UnitStatus
    order: Order | None
    next: tuple[CrewAction, ...]


def tag(center: Center, now: datetime, unit_code: str) -> str | None:
    """Return what changes whenever the answer does, cheaply; None where there is neither order nor return."""
    found = _present(center, unit_code)
    if found is None:
        ready = unit_store.readiness(center.db.read()).get(unit_code)
        is_returning = ready is not None and ready.returning_since is not None
        return _hash(unit_code, "returning") if is_returning else None
    case, status = found
    marker = center.live.markers(now, (unit_code,)).get(unit_code)
    cell = None
    if marker is not None:
        at = marker.fix.position
        cell = (round(at.lon / CELL_DEG), round(at.lat / CELL_DEG))
    told = crew.acknowledged(center, case).get(unit_code)
    return _hash(
        unit_code,
        case.case_id,
        case.version,
        status,
        cell,
        told,
        center.registry_box.generation,
        key(center),
        weather.current(center, now),
    )


def _hash(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def duty(center: Center, now: datetime, unit_code: str) -> Duty:
    """Return what a unit does now. Raises NotFound for a unit that is not in the registry."""
    unit = registry.require_unit(center, unit_code)
    states = {state.unit.unit_code: state for state in registry.unit_states(center, now)}
    state = states[unit_code]
    found = _present(center, unit_code)
    if found is None:
        may_free = state.status is UnitStatus.RETURNING
        return Duty(unit, state.status, None, (CrewAction.FREE,) if may_free else ())
    case, _ = found
    order = _order(center, now, case, state, states)
    return Duty(unit, state.status, order, order.next)


def _present(center: Center, unit_code: str) -> tuple[Case, str] | None:
    """Return the case that a unit was sent to and still serves, with its status there."""
    reader = center.db.read()
    hold = unit_store.holds(reader).get(unit_code)
    if hold is None or hold.status == UnitStatus.PROPOSED:
        return None
    try:
        case = cases.get(reader, hold.case_id)
    except NotFound:
        # The case moved to the closed ones between the two questions: its hold is gone too.
        return None
    return (case, hold.status) if crew.sent(case, unit_code) is not None else None


def _order(
    center: Center, now: datetime, case: Case, state: UnitState, states: dict[str, UnitState]
) -> Order:
    unit_code = state.unit.unit_code
    assigned = crew.sent(case, unit_code)
    if assigned is None:
        raise NotFound(crew.ORDER, unit_code)
    private = cases.get_private(center.db.read(), case.case_id)
    told = crew.acknowledged(center, case).get(unit_code)
    others = tuple(
        (one.unit_code, states[one.unit_code].status)
        for one in case.committed_units
        if one.unit_code != unit_code and one.unit_code in states
    )
    kind = case.incident.type_code
    plan = registry.snapshot(center).all_types.get(kind) if kind is not None else None
    return Order(
        case=case,
        assignment=assigned,
        plan=plan,
        station=registry.stations(center)[state.unit.station],
        place_text=redact(case.location.place_text, private, PLACE_LENGTH) or "",
        narrative=redact(private.narrative, private, NARRATIVE_LENGTH) or "",
        acknowledged_at=told,
        others=others,
        way=_way(center, now, case, state, states),
        next=_next(assigned, told),
    )


def _next(assigned: Assignment, acknowledged_at: datetime | None) -> tuple[CrewAction, ...]:
    """Return what a crew may say now; help may always be called."""
    found = [CrewAction.HELP, CrewAction.SITREP]
    if acknowledged_at is None:
        found.append(CrewAction.ACKNOWLEDGE)
    if assigned.departed_at is None:
        found.append(CrewAction.DEPART)
        return tuple(found)
    if assigned.arrived_at is None:
        found.append(CrewAction.ARRIVE)
    return (*found, CrewAction.WELL, CrewAction.RETURN)


def _way(center: Center, now: datetime, case: Case, state: UnitState, states: dict[str, UnitState]) -> Way:
    """Return the way from where the unit is; the pier is the one that suits the units sent to this case."""
    place, city, stations = case.location.point, center.pack.city, registry.stations(center)
    if place is None:
        return Way(None, None, None)
    sent = [states[one.unit_code] for one in case.committed_units if one.unit_code in states]
    posts = [stations[s.unit.station].position for s in states.values() if s.unit.mode is Mode.LAND]
    try:
        here = ways(center)
        at_sea = locate(center, place).domain == "sea"
        told = weather.current(center, now)
        cost = Journeys(here, city, scene(here, place, at_sea=at_sea, posts=posts), stations, now, told)
        boats = [s for s in sent if s.unit.mode is Mode.SEA or s.unit.sail_kmh is not None]
        carrying = city.transport_capability
        teams = [s for s in sent if s.unit.mode is Mode.LAND and carrying in s.unit.capabilities]
        cost.prepare([state, *(s for s in boats if s is not state)], boats, teams)
        evacuation = cost.evacuation
    except GeoError as error:
        return Way(None, str(error), None)
    try:
        return Way(cost(state), None, evacuation)
    except GeoError as error:
        return Way(None, str(error), evacuation)
