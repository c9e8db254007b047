"""What crews do from their phones: told late or twice, applied once, in the order in which it happened.

A phone out of coverage keeps what its crew does and sends it later, maybe again because the answer was lost.
Each action has an id of the phone's own; the id is stored in the transaction that applies the action, so
that it counts exactly once. What is refused is not kept: nothing happened.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from database import cases, reads
from database import crew as store
from database import units as unit_store
from database.connection import Reader, Writer
from database.crew import CrewEntry
from domain.alarms import help_alarm
from domain.case import Actor, Assignment, Case
from domain.errors import BadInput, Need, NotFound, SigapError, StoreUnavailable
from domain.moves import response
from domain.permissions import Action, require
from domain.positions import Device, Source
from domain.stages import between, require_after
from domain.words import N_, CaseStatus, Role, UnitStatus
from geo.points import LonLat
from services import alarms, assignment, positions
from services.assignment import Progress
from services.center import Center
from services.change import CaseRef, change_in, happened
from services.positions import Reading

MOST_ACTIONS = 200
LONGEST_TEXT = 1_000
ORDER = N_("Perintah tugas")
HELP = N_("BUTUH BANTUAN")
"""How a call for help begins in the case's situation reports."""


_log = logging.getLogger(__name__)


class CrewAction(StrEnum):
    """What a crew can say with one press; the page has the words for it."""

    ACKNOWLEDGE = "acknowledge"
    DEPART = "depart"
    ARRIVE = "arrive"
    HELP = "help"
    RETURN = "return"
    FREE = "free"
    SITREP = "sitrep"
    WELL = "well"


