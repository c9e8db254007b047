"""Agencies, stations and rescue units: what a command center can send."""

from dataclasses import dataclass

from domain.words import Mode, UnitStatus
from geo.points import LonLat

KNOT_KMH = 1.852


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation that is notified and sends units. `parent` links one department's two SOP lines."""

    code: str
    name: str
    parent: str | None = None
    phone: str | None = None
    channel: str | None = None
    support: bool = False


@dataclass(frozen=True, slots=True)
class Station:
    """A place units start from, or a pier, hospital, airport; `accuracy_m` is honest about the position."""

    code: str
    name: str
    kind: str
    agency: str | None
    position: LonLat
    accuracy_m: int
    address: str
    source: str

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

    @property
    def cruise_kn(self) -> float:
        """Planning speed in knots, for boats and aircraft."""
        return self.cruise_kmh / KNOT_KMH


@dataclass(frozen=True, slots=True)
class UnitState:
    """Where a unit is and what it does now; `fix_age_s` None means: no fix, taken to be at its station."""

    unit: Unit
    status: UnitStatus
    position: LonLat
    fix_age_s: int | None
    case_id: str | None = None
    held_by: str | None = None
    reason: str | None = None
