"""A selection of cases as files for analysts: GeoJSON, CSV and GeoParquet, one row a case.

They are made from records (`tcc.case.v1`), so that they hold nothing that a record would not, and less:
the caller's keyed hash and masked number, which only serve to follow one caller, are left out.
Coordinates are WGS 84 (EPSG:4326), longitude first. A case without coordinates has no geometry.
"""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import geopandas
import pandas
import shapely

from domain.formula import shown
from export.record import Record

CRS = "EPSG:4326"

_TEXT, _COUNT, _NUMBER, _TIME = "string", "Int64", "Float64", "datetime64[us, UTC]"
_STEPS = range(1, 10)
_VICTIMS = ("total", "safe", "injured_minor", "injured_severe", "dead", "missing", "minors")
_INTERVALS = ("processing_s", "turnout_s", "travel_s", "response_s", "on_scene_s")

COLUMNS: dict[str, str] = {
    "record_id": _TEXT,
    "register_no": _TEXT,
    "revision": _COUNT,
    "sent_at": _TIME,
    "org_code": _TEXT,
    "classification": _TEXT,
    "profile": _TEXT,
    "status": _TEXT,
    "outcome": _TEXT,
    "sop_no": _TEXT,
    "linked_sop": _TEXT,
    "reopened_count": _COUNT,
    "merged_into": _TEXT,
    "channel": _TEXT,
    "call_class": _TEXT,
    "received_at": _TIME,
    "ended_at": _TIME,
    "type_code": _TEXT,
    "sar_class": _TEXT,
    "domain": _TEXT,
    "priority": _COUNT,
    "summary": _TEXT,
    "adm_code": _TEXT,
    "place_text": _TEXT,
    "lon": _NUMBER,
    "lat": _NUMBER,
    "accuracy_m": _NUMBER,
    "water_area": _TEXT,
    "jurisdiction": _TEXT,
    **{f"step_{no}_elapsed_s": _COUNT for no in _STEPS},
    **{f"step_{no}_target_s": _COUNT for no in _STEPS},
    "agencies_notified": _TEXT,
    "unit_codes": _TEXT,
    "n_units": _COUNT,
    "personnel": _COUNT,
    **dict.fromkeys(_INTERVALS, _COUNT),
    **{f"victims_{name}": _COUNT for name in _VICTIMS},
    "sitrep_count": _COUNT,
    "weather": _TEXT,
    "houses_heavy": _COUNT,
    "houses_light": _COUNT,
    "handover_to": _TEXT,
    "handover_at": _TIME,
    "n_documents": _COUNT,
}
"""The columns in order, each with its pandas type. Lists of codes are joined by a semicolon."""


def flat_row(record: Record) -> dict[str, Any]:
    """Return one record as one row with the keys of `COLUMNS`; None where the record says null."""
    handover = record["handover"] or {}
    units = record["units"]
    row = {name: record.get(name) for name in COLUMNS}
    for part in ("case", "call", "incident", "location", "intervals", "damage"):
        row.update({name: value for name, value in record[part].items() if name in COLUMNS})
    for step in record["steps"]:
        row[f"step_{step['no']}_elapsed_s"] = step["elapsed_s"]
        row[f"step_{step['no']}_target_s"] = step["target_s"]
    row.update({f"victims_{name}": record["victims"][name] for name in _VICTIMS})
    row.update(
        org_code=record["producer"]["org_code"],
        agencies_notified=_joined(line["code"] for line in record["agencies"] if line["notified_at"]),
        unit_codes=_joined(unit["unit_code"] for unit in units),
        n_units=len(units),
        personnel=sum(unit["personnel"] for unit in units),
        handover_to=handover.get("to"),
        handover_at=handover.get("at"),
        n_documents=len(record["documents"]),
    )
    return row


def to_geojson(records: Sequence[Record]) -> bytes:
    """Return the cases as a GeoJSON FeatureCollection (RFC 7946); null geometry where not placed."""
    features = []
    for record in records:
        row = flat_row(record)
        placed = row["lon"] is not None and row["lat"] is not None
        point = {"type": "Point", "coordinates": [row["lon"], row["lat"]]} if placed else None
        identifier = f"{row['record_id']}_r{row['revision']}"
        features.append({"type": "Feature", "id": identifier, "geometry": point, "properties": row})
    collection = {"type": "FeatureCollection", "features": features}
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8")


def to_csv(records: Sequence[Record]) -> bytes:
    """Return the cases as CSV (RFC 4180, UTF-8) with a header; an empty field is null.

    A text that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection).
    """
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(COLUMNS))
    writer.writeheader()
    writer.writerows({name: shown(value) for name, value in flat_row(record).items()} for record in records)
    return text.getvalue().encode("utf-8")


def to_geoparquet(records: Sequence[Record]) -> bytes:
    """Return the cases as GeoParquet 1.1 (WKB points, zstd); the columns' types never depend on the rows."""
    rows = [flat_row(record) for record in records]
    table = pandas.DataFrame({name: _column(rows, name, kind) for name, kind in COLUMNS.items()})
    points = [
        shapely.Point(row["lon"], row["lat"]) if row["lon"] is not None and row["lat"] is not None else None
        for row in rows
    ]
    frame = geopandas.GeoDataFrame(table, geometry=geopandas.GeoSeries(points, crs=CRS), crs=CRS)
    out = io.BytesIO()
    frame.to_parquet(out, index=False, compression="zstd", schema_version="1.1.0")
    return out.getvalue()


def _column(rows: list[dict[str, Any]], name: str, kind: str) -> Any:
    values = [row[name] for row in rows]
    if kind == _TIME:
        return pandas.Series(pandas.to_datetime(values, utc=True, format="ISO8601"), dtype=_TIME)
    return pandas.Series(values, dtype=kind)


def _joined(codes: Any) -> str | None:
    return ";".join(codes) or None
