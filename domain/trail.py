"""The trail as a chain: each event's hash covers the hash before it, so that no change goes unseen.

An event's content (`before`, `after`) enters by a salted digest only: a personal sentence can be erased with
its salt; the chain stays whole, and the sentence cannot be guessed from what is left (decision 0017).

    digest = SHA-256(salt ‖ length of before (8 bytes, big-endian) ‖ before ‖ after)
    hash   = SHA-256(prev_hash ‖ netstrings of seq, occurred_at, entered_at, actor, account, on_behalf_of,
             role, entity, entity_id, action, digest)

Contents are the JSON texts as stored, in UTF-8; times are microseconds since 1970 UTC; numbers are decimal.
The first event's `prev_hash` is `GENESIS`. A chain has no secret: whoever can write the file could write all
of it anew. That is seen by an `Anchor`, a hash kept outside the file, and so is an end that was cut off.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

from domain.words import N_, Label

FORMAT = "sigap.trail.v1"
GENESIS = sha256(FORMAT.encode()).digest()
SALT_BYTES = 16
ENTITY = "trail"
"""Events about the trail itself; `entity_id` is one of the three below. They hold no personal data."""
ERASURE, LOSS, EXPORT = "erasure", "loss", "export"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NEWEST_ERASURES = 10


class Line(NamedTuple):
    """One event as stored; content and salt are None where an export left them out."""

    seq: int
    occurred_us: int
    entered_us: int
    actor: str
    account: str
    on_behalf_of: str
    role: str
    entity: str
    entity_id: str
    action: str
    before: str | None
    after: str | None
    salt: bytes | None
    digest: bytes
    prev_hash: bytes
    hash: bytes


class Claim(NamedTuple):
    """What the newest erasure says of an event: which event erased it, and its content's digest since."""

    by_seq: int
    digest: bytes | None


class Anchor(NamedTuple):
    """A hash written down outside the database: event `seq` had it at `at`; `place`: its line."""

    place: int
    seq: int
    hash: bytes
    at: datetime


class Fault(Label):
    """What is wrong at the first broken link."""

    MISSING = "missing", N_("nomor peristiwa ini tidak ada")
    DOUBLED = "doubled", N_("nomor peristiwa ini ada lebih dari sekali, atau tidak pada tempatnya")
    LINK = "link", N_("sidik peristiwa sebelumnya tidak cocok: peristiwa disisipkan, dihapus, atau ditukar")
    FIELDS = "fields", N_("waktu, pelaku, peran, atau tindakannya diubah sesudah dicatat")
    CONTENT = "content", N_("isinya diubah tanpa catatan penghapusan data pribadi")
    ANCHOR = "anchor", N_("sidiknya berbeda dari jangkar yang dicatat di luar basis data")
    END = "end", N_("ujung jejak hilang: jangkar mencatat peristiwa yang tidak ada lagi")


@dataclass(frozen=True, slots=True)
class Broken:
    """The first broken link: which event, what is wrong, and the anchor that says so, if one does."""

    seq: int
    fault: Fault
    anchor: Anchor | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure on record: its own event, when, by whom, and how many events lost personal data."""

    seq: int
    at: datetime
    actor: str
    action: str
    events: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a walk found. Times are of the first and last event that were walked; a broken walk ends early.

    erased: events whose content an erasure on record replaced; erasures: the newest of these records.
    unproven: erased by an event after the end of an exported stretch, so that it cannot be told here.
    unread: contents that the file leaves out; anchors: how many were compared; losses: accepted losses.
    """

    events: int
    first_seq: int
    first_at: datetime | None
    last_at: datetime | None
    newest_seq: int
    newest_hash: bytes
    erased: int
    erasures: tuple[Erasure, ...]
    unproven: int
    unread: int
    anchors: int
    losses: int
    broken: Broken | None

    @property
    def is_whole(self) -> bool:
        """Whether no link is broken."""
        return self.broken is None


def microseconds(at: datetime) -> int:
    """Return a time as whole microseconds since 1970 UTC."""
    return (at - _EPOCH) // _MICROSECOND


def time_of(microseconds_since: int) -> datetime:
    """Return the time so many microseconds after 1970 UTC."""
    return _EPOCH + microseconds_since * _MICROSECOND


def content_digest(salt: bytes, before: str, after: str) -> bytes:
    """Return the salted digest of an event's content, given as the JSON texts that are stored."""
    first = before.encode()
    return sha256(b"%b%b%b%b" % (salt, len(first).to_bytes(8), first, after.encode())).digest()


def encode(
    seq: int,
    occurred_us: int,
    entered_us: int,
    actor: str,
    account: str,
    on_behalf_of: str,
    role: str,
    entity: str,
    entity_id: str,
    action: str,
    digest: bytes,
) -> bytes:
    """Return the chained fields as bytes; no two different sets of fields give the same."""
    parts = (
        b"%d" % seq,
        b"%d" % occurred_us,
        b"%d" % entered_us,
        actor.encode(),
        account.encode(),
        on_behalf_of.encode(),
        role.encode(),
        entity.encode(),
        entity_id.encode(),
        action.encode(),
        digest,
    )
    return b"".join([b"%d:%b," % (len(part), part) for part in parts])


def link(prev_hash: bytes, encoded: bytes) -> bytes:
    """Return the hash of an event that follows the one with `prev_hash`."""
    return sha256(prev_hash + encoded).digest()


