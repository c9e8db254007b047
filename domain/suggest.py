"""Suggestion: which units fill an incident's plan, nearest first, what each leaves behind, what is missing.

Pure: how long a unit takes is a cost function given by the caller, so that roads, water and air (or an
honest estimate) plug in without a change here. Eligibility comes first, then the time of arrival; ties break
by unit code, so that a result repeats. The plan is filled as a set (`domain.fill`).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from domain.coverage import Coverage
from domain.errors import Need
from domain.fill import best_set
from domain.response_plan import IncidentType, Requirement
from domain.units import UnitState
from domain.words import N_, Domain, Label, Mode, UnitStatus
from geo.errors import BeyondEndurance, Unreachable
from geo.reach import Reach

Cost = Callable[[UnitState], Reach]
"""Gives a unit's way to the incident; raises `geo.errors.Unreachable` where there is none."""

TIE_S = 60.0
"""Arrivals this near to each other count as equal for coverage, and for nothing else."""

_NOTHING: frozenset[str] = frozenset()


class Obstacle(Label):
    """Why a capable unit cannot be suggested, or a need has none; first what could be undone soonest."""

    HELD = "held", N_("semua unit yang mampu sedang bertugas atau dipegang kasus lain")
    NOT_CREWED = "not_crewed", N_("unit yang mampu kurang awak")
    STALE_POSITION = "stale_position", N_("posisi unit yang mampu sudah terlalu lama")
    SEA_STATE = "sea_state", N_("gelombang di atas batas unit yang mampu")
    ENDURANCE = "endurance", N_("bahan bakar unit yang mampu tidak cukup untuk pergi-pulang")
    UNREACHABLE = "unreachable", N_("unit yang mampu tidak dapat menjangkau lokasi")
    OUT_OF_SERVICE = "out_of_service", N_("unit yang mampu tidak siap")
    NO_UNIT = "no_unit", N_("tidak ada unit dengan kemampuan ini di registri")


@dataclass(frozen=True, slots=True)
class Limits:
    """What units are checked against: wave height told (None = not told), oldest usable position."""

    wave_m: float | None = None
    position_max_age_s: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit of the ranked list. `fills` are the capabilities the plan asks of it; rank from 1.

    `recommended`: it belongs to the set that fills the plan. `instead_of`: the unit up to a minute earlier
    that stays behind because the city would be left barer without it.
    """

    rank: int
    state: UnitState
    reach: Reach
    fills: tuple[str, ...]
    recommended: bool
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A capable unit that cannot be suggested, with the kind and the sentence of why.

    `why` is None where status, reason and holder of the state say it.
    """

    state: UnitState
    obstacle: Obstacle
    why: Need | Unreachable | None = None


