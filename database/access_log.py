"""Looks at personal data, and the register of data subjects' requests."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from database.connection import Reader, Row, Writer, marks
from domain.access_log import Look, Noted, Seen, Way
from domain.words import Role

_LOOK = "seen_at, name, role, account, on_behalf_of, seen, way, case_id, reason, cases, since, until"
_BATCH = 500


def append(writer: Writer, looks: Sequence[Look]) -> None:
    """Store looks, many in one statement."""
    for start in range(0, len(looks), _BATCH):
        some = looks[start : start + _BATCH]
        values = [value for look in some for value in _values(look)]
        writer.execute(f"INSERT INTO access_log ({_LOOK}) VALUES {marks(len(some), 12)}", *values)


def _values(look: Look) -> tuple[Any, ...]:
    return tuple(str(value) if isinstance(value, Role | Seen | Way) else value for value in astuple(look))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which looks: from `since` to before `until`, by a person (part of name, account, principal), of a case.

    A look at many cases at once belongs to a case that was received in its period.
    """

    since: datetime | None = None
    until: datetime | None = None
    person: str = ""
    case_id: str | None = None
    seen: Seen | None = None

    def where(self) -> tuple[str, list[Any]]:
        """Return the condition and its parameters."""
        person = self.person.strip().casefold()
        parts = (
            ("l.seen_at >= ?", [self.since]),
            ("l.seen_at < ?", [self.until]),
            ("contains(lower(concat_ws(' ', l.name, l.account, l.on_behalf_of)), ?)", [person]),
            (
                "(l.case_id = TRY_CAST(? AS UUID) OR l.case_id IS NULL AND l.cases > 0 AND EXISTS (SELECT 1 "
                "FROM case_all AS w WHERE w.case_id = TRY_CAST(? AS UUID) AND "
                "w.received_at >= coalesce(l.since, '-infinity') AND w.received_at < "
                "coalesce(l.until, l.seen_at)))",
                [self.case_id, self.case_id],
            ),
            ("l.seen = ?", [self.seen.value if self.seen else None]),
        )
        chosen = [(sql, values) for sql, values in parts if values[0]]
        sql = " AND ".join(("TRUE", *(sql for sql, _ in chosen)))
        return sql, [value for _, values in chosen for value in values]


def looks(reader: Reader, wanted: Wanted, limit: int) -> list[Noted]:
    """Return the newest looks that are wanted, newest first, with what their cases are now."""
    where, params = wanted.where()
    rows = reader.rows(
        "SELECT l.seen_at, l.name, l.role, l.account, l.on_behalf_of, l.seen, l.way, "
        "l.case_id::VARCHAR, l.reason, "
        "l.cases, l.since, l.until, c.call_no, coalesce(c.closed_at <= l.seen_at, FALSE) FROM "
        f"(SELECT * FROM access_log AS l WHERE {where} ORDER BY l.seen_at DESC LIMIT ?) AS l "
        "LEFT JOIN case_all AS c USING (case_id) ORDER BY l.seen_at DESC, l.name",
        *params,
        limit,
    )
    return [_noted(row) for row in rows]


def _noted(row: Row) -> Noted:
    at, name, role, account, on_behalf_of, seen, way, *more, call_no, was_closed = row
    look = Look(at, name, Role(role), account, on_behalf_of, Seen(seen), Way(way), *more)
    return Noted(look, call_no, was_closed)


def reached(
    reader: Reader, person: str, since: datetime, until: datetime, limit: int
) -> tuple[int, list[str]]:
    """Return how many cases somebody saw at most in a time, and the newest call numbers of them.

    person: account or, where a look has none, name; exactly. Of files of many cases every case received in
    the file's period counts, whatever else it was chosen by.
    """
    rows = reader.rows(
        "WITH l AS (SELECT * FROM access_log WHERE seen_at >= $1 AND seen_at < $2 AND "
        "(account = $3 OR account = '' AND name = $3)), "
        "m AS (SELECT DISTINCT since, until, seen_at FROM l WHERE case_id IS NULL AND cases > 0), "
        "c AS (SELECT call_no, received_at FROM case_all WHERE case_id IN (SELECT case_id FROM l) OR EXISTS "
        "(SELECT 1 FROM m WHERE received_at >= coalesce(m.since, '-infinity') AND "
        "received_at < coalesce(m.until, m.seen_at))) "
        "SELECT call_no, count(*) OVER () FROM c ORDER BY received_at DESC, call_no DESC LIMIT $4",
        since,
        until,
        person,
        limit,
    )
    return (int(rows[0][1]) if rows else 0), [row[0] for row in rows]


def people(reader: Reader, since: datetime, until: datetime) -> list[tuple[str, str, int]]:
    """Return who looked in a time: account or name, name, how many looks; the most first."""
    rows = reader.rows(
        "SELECT if(account = '', name, account) AS person, max(name), count(*) FROM access_log "
        "WHERE seen_at >= ? AND seen_at < ? GROUP BY person ORDER BY count(*) DESC, person",
        since,
        until,
    )
    return [(str(person), str(name), int(n)) for person, name, n in rows]


def forget(writer: Writer, before: datetime) -> int:
    """Delete looks from before a time, and requests that were answered before it; return how many looks."""
    row = writer.row("SELECT count(*) FROM access_log WHERE seen_at < ?", before)
    if row and row[0]:
        writer.execute("DELETE FROM access_log WHERE seen_at < ?", before)
    writer.execute("DELETE FROM subject_request WHERE done_at < ?", before)
    return int(row[0]) if row else 0


_COUNTS = {
    "reporters": "SELECT count(coalesce(reporter_name, callback_number)) FROM case_private",
    "words": "SELECT count(*) FROM case_private WHERE narrative <> ''",
    "hashes": "SELECT count(reporter_ref) FROM case_all",
    "cases": "SELECT count(*) FROM case_all",
    "photos": "SELECT count(*) FROM event WHERE entity = 'case' AND action = 'attach'",
    "events": "SELECT count(*) FROM event",
    "notices": "SELECT count(*) FROM notice_delivery",
    "sent": "SELECT count(*) FROM outbox",
    "positions": "SELECT count(*) FROM position",
    "crew": "SELECT count(*) FROM crew_action",
    "accounts": "SELECT count(*) FROM account",
    "former": "SELECT count(*) FROM account WHERE disabled_at IS NOT NULL",
    "sessions": "SELECT count(*) FROM session",
    "looks": "SELECT count(*) FROM access_log",
    "requests": "SELECT count(*) FROM subject_request",
}


def counts(reader: Reader, names: Sequence[str]) -> dict[str, int]:
    """Return how many of each are held now; `names` from `_COUNTS`."""
    asked = list(dict.fromkeys(names))
    row = reader.row("SELECT " + ", ".join(f"({_COUNTS[name]})" for name in asked))
    return dict(zip(asked, (int(n) for n in row), strict=True)) if row else {}
