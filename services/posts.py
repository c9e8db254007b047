"""Where one more post would help: what the registered units reach from their stations, now and with it.

For planning, not for this minute: every registered and crewed unit counts as if it stood at its station, so
that the answer does not change with what is going on. A standard from the report holds the processing of the
alarm, the turnout and the way; one from the order holds the last two. Nothing here is stored.
"""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import shapely

from analytics import chance
from analytics.selection import By, Selection
from domain.coverage import Bools, CityReach, CoverageStandard, Planning
from domain.errors import Need, SigapError
from domain.units import Station, Unit
from domain.words import N_, Mode, UnitStatus
from geo.coverage import demand_points
from geo.points import Floats, LonLat
from geo.roads import Vehicle
from services import analysis, registry
from services.center import Center
from services.coverage import coverage_map, travel
from services.suggestion import locate
from services.ways import key, ways

TRIED_EACH = 60
"""How many places of each kelurahan are tried for a proposal."""
PLACE_DIGITS = 5
"""Decimals of a post's degrees, about a metre: what stands in the address is what is counted with."""


class NoPostThere(SigapError):
    """A post cannot stand at a place."""

    template = N_("Pos tidak dapat ditempatkan di titik ini: {reason} Pilih titik di darat wilayah {city}.")


@dataclass(frozen=True, slots=True)
class Processing:
    """How long an alarm is processed, in seconds: the median of `n` cases, or the city's standard."""

    seconds: float
    n: int
    is_measured: bool


@dataclass(frozen=True, slots=True)
class Past:
    """What a selection of cases tells: calls for help of each kelurahan (by code), and the processing."""

    cases: Mapping[str, int]
    processing: Processing

    @property
    def n(self) -> int:
        """Calls for help in some kelurahan."""
        return sum(self.cases.values())


@dataclass(frozen=True, slots=True)
class Question:
    """Which standard, counted from when, and by which turnout."""

    standard: CoverageStandard
    since_report: bool = True
    is_day: bool = True

    def head_s(self, past: Past) -> float:
        """Return the seconds that pass before a unit is told to go, as far as the standard counts them."""
        return past.processing.seconds if self.since_report else 0.0


@dataclass(frozen=True, slots=True)
class Crew:
    """What a new post would send: a kind of vehicle, its speed, its turnout; as `n` units have them now."""

    kind: str
    cruise_kmh: float
    turnout_day_s: float
    turnout_night_s: float
    n: int

    def turnout_s(self, *, is_day: bool) -> float:
        """Return the turnout by day or by night."""
        return self.turnout_day_s if is_day else self.turnout_night_s


@dataclass(frozen=True, slots=True)
class Site:
    """A place of the city where a post may stand, and its kelurahan."""

    place: LonLat
    adm_code: str
    kelurahan: str


@dataclass(frozen=True, slots=True)
class Served:
    """A station and how many units with the capability it has; `out` of them are out of service now."""

    station: Station
    units: int
    out: int


@dataclass(frozen=True, slots=True)
class Reached:
    """The answer. `turnouts_s`: shortest and longest of the units, None without any; `places`: how many."""

    reach: CityReach
    stations: tuple[Served, ...]
    turnouts_s: tuple[float, float] | None
    places: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best place for one post among `tried` ones, and what it does."""

    site: Site
    reach: CityReach
    tried: int


_lock = threading.Lock()
_tried: dict[tuple[str, int], tuple[LonLat, ...]] = {}


def past(center: Center, wanted: Selection) -> Past:
    """Return what the cases of a selection tell; the city's standard where too few say how long it took."""
    known = {one.code for one in center.pack.zones.kelurahan}
    counted = analysis.counts_by(center, wanted, By.KELURAHAN, merged=False)
    cases = {str(code): counts.normal for code, counts in counted if code in known}
    taken = analysis.interval(center, wanted, "alarm_processing_s")
    if taken.median_s is None or taken.n < chance.LEAST:
        return Past(cases, Processing(center.pack.city.alarm_processing_s, taken.n, is_measured=False))
    return Past(cases, Processing(float(taken.median_s), taken.n, is_measured=True))


def crews(center: Center, standard: CoverageStandard) -> tuple[Crew, ...]:
    """Return what a new post could send: each kind of vehicle that serves a standard, the commonest first.

    Of a kind's units the median of speed and turnouts.
    """
    units = _serving(center, standard)
    kinds = Counter(unit.kind for unit in units)
    return tuple(
        Crew(
            kind,
            float(np.median([unit.cruise_kmh for unit in mine])),
            float(np.median([unit.turnout_day_s for unit in mine])),
            float(np.median([unit.turnout_night_s for unit in mine])),
            n,
        )
        for kind, n in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
        for mine in ([unit for unit in units if unit.kind == kind],)
    )


