"""Which units are nearest and fill the plan, for a place or for a case."""

from dataclasses import dataclass
from datetime import datetime

from domain.case import Case
from domain.errors import BadInput, Need
from domain.response_plan import IncidentType
from domain.suggest import Limits, Suggestion, asked, fills, is_too_rough, obstacle, suggest
from domain.units import UnitState
from domain.weather import Weather
from domain.words import N_, Domain, Mode
from geo.points import LonLat
from geo.zones import Zone
from services import coverage, registry, weather
from services.center import Center
from services.evacuation import Evacuation, Rendezvous
from services.journeys import Journeys, scene
from services.ways import ways


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion with what it is for: place, zone, alarm level, the weather that it was checked against.

    `meeting`, `evacuation`: for a casualty at sea, where land teams meet the boat and how the casualty comes
    to a hospital; None elsewhere.
    """

    suggestion: Suggestion
    place: LonLat
    zone: Zone
    alarm: int
    weather: Weather | None
    meeting: Rendezvous | None
    evacuation: Evacuation | None


def locate(center: Center, place: LonLat) -> Zone:
    """Return what a place belongs to. Raises OutsideArea or SwappedCoordinate (geo.errors)."""
    return center.pack.zones.locate(center.pack.area.require(place))


def suggest_at(
    center: Center,
    now: datetime,
    place: LonLat,
    type_code: str,
    domain: Domain | None = None,
    *,
    case_id: str | None = None,
    alarm: int = 1,
    priority: int | None = None,
    with_coverage: bool = True,
) -> Suggested:
    """Return the suggestion for an incident of a type at a place.

    domain: matra where the caller knows it, else what lies there. case_id: units that this case holds
    count as its own. alarm: level of the plan. priority: the case's, else the plan's.
    """
    plan = registry.incident_type(center, type_code).at_alarm(alarm)
    zone = locate(center, place)
    states = registry.unit_states(center, now)
    keep = frozenset(s.unit.unit_code for s in states if case_id is not None and s.case_id == case_id)
    told = weather.current(center, now)
    limits = Limits(told.wave_m if told is not None else None, center.pack.city.position_max_age_s)
    cost = journeys(center, now, place, plan, states, keep, limits, told)
    found = suggest(
        plan,
        domain or Domain(zone.domain),
        states,
        cost,
        keep,
        limits=limits,
        coverage=coverage.coverage(center, now, states) if with_coverage else None,
        priority=priority,
    )
    return Suggested(found, place, zone, alarm, told, cost.meeting, cost.evacuation)


def journeys(
    center: Center,
    now: datetime,
    place: LonLat,
    plan: IncidentType,
    states: tuple[UnitState, ...],
    keep: frozenset[str],
    limits: Limits,
    told: Weather | None,
) -> Journeys:
    """Return the ways to a place of every unit that the plan could use and nothing keeps back."""
    here, places = ways(center), registry.stations(center)
    posts = [places[s.unit.station].position for s in states if s.unit.mode is Mode.LAND]
    at_sea = locate(center, place).domain == "sea"
    cost = Journeys(here, center.pack.city, scene(here, place, at_sea=at_sea, posts=posts), places, now, told)
    wanted = asked((*plan.required, *plan.optional))
    going = [s for s in states if fills(s, wanted) and obstacle(s, keep, limits) is None]
    boats = [
        s
        for s in going
        if (s.unit.mode is Mode.SEA or s.unit.sail_kmh is not None)
        and (s.unit.unit_code in keep or not is_too_rough(s, limits))
    ]
    carrying = center.pack.city.transport_capability
    teams = [s for s in going if s.unit.mode is Mode.LAND and carrying in s.unit.capabilities]
    cost.prepare(going, _required(plan, boats), _required(plan, teams))
    return cost


def _required(plan: IncidentType, states: list[UnitState]) -> list[UnitState]:
    """Return those that the plan requires; all where it requires none."""
    needs = asked(plan.required)
    return [s for s in states if fills(s, needs)] or states


def suggest_for(center: Center, now: datetime, case: Case, *, with_coverage: bool = True) -> Suggested:
    """Return the suggestion for a case. Raises BadInput while its type or coordinates are unknown."""
    incident = case.incident
    if incident.type_code is None:
        raise BadInput(
            "incident_type", N_("Jenis Kejadian"), Need(N_("belum diketahui. Isi pada halaman Kasus."))
        )
    return suggest_at(
        center,
        now,
        place_of(case),
        incident.type_code,
        incident.domain,
        case_id=case.case_id,
        alarm=case.alarm_level,
        priority=incident.priority,
        with_coverage=with_coverage,
    )


def place_of(case: Case) -> LonLat:
    """Return where a case is. Raises BadInput while it has no coordinates."""
    place = case.location.point
    if place is None:
        raise BadInput(
            "location", N_("Lokasi"), Need(N_("belum berkoordinat. Letakkan di peta pada halaman Kasus."))
        )
    return place
