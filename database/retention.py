"""Erasing personal data whose time is over, and the legal holds that keep it.

The trail is append-only but for this: a sentence or a keyed hash that stands in an event is erased there too,
for otherwise it would not be erased. No event goes, none changes its place, time, actor or kind, the chain
stays whole with the erasure on record in it (`database.trail.erase`), and the events of a case still fold to
its state.
"""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from database import cases, trail
from database.codec import flatten, fold, to_json
from database.connection import Reader, Row, Writer
from domain.case import Actor
from domain.errors import Need, StoreUnavailable
from domain.facts import fact_row
from domain.permissions import Action
from domain.retention import (
    ERASED,
    Due,
    Field,
    Hold,
    Kept,
    Mask,
    Periods,
    Rule,
    anonymised,
    anonymised_note,
    masked,
    rule_of,
)
from domain.words import N_, CallClass

_PRANKS = (CallClass.PRANK.value, CallClass.GHOST.value)


# --- legal holds ----------------------------------------------------------------------------------------


def place_hold(writer: Writer, case_id: str, reason: str, at: datetime, by: str) -> None:
    """Store a hold; the case must have none."""
    writer.execute(
        "INSERT INTO legal_hold (case_id, reason, placed_at, placed_by) VALUES (?, ?, ?, ?)",
        case_id,
        reason,
        at,
        by,
    )


def release_hold(writer: Writer, case_id: str, why: str, at: datetime, by: str) -> None:
    """Store the release of a case's hold; the hold stays on record."""
    writer.execute(
        "UPDATE legal_hold SET released_at = ?, released_by = ?, released_why = ? "
        "WHERE case_id = ? AND released_at IS NULL",
        at,
        by,
        why,
        case_id,
    )


def holds(reader: Reader) -> dict[str, Hold]:
    """Return every hold in force, by the case it was placed on, oldest first."""
    rows = reader.rows(
        "SELECT h.case_id::VARCHAR, c.call_no, h.reason, h.placed_at, h.placed_by FROM legal_hold AS h "
        "JOIN case_all AS c USING (case_id) WHERE h.released_at IS NULL ORDER BY h.placed_at, c.call_no"
    )
    return {str(row[0]): Hold(*row) for row in rows}


def held(reader: Reader) -> dict[str, Hold]:
    """Return which hold keeps each case: its own, or that of the case into which it was merged."""
    found = holds(reader)
    if not found:
        return {}
    merged = reader.rows(
        "SELECT case_id::VARCHAR, state->>'$.merged_into' FROM case_archive WHERE status = 'merged'"
    )
    primary: dict[str, str] = {str(case_id): str(into) for case_id, into in merged}
    kept = dict(found)
    for case_id in primary:
        above, seen = case_id, {case_id}
        while above not in found and above in primary and primary[above] not in seen:
            above = primary[above]
            seen.add(above)
        if above in found:
            kept.setdefault(case_id, found[above])
    return kept


# --- what is due ----------------------------------------------------------------------------------------


def due(reader: Reader, periods: Periods, now: datetime, only: Sequence[str] | None = None) -> list[Due]:
    """Return every closed case with personal data whose time is over, held ones included, oldest first.

    `only`: look at these cases alone.

    One that was anonymised is due again once it was reopened and closed since, or when only the hash of
    its number was still kept.
    """
    late = [now - periods.kept(rule) for rule in Rule]
    late_hash = [now - periods.hash_kept(rule) for rule in Rule]
    rows = reader.rows(
        "SELECT case_id::VARCHAR, call_no, call_class, closed_at, reporter_name IS NOT NULL, "
        "callback_number IS NOT NULL, coalesce(narrative, '') <> '', reporter_ref IS NOT NULL, "
        "done_at IS NULL OR done_at <= closed_at "
        "FROM case_archive LEFT JOIN case_private USING (case_id) LEFT JOIN anonymised USING (case_id) "
        "WHERE closed_at <= CASE WHEN call_class IN (?, ?) THEN ?::TIMESTAMPTZ ELSE ?::TIMESTAMPTZ END "
        "AND (done_at IS NULL OR done_at <= closed_at OR (NOT number_hash_gone AND "
        "closed_at <= CASE WHEN call_class IN (?, ?) THEN ?::TIMESTAMPTZ ELSE ?::TIMESTAMPTZ END)) "
        "AND (? OR list_contains(?::UUID[], case_id)) ORDER BY closed_at, call_no",
        *_PRANKS,
        *late,
        *_PRANKS,
        *late_hash,
        only is None,
        list(only or ()),
    )
    kept = held(reader)
    return [_due(row, periods, now, kept) for row in rows]


