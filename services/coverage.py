"""How much of the city stands covered now, and what each unit would leave uncovered.

Every kelurahan is represented by the same number of places; it weighs as much as its past demand: the normal
calls of the last `demand_days` days, and one more, so that none weighs nothing.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from database import reads
from domain.coverage import Bools, Coverage, CoverageStandard
from domain.units import UnitState
from domain.words import Mode, UnitStatus
from geo.coverage import DemandPoints, TravelTimes, demand_points
from geo.points import Floats, LonLat
from geo.roads import Vehicle
from services.center import Center
from services.ways import key, ways

PLACES_EACH = 12
"""How many places stand for each kelurahan."""


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """The places that stand for the city, and how long vehicles take to them."""

    places: DemandPoints
    times: TravelTimes


_lock = threading.Lock()
_maps: dict[tuple[str, int], CoverageMap] = {}
_weights: dict[str, tuple[date, dict[str, float]]] = {}


def coverage_map(center: Center) -> CoverageMap:
    """Return the city's coverage map; built at the first question, and anew for a new road network."""
    wanted = key(center)
    here = ways(center)
    with _lock:
        if wanted not in _maps:
            zones = {one.code: one.geometry for one in center.pack.zones.kelurahan}
            places = demand_points(zones, PLACES_EACH, here.projector, here.roads)
            times = TravelTimes(
                places.points, here.projector, here.land, here.roads, here.detour, here.road_snap_m
            )
            for old in [known for known in _maps if known[0] == wanted[0]]:
                del _maps[old]
            _maps[wanted] = CoverageMap(places, times)
        return _maps[wanted]


def coverage(center: Center, now: datetime, states: Sequence[UnitState]) -> Coverage | None:
    """Return the coverage by the units that stand ready; None where the city watches none."""
    city = center.pack.city
    if not city.coverage:
        return None
    here = coverage_map(center)
    is_day = city.is_day(now.astimezone(city.timezone).hour)
    ready = [s for s in states if _stands_ready(s, city.position_max_age_s)]
    watched = [_watch(here, standard, ready, is_day=is_day) for standard in city.coverage]
    return Coverage(here.places.zone, demand(center, now), watched, is_estimate=here.times.is_estimate)


def demand(center: Center, now: datetime) -> dict[str, float]:
    """Return the weight of each kelurahan by code; read from the cases once a day."""
    city = center.pack.city
    today = now.astimezone(city.timezone).date()
    file = str(center.settings.db_path)
    with _lock:
        known = _weights.get(file)
    if known is None or known[0] != today:
        past = reads.demand(center.db.read(), now - timedelta(days=city.demand_days))
        known = today, {one.code: 1.0 + past.get(one.code, 0) for one in center.pack.zones.kelurahan}
        with _lock:
            _weights[file] = known
    return known[1]


def _watch(
    here: CoverageMap, standard: CoverageStandard, ready: Sequence[UnitState], *, is_day: bool
) -> tuple[CoverageStandard, list[str], np.ndarray]:
    """Return the standard, who serves it, and when each would be at each place, turnout included."""
    serving = [s for s in ready if standard.capability in s.unit.capabilities]
    times, _rough = travel(here, [(s.position, Vehicle(s.unit.kind, s.unit.cruise_kmh)) for s in serving])
    turnout = [state.turnout_left_s(is_day=is_day) for state in serving]
    times += np.array(turnout, dtype=np.float64).reshape(-1, 1)
    return standard, [state.unit.unit_code for state in serving], times


def travel(here: CoverageMap, starts: Sequence[tuple[LonLat, Vehicle]]) -> tuple[Floats, Bools]:
    """Return the seconds from each start to each place (starts, places), and which are estimates.

    The map is asked once for each kind of vehicle.
    """
    times = np.full((len(starts), len(here.places.points)), np.inf)
    rough = np.zeros(times.shape, dtype=bool)
    by_vehicle: dict[Vehicle, list[int]] = {}
    for row, (_position, vehicle) in enumerate(starts):
        by_vehicle.setdefault(vehicle, []).append(row)
    for vehicle, rows in by_vehicle.items():
        times[rows], rough[rows] = here.times.timed([starts[row][0] for row in rows], vehicle)
    return times, rough


def _stands_ready(state: UnitState, oldest_s: int) -> bool:
    """Whether a unit covers anything now: free, crewed, and where it is known to be."""
    if state.unit.mode is not Mode.LAND or not state.unit.is_crewed:
        return False
    if state.status is UnitStatus.RETURNING:
        return state.fix_age_s is not None and state.fix_age_s <= oldest_s
    return state.status is UnitStatus.AVAILABLE and (state.fix_age_s or 0) <= oldest_s
