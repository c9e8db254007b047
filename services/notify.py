"""Telling agencies: pre-alert, the notices of step 4 on every channel at once, and their answers.

A notice is queued in the transaction that says it was given, so that neither is ever without the other. A
worker sends whatever is queued, each in a thread of its own; what fails is tried again, then by the agency's
next channel, at last by a dispatcher on the telephone. Sending is at least once: a crash between sending and
storing sends again, under the same delivery id. The checklist (`AgencyNotice`) says that an agency was told
and what it answered, the outbox how each message went; neither is a copy of the other.
"""

import hashlib
import hmac
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from database import cases
from database import notices as store
from database.connection import Writer
from domain.case import Actor, Case
from domain.errors import BadInput, Need, NotFound, SigapError
from domain.identity import uuid7
from domain.moves import coordination as moves
from domain.notices import (
    TRIES,
    DeliveryState,
    Failure,
    NoticeDelivery,
    NoticeKind,
    Way,
    compose,
    needless,
    next_try,
    tasks,
)
from domain.permissions import Action, require
from domain.words import N_, Label, NoticeMethod, NoticeResult, Role
from export.redact import redact
from services import channels, registry, senders
from services.center import Center
from services.change import CaseRef, change, change_in
from services.channels import Channels
from services.senders import Letter, NotSent, Sent

LOOK_EVERY_S = 0.5
AT_ONCE = 32
"""So many messages leave at the same time; the others follow as these end, eight seconds later at most."""
LINK_VALID = timedelta(hours=24)
PLACE_LIMIT = 160
SENDER = Actor("Sigap", Role.ADMIN)
"""Under whose name it stands in the trail that no channel reached an agency: the program itself."""
AGENCY = Actor("instansi (tautan)", Role.CALL_TAKER)
"""Under whose name an agency's own answer is stored, until agencies have accounts."""
_log = logging.getLogger(__name__)


class BadLink(SigapError):
    """An answer link is not ours, or too old."""

    template = N_("Tautan ini tidak berlaku atau sudah lewat waktunya. Hubungi command center lewat telepon.")


class Answer(Label):
    """What became of an agency's answer by link."""

    OPEN = "open", N_("Belum dijawab.")
    RECORDED = "recorded", N_("Terima kasih, jawaban Anda sudah dicatat.")
    ALREADY = "already", N_("Jawaban sudah dicatat sebelumnya; tidak ada yang berubah.")
    OTHERWISE = "otherwise", N_("Jawaban lain sudah dicatat. Untuk mengubahnya, hubungi command center.")
    OVER = "over", N_("Permintaan ini tidak berlaku lagi. Tidak ada yang perlu dilakukan.")


# --- telling --------------------------------------------------------------------------------------


def pre_alert(center: Center, now: datetime, actor: Actor, ref: CaseRef) -> Case:
    """Tell every required agency to stand by, at once by all channels (from step 2 on, class normal)."""

    def queue(writer: Writer, old: Case, new: Case) -> None:
        queue_new(center, writer, now, NoticeKind.PRE_ALERT, old, new)

    def move(case: Case, at: datetime) -> Case:
        return moves.pre_alert(case, actor, at)

    return change(center, now, actor, ref, Action.PRE_ALERT, move, also=queue)


def queue_new(center: Center, writer: Writer, now: datetime, kind: NoticeKind, old: Case, new: Case) -> None:
    """Queue a message to each agency that was told by this change, in the change's own transaction."""
    stamp = "pre_alerted_at" if kind is NoticeKind.PRE_ALERT else "notified_at"
    ways = channels.load(center)
    private = cases.get_private(writer, new.case_id)
    place = redact(new.location.place_text, private, PLACE_LIMIT) or ""
    types = registry.snapshot(center).all_types
    plan = types.get(new.incident.type_code or "")
    for line in new.agencies:
        was = old.notice(line.code)
        if getattr(line, stamp) is None or (was is not None and getattr(was, stamp) is not None):
            continue
        notice = compose(
            new,
            kind,
            line.code,
            place_text=place,
            plan=plan.at_alarm(new.alarm_level) if plan is not None else None,
            capabilities=center.pack.capabilities,
            is_example=center.is_demo,
        )
        first = NoticeDelivery(
            delivery_id=uuid7(now, os.urandom(10)),
            case_id=new.case_id,
            agency=line.code,
            kind=kind,
            way=Way.PHONE,
            rank=0,
            state=DeliveryState.QUEUED,
            notice=notice,
            queued_at=now,
            next_at=now,
        )
        store.append(writer, _by_way(center, ways, first, 0))


