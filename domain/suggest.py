"""Suggestion: which available units fill an incident's plan, nearest first, and what is missing.

Pure: how long a unit takes is a cost function given by the caller, so that roads, water and air (or an
honest estimate) plug in without a change here. Eligibility comes first, then the time of arrival;
ties break by unit code, so that a result repeats.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.response_plan import IncidentType, Requirement
from domain.units import UnitState
from domain.words import N_, Domain, Label, UnitStatus
from geo.errors import GeoError, Unreachable
from geo.reach import Reach

Cost = Callable[[UnitState], Reach]
"""Gives a unit's way to the incident; raises `geo.errors.Unreachable` where there is none."""


class ShortfallReason(Label):
    """Why a requirement cannot be filled."""

    NO_UNIT = "no_unit", N_("tidak ada unit dengan kemampuan ini di registri")
    BUSY = "busy", N_("semua unit yang mampu sedang bertugas atau dipegang kasus lain")
    OUT_OF_SERVICE = "out_of_service", N_("unit yang mampu tidak siap")
    UNREACHABLE = "unreachable", N_("unit yang mampu tidak dapat menjangkau lokasi")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One unit of the ranked list. `fills` are the capabilities the plan asks of it; rank from 1.

    `recommended` says that it belongs to the set that fills the plan earliest.
    """

    rank: int
    state: UnitState
    reach: Reach
    fills: tuple[str, ...]
    recommended: bool


@dataclass(frozen=True, slots=True)
class Shortfall:
    """`missing` units of `agency` with `capability` cannot be found, with the typed reason."""

    agency: str
    capability: str
    missing: int
    reason: ShortfallReason


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A capable unit that cannot be suggested, with the sentence why."""

    state: UnitState
    error: GeoError | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The ranked candidates, the shortfalls, and the capable units left out."""

    incident_type: str
    domain: Domain
    candidates: tuple[Candidate, ...]
    shortfalls: tuple[Shortfall, ...]
    left_out: tuple[Unavailable, ...]

    @property
    def recommended(self) -> tuple[Candidate, ...]:
        """The candidates that fill the plan."""
        return tuple(c for c in self.candidates if c.recommended)


def suggest(
    plan: IncidentType,
    domain: Domain,
    units: tuple[UnitState, ...],
    cost: Cost,
    keep: frozenset[str] = frozenset(),
) -> Suggestion:
    """Return the suggestion for an incident of type `plan` over `domain`.

    units: every unit of the registry with its present state; cost: each unit's way there; keep: unit
    codes that the case holds already, which count as filling the plan and are listed again.
    """
    needs = tuple(need for need in plan.required if need.capability is not None)
    wanted = tuple(need for need in (*plan.required, *plan.optional) if need.capability is not None)
    capable = tuple(u for u in units if any(_can(u, need) for need in wanted))
    ready, left_out = [], []
    for state in capable:
        if not _ready(state, keep):
            left_out.append(Unavailable(state, None))
            continue
        try:
            ready.append((cost(state), state))
        except Unreachable as error:
            left_out.append(Unavailable(state, error))
    ready.sort(key=lambda pair: (is_assumed_at_station(pair[1]), pair[0].eta_s, pair[1].unit.unit_code))
    chosen, shortfalls = _fill(needs, [state for _, state in ready], capable, keep)
    candidates = tuple(
        Candidate(
            rank=rank,
            state=state,
            reach=reach,
            fills=tuple(sorted({n.capability for n in wanted if n.capability and _can(state, n)})),
            recommended=state.unit.unit_code in chosen,
        )
        for rank, (reach, state) in enumerate(ready, start=1)
    )
    left_out.sort(key=lambda item: item.state.unit.unit_code)
    return Suggestion(plan.code, domain, candidates, shortfalls, tuple(left_out))


def is_assumed_at_station(state: UnitState) -> bool:
    """Whether a unit is on its way back without a position: counted from its station, after all others."""
    return state.status is UnitStatus.RETURNING and state.fix_age_s is None


def _can(state: UnitState, need: Requirement) -> bool:
    return state.unit.agency == need.agency and need.capability in state.unit.capabilities


def _ready(state: UnitState, keep: frozenset[str]) -> bool:
    free = state.status in (UnitStatus.AVAILABLE, UnitStatus.RETURNING)
    return free or state.unit.unit_code in keep


def _fill(
    needs: tuple[Requirement, ...],
    ready: list[UnitState],
    capable: tuple[UnitState, ...],
    keep: frozenset[str],
) -> tuple[frozenset[str], tuple[Shortfall, ...]]:
    """Fill each requirement with the earliest unused units; a unit counts once.

    Requirements with the fewest able units choose first, so that a versatile unit is not spent where a
    plain one would do.
    """
    chosen: set[str] = set()
    shortfalls = []
    by_scarcity = sorted(
        enumerate(needs), key=lambda pair: (sum(_can(u, pair[1]) for u in ready) - pair[1].count, pair[0])
    )
    for _, need in by_scarcity:
        able = [u for u in ready if _can(u, need) and u.unit.unit_code not in chosen]
        able.sort(key=lambda u: u.unit.unit_code not in keep)
        chosen.update(u.unit.unit_code for u in able[: need.count])
        missing = need.count - len(able[: need.count])
        if missing > 0 and need.capability is not None:
            reason = _why(need, ready, capable, keep)
            shortfalls.append(Shortfall(need.agency, need.capability, missing, reason))
    shortfalls.sort(key=lambda s: (s.agency, s.capability))
    return frozenset(chosen), tuple(shortfalls)


def _why(
    need: Requirement, ready: list[UnitState], capable: tuple[UnitState, ...], keep: frozenset[str]
) -> ShortfallReason:
    able = [u for u in capable if _can(u, need)]
    waiting = {u.unit.unit_code for u in ready}
    others = [u for u in able if u.unit.unit_code not in waiting]
    if not others:
        return ShortfallReason.NO_UNIT
    if any(_ready(u, keep) for u in others):
        return ShortfallReason.UNREACHABLE
    if all(u.status is UnitStatus.OUT_OF_SERVICE for u in others):
        return ShortfallReason.OUT_OF_SERVICE
    return ShortfallReason.BUSY
