"""Storing a case: its events, its present state and its personal data, in one transaction."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from database import fact_columns, trail
from database.codec import changes, fold, from_json, to_json
from database.connection import Reader, Row, Writer
from domain.case import Actor, Case, Private
from domain.errors import NotFound
from domain.events import Event
from domain.facts import LATE_ENTRY, fact_row, facts
from domain.permissions import Action
from domain.words import N_, CaseStatus

_COLUMNS = (
    "case_id",
    "call_no",
    "version",
    "status",
    "received_at",
    "closed_at",
    "reporter_ref",
    "call_class",
    "channel",
    "type_code",
    "domain",
    "priority",
    "lon",
    "lat",
    "adm_code",
    "kelurahan",
    "kecamatan",
    "water_area",
    "outcome",
    "register_no",
    "response_s",
    *fact_columns.COLUMNS,
    *(name for n in range(1, 10) for name in (f"step{n}_s", f"target{n}_s")),
    "changed_by",
    "changed_at",
    "first_seq",
    "last_seq",
    "state",
)
_EVENT = (
    "seq, occurred_at, entered_at, actor, role, entity, entity_id, action, before, after, account, "
    "on_behalf_of"
)
_STORED = "state, changed_by, changed_at, first_seq, late_entries"
_INSERT = f"({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


def column_values(
    case: Case, actor_name: str, entered_at: datetime, first_seq: int, last_seq: int, late_entries: int
) -> dict[str, Any]:
    """Return the row of a case: what boards and statistics filter by, derived from the case and its trail."""
    call, incident, place, known = case.call, case.incident, case.location, facts(case)
    values: dict[str, Any] = {
        "case_id": case.case_id,
        "call_no": case.call_no,
        "version": case.version,
        "status": case.status.value,
        "received_at": call.received_at,
        "closed_at": None if case.is_open else case.status_at,
        "reporter_ref": call.reporter_ref,
        "call_class": call.call_class.value if call.call_class else None,
        "channel": call.channel.value,
        "type_code": incident.type_code,
        "domain": incident.domain.value if incident.domain else None,
        "priority": incident.priority,
        "lon": place.lon,
        "lat": place.lat,
        "adm_code": place.adm_code,
        "kelurahan": place.kelurahan,
        "kecamatan": place.kecamatan,
        "water_area": place.water_area,
        "outcome": case.outcome.value if case.outcome else None,
        "register_no": case.register_no,
        "response_s": known.response_s,
        **fact_row(case, late_entries, known),
        "changed_by": actor_name,
        "changed_at": entered_at,
        "first_seq": first_seq,
        "last_seq": last_seq,
        "state": to_json(case).decode(),
    }
    for step, took_s in zip(case.steps, known.steps_s, strict=True):
        values[f"step{step.no}_s"] = took_s
        values[f"target{step.no}_s"] = step.target_s
    return values


@dataclass(frozen=True, slots=True)
class Stored:
    """A case as stored: with who changed it last, and the stretch of the trail it spans.

    `late_entries`: how many of its changes were entered late (`domain.facts.LATE_ENTRY`).
    """

    case: Case
    changed_by: str
    changed_at: datetime
    first_seq: int
    late_entries: int


def load(reader: Reader, case_id: str) -> Stored:
    """Return the case with its last change. Raises NotFound."""
    state, *known = _find(reader, case_id, _STORED)
    return Stored(from_json(state), *known)


def get(reader: Reader, case_id: str) -> Case:
    """Return the present state of a case. Raises NotFound."""
    return load(reader, case_id).case


def save(
    writer: Writer,
    stored: Stored | None,
    new: Case,
    *,
    actor: Actor,
    action: Action,
    occurred_at: datetime,
    entered_at: datetime,
) -> Stored:
    """Append the event and set the present state; return the case with its new version."""
    old = stored.case if stored else None
    before, after = changes(old, new)
    new = replace(new, version=(old.version if old else 0) + 1)
    seq = append_event(
        writer,
        actor,
        "case",
        new.case_id,
        action.value,
        before,
        after,
        occurred_at=occurred_at,
        entered_at=entered_at,
    )
    first_seq = stored.first_seq if stored else seq
    late = _late_entries(stored, occurred_at, entered_at)
    values = column_values(new, actor.name, entered_at, first_seq, seq, late)
    table = _table(new)
    if stored is not None and _table(stored.case) == table:
        names = _differing(stored, values)
        assigned = ", ".join(f"{name} = ?" for name in names)
        row = [values[name] for name in names]
        writer.execute(f"UPDATE {table} SET {assigned} WHERE case_id = ?", *row, new.case_id)
    else:
        if stored is not None:
            writer.execute(f"DELETE FROM {_table(stored.case)} WHERE case_id = ?", new.case_id)
        writer.execute(f"INSERT INTO {table} {_INSERT}", *(values[name] for name in _COLUMNS))
    return Stored(new, actor.name, entered_at, first_seq, late)


def _late_entries(stored: Stored | None, occurred_at: datetime, entered_at: datetime) -> int:
    return (stored.late_entries if stored else 0) + (entered_at - occurred_at > LATE_ENTRY)


def _differing(stored: Stored, values: dict[str, Any]) -> list[str]:
    """Return the columns whose values differ from the stored ones.

    Only these are written: DuckDB plans an update by its columns, and all of them cost four times as much.
    """
    was = column_values(
        stored.case, stored.changed_by, stored.changed_at, stored.first_seq, 0, stored.late_entries
    )
    return [name for name in _COLUMNS if values[name] != was[name]]


def load_open(reader: Reader, case_ids: Collection[str]) -> dict[str, Stored]:
    """Return those of these cases that are open, by id, each with its last change."""
    rows = reader.rows(
        f"SELECT case_id::VARCHAR, {_STORED} FROM case_open WHERE case_id IN (SELECT unnest(?::UUID[]))",
        list(case_ids),
    )
    return {row[0]: Stored(from_json(row[1]), *row[2:]) for row in rows}


def numbers(reader: Reader, case_ids: Collection[str]) -> dict[str, tuple[str, str | None]]:
    """Return call number and register number of these cases, by id."""
    rows = reader.rows(
        "SELECT case_id::VARCHAR, call_no, register_no FROM case_all "
        "WHERE case_id IN (SELECT unnest(?::UUID[]))",
        list(case_ids),
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def save_open(
    writer: Writer,
    pairs: Sequence[tuple[Stored, Case]],
    *,
    actor: Actor,
    action: Action,
    occurred_at: datetime,
    entered_at: datetime,
) -> None:
    """Do what `save` does for many cases that are open and stay so, in a few statements."""
    events, states, changed = [], [], set[str]()
    for stored, case in pairs:
        if _table(stored.case) != "case_open" or _table(case) != "case_open":
            raise ValueError(f"case {case.case_id} does not stay open")
        before, after = changes(stored.case, case)
        new = replace(case, version=stored.case.version + 1)
        who = (actor, "case", new.case_id, action.value)
        events.append(writer.tip.row(*who, before, after, occurred_at, entered_at))
        seq = writer.tip.seq
        late = _late_entries(stored, occurred_at, entered_at)
        values = column_values(new, actor.name, entered_at, stored.first_seq, seq, late)
        changed.update(_differing(stored, values))
        states.append(values)
    if not events:
        return
    trail.insert(writer, events)
    names = [name for name in _COLUMNS if name in changed]
    rows = [(values["case_id"], *(values[name] for name in names)) for values in states]
    writer.update_rows("case_open", {"case_id": "UUID"}, names, rows)


def append_event(
    writer: Writer,
    actor: Actor,
    entity: str,
    entity_id: str,
    action: str,
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    occurred_at: datetime,
    entered_at: datetime,
) -> int:
    """Append one event to the trail; return its number. Numbers have no gaps."""
    told = (actor, entity, entity_id, action, before, after)
    return trail.append(writer, *told, occurred_at=occurred_at, entered_at=entered_at)


def events(reader: Reader, case_id: str) -> list[Event]:
    """Return the events of a case, oldest first; reads only the stretch of the trail it spans."""
    first_seq, last_seq = _find(reader, case_id, "first_seq, last_seq")
    rows = reader.rows(
        f"SELECT {_EVENT} FROM event WHERE seq BETWEEN ? AND ? AND entity = 'case' AND entity_id = ?",
        first_seq,
        last_seq,
        case_id,
    )
    return [_event(row) for row in sorted(rows, key=lambda row: row[0])]


def rebuilt(reader: Reader, case_id: str) -> Case:
    """Return the case folded from its events alone (proof that the trail is complete)."""
    return fold((event.before, event.after) for event in events(reader, case_id))


def latest_events(reader: Reader, limit: int) -> list[Event]:
    """Return the newest events of the whole trail, newest first."""
    newest = reader.row("SELECT max(seq) FROM event")
    since = (newest[0] if newest and newest[0] else 0) - limit
    rows = reader.rows(f"SELECT {_EVENT} FROM event WHERE seq > ? ORDER BY seq DESC", since)
    return [_event(row) for row in rows]


def save_private(writer: Writer, case_id: str, private: Private) -> None:
    """Store a case's personal data, apart from its state and events."""
    known = writer.row("SELECT 1 FROM case_private WHERE case_id = ?", case_id)
    fields = (private.narrative, private.reporter_name, private.callback_number)
    if known:
        writer.execute(
            "UPDATE case_private SET narrative = ?, reporter_name = ?, callback_number = ? WHERE case_id = ?",
            *fields,
            case_id,
        )
    else:
        writer.execute("INSERT INTO case_private VALUES (?, ?, ?, ?)", case_id, *fields)