def claimed(after: Mapping[str, Any]) -> Iterator[tuple[int, bytes]]:
    """Give the events that an erasure's content names, with the digests of what they hold since."""
    for seq, digest in zip(after.get("seqs", ()), after.get("digests", ()), strict=False):
        try:
            yield int(seq), bytes.fromhex(digest)
        except (TypeError, ValueError):
            yield int(seq) if isinstance(seq, int) else 0, b""


def fault_of(line: Line, seq: int, prev_hash: bytes) -> Fault | None:
    """Return what is wrong with an event that should be number `seq` after `prev_hash`, content aside."""
    if line.seq != seq:
        return Fault.MISSING if line.seq > seq else Fault.DOUBLED
    if line.prev_hash != prev_hash:
        return Fault.LINK
    if link(prev_hash, encode(*line[:10], line.digest)) != line.hash:
        return Fault.FIELDS
    return None


@dataclass(slots=True)
class Walk:
    """Takes the events in order and says at the end what it found; holds nothing of them but counts.

    Anchors may lie anywhere in the stretch or after its end. `is_part`: the stretch may end early, so that
    anchors and erasures after its end say nothing.
    """

    anchors: Iterable[Anchor] = ()
    seq: int = 1
    prev_hash: bytes = GENESIS
    is_part: bool = False
    _waiting: dict[int, list[Anchor]] = field(default_factory=dict)
    _differing: list[Anchor] = field(default_factory=list)
    _losses: list[Mapping[str, Any]] = field(default_factory=list)
    _erasures: list[Erasure] = field(default_factory=list)
    _first: tuple[int, int] | None = None
    _last_us: int = 0
    _events: int = 0
    _erased: int = 0
    _unproven: int = 0
    _unread: int = 0
    _anchored: int = 0
    _broken: Broken | None = None

    def __post_init__(self) -> None:
        """Sort the anchors by the event they hold."""
        for anchor in self.anchors:
            self._waiting.setdefault(anchor.seq, []).append(anchor)

    def take(self, line: Line, claim: Claim | None, after: Mapping[str, Any] | None = None) -> bool:
        """Check the next event; return whether to go on.

        claim: what the newest erasure says of it; after: the parsed content of an event of the trail itself.
        """
        fault = fault_of(line, self.seq, self.prev_hash) or self._content(line, claim)
        if fault is not None:
            self._broken = Broken(self.seq if fault is Fault.MISSING else line.seq, fault)
            return False
        for anchor in self._waiting.pop(line.seq, ()):
            self._anchored += 1
            if anchor.hash != line.hash:
                self._differing.append(anchor)
        if line.entity == ENTITY and after is not None:
            self._own(line, after)
        self._first = self._first or (line.seq, line.occurred_us)
        self._last_us = line.occurred_us
        self._events += 1
        self.seq, self.prev_hash = line.seq + 1, line.hash
        return True

    def missing(self) -> None:
        """Say that no event has the number that should come next, though later ones are there."""
        self._broken = Broken(self.seq, Fault.MISSING)

    def _content(self, line: Line, claim: Claim | None) -> Fault | None:
        if line.before is None or line.after is None or line.salt is None:
            self._unread += 1
            return None
        digest = content_digest(line.salt, line.before, line.after)
        if claim is None or line.entity == ENTITY:
            return None if digest == line.digest else Fault.CONTENT
        if claim.by_seq <= line.seq:
            return Fault.CONTENT
        if claim.digest is None and self.is_part:
            self._unproven += 1
            return None
        if digest != claim.digest:
            return Fault.CONTENT
        self._erased += 1
        return None

    def _own(self, line: Line, after: Mapping[str, Any]) -> None:
        if line.entity_id == LOSS:
            self._losses.append(after)
        elif line.entity_id == ERASURE:
            at, events = time_of(line.entered_us), len(after.get("seqs", ()))
            self._erasures.append(Erasure(line.seq, at, line.actor, line.action, events))
            del self._erasures[:-_NEWEST_ERASURES]

    def found(self) -> Checked:
        """Return what was found, the anchors included."""
        return Checked(
            events=self._events,
            first_seq=self._first[0] if self._first else 0,
            first_at=time_of(self._first[1]) if self._first else None,
            last_at=time_of(self._last_us) if self._first else None,
            newest_seq=self.seq - 1,
            newest_hash=self.prev_hash,
            erased=self._erased,
            erasures=tuple(self._erasures),
            unproven=self._unproven,
            unread=self._unread,
            anchors=self._anchored,
            losses=len(self._losses),
            broken=self._broken or self._by_anchor(),
        )

    def _by_anchor(self) -> Broken | None:
        """Return what the anchors say once the chain in itself is whole; the first wrong event wins."""
        wrong = [anchor for anchor in self._differing if not self._is_accepted(anchor)]
        if wrong:
            first = min(wrong, key=lambda anchor: anchor.seq)
            return Broken(first.seq, Fault.ANCHOR, first)
        beyond = [
            anchor
            for seq, waiting in self._waiting.items()
            for anchor in waiting
            if seq >= self.seq and not self.is_part and not self._is_accepted(anchor)
        ]
        if beyond:
            return Broken(self.seq, Fault.END, max(beyond, key=lambda anchor: anchor.seq))
        return None

    def _is_accepted(self, anchor: Anchor) -> bool:
        """Whether an accepted loss (`LOSS`) says that the event which the anchor held is gone."""
        return any(
            loss.get("kept", 0) < anchor.seq <= loss.get("lost", 0) and anchor.place < loss.get("anchors", 0)
            for loss in self._losses
        )
