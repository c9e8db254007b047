"""The table of case facts: one row a case, the same columns whichever engine holds it.

| column | unit, meaning |
|---|---|
| `case_id` | the case |
| `city` | Kemendagri code of the city whose center had the case |
| `is_example` | the row was made, not lived: demonstration or generated data |
| `status`, `call_class`, `channel`, `domain`, `type_code` | codes; null while unknown |
| `priority`, `outcome` | codes; null while unknown |
| `received_at` | UTC, when the report came (for a call, when it rang) |
| `received_local` | the same on the city's clock, without zone: hours, days and months are the city's |
| `adm_code` | Kemendagri code of the kelurahan; null at sea and outside |
| `kelurahan`, `kecamatan`, `water_area` | names |
| `lon`, `lat` | WGS 84 degrees |
| `h3_6` … `h3_9` | H3 cells as whole numbers, made when the case was stored |
| `alarm_answering_s` | ring → answer |
| `alarm_processing_s` | answer (report where no ring is known) → first dispatch |
| `alarm_handling_s` | ring → first dispatch |
| `turnout_s`, `travel_s` | of the unit that arrived first: dispatch → departure → arrival |
| `response_s` | report → first arrival |
| `on_scene_s` | first arrival → last unit cleared |
| `n_units`, `unit_busy_s` | units that were sent; their `busy_s`, summed |
| `units` | a struct each: `unit_code`, `agency`, `kind`, `mode`, `turnout_s`, `travel_s`, … |
| … `units.busy_s` | dispatch → cleared or withdrawn |
| … `units.first_response_s` | report → arrival, only for the first of its agency to arrive |
| `step1_s` … `step9_s` | what a finished SOP step is judged by (6: longest silence between reports) |
| `target1_s` … `target9_s` | its standard |
| `overrun_reasons` | a struct each: `step`, `reason` as somebody said it |
| `victims_total` … `victims_missing` | persons; null before step 7 |
| `missing_stamps` | `domain.facts.Stamp` codes that a registered rescue lacks |
| `late_entries` | changes that were entered over a minute after they happened |

Seconds are whole; null where a stamp is missing or runs backwards. Cases that were merged are rows too:
measures leave them out (`analytics.selection`), because their primary case holds what happened.
"""

import ibis
from ibis.expr.types import Table

from domain.facts import INTERVALS
from domain.statistics import VICTIMS
from geo.cells import RESOLUTIONS

STEPS = tuple(range(1, 10))

COLUMNS: dict[str, str] = {
    "case_id": "string",
    "city": "string",
    "is_example": "boolean",
    "status": "string",
    "received_at": "timestamp('UTC')",
    "received_local": "timestamp",
    "channel": "string",
    "call_class": "string",
    "domain": "string",
    "type_code": "string",
    "priority": "int8",
    "outcome": "string",
    "adm_code": "string",
    "kelurahan": "string",
    "kecamatan": "string",
    "water_area": "string",
    "lon": "float64",
    "lat": "float64",
    **{f"h3_{resolution}": "int64" for resolution in RESOLUTIONS},
    **dict.fromkeys(INTERVALS, "int32"),
    "n_units": "int16",
    "unit_busy_s": "int32",
    "units": "array<struct<unit_code: string, agency: string, kind: string, mode: string, turnout_s: int32, "
    "travel_s: int32, busy_s: int32, first_response_s: int32>>",
    **{f"step{no}_s": "int32" for no in STEPS},
    **{f"target{no}_s": "int32" for no in STEPS},
    "overrun_reasons": "array<struct<step: int8, reason: string>>",
    "victims_total": "int32",
    **{f"victims_{name}": "int32" for name in VICTIMS},
    "missing_stamps": "array<string>",
    "late_entries": "int32",
}
"""Name -> Ibis type, in order."""

ARCHIVED_AS = {"case_id": "record_id"}
"""Columns that the bulk archive (docs/formats.md) holds under another name."""

TABLE = "case_facts"
CASE_FACTS: Table = ibis.table(COLUMNS, name=TABLE)
"""The table, bound to no engine: an engine that has a table of this name runs what is made of it."""
