"""The outbox for DKISP as people and services use it: queue, look, send again, take a receipt, reconcile.

A record is queued in the transaction that registers its case, so that neither is without the other.
`services.delivery` sends it.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from database import cases
from database import outbox as store
from database.connection import Writer
from database.outbox import Counts
from domain.case import Actor, Case
from domain.errors import BadInput, Need, NotFound, SigapError
from domain.moves import record as moves
from domain.outbox import (
    UNRECEIPTED_S,
    Held,
    Outgoing,
    Receipt,
    Reconciled,
    SendState,
    Trouble,
    is_ours,
    read_receipt,
    reconcile,
)
from domain.permissions import Action, require
from domain.words import N_, CaseStatus, Role
from export import dkisp as client
from export.drop import drop_path
from export.record import digest
from services import dkisp, records
from services.center import Center
from services.change import present

SENDER = Actor("Sigap", Role.ADMIN)
"""Under whose name the program itself records a receipt."""
SHOWN = 500
_log = logging.getLogger(__name__)


class DayNotListed(SigapError):
    """DKISP's list of a day could not be had."""

    template = N_("Daftar DKISP untuk {day} tidak dapat dibaca: {reason} ({detail}). Coba lagi nanti.")


class NoDkisp(SigapError):
    """DKISP was asked for something while nobody has said where it is."""

    template = N_(
        "Alamat DKISP belum diatur, jadi daftarnya tidak dapat diminta. Isi dkisp.toml di folder data, atau "
        "bandingkan dengan berkas daftar dari DKISP."
    )


@dataclass(frozen=True, slots=True)
class Line:
    """A revision with the numbers by which people know its case."""

    outgoing: Outgoing
    call_no: str
    register_no: str | None


def enqueue(writer: Writer, center: Center, case: Case, now: datetime) -> Case:
    """Put a registered case's present revision into the outbox; return the case with that noted.

    At `now`, also for what is entered afterwards: it was sent when it was sent.

    Inside the transaction that registers or corrects it. Raises BadRecord for a record that does not fit
    its schema: then nothing is registered.
    """
    body = records.checked_record(center, case, sent_at=now)
    day = now.astimezone(center.pack.city.timezone).date()
    path, sha256 = drop_path(case.case_id, case.revision, day), digest(body)
    noted = moves.queued(case, now, path, sha256)
    one = Outgoing(
        case.case_id,
        case.revision,
        sha256,
        len(body),
        day.isoformat(),
        path,
        SendState.QUEUED,
        now,
        now,
    )
    store.add(writer, one, body)
    return noted


def follow(writer: Writer, center: Center, old: Case, new: Case, now: datetime) -> Case:
    """Queue what DKISP does not have yet of a case that was just registered or changed after it was.

    Inside that transaction; return the case to store. Raises BadRecord.
    """
    new = moves.revised(old, new)
    if new.status is CaseStatus.REGISTERED and new.delivery is None:
        return enqueue(writer, center, new, now)
    return new


def destination(center: Center) -> str | None:
    """Return where records go; None: they are dropped as files. Raises BadDkisp for bad settings."""
    endpoint = dkisp.load(center)
    return endpoint.url if endpoint else None


def counts(center: Center, now: datetime) -> Counts:
    """Return how many revisions stand where."""
    return store.counts(center.db.read(), now - timedelta(seconds=UNRECEIPTED_S))


def in_state(center: Center, state: SendState, limit: int = SHOWN) -> list[Outgoing]:
    """Return revisions in a state, at most `limit`."""
    return store.in_state(center.db.read(), state, limit)


def lines(center: Center, state: SendState, limit: int = SHOWN) -> list[Line]:
    """Return what `in_state` does, each with its case's numbers."""
    reader = center.db.read()
    found = store.in_state(reader, state, limit)
    numbers = cases.numbers(reader, {one.record_id for one in found})
    return [Line(one, *numbers.get(one.record_id, ("–", None))) for one in found]


def of_day(center: Center, day: date) -> list[Outgoing]:
    """Return every revision that was queued on a calendar day of the city."""
    return store.of_day(center.db.read(), day.isoformat())


def of_case(center: Center, case_id: str) -> list[Outgoing]:
    """Return every revision of a case's record, oldest first."""
    return store.of_record(center.db.read(), case_id)


def exact_bytes(center: Center, record_id: str, revision: int) -> bytes:
    """Return the bytes of a revision as they are sent. Raises NotFound."""
    body = store.body(center.db.read(), record_id, revision)
    if body is None:
        raise NotFound(N_("Berkas kirim"), f"{record_id} r{revision}")
    return body


def resend(center: Center, now: datetime, actor: Actor, record_id: str, revision: int) -> None:
    """Let a revision be sent again now, from the beginning. Raises NotPermitted, NotFound, BadInput."""
    require(actor, Action.DELIVER)
    with center.db.write() as writer:
        one = _find(writer, record_id, revision)
        if one.receipt is not None:
            raise BadInput(
                "record_id", N_("Berkas kirim"), Need(N_("sudah berbukti terima; tidak perlu dikirim lagi."))
            )
        store.update(writer, replace(one, state=SendState.QUEUED, next_at=now, attempts=0, trouble=None))
        event(writer, actor, one, now, {"resend": True})
    center.send_now.set()


