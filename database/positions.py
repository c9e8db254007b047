"""Devices that report positions, and every position that was taken, as history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from database.connection import Reader, Row, Writer
from domain.positions import Fix, Source
from geo.points import LonLat


@dataclass(frozen=True, slots=True)
class StoredDevice:
    """A phone or tracker bound to a unit; of its token only the SHA-256 is kept."""

    device_id: str
    unit_code: str
    label: str
    token_hash: str
    priority: int
    max_age_s: int
    made_at: datetime
    made_by: str
    revoked_at: datetime | None


_DEVICE = (
    "SELECT device_id, unit_code, label, token_hash, priority, max_age_s, made_at, made_by, revoked_at "
    "FROM device"
)
_FIX = (
    "unit_code, device_id, source, lon, lat, reported_at, received_at, "
    "accuracy_m, speed_kn, heading_deg, battery"
)
_SCHEMA = pa.schema(
    [
        ("unit_code", pa.string()),
        ("device_id", pa.string()),
        ("source", pa.string()),
        ("lon", pa.float64()),
        ("lat", pa.float64()),
        ("reported_at", pa.timestamp("us", tz="UTC")),
        ("received_at", pa.timestamp("us", tz="UTC")),
        ("accuracy_m", pa.float64()),
        ("speed_kn", pa.float64()),
        ("heading_deg", pa.float64()),
        ("battery", pa.float64()),
    ]
)


def devices(reader: Reader) -> list[StoredDevice]:
    """Return every device, revoked ones included, by id."""
    return [StoredDevice(*row) for row in reader.rows(f"{_DEVICE} ORDER BY device_id")]


def add_device(writer: Writer, device: StoredDevice) -> None:
    """Store a new device."""
    writer.execute(
        "INSERT INTO device VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        device.device_id,
        device.unit_code,
        device.label,
        device.token_hash,
        device.priority,
        device.max_age_s,
        device.made_at,
        device.made_by,
        device.revoked_at,
    )


def revoke_device(writer: Writer, device_id: str, at: datetime) -> None:
    """Note since when a device no longer counts."""
    writer.execute("UPDATE device SET revoked_at = ? WHERE device_id = ?", at, device_id)


def append(writer: Writer, fixes: Sequence[Fix]) -> None:
    """Store positions, all in one statement."""
    columns = {
        "unit_code": [fix.unit_code for fix in fixes],
        "device_id": [fix.device_id for fix in fixes],
        "source": [fix.source.value for fix in fixes],
        "lon": [fix.position.lon for fix in fixes],
        "lat": [fix.position.lat for fix in fixes],
        "reported_at": [fix.reported_at for fix in fixes],
        "received_at": [fix.received_at for fix in fixes],
        "accuracy_m": [fix.accuracy_m for fix in fixes],
        "speed_kn": [fix.speed_kn for fix in fixes],
        "heading_deg": [fix.heading_deg for fix in fixes],
        "battery": [fix.battery for fix in fixes],
    }
    writer.append_table("position", pa.table(columns, schema=_SCHEMA))


def newest(reader: Reader, since: datetime) -> list[Fix]:
    """Return the newest position of each device, reported since a time."""
    rows = reader.rows(
        f"SELECT {_FIX} FROM position WHERE reported_at >= ? "
        "QUALIFY row_number() OVER (PARTITION BY device_id ORDER BY reported_at DESC) = 1",
        since,
    )
    return [_fix(row) for row in rows]


def track(reader: Reader, unit_code: str, since: datetime, until: datetime) -> list[Fix]:
    """Return a unit's positions of a time, oldest first, whatever order they came in; each time once."""
    rows = reader.rows(
        f"SELECT {_FIX} FROM position WHERE unit_code = ? AND reported_at >= ? AND reported_at <= ? "
        "QUALIFY row_number() OVER (PARTITION BY device_id, reported_at ORDER BY received_at) = 1 "
        "ORDER BY reported_at, device_id",
        unit_code,
        since,
        until,
    )
    return [_fix(row) for row in rows]


def sampled(reader: Reader, unit_code: str, since: datetime, until: datetime, every_s: float) -> list[Fix]:
    """Return a unit's positions of a time, oldest first, of each device at most one in `every_s` seconds."""
    rows = reader.rows(
        f"SELECT {_FIX} FROM position WHERE unit_code = ? AND reported_at >= ? AND reported_at <= ? "
        "QUALIFY row_number() OVER (PARTITION BY device_id, floor(epoch(reported_at) / ?) "
        "ORDER BY reported_at, received_at) = 1 ORDER BY reported_at, device_id",
        unit_code,
        since,
        until,
        every_s,
    )
    return [_fix(row) for row in rows]


def forget(writer: Writer, before: datetime) -> int:
    """Delete positions received before a time; return how many there were."""
    row = writer.row("SELECT count(*) FROM position WHERE received_at < ?", before)
    writer.execute("DELETE FROM position WHERE received_at < ?", before)
    return int(row[0]) if row else 0


def _fix(row: Row) -> Fix:
    unit_code, device_id, source, lon, lat, reported_at, received_at, *more = row
    return Fix(unit_code, device_id, Source(source), LonLat(lon, lat), reported_at, received_at, *more)