def site(center: Center, place: LonLat) -> Site:
    """Return a place, to the metre, as one where a post may stand.

    Raises NoPostThere at sea or on others' land, OutsideArea or SwappedCoordinate (geo.errors) off the map.
    """
    place = place.rounded(PLACE_DIGITS)
    zone = locate(center, place)
    if zone.adm_code is not None and zone.kelurahan is not None:
        return Site(place, zone.adm_code, zone.kelurahan)
    city = center.pack.city.name
    near = center.pack.kelurahan[zone.nearest_kelurahan].name
    if zone.domain == "sea":
        words = N_("laut, {metres} m dari pantai {kelurahan}.")
    else:
        words = N_("darat di luar kota, {metres} m dari {kelurahan}.")
    raise NoPostThere(
        reason=Need(words, metres=max(1, round(zone.shore_distance_m)), kelurahan=near), city=city
    )


def reached(
    center: Center,
    now: datetime,
    past: Past,
    question: Question,
    post: tuple[Site, Crew] | None = None,
) -> Reached:
    """Return the shares within a standard by the registered units, and with a post where one is given."""
    units = _serving(center, question.standard)
    planning = _planning(center, past, question, units)
    out = {
        state.unit.unit_code
        for state in registry.unit_states(center, now)
        if state.status is UnitStatus.OUT_OF_SERVICE
    }
    counts = Counter(unit.station for unit in units)
    stations = registry.stations(center)
    served = tuple(
        Served(stations[code], n, sum(1 for unit in units if unit.station == code and unit.unit_code in out))
        for code, n in sorted(counts.items())
    )
    turnouts = [_turnout_s(unit, question) for unit in units]
    return Reached(
        planning.now() if post is None else planning.with_post(*_from_post(center, past, question, *post)),
        served,
        (min(turnouts), max(turnouts)) if turnouts else None,
        len(coverage_map(center).places.points),
    )


def proposal(center: Center, past: Past, question: Question, crew: Crew) -> Proposal | None:
    """Return the place that brings most of the city within a standard; None where none brings any.

    Exact among the places that are tried: of each kelurahan the same number, along its roads where known.
    """
    here, tried = coverage_map(center), candidates(center)
    planning = _planning(center, past, question, _serving(center, question.standard))
    times = here.times.seconds(tried, Vehicle(crew.kind, crew.cruise_kmh))
    best = planning.best(times + question.head_s(past) + crew.turnout_s(is_day=question.is_day))
    if best is None:
        return None
    found = site(center, tried[best])
    reach = planning.with_post(*_from_post(center, past, question, found, crew))
    return Proposal(found, reach, len(tried))


def candidates(center: Center) -> tuple[LonLat, ...]:
    """Return the places that are tried for a proposal; found at the first, and anew for new roads."""
    wanted = key(center)
    with _lock:
        if wanted not in _tried:
            here, zones = ways(center), {one.code: one.geometry for one in center.pack.zones.kelurahan}
            found = demand_points(zones, TRIED_EACH, here.projector, here.roads)
            rounded = [
                (code, at.rounded(PLACE_DIGITS)) for code, at in zip(found.zone, found.points, strict=True)
            ]
            for old in [known for known in _tried if known[0] == wanted[0]]:
                del _tried[old]
            # At the shore a metre is enough to be at sea.
            _tried[wanted] = tuple(
                at for code, at in rounded if shapely.contains_xy(zones[code], at.lon, at.lat)
            )
        return _tried[wanted]


def knows_roads(center: Center) -> bool:
    """Return whether a road network is installed, so that places are tried along its roads."""
    return ways(center).roads is not None


def _serving(center: Center, standard: CoverageStandard) -> list[Unit]:
    """Return the registered units that count: with the capability, on land, and crewed."""
    return [
        unit
        for _code, unit in sorted(registry.units(center).items())
        if standard.capability in unit.capabilities and unit.mode is Mode.LAND and unit.is_crewed
    ]


def _planning(center: Center, past: Past, question: Question, units: Sequence[Unit]) -> Planning:
    here, stations = coverage_map(center), registry.stations(center)
    times, rough = travel(
        here, [(stations[unit.station].position, Vehicle(unit.kind, unit.cruise_kmh)) for unit in units]
    )
    times += np.array([_turnout_s(unit, question) for unit in units]).reshape(-1, 1) + question.head_s(past)
    weights = {code: 1.0 + past.cases.get(code, 0) for code in here.places.zone}
    return Planning(here.places.zone, weights, times, rough, question.standard.standard_s)


def _from_post(
    center: Center, past: Past, question: Question, site: Site, crew: Crew
) -> tuple[Floats, Bools]:
    """Return when a post's unit comes to each place, and whether that is an estimate."""
    times, rough = coverage_map(center).times.timed([site.place], Vehicle(crew.kind, crew.cruise_kmh))
    return times[0] + question.head_s(past) + crew.turnout_s(is_day=question.is_day), rough[0]


def _turnout_s(unit: Unit, question: Question) -> float:
    return float(unit.turnout_day_s if question.is_day else unit.turnout_night_s)
