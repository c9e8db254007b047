"""How long it takes to fill a plan as a set, beside scipy's general solver of integer programs (HiGHS)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from benchmarks.machine import timed
from domain.fill import best_set
from domain.response_plan import IncidentType
from domain.suggest import Suggestion, can

AGREED_S = 0.001


@dataclass(frozen=True, slots=True)
class Problem:
    """Seconds to arrival by unit (n,), which unit can fill which place of the plan (n, places)."""

    times_s: np.ndarray
    able: np.ndarray


@dataclass(frozen=True, slots=True)
class Answer:
    """How many places are filled, when the last unit is there, and the sum of all arrivals."""

    filled: int
    latest_s: float
    sum_s: float


def problem(plan: IncidentType, found: Suggestion) -> Problem:
    """Return what the plan asked of the candidates of a suggestion."""
    needs = [need for need in plan.required if need.capability is not None for _ in range(need.count)]
    states = [candidate.state for candidate in found.candidates]
    able = np.array([[can(state, need) for need in needs] for state in states], dtype=bool)
    times = np.array([candidate.reach.eta_s for candidate in found.candidates], dtype=np.float64)
    return Problem(times, able.reshape(len(states), len(needs)))


def beside_milp(problems: Sequence[Problem]) -> bool:
    """Time both on the same problems; return whether they gave the same optimum every time."""
    most = max(len(one.times_s) for one in problems)
    size = f"{most} units, up to {max(one.able.shape[1] for one in problems)} places"
    ours: list[Answer] = []
    theirs: list[Answer] = []
    runs = len(problems) - 2
    mine = timed(f"  filling the plan alone: {size}", runs, lambda n: ours.append(_ours(problems[n])))
    peer = timed(
        "  scipy milp (HiGHS), the same in three programs", runs, lambda n: theirs.append(_milp(problems[n]))
    )
    print(mine)
    print(peer)
    same = all(
        a.filled == b.filled
        and abs(a.latest_s - b.latest_s) <= AGREED_S
        and abs(a.sum_s - b.sum_s) <= AGREED_S
        for a, b in zip(ours, theirs, strict=True)
    )
    print(
        f"  by medians Sigap is {peer.at(0.5) / mine.at(0.5):.0f} times as fast; the same number filled, "
        f"latest and sum in all {len(ours)}: {'yes' if same else 'NO'}"
    )
    return same


def _ours(asked: Problem) -> Answer:
    found = best_set(asked.times_s, asked.able)
    return _answer(asked, [row for row in found if row is not None])


def _answer(asked: Problem, rows: list[int]) -> Answer:
    times = asked.times_s[rows]
    return Answer(len(rows), float(times.max(initial=0.0)), float(times.sum()))


def _milp(asked: Problem) -> Answer:
    """As many places as can be; then the latest as early as can be; then the best by place and sum."""
    unit, place = np.nonzero(asked.able)
    if not len(unit):
        return Answer(0, 0.0, 0.0)
    pairs, (units, places) = np.arange(len(unit)), asked.able.shape
    seconds = asked.times_s[unit]
    once = [
        LinearConstraint(
            coo_array((np.ones(len(pairs)), (unit, pairs)), shape=(units, len(pairs))).tocsr(), ub=1
        ),
        LinearConstraint(
            coo_array((np.ones(len(pairs)), (place, pairs)), shape=(places, len(pairs))).tocsr(), ub=1
        ),
    ]
    whole = np.ones(len(pairs))
    most = round(-_solve(-whole, once, whole)[0])
    # The last arrival: one more unknown, no earlier than any chosen one.
    wide = [LinearConstraint(_widened(rule.A), ub=rule.ub) for rule in once]
    after = coo_array(
        (
            np.concatenate([seconds, -np.ones(len(pairs))]),
            (np.concatenate([pairs, pairs]), np.concatenate([pairs, np.full(len(pairs), len(pairs))])),
        ),
        shape=(len(pairs), len(pairs) + 1),
    ).tocsr()
    count = LinearConstraint(np.append(whole, 0.0)[None], lb=most)
    last = np.append(np.zeros(len(pairs)), 1.0)
    latest_s, _ = _solve(
        last, [*wide, LinearConstraint(after, ub=0), count], np.append(whole, seconds.max()), last == 0
    )
    open_ = seconds <= latest_s + AGREED_S
    span_s = float(asked.times_s.max()) + 1.0
    weight = span_s * (places + 1) ** 2 + span_s * np.arange(places, 0, -1)
    _, chosen = _solve(seconds - weight[place], once, open_.astype(float))
    return _answer(asked, unit[chosen > 0.5].tolist())


def _solve(
    cost: np.ndarray, rules: list[LinearConstraint], most: np.ndarray, whole: np.ndarray | None = None
) -> tuple[float, np.ndarray]:
    kinds = np.ones(len(cost)) if whole is None else whole.astype(float)
    found = milp(
        cost, constraints=rules, bounds=Bounds(0, most), integrality=kinds, options={"mip_rel_gap": 0.0}
    )
    if not found.success:
        raise RuntimeError(found.message)
    return float(found.fun), found.x


def _widened(matrix: coo_array) -> coo_array:
    rows, columns = matrix.shape
    wide = matrix.tocoo()
    return coo_array((wide.data, (wide.row, wide.col)), shape=(rows, columns + 1)).tocsr()