def deliveries(center: Center, case_id: str) -> tuple[NoticeDelivery, ...]:
    """Return how each message of a case went, oldest first."""
    return tuple(store.of_case(center.db.read(), case_id))


def phone_tasks(center: Center, case: Case) -> tuple[NoticeDelivery, ...]:
    """Return the telephone calls that a dispatcher must still make for a case."""
    return tasks(case, deliveries(center, case.case_id))


def phone_of(center: Center, agency: str) -> str | None:
    """Return an agency's telephone number, None while the city pack has none."""
    known = center.pack.agencies.get(agency)
    return known.phone if known is not None else None


def problem(center: Center) -> SigapError | None:
    """Return why `channels.toml` is not used, or None."""
    return channels.load(center).problem


def telephoned(center: Center, now: datetime, actor: Actor, ref: CaseRef, delivery_id: str) -> None:
    """Record that somebody telephoned an agency which no channel reached.

    Raises NotPermitted, NotFound, and BadInput when somebody did it before.
    """
    require(actor, Action.NOTIFY)
    with center.db.write() as writer:
        one = store.find(writer, delivery_id)
        if one is None or one.case_id != ref.case_id:
            raise NotFound(N_("Pemberitahuan"), delivery_id)
        if not one.is_task:
            raise BadInput(
                "delivery",
                N_("Telepon"),
                Need(N_("sudah dicatat {actor} pada {at}."), actor=one.told_by or "–", at=one.sent_at or now),
            )
        store.store(writer, replace(one, state=DeliveryState.SENT, sent_at=now, told_by=actor.name))
        if one.kind is NoticeKind.NOTIFY:
            change_in(
                writer,
                now,
                actor,
                CaseRef(ref.case_id),
                Action.NOTIFY,
                lambda case, at: moves.telephoned(case, actor, at, one.agency),
            )
        else:
            _event(writer, actor, one, now, Action.PRE_ALERT, by_phone=True)


# --- answering by link ----------------------------------------------------------------------------


def link(center: Center, ways: Channels, one: NoticeDelivery) -> str | None:
    """Return the address by which an agency answers, None while Sigap's own address is not set."""
    if ways.public_url is None:
        return None
    until = int((one.queued_at + LINK_VALID).timestamp())
    key = f"{until}.{_signature(center, one.delivery_id, until)}"
    return f"{ways.public_url.rstrip('/')}/api/v1/notices/{one.delivery_id}/ack?key={key}"


def opened(center: Center, now: datetime, delivery_id: str, key: str) -> tuple[NoticeDelivery, Answer]:
    """Return what a link is about and how it stands, changing nothing. Raises BadLink."""
    one = _require_link(center, now, delivery_id, key)
    case = cases.get(center.db.read(), one.case_id)
    return one, _standing(case, one)


def answer_by_link(
    center: Center, now: datetime, delivery_id: str, key: str
) -> tuple[NoticeDelivery, Answer]:
    """Record an agency's answer by its link, once. Raises BadLink."""
    one = _require_link(center, now, delivery_id, key)
    with center.db.write() as writer:
        return one, _acknowledge(writer, now, one.delivery_id)


def _acknowledge(writer: Writer, now: datetime, delivery_id: str) -> Answer:
    """Record that an agency answered a message: received the pre-alert, or takes the order."""
    one = store.find(writer, delivery_id)
    if one is None:
        raise NotFound(N_("Pemberitahuan"), delivery_id)
    standing = _standing(cases.get(writer, one.case_id), one)
    if standing is not Answer.OPEN:
        return standing
    store.store(
        writer,
        replace(
            one,
            state=DeliveryState.DELIVERED,
            sent_at=one.sent_at or now,
            delivered_at=one.delivered_at or now,
            acknowledged_at=now,
        ),
    )
    if one.kind is NoticeKind.NOTIFY:
        change_in(
            writer,
            now,
            AGENCY,
            CaseRef(one.case_id),
            Action.ANSWER_NOTICE,
            lambda case, at: moves.answer_notice(case, AGENCY, at, one.agency, NoticeResult.ACKNOWLEDGED),
        )
    return Answer.RECORDED


