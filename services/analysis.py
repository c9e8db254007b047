"""The measures that leadership reads, as typed figures: counts, intervals, steps, units, victims, stamps.

Every number comes from one engine over the table of case facts (`analytics`): the embedded database, or the
archives of many cities where SIGAP_ARCHIVE names a cluster. Durations are seconds, shares 0 to 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
from ibis.expr.types import Table
from numpy.typing import NDArray

from analytics import chance, measures
from analytics.chance import Interval, Verdict
from analytics.engine import Engine
from analytics.facts import CASE_FACTS, STEPS
from analytics.selection import By, Selection, Shift, chosen, rescues
from domain.facts import INTERVALS, Stamp
from domain.statistics import VICTIMS
from domain.words import N_
from services import alarms
from services.center import Center

INTERVAL_WORDS: Mapping[str, str] = {
    "alarm_answering_s": N_("Menjawab panggilan"),
    "alarm_processing_s": N_("Mengolah laporan"),
    "alarm_handling_s": N_("Menangani alarm"),
    "turnout_s": N_("Persiapan berangkat"),
    "travel_s": N_("Perjalanan"),
    "response_s": N_("Waktu tanggap"),
    "on_scene_s": N_("Di lokasi"),
}
INTERVAL_MEANS: Mapping[str, str] = {
    "alarm_answering_s": N_(
        "Dari telepon berdering sampai dijawab (NFORS: alarm answering). Hanya panggilan yang waktu "
        "deringnya diketahui dari sistem telepon."
    ),
    "alarm_processing_s": N_(
        "Dari panggilan dijawab (atau laporan diterima, bila deringnya tidak diketahui) sampai unit pertama "
        "dikerahkan (NFORS: alarm processing). Standar: jumlah langkah 1 sampai 4 SOP."
    ),
    "alarm_handling_s": N_(
        "Dari telepon berdering sampai unit pertama dikerahkan (NFORS: alarm handling). Hanya panggilan yang "
        "waktu deringnya diketahui dari sistem telepon."
    ),
    "turnout_s": N_(
        "Dari dikerahkan sampai berangkat, unit yang tiba pertama (NFORS: turnout). Tidak ada standar yang "
        "ditemukan."
    ),
    "travel_s": N_(
        "Dari berangkat sampai tiba di lokasi, unit yang tiba pertama (NFORS: travel). Tidak ada standar "
        "yang ditemukan."
    ),
    "response_s": N_(
        "Dari laporan diterima sampai unit pertama tiba di lokasi (NFORS: total response). Standar: "
        "SPM kebakaran 15 menit; di laut perjalanan saja dapat melebihinya."
    ),
    "on_scene_s": N_("Dari unit pertama tiba sampai unit terakhir selesai. Tanpa standar."),
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many reports, and of which class; `placed`: with coordinates."""

    n: int
    normal: int
    prank: int
    ghost: int
    information: int
    undecided: int
    placed: int

    @property
    def decided(self) -> int:
        """Reports whose class was decided."""
        return self.n - self.undecided


@dataclass(frozen=True, slots=True)
class Spread:
    """`n` known times of an interval; `within` the standard, None where there is no standard."""

    n: int
    mean_s: float | None
    median_s: float | None
    p90_s: float | None
    within: int | None
    standard_s: int | None

    @property
    def share(self) -> float | None:
        """The share within the standard; None without times or standard."""
        return None if self.within is None or not self.n else self.within / self.n


@dataclass(frozen=True)
class Distribution:
    """The raw values of an interval: `values_s` (k,) distinct and ascending, `counts` (k,)."""

    values_s: NDArray[np.int64]
    counts: NDArray[np.int64]

    @cached_property
    def n(self) -> int:
        """How many values there are."""
        return int(self.counts.sum())

    def interval(self, q: float) -> Interval | None:
        """Return the 95 % bootstrap interval of a quantile, seconds; None for fewer than two values."""
        return chance.percentile_interval(self.values_s, self.counts, q)


