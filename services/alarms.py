"""Alarms: rung once each when they are due, listed until somebody acknowledges them, never forgotten.

What is due follows from stored cases alone (`domain.alarms`); this stores that it rang, and who heard it.
A worker looks every two seconds. While nothing is stored and no time comes, a look costs one small query.
"""

import logging
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from database import alarms as store
from database import cases, reads
from database.connection import Writer
from domain import alarms as rules_of
from domain.alarms import Alarm, AlarmKind, AlarmRules, FireClock, Welfare
from domain.case import Actor, Case
from domain.errors import BadInput, Need, NotFound
from domain.permissions import Action, require
from domain.response_plan import IncidentType
from domain.words import N_, Role
from services import registry
from services.center import Center

LOOK_EVERY_S = 2.0
WATCHER = Actor("Sigap", Role.ADMIN)
"""Under whose name an alarm begins to ring in the trail: the program itself."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Listed:
    """An alarm that nobody acknowledged yet: since when and how often it rang, and whether it has passed."""

    alarm: Alarm
    raised_at: datetime
    rings: int
    passed: bool


@dataclass(frozen=True, slots=True)
class LateWord:
    """A crew that missed a word, and the case it works for."""

    case: Case
    welfare: Welfare


def rules(center: Center) -> AlarmRules:
    """Return the city's rules, with the cadences and fire types of the response plan in use."""
    city, types = center.pack.city, registry.snapshot(center).all_types
    agencies = center.pack.agencies
    return AlarmRules(
        repeat_s=city.alarm_repeat_s,
        welfare_s=city.welfare_s,
        agency_welfare_s={code: one.welfare_s for code, one in agencies.items() if one.welfare_s is not None},
        type_welfare_s={code: one.welfare_s for code, one in types.items() if one.welfare_s is not None},
        fire_agency=city.fire_agency,
        fire_types=frozenset(code for code, one in types.items() if _is_urgent_fire(one, city.fire_agency)),
        fire_response_s=city.fire_response_s,
    )


def raise_due(center: Center, now: datetime) -> int:
    """Ring every alarm that is due and never rang; return how many.

    All in one transaction, each with its event. Nothing is written when nothing is new. A case that cannot
    be read or reckoned is logged and left out; the others ring.
    """
    return _raise(center, now, _plans(center, now))


def listed(center: Center, now: datetime) -> tuple[Listed, ...]:
    """Return the alarms that nobody acknowledged: what still holds, then what passed, worst first."""
    reader = center.db.read()
    ringing = store.unacknowledged(reader)
    if not ringing:
        return ()
    ours = rules(center)
    found = reads.open_ones(reader, {one.alarm.case_id for one in ringing})
    answered = store.silence_answered(reader)
    holding = {a.key for case in found for a in rules_of.planned(case, center.pack.sop, ours, now, answered)}
    every = [
        Listed(
            one.alarm,
            one.raised_at,
            rules_of.rings(one.raised_at, now, ours.repeat_s),
            one.alarm.kind is not AlarmKind.HELP and one.alarm.key not in holding,
        )
        for one in ringing
    ]
    return tuple(sorted(every, key=lambda one: (one.passed, rules_of.worst_first(one.alarm))))


def call(writer: Writer, now: datetime, actor: Actor, alarm: Alarm) -> None:
    """Ring an alarm that somebody raises by hand, inside a transaction; once by its key."""
    if not store.known(writer, {alarm.key}):
        store.append(writer, alarm, now)
        _event(writer, actor, alarm, now, rules_of.RAISED)


def waiting(center: Center) -> tuple[str, ...]:
    """Return the keys of the alarms that nobody acknowledged; cheap, for every screen."""
    ringing = center.db.kept("ringing", store.unacknowledged)
    return tuple(sorted(one.alarm.key for one in ringing))


def acknowledge(center: Center, now: datetime, actor: Actor, key: str, note: str = "") -> None:
    """Acknowledge an alarm, also one for another role: it no longer rings, and who heard it is stored.

    Raises NotPermitted, NotFound, and BadInput when somebody was first.
    """
    require(actor, Action.ACKNOWLEDGE_ALARM)
    with center.db.write() as writer:
        one = store.find(writer, key)
        if one is None:
            raise NotFound(N_("Alarm"), key)
        if one.acknowledged_at is not None:
            raise BadInput(
                "alarm",
                N_("Alarm"),
                Need(
                    N_("sudah ditanggapi {actor} pada {at}."),
                    actor=one.acknowledged_by,
                    at=one.acknowledged_at,
                ),
            )
        repeats = rules_of.rings(one.raised_at, now, center.pack.city.alarm_repeat_s)
        store.acknowledge(writer, key, actor, now, repeats, note.strip() or None)
        _event(
            writer, actor, one.alarm, now, Action.ACKNOWLEDGE_ALARM.value, repeats=repeats, note=note.strip()
        )


