"""The trail for those who answer for it: list it, check its chain, hand it over as files (decision 0017).

An export for proof (`write_lines`) is JSON Lines that anybody can verify without Sigap
(`tools/verify_trail.py`); one for reading (`write_table`) is CSV. Either leaves the changes' contents out
unless they are asked for: they may hold personal sentences. That it was exported stands in the trail.
"""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from database import trail as store
from database.chain import TOLD
from database.connection import Reader
from database.trail import Entry, InUse, Progress, Wanted
from domain.case import Actor
from domain.errors import BadInput, Need, SigapError
from domain.formula import shown
from domain.permissions import Action, require
from domain.trail import (
    ENTITY,
    ERASURE,
    EXPORT,
    FORMAT,
    GENESIS,
    Anchor,
    Checked,
    Claim,
    Line,
    Walk,
    claimed,
    microseconds,
    time_of,
)
from domain.words import N_
from services import anchors
from services.anchors import EventsLost, accept_loss
from services.center import Center

__all__ = [
    "Checked",
    "Entry",
    "InUse",
    "EventsLost",
    "Exported",
    "Wanted",
    "accept_loss",
    "check_database",
    "check_lines",
    "page",
    "verify",
    "write_lines",
    "write_table",
]

EXPORT_LIMIT = 50_000
PAGE = 50
_HEADER_OF_CSV = (*TOLD, "hash")