def _standing(case: Case, one: NoticeDelivery) -> Answer:
    line = case.notice(one.agency)
    if one.acknowledged_at is not None:
        return Answer.ALREADY
    if one.kind is NoticeKind.NOTIFY and line is not None and line.result is NoticeResult.ACKNOWLEDGED:
        return Answer.ALREADY
    if one.kind is NoticeKind.NOTIFY and line is not None and line.result is NoticeResult.DECLINED:
        return Answer.OTHERWISE
    # Escalated means that nobody answered; an answer that comes after all is welcome.
    silent = [
        replace(other, result=None) if other.result is NoticeResult.ESCALATED else other
        for other in case.agencies
    ]
    if needless(replace(case, agencies=tuple(silent)), one.kind, one.agency):
        return Answer.OVER
    return Answer.OPEN


def _require_link(center: Center, now: datetime, delivery_id: str, key: str) -> NoticeDelivery:
    until, _, given = key.partition(".")
    if not (until.isascii() and until.isdecimal()) or len(until) > 12 or int(until) < now.timestamp():
        raise BadLink()
    good = _signature(center, delivery_id, int(until))
    if not hmac.compare_digest(given.encode(), good.encode()):
        raise BadLink()
    one = store.find(center.db.read(), delivery_id)
    if one is None:
        raise BadLink()
    return one


def _signature(center: Center, delivery_id: str, until: int) -> str:
    return hmac.new(center.key, f"notice-ack:{delivery_id}:{until}".encode(), hashlib.sha256).hexdigest()


# --- sending --------------------------------------------------------------------------------------


