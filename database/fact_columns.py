"""The columns that statistics read of a case, beside those that boards filter by (`domain.facts`)."""

from collections.abc import Mapping
from typing import Any

import duckdb
import ibis
import pyarrow as pa

from analytics.facts import COLUMNS as FACTS
from database.codec import parsed
from domain.facts import LATE_ENTRY, fact_row

_UNITS = (
    "STRUCT(unit_code VARCHAR, agency VARCHAR, kind VARCHAR, mode VARCHAR, turnout_s INTEGER, "
    "travel_s INTEGER, busy_s INTEGER, first_response_s INTEGER)[]"
)

COLUMNS: Mapping[str, str] = {
    "h3_6": "BIGINT",
    "h3_7": "BIGINT",
    "h3_8": "BIGINT",
    "h3_9": "BIGINT",
    "alarm_answering_s": "INTEGER",
    "alarm_processing_s": "INTEGER",
    "alarm_handling_s": "INTEGER",
    "turnout_s": "INTEGER",
    "travel_s": "INTEGER",
    "on_scene_s": "INTEGER",
    "n_units": "SMALLINT",
    "unit_busy_s": "INTEGER",
    "units": _UNITS,
    "victims_total": "INTEGER",
    "victims_safe": "INTEGER",
    "victims_injured_minor": "INTEGER",
    "victims_injured_severe": "INTEGER",
    "victims_dead": "INTEGER",
    "victims_missing": "INTEGER",
    "overrun_reasons": "STRUCT(step TINYINT, reason VARCHAR)[]",
    "missing_stamps": "VARCHAR[]",
    "late_entries": "INTEGER",
}
"""Name -> type in DuckDB, as migration 010 added them; what they hold is `domain.facts.fact_row`."""

_BATCH = 5_000


def fill(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Work out the columns of every case that a table holds already."""
    late = dict(
        connection.execute(
            "SELECT entity_id, count(*) FROM event WHERE entity = 'case' "
            f"AND entered_at - occurred_at > INTERVAL {LATE_ENTRY.total_seconds()} SECOND GROUP BY 1"
        ).fetchall()
    )
    ids = [row[0] for row in connection.execute(f"SELECT case_id::VARCHAR FROM {table}").fetchall()]
    for start in range(0, len(ids), _BATCH):
        found = connection.execute(
            f"SELECT case_id::VARCHAR, state FROM {table} WHERE case_id IN (SELECT unnest(?::UUID[]))",
            [ids[start : start + _BATCH]],
        ).fetchall()
        rows = [
            {"case_id": case_id, **fact_row(parsed(state), late.get(case_id, 0))} for case_id, state in found
        ]
        _update(connection, table, rows)


def _update(connection: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, Any]]) -> None:
    schema = ibis.schema({"case_id": "string", **{name: FACTS[name] for name in COLUMNS}}).to_pyarrow()
    connection.register("_facts", pa.Table.from_pylist(rows, schema=schema))
    assigned = ", ".join(f"{name} = _facts.{name}" for name in COLUMNS)
    connection.execute(
        f"UPDATE {table} SET {assigned} FROM _facts WHERE {table}.case_id = _facts.case_id::UUID"
    )
    connection.unregister("_facts")
