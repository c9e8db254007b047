"""Anchors: the newest hash of the trail, written down outside the database, so that a lost end is seen.

`trail-anchor.jsonl` in the data folder gets a line at every start and stop, and while the trail grows at most
every five minutes. It is only ever appended to. Lines name their database file, for one folder may serve
several. At start the newest line is compared: a database that lost events which an anchor knows is not opened
silently. A copy of the file on another machine is what an intruder on this one cannot change.
"""

import json
import logging
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Stop
from typing import TYPE_CHECKING

from database import trail as store
from database.connection import Database
from domain.case import Actor
from domain.errors import BadInput, Need, SigapError
from domain.permissions import Action
from domain.trail import ENTITY, LOSS, Anchor
from domain.words import N_, Role

if TYPE_CHECKING:
    from services.center import Center

NAME = "trail-anchor.jsonl"
ACCEPT = "SIGAP_ACCEPT_LOSS"
EVERY_S = 300.0
_TAIL_BYTES = 64 * 1024
MACHINE = Actor("Sigap", Role.ADMIN)
"""Under whose name a start stands in the trail that was told to accept a loss."""
_log = logging.getLogger(__name__)


class EventsLost(SigapError):
    """The database lacks events that were anchored, or holds others in their place."""

    template = N_(
        "Jejak audit di {path} tidak lengkap: peristiwa sampai nomor {seq} pernah tercatat ({at}), "
        "tetapi {what}. Pulihkan cadangan yang lebih baru, atau terima kehilangan ini dengan {switch}={seq}; "
        "penerimaan itu dicatat di jejak."
    )


def anchors(folder: Path, file: str) -> Iterator[Anchor]:
    """Give the anchors of a database file by its name, oldest first; lines that cannot be read are left out.

    A line that the power cut short is such a line.
    """
    path = folder / NAME
    if path.exists():
        with path.open("rb") as lines:
            for index, line in enumerate(lines):
                anchor = _read(index, line, file)
                if anchor is not None:
                    yield anchor


def read_file(path: Path) -> tuple[Anchor, ...]:
    """Return every anchor of a file, whichever database it names. Raises OSError."""
    with path.open("rb") as lines:
        found = [_read(index, line, None) for index, line in enumerate(lines)]
    return tuple(anchor for anchor in found if anchor is not None)


def newest(folder: Path, file: str) -> Anchor | None:
    """Return the newest anchor of a database file, its place in the file not counted; None without one."""
    path = folder / NAME
    if not path.exists():
        return None
    with path.open("rb") as lines:
        lines.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        found = [_read(0, line, file) for line in lines.read().split(b"\n")]
    known = [anchor for anchor in found if anchor is not None]
    return known[-1] if known else next(reversed([*anchors(folder, file)]), None)


def drop(db: Database, folder: Path, now: datetime) -> bool:
    """Write the newest event's hash down, on disk; return whether it was not the newest anchor already.

    Raises OSError.
    """
    seq, digest = db.newest_event()
    last = newest(folder, db.path.name)
    if seq == 0 or (last is not None and (last.seq, last.hash) == (seq, digest)):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    line = {"file": db.path.name, "seq": seq, "hash": digest.hex(), "at": now.astimezone(UTC).isoformat()}
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        end = os.fstat(handle).st_size
        cut = end > 0 and os.pread(handle, 1, end - 1) != b"\n"
        os.write(handle, (b"\n" if cut else b"") + json.dumps(line).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    return True


def drop_quietly(db: Database, folder: Path) -> None:
    """Do what `drop` does; that it failed is logged and holds nobody up: dispatch goes before proof."""
    try:
        drop(db, folder, datetime.now(UTC))
    except OSError:
        _log.exception("the anchor of the trail could not be written to %s", folder / NAME)


def run(center: "Center", stop: Stop) -> None:
    """Anchor the trail every five minutes when it grew, until `stop`."""
    while not stop.is_set():
        drop_quietly(center.db, center.settings.data_dir)
        stop.wait(EVERY_S)


# --- at start -------------------------------------------------------------------------------------------


def require_whole(db: Database, folder: Path, now: datetime, accepted: str) -> None:
    """Compare the newest anchor with the database, and anchor its present end.

    accepted: what `SIGAP_ACCEPT_LOSS` says. Raises EventsLost unless it names the newest anchor's number.
    """
    last = newest(folder, db.path.name)
    if last is not None and _lost(db, last) is not None:
        if accepted.strip() != str(last.seq):
            raise lost(db, last)
        accept_loss(db, folder, now, MACHINE, last.seq)
    drop_quietly(db, folder)


def lost(db: Database, last: Anchor) -> EventsLost:
    """Return in words what the database lacks of an anchor."""
    return EventsLost(
        path=db.path.name, seq=last.seq, at=last.at, what=_lost(db, last) or Need(""), switch=ACCEPT
    )


def accept_loss(db: Database, folder: Path, now: datetime, actor: Actor, seq: int) -> None:
    """Put on record that the events up to the newest anchor's number `seq` are lost, from where on they are.

    A restored backup goes back with reason; this says so in the chain, and verifying knows it from then on.
    Raises BadInput when nothing is lost or another number was.
    """
    every = list(anchors(folder, db.path.name))
    last = every[-1] if every else None
    if last is None or last.seq != seq or _lost(db, last) is None:
        raise BadInput("seq", N_("Kehilangan"), Need(N_("tidak ada peristiwa yang hilang sampai nomor itu.")))
    kept = next((one for one in reversed(every) if _lost(db, one) is None), None)
    told = {
        "kept": kept.seq if kept else 0,
        "lost": last.seq,
        "lost_hash": last.hash.hex(),
        "lost_at": last.at.isoformat(),
        "stands_at": db.newest_event_seq(),
        "anchors": last.place + 1,
    }
    with db.write() as writer:
        store.append(
            writer, actor, ENTITY, LOSS, Action.BACK_UP.value, {}, told, occurred_at=now, entered_at=now
        )
    drop_quietly(db, folder)


def _lost(db: Database, anchor: Anchor) -> Need | None:
    """Return what is wrong with the database by an anchor; None when it holds that event with that hash."""
    stands_at = db.newest_event_seq()
    if stands_at < anchor.seq:
        return Need(N_("jejak sekarang berakhir di nomor {stands_at}"), stands_at=stands_at)
    if store.hash_at(db.read(), anchor.seq) != anchor.hash:
        return Need(N_("isi jejak pada nomor itu sekarang lain"))
    return None


def _read(place: int, line: bytes, file: str | None) -> Anchor | None:
    try:
        told = json.loads(line)
        if file is not None and told["file"] != file:
            return None
        return Anchor(
            place, int(told["seq"]), bytes.fromhex(told["hash"]), datetime.fromisoformat(told["at"])
        )
    except (ValueError, KeyError, TypeError):
        return None