@dataclass(frozen=True, slots=True)
class Response:
    """A period's response times: their spread and the 95 % intervals of median and 90th percentile."""

    spread: Spread
    median: Interval | None
    p90: Interval | None


@dataclass(frozen=True, slots=True)
class Period:
    """What one period comes to. `fire` is the fire agency's own first arrival at its urgent incidents."""

    counts: Counts
    response: Response
    steps: tuple["StepFigures", ...]
    fire: Spread

    @property
    def steps_done(self) -> int:
        """Finished SOP steps, all nine together."""
        return sum(step.n for step in self.steps)

    @property
    def steps_in_time(self) -> int:
        """Those of them that were in time."""
        return sum(step.in_time for step in self.steps)


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One SOP step: `n` finished, `in_time` of them; `target_s` the standard of the procedure."""

    no: int
    n: int
    in_time: int
    median_s: float | None
    p90_s: float | None
    target_s: int


@dataclass(frozen=True, slots=True)
class OverrunReason:
    """Why steps overran, in people's own words."""

    step: int
    reason: str
    n: int


@dataclass(frozen=True, slots=True)
class Workload:
    """What the units of one agency did: times sent, seconds busy, the share of their hours in service.

    `still_out`: sent and without a time of clearing. `utilisation` is None where no unit is registered.
    """

    agency: str
    sent: int
    busy_s: int
    still_out: int
    units: int
    utilisation: float | None


@dataclass(frozen=True, slots=True)
class Wasted:
    """What false reports took: how many, units sent to them, their seconds."""

    n: int
    units: int
    busy_s: int


@dataclass(frozen=True, slots=True)
class VictimFigures:
    """Victims of `n` rescues whose count is known; `by_outcome` by the names of `analytics.facts.VICTIMS`."""

    n: int
    total: int
    by_outcome: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Repeat:
    """A cell (H3) where help was called for again and again."""

    cell: int
    n: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class CellFigures:
    """One cell: reports, those with a response time, and those of them that came later than the standard."""

    n: int
    timed: int
    late: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """What the figures cannot know: stamps that closed rescues lack, and entries that came late."""

    missing: Mapping[Stamp, int]
    n: int
    late_cases: int
    late_entries: int


def engine(center: Center) -> Engine:
    """Return what runs the measures. Raises EngineUnavailable."""
    return center.engine_box.get(center)


def rows(center: Center, expression: Table) -> list[dict[str, Any]]:
    """Return the rows of an expression over the table of case facts."""
    return engine(center).rows(expression)


def standards(center: Center) -> dict[str, int | None]:
    """Return the standard of each interval in seconds, None where the city has none."""
    city = center.pack.city
    known = {
        "alarm_answering_s": city.alarm_answering_s,
        "alarm_processing_s": city.alarm_processing_s,
        "response_s": city.fire_response_s,
    }
    return {name: known.get(name) for name in INTERVALS}


def shifts(center: Center) -> tuple[Shift, ...]:
    """Return the city's shifts."""
    return tuple(Shift(one.code, one.start_hour) for one in center.pack.city.shifts)


def before(wanted: Selection) -> Selection:
    """Return the selection of the same length right before. Raises ValueError without both ends."""
    if wanted.since is None or wanted.until is None:
        raise ValueError("only a period with two ends has one before")
    return replace(wanted, since=wanted.since - (wanted.until - wanted.since), until=wanted.since)


def counts(center: Center, wanted: Selection) -> Counts:
    """Return how many reports came, merged ones included: each was a call that somebody took."""
    (row,) = rows(center, measures.counts(chosen(CASE_FACTS, wanted, merged=True)))
    return _counts(row)


