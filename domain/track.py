"""What a unit's positions suggest about its way: that it left, that it arrived. A person confirms it.

SOP steps 5 and 6: the times of departure and arrival are somebody's word; a track only proposes them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.case import Assignment
from domain.positions import Fix
from domain.words import N_, Label
from geo.points import LonLat, geodesic_m


class Motion(Label):
    """What a track suggests."""

    LEFT = "left", N_("tampak sudah berangkat")
    THERE = "there", N_("tampak sudah tiba")


@dataclass(frozen=True, slots=True)
class Signs:
    """How far (m) from its station a unit has left, and how near to its goal it has arrived."""

    left_m: float
    arrived_m: float


@dataclass(frozen=True, slots=True)
class Suspected:
    """A motion that nobody recorded yet, and the time of the first position that shows it."""

    motion: Motion
    at: datetime


def suspected(
    unit: Assignment, track: Sequence[Fix], station: LonLat, goals: Sequence[LonLat], signs: Signs
) -> Suspected | None:
    """Return what the positions since the order suggest and nobody recorded; None where nothing.

    track: oldest first. goals: any of them is where the unit was sent (for a land team of a casualty at sea
    the piers). A unit that stands at its goal already has left and arrived; leaving is recorded first.
    """
    if unit.dispatched_at is None or unit.arrived_at is not None or not unit.is_active:
        return None
    since = unit.departed_at or unit.dispatched_at
    for fix in track:
        if fix.reported_at < since:
            continue
        there = any(geodesic_m(fix.position, goal) <= signs.arrived_m for goal in goals)
        away = geodesic_m(fix.position, station) > signs.left_m
        if unit.departed_at is None and (away or (there and _moved(fix, station, signs))):
            return Suspected(Motion.LEFT, fix.reported_at)
        if unit.departed_at is not None and there:
            return Suspected(Motion.THERE, fix.reported_at)
    return None


def _moved(fix: Fix, station: LonLat, signs: Signs) -> bool:
    """Whether a unit at a goal near its own station has come there; else it never left."""
    return geodesic_m(fix.position, station) > signs.arrived_m