_PROGRESS = {
    CrewAction.DEPART: Progress.DEPART,
    CrewAction.ARRIVE: Progress.ARRIVE,
    CrewAction.RETURN: Progress.CLEAR,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One action as a phone told it: its own id, when it happened, for which order, with what words.

    `call_no`: of the order that was on the screen; None means the present one.
    """

    entry_id: str
    action: CrewAction
    at: datetime
    text: str = ""
    place: LonLat | None = None
    call_no: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an action: applied now, applied already, or refused with the sentence of why."""

    entry_id: str
    result: Literal["applied", "already", "refused"]
    detail: str = ""


def actor_of(device: Device) -> Actor:
    """Return under whose name a crew's actions stand: its unit. Which phone it was is kept beside them."""
    return Actor(device.unit_code, Role.FIELD_OFFICER)


def perform(center: Center, now: datetime, device: Device, actions: Sequence[Told]) -> list[Answer]:
    """Apply actions in the order of their own times; return an answer each, in the order they were given.

    Raises StoreUnavailable: then the phone must send the rest again.
    """
    answers: dict[int, Answer] = {}
    for number in sorted(range(len(actions)), key=lambda k: (actions[k].at, k)):
        answers[number] = _one(center, now, device, actions[number])
    readings = [
        Reading(told.place, told.at)
        for number, told in enumerate(actions)
        if told.place is not None and answers[number].result == "applied"
    ]
    positions.take(center, now, Source.CREW, device, readings)
    return [answers[number] for number in range(len(actions))]


def _one(center: Center, now: datetime, device: Device, told: Told) -> Answer:
    """Apply one action in a transaction of its own."""
    try:
        with center.db.write() as writer:
            known = store.find(writer, told.entry_id)
            if known is not None:
                return _again(known, device, told)
            case_id = _apply(writer, center, now, device, told)
            store.add(
                writer,
                CrewEntry(
                    told.entry_id,
                    device.device_id,
                    device.unit_code,
                    case_id,
                    told.action.value,
                    told.at,
                    now,
                    "applied",
                ),
            )
    except StoreUnavailable:
        raise
    except SigapError as error:
        return Answer(told.entry_id, "refused", sentence(center, error))
    except (ValueError, TypeError, LookupError, ArithmeticError, AttributeError):
        # A fault of ours in one action must not hold up what the crew says next, a call for help above all.
        _log.exception("the action %s of %s failed", told.action.value, device.unit_code)
        return Answer(told.entry_id, "refused", str(Need(N_("gagal karena kesalahan Sigap; pakai radio."))))
    if told.action is CrewAction.FREE:
        # It is at its station: where it was seen last on the way no longer counts.
        center.live.forget_unit(device.unit_code)
    return Answer(told.entry_id, "applied")


def _again(known: CrewEntry, device: Device, told: Told) -> Answer:
    if known.unit_code != device.unit_code or known.action != told.action.value:
        return Answer(told.entry_id, "refused", str(Need(N_("id ini sudah dipakai tindakan lain."))))
    return Answer(told.entry_id, "already")


def _apply(writer: Writer, center: Center, now: datetime, device: Device, told: Told) -> str | None:
    """Do it; return the id of the case that it was about. Raises SigapError."""
    actor, unit_code = actor_of(device), device.unit_code
    if told.action is CrewAction.FREE:
        free(writer, now, actor, unit_code, told.at)
        return None
    case = ordered_case(writer, unit_code, told.call_no)
    ref = CaseRef(case.case_id)
    if told.action is CrewAction.ACKNOWLEDGE:
        acknowledge(writer, now, actor, case, unit_code, told.at)
    elif told.action is CrewAction.HELP:
        help_called(writer, now, actor, case, unit_code, told.at, told.text, told.place)
    elif told.action is CrewAction.SITREP:
        change_in(
            writer,
            now,
            actor,
            ref,
            Action.SITREP,
            lambda seen, at: response.add_sitrep(seen, actor, at, told.text, unit_code),
            occurred_at=told.at,
        )
    elif told.action is CrewAction.WELL:
        change_in(
            writer,
            now,
            actor,
            ref,
            Action.CREW_WORD,
            lambda seen, at: response.crew_word(seen, actor, at, unit_code),
            occurred_at=told.at,
        )
    else:
        step = _PROGRESS[told.action]
        assignment.progress_in(writer, center, now, actor, ref, unit_code, step, occurred_at=told.at)
    return case.case_id


def ordered_case(reader: Reader, unit_code: str, call_no: str | None = None) -> Case:
    """Return the case that a unit was sent to: the present one, or by its number one it has served.

    A merged case leads to the one it was merged into. Raises NotFound: no order, or none of this unit's.
    """
    if call_no is None:
        hold = unit_store.holds(reader).get(unit_code)
        if hold is None or hold.status == UnitStatus.PROPOSED:
            raise NotFound(ORDER, unit_code)
        return cases.get(reader, hold.case_id)
    line = reads.find_by_number(reader, call_no)
    case = cases.get(reader, line.case_id) if line is not None else None
    while case is not None and case.merged_into is not None:
        case = cases.get(reader, case.merged_into)
    if case is None or not any(a.unit_code == unit_code and a.dispatched_at for a in case.assignments):
        raise NotFound(ORDER, call_no)
    return case


def sent(case: Case, unit_code: str) -> Assignment | None:
    """Return the unit's assignment in a case that it was sent to and is still on, or None."""
    found = case.active_assignment(unit_code)
    return found if found is not None and found.dispatched_at is not None else None


def acknowledge(
    writer: Writer, now: datetime, actor: Actor, case: Case, unit_code: str, occurred_at: datetime
) -> None:
    """Note that a crew has read its order. Raises NotFound, TimeRunsBackwards, TimeInFuture."""
    require(actor, Action.CREW_WORD)
    at = happened(now, occurred_at)
    unit = sent(case, unit_code)
    if unit is None:
        raise NotFound(N_("Unit pada kasus ini"), unit_code)
    require_after(N_("perintah dibaca"), at, N_("dikerahkan"), unit.dispatched_at)
    cases.append_event(
        writer,
        actor,
        "unit",
        unit_code,
        f"{Action.CREW_WORD.value}.order_read",
        {},
        {"call_no": case.call_no},
        occurred_at=at,
        entered_at=now,
    )


def acknowledged(center: Center, case: Case) -> dict[str, datetime]:
    """Return when each crew of a case said that it has read its order, by unit code."""
    told = store.newest_of_case(center.db.read(), case.case_id, CrewAction.ACKNOWLEDGE.value)
    return {
        unit.unit_code: told[unit.unit_code]
        for unit in case.committed_units
        if unit.unit_code in told and unit.dispatched_at and told[unit.unit_code] >= unit.dispatched_at
    }


def help_called(
    writer: Writer,
    now: datetime,
    actor: Actor,
    case: Case,
    unit_code: str,
    occurred_at: datetime,
    text: str = "",
    place: LonLat | None = None,
) -> Case:
    """Ring for everyone that a crew calls for help, and keep it as a report that begins with `HELP`.

    Nothing may keep it from ringing: a phone's clock that is wrong counts as now, and a case whose operation
    is over takes no report any more, but the alarm. Raises NotPermitted.
    """
    require(actor, Action.SITREP)
    words = f"{HELP}: {text.strip()}" if text.strip() else HELP
    if place is not None:
        words = f"{words} ({place.lat:.5f}, {place.lon:.5f})"
    happened_at = occurred_at if case.call.received_at <= occurred_at <= now else now
    new = case
    if case.status in between(CaseStatus.RESPONDING, CaseStatus.UPDATING):
        new = change_in(
            writer,
            now,
            actor,
            CaseRef(case.case_id),
            Action.SITREP,
            lambda seen, at: response.add_sitrep(seen, actor, at, words, unit_code),
            occurred_at=happened_at,
        )
    alarms.call(writer, now, actor, help_alarm(new, unit_code, happened_at))
    return new


def free(writer: Writer, now: datetime, actor: Actor, unit_code: str, occurred_at: datetime) -> None:
    """Note that a unit is back at its station and ready; its own crew may say so.

    A unit that is ready already stays so. Raises BadInput while it is at work, or where the control room took
    it out of service: only the control room puts it back.
    """
    require(actor, Action.UNIT_PROGRESS)
    at = happened(now, occurred_at)
    hold = unit_store.holds(writer).get(unit_code)
    if hold is not None and hold.status != UnitStatus.PROPOSED:
        raise BadInput(
            "unit_code",
            N_("Kode Unit"),
            Need(N_("{code} masih bertugas pada {call_no}."), code=unit_code, call_no=hold.call_no),
        )
    ready = unit_store.readiness(writer).get(unit_code)
    if ready is not None and ready.out_of_service_reason:
        raise BadInput(
            "unit_code",
            N_("Kode Unit"),
            Need(
                N_("dinyatakan tidak siap ({reason}). Hubungi Dispatcher."),
                reason=ready.out_of_service_reason,
            ),
        )
    if ready is None or ready.returning_since is None:
        return
    unit_store.set_readiness(writer, unit_store.Readiness(unit_code, None, None), now)
    cases.append_event(
        writer,
        actor,
        "unit",
        unit_code,
        Action.SET_UNIT_SERVICE.value,
        {"returning_since": ready.returning_since.isoformat()},
        {"returning_since": None},
        occurred_at=at,
        entered_at=now,
    )


def sentence(center: Center, error: SigapError) -> str:
    """Return what a refusal says, in Indonesian and with the city's clock times."""
    zone = center.pack.city.timezone
    return error.sentence(show=lambda at: f"{at.astimezone(zone):%d-%m %H.%M.%S}")