def period(center: Center, wanted: Selection) -> Period:
    """Return what a selection comes to as a whole."""
    spread = interval(center, wanted, "response_s")
    raw = distribution(center, wanted, "response_s")
    return Period(
        counts(center, wanted),
        Response(spread, raw.interval(measures.MEDIAN), raw.interval(measures.P90)),
        steps(center, wanted),
        fire_response(center, wanted),
    )


def counts_by(center: Center, wanted: Selection, by: By, *, merged: bool = True) -> list[tuple[Any, Counts]]:
    """Return how many reports came by key; `merged`: those that were merged into another too."""
    cases = chosen(CASE_FACTS, wanted, merged=merged)
    found = rows(center, measures.counts(cases, (by,), shifts(center)))
    return [(row[by.value], _counts(row)) for row in found]


def intervals(center: Center, wanted: Selection) -> dict[str, Spread]:
    """Return the spread of every interval."""
    limits = standards(center)
    (row,) = rows(center, measures.intervals(chosen(CASE_FACTS, wanted), limits))
    return {
        name: _spread({key.partition(":")[2]: row[key] for key in row if key.startswith(f"{name}:")}, limit)
        for name, limit in limits.items()
    }


def interval(center: Center, wanted: Selection, name: str) -> Spread:
    """Return the spread of one interval."""
    ((_key, spread),) = interval_by(center, wanted, name, ())
    return spread


def interval_by(
    center: Center, wanted: Selection, name: str, by: Sequence[By]
) -> list[tuple[tuple[Any, ...], Spread]]:
    """Return the spread of an interval by keys, in their order."""
    limit = standards(center)[name]
    found = rows(center, measures.interval(chosen(CASE_FACTS, wanted), name, limit, by, shifts(center)))
    return [(tuple(row[one.value] for one in by), _spread(row, limit)) for row in found]


def distribution(center: Center, wanted: Selection, name: str) -> Distribution:
    """Return the raw values of an interval."""
    found = rows(center, measures.distribution(chosen(CASE_FACTS, wanted), name))
    values = np.array([row["value_s"] for row in found], dtype=np.int64)
    return Distribution(values, np.array([row["n"] for row in found], dtype=np.int64))


def fire_response(center: Center, wanted: Selection) -> Spread:
    """Return report to first arrival of the fire agency, of the urgent incidents that it leads."""
    city, led = center.pack.city, alarms.rules(center).fire_types
    asked = tuple(sorted(led.intersection(wanted.type_codes or led)))
    if not asked:
        return Spread(0, None, None, None, 0, city.fire_response_s)
    cases = chosen(CASE_FACTS, replace(wanted, type_codes=asked))
    (row,) = rows(center, measures.agency_response(cases, city.fire_agency, city.fire_response_s))
    return _spread(row, city.fire_response_s)


def steps(center: Center, wanted: Selection) -> tuple[StepFigures, ...]:
    """Return the nine SOP steps."""
    sop = center.pack.sop
    return tuple(
        StepFigures(
            no,
            int(row["n"]),
            int(row["in_time"]),
            row["median_s"],
            row["p90_s"],
            sop.sitrep_interval_s if no == 6 else sop.step(no).target_s,
        )
        for no, row in zip(STEPS, rows(center, measures.steps(chosen(CASE_FACTS, wanted))), strict=True)
    )


def overrun_reasons(center: Center, wanted: Selection, most: int = 50) -> list[OverrunReason]:
    """Return why steps overran, the most frequent first, at most so many."""
    found = rows(center, measures.overrun_reasons(chosen(CASE_FACTS, wanted)).limit(most))
    return [OverrunReason(int(row["step"]), row["reason"], int(row["n"])) for row in found]


