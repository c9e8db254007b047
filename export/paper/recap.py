"""*Rekapitulasi* of a month with charts: how many calls and incidents, where, how fast, how often in time.

Response times are exact: median and 90th percentile of the raw times of the month, never of averages. On a
paper that leaves the house counts of 1 and 2 are told as `<3` (`export.paper.few`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from export.paper import few, press
from export.paper.few import Told
from export.paper.words import FEW, MONTHS, NOTHING, House, duration, percent, sign_box

TEMPLATE = "rekap.typ"

Counts = Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Response:
    """An interval of `n` incidents: seconds, and how many within the standard; None without a standard."""

    n: int
    mean_s: float | None
    median_s: float | None
    p90_s: float | None
    within: int | None
    standard_s: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """How a step of the SOP went: `n` finished ones, of them `in_time`; standard and median in seconds."""

    no: int
    activity: str
    standard_s: int
    n: int
    in_time: int
    median_s: float | None


@dataclass(frozen=True, slots=True)
class Recap:
    """A month's figures. Lists are names with counts, none of them 0, in the order of printing.

    `incidents`: normal calls without those merged into another case; `by_domain`, `by_type` (for each name
    of `by_domain`), `by_kelurahan` and `by_outcome` each add up to it. `by_class`, `by_channel`, `per_day`
    (day of the month) and `per_hour` (local hour) add up to all `calls`. `response`: report to first arrival;
    `fire`: to the fire agency's own, of the urgent incidents it leads; `intervals`: all of them by name.
    """

    month: date
    calls: int
    incidents: int
    by_class: Counts
    by_channel: Counts
    by_domain: Counts
    by_type: Mapping[str, Counts]
    by_kelurahan: Counts
    by_outcome: Counts
    per_day: Sequence[int]
    per_hour: Sequence[int]
    intervals: Mapping[str, Response]
    response: Response
    fire: Response
    steps: Sequence[Step]


def month_recap(house: House, now: datetime, found: Recap, *, for_outside: bool) -> bytes:
    """Return the month's paper as PDF, as its cases stand at `now`; `for_outside`: it leaves the house."""
    return press.pdf(TEMPLATE, recap_words(house, now, found, for_outside=for_outside), house.pictures)


def recap_words(house: House, now: datetime, found: Recap, *, for_outside: bool) -> dict[str, Any]:
    """Return every word and every bar of the paper, as the template takes them."""

    def bars(counts: Counts) -> list[dict[str, Any]]:
        return _bars(_listed(counts, for_outside), sum(n for _, n in counts))

    domains = _domains(found, for_outside)
    return {
        "head": house.head,
        "title": "Rekapitulasi Bulanan Layanan Penyelamatan",
        "month": f"{MONTHS[found.month.month - 1]} {found.month.year}",
        "zone": house.zone(now),
        "as_of": house.moment(now),
        "outside": for_outside,
        "class": "Biasa" if for_outside else "Terbatas",
        "figures": _figures(found, for_outside),
        "by_class": bars(found.by_class),
        "by_channel": bars(found.by_channel),
        "by_domain": bars([(name, sum(n for _, n in types)) for name, types in domains]),
        "by_type": _types(domains, for_outside),
        "by_kelurahan": bars(found.by_kelurahan),
        "by_outcome": bars(found.by_outcome),
        "per_day": _columns(found.per_day, 1, for_outside),
        "per_hour": _columns(found.per_hour, 0, for_outside),
        "intervals": [_interval(name, took, hide=for_outside) for name, took in found.intervals.items()],
        "steps": [_step(step) for step in found.steps],
        "signatures": [
            sign_box("Dibuat oleh", "Penyelia"),
            sign_box("Mengetahui", "Kepala UPTD", stamp=True),
        ],
    }


def _told(counts: Counts, for_outside: bool) -> list[Told] | None:
    """Return how the counts of a list are told; None where there is nothing, or too little, to tell."""
    if not counts:
        return None
    if not for_outside:
        return few.exact(counts)
    # A list of one or two cases in all has no line that may be told.
    return None if sum(n for _, n in counts) < few.LEAST else few.told(counts)


def _listed(counts: Counts, for_outside: bool) -> list[Told] | None:
    """Return the counts of a list, most first; the untold by name, for their order must not tell them."""
    told = _told(counts, for_outside)
    return told and sorted(told, key=lambda one: (one.n is None, -(one.n or 0), one.name))


def _bars(told: list[Told] | None, total: int) -> list[dict[str, Any]]:
    most = max((one.n or 0 for one in told or ()), default=0) or 1
    return [
        {
            "name": one.name,
            "share": (one.n or 0) / most,
            "hidden": one.n is None,
            "words": one.words if one.n is None else f"{one.n} ({percent(one.n, total)})",
        }
        for one in told or ()
    ]


