"""Figures for the statistics that are published, aggregated in the database from raw rows.

Median and 90th percentile are `quantile_cont` at 0.5 and 0.9: sorted values x₁ … xₙ, read at position
1 + q·(n − 1) with linear interpolation between neighbours (Hyndman and Fan, type 7). They are taken anew for
every line, a total included; percentiles are never averaged.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from database.connection import Reader, Row
from domain.statistics import (
    ALL,
    DIMENSIONS,
    NONE,
    RESPONSE_STANDARD_S,
    TOTALS,
    VICTIMS,
    Key,
    Line,
    Recoding,
)

Period = Literal["day", "month"]

SEA, OUTSIDE = "laut", "luar"


@dataclass(frozen=True, slots=True)
class Span:
    """Which cases: received from `since` (included) to `until` (excluded), by `period` of the city's days."""

    since: datetime
    until: datetime
    period: Period
    timezone: ZoneInfo
    city_code: str


def lines(
    reader: Reader, span: Span, recode: Callable[[dict[Key, int]], Recoding]
) -> tuple[list[Line], list[Line], Recoding | None]:
    """Return (details, totals, recoding): details under the names that `recode` gives, and every total.

    All from one snapshot, so that what is counted is what is told. Without cases: empty, and None.
    """
    with _snapshot(reader):
        counts: dict[Key, int] = {}
        for *key, n in reader.rows(
            f"{_raw(span)} SELECT {', '.join(DIMENSIONS)}, count(*) FROM raw GROUP BY ALL", *_params(span)
        ):
            period, adm3, domain, kind, call_class = key
            counts[period, adm3, domain, kind, call_class] = int(n)
        if not counts:
            return [], [], None
        names = recode(counts)
        sql, params = _figures(span, names)
        found = [_line(row) for row in reader.rows(sql, *params)]
    details = [line for line in found if ALL not in line.key]
    return details, [line for line in found if ALL in line.key], names


def _raw(span: Span) -> str:
    """Return the common table expression `raw`: one row a case, as it counts.

    Merged reports count in their primary case only. A case without a code of the city's or a neighbour's
    land lies at sea, or outside where its jurisdiction is another's. Units are those that were dispatched
    and not passed on by a merge.
    """
    steps = " + ".join(f"coalesce((step{n}_s <= target{n}_s)::INTEGER, 0)" for n in range(1, 10))
    victims = ", ".join(f"coalesce(victims_{name}, 0) AS {name}" for name in VICTIMS)
    pattern = "%Y-%m-%d" if span.period == "day" else "%Y-%m"
    return f"""
        WITH raw AS (
            SELECT strftime(timezone(?, received_at), '{pattern}') AS period,
                CASE
                    WHEN starts_with(adm_code, ? || '.')
                        THEN array_to_string(string_split(adm_code, '.')[1:3], '.')
                    WHEN adm_code IS NOT NULL THEN '{OUTSIDE}'
                    WHEN state->>'$.location.jurisdiction' <> ? THEN '{OUTSIDE}'
                    WHEN water_area IS NOT NULL OR lon IS NOT NULL THEN '{SEA}'
                    ELSE '{NONE}'
                END AS adm3,
                coalesce(domain, '{NONE}') AS domain,
                coalesce(type_code, '{NONE}') AS type,
                coalesce(call_class, '{NONE}') AS call_class,
                response_s,
                {steps} AS steps_on_time,
                n_units,
                {victims}
            FROM case_all WHERE received_at >= ? AND received_at < ? AND status <> 'merged'
        )"""


def _params(span: Span) -> tuple[object, ...]:
    return span.timezone.key, span.city_code, span.city_code, span.since, span.until


def _figures(span: Span, names: Recoding) -> tuple[str, list[object]]:
    """Return the query of all lines, and its parameters: names are joined on, never written into SQL."""
    maps: list[str] = []
    params: list[object] = list(_params(span))
    for dimension, mapping in zip(TOTALS, names.names, strict=True):
        maps.append(
            f"JOIN (SELECT unnest(?::VARCHAR[]) AS was, unnest(?::VARCHAR[]) AS told) AS {dimension}_names "
            f"ON {dimension}_names.was = raw.{dimension}"
        )
        params += [list(mapping), list(mapping.values())]
    told = ", ".join(f"{dimension}_names.told AS {dimension}" for dimension in TOTALS)
    others = ", ".join(f"coalesce({dimension}, '{ALL}')" for dimension in DIMENSIONS)
    victims = ", ".join(f"sum({name})" for name in VICTIMS)
    sets = ", ".join([f"({', '.join(DIMENSIONS)})", *(f"({dimension})" for dimension in TOTALS), "()"])
    sql = f"""{_raw(span)}, named AS (
            SELECT {told}, raw.* EXCLUDE ({", ".join(TOTALS)}) FROM raw {" ".join(maps)}
        )
        SELECT {others}, count(*), sum(n_units), count(response_s), quantile_cont(response_s, 0.5),
            quantile_cont(response_s, 0.9), count(*) FILTER (response_s <= {RESPONSE_STANDARD_S}),
            sum(steps_on_time), {victims}
        FROM named GROUP BY GROUPING SETS ({sets})"""
    return sql, params


def _line(row: Row) -> Line:
    period, adm3, domain, kind, call_class, n_cases, n_units, n_responses, median_s, p90_s, *sums = row
    within, on_time, *victims = (int(value) for value in sums)
    return Line(
        (period, adm3, domain, kind, call_class),
        int(n_cases),
        int(n_units),
        int(n_responses),
        median_s,
        p90_s,
        within,
        on_time,
        tuple(victims),
    )


@contextmanager
def _snapshot(reader: Reader) -> Iterator[None]:
    """Let all queries of the block see the same state of the store."""
    reader.rows("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        reader.rows("ROLLBACK")
