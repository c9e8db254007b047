"""Sends what waits in the outbox to DKISP, or drops it as files, until each has its receipt (SOP step 8).

A round takes what has been answered, stores it, and starts what is due; one that hangs holds up no other.
Nothing is claimed beforehand: after a crash between an answer and its storing the same bytes go again, and
DKISP answers with the receipt that it gave the first time.
"""

import asyncio
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import httpx

from database import cases
from database import outbox as store
from database.connection import Writer
from domain.errors import StoreUnavailable
from domain.outbox import LONGEST_ASKED_S, Outgoing, SendState, Trouble, wait_s
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
STORED_AT_ONCE = 32
"""So many answers share a transaction: more would hold up who writes beside them."""
DROPPED_AT_ONCE = 64
RECEIPTS_EVERY = timedelta(seconds=10)
IDLE_S, BUSY_S = 1.0, 0.02
GRACE_S = 3.0
UNSTORABLE_S = 60.0
"""An answer that could not be stored: its record is sent again after so long."""
MOST_LAID = 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt: what was sent and what came of it."""

    one: Outgoing
    answer: Answer


class Courier:
    """Carries the outbox away; whoever owns it looks, and a loop of its own waits for answers."""

    def __init__(self, center: Center, clock: Callable[[], datetime], connections: int = CONNECTIONS) -> None:
        """Start without a connection; `clock` tells the time of each attempt and answer."""
        self._center, self._clock, self._connections = center, clock, connections
        self._running: dict[tuple[str, int], Future[Sent]] = {}
        self._unstorable: dict[tuple[str, int], float] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="dkisp", daemon=True)
        self._thread.start()
        self._turns = asyncio.Semaphore(connections)
        self._client: tuple[Endpoint, httpx.AsyncClient] | None = None
        self._failures, self._pauses = 0, 0
        self._pause_until: datetime | None = None
        self._asked_until: datetime | None = None
        self._receipts_at: datetime | None = None
        self._rest: tuple[tuple[int, Endpoint | None], datetime | None] | None = None
        self._half: set[str] = set()
        self._days = store.dropped_days(center.db.read())

    def look(self) -> int:
        """Do one round; return how many revisions were stored, started or dropped."""
        now = self._clock()
        # A few, and then new ones are started: these are under way while the next few are stored.
        done = self._store_answers(STORED_AT_ONCE)
        try:
            endpoint = dkisp.load(self._center)
        except dkisp.BadDkisp as error:
            _log.warning("%s", error)
            return done
        # Read first: what is stored in between is a newer version at the next look.
        version = self._center.db.newest_event_seq()
        if not done and not self._running and self._rests((version, endpoint), now):
            return 0
        if endpoint is None:
            done += self._drop(now) + self._collect(now)
        else:
            done += self._start(endpoint, now)
        # While something moves, the next round looks anyway.
        quiet = not done and not self._running
        self._rest = ((version, endpoint), self._next_look(endpoint, now)) if quiet else None
        return done

    def _rests(self, seen: tuple[int, Endpoint | None], now: datetime) -> bool:
        """Return whether nothing was stored, set or asked, and no time has come: then nothing is read."""
        if self._rest is None or self._rest[0] != seen or self._center.send_now.is_set():
            return False
        until = self._rest[1]
        return until is None or now < until <= now + timedelta(seconds=LONGEST_ASKED_S)

    def _next_look(self, endpoint: Endpoint | None, now: datetime) -> datetime | None:
        """Return when something can be due though nothing is stored, or None."""
        reader = self._center.db.read()
        if endpoint is not None:
            return store.next_due(reader, (SendState.QUEUED, SendState.DROPPED))
        laid = now + RECEIPTS_EVERY if self._days or store.has_laid(reader) else None
        moments = (store.next_due(reader, (SendState.QUEUED,)), laid)
        return min((at for at in moments if at is not None), default=None)

    @property
    def waits_for(self) -> int:
        """How many attempts have no stored answer yet."""
        return len(self._running)

    def settle(self, timeout_s: float) -> None:
        """Wait until every started attempt has its answer, at most so long; then store them."""
        wait(self._running.values(), timeout_s)
        self._store_answers()

    def close(self) -> None:
        """Give what was started a moment to end, store it, and let go of the rest: it is sent again."""
        wait(self._running.values(), GRACE_S)
        try:
            self._store_answers()
        finally:
            asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _end(self) -> None:
        """Cancel what still runs and close the line."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        if self._client is not None:
            await self._client[1].aclose()

    # --- HTTP -----------------------------------------------------------------------------------------

    def _start(self, endpoint: Endpoint, now: datetime) -> int:
        if self._client is not None and self._client[0] != endpoint:
            # Other settings: what was wrong with the old ones no longer counts.
            self._disconnect()
            self._go_on()
        if self._center.send_now.is_set():
            self._center.send_now.clear()
            self._go_on()
            self._asked_until = None
        if self._is_waiting(now):
            return 0
        free = IN_FLIGHT - len(self._running)
        if free <= 0:
            return 0
        skipped = len(self._running) + len(self._unstorable)
        waiting = store.due(
            self._center.db.read(), (SendState.QUEUED, SendState.DROPPED), now, free + skipped
        )
        fresh = [(one, body) for one, body in waiting if self._is_free(one.record_id, one.revision)][:free]
        if not fresh:
            return 0
        try:
            line = self._connect(endpoint)
        except OSError as error:
            # A certificate that cannot be read: as good as no settings, until somebody mends it.
            _log.warning("the client certificate for DKISP cannot be used: %s", error)
            self._pause_until = now + timedelta(seconds=wait_s(1, random.random()))
            return 0
        for one, body in fresh:
            attempt = self._attempt(line, endpoint, one, body)
            self._running[one.record_id, one.revision] = asyncio.run_coroutine_threadsafe(attempt, self._loop)
        return len(fresh)

    def _is_waiting(self, now: datetime) -> bool:
        """Return whether nothing is sent now; a time that our clock, set back, put too far is forgotten."""
        longest = timedelta(seconds=LONGEST_ASKED_S)
        until = [at for at in (self._pause_until, self._asked_until) if at is not None]
        return any(now < at <= now + longest for at in until)

    def _go_on(self) -> None:
        self._failures, self._pauses, self._pause_until = 0, 0, None

    def _is_free(self, record_id: str, revision: int) -> bool:
        key = (record_id, revision)
        if key in self._unstorable and time.monotonic() >= self._unstorable[key]:
            del self._unstorable[key]
        return key not in self._running and key not in self._unstorable

    def _connect(self, endpoint: Endpoint) -> httpx.AsyncClient:
        if self._client is None:
            self._client = endpoint, client.connected(endpoint, self._connections)
        return self._client[1]

    def _disconnect(self) -> None:
        """Close the line; attempts over it fail and are made again."""
        if self._client is not None:
            line, self._client = self._client[1], None
            asyncio.run_coroutine_threadsafe(line.aclose(), self._loop).result(GRACE_S)

    async def _attempt(self, line: httpx.AsyncClient, endpoint: Endpoint, one: Outgoing, body: bytes) -> Sent:
        try:
            async with self._turns:
                return Sent(one, await client.put(line, endpoint, one, body, self._clock()))
        except Exception as error:
            # Whatever it is, this revision waits and is tried again, and the others go on.
            _log.exception("revision %s of %s could not be sent", one.revision, one.record_id)
            return Sent(one, Answer(trouble=Trouble.CUT, detail=type(error).__name__))

    def _store_answers(self, most: int = IN_FLIGHT) -> int:
        ready = [key for key, future in self._running.items() if future.done()][:most]
        for first in range(0, len(ready), STORED_AT_ONCE):
            some = [self._running.pop(key) for key in ready[first : first + STORED_AT_ONCE]]
            self._store([future.result() for future in some if not future.cancelled()])
        return len(ready)

    def _store(self, answers: Sequence[Sent]) -> None:
        """Store answers together; one that cannot be stored must not keep the others from it."""
        try:
            with self._center.db.write() as writer:
                self._finish(writer, answers)
            return
        except StoreUnavailable:
            # The disk: nothing can be stored. What was answered is asked again once it can.
            for sent in answers:
                self._leave(sent.one)
            raise
        except Exception:
            _log.exception("answers could not be stored together; each is tried alone")
        for sent in answers:
            try:
                with self._center.db.write() as writer:
                    self._finish(writer, [sent])
            except Exception:
                _log.exception("the answer for %s r%s is not stored", sent.one.record_id, sent.one.revision)
                self._leave(sent.one)

    def _leave(self, one: Outgoing) -> None:
        self._unstorable[one.record_id, one.revision] = time.monotonic() + UNSTORABLE_S

    def _finish(self, writer: Writer, some: Sequence[Sent]) -> None:
        """Store answers. What was answered meanwhile by another way stays as it is."""
        now = self._clock()
        standing = store.standing(writer, [sent.one for sent in some])
        receipts, later = [], []
        for sent in some:
            one = standing.get((sent.one.record_id, sent.one.revision))
            if one is None or one.receipt is not None:
                continue
            one = replace(one, attempts=one.attempts + 1, last_at=now)
            if sent.answer.receipt is not None:
                self._go_on()
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
        if answer.asked_s is not None:
            # Whoever asks us to wait means all of us, and a receipt that was under way changes nothing.
            asked = now + timedelta(seconds=min(answer.asked_s, LONGEST_ASKED_S))
            self._asked_until = max(asked, self._asked_until or asked)
        self._failures += 1
        if self._failures >= self._connections and not self._is_waiting(now):
            # Nobody answers: asking for each of thousands would only make them all wait longer.
            self._failures, self._pauses = 0, self._pauses + 1
            self._pause_until = now + timedelta(seconds=wait_s(self._pauses, random.random()))
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
            # A receipt may have been taken while the files were written: it stays.
            standing = store.standing(writer, written)
            store.update_many(
                writer, [one for one in written if standing[one.record_id, one.revision].receipt is None]
            )
        self._days |= {one.day for one in written if one.state is SendState.DROPPED}
        self._write_manifests()
        return len(written)

    def _write_manifests(self) -> None:
        """Write the manifests of the days that need it; what cannot be written now is written later."""
        for day in sorted(self._days):
            lines = [
                {
                    "record_id": one.record_id,
                    "revision": one.revision,
                    "digest": one.digest,
                    "size_bytes": one.size_bytes,
                    "path": one.path,
                }
                for one in store.of_day(self._center.db.read(), day)
                if one.trouble is not Trouble.CONFLICT and (self._center.outbox_dir / one.path).is_file()
            ]
            try:
                if lines:
                    write_manifest(self._center.outbox_dir, date.fromisoformat(day), lines)
            except DropFailed:
                _log.exception("the manifest of %s could not be written", day)
                return
            self._days.discard(day)

    def _collect(self, now: datetime) -> int:
        """Read the receipts that were laid beside dropped files."""
        at = self._receipts_at
        if at is not None and timedelta(0) <= now - at < RECEIPTS_EVERY:
            return 0
        self._receipts_at = now
        self._write_manifests()
        reader, found = self._center.db.read(), 0
        waiting = store.in_state(reader, SendState.DROPPED, MOST_LAID)
        troubled = store.in_state(reader, SendState.TROUBLE, MOST_LAID)
        wrong = (one for one in troubled if one.trouble is Trouble.BAD_RECEIPT)
        for one in (*waiting, *wrong):
            answer = self._laid(one)
            if answer is None or (answer.trouble is one.trouble and answer.detail == one.detail):
                continue
            found += 1
            with self._center.db.write() as writer:
                if store.standing(writer, [one])[one.record_id, one.revision].receipt is not None:
                    continue
                if answer.receipt is not None:
                    outbox.settle(writer, self._center, now, outbox.SENDER, [(one, answer.receipt)])
                    continue
                told = replace(
                    one, state=SendState.TROUBLE, trouble=answer.trouble, detail=answer.detail, last_at=now
                )
                store.update(writer, told)
                outbox.event(writer, outbox.SENDER, one, now, {"trouble": str(answer.trouble)})
        return found

    def _laid(self, one: Outgoing) -> Answer | None:
        """Return what a laid receipt says; None without one, and while it may still be half written."""
        path = self._center.outbox_dir / receipt_path(one.path)
        try:
            with path.open("rb") as file:
                content = file.read(client.LONGEST_ANSWER)
        except OSError:
            return None
        answer = client.answer_of(one, content)
        if answer.trouble is not Trouble.CUT:
            self._half.discard(one.path)
            return answer
        if one.path not in self._half:
            self._half.add(one.path)
            return None
        return Answer(trouble=Trouble.BAD_RECEIPT, detail=path.name)