class Courier:
    """Sends what is queued, everything at once: whoever hangs holds up nobody else."""

    def __init__(self, center: Center, clock: Callable[[], datetime]) -> None:
        """Start without work; `clock` gives the present (UTC)."""
        self._center = center
        self._clock = clock
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="notice")
        self._running: dict[str, Future[None]] = {}

    def look(self) -> int:
        """Start every message that is due; return how many. Needless ones are dropped, lost ones given up."""
        now = self._clock()
        self._running = {key: one for key, one in self._running.items() if not one.done()}
        found = store.due(self._center.db.read(), now)
        due = [one for one in found if one.delivery_id not in self._running]
        if not due:
            return 0
        claimed = []
        with self._center.db.write() as writer:
            for seen in due:
                # Asked again under the writer's lock: its answer may have come in between.
                one = store.find(writer, seen.delivery_id)
                if one is None or one.state is not DeliveryState.QUEUED or one.next_at > now:
                    continue
                try:
                    case = cases.get(writer, one.case_id)
                except ValueError:
                    # One case that cannot be read must not keep the messages of all others from going.
                    _log.exception("the case of a message to %s cannot be read", one.agency)
                    continue
                if needless(case, one.kind, one.agency):
                    store.store(writer, replace(one, state=DeliveryState.DROPPED))
                elif one.attempts >= TRIES:
                    self._give_up(writer, one, NotSent(one.failure or Failure.INTERRUPTED, one.detail), now)
                else:
                    claimed.append(store.claim(writer, one, now))
        for one in claimed:
            self._running[one.delivery_id] = self._pool.submit(self._carry, one)
        return len(claimed)

    def settle(self, timeout_s: float) -> bool:
        """Wait until every started message has its result stored; return whether that came in time."""
        return not wait(self._running.values(), timeout_s).not_done

    def close(self) -> None:
        """Let what was started end; nothing new starts."""
        self._pool.shutdown(wait=True)

    def _carry(self, one: NoticeDelivery) -> None:
        """Make one attempt and store its result; an attempt without a stored result is made again."""
        try:
            result = self._attempt(one)
            with self._center.db.write() as writer:
                self._finish(writer, one.delivery_id, result)
        except Exception:
            _log.exception("the result of a message to %s could not be stored", one.agency)
            return
        if isinstance(result, Sent) and result.acknowledged:
            self._answered(one)

    def _answered(self, one: NoticeDelivery) -> None:
        """Record that the agency answered at once; it has the message even if its answer does not count."""
        try:
            with self._center.db.write() as writer:
                _acknowledge(writer, self._clock(), one.delivery_id)
        except Exception:
            _log.exception("the answer of %s could not be stored; its message has left", one.agency)

    def _attempt(self, one: NoticeDelivery) -> Sent | NotSent:
        try:
            ways = channels.load(self._center)
            listed = ways.of(one.agency)
            if one.rank >= len(listed) or listed[one.rank].way is not one.way:
                return NotSent(Failure.UNSET)
            letter = Letter(one, self._clock(), link(self._center, ways, one))
            return senders.send(letter, listed[one.rank], ways)
        except NotSent as failed:
            return failed
        except Exception:
            # Whatever it is, it must not keep the agency from being told in another way.
            _log.exception("a message to %s by %s failed", one.agency, one.way)
            return NotSent(Failure.FAULT)

    def _finish(self, writer: Writer, delivery_id: str, result: Sent | NotSent) -> None:
        now = self._clock()
        one = store.find(writer, delivery_id)
        if one is None:
            raise NotFound(N_("Pemberitahuan"), delivery_id)
        if isinstance(result, NotSent):
            # The agency may have answered by its link meanwhile: then it has the message after all.
            if one.state is DeliveryState.QUEUED:
                self._give_up(writer, one, result, now)
            return
        if one.state is DeliveryState.QUEUED:
            one = replace(
                one,
                state=DeliveryState.DELIVERED if result.delivered else DeliveryState.SENT,
                sent_at=now,
                delivered_at=now if result.delivered else None,
                failure=None,
                detail=None,
            )
            store.store(writer, one)

    def _give_up(self, writer: Writer, one: NoticeDelivery, failed: NotSent, now: datetime) -> None:
        """Try again later, or give up this way and take the agency's next one."""
        one = replace(one, failure=failed.failure, detail=failed.detail)
        again = next_try(one.attempts, failed.failure, now)
        if again is not None:
            store.store(writer, replace(one, next_at=again))
            return
        store.store(writer, replace(one, state=DeliveryState.FAILED))
        if needless(cases.get(writer, one.case_id), one.kind, one.agency):
            return
        fresh = replace(
            one,
            delivery_id=uuid7(now, os.urandom(10)),
            state=DeliveryState.QUEUED,
            queued_at=now,
            next_at=now,
            attempts=0,
            failure=None,
            detail=None,
        )
        following = _by_way(self._center, channels.load(self._center), fresh, one.rank + 1)
        store.append(writer, following)
        if following.way is Way.PHONE:
            action = Action.PRE_ALERT if one.kind is NoticeKind.PRE_ALERT else Action.NOTIFY
            _event(writer, SENDER, one, now, action, failed=failed.failure.value, next="phone")


def run(center: Center, stop: threading.Event) -> None:
    """Send what is queued until `stop`; whatever goes wrong is logged, and it goes on."""
    courier = Courier(center, lambda: datetime.now(UTC))
    try:
        while not stop.is_set():
            try:
                courier.look()
            except Exception:
                _log.exception("messages could not be sent; the next look is in %s s", LOOK_EVERY_S)
            stop.wait(LOOK_EVERY_S)
    finally:
        courier.close()


def _by_way(center: Center, ways: Channels, one: NoticeDelivery, rank: int) -> NoticeDelivery:
    """Return the delivery as it goes by the agency's way at place `rank`; past the last, by telephone.

    An agency without channels that the city pack says sits at Sigap's screen is told by it.
    """
    listed = ways.of(one.agency)
    if rank < len(listed):
        way = listed[rank].way
    else:
        known = center.pack.agencies.get(one.agency)
        sits_here = not listed and known is not None and known.channel == NoticeMethod.SCREEN.value
        way = Way.SCREEN if sits_here else Way.PHONE
    if way is Way.SCREEN:
        return replace(one, way=way, rank=rank, state=DeliveryState.SENT, sent_at=one.queued_at)
    return replace(one, way=way, rank=rank)


def _event(
    writer: Writer, actor: Actor, one: NoticeDelivery, now: datetime, action: Action, **more: object
) -> None:
    after = {"agency": one.agency, "kind": one.kind.value, "way": one.way.value} | more
    cases.append_event(
        writer,
        actor,
        "notice",
        one.notice.call_no,
        action.value,
        {},
        after,
        occurred_at=now,
        entered_at=now,
    )
