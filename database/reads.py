"""What screens read of cases. Boards read `case_open` only; figures are taken by `database.facts`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from database.codec import from_json, parsed
from database.connection import Reader
from domain.case import Case, Private


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases: received from `since` (included) to `until` (excluded); empty tuples mean any.

    `kecamatan`, `kelurahan`: Kemendagri codes, a case lies in one of either. `agencies`: a unit of one of
    them was sent. `cell`: an H3 cell and its resolution. What measures are taken of is the same
    (`analytics.selection`); a test holds them equal.
    """

    since: datetime | None = None
    until: datetime | None = None
    domains: tuple[str, ...] = ()
    type_codes: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    call_classes: tuple[str, ...] = ()
    kecamatan: tuple[str, ...] = ()
    kelurahan: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    cell: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case as a line of a list."""

    case_id: str
    call_no: str
    register_no: str | None
    status: str
    received_at: datetime
    type_code: str | None
    domain: str | None
    priority: int | None
    lon: float | None
    lat: float | None
    kelurahan: str | None
    water_area: str | None
    outcome: str | None
    call_class: str | None


_LINE = (
    "case_id::VARCHAR, call_no, register_no, status, received_at, type_code, domain, priority, lon, lat, "
    "kelurahan, water_area, outcome, call_class"
)


def open_cases(reader: Reader) -> list[Case]:
    """Return every open case."""
    return [
        from_json(row[0]) for row in reader.rows("SELECT state FROM case_open ORDER BY received_at, call_no")
    ]


def open_cases_each(reader: Reader) -> list[tuple[str, Case | ValueError]]:
    """Return every open case by its id; one whose state cannot be read gives the reason in its place."""
    found: list[tuple[str, Case | ValueError]] = []
    for case_id, state in reader.rows("SELECT case_id::VARCHAR, state FROM case_open ORDER BY received_at"):
        try:
            found.append((case_id, from_json(state)))
        except ValueError as error:
            found.append((case_id, error))
    return found


def undecided_calls(reader: Reader) -> list[str]:
    """Return the ids of the open calls without a class, oldest first."""
    rows = reader.rows(
        "SELECT case_id::VARCHAR FROM case_open WHERE call_class IS NULL ORDER BY received_at, call_no"
    )
    return [str(row[0]) for row in rows]


def open_ones(reader: Reader, case_ids: Collection[str]) -> list[Case]:
    """Return those of these cases that are open."""
    if not case_ids:
        return []
    ids = ", ".join("?" * len(case_ids))
    rows = reader.rows(f"SELECT state FROM case_open WHERE case_id::VARCHAR IN ({ids})", *case_ids)
    return [from_json(row[0]) for row in rows]


def demand(reader: Reader, since: datetime) -> dict[str, int]:
    """Return how many normal calls each kelurahan (by code) had since a time."""
    rows = reader.rows(
        "SELECT adm_code, count(*) FROM case_all WHERE received_at >= ? AND call_class = 'normal' "
        "AND adm_code IS NOT NULL GROUP BY adm_code",
        since,
    )
    return {str(code): int(count) for code, count in rows}


def lines(reader: Reader, wanted: Filter, limit: int) -> list[CaseLine]:
    """Return the newest cases that fit, open ones included, at most `limit`."""
    where, params = _where(wanted)
    rows = reader.rows(
        f"SELECT {_LINE} FROM case_all WHERE {where} "
        f"ORDER BY received_at DESC, call_no DESC LIMIT {int(limit)}",
        *params,
    )
    return [CaseLine(*row) for row in rows]


def find_by_number(reader: Reader, number: str) -> CaseLine | None:
    """Return the case with this call number or register number, or None."""
    row = reader.row(
        f"SELECT {_LINE} FROM case_all WHERE call_no = ? OR register_no = ? LIMIT 1", number, number
    )
    return CaseLine(*row) if row else None


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole case for an export, with its personal data and how many of its changes were entered late."""

    case: Case
    private: Private
    late_entries: int


def whole_cases(reader: Reader, wanted: Filter, limit: int) -> list[Whole]:
    """Return whole cases with what is told of them beside their state, oldest first, at most `limit`."""
    where, params = _where(wanted)
    rows = reader.rows(
        f"SELECT state, late_entries, coalesce(narrative, ''), reporter_name, callback_number FROM ("
        f"SELECT case_id, state, late_entries, received_at, call_no FROM case_all WHERE {where} "
        f"ORDER BY received_at, call_no LIMIT {int(limit)}) "
        "LEFT JOIN case_private USING (case_id) ORDER BY received_at, call_no",
        *params,
    )
    return [Whole(parsed(state), Private(*private), late or 0) for state, late, *private in rows]


def cases_of(reader: Reader, wanted: Filter, limit: int) -> list[tuple[Case, Private]]:
    """Return whole cases with their personal data for an export, oldest first, at most `limit`."""
    return [(one.case, one.private) for one in whole_cases(reader, wanted, limit)]


def calls_by_reporter(reader: Reader, reporter_ref: str, since: datetime) -> Mapping[str, int]:
    """Return how many calls of each class this caller made since a time (class `` where undecided)."""
    rows = reader.rows(
        "SELECT coalesce(call_class, ''), count(*) FROM case_all "
        "WHERE received_at >= ? AND reporter_ref = ? GROUP BY ALL ORDER BY ALL",
        since,
        reporter_ref,
    )
    return {row[0]: int(row[1]) for row in rows}


def total(reader: Reader, wanted: Filter) -> int:
    """Return how many cases fit."""
    where, params = _where(wanted)
    row = reader.row(f"SELECT count(*) FROM case_all WHERE {where}", *params)
    return int(row[0]) if row else 0


def _where(wanted: Filter) -> tuple[str, list[Any]]:
    clauses: list[str] = ["TRUE"]
    params: list[Any] = []
    if wanted.since is not None:
        clauses.append("received_at >= ?")
        params.append(wanted.since)
    if wanted.until is not None:
        clauses.append("received_at < ?")
        params.append(wanted.until)
    for column, values in (
        ("domain", wanted.domains),
        ("type_code", wanted.type_codes),
        ("status", wanted.statuses),
        ("call_class", wanted.call_classes),
    ):
        if values:
            clauses.append(f"{column} IN ({', '.join('?' * len(values))})")
            params.extend(values)
    if wanted.kecamatan or wanted.kelurahan:
        clauses.append(
            "(list_contains(?::VARCHAR[], adm_code[1:8]) OR list_contains(?::VARCHAR[], adm_code))"
        )
        params += [list(wanted.kecamatan), list(wanted.kelurahan)]
    if wanted.agencies:
        clauses.append("list_has_any([unit.agency FOR unit IN units], ?::VARCHAR[])")
        params.append(list(wanted.agencies))
    if wanted.cell is not None:
        cell, resolution = wanted.cell
        clauses.append(f"h3_{int(resolution)} = ?")
        params.append(cell)
    return " AND ".join(clauses), params
