"""How long each unit takes to one place: the cost function that a suggestion is given.

A way is what is left of the turnout, then legs: drive, launch, sail, fly, walk. For a casualty at sea (or on
an island without land units) a boat sails there, a vehicle with a boat drives to the pier from which it is
there soonest, and every other vehicle drives to the rendezvous.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

import numpy as np

from citypack.city import SEA_STATION_KINDS, City
from domain.units import Station, Unit, UnitState
from domain.weather import Weather
from domain.words import Mode, UnitStatus
from geo.errors import BeyondEndurance, DifferentIslands, NotOnLand, Unreachable
from geo.points import Floats, LonLat
from geo.reach import Leg, Reach, air_leg, launch_leg, leg, rough_drive, sea_leg, walk_leg
from geo.reach import Mode as LegMode
from geo.roads import Vehicle
from geo.water import SNAP_LIMIT_M, WaterPath
from services.evacuation import Crew, Evacuation, Rendezvous, best_pier
from services.ways import Drive, Ways, duration_s

_SURE_S = 0.001  # how much later something must be to be surely later


@dataclass(frozen=True, slots=True)
class Scene:
    """Where units are wanted. `over_water`: land units get there only with a boat."""

    place: LonLat
    at_sea: bool
    over_water: bool


def scene(here: Ways, place: LonLat, *, at_sea: bool, posts: Sequence[LonLat]) -> Scene:
    """Return the scene at a place; `posts` are the stations of the land units.

    Without any land unit nobody is kept apart by water: only the sea itself is over water then.
    """
    return Scene(place, at_sea, at_sea or bool(posts and not _shares_island(here, place, posts)))


def _shares_island(here: Ways, place: LonLat, posts: Sequence[LonLat]) -> bool:
    try:
        wanted = here.land.island(place)
    except NotOnLand:
        return False
    for post in dict.fromkeys(posts):
        try:
            if here.land.island(post) == wanted:
                return True
        except NotOnLand:
            continue
    return False


class Journeys:
    """The ways of many units to one scene, worked out together; call it with a unit's state.

    Calling raises `geo.errors.Unreachable` for a unit that has no way there.
    """

    def __init__(
        self,
        here: Ways,
        city: City,
        at: Scene,
        stations: dict[str, Station],
        now: datetime,
        weather: Weather | None = None,
    ) -> None:
        """Ask about the scene; `now` decides on the turnout by day or by night."""
        self.scene = at
        self.meeting: Rendezvous | None = None
        self.evacuation: Evacuation | None = None
        self._here, self._city, self._stations = here, city, stations
        self._wind = weather.wind if weather is not None else (None, 0.0)
        self._is_day = city.is_day(now.astimezone(city.timezone).hour)
        self._water: dict[LonLat, WaterPath | Unreachable] = {}
        self._drives: dict[tuple[LonLat, Vehicle], Drive | Unreachable] = {}
        self._to_pier: dict[tuple[LonLat, Vehicle], dict[str, Drive | Unreachable]] = {}
        self._launches: list[Rendezvous] = []
        self._by_code: dict[str, Rendezvous] = {}
        self._landing = at.place
        self._no_boat: Unreachable = DifferentIslands()

    def prepare(
        self, states: Sequence[UnitState], boats: Sequence[UnitState], teams: Sequence[UnitState]
    ) -> None:
        """Work out the ways of `states` together, and over which pier a casualty at sea comes to hospital.

        boats, teams: those of them that could bring a casualty to a pier, and on to a hospital.
        """
        piers = []
        if self.scene.over_water:
            piers = sorted(
                (s for s in self._stations.values() if s.kind in SEA_STATION_KINDS), key=lambda s: s.code
            )
        boats_out = [s for s in states if s.unit.mode is Mode.SEA]
        homes = [self._home(s.unit) for s in boats_out if s.unit.endurance_s is not None]
        sailing = [*(s.position for s in boats_out), *homes]
        self._water = self._by_water(list(dict.fromkeys([*(pier.position for pier in piers), *sailing])))
        for pier in piers:
            path = self._water[pier.position]
            if isinstance(path, WaterPath):
                self._launches.append(Rendezvous(pier, path.reversed()))
            elif not self._launches:
                self._no_boat = path
        self._by_code = {meeting.pier.code: meeting for meeting in self._launches}
        vehicles = [s for s in states if s.unit.mode is Mode.LAND]
        if not self.scene.over_water:
            self._drives = self._ask(self.scene.place, vehicles)
            return
        self._carry([s for s in vehicles if s.unit.sail_kmh is not None])
        chosen = self._choose(self._crews(boats, self), teams)
        if chosen is not None:
            self.meeting, self.evacuation = chosen
            self._learn(self.meeting, vehicles)

    def _carry(self, carriers: Sequence[UnitState]) -> None:
        """Learn the ways of vehicles with a boat to every pier from which it may be there soonest.

        A pier whose earliest thinkable arrival is later than one already found is not asked about.
        """
        if not carriers or not self._launches:
            return
        launch_s = np.array([[s.unit.launch_s] for s in carriers])
        boat_m_s = np.array([[(s.unit.sail_kmh or s.unit.cruise_kmh) / 3.6] for s in carriers])
        sail_s = launch_s + np.array([meeting.path.distance_m for meeting in self._launches]) / boat_m_s
        least_s = sail_s + self._least_to_piers_s(carriers)
        order = least_s.argsort(axis=1, kind="stable")
        found_s = np.full(len(carriers), np.inf)
        for turn in range(len(self._launches)):
            # Whoever has no way yet tries the next pier; those at the same one are asked about together.
            open_ = np.flatnonzero(np.isinf(found_s))
            for number in np.unique(order[open_, turn]).tolist():
                rows = open_[order[open_, turn] == number]
                drive_s = self._drives_to(number, [carriers[k] for k in rows.tolist()])
                found_s[rows] = sail_s[rows, number] + drive_s
        wanted = least_s <= (found_s + _SURE_S)[:, None]
        for number in np.flatnonzero(wanted.any(axis=0)).tolist():
            rows = np.flatnonzero(wanted[:, number])
            self._learn(self._launches[number], [carriers[k] for k in rows.tolist()])

    def _least_to_piers_s(self, states: Sequence[UnitState]) -> Floats:
        """Return seconds (states, launches) that no drive can take less than."""
        piers = [meeting.pier.position for meeting in self._launches]
        fastest_kmh = np.array([[s.unit.cruise_kmh] for s in states])
        return self._here.least_s([s.position for s in states], piers, fastest_kmh)

    def _drives_to(self, number: int, states: Sequence[UnitState]) -> list[float]:
        """Return the seconds of each drive to a pier; inf where there is no way."""
        meeting = self._launches[number]
        self._learn(meeting, states)
        drives = (self._to_pier[s.position, _vehicle(s.unit)][meeting.pier.code] for s in states)
        return [np.inf if isinstance(drive, Unreachable) else duration_s(drive) for drive in drives]

    def _choose(
        self, boats: Sequence[Crew], teams: Sequence[UnitState]
    ) -> tuple[Rendezvous, Evacuation] | None:
        """Return over which pier a casualty is soonest in hospital, and how (`best_pier`).

        A pier whose earliest thinkable arrival in hospital is later than one already found is not asked.
        """
        if not self._launches:
            return None
        hospitals = sorted((s for s in self._stations.values() if s.receives), key=lambda s: s.code)
        turnout_s = np.array([[s.turnout_left_s(is_day=self._is_day)] for s in teams]).reshape(-1, 1)
        there_s = turnout_s + self._least_to_piers_s(teams) if teams else np.empty((0, len(self._launches)))

        def over(piers: Sequence[int]) -> tuple[Rendezvous, Evacuation] | None:
            """Choose among some piers, with only the teams and hospitals that can be first for one."""
            crews: dict[str, Sequence[Crew]] = {}
            near: set[str] = set()
            for number in piers:
                meeting = self._launches[number]
                team = self._first_team(number, teams, there_s[:, number])
                if team is not None:
                    crews[meeting.pier.code] = [team]
                    near |= self._near(meeting.pier.position, _vehicle(team.unit), hospitals)
            kept = [hospital for hospital in hospitals if hospital.code in near]
            meetings = [self._launches[number] for number in piers]
            return best_pier(self._here, self._city, meetings, boats, crews, kept)

        if not (boats and teams and hospitals):
            # Nobody comes to a hospital, over whichever pier: so the teams decide nothing.
            chosen = best_pier(self._here, self._city, self._launches, boats, {}, hospitals)
            return None if chosen is None else over([self._launches.index(chosen[0])])
        boat = min(boats, key=lambda crew: (crew.reach.eta_s, crew.unit.unit_code))
        boat_m_s = (boat.unit.sail_kmh or boat.unit.cruise_kmh) / 3.6
        back_s = np.array([meeting.path.distance_m for meeting in self._launches]) / boat_m_s
        on_s = self._here.least_s(
            [meeting.pier.position for meeting in self._launches],
            [hospital.position for hospital in hospitals],
            np.array(max(team.unit.cruise_kmh for team in teams)),
        ).min(axis=1)
        ashore_s = boat.reach.eta_s + self._city.pickup_s + back_s
        least_s = np.maximum(ashore_s, there_s.min(axis=0)) + self._city.transfer_s + on_s
        found: dict[int, float] = {}
        for number in np.argsort(least_s, kind="stable").tolist():
            if found and least_s[number] > min(found.values()) + _SURE_S:
                break
            option = over([number])
            if option is not None and option[1].in_hospital is not None:
                found[number] = option[1].in_hospital.middle_s
        soonest_s = min(found.values(), default=np.inf)
        tied = sorted(number for number, at_s in found.items() if at_s == soonest_s)
        return over(tied or range(len(self._launches)))

    def _first_team(self, number: int, teams: Sequence[UnitState], least_s: Floats) -> Crew | None:
        """Return the team that is first at a pier; `least_s`: what each takes at the very least."""
        if not len(teams):
            return None
        likely = int(least_s.argmin())
        turnout_s = teams[likely].turnout_left_s(is_day=self._is_day)
        limit_s = turnout_s + self._drives_to(number, [teams[likely]])[0] + _SURE_S
        meeting, asked = (
            self._launches[number],
            [teams[k] for k in np.flatnonzero(least_s <= limit_s).tolist()],
        )
        self._learn(meeting, asked)
        waiting = self._crews(asked, partial(self._to, meeting))
        return min(waiting, key=lambda crew: (crew.reach.eta_s, crew.unit.unit_code), default=None)

    def _near(self, pier: LonLat, vehicle: Vehicle, hospitals: Sequence[Station]) -> set[str]:
        """Return the codes of the hospitals that can be the nearest to a pier."""
        if not hospitals:
            return set()
        least_s = self._here.least_s([pier], [s.position for s in hospitals], np.array(vehicle.cruise_kmh))[0]
        likely = hospitals[int(least_s.argmin())]
        drive = self._here.drives(likely.position, [(pier, vehicle)])[0]
        limit_s = np.inf if isinstance(drive, Unreachable) else duration_s(drive) + _SURE_S
        return {hospitals[k].code for k in np.flatnonzero(least_s <= limit_s).tolist()}

    def __call__(self, state: UnitState) -> Reach:
        """Return the way of a unit. Raises Unreachable."""
        unit = state.unit
        if state.status is UnitStatus.ON_SCENE:
            here = (self.scene.place, self.scene.place)
            return Reach((leg(_MODES[unit.mode], 0.0, 0.0, "geodesic", here),), 0.0, self._here.spread)
        if unit.mode is Mode.AIR:
            return self._reach(state, self._flight(state))
        if unit.mode is Mode.SEA:
            return self._reach(state, self._sail(state))
        if unit.mode is Mode.FOOT:
            self._here.land.require_dry_line(state.position, self.scene.place)
            way = rough_drive(
                state.position, self.scene.place, unit.cruise_kmh, detour=self._here.detour,
                spread=self._here.spread,
            )  # fmt: skip
            return self._reach(state, (replace(way, mode="foot"),))
        if not self.scene.over_water:
            return self._reach(state, _require(self._drives[state.position, _vehicle(unit)]))
        if unit.sail_kmh is not None:
            return self._with_boat(state)
        if self.meeting is None:
            raise self._no_boat
        return self._to(self.meeting, state)

    # --- kinds of ways --------------------------------------------------------------------------

    def _flight(self, state: UnitState) -> Drive:
        unit, base = state.unit, self._home(state.unit)
        spread = self._here.spread
        out = air_leg(state.position, self.scene.place, unit.cruise_kn, *self._wind, spread=spread)
        if unit.endurance_s is not None:
            home = air_leg(self.scene.place, base, unit.cruise_kn, *self._wind, spread=spread)
            # Late is what must not happen in the air: the far end of the range decides.
            self._require_endurance(unit, out.high_s + home.high_s)
        return (out,)

    def _sail(self, state: UnitState) -> Drive:
        unit, path = state.unit, self._water[state.position]
        if isinstance(path, Unreachable):
            raise path
        sail = sea_leg(path.reversed(), unit.cruise_kn, spread=self._here.spread)
        if unit.endurance_s is not None:
            home = self._water[self._home(unit)]
            if isinstance(home, Unreachable):
                raise home
            back = sea_leg(home, unit.cruise_kn, spread=self._here.spread)
            self._require_endurance(unit, sail.high_s + back.high_s)
        return (sail, *self._ashore())

    def _home(self, unit: Unit) -> LonLat:
        return self._stations[unit.station].position

    def _ashore(self) -> Drive:
        """Return the walk from the boat to a place on land; none at sea."""
        if self.scene.at_sea or self._landing == self.scene.place:
            return ()
        return (walk_leg(self._landing, self.scene.place, self._city.walk_kmh, spread=self._here.spread),)

    def _with_boat(self, state: UnitState) -> Reach:
        """Return the way over the pier from which the carried boat is there soonest."""
        unit, options = state.unit, []
        spread = self._here.spread
        # A pier that was not asked about is surely later (_carry).
        for code, drive in self._to_pier.get((state.position, _vehicle(unit)), {}).items():
            if isinstance(drive, Unreachable):
                continue
            meeting = self._by_code[code]
            out = meeting.path
            launch = launch_leg(meeting.pier.position, out.coords[0], float(unit.launch_s), spread=spread)
            sail = sea_leg(out, unit.sail_kn or unit.cruise_kn, spread=spread)
            way = self._reach(state, (*drive, launch, sail, *self._ashore()))
            options.append((way.eta_s, code, way))
        if not options:
            raise self._no_boat
        return min(options, key=lambda option: option[:2])[2]

    def _to(self, meeting: Rendezvous, state: UnitState) -> Reach:
        return self._reach(
            state, _require(self._to_pier[state.position, _vehicle(state.unit)][meeting.pier.code])
        )

    def _require_endurance(self, unit: Unit, under_way_s: float) -> None:
        needed_s = under_way_s + self._city.scene_reserve_s
        if unit.endurance_s is not None and needed_s > unit.endurance_s:
            raise BeyondEndurance(needed_min=round(needed_s / 60), endurance_min=round(unit.endurance_s / 60))

    def _by_water(self, places: Sequence[LonLat]) -> dict[LonLat, WaterPath | Unreachable]:
        """Return the ways from the scene to each place, as seen from the scene.

        On another island people walk from where a boat can land, as far as they walk from a road.
        """
        limit_m = SNAP_LIMIT_M
        if self.scene.over_water and not self.scene.at_sea:
            limit_m = max(SNAP_LIMIT_M, self._city.walk_limit_m)
        try:
            self._landing = self._here.water.landing(self.scene.place, limit_m)
        except Unreachable as refused:
            return dict.fromkeys(places, refused)
        return dict(zip(places, self._here.water.from_one(self._landing, places), strict=True))

    # --- asking together ------------------------------------------------------------------------

    def _ask(
        self, target: LonLat, vehicles: Sequence[UnitState]
    ) -> dict[tuple[LonLat, Vehicle], Drive | Unreachable]:
        asked = list(dict.fromkeys((s.position, _vehicle(s.unit)) for s in vehicles))
        return dict(zip(asked, self._here.drives(target, asked), strict=True))

    def _learn(self, meeting: Rendezvous, vehicles: Sequence[UnitState]) -> None:
        code = meeting.pier.code
        unknown = [s for s in vehicles if code not in self._to_pier.get((s.position, _vehicle(s.unit)), ())]
        asked = list(dict.fromkeys((s.position, _vehicle(s.unit)) for s in unknown))
        kept = self._here.drives_kept(meeting.pier.position, asked)
        for mover, drive in zip(asked, kept, strict=True):
            self._to_pier.setdefault(mover, {})[code] = drive

    def _crews(self, states: Sequence[UnitState], cost: Callable[[UnitState], Reach]) -> list[Crew]:
        crews = []
        for state in states:
            try:
                crews.append(Crew(state.unit, cost(state)))
            except Unreachable:
                continue
        return crews

    def _reach(self, state: UnitState, legs: tuple[Leg, ...]) -> Reach:
        turnout_s = state.turnout_left_s(is_day=self._is_day)
        return Reach(legs, turnout_s, self._here.spread, _is_somewhere_else(state))


_MODES: dict[Mode, LegMode] = {
    Mode.LAND: "land",
    Mode.SEA: "sea",
    Mode.AIR: "air",
    Mode.FOOT: "foot",
}


def _is_somewhere_else(state: UnitState) -> bool:
    """Whether a unit is under way without a position: counting from its station is then a guess."""
    return state.fix_age_s is None and state.status in (UnitStatus.RETURNING, UnitStatus.EN_ROUTE)


def _vehicle(unit: Unit) -> Vehicle:
    return _vehicle_of(unit.kind, unit.cruise_kmh)


@cache
def _vehicle_of(kind: str, cruise_kmh: float) -> Vehicle:
    """Return one object for all that drive alike: made thousands of times otherwise."""
    return Vehicle(kind, cruise_kmh)


def _require(drive: Drive | Unreachable) -> Drive:
    if isinstance(drive, Unreachable):
        # Kept ones are raised again and again: each time without where it was raised before.
        raise drive.with_traceback(None)
    return drive
