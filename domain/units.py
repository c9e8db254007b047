"""Agencies, stations and rescue units: what a command center can send."""

from dataclasses import dataclass

from domain.words import Mode, UnitStatus
from geo.points import LonLat

KNOT_KMH = 1.852


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation that is notified and sends units. `parent` links one department's two SOP lines.

    `welfare_s`: how often its crews must be heard from, seconds; None where the city's cadence holds.
    """

    code: str
    name: str
    parent: str | None = None
    phone: str | None = None
    channel: str | None = None
    support: bool = False
    welfare_s: int | None = None


@dataclass(frozen=True, slots=True)
class Station:
    """A place units start from, or a pier, hospital, airport; `accuracy_m` is honest about the position.

    `receives`: whether casualties can be brought here at any hour (hospitals only).
    """

    code: str
    name: str
    kind: str
    agency: str | None
    position: LonLat
    accuracy_m: int
    address: str
    source: str
    receives: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a negative accuracy."""
        if self.accuracy_m < 0:
            raise ValueError("accuracy_m must not be negative")


@dataclass(frozen=True, slots=True)
class Unit:
    """A crewed vehicle, boat, aircraft or team.

    `cruise_kmh` is the planning speed (observed, not from a brochure; knots are converted once, when
    the pack is read); turnout by day and by night in seconds. `example` marks a code or number
    without a source (contoh).

    `crew_min`: with fewer personnel it cannot go. `endurance_s`: longest time under way on its fuel, out,
    work and back; None where it sets no limit. `sea_limit_m`: highest significant wave it works in; None
    where unknown. `sail_kmh`, `launch_s`: planning speed of the boat that a vehicle carries, and the time
    from the vehicle's arrival at the pier until that boat floats.
    """

    unit_code: str
    agency: str
    kind: str
    mode: Mode
    capabilities: frozenset[str]
    station: str
    cruise_kmh: float
    turnout_day_s: int
    turnout_night_s: int
    personnel: int
    example: bool = True
    crew_min: int = 1
    endurance_s: int | None = None
    sea_limit_m: float | None = None
    sail_kmh: float | None = None
    launch_s: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for a unit that could never move or go."""
        if not self.unit_code.strip():
            raise ValueError("unit_code must not be empty")
        if self.cruise_kmh <= 0:
            raise ValueError("cruise speed must be above 0")
        if self.turnout_day_s < 0 or self.turnout_night_s < 0 or self.personnel < 0:
            raise ValueError("turnout and personnel must not be negative")
        if not self.capabilities:
            raise ValueError("a unit needs at least one capability")
        if self.crew_min < 0 or self.launch_s < 0:
            raise ValueError("crew_min and launch_s must not be negative")
        limits = (self.endurance_s, self.sea_limit_m, self.sail_kmh)
        if any(limit is not None and limit <= 0 for limit in limits):
            raise ValueError("endurance, sea limit and boat speed must be above 0 where they are given")

    @property
    def cruise_kn(self) -> float:
        """Planning speed in knots, for boats and aircraft."""
        return self.cruise_kmh / KNOT_KMH

    @property
    def sail_kn(self) -> float | None:
        """Planning speed in knots of the boat that this vehicle carries; None where it carries none."""
        return None if self.sail_kmh is None else self.sail_kmh / KNOT_KMH

    @property
    def is_crewed(self) -> bool:
        """Whether enough personnel are there to go."""
        return self.personnel >= self.crew_min


@dataclass(frozen=True, slots=True)
class UnitState:
    """Where a unit is and what it does now; `fix_age_s` None means: no fix, taken to be at its station.

    `since_s`: seconds since it was told to go, while it is dispatched or under way; else None.
    """

    unit: Unit
    status: UnitStatus
    position: LonLat
    fix_age_s: int | None
    case_id: str | None = None
    held_by: str | None = None
    reason: str | None = None
    since_s: int | None = None

    def turnout_left_s(self, *, is_day: bool) -> float:
        """Return what is left of the turnout, in seconds.

        None for a crew known to move, the rest for one told to go, else all of it by day or by night.
        """
        unit, status = self.unit, self.status
        whole_s = float(unit.turnout_day_s if is_day else unit.turnout_night_s)
        moves = status in (UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE)
        if moves or (status is UnitStatus.RETURNING and self.fix_age_s is not None):
            return 0.0
        if status is UnitStatus.DISPATCHED and self.since_s is not None:
            return max(0.0, whole_s - self.since_s)
        return whole_s
