"""Asking the store how it is, without changing it."""

from dataclasses import dataclass

from database.connection import Database, Reader


class _Undo(Exception):
    """Ends a transaction that must leave nothing."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many things wait, and the seconds that the oldest has waited (0 where none does)."""

    count: int
    oldest_s: float


def require_writable(db: Database) -> None:
    """Write something in a transaction and undo it. Raises StoreUnavailable."""
    try:
        with db.write() as writer:
            writer.execute("INSERT INTO migration (name) VALUES ('000_probe')")
            raise _Undo
    except _Undo:
        return


def schema(reader: Reader) -> str:
    """Return the name of the newest applied migration."""
    row = reader.row("SELECT max(name) FROM migration")
    return str(row[0]) if row and row[0] else ""


def open_cases(reader: Reader) -> dict[str, int]:
    """Return how many open cases stand at each status."""
    return dict(reader.rows("SELECT status, count(*) FROM case_open GROUP BY status"))


def calls_taken(reader: Reader) -> int:
    """Return how many cases were ever opened."""
    row = reader.row("SELECT (SELECT count(*) FROM case_open) + (SELECT count(*) FROM case_archive)")
    return int(row[0]) if row else 0


def alarms(reader: Reader) -> Waiting:
    """Return the alarms that nobody acknowledged."""
    return _waiting(reader, "SELECT count(*), min(raised_at) FROM alarm WHERE acknowledged_at IS NULL")


def outbox(reader: Reader) -> Waiting:
    """Return the records without a receipt that no newer, receipted revision replaced."""
    return _waiting(
        reader,
        "SELECT count(*), min(o.queued_at) FROM outbox AS o "
        "JOIN outbox_state AS s USING (record_id, revision) "
        "WHERE s.state <> 'receipted' AND NOT EXISTS (SELECT 1 FROM outbox_state AS n "
        "WHERE n.record_id = s.record_id AND n.revision > s.revision AND n.state = 'receipted')",
    )


def _waiting(reader: Reader, sql: str) -> Waiting:
    row = reader.row(f"SELECT n, coalesce(epoch(now() - since), 0) FROM ({sql}) AS w(n, since)")
    return Waiting(int(row[0]), max(0.0, float(row[1]))) if row else Waiting(0, 0.0)