def receipt_path(path: str) -> str:
    """Return where DKISP lays the receipt of a dropped file: `….receipt.json` beside it."""
    return path.removesuffix(".json") + ".receipt.json"


def adopt(center: Center, now: datetime) -> int:
    """Queue registered cases whose present revision is not in the outbox; return how many.

    Those of a database from before the outbox. Each has a transaction of its own.
    """
    adopted = 0
    for case_id in store.unqueued(center.db.read()):
        try:
            with center.db.write() as writer:
                adopted += _adopt(writer, center, now, case_id)
        except Exception:
            # A case that cannot be read, or whose record does not fit, must not keep the others from going.
            _log.exception("the record of case %s is not sent", case_id)
    return adopted


def _adopt(writer: Writer, center: Center, now: datetime, case_id: str) -> bool:
    stored = cases.load(writer, case_id)
    case = stored.case
    if case.status is not CaseStatus.REGISTERED or store.find(writer, case_id, case.revision):
        return False
    new = outbox.enqueue(writer, center, case, now)
    cases.save(
        writer, stored, new, actor=outbox.SENDER, action=Action.DELIVER, occurred_at=now, entered_at=now
    )
    return True


def run(center: Center, stop: threading.Event) -> None:
    """Carry the outbox away until `stop`; whatever goes wrong is logged, and it goes on."""
    courier = Courier(center, lambda: datetime.now(UTC))
    adopted = False
    try:
        while not stop.is_set():
            try:
                if not adopted:
                    adopt(center, datetime.now(UTC))
                    adopted = True
                moved = courier.look()
            except Exception:
                _log.exception("the outbox could not be sent; the next look is in %s s", IDLE_S)
                stop.wait(IDLE_S)
                continue
            stop.wait(BUSY_S if moved or courier.waits_for else IDLE_S)
    finally:
        courier.close()