def _due(row: Row, periods: Periods, now: datetime, kept: dict[str, Hold]) -> Due:
    case_id, call_no, call_class, closed_at, named, numbered, told, hashed, first = row
    rule = rule_of(call_class)
    hash_goes = now >= closed_at + periods.hash_kept(rule)
    fields = (
        (Field.NAME, named),
        (Field.NUMBER, numbered),
        (Field.NARRATIVE, told),
        (Field.TEXTS, first),
        (Field.NUMBER_HASH, hashed and hash_goes),
    )
    wait = periods.kept(rule) if first else periods.hash_kept(rule)
    which = tuple(field for field, is_there in fields if is_there)
    return Due(case_id, call_no, rule, closed_at, closed_at + wait, which, kept.get(case_id))


def kept_beside(reader: Reader, case_ids: Sequence[str]) -> dict[Kept, int]:
    """Return how many sent records and documentation files there are of these cases."""
    ids = list(case_ids)
    sent = reader.row("SELECT count(*) FROM outbox WHERE list_contains(?::UUID[], record_id)", ids)
    files = reader.row(
        "SELECT coalesce(sum(json_array_length(state->'$.attachments')), 0) FROM case_archive "
        "WHERE list_contains(?::UUID[], case_id)",
        ids,
    )
    return {Kept.SENT: int(sent[0]) if sent else 0, Kept.FILES: int(files[0]) if files else 0}


# --- erasing --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Erasure:
    """One case to be anonymised: `mask` takes names and numbers out of a sentence that stays.

    Not `whole`: it is another person's case, and only what `mask` takes out goes.
    """

    case_id: str
    rule: Rule
    mask: Mask
    hash_goes: bool
    whole: bool = True

    def changed(self, flat: dict[str, Any]) -> dict[str, Any]:
        """Return a case, or a side of its event, as it stays."""
        if not self.whole:
            return masked(flat, self.mask)
        return anonymised(flat, self.mask, hash_goes=self.hash_goes)


def anonymise(
    writer: Writer,
    erasures: Sequence[Erasure],
    now: datetime,
    actor: Actor,
    right: Action = Action.RUN_RETENTION,
) -> None:
    """Erase closed cases' personal data from their state, their trail and what hangs on them.

    The events that change are put on record in the chain under `actor` and by which `right`
    (`database.trail.erase`).

    Raises NotFound, and ValueError for a case whose stored state or events cannot be read; the transaction
    must then be given up.
    """
    for one in erasures:
        case = cases.get(writer, one.case_id)
        flat = one.changed(flatten(case))
        new = replace(fold([({}, flat)]), version=case.version)
        writer.execute(
            "UPDATE case_archive SET state = ?, reporter_ref = ?, overrun_reasons = ? WHERE case_id = ?",
            to_json(new).decode(),
            new.call.reporter_ref,
            fact_row(new, 0)["overrun_reasons"],
            one.case_id,
        )
        if not one.whole:
            private = cases.get_private(writer, one.case_id)
            cases.save_private(writer, one.case_id, replace(private, narrative=one.mask(private.narrative)))
            continue
        writer.execute("DELETE FROM case_private WHERE case_id = ?", one.case_id)
        writer.execute(
            "INSERT OR REPLACE INTO anonymised VALUES (?, ?, ?, ?)",
            one.case_id,
            one.rule.value,
            now,
            one.hash_goes,
        )
    by_case = {one.case_id: one for one in erasures}
    _anonymise_events(writer, by_case, now, actor, right)
    _anonymise_notices(writer, by_case)


