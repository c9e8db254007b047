"""From the casualty at sea to a hospital: who brings them to which pier, who waits there, where they go.

The pier is chosen so that the casualty is soonest in a hospital that receives at any hour: sail back, hand
over, drive. A land team for a casualty at sea therefore goes to that pier, its rendezvous.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from citypack.city import City
from domain.units import Station, Unit
from geo.errors import Unreachable
from geo.points import LonLat
from geo.reach import Leg, Reach, sea_leg
from geo.roads import Vehicle
from geo.water import WaterPath
from services.ways import Drive, Ways, duration_s


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from now, with the early and the late end of the range."""

    low_s: float
    middle_s: float
    high_s: float

    def later(self, seconds: float, spread: float) -> "Span":
        """Return the time that many seconds later, which are known to within `spread` (a share)."""
        return self.add(seconds * (1 - spread), seconds, seconds * (1 + spread))

    def add(self, low_s: float, middle_s: float, high_s: float) -> "Span":
        """Return the time a range later."""
        return Span(self.low_s + low_s, self.middle_s + middle_s, self.high_s + high_s)

    def not_before(self, other: "Span") -> "Span":
        """Return when both have happened."""
        return Span(
            max(self.low_s, other.low_s), max(self.middle_s, other.middle_s), max(self.high_s, other.high_s)
        )


@dataclass(frozen=True, slots=True)
class Rendezvous:
    """Where a land team meets the boat: the pier, and the water route from there to the casualty."""

    pier: Station
    path: WaterPath


@dataclass(frozen=True, slots=True)
class Evacuation:
    """The way of a casualty at sea. Without boat, team or hospital the parts that need them are None.

    `boat_there`: when the first boat is at the casualty; `ashore`: when it is at the pier; `team_there`: when
    the team is; `in_hospital`: when the casualty is. `back`: the leg to the pier; `drive`: the legs to the
    hospital; `is_estimate`: whether any of it is a rough estimate; `boat_is_estimate`: the boat's part.
    """

    pier: Station
    boat: Unit | None = None
    back: Leg | None = None
    boat_there: Span | None = None
    ashore: Span | None = None
    team: Unit | None = None
    team_there: Span | None = None
    hospital: Station | None = None
    drive: Drive = ()
    in_hospital: Span | None = None
    is_estimate: bool = False
    boat_is_estimate: bool = False


@dataclass(frozen=True, slots=True)
class Crew:
    """One unit that could do a part, and its way: to the casualty (a boat) or to the pier (a team)."""

    unit: Unit
    reach: Reach


def best_pier(
    here: Ways,
    city: City,
    meetings: Sequence[Rendezvous],
    boats: Sequence[Crew],
    teams: dict[str, Sequence[Crew]],
    hospitals: Sequence[Station],
) -> tuple[Rendezvous, Evacuation] | None:
    """Return the pier over which the casualty is soonest in hospital, and how; None without any pier.

    meetings: piers that the water reaches; boats: those that could go, with their ways to the casualty;
    teams: by pier code, those that could wait there. Where no boat can go, the pier nearest by water.
    """
    boat = min(boats, key=lambda crew: (crew.reach.eta_s, crew.unit.unit_code), default=None)
    options = [
        (meeting, _over(here, city, meeting, boat, teams.get(meeting.pier.code, ()), hospitals))
        for meeting in meetings
    ]
    return min(options, key=_order, default=None)


def _order(option: tuple[Rendezvous, Evacuation]) -> tuple[bool, float, bool, float, float, str]:
    """Prefer a hospital that is reached, then a boat that comes, then the nearer pier."""
    meeting, way = option
    return (
        way.in_hospital is None,
        way.in_hospital.middle_s if way.in_hospital else 0.0,
        way.ashore is None,
        way.ashore.middle_s if way.ashore else 0.0,
        meeting.path.distance_m,
        meeting.pier.code,
    )


def _over(
    here: Ways,
    city: City,
    meeting: Rendezvous,
    boat: Crew | None,
    teams: Sequence[Crew],
    hospitals: Sequence[Station],
) -> Evacuation:
    """Return the way over one pier."""
    pier, spread = meeting.pier, here.spread
    team = min(teams, key=lambda crew: (crew.reach.eta_s, crew.unit.unit_code), default=None)
    back = boat_there = ashore = None
    if boat is not None:
        speed_kn = boat.unit.sail_kn or boat.unit.cruise_kn
        back = sea_leg(meeting.path.reversed(), speed_kn, spread=spread)
        boat_there = _span(boat.reach)
        # On another island the crew walked the last part; it carries the casualty back that way.
        carried_s = duration_s([boat.reach.legs[-1]]) if boat.reach.legs[-1].mode == "foot" else 0.0
        ashore = boat_there.later(city.pickup_s + carried_s + back.duration_s, spread)
    team_there = _span(team.reach) if team is not None else None
    hospital, drive = _nearest_hospital(here, pier.position, team, hospitals)
    in_hospital = None
    if ashore is not None and team_there is not None and hospital is not None:
        in_hospital = ashore.not_before(team_there).later(city.transfer_s + duration_s(drive), spread)
    rough = any(leg.method == "estimate" for leg in drive)
    rough = rough or any(crew is not None and crew.reach.is_estimate for crew in (boat, team))
    return Evacuation(
        pier=pier,
        boat=boat.unit if boat else None,
        back=back,
        boat_there=boat_there,
        ashore=ashore,
        team=team.unit if team else None,
        team_there=team_there,
        hospital=hospital,
        drive=drive,
        in_hospital=in_hospital,
        is_estimate=rough,
        boat_is_estimate=boat is not None and boat.reach.is_estimate,
    )


def _nearest_hospital(
    here: Ways, pier: LonLat, team: Crew | None, hospitals: Sequence[Station]
) -> tuple[Station | None, Drive]:
    """Return the hospital that the team reaches soonest from the pier, with the way."""
    if team is None:
        return None, ()
    vehicle = Vehicle(team.unit.kind, team.unit.cruise_kmh)
    found = []
    for hospital in hospitals:
        drive = here.drives(hospital.position, [(pier, vehicle)])[0]
        if not isinstance(drive, Unreachable):
            found.append((duration_s(drive), hospital.code, hospital, drive))
    if not found:
        return None, ()
    _, _, hospital, drive = min(found, key=lambda one: one[:2])
    return hospital, drive


def _span(reach: Reach) -> Span:
    return Span(reach.eta_low_s, reach.eta_s, reach.eta_high_s)
