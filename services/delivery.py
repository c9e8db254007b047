"""Sends what waits in the outbox to DKISP, or drops it as files, until each has its receipt (SOP step 8).

A round takes what has been answered, stores it, and starts what is due; one that hangs holds up no other.
Nothing is claimed beforehand: after a crash between an answer and its storing the same bytes go again, and
DKISP answers with the receipt that it gave the first time.
"""

import json
import logging
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from database import cases
from database import outbox as store
from database.connection import Writer
from domain.errors import SigapError
from domain.outbox import Outgoing, SendState, Trouble, is_ours, read_receipt, wait_s
from domain.permissions import Action
from domain.words import CaseStatus
from export import dkisp as client
from export.dkisp import Answer, Endpoint
from export.drop import write_drop, write_manifest
from export.errors import DropConflict, DropFailed
from services import dkisp, outbox
from services.center import Center

CONNECTIONS = 8
IN_FLIGHT = 64
STORED_AT_ONCE = 24
"""So many answers share a transaction: more would hold up who writes beside them."""
DROPPED_AT_ONCE = 64
RECEIPTS_EVERY = timedelta(seconds=10)
IDLE_S, BUSY_S = 1.0, 0.02
_PASSING = (Trouble.UNREACHABLE, Trouble.TIMEOUT, Trouble.CUT, Trouble.BUSY, Trouble.SERVER, Trouble.DENIED)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt: what was sent and what came of it."""

    one: Outgoing
    answer: Answer


class Courier:
    """Carries the outbox away; one thread looks, others wait for answers."""

    def __init__(self, center: Center, clock: Callable[[], datetime], connections: int = CONNECTIONS) -> None:
        """Start without a connection; `clock` tells the time of each attempt and answer."""
        self._center, self._clock, self._connections = center, clock, connections
        self._pool = ThreadPoolExecutor(connections, thread_name_prefix="dkisp")
        self._running: dict[tuple[str, int], Future[Sent]] = {}
        self._line = ExitStack()
        self._client: tuple[Endpoint, httpx.Client] | None = None
        self._failures = 0
        self._pause_until: datetime | None = None
        self._receipts_at: datetime | None = None

    def look(self) -> int:
        """Do one round; return how many revisions were stored, started or dropped."""
        now = self._clock()
        done = self._store_answers()
        try:
            endpoint = dkisp.load(self._center)
        except dkisp.BadDkisp as error:
            _log.warning("%s", error)
            return done
        if endpoint is None:
            return done + self._drop(now) + self._collect(now)
        return done + self._start(endpoint, now)

    @property
    def waits_for(self) -> int:
        """How many attempts have no stored answer yet."""
        return len(self._running)

    def settle(self, timeout_s: float) -> None:
        """Wait until every started attempt has its answer, at most so long; then store them."""
        wait(self._running.values(), timeout_s)
        self._store_answers()

    def close(self) -> None:
        """Let what was started end and store it; nothing new starts."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._store_answers()
        self._line.close()

    # --- HTTP -----------------------------------------------------------------------------------------

    def _start(self, endpoint: Endpoint, now: datetime) -> int:
        if self._pause_until is not None and now < self._pause_until:
            return 0
        free = IN_FLIGHT - len(self._running)
        if free <= 0:
            return 0
        waiting = store.due(
            self._center.db.read(),
            (SendState.QUEUED, SendState.DROPPED),
            now,
            free + len(self._running),
        )
        fresh = [(one, body) for one, body in waiting if (one.record_id, one.revision) not in self._running]
        if not fresh:
            return 0
        try:
            line = self._connect(endpoint)
        except OSError as error:
            # A certificate that cannot be read: as good as no settings, until somebody mends it.
            _log.warning("the client certificate for DKISP cannot be used: %s", error)
            self._pause_until = now + timedelta(seconds=wait_s(1, random.random()))
            return 0
        for one, body in fresh[:free]:
            future = self._pool.submit(self._attempt, line, endpoint, one, body)
            self._running[one.record_id, one.revision] = future
        return min(free, len(fresh))

    def _connect(self, endpoint: Endpoint) -> httpx.Client:
        if self._client is None or self._client[0] != endpoint:
            # Attempts over the old line end by themselves; each of them is answered or tried again.
            self._client = None
            self._line.close()
            line = self._line.enter_context(client.connected(endpoint, self._connections))
            self._client = endpoint, line
        return self._client[1]

    def _attempt(self, line: httpx.Client, endpoint: Endpoint, one: Outgoing, body: bytes) -> Sent:
        try:
            return Sent(one, client.put(line, endpoint, one, body, self._clock()))
        except Exception as error:
            # Whatever it is, this revision waits and is tried again, and the others go on.
            _log.exception("revision %s of %s could not be sent", one.revision, one.record_id)
            return Sent(one, Answer(trouble=Trouble.CUT, detail=type(error).__name__))

    def _store_answers(self) -> int:
        ready = [key for key, future in self._running.items() if future.done() and not future.cancelled()]
        answers = [self._running[key].result() for key in ready]
        for first in range(0, len(answers), STORED_AT_ONCE):
            some = answers[first : first + STORED_AT_ONCE]
            with self._center.db.write() as writer:
                self._finish(writer, some)
        for key in ready:
            del self._running[key]
        return len(ready)

    def _finish(self, writer: Writer, some: Sequence[Sent]) -> None:
        """Store answers. What was answered meanwhile by another way stays as it is."""
        now = self._clock()
        known = store.find_many(writer, [(sent.one.record_id, sent.one.revision) for sent in some])
        waiting = {(one.record_id, one.revision): one for one in known if one.receipt is None}
        receipts, later = [], []
        for sent in some:
            one = waiting.get((sent.one.record_id, sent.one.revision))
            if one is None:
                continue
            one = replace(one, attempts=one.attempts + 1, last_at=now)
            if sent.answer.receipt is not None:
                self._failures, self._pause_until = 0, None
                receipts.append((one, sent.answer.receipt))
            else:
                later.append(self._postponed(now, one, sent.answer))
        store.update_many(writer, later)
        for one in later:
            if one.state is SendState.TROUBLE and one.trouble is not None:
                outbox.event(writer, outbox.SENDER, one, now, {"trouble": one.trouble.value})
        if receipts:
            outbox.settle(writer, self._center, now, outbox.SENDER, receipts)

    def _postponed(self, now: datetime, one: Outgoing, answer: Answer) -> Outgoing:
        trouble = answer.trouble or Trouble.CUT
        later = replace(one, trouble=trouble, detail=answer.detail)
        if trouble.needs_person:
            return replace(later, state=SendState.TROUBLE)
        if trouble in _PASSING:
            self._failures += 1
            if self._failures >= self._connections:
                # Nobody answers: asking for each of thousands would only make them all wait longer.
                pause = wait_s(self._failures // self._connections, random.random(), answer.asked_s)
                self._pause_until = now + timedelta(seconds=pause)
        again = now + timedelta(seconds=wait_s(one.attempts, random.random(), answer.asked_s))
        return replace(later, next_at=again)

    # --- files ----------------------------------------------------------------------------------------

    def _drop(self, now: datetime) -> int:
        waiting = store.due(self._center.db.read(), (SendState.QUEUED,), now, DROPPED_AT_ONCE)
        if not waiting:
            return 0
        folder, written = self._center.outbox_dir, []
        for one, body in waiting:
            try:
                write_drop(folder, body, one.record_id, one.revision, date.fromisoformat(one.day))
                dropped = replace(one, state=SendState.DROPPED, trouble=None, detail=None)
            except DropConflict:
                dropped = replace(one, state=SendState.TROUBLE, trouble=Trouble.CONFLICT, detail=one.path)
            except DropFailed as error:
                again = now + timedelta(seconds=wait_s(one.attempts + 1, random.random()))
                dropped = replace(one, trouble=Trouble.DISK, detail=str(error)[:200], next_at=again)
            written.append(replace(dropped, attempts=one.attempts + 1, last_at=now))
        with self._center.db.write() as writer:
            store.update_many(writer, written)
        for day in sorted({one.day for one in written if one.state is SendState.DROPPED}):
            self._write_manifest(day)
        return len(written)

    def _write_manifest(self, day: str) -> None:
        listed = [
            one for one in store.of_day(self._center.db.read(), day) if one.state is not SendState.QUEUED
        ]
        lines = [
            {
                "record_id": one.record_id,
                "revision": one.revision,
                "digest": one.digest,
                "size_bytes": one.size_bytes,
                "path": one.path,
            }
            for one in listed
        ]
        try:
            write_manifest(self._center.outbox_dir, date.fromisoformat(day), lines)
        except DropFailed:
            _log.exception("the manifest of %s could not be written; the next drop writes it again", day)

    def _collect(self, now: datetime) -> int:
        """Read the receipts that were laid beside dropped files."""
        if self._receipts_at is not None and now - self._receipts_at < RECEIPTS_EVERY:
            return 0
        self._receipts_at = now
        found = 0
        for one in store.in_state(self._center.db.read(), SendState.DROPPED, outbox.SHOWN * 20):
            path = self._center.outbox_dir / receipt_path(one.path)
            answer = _laid(path, one) if path.is_file() else None
            if answer is None:
                continue
            found += 1
            with self._center.db.write() as writer:
                if answer.receipt is not None:
                    outbox.settle(writer, self._center, now, outbox.SENDER, [(one, answer.receipt)])
                elif one.trouble is not answer.trouble:
                    told = replace(one, trouble=answer.trouble, detail=answer.detail, last_at=now)
                    store.update(writer, told)
                    outbox.event(writer, outbox.SENDER, one, now, {"trouble": str(answer.trouble)})
        return found


def receipt_path(path: str) -> str:
    """Return where DKISP lays the receipt of a dropped file: `….receipt.json` beside it."""
    return path.removesuffix(".json") + ".receipt.json"


def _laid(path: Path, one: Outgoing) -> Answer | None:
    """Return what a laid receipt says; None while it cannot be read whole, for it may still be written."""
    try:
        receipt = read_receipt(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return None if one.trouble is Trouble.BAD_RECEIPT else Answer(trouble=Trouble.BAD_RECEIPT)
    if not is_ours(receipt, one):
        return Answer(trouble=Trouble.BAD_RECEIPT, detail=f"{receipt.receipt_id} {receipt.digest[:16]}")
    return Answer(receipt=receipt)


def adopt(center: Center, now: datetime) -> int:
    """Queue registered cases whose present revision is not in the outbox; return how many.

    Those of a database from before the outbox. Each has a transaction of its own.
    """
    adopted = 0
    for case_id in store.unqueued(center.db.read()):
        with center.db.write() as writer:
            stored = cases.load(writer, case_id)
            case = stored.case
            if case.status is not CaseStatus.REGISTERED or store.find(writer, case_id, case.revision):
                continue
            try:
                new = outbox.enqueue(writer, center, case, now)
            except SigapError:
                _log.exception("the record of case %s does not fit and is not sent", case.case_id)
                continue
            cases.save(
                writer,
                stored,
                new,
                actor=outbox.SENDER,
                action=Action.DELIVER,
                occurred_at=now,
                entered_at=now,
            )
            adopted += 1
    return adopted


def run(center: Center, stop: threading.Event) -> None:
    """Carry the outbox away until `stop`; whatever goes wrong is logged, and it goes on."""
    courier = Courier(center, lambda: datetime.now(UTC))
    try:
        adopt(center, datetime.now(UTC))
        while not stop.is_set():
            try:
                moved = courier.look()
            except Exception:
                _log.exception("the outbox could not be sent; the next look is in %s s", IDLE_S)
                moved = 0
            stop.wait(BUSY_S if moved or courier.waits_for else IDLE_S)
    finally:
        courier.close()