def get_private(reader: Reader, case_id: str) -> Private:
    """Return a case's personal data; empty where nothing was recorded or it was erased."""
    row = reader.row(
        "SELECT narrative, reporter_name, callback_number FROM case_private WHERE case_id = ?", case_id
    )
    return Private(*row) if row else Private(narrative="")


def next_number(writer: Writer, name: str) -> int:
    """Return the next number of a gapless counter; a rolled-back transaction gives it back."""
    row = writer.row("UPDATE counter SET value = value + 1 WHERE name = ? RETURNING value", name)
    if row is None:
        writer.execute("INSERT INTO counter VALUES (?, 1)", name)
        return 1
    return int(row[0])


def _find(reader: Reader, case_id: str, columns: str) -> Row:
    by_id = "WHERE case_id = TRY_CAST($1 AS UUID)"
    row = reader.row(f"SELECT {columns} FROM case_open {by_id}", case_id)
    if row is None:
        # Both tables in one statement, hence one snapshot: the case may be reopened at this very moment.
        both = " UNION ALL ".join(f"SELECT {columns} FROM {t} {by_id}" for t in ("case_archive", "case_open"))
        row = reader.row(both, case_id)
    if row is None:
        raise NotFound(N_("Kasus"), case_id)
    return row


def _table(case: Case) -> str:
    return "case_archive" if case.status in (CaseStatus.CLOSED, CaseStatus.MERGED) else "case_open"


def _event(row: Row) -> Event:
    told = [json.loads(value) if place in (8, 9) else value for place, value in enumerate(row)]
    return Event(*told)