def _anonymise_events(
    writer: Writer, by_case: dict[str, Erasure], now: datetime, actor: Actor, right: Action
) -> None:
    """Change the events of these cases, all in one pass over the trail, which has no index by case."""
    changed: list[trail.Content] = []
    rows = writer.rows(
        "SELECT seq, entity, entity_id, before, after FROM event "
        "WHERE list_contains(?::VARCHAR[], entity_id)",
        list(by_case),
    )
    for seq, entity, case_id, before, after in rows:
        one = by_case[case_id]
        was: tuple[dict[str, Any], ...] = (json.loads(before), json.loads(after))
        if entity == "case":
            becomes = tuple(one.changed(side) for side in was)
        else:
            becomes = tuple(anonymised_note(side, one.mask) for side in was)
        if becomes != was:
            changed.append(trail.Content(seq, *becomes))
    trail.erase(writer, changed, actor, right.value, now)


def _anonymise_notices(writer: Writer, by_case: dict[str, Erasure]) -> None:
    """Take the place in words out of what agencies were told, and names out of notes beside it."""
    ids = [case_id for case_id, one in by_case.items() if one.whole]
    writer.execute(
        "UPDATE notice_delivery SET told = json_merge_patch(told, json_object('place', ?)) "
        "WHERE list_contains(?::UUID[], case_id)",
        ERASED,
        ids,
    )
    notes = writer.rows(
        "SELECT key, case_id::VARCHAR, note FROM alarm "
        "WHERE list_contains(?::UUID[], case_id) AND note IS NOT NULL",
        list(by_case),
    )
    for key, case_id, note in notes:
        writer.execute("UPDATE alarm SET note = ? WHERE key = ?", by_case[case_id].mask(note), key)
    for one in by_case.values():
        if not one.whole:
            _mask_notices(writer, one)
    for table, column in (("legal_hold", "reason"), ("legal_hold", "released_why"), ("access_log", "reason")):
        told = writer.rows(
            f"SELECT DISTINCT case_id::VARCHAR, {column} FROM {table} "
            f"WHERE list_contains(?::UUID[], case_id) AND {column} <> ''",
            list(by_case),
        )
        for case_id, text in told:
            if (mask := by_case[case_id].mask(text)) != text:
                writer.execute(
                    f"UPDATE {table} SET {column} = ? WHERE case_id = ? AND {column} = ?", mask, case_id, text
                )


def _mask_notices(writer: Writer, one: Erasure) -> None:
    told = writer.rows(
        "SELECT id::VARCHAR, told->>'$.place' FROM notice_delivery "
        "WHERE case_id = ? AND told->>'$.place' <> ''",
        one.case_id,
    )
    for delivery_id, place in told:
        writer.execute(
            "UPDATE notice_delivery SET told = json_merge_patch(told, json_object('place', ?)) WHERE id = ?",
            one.mask(place),
            delivery_id,
        )


def rewrite(path: Path) -> None:
    """Write a closed database file anew, so that it no longer holds what was erased.

    DuckDB marks the blocks of erased rows as free and leaves their bytes until it needs the room. The new
    file takes the old one's place whole or not at all. Raises StoreUnavailable: the old one is as it was.
    """
    fresh = path.with_name(path.name + ".baru")
    try:
        fresh.unlink(missing_ok=True)
        with duckdb.connect() as connection:
            connection.execute(f"ATTACH {_quoted(path)} AS was (READ_ONLY)")
            connection.execute(f"ATTACH {_quoted(fresh)} AS becomes")
            connection.execute("COPY FROM DATABASE was TO becomes")
            connection.execute("CHECKPOINT becomes")
        fresh.chmod(path.stat().st_mode & 0o777)
        fresh.replace(path)
    except (duckdb.Error, OSError) as error:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise StoreUnavailable(
            path=path.name,
            reason=Need("{text}", text=str(error).splitlines()[0][:200]),
            todo=Need(N_("Data sudah dianonimkan, tetapi berkas belum ditulis ulang. Ulangi perintahnya.")),
        ) from error


def _quoted(path: Path) -> str:
    text = str(path).replace("'", "''")
    return f"'{text}'"
