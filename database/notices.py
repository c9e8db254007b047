"""The outbox of notices to agencies: queued with the case's change, then what became of each."""

from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from database.connection import Reader, Row, Writer
from domain.notices import LEASE_S, DeliveryState, Failure, Notice, NoticeDelivery, NoticeKind, Way

_NOTICE = TypeAdapter(Notice)
_COLUMNS = (
    "id::VARCHAR, case_id::VARCHAR, agency, kind, channel, rank, state, told, queued_at, next_at, attempts, "
    "sent_at, delivered_at, acknowledged_at, told_by, error, detail"
)


def append(writer: Writer, one: NoticeDelivery) -> None:
    """Store a new delivery."""
    writer.execute(
        "INSERT INTO notice_delivery VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        one.delivery_id,
        one.case_id,
        one.agency,
        one.kind.value,
        one.way.value,
        one.rank,
        one.state.value,
        _NOTICE.dump_json(one.notice).decode(),
        one.queued_at,
        one.next_at,
        one.attempts,
        one.sent_at,
        one.delivered_at,
        one.acknowledged_at,
        one.told_by,
        one.failure.value if one.failure else None,
        one.detail,
    )


def of_case(reader: Reader, case_id: str) -> list[NoticeDelivery]:
    """Return all deliveries of a case, oldest first."""
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM notice_delivery WHERE case_id = TRY_CAST(? AS UUID) "
        "ORDER BY queued_at, rank, id",
        case_id,
    )
    return [_delivery(row) for row in rows]


def find(reader: Reader, delivery_id: str) -> NoticeDelivery | None:
    """Return one delivery, or None."""
    row = reader.row(f"SELECT {_COLUMNS} FROM notice_delivery WHERE id = TRY_CAST(? AS UUID)", delivery_id)
    return _delivery(row) if row else None


def due(reader: Reader, now: datetime) -> list[NoticeDelivery]:
    """Return what the machine has to send now, oldest first."""
    rows = reader.rows(
        f"SELECT {_COLUMNS} FROM notice_delivery WHERE state = ? AND channel <> ? AND next_at <= ? "
        "ORDER BY queued_at, rank, id",
        DeliveryState.QUEUED.value,
        Way.PHONE.value,
        now,
    )
    return [_delivery(row) for row in rows]


def claim(writer: Writer, one: NoticeDelivery, now: datetime) -> NoticeDelivery:
    """Count an attempt before it is made; without a result it is due again when its lease is over."""
    claimed = replace(one, attempts=one.attempts + 1, next_at=now + timedelta(seconds=LEASE_S))
    store(writer, claimed)
    return claimed


def store(writer: Writer, one: NoticeDelivery) -> None:
    """Store what became of a delivery; what it is stays."""
    writer.execute(
        "UPDATE notice_delivery SET state = ?, next_at = ?, attempts = ?, sent_at = ?, delivered_at = ?, "
        "acknowledged_at = ?, told_by = ?, error = ?, detail = ? WHERE id = ?",
        one.state.value,
        one.next_at,
        one.attempts,
        one.sent_at,
        one.delivered_at,
        one.acknowledged_at,
        one.told_by,
        one.failure.value if one.failure else None,
        one.detail,
        one.delivery_id,
    )


def _delivery(row: Row) -> NoticeDelivery:
    delivery_id, case_id, agency, kind, way, rank, state, told, *rest = row
    queued_at, next_at, attempts, sent_at, delivered_at, acknowledged_at, told_by, error, detail = rest
    return NoticeDelivery(
        delivery_id,
        case_id,
        agency,
        NoticeKind(kind),
        Way(way),
        rank,
        DeliveryState(state),
        _NOTICE.validate_json(told),
        queued_at,
        next_at,
        attempts,
        sent_at,
        delivered_at,
        acknowledged_at,
        told_by,
        Failure(error) if error else None,
        detail,
    )
