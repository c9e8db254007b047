"""A database with many closed cases, for measuring: a few real ones made by the services, then copied.

The copies get identifiers, numbers and times of their own; they are for speed only and never leave here.
"""

from datetime import UTC, datetime, timedelta

from database import chain, trail
from domain.case import Location, Victims
from domain.words import CaseStatus, Domain
from services import places, registry
from services.center import Center
from services.demo import seed
from services.rehearsal import Script, rehearse

_IDS = """
    CREATE TEMP TABLE copy AS
    SELECT case_id AS old_id, n, substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(h, 14, 3)
        || '-8' || substr(h, 18, 3) || '-' || substr(h, 21, 12) AS new_id
    FROM (
        SELECT case_id, n, md5(case_id::VARCHAR || '/' || n::VARCHAR) AS h
        FROM case_archive, range(1, ?) r(n)
    )
"""
_CASES = """
    INSERT INTO case_archive BY NAME
    SELECT t.* REPLACE (
        c.new_id::UUID AS case_id,
        t.call_no || '-' || c.n AS call_no,
        t.received_at - c.n * INTERVAL 7 MINUTE AS received_at,
        t.closed_at - c.n * INTERVAL 7 MINUTE AS closed_at,
        replace(t.state::VARCHAR, t.case_id::VARCHAR, c.new_id)::JSON AS state
    )
    FROM case_archive t JOIN copy c ON t.case_id = c.old_id
    ORDER BY c.n DESC
"""
_EVENTS = f"""
    CREATE TEMP TABLE copied_event AS
    SELECT {", ".join(f"e.{name}" for name in chain.TOLD)} FROM (SELECT e.* REPLACE (
        (SELECT max(seq) FROM event) + row_number() OVER (ORDER BY c.n, e.seq) AS seq,
        c.new_id AS entity_id
    )
    FROM event e JOIN copy c ON e.entity_id = c.old_id::VARCHAR) AS e
"""


def script(center: Center, received_at: datetime, stop_at: CaseStatus | None = None) -> Script:
    """Return a land incident in the first kelurahan, as far as `stop_at`."""
    kind = next(k for k in registry.plan(center).types.values() if k.domain is Domain.LAND)
    return Script(
        received_at=received_at,
        narrative="[UKUR]",
        location=_middle(center),
        type_code=kind.code,
        domain=kind.domain,
        final=Victims(total=1, safe=1),
        stop_at=stop_at,
    )


def fill(center: Center, closed: int, opened: int) -> str:
    """Bring an empty demonstration center to about `closed` closed and `opened` open cases; return counts."""
    now = datetime.now(UTC)
    seed(center, now)
    for n in range(opened - _count(center, "case_open")):
        rehearse(center, script(center, now - timedelta(seconds=150 + 20 * n), CaseStatus.VERIFIED))
    copies = max(0, round(closed / _count(center, "case_archive")) - 1)
    with center.db.write() as writer:
        writer.execute(_IDS, copies + 1)
        writer.execute(_EVENTS)
        trail.append_table(writer, "copied_event")
        writer.execute("DROP TABLE copied_event")
        writer.execute(_CASES)
        writer.execute("DROP TABLE copy")
    counts = (f"{_count(center, table):,} in {table}" for table in ("case_archive", "case_open", "event"))
    return ", ".join(counts)


def _middle(center: Center) -> Location:
    entry = next(iter(center.pack.kelurahan.values()))
    return places.place_at(center, entry.point, "Titik ukur")


def _count(center: Center, table: str) -> int:
    row = center.db.read().row(f"SELECT count(*) FROM {table}")
    return int(row[0]) if row else 0