def late_words(center: Center, now: datetime, open_cases: Iterable[Case]) -> tuple[LateWord, ...]:
    """Return the crews of these cases that missed at least one word, the longest silent first."""
    ours = rules(center)
    late = [
        LateWord(case, state)
        for case in open_cases
        for state in rules_of.welfare(case, ours, now)
        if state.missed > 0
    ]
    return tuple(sorted(late, key=lambda one: (one.welfare.expected_at, one.welfare.unit_code)))


def welfare(center: Center, now: datetime, case: Case) -> dict[str, Welfare]:
    """Return how long each crew of a case that is under way or on scene was not heard, by unit code."""
    return {state.unit_code: state for state in rules_of.welfare(case, rules(center), now)}


def next_word(center: Center, now: datetime, open_cases: Iterable[Case]) -> datetime | None:
    """Return the next moment at which a crew of these cases will have missed a word."""
    ours = rules(center)
    expected = [state.expected_at for case in open_cases for state in rules_of.welfare(case, ours, now)]
    return min((at for at in expected if at > now), default=None)


def _is_urgent_fire(kind: IncidentType, fire_agency: str) -> bool:
    """Whether the standard holds for a type: the fire agency leads it, and lives may hang on it (P1, P2).

    A snake in a house is no matter of fifteen minutes; its alarm would drown the others.
    """
    return kind.lead == fire_agency and kind.priority <= 2


def fire_clocks(center: Center, open_cases: Iterable[Case]) -> tuple[FireClock, ...]:
    """Return the running fire standards of these cases, the oldest report first."""
    ours = rules(center)
    running = [clock for case in open_cases if (clock := rules_of.fire_clock(case, ours)) is not None]
    return tuple(sorted(running, key=lambda clock: (clock.received_at, clock.call_no)))


class Watch:
    """Looks again and again, and works only when something was stored or a time has come."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._next_due: datetime | None = None

    def look(self, center: Center, now: datetime) -> int:
        """Ring what is due; return how many."""
        # Read first: what is stored in between is a newer version at the next look.
        version = center.db.newest_event_seq()
        if version == self._version and (self._next_due is None or now < self._next_due):
            return 0
        plans = _plans(center, now)
        rung = _raise(center, now, plans)
        self._next_due = min((a.due_at for plan in plans for a in plan if a.due_at > now), default=None)
        self._version = version
        return rung


def run(center: Center, stop: threading.Event) -> None:
    """Look for due alarms every two seconds until `stop`; whatever goes wrong is logged, and it goes on."""
    watch = Watch()
    while not stop.is_set():
        try:
            watch.look(center, datetime.now(UTC))
        except Exception:
            _log.exception("alarms could not be checked; the next look is in %s s", LOOK_EVERY_S)
        stop.wait(LOOK_EVERY_S)


def _plans(center: Center, now: datetime) -> list[tuple[Alarm, ...]]:
    """Return the planned alarms of each open case; a bad case is logged and must not silence the others."""
    ours, plans, reader = rules(center), [], center.db.read()
    answered = store.silence_answered(reader)
    for case_id, case in reads.open_cases_each(reader):
        try:
            if isinstance(case, ValueError):
                raise case
            plans.append(rules_of.planned(case, center.pack.sop, ours, now, answered))
        except Exception:
            _log.exception("case %s has no alarms: it cannot be reckoned", case_id)
    return plans


def _raise(center: Center, now: datetime, plans: list[tuple[Alarm, ...]]) -> int:
    due = {alarm.key: alarm for plan in plans for alarm in plan if alarm.due_at <= now}
    if not due.keys() - store.known(center.db.read(), due.keys()):
        return 0
    with center.db.write() as writer:
        # Asked again under the writer's lock, where nobody can be between the question and the answer.
        known = store.known(writer, due.keys())
        new = [alarm for key, alarm in due.items() if key not in known]
        for alarm in new:
            store.append(writer, alarm, now)
            _event(writer, WATCHER, alarm, now, rules_of.RAISED)
    return len(new)


def _event(writer: Writer, actor: Actor, alarm: Alarm, now: datetime, action: str, **more: Any) -> None:
    after = {"key": alarm.key, "kind": alarm.kind.value, "due_at": alarm.due_at.isoformat()}
    cases.append_event(
        writer, actor, "alarm", alarm.case_id, action, {}, after | more, occurred_at=now, entered_at=now
    )