def take_receipt(center: Center, now: datetime, actor: Actor, content: bytes) -> Outgoing:
    """Take a receipt that came as a file; return what it is for.

    Raises NotPermitted, NotFound for a record that was never sent, and BadInput for a file that is no
    receipt or names other bytes than ours: that receipt proves nothing, and nothing changes.
    """
    require(actor, Action.RECORD_RECEIPT)
    try:
        receipt = read_receipt(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise BadInput(
            "receipt", N_("Bukti Terima"), Need(N_("tidak terbaca; pilih berkas .receipt.json dari DKISP."))
        ) from error
    with center.db.write() as writer:
        one = _find(writer, receipt.record_id, receipt.revision)
        if not is_ours(receipt, one):
            raise BadInput(
                "receipt",
                N_("Bukti Terima"),
                Need(N_("tidak cocok dengan berkas yang dikirim (sidik jari atau statusnya lain).")),
            )
        if one.receipt is None:
            settle(writer, center, now, actor, [(one, receipt)])
    return one


def settle(
    writer: Writer,
    center: Center,
    now: datetime,
    actor: Actor,
    receipts: Sequence[tuple[Outgoing, Receipt]],
) -> None:
    """Store receipts that are ours, and each in its case when the case still waits for it.

    By our own clock: DKISP's may be anywhere, and the procedure is timed by ours.
    """
    store.update_many(
        writer,
        [
            replace(one, state=SendState.RECEIPTED, receipt=receipt, trouble=None, detail=None, last_at=now)
            for one, receipt in receipts
        ],
    )
    found = cases.load_open(writer, {one.record_id for one, _ in receipts})
    settled, changed = set[str](), []
    for one, receipt in sorted(receipts, key=lambda pair: pair[0].revision):
        stored = found.get(one.record_id)
        new = _noted(center, now, actor, stored, one, receipt) if stored is not None else None
        if stored is None or new is None or one.record_id in settled:
            event(writer, actor, one, now, {"receipt_id": receipt.receipt_id})
            continue
        settled.add(one.record_id)
        changed.append((stored, new))
    now = present(now, *(stored for stored, _ in changed))
    cases.save_open(
        writer, changed, actor=actor, action=Action.RECORD_RECEIPT, occurred_at=now, entered_at=now
    )


def _noted(
    center: Center, now: datetime, actor: Actor, stored: cases.Stored, one: Outgoing, receipt: Receipt
) -> Case | None:
    """Return the case with its receipt; None where it does not wait for this one."""
    case = stored.case
    sent = case.delivery
    if case.status is not CaseStatus.REGISTERED or sent is None or sent.revision != one.revision:
        return None
    at = present(max(now, sent.written_at), stored)
    try:
        return moves.record_receipt(case, actor, at, receipt.receipt_id, receipt.digest, center.pack.sop)
    except SigapError:
        # The receipt is stored all the same; only its case stands otherwise by now.
        _log.exception("the receipt of %s r%s is not noted in its case", one.record_id, one.revision)
        return None


def reconciled(center: Center, now: datetime, actor: Actor, day: date) -> Reconciled:
    """Compare a day with DKISP's own list of it. Raises NotPermitted, NoDkisp, BadDkisp, DayNotListed."""
    require(actor, Action.DELIVER)
    endpoint = dkisp.load(center)
    if endpoint is None:
        raise NoDkisp()
    found = client.listed(endpoint, day.isoformat(), now)
    if isinstance(found, client.Answer):
        reason = found.trouble or Trouble.CUT
        raise DayNotListed(day=day, reason=Need(reason.label), detail=found.detail or "–")
    return reconcile(of_day(center, day), found)


def reconciled_with(center: Center, actor: Actor, day: date, content: bytes) -> Reconciled:
    """Compare a day with a list that DKISP gave as a file (JSON lines). Raises NotPermitted, BadInput."""
    require(actor, Action.DELIVER)
    try:
        theirs: list[Held] = client.read_day(content)
    except (ValueError, RecursionError) as error:
        raise BadInput(
            "day", N_("Daftar DKISP"), Need(N_("tidak terbaca; tiap baris harus JSON satu bukti terima."))
        ) from error
    return reconcile(of_day(center, day), theirs)


def event(writer: Writer, actor: Actor, one: Outgoing, now: datetime, after: dict[str, object]) -> None:
    """Append what happened to a revision to the trail."""
    told = {"revision": one.revision, "digest": one.digest[:16]} | after
    cases.append_event(
        writer,
        actor,
        "outbox",
        one.record_id,
        Action.DELIVER.value,
        {},
        told,
        occurred_at=now,
        entered_at=now,
    )


def _find(writer: Writer, record_id: str, revision: int) -> Outgoing:
    one = store.find(writer, record_id, revision)
    if one is None:
        raise NotFound(N_("Berkas kirim"), f"{record_id} r{revision}")
    return one
