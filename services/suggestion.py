"""Which units are nearest and fill the plan, for a place or for a case."""

from dataclasses import dataclass
from datetime import datetime

from domain.case import Case
from domain.errors import BadInput, Need
from domain.suggest import Suggestion, suggest
from domain.words import N_, Domain
from geo.points import LonLat
from geo.zones import Zone
from services import registry
from services.center import Center
from services.ways import Rendezvous, costs, rendezvous


@dataclass(frozen=True, slots=True)
class Suggested:
    """A suggestion with where it is for: the zone, and the pier where land teams meet the boat."""

    suggestion: Suggestion
    place: LonLat
    zone: Zone
    meeting: Rendezvous | None


def locate(center: Center, place: LonLat) -> Zone:
    """Return what a place belongs to. Raises OutsideArea or SwappedCoordinate (geo.errors)."""
    return center.pack.zones.locate(center.pack.area.require(place))


def suggest_at(
    center: Center,
    now: datetime,
    place: LonLat,
    type_code: str,
    domain: Domain | None = None,
    case_id: str | None = None,
) -> Suggested:
    """Return the suggestion for an incident of a type at a place.

    domain: matra where the caller knows it, else what lies there. case_id: units that this case holds
    count as its own.
    """
    plan = registry.incident_type(center, type_code)
    zone = locate(center, place)
    states = registry.unit_states(center, now)
    keep = frozenset(s.unit.unit_code for s in states if case_id is not None and s.case_id == case_id)
    meeting = rendezvous(center, place) if zone.domain == "sea" else None
    cost = costs(center, now, place, states, meeting)
    found = suggest(plan, domain or Domain(zone.domain), states, cost, keep)
    return Suggested(found, place, zone, meeting)


def suggest_for(center: Center, now: datetime, case: Case) -> Suggested:
    """Return the suggestion for a case. Raises BadInput while its type or coordinates are unknown."""
    place = case.location
    if case.incident.type_code is None:
        raise BadInput(
            "incident_type", N_("Jenis Kejadian"), Need(N_("belum diketahui. Isi pada halaman Kasus."))
        )
    if place.lon is None or place.lat is None:
        raise BadInput(
            "location", N_("Lokasi"), Need(N_("belum berkoordinat. Letakkan di peta pada halaman Kasus."))
        )
    return suggest_at(
        center, now, LonLat(place.lon, place.lat), case.incident.type_code, case.incident.domain, case.case_id
    )