def workload(center: Center, wanted: Selection, units_of: Mapping[str, int]) -> list[Workload]:
    """Return what each agency's units did; `units_of`: how many each has registered.

    Unit hour utilisation: busy hours over registered units × hours of the period. Rosters are not known, so
    every registered unit counts as in service all the time: the true share is at least this.
    """
    if wanted.since is None or wanted.until is None:
        raise ValueError("utilisation needs a period with two ends")
    hours_s = (wanted.until - wanted.since) / timedelta(seconds=1)
    found = {row["agency"]: row for row in rows(center, measures.unit_work(chosen(CASE_FACTS, wanted)))}
    return [
        Workload(
            agency,
            int(found[agency]["n"]) if agency in found else 0,
            int(found[agency]["busy_s"]) if agency in found else 0,
            int(found[agency]["n_open"]) if agency in found else 0,
            units_of.get(agency, 0),
            _share(found.get(agency, {}).get("busy_s", 0), units_of.get(agency, 0) * hours_s),
        )
        for agency in sorted({*found, *units_of})
    ]


def wasted(center: Center, wanted: Selection) -> Wasted:
    """Return what false reports took."""
    (row,) = rows(center, measures.wasted(chosen(CASE_FACTS, wanted)))
    return Wasted(int(row["n"]), int(row["n_units"]), int(row["busy_s"]))


def victims(center: Center, wanted: Selection) -> VictimFigures:
    """Return the victims by outcome."""
    (row,) = rows(center, measures.victims(chosen(CASE_FACTS, wanted)))
    return VictimFigures(int(row["n"]), int(row["total"]), {name: int(row[name]) for name in VICTIMS})


def repeats(center: Center, wanted: Selection, resolution: int = 9, least: int = 3) -> list[Repeat]:
    """Return the places that called for help at least `least` times, most first."""
    found = rows(center, measures.repeats(chosen(CASE_FACTS, wanted), resolution, least).limit(50))
    return [Repeat(int(row["cell"]), int(row["n"]), row["first_at"], row["last_at"]) for row in found]


def stamps(center: Center, wanted: Selection) -> Stamps:
    """Return which stamps are missing, of how many closed rescues, and what was entered late."""
    closed = chosen(CASE_FACTS, wanted)
    missing = rows(center, measures.missing_stamps(closed))
    (late,) = rows(center, measures.late_entries(rescues(closed)))
    return Stamps(
        {Stamp(row["stamp"]): int(row["n"]) for row in missing},
        int(late["n"]),
        int(late["n_late"]),
        int(late["entries"]),
    )


def cells(
    center: Center, wanted: Selection, resolution: int, frame: By | None = None
) -> list[tuple[int, Any, CellFigures]]:
    """Return (cell, frame, figures) of the H3 cells that hold reports; without a frame it is None."""
    limit = center.pack.city.fire_response_s
    found = rows(center, measures.cells(chosen(CASE_FACTS, wanted), resolution, limit, frame))
    return [
        (
            int(row["cell"]),
            row[frame.value] if frame else None,
            CellFigures(int(row["n"]), int(row["n_timed"]), int(row["n_late"])),
        )
        for row in found
    ]


def median_change(now: Spread, within: Interval | None, then: Spread) -> Verdict:
    """Return how a median stands to the one before: outside its own 95 % interval `within`, or not."""
    if within is None or then.median_s is None or min(now.n, then.n) < chance.LEAST:
        return Verdict.FEW
    if then.median_s > within.high:
        return Verdict.LOW
    return Verdict.HIGH if then.median_s < within.low else Verdict.USUAL


def share_change(now: Spread, then: Spread) -> Verdict:
    """Return whether the share within the standard changed by more than chance."""
    return chance.change_of_share(now.within or 0, now.n, then.within or 0, then.n)


def _counts(row: Mapping[str, Any]) -> Counts:
    names = ("n", "n_normal", "n_prank", "n_ghost", "n_information", "n_undecided", "n_placed")
    return Counts(*(int(row[name]) for name in names))


def _spread(row: Mapping[str, Any], standard_s: int | None) -> Spread:
    within = None if standard_s is None else int(row["within"])
    return Spread(int(row["n"]), row["mean_s"], row["median_s"], row["p90_s"], within, standard_s)


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