@dataclass(frozen=True, slots=True)
class Shortfall:
    """`missing` units of `agency` with `capability` cannot be found.

    `reason` is what could be undone soonest; `blocked` are the units that would do, each with its own.
    """

    agency: str
    capability: str
    missing: int
    reason: Obstacle
    blocked: tuple[Unavailable, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The ranked candidates, the shortfalls, and the capable units left out."""

    incident_type: str
    domain: Domain
    candidates: tuple[Candidate, ...]
    shortfalls: tuple[Shortfall, ...]
    left_out: tuple[Unavailable, ...]
    coverage: Coverage | None = None

    @property
    def recommended(self) -> tuple[Candidate, ...]:
        """The candidates that fill the plan."""
        return tuple(c for c in self.candidates if c.recommended)


def suggest(
    plan: IncidentType,
    domain: Domain,
    units: Sequence[UnitState],
    cost: Cost,
    keep: frozenset[str] = frozenset(),
    *,
    limits: Limits = Limits(),
    coverage: Coverage | None = None,
    priority: int | None = None,
) -> Suggestion:
    """Return the suggestion for an incident of type `plan` (at its alarm level) over `domain`.

    units: every unit of the registry with its present state; cost: each unit's way there; keep: unit codes
    that the case holds already, which count as filling the plan and are listed again; priority: the case's,
    the plan's where None. Coverage decides between arrivals up to `TIE_S` apart, never at priority 1.
    """
    wanted = asked((*plan.required, *plan.optional))
    capable = [u for u in units if fills(u, wanted)]
    ready: list[tuple[Reach, UnitState]] = []
    left_out = []
    for state in capable:
        found = _reach(state, cost, keep, limits)
        if isinstance(found, Unavailable):
            left_out.append(found)
        else:
            ready.append((found, state))
    ready.sort(key=lambda pair: (is_assumed_at_station(pair[1]), pair[0].eta_s, pair[1].unit.unit_code))
    left_out.sort(key=lambda item: item.state.unit.unit_code)
    chosen, empty = _fill(plan, ready, keep)
    swaps: dict[int, str] = {}
    if coverage is not None and (priority or plan.priority) > 1:
        swaps = _spare_coverage(chosen, ready, keep, coverage)
    rows = set(chosen)
    candidates = tuple(
        Candidate(
            rank=row + 1,
            state=state,
            reach=reach,
            fills=tuple(sorted(fills(state, wanted))),
            recommended=row in rows,
            instead_of=swaps.get(row),
        )
        for row, (reach, state) in enumerate(ready)
    )
    return Suggestion(plan.code, domain, candidates, _shortfalls(empty, left_out), tuple(left_out), coverage)


def asked(needs: Iterable[Requirement]) -> dict[str, frozenset[str]]:
    """Return by agency the capabilities that any of the needs asks for."""
    by_agency: dict[str, set[str]] = {}
    for need in needs:
        if need.capability is not None:
            by_agency.setdefault(need.agency, set()).add(need.capability)
    return {agency: frozenset(capabilities) for agency, capabilities in by_agency.items()}


def fills(state: UnitState, wanted: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return what a unit can do of what is `asked` of its agency: nothing where it `can` fill no need."""
    return wanted.get(state.unit.agency, _NOTHING) & state.unit.capabilities


def can(state: UnitState, need: Requirement) -> bool:
    """Return whether a unit is one that a need asks for."""
    return state.unit.agency == need.agency and need.capability in state.unit.capabilities


def has_unknown_fuel(state: UnitState) -> bool:
    """Whether a unit with limited fuel is under way already: what it used so far nobody told us."""
    moving = (UnitStatus.RETURNING, UnitStatus.EN_ROUTE)
    return state.unit.endurance_s is not None and state.status in moving


def is_assumed_at_station(state: UnitState) -> bool:
    """Whether a unit is on its way back without a position: counted from its station, after all others."""
    return state.status is UnitStatus.RETURNING and state.fix_age_s is None


def obstacle(state: UnitState, keep: frozenset[str], limits: Limits) -> Unavailable | None:
    """Return what keeps a unit from being suggested before its way is asked for, or None."""
    unit = state.unit
    if unit.unit_code in keep:
        return None
    if state.status is UnitStatus.OUT_OF_SERVICE:
        return Unavailable(state, Obstacle.OUT_OF_SERVICE)
    if state.status not in (UnitStatus.AVAILABLE, UnitStatus.RETURNING):
        return Unavailable(state, Obstacle.HELD)
    if not unit.is_crewed:
        why = Need(
            N_("awak {personnel} orang, perlu sedikitnya {crew_min}"),
            personnel=unit.personnel,
            crew_min=unit.crew_min,
        )
        return Unavailable(state, Obstacle.NOT_CREWED, why)
    oldest_s = limits.position_max_age_s
    if oldest_s is not None and state.fix_age_s is not None and state.fix_age_s > oldest_s:
        why = Need(
            N_("posisi terakhir {age} menit lalu, batas {limit} menit; tanyakan lewat radio"),
            age=state.fix_age_s // 60,
            limit=oldest_s // 60,
        )
        return Unavailable(state, Obstacle.STALE_POSITION, why)
    if unit.mode is Mode.SEA and is_too_rough(state, limits):
        return _too_rough(state, limits)
    return None


def _reach(state: UnitState, cost: Cost, keep: frozenset[str], limits: Limits) -> Reach | Unavailable:
    stopped = obstacle(state, keep, limits)
    if stopped is not None:
        return stopped
    own = state.unit.unit_code in keep
    try:
        found = cost(state)
    except Unreachable as error:
        if own:
            # It was sent and counts for the plan, though its way from where it is now cannot be worked out.
            return Reach((), rough=True)
        kind = Obstacle.ENDURANCE if isinstance(error, BeyondEndurance) else Obstacle.UNREACHABLE
        return Unavailable(state, kind, error)
    sails = any(leg.mode == "sea" for leg in found.legs)
    if sails and not own and is_too_rough(state, limits):
        return _too_rough(state, limits)
    return found


def is_too_rough(state: UnitState, limits: Limits) -> bool:
    """Whether the waves are higher than a unit's boat works in; not so while neither is known."""
    limit_m = state.unit.sea_limit_m
    return limits.wave_m is not None and limit_m is not None and limits.wave_m > limit_m


def _too_rough(state: UnitState, limits: Limits) -> Unavailable:
    why = Need(
        N_("gelombang {wave} m, batas unit ini {limit} m"), wave=limits.wave_m, limit=state.unit.sea_limit_m
    )
    return Unavailable(state, Obstacle.SEA_STATE, why)


def _fill(
    plan: IncidentType, ready: Sequence[tuple[Reach, UnitState]], keep: frozenset[str]
) -> tuple[list[int], list[Requirement]]:
    """Return the rows of the units that fill the plan, and a need for each of its places left empty.

    What the case holds already is there as far as the plan is concerned, so its units come first. Units
    counted from a place that is only assumed come last: their time is not known.
    """
    places = [need for need in plan.required if need.capability is not None for _ in range(need.count)]
    # Most units are like another one: what they can fill is looked up once.
    rows = {(s.unit.agency, s.unit.capabilities): s for _, s in ready}
    like = {kind: [can(state, need) for need in places] for kind, state in rows.items()}
    able = np.array([like[s.unit.agency, s.unit.capabilities] for _, s in ready], dtype=bool)
    unsure_s = 1.0 + max((reach.eta_s for reach, _ in ready), default=0.0)
    times = [
        0.0
        if state.unit.unit_code in keep
        else reach.eta_s + (unsure_s if is_assumed_at_station(state) else 0.0)
        for reach, state in ready
    ]
    found = best_set(np.array(times, dtype=np.float64), able.reshape(len(ready), len(places)))
    chosen = [row for row in found if row is not None]
    empty = [need for need, row in zip(places, found, strict=True) if row is None]
    return chosen, empty


def _spare_coverage(
    chosen: list[int],
    ready: Sequence[tuple[Reach, UnitState]],
    keep: frozenset[str],
    coverage: Coverage,
) -> dict[int, str]:
    """Swap chosen units (in place) for ones at most a minute later that leave the city better covered.

    Only for units of the same agency that can do all that the chosen one does. Returns who stays behind,
    by the row of who goes instead.
    """
    lost = coverage.losses([state.unit.unit_code for _, state in ready])
    swaps = {}
    for place, row in enumerate(chosen):
        reach, state = ready[row]
        if state.unit.unit_code in keep:
            continue
        options = [
            other
            for other, (way, rival) in enumerate(ready)
            if other not in chosen
            and 0 <= way.eta_s - reach.eta_s <= TIE_S
            and rival.unit.agency == state.unit.agency
            and rival.unit.capabilities >= state.unit.capabilities
            and not is_assumed_at_station(rival)
            and lost[rival.unit.unit_code] < lost[state.unit.unit_code] - 1e-9
        ]
        if options:
            best = min(options, key=lambda other: (lost[ready[other][1].unit.unit_code], other))
            chosen[place] = best
            swaps[best] = state.unit.unit_code
    return swaps


def _shortfalls(empty: Sequence[Requirement], left_out: Sequence[Unavailable]) -> tuple[Shortfall, ...]:
    """Return what is missing, by agency and capability; `empty` has one need for each empty place."""
    order = list(Obstacle)
    missing: dict[tuple[str, str], list[Requirement]] = {}
    for need in empty:
        missing.setdefault((need.agency, need.capability or ""), []).append(need)
    shortfalls = []
    for (agency, capability), needs in sorted(missing.items()):
        blocked = tuple(item for item in left_out if can(item.state, needs[0]))
        reason = min((item.obstacle for item in blocked), key=order.index, default=Obstacle.NO_UNIT)
        shortfalls.append(Shortfall(agency, capability, len(needs), reason, blocked))
    return tuple(shortfalls)