def _domains(found: Recap, for_outside: bool) -> list[tuple[str, Counts]]:
    """Return the domains with their types, most incidents first.

    On a paper that leaves the house a domain of one or two is joined with the next smallest, so that the
    others can be told; a joined one has more incidents than members, or each member would be known to have
    one.
    """
    groups: list[tuple[tuple[str, ...], Counts]] = [
        ((name,), found.by_type.get(name) or [(name, n)]) for name, n in found.by_domain
    ]

    def size(group: tuple[tuple[str, ...], Counts]) -> tuple[int, tuple[str, ...]]:
        return sum(n for _, n in group[1]), group[0]

    groups.sort(key=size)
    while for_outside and len(groups) > 1 and _too_few(size(groups[0])[0], len(groups[0][0])):
        (ones, first), (others, second), *rest = groups
        groups = sorted([(others + ones, [*second, *first]), *rest], key=size)
    if for_outside and groups and _too_few(size(groups[0])[0], len(groups[0][0])):
        return []
    return [(" dan ".join(names), types) for names, types in reversed(groups)]


def _too_few(n: int, members: int) -> bool:
    return n < few.LEAST or (members > 1 and n <= members)


def _types(domains: Sequence[tuple[str, Counts]], for_outside: bool) -> list[dict[str, Any]]:
    """Return the types under their domain; each list's total is told above it, by domain."""
    return [
        {
            "name": name,
            "rows": _bars(_listed(_ordered(types), for_outside), sum(n for _, n in types)),
        }
        for name, types in domains
    ]


def _ordered(counts: Counts) -> Counts:
    return sorted(counts, key=lambda one: (-one[1], one[0]))


def _columns(counts: Sequence[int], first: int, for_outside: bool) -> list[dict[str, Any]]:
    """Return upright bars, one a count, named from `first` on; none where too little may be told."""
    named = [(str(place), n) for place, n in enumerate(counts, start=first)]
    told = _told(named, for_outside)
    most = max((one.n or 0 for one in told or ()), default=0) or 1
    return [
        {"name": one.name, "share": (one.n or 0) / most, "hidden": one.n is None, "words": one.words}
        for one in told or ()
    ]


def _figures(found: Recap, for_outside: bool) -> list[list[str]]:
    """Return the key figures: what, how much, how it is reckoned."""
    times, total, hide = found.response, sum(step.n for step in found.steps), for_outside
    few_times, fire = _too_few_times(times, hide=hide), found.fire
    in_time = sum(step.in_time for step in found.steps)

    def count(n: int) -> str:
        return FEW if hide and 0 < n < few.LEAST else str(n)

    known = f"dari {count(times.n)} kejadian dengan waktu tiba"
    return [
        ["Panggilan", count(found.calls), "semua jenis"],
        ["Kejadian", count(found.incidents), "panggilan normal, tanpa yang digabung"],
        ["Waktu tanggap, median", NOTHING if few_times else duration(times.median_s), known],
        ["Waktu tanggap, P90", NOTHING if few_times else duration(times.p90_s), known],
        [
            f"Tiba dalam {duration(times.standard_s)}",
            _within(times, hide=hide),
            known,
        ],
        [
            "Rerata tanggap kebakaran",
            NOTHING if _too_few_times(fire, hide=hide) else duration(fire.mean_s),
            f"standar {duration(fire.standard_s)}, dari {count(fire.n)} kejadian mendesak",
        ],
        ["Langkah SOP tepat waktu", percent(in_time, total), "dari semua langkah yang selesai"],
    ]


def _too_few_times(times: Response, *, hide: bool) -> bool:
    """Whether so few incidents have a time that a figure would tell theirs."""
    return hide and 0 < times.n < few.LEAST


def _within(times: Response, *, hide: bool) -> str:
    """Return the share within the standard; nothing where one or two incidents would be told."""
    if times.within is None:
        return NOTHING
    odd = hide and (0 < times.within < few.LEAST or 0 < times.n - times.within < few.LEAST)
    return NOTHING if odd or _too_few_times(times, hide=hide) else percent(times.within, times.n)


def _interval(name: str, took: Response, *, hide: bool) -> list[str]:
    silent = _too_few_times(took, hide=hide)
    return [
        name,
        FEW if silent else str(took.n),
        *(NOTHING if silent else duration(value) for value in (took.mean_s, took.median_s, took.p90_s)),
        duration(took.standard_s),
        _within(took, hide=hide),
    ]


def _step(step: Step) -> list[Any]:
    share = step.in_time / step.n if step.n else 0.0
    return [
        str(step.no),
        step.activity,
        duration(step.standard_s),
        str(step.n),
        share,
        percent(step.in_time, step.n),
        duration(step.median_s),
    ]