class NotATrail(SigapError):
    """A file that should hold a trail does not."""

    template = N_("{file} tidak dapat diperiksa: {reason}")


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export holds: how many events, from which number to which."""

    events: int
    first_seq: int
    last_seq: int


# --- looking and checking -------------------------------------------------------------------------------


def page(center: Center, actor: Actor, wanted: Wanted, before: int | None = None) -> list[Entry]:
    """Return at most `PAGE` events, newest first, with numbers below `before`. Raises NotPermitted."""
    require(actor, Action.CHECK_TRAIL)
    return store.page(center.db.read(), wanted, before, PAGE)


def verify(center: Center, actor: Actor, progress: Progress | None = None) -> Checked:
    """Walk the whole chain and compare it with every anchor, also with what memory knows of its end.

    Takes some 2 s for 100,000 events; others go on working. Raises NotPermitted.
    """
    require(actor, Action.CHECK_TRAIL)
    seq, digest = center.db.newest_event()
    known = [*anchors.anchors(center.settings.data_dir, center.db.path.name)]
    if seq:
        known.append(Anchor(len(known), seq, digest, datetime.now(UTC)))
    with center.db.moment() as reader:
        return store.check(reader, known, progress)


def check_database(path: Path, known: tuple[Anchor, ...], progress: Progress | None = None) -> Checked:
    """Walk the chain of a database file that nobody has open. Raises InUse, StoreUnavailable, NotATrail."""
    with store.reading(path) as reader:
        _require_chain(reader, path)
        reader.rows("BEGIN")
        return store.check(reader, known, progress)


def check_lines(path: Path, known: tuple[Anchor, ...]) -> Checked:
    """Walk an exported trail (`write_lines`). Raises NotATrail for a file that is none, OSError.

    Holds the numbers and digests of what was erased: some 200 bytes for each such event.
    """
    head = _head(path)
    first, last = head["from_seq"], head["to_seq"]
    claims: dict[int, Claim] = {}
    for line, _by, after in _lines_of(path):
        if line.entity_id == ERASURE and after:
            claims |= {seq: Claim(line.seq, digest) for seq, digest in claimed(after)}
    walk = Walk(known, first, bytes.fromhex(head["prev_hash"]) if first > 1 else GENESIS, is_part=True)
    for line, by, after in _lines_of(path):
        claim = Claim(by, None) if by is not None and by > last else claims.get(line.seq)
        if not walk.take(line, claim, after):
            return walk.found()
    if walk.seq <= last:
        walk.missing()
    return walk.found()


# --- exporting ------------------------------------------------------------------------------------------


def write_lines(
    center: Center, now: datetime, actor: Actor, out: BinaryIO, wanted: Wanted, *, contents: bool
) -> Exported:
    """Write a stretch of the trail as JSON Lines with its chain: a head line, then a line an event.

    The stretch is every event between the first and the last that was entered in the period of `wanted`;
    its other conditions do not count, for a chain has no holes.

    Raises NotPermitted, and BadInput for nothing and for more than `EXPORT_LIMIT`.
    """
    told = _recorded(center, now, actor, Wanted(wanted.since, wanted.until), "jsonl", contents)
    written = 0
    for batch in store.stored_in(center.db, told.first_seq, told.last_seq):
        for line, claim in batch:
            if written == 0:
                out.write(_head_line(center, now, told, line.prev_hash))
            out.write(as_json(line, claim, contents=contents))
            written += 1
    return told


def write_table(
    center: Center, now: datetime, actor: Actor, out: BinaryIO, wanted: Wanted, *, contents: bool
) -> Exported:
    """Write the wanted events as CSV for reading, times in the city's zone; it proves nothing.

    A text that a spreadsheet would run gets an apostrophe in front. Raises NotPermitted, BadInput.
    """
    told = _recorded(center, now, actor, wanted, "csv", contents)
    zone = center.pack.city.timezone
    text = io.TextIOWrapper(out, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(_HEADER_OF_CSV)
    for line in store.wanted_lines(center.db, wanted, told.first_seq, told.last_seq):
        kept = _is_told(line, contents)
        cells = (
            line.seq,
            *(time_of(us).astimezone(zone).isoformat() for us in line[1:3]),
            *line[3:10],
            line.before if kept else "",
            line.after if kept else "",
            line.hash.hex(),
        )
        writer.writerow([shown(cell) for cell in cells])
    text.detach()
    return told


def as_json(line: Line, claim: Claim | None, *, contents: bool) -> bytes:
    """Return one event as a line of JSON. Contents and salt are left out together: a salt helps to guess."""
    told: dict[str, Any] = {
        "seq": line.seq,
        "occurred_at": _utc(line.occurred_us),
        "entered_at": _utc(line.entered_us),
    }
    told |= {name: getattr(line, name) for name in Line._fields[3:10]}
    if _is_told(line, contents) and line.salt is not None:
        told |= {"before": line.before, "after": line.after, "salt": line.salt.hex()}
    told |= {name: getattr(line, name).hex() for name in ("digest", "prev_hash", "hash")}
    if claim is not None:
        told["erased_by"] = claim.by_seq
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def _recorded(
    center: Center, now: datetime, actor: Actor, wanted: Wanted, form: str, contents: bool
) -> Exported:
    """Put the export on record before a byte of it leaves; return what it holds."""
    require(actor, Action.EXPORT_TRAIL)
    events, first, last = store.count(center.db.read(), wanted)
    if events == 0:
        raise BadInput("period", N_("Ekspor jejak"), Need(N_("tidak ada peristiwa pada pilihan ini.")))
    if max(events, last - first + 1 if form == "jsonl" else 0) > EXPORT_LIMIT:
        reason = Need(
            N_("lebih dari {limit} peristiwa. Pilih masa yang lebih pendek."),
            limit=EXPORT_LIMIT,
        )
        raise BadInput("period", N_("Ekspor jejak"), reason)
    told = {"form": form, "contents": contents, "from": first, "to": last, "events": events}
    with center.db.write() as writer:
        store.append(
            writer,
            actor,
            ENTITY,
            EXPORT,
            Action.EXPORT_TRAIL.value,
            {},
            told,
            occurred_at=now,
            entered_at=now,
        )
    return Exported(events, first, last)


def _head_line(center: Center, now: datetime, told: Exported, prev_hash: bytes) -> bytes:
    head = {
        "format": FORMAT,
        "center": center.pack.city.adm_code,
        "exported_at": now.astimezone(UTC).isoformat(),
        "from_seq": told.first_seq,
        "to_seq": told.last_seq,
        "prev_hash": prev_hash.hex(),
    }
    return json.dumps(head).encode() + b"\n"


def _is_told(line: Line, contents: bool) -> bool:
    return contents or line.entity == ENTITY


def _utc(us: int) -> str:
    return time_of(us).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# --- reading an export back -----------------------------------------------------------------------------


def _require_chain(reader: Reader, path: Path) -> None:
    if not store.has_chain(reader):
        reason = Need(N_("jejaknya belum berantai. Buka sekali dengan Sigap versi ini, lalu periksa lagi."))
        raise NotATrail(file=path.name, reason=reason)


def _head(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            head = json.loads(file.readline())
        if head["format"] != FORMAT or len(bytes.fromhex(head["prev_hash"])) != len(GENESIS):
            raise ValueError(head["format"])
        return {**head, "from_seq": int(head["from_seq"]), "to_seq": int(head["to_seq"])}
    except (ValueError, KeyError, TypeError) as error:
        reason = Need(N_("bukan ekspor jejak Sigap ({form})."), form=FORMAT)
        raise NotATrail(file=path.name, reason=reason) from error


def _lines_of(path: Path) -> Iterator[tuple[Line, int | None, dict[str, Any] | None]]:
    """Give each line's event, which event erased it, and the parsed content of a trail's own event."""
    _head(path)
    with path.open("rb") as file:
        next(file)
        for number, text in enumerate(file, start=2):
            try:
                told = json.loads(text)
                line, by = _line(told), told.get("erased_by")
            except (ValueError, KeyError, TypeError) as error:
                reason = Need(N_("baris {number} tidak dapat dibaca."), number=number)
                raise NotATrail(file=path.name, reason=reason) from error
            yield line, by, store.own_content(line)


def _line(told: dict[str, Any]) -> Line:
    """Return a parsed line as an event. Raises ValueError, KeyError or TypeError."""
    times = [microseconds(datetime.fromisoformat(told[name])) for name in ("occurred_at", "entered_at")]
    salt = bytes.fromhex(told["salt"]) if "salt" in told else None
    content = (told.get("before"), told.get("after"), salt)
    links = [bytes.fromhex(told[name]) for name in ("digest", "prev_hash", "hash")]
    return Line._make(
        (int(told["seq"]), *times, *(told[name] for name in Line._fields[3:10]), *content, *links)
    )
