"""Several incidents at once: when the nearest unit for one costs another more than it saves.

Filling the plan of one incident first and of the next from what is left is compared with filling all plans
together. A second counts the same in every incident of one priority; a higher priority goes before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from domain.fill import best_set
from domain.response_plan import IncidentType, Requirement
from domain.suggest import can
from domain.units import UnitState

WORTH_S = 60.0
"""Less than this saved over all incidents is not worth saying."""
_BEFORE = 1000.0  # a second at one priority counts as much as this many at the next lower one
_EMPTY_S = 24 * 3600.0  # what a place left empty counts as; more than any arrival within the area
_SAME_S = 0.001  # sums of the same arrivals may differ by less than this


@dataclass(frozen=True, slots=True)
class Want:
    """What one incident still needs: its places, and when each free unit could be there (s, by code)."""

    case_id: str
    priority: int
    places: tuple[Requirement, ...]
    arrivals: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one incident stands: places left empty, the last arrival and the sum of arrivals in seconds."""

    empty: int
    latest_s: float
    total_s: float


@dataclass(frozen=True, slots=True)
class Trade:
    """What filling all plans together would change for the incident at hand.

    `leave`: units to leave to others, each with the case that needs it more; `take`: units to take instead.
    `here`, `there`: how this incident and the others that change stand, first alone, then together.
    """

    leave: tuple[tuple[str, str], ...]
    take: tuple[str, ...]
    here: tuple[Standing, Standing]
    there: tuple[tuple[str, Standing, Standing], ...]


def open_places(plan: IncidentType, own: Sequence[UnitState]) -> tuple[Requirement, ...]:
    """Return the places of a plan (at its alarm level) that the units which a case has do not fill."""
    places = [need for need in plan.required if need.capability is not None for _ in range(need.count)]
    able = np.array([[can(state, need) for need in places] for state in own], dtype=bool)
    filled = best_set(np.zeros(len(own)), able.reshape(len(own), len(places)))
    return tuple(need for need, row in zip(places, filled, strict=True) if row is None)


def trade(first: Want, others: Sequence[Want], units: Mapping[str, UnitState]) -> Trade | None:
    """Return what `first` should leave to the others, or None where first come first served is as good.

    units: every unit named in the arrivals, by code. The others are served in their order otherwise.
    """
    wants = [first, *others]
    alone = _one_by_one(wants, units)
    together = _all_at_once(wants, units)
    gains = [_weighed(want, alone[k]) - _weighed(want, together[k]) for k, want in enumerate(wants)]
    # A second of the most urgent incident that changes is the measure: a little of it outweighs all others.
    moved = [
        _weight(want.priority)
        for want, gain in zip(wants, gains, strict=True)
        if abs(gain) > _SAME_S * _weight(want.priority)
    ]
    before, after = ({code for code in chosen[0] if code is not None} for chosen in (alone, together))
    left = sorted(before - after)
    if not left or not moved or sum(gains) < WORTH_S * max(moved):
        return None
    holder = {code: wants[k].case_id for k in range(1, len(wants)) for code in together[k] if code}
    leave = tuple((code, holder[code]) for code in left if code in holder)
    changed = [
        (want.case_id, _standing(want, alone[k]), _standing(want, together[k]))
        for k, want in enumerate(wants)
        if k and set(alone[k]) != set(together[k])
    ]
    if not leave or not any(_better(now, then) for _, then, now in changed):
        return None
    here = _standing(first, alone[0]), _standing(first, together[0])
    if _empties_what_counts_as_much(first, others, here, changed):
        return None
    return Trade(leave, tuple(sorted(after - before)), here, tuple(changed))


def _empties_what_counts_as_much(
    first: Want,
    others: Sequence[Want],
    here: tuple[Standing, Standing],
    there: Sequence[tuple[str, Standing, Standing]],
) -> bool:
    """Whether a place would be left empty that is filled now, without a higher priority that gains by it.

    To take the only unit from one casualty for another in the same need is no advice to give.
    """
    priority = {want.case_id: want.priority for want in others}
    losing = [first.priority] if here[1].empty > here[0].empty else []
    losing += [priority[case_id] for case_id, before, after in there if after.empty > before.empty]
    gaining = [priority[case_id] for case_id, before, after in there if _better(after, before)]
    return any(lost <= min(gaining, default=9) for lost in losing)


Chosen = list[str | None]


def _one_by_one(wants: Sequence[Want], units: Mapping[str, UnitState]) -> list[Chosen]:
    taken: set[str] = set()
    answers: list[Chosen] = []
    for want in wants:
        codes = sorted(set(want.arrivals) - taken, key=lambda code: (want.arrivals[code], code))
        able = np.array([[can(units[code], need) for need in want.places] for code in codes], dtype=bool)
        times = np.array([want.arrivals[code] for code in codes], dtype=np.float64)
        rows = best_set(times, able.reshape(len(codes), len(want.places)))
        chosen: Chosen = [None if row is None else codes[row] for row in rows]
        taken.update(code for code in chosen if code is not None)
        answers.append(chosen)
    return answers


def _all_at_once(wants: Sequence[Want], units: Mapping[str, UnitState]) -> list[Chosen]:
    """Return the units of each incident with the smallest weighed sum of arrivals over all of them."""
    codes = sorted({code for want in wants for code in want.arrivals})
    places = [(want, need) for want in wants for need in want.places]
    cost = np.full((len(places), len(codes) + len(places)), np.inf)
    for row, (want, need) in enumerate(places):
        weight = _weight(want.priority)
        for column, code in enumerate(codes):
            arrival = want.arrivals.get(code)
            if arrival is not None and can(units[code], need):
                cost[row, column] = arrival * weight
        cost[row, len(codes) + row] = _EMPTY_S * weight
    rows, columns = linear_sum_assignment(cost)
    by_row = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    answers: list[Chosen] = []
    row = 0
    for want in wants:
        columns_here = [by_row[row + k] for k in range(len(want.places))]
        answers.append([codes[column] if column < len(codes) else None for column in columns_here])
        row += len(want.places)
    return answers


def _weight(priority: int) -> float:
    return float(_BEFORE ** (4 - priority))


def _weighed(want: Want, chosen: Chosen) -> float:
    return _weight(want.priority) * sum(_EMPTY_S if code is None else want.arrivals[code] for code in chosen)


def _standing(want: Want, chosen: Chosen) -> Standing:
    arrivals = [want.arrivals[code] for code in chosen if code is not None]
    return Standing(chosen.count(None), max(arrivals, default=0.0), sum(arrivals))


def _better(after: Standing, before: Standing) -> bool:
    return (after.empty, after.total_s) < (before.empty, before.total_s)
