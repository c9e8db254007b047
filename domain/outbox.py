"""The outbox for DKISP: what waits, what came of each attempt, when to try again, what a receipt must say.

A record's revision goes once and whole (SOP step 8, domain.md 3.3). It stays in the outbox until a receipt
that names the very same bytes is known. What may pass by itself is tried again for ever, ever more slowly;
what needs a person stands in trouble until a person acts. Nothing is given up silently.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.words import N_, Label

FIRST_WAIT_S = 5.0
LONGEST_WAIT_S = 900.0
LONGEST_ASKED_S = 3600.0
"""A receiver that asks for more patience than this is asked again after so long all the same."""
UNRECEIPTED_S = 3600
"""Without a receipt for longer than this: an alarm (domain.md 3.3)."""


class SendState(Label):
    """Where a revision of a record stands."""

    QUEUED = "queued", N_("Menunggu dikirim")
    DROPPED = "dropped", N_("Berkas ditulis, menunggu bukti terima")
    TROUBLE = "trouble", N_("Perlu ditangani")
    RECEIPTED = "receipted", N_("Bukti terima sah")


class Trouble(Label):
    """Why a revision is not receipted: the first three need a person, the others pass or are repaired."""

    CONFLICT = "conflict", N_("DKISP sudah punya revisi ini dengan isi lain")
    INVALID = "invalid", N_("DKISP menolak isinya")
    BAD_RECEIPT = "bad_receipt", N_("Bukti terima tidak cocok dengan berkas yang dikirim")
    UNREACHABLE = "unreachable", N_("DKISP tidak terhubung")
    TIMEOUT = "timeout", N_("DKISP tidak menjawab pada waktunya")
    CUT = "cut", N_("Jawaban DKISP terputus atau tidak terbaca")
    BUSY = "busy", N_("DKISP minta menunggu")
    SERVER = "server", N_("Gangguan pada DKISP")
    DENIED = "denied", N_("DKISP menolak pengirim (kunci atau alamat)")
    SETTINGS = "settings", N_("Pengaturan DKISP tidak dapat dipakai")
    DISK = "disk", N_("Berkas tidak dapat ditulis")

    @property
    def needs_person(self) -> bool:
        """Whether trying the same again cannot help."""
        return self in (Trouble.CONFLICT, Trouble.INVALID, Trouble.BAD_RECEIPT)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What DKISP says it holds; `digest` is the SHA-256 (hex) of the record's bytes."""

    receipt_id: str
    record_id: str
    revision: int
    digest: str
    received_at: datetime
    status: str


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One revision of a record in the outbox; its bytes lie beside it.

    `day`: the city's calendar day of registration, `YYYY-MM-DD`. `path`: its place in the file drop, with
    forward slashes. `next_at`: not before. `detail`: what the other side said, without personal data.
    """

    record_id: str
    revision: int
    digest: str
    size_bytes: int
    day: str
    path: str
    state: SendState
    queued_at: datetime
    next_at: datetime
    attempts: int = 0
    last_at: datetime | None = None
    trouble: Trouble | None = None
    detail: str | None = None
    receipt: Receipt | None = None

    def late(self, now: datetime) -> bool:
        """Return whether its receipt is overdue."""
        return self.receipt is None and now - self.queued_at > timedelta(seconds=UNRECEIPTED_S)


def wait_s(attempts: int, share: float, asked_s: float | None = None) -> float:
    """Return how long to wait after so many attempts that failed (at least 1), seconds.

    Exponential, up to a quarter of an hour; `share` (0 to 1, at random) takes up to half of it away, so that
    many do not come back at one moment. What the receiver asked for is kept, up to an hour.
    """
    whole = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(attempts - 1, 30))
    wait = whole * (1 - share / 2)
    return wait if asked_s is None else max(wait, min(asked_s, LONGEST_ASKED_S))


def read_receipt(told: Any) -> Receipt:
    """Return a receipt as it came (JSON). Raises ValueError for what is none."""
    if not isinstance(told, Mapping):
        raise ValueError("not an object")
    texts = {name: told.get(name) for name in ("receipt_id", "record_id", "digest", "status", "received_at")}
    for name, value in texts.items():
        # What is no whole Unicode (half of a pair) could not be stored: `isprintable` is false for it.
        if not isinstance(value, str) or not 0 < len(value.strip()) <= 200 or not value.isprintable():
            raise ValueError(name)
    revision = told.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool) or not 0 < revision < 2**31:
        raise ValueError("revision")
    received_at = datetime.fromisoformat(str(texts["received_at"]))
    if received_at.tzinfo is None or not 1970 < received_at.year < 9000:
        raise ValueError("received_at")
    return Receipt(
        str(texts["receipt_id"]).strip(),
        str(texts["record_id"]),
        revision,
        str(texts["digest"]).lower(),
        received_at,
        str(texts["status"]),
    )


def is_ours(receipt: Receipt, sent: Outgoing) -> bool:
    """Return whether a receipt says that exactly what we sent was accepted."""
    return (
        receipt.status == "accepted"
        and receipt.record_id == sent.record_id
        and receipt.revision == sent.revision
        and receipt.digest == sent.digest
    )


@dataclass(frozen=True, slots=True)
class Held:
    """One revision as DKISP lists it for a day."""

    record_id: str
    revision: int
    digest: str
    receipt_id: str


@dataclass(frozen=True, slots=True)
class Reconciled:
    """A day of ours beside theirs: the same on both sides, only here, other bytes there, only there."""

    same: tuple[Outgoing, ...]
    missing: tuple[Outgoing, ...]
    different: tuple[tuple[Outgoing, Held], ...]
    unknown: tuple[Held, ...]

    @property
    def agrees(self) -> bool:
        """Whether both sides hold the same."""
        return not (self.missing or self.different or self.unknown)


def reconcile(ours: Iterable[Outgoing], theirs: Iterable[Held]) -> Reconciled:
    """Compare what was sent on a day with what DKISP lists for it."""
    listed = {(one.record_id, one.revision): one for one in theirs}
    same, missing, different = [], [], []
    for one in ours:
        there = listed.pop((one.record_id, one.revision), None)
        if there is None:
            missing.append(one)
        elif there.digest == one.digest:
            same.append(one)
        else:
            different.append((one, there))
    return Reconciled(tuple(same), tuple(missing), tuple(different), tuple(listed.values()))
