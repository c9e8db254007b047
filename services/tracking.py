"""What live positions say about units at work: motions to confirm, and when they will be there now."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from citypack.city import SEA_STATION_KINDS
from domain.case import Assignment, Case
from domain.errors import BadInput
from domain.suggest import Limits
from domain.track import Motion, Signs, suspected
from domain.units import UnitState
from domain.words import Mode, UnitStatus
from geo.errors import GeoError
from geo.points import LonLat
from geo.reach import Reach
from services import registry, weather
from services.assignment import Progress
from services.live import track
from services.monitoring import Board
from services.suggestion import journeys, locate

if TYPE_CHECKING:
    from services.center import Center

TRACK_MIN = 240
KEEP_S = 10.0
"""An arrival is worked out anew at most so often for each unit."""
_PROGRESS = {Motion.LEFT: Progress.DEPART, Motion.THERE: Progress.ARRIVE}


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """A motion that a track suggests: whose, for which case, what to record, when it was."""

    case_id: str
    call_no: str
    version: int
    unit_code: str
    motion: Motion
    progress: Progress
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a unit under way will be there from where it is now, and when it was promised to be.

    `early`, `late`: the range; `promised`: None where nothing was promised; `is_estimate`: of the new one.
    """

    unit_code: str
    expected: datetime
    early: datetime
    late: datetime
    promised: datetime | None
    is_estimate: bool

    @property
    def behind_s(self) -> float | None:
        """Seconds behind the promise (negative: ahead); None where nothing was promised."""
        return None if self.promised is None else (self.expected - self.promised).total_seconds()


def to_confirm(center: "Center", now: datetime, cases: Sequence[Case]) -> list[ToConfirm]:
    """Return the motions that nobody recorded yet, oldest first."""
    under_way = {a.unit_code for case in cases for a in case.committed_units if a.arrived_at is None}
    if not under_way:
        return []
    # Each open board asks every few seconds: only of the units that are meant, for a thousand may report.
    markers = center.live.markers(now, under_way)
    units, places = registry.units(center), registry.stations(center)
    found = []
    for case in cases:
        for assigned in case.committed_units:
            unit = units.get(assigned.unit_code)
            if unit is None or assigned.unit_code not in markers or assigned.arrived_at is not None:
                continue
            goals, signs = _goals(center, case, assigned)
            since = assigned.departed_at or assigned.dispatched_at or now
            minutes = min(TRACK_MIN, int((now - since).total_seconds() // 60) + 1)
            way = track(center, now, assigned.unit_code, max(1, minutes))
            seen = suspected(assigned, way, places[unit.station].position, goals, signs)
            if seen is not None:
                progress = _PROGRESS[seen.motion]
                found.append(
                    ToConfirm(
                        case.case_id,
                        case.call_no,
                        case.version,
                        assigned.unit_code,
                        seen.motion,
                        progress,
                        seen.at,
                    )
                )
    return sorted(found, key=lambda one: (one.at, one.unit_code))


def _goals(center: "Center", case: Case, assigned: Assignment) -> tuple[list[LonLat], Signs]:
    """Return where a unit was sent, and how near counts as there."""
    city, place = center.pack.city, case.location.point
    if place is None:
        return [], Signs(city.left_m, city.arrived_land_m)
    try:
        at_sea = locate(center, place).domain == "sea"
    except GeoError:
        return [], Signs(city.left_m, city.arrived_land_m)
    if at_sea and assigned.mode is Mode.LAND:
        piers = [s.position for s in registry.stations(center).values() if s.kind in SEA_STATION_KINDS]
        return piers, Signs(city.left_m, city.arrived_land_m)
    return [place], Signs(city.left_m, city.arrived_sea_m if at_sea else city.arrived_land_m)


_lock = threading.Lock()
_kept: dict[tuple[str, str], tuple[datetime, Arrival]] = {}


def arrivals(center: "Center", now: datetime, board: Board) -> dict[str, Arrival]:
    """Return when each unit under way with a live position will be there, by unit code.

    A unit whose way cannot be worked out from where it is has no entry.
    """
    states = {s.unit.unit_code: s for s in board.units}
    asked: dict[tuple[str, str], tuple[datetime, Arrival]] = {}
    for case in board.cases:
        for assigned in case.committed_units:
            state = states.get(assigned.unit_code)
            if state is None or state.fix_age_s is None or state.status is not UnitStatus.EN_ROUTE:
                continue
            key = case.case_id, assigned.unit_code
            with _lock:
                kept = _kept.get(key)
            if kept is None or not timedelta(0) <= now - kept[0] <= timedelta(seconds=KEEP_S):
                made = _arrival(center, now, case, assigned, state)
                if made is None:
                    continue
                kept = now, made
            asked[key] = kept
    with _lock:
        _kept.clear()
        _kept.update(asked)
    return {unit_code: kept[1] for (_, unit_code), kept in asked.items()}


def _arrival(
    center: "Center", now: datetime, case: Case, assigned: Assignment, state: UnitState
) -> Arrival | None:
    reach = _reach(center, now, case, state)
    if reach is None:
        return None
    promised = None
    if assigned.eta_s is not None:
        promised = assigned.proposed_at + timedelta(seconds=assigned.eta_s)
    return Arrival(
        assigned.unit_code,
        now + timedelta(seconds=reach.eta_s),
        now + timedelta(seconds=reach.eta_low_s),
        now + timedelta(seconds=reach.eta_high_s),
        promised,
        reach.is_estimate,
    )


def _reach(center: "Center", now: datetime, case: Case, state: UnitState) -> Reach | None:
    """Return the way that is left to a unit, or None where there is none to be worked out."""
    place = case.location.point
    if place is None or case.incident.type_code is None:
        return None
    plan = registry.incident_type(center, case.incident.type_code).at_alarm(case.alarm_level)
    told = weather.current(center, now)
    try:
        cost = journeys(
            center,
            now,
            place,
            plan,
            (state,),
            frozenset({state.unit.unit_code}),
            Limits(),
            told,
        )
        return cost(state)
    except (BadInput, GeoError, KeyError):
        return None
