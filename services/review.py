"""What leadership reads: where incidents were, how many, how fast, how often a step was in time."""

from dataclasses import dataclass

from database import reads
from database.reads import CaseLine, Filter, ResponseTimes, StepShare
from services.center import Center

__all__ = [
    "CaseLine",
    "Filter",
    "ResponseTimes",
    "Review",
    "StepShare",
    "case_lines",
    "response_times",
    "review",
]


@dataclass(frozen=True, slots=True)
class Review:
    """One period's figures: `heat` holds (lon, lat, number) of cells of 0.001°."""

    total: int
    heat: tuple[tuple[float, float, int], ...]
    unplaced: int
    by_domain: tuple[tuple[str | None, int], ...]
    by_type: tuple[tuple[str | None, int], ...]
    by_class: tuple[tuple[str | None, int], ...]
    by_outcome: tuple[tuple[str | None, int], ...]
    steps: tuple[StepShare, ...]
    response: ResponseTimes
    response_standard_s: int


def review(center: Center, wanted: Filter) -> Review:
    """Return the figures of the cases that fit; nothing is read into Python row by row."""
    reader = center.db.read()
    heat = reads.placed(reader, wanted)
    total = reads.total(reader, wanted)
    standard_s = center.pack.city.fire_response_s
    return Review(
        total=total,
        heat=tuple(heat),
        unplaced=total - sum(n for _, _, n in heat),
        by_domain=tuple(reads.count_by(reader, "domain", wanted)),
        by_type=tuple(reads.count_by(reader, "type_code", wanted)),
        by_class=tuple(reads.count_by(reader, "call_class", wanted)),
        by_outcome=tuple(reads.count_by(reader, "outcome", wanted)),
        steps=tuple(reads.step_shares(reader, wanted)),
        response=reads.response_times(reader, wanted, standard_s),
        response_standard_s=standard_s,
    )


def response_times(center: Center, wanted: Filter) -> ResponseTimes:
    """Return the response times of the cases that fit, against the city's standard."""
    return reads.response_times(center.db.read(), wanted, center.pack.city.fire_response_s)


def case_lines(center: Center, wanted: Filter, limit: int = 200) -> list[CaseLine]:
    """Return the newest cases that fit, at most `limit`."""
    return reads.lines(center.db.read(), wanted, limit)
