"""Every action × every role through the services: the table refuses, and so does the service that does it.

Each service that takes an actor is tried in a state in which an allowed role succeeds. By default the first
allowed role shows that it does; with `SIGAP_MATRIX=all` each allowed role does, in a state of its own.
"""

import importlib
import inspect
import io
import os
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyrage
import pytest
from builders import ANI, DEDI, a_photo
from center_builders import (
    BOAT,
    REPORT,
    T0,
    Move,
    a_receipt,
    a_stored_case,
    at,
    keep,
    receipted,
    ref,
    settings,
    way,
)  # fmt: skip

import services
from database import cases
from database.trail import Wanted as Events
from domain.accounts import Account
from domain.case import Actor, Case, Reasons, Victims
from domain.errors import NotPermitted, SigapError
from domain.handover import Handover
from domain.identity import uuid7
from domain.permissions import PERMISSIONS, Action, may
from domain.scopes import Scope
from domain.subject import RequestKind
from domain.words import CallClass, CaseStatus, Channel, NoticeResult, Outcome, Role
from services import (
    access_log,
    accounts,
    alarms,
    assignment,
    backup,
    closing,
    coordination,
    crew,
    devices,
    duty,
    exits,
    handling,
    intake,
    monitoring,
    notify,
    outbox,
    papers,
    personal_data,
    registry,
    retention,
    sessions,
    subject,
    tokens,
    trail,
    weather,
)  # fmt: skip
from services.access_log import Wanted as Looks
from services.assignment import Progress, Promise
from services.center import Center, close_center, open_center
from services.change import CaseRef
from services.monitoring import RevealPurpose

A, S = Action, CaseStatus
Do = Callable[[Actor], object]
Attempt = Callable[[Center], Do]
"""Makes a state; what it returns is what somebody tries in it."""

ACTORS = {
    role: Actor(name, role, name.lower())
    for role, name in zip(Role, ("Rini", "Bimo", "Citra", "Danu", "Endah", "Farid", "Gina"), strict=True)
}
ADMIN, SUPERVISOR = ACTORS[Role.ADMIN], ACTORS[Role.SUPERVISOR]
NOW, DAY, EVENING = at(32), date(2031, 3, 5), T0 + timedelta(hours=8)
EACH_ROLE = os.environ.get("SIGAP_MATRIX") == "all"


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("matrix")
    opened = open_center(settings(folder))
    accounts.make_examples(opened, T0 - timedelta(days=30), tuple(ACTORS.values()))
    (folder / "copies").mkdir()
    key = pyrage.x25519.Identity.generate().to_public()
    (folder / "backup.toml").write_text(f'folder = "{folder / "copies"}"\nrecipients = ["{key}"]\n')
    yield opened
    close_center()


# --- states and attempts --------------------------------------------------------------------------------


COPIED = tuple(CaseStatus)[: tuple(CaseStatus).index(S.REGISTERED)]
"""Where nothing of a case lies outside it but the caller's words; later there is what was sent to DKISP."""


class Walked:
    """Cases that the services carried to a status; a copy of one is stored in a tenth of the time."""

    def __init__(self) -> None:
        self._known: dict[CaseStatus, Case] = {}
        self._count = 0

    def __call__(self, center: Center, status: CaseStatus) -> Case:
        """Return a new case in this status."""
        if status not in COPIED:
            return a_stored_case(center, status)
        if status not in self._known:
            self._known[status] = a_stored_case(center, status)
        known = self._known[status]
        self._count += 1
        copy = replace(known, case_id=uuid7(T0, os.urandom(10)), call_no=f"UJI-{self._count:06d}")
        private = cases.get_private(center.db.read(), known.case_id)
        stored = keep(center.db, copy)
        with center.db.write() as writer:
            cases.save_private(writer, copy.case_id, private)
        return stored.case


a_copy = Walked()


def walked(center: Center, status: CaseStatus, *moves: Move) -> Case:
    """Return a new case carried to a status and by these moves on; no unit is held by an earlier case."""
    with center.db.write() as writer:
        writer.execute("DELETE FROM unit_hold")
    case = a_copy(center, status)
    for move in moves:
        case = move(center, case)
    return case


def by(service: Callable[..., Any], who: Actor, *args: object) -> Move:
    return lambda center, case: service(center, at(30), who, ref(case), *args)


def until(status: CaseStatus, count: int | None = None) -> tuple[Move, ...]:
    """Return the moves of the straight path that lead to a status, the first `count` of them (or all)."""
    return dict(way())[status][:count]


def on(
    status: CaseStatus, service: Callable[..., Any], *args: object, after: tuple[Move, ...] = ()
) -> Attempt:
    """Try `service(center, now, actor, ref, …)` on a case in a status."""

    def made(center: Center) -> Do:
        case = walked(center, status, *after)
        return lambda actor: service(center, NOW, actor, ref(case), *args)

    return made


def plainly(service: Callable[..., Any], *args: object, **options: object) -> Attempt:
    """Try `service(center, now, actor, …)`, whatever the state."""
    return lambda center: lambda actor: service(center, NOW, actor, *args, **options)


def reading(service: Callable[..., Any], *args: object) -> Attempt:
    """Try `service(center, actor, …)`, which changes nothing."""
    return lambda center: lambda actor: service(center, actor, *args)


def of_case(status: CaseStatus, tried: Callable[[Center, Case, Actor], object], *after: Move) -> Attempt:
    """Try something with a case in a status."""

    def made(center: Center) -> Do:
        case = walked(center, status, *after)
        return lambda actor: tried(center, case, actor)

    return made


def written(status: CaseStatus, tried: Callable[..., object]) -> Attempt:
    """Try `tried(writer, actor, case)` inside a transaction."""

    def made(center: Center) -> Do:
        case = walked(center, status)

        def do(actor: Actor) -> None:
            with center.db.write() as writer:
                tried(writer, actor, case)

        return do

    return made


def called(call_class: CallClass) -> tuple[Move, ...]:
    return (by(intake.propose_class, ANI, call_class), by(intake.classify, DEDI, call_class))


CALLED_BACK = (*called(CallClass.PRANK), by(intake.log_callback, ANI))
HUNG_UP = (*CALLED_BACK, by(intake.close_call, DEDI, "iseng"))
PROPOSED = until(S.RESPONDING, 1)
PRINTED = until(S.CLOSED, 1)
RECEIPTED: tuple[Move, ...] = (*PRINTED, lambda center, case: receipted(center, case, at(31)))


def a_telephone_task(center: Center) -> Do:
    case = walked(center, S.VERIFIED, by(coordination.notify, DEDI))
    (task, *_) = notify.phone_tasks(center, case)
    return lambda actor: notify.telephoned(center, NOW, actor, CaseRef(case.case_id), task.delivery_id)


def an_alarm(center: Center) -> Do:
    case = walked(center, S.CLASSIFIED)
    alarms.raise_due(center, NOW)
    key = next(one.alarm.key for one in alarms.listed(center, NOW) if one.alarm.case_id == case.case_id)
    return lambda actor: alarms.acknowledge(center, NOW, actor, key)


def a_merge(center: Center) -> Do:
    first, second = walked(center, S.VERIFIED), a_stored_case(center, S.CLASSIFIED)
    return lambda actor: exits.merge(center, NOW, actor, ref(second), ref(first))


def a_form(center: Center) -> Do:
    case = walked(center, S.CLASSIFIED)
    (serial,) = papers.issue_forms(center, NOW, ANI, 1)
    return lambda actor: papers.enter_form(center, NOW, actor, serial, case.case_id)


def an_entry(center: Center) -> Do:
    like = registry.entries(center, "unit")[0].row
    code = f"UJI-{100 + len(registry.entries(center, 'unit'))}"
    return lambda actor: registry.put(center, NOW, actor, "unit", like | {"unit_code": code}, None)


def an_old_entry(center: Center) -> Do:
    like = registry.entries(center, "unit")[0].row
    code = f"UJI-{100 + len(registry.entries(center, 'unit'))}"
    new = registry.put(center, NOW, ADMIN, "unit", like | {"unit_code": code}, None)
    return lambda actor: registry.retire(center, NOW, actor, "unit", new.code, new.version)


def a_device(center: Center) -> Do:
    made = devices.make(center, NOW, ADMIN, BOAT, "HP")
    return lambda actor: devices.revoke(center, NOW, actor, made.device.device_id)


def a_token(center: Center) -> Do:
    made = tokens.make(center, NOW, ADMIN, "Sistem", {Scope.UNITS_READ})
    return lambda actor: tokens.revoke(center, NOW, actor, made.stored.grant.token_id)


def an_account(center: Center) -> Account:
    login = f"orang{len(center.session_box.accounts())}"
    return accounts.make(center, NOW, ADMIN, login, "Orang Baru", [Role.DISPATCHER]).account


def on_account(tried: Callable[[Center, Account, Actor], object]) -> Attempt:
    def made(center: Center) -> Do:
        account = an_account(center)
        return lambda actor: tried(center, account, actor)

    return made


def a_session(center: Center) -> Do:
    opened = accounts.vouched(center, NOW, an_account(center), "127.0.0.1", "uji")
    return lambda actor: sessions.end(center, NOW, actor, opened.signed_in.session.session_id)


def an_absence(center: Center) -> Do:
    """Somebody who is signed in acts for another person."""
    who = {
        account.login: accounts.vouched(center, NOW, account, "127.0.0.1", "uji").signed_in
        for account in center.session_box.accounts()
        if account.login in {actor.account for actor in ACTORS.values()}
    }
    return lambda actor: sessions.act_as(center, NOW, who[actor.account], Role.DUTY_OFFICER, "Hadi", "sakit")


def a_watch(center: Center) -> None:
    """Plan Citra as who leads the day watch and Bimo for the night, with nothing handed over."""
    with center.db.write() as writer:
        for table in ("roster", "handover"):
            writer.execute(f"DELETE FROM {table}")
    duty.plan(center, T0, SUPERVISOR, DAY, "siang", {Role.DUTY_OFFICER: ["citra"]})


def on_watch(tried: Callable[[Center, Actor], object]) -> Attempt:
    def made(center: Center) -> Do:
        a_watch(center)
        return lambda actor: tried(center, actor)

    return made


def on_handover(tried: Callable[[Center, Handover, Actor], object]) -> Attempt:
    def made(center: Center) -> Do:
        a_watch(center)
        officer = ACTORS[Role.DUTY_OFFICER]
        signed = duty.hand_over(center, EVENING, officer, DAY, "siang", "tidak ada", "bimo")
        return lambda actor: tried(center, signed, actor)

    return made


def a_week(center: Center) -> Do:
    a_watch(center)
    return lambda actor: duty.copy_last_week(center, EVENING, actor, DAY + timedelta(days=7))


SITI = subject.subject_of("Siti Aminah", "081234567890")
LATER = at(24 * 60)


def on_request(kind: RequestKind, tried: Callable[[Center, str, Case, Actor], object]) -> Attempt:
    """Try something with a request of a data subject and a closed case of theirs."""

    def made(center: Center) -> Do:
        case = walked(center, S.CLOSED)
        request = subject.take(center, LATER, SUPERVISOR, kind, SITI, "KTP diperlihatkan")
        return lambda actor: tried(center, request.request_id, case, actor)

    return made


def a_held_case(center: Center) -> Do:
    case = walked(center, S.CLASSIFIED)
    retention.hold(center, NOW, SUPERVISOR, case.case_id, "penyidikan")
    return lambda actor: retention.release(center, NOW, actor, case.case_id, "selesai")


def a_unit_on_its_way_back(center: Center) -> Do:
    walked(center, S.RECEIVED)
    a_stored_case(center, S.UPDATING)

    def do(actor: Actor) -> None:
        with center.db.write() as writer:
            crew.free(writer, NOW, actor, BOAT, NOW)

    return do


ATTEMPTS: dict[Action, dict[str, Attempt]] = {
    A.TAKE_CALL: {
        "intake.open_call": plainly(intake.open_call, Channel.CALL_112),
        "intake.record_report": on(S.RECEIVED, intake.record_report, replace(REPORT, narrative="Lain")),
        "intake.take_call": plainly(intake.take_call, Channel.CALL_112, REPORT),
        "papers.issue_forms": plainly(papers.issue_forms, 1),
        "papers.enter_form": a_form,
    },
    A.PROPOSE_CLASS: {"intake.propose_class": on(S.RECEIVED, intake.propose_class, CallClass.NORMAL)},
    A.CLASSIFY: {
        "intake.classify": on(
            S.RECEIVED, intake.classify, CallClass.NORMAL, after=called(CallClass.NORMAL)[:1]
        )
    },
    A.LOG_CALLBACK: {
        "intake.log_callback": on(S.RECEIVED, intake.log_callback),
        "monitoring.reveal": of_case(
            S.RECEIVED,
            lambda center, case, actor: monitoring.reveal(
                center, NOW, actor, case.case_id, RevealPurpose.CALL_BACK.value
            ),
        ),
    },
    A.CLOSE_CALL: {"intake.close_call": on(S.RECEIVED, intake.close_call, "iseng", after=CALLED_BACK)},
    A.RECLASSIFY: {
        "intake.reclassify": on(
            S.RECEIVED, intake.reclassify, CallClass.NORMAL, "ternyata benar", after=HUNG_UP
        )
    },
    A.UPDATE_DETAILS: {
        "intake.update_details": of_case(
            S.CLASSIFIED,
            lambda center, case, actor: intake.update_details(
                center, NOW, actor, ref(case), location=replace(case.location, place_text="Dermaga")
            ),
        ),
        "intake.update_details name": of_case(
            S.CLASSIFIED,
            lambda center, case, actor: intake.update_details(
                center, NOW, actor, ref(case), reporter_name="Siti Aminah binti Umar"
            ),
        ),
    },
    A.FORWARD: {"intake.forward": on(S.CLASSIFIED, intake.forward, "LAUT")},
    A.VERIFY: {"intake.verify": on(S.CLASSIFIED, intake.verify, after=until(S.VERIFIED, 1))},
    A.PRE_ALERT: {"notify.pre_alert": on(S.CLASSIFIED, notify.pre_alert)},
    A.NOTIFY: {
        "coordination.notify": on(S.VERIFIED, coordination.notify),
        "notify.telephoned": a_telephone_task,
    },
    A.ANSWER_NOTICE: {
        "coordination.answer": on(
            S.VERIFIED,
            coordination.answer,
            "LAUT",
            NoticeResult.ACKNOWLEDGED,
            after=until(S.COORDINATED, 1),
        )
    },
    A.WAIVE_AGENCY: {"coordination.waive": on(S.VERIFIED, coordination.waive, "KLINIK", "tidak perlu")},
    A.COORDINATE: {
        "coordination.coordinate": on(S.VERIFIED, coordination.coordinate, after=until(S.COORDINATED, 3))
    },
    A.PROPOSE_UNITS: {
        "assignment.propose": on(
            S.COORDINATED, assignment.propose, (Promise(BOAT, 900.0, 300.0, "estimate"),)
        )
    },
    A.WITHDRAW_UNIT: {
        "assignment.withdraw": on(S.COORDINATED, assignment.withdraw, BOAT, "rusak", after=PROPOSED)
    },
    A.RAISE_ALARM: {"assignment.set_alarm": on(S.VERIFIED, assignment.set_alarm, 2)},
    A.APPROVE_UNITS: {"assignment.approve": on(S.COORDINATED, assignment.approve, after=PROPOSED)},
    A.NAME_COMMANDER: {
        "assignment.name_commander": on(S.COORDINATED, assignment.name_commander, "Letda Rudi")
    },
    A.UNIT_PROGRESS: {
        "assignment.record_progress depart": on(
            S.RESPONDING, assignment.record_progress, BOAT, Progress.DEPART
        ),
        "assignment.record_progress arrive": on(
            S.MONITORING, assignment.record_progress, BOAT, Progress.ARRIVE
        ),
        "assignment.record_progress clear": on(
            S.MONITORING, assignment.record_progress, BOAT, Progress.CLEAR
        ),
        "crew.free": a_unit_on_its_way_back,
    },
    A.SITREP: {
        "handling.add_sitrep": on(S.MONITORING, handling.add_sitrep, "Penyisiran"),
        "crew.help_called": written(
            S.MONITORING, lambda writer, actor, case: crew.help_called(writer, NOW, actor, case, BOAT, NOW)
        ),
        "crew.help_called after the operation": written(
            S.REGISTERED, lambda writer, actor, case: crew.help_called(writer, NOW, actor, case, BOAT, NOW)
        ),
    },
    A.CREW_WORD: {
        "handling.crew_word": on(S.MONITORING, handling.crew_word, BOAT),
        "crew.acknowledge": written(
            S.RESPONDING, lambda writer, actor, case: crew.acknowledge(writer, NOW, actor, case, BOAT, NOW)
        ),
    },
    A.SET_WELFARE: {"handling.set_welfare": on(S.CLASSIFIED, handling.set_welfare, 1200)},
    A.ACKNOWLEDGE_ALARM: {"alarms.acknowledge": an_alarm},
    A.ATTACH: {"handling.attach": on(S.MONITORING, handling.attach, "foto.jpg", a_photo("matriks"))},
    A.GIVE_REASON: {
        "handling.give_reasons": on(S.MONITORING, handling.give_reasons, Reasons(no_documentation="gelap")),
        "handling.give_overrun_reason": on(S.MONITORING, handling.give_overrun_reason, 2, "antrean"),
    },
    A.UPDATE_CONDITION: {"handling.update_condition": on(S.MONITORING, handling.update_condition, "Aman")},
    A.FINISH_MONITORING: {
        "handling.finish_monitoring": on(S.MONITORING, handling.finish_monitoring, after=until(S.UPDATING, 4))
    },
    A.REGISTER: {"closing.register": on(S.UPDATING, closing.register, after=until(S.REGISTERED, 2))},
    A.RECORD_OUTCOME: {
        "handling.record_outcome": on(
            S.UPDATING, handling.record_outcome, Outcome.RESCUED, Victims(safe=2, total=2)
        )
    },
    A.PRINT_FORM: {"closing.print_form": on(S.REGISTERED, closing.print_form)},
    A.DELIVER: {
        "outbox.resend": of_case(
            S.REGISTERED,
            lambda center, case, actor: outbox.resend(center, NOW, actor, case.case_id, case.revision),
        ),
        "outbox.reconciled": plainly(outbox.reconciled, DAY),
        "outbox.reconciled_with": reading(outbox.reconciled_with, DAY, b""),
    },
    A.RECORD_RECEIPT: {
        "outbox.take_receipt": of_case(
            S.REGISTERED,
            lambda center, case, actor: outbox.take_receipt(center, NOW, actor, a_receipt(case, NOW)),
        )
    },
    A.OVERRIDE_RECEIPT: {
        "closing.override_receipt": on(
            S.REGISTERED, closing.override_receipt, "jaringan putus", after=PRINTED
        )
    },
    A.CLOSE: {"closing.close": on(S.REGISTERED, closing.close, "Lemari 1", after=RECEIPTED)},
    A.MERGE: {"exits.merge": a_merge},
    A.CANCEL: {"exits.call_off": on(S.VERIFIED, exits.call_off, Outcome.CANCELLED, "batal")},
    A.HAND_OVER: {"exits.hand_over": on(S.RESPONDING, exits.hand_over, "SAR", "No. 1")},
    A.REOPEN: {"exits.reopen": on(S.CLOSED, exits.reopen, "korban lain ditemukan")},
    A.REVEAL_IDENTITY: {
        f"monitoring.reveal {status.value}": of_case(
            status,
            lambda center, case, actor: monitoring.reveal(center, NOW, actor, case.case_id, "pengaduan"),
        )
        for status in (S.RECEIVED, S.CLOSED)
    },
    A.SET_UNIT_SERVICE: {
        "registry.set_service": lambda center: (
            walked(center, S.CLASSIFIED),
            lambda actor: registry.set_service(center, NOW, actor, "UJI-3", f"rusak {actor.name}"),
        )[1],
    },
    A.SET_WEATHER: {"weather.tell": plainly(weather.tell, wave_m=1.0, wind_from_deg=90.0, wind_kn=12.0)},
    A.EDIT_REGISTRY: {"registry.put": an_entry, "registry.retire": an_old_entry},
    A.EDIT_DEVICES: {"devices.make": plainly(devices.make, BOAT, "HP"), "devices.revoke": a_device},
    A.RUN_RETENTION: {
        "retention.run": of_case(
            S.CLOSED,
            lambda center, case, actor: retention.run(center, NOW + timedelta(days=900), actor),
        )
    },
    A.LEGAL_HOLD: {
        "retention.hold": of_case(
            S.CLASSIFIED,
            lambda center, case, actor: retention.hold(center, NOW, actor, case.case_id, "penyidikan"),
        ),
        "retention.release": a_held_case,
    },
    A.SUBJECT_REQUEST: {
        "subject.take": plainly(subject.take, RequestKind.COPY, SITI, "KTP diperlihatkan"),
        "subject.find": on_request(
            RequestKind.COPY,
            lambda center, request, case, actor: subject.find(center, LATER, actor, request, SITI),
        ),
        "subject.copy": on_request(
            RequestKind.COPY,
            lambda center, request, case, actor: subject.copy(
                center, LATER, actor, request, SITI, [case.case_id]
            ),
        ),
        "subject.rectify": on_request(
            RequestKind.RECTIFY,
            lambda center, request, case, actor: subject.rectify(
                center, LATER, actor, request, SITI, case.case_id, name="Siti Umar"
            ),
        ),
        "subject.erase": on_request(
            RequestKind.ERASE,
            lambda center, request, case, actor: subject.erase(
                center, LATER, actor, request, SITI, [case.case_id]
            ),
        ),
        "subject.refuse": on_request(
            RequestKind.ERASE,
            lambda center, request, case, actor: subject.refuse(
                center, LATER, actor, request, "bukan pelapor"
            ),
        ),
    },
    A.SEE_ACCESS_LOG: {
        "access_log.listed": reading(access_log.listed, Looks()),
        "access_log.strange": reading(access_log.strange, T0, LATER),
        "access_log.people": reading(access_log.people, T0, LATER),
        "access_log.reached": reading(access_log.reached, "sari", T0, LATER),
        "personal_data.reached": reading(personal_data.reached, "sari", T0, LATER),
        "subject.listed": reading(subject.listed),
    },
    A.EDIT_ACCOUNTS: {
        "accounts.make": lambda center: (
            lambda actor: accounts.make(
                center,
                NOW,
                actor,
                f"baru{len(center.session_box.accounts())}",
                "Orang Baru",
                [Role.AUDITOR],
            )
        ),
        "accounts.change": on_account(
            lambda center, one, actor: accounts.change(
                center, NOW, actor, one.account_id, "Orang Lama", [Role.ADMIN]
            )
        ),
        "accounts.set_active": on_account(
            lambda center, one, actor: accounts.set_active(center, NOW, actor, one.account_id, False)
        ),
        "accounts.reset": on_account(
            lambda center, one, actor: accounts.reset(center, NOW, actor, one.account_id)
        ),
        "sessions.end": a_session,
    },
    A.EDIT_TOKENS: {
        "tokens.make": plainly(tokens.make, "Sistem", {Scope.UNITS_READ}),
        "tokens.revoke": a_token,
    },
    A.CHECK_TRAIL: {
        "trail.page": reading(trail.page, Events()),
        "trail.verify": reading(trail.verify),
    },
    A.EXPORT_TRAIL: {
        "trail.write_lines": lambda center: (
            lambda actor: trail.write_lines(center, NOW, actor, io.BytesIO(), Events(), contents=True)
        ),
        "trail.write_table": lambda center: (
            lambda actor: trail.write_table(center, NOW, actor, io.BytesIO(), Events(), contents=False)
        ),
    },
    A.BACK_UP: {"backup.ask": reading(backup.ask)},
    A.EDIT_ROSTER: {
        "duty.plan": on_watch(
            lambda center, actor: duty.plan(center, T0, actor, DAY, "siang", {Role.DISPATCHER: ["bimo"]})
        ),
        "duty.copy_last_week": a_week,
    },
    A.HAND_OVER_DUTY: {
        "duty.hand_over": on_watch(
            lambda center, actor: duty.hand_over(center, EVENING, actor, DAY, "siang", "tidak ada")
        ),
        "duty.accept": on_handover(
            lambda center, signed, actor: duty.accept(
                center, EVENING, actor, signed.document.handover_id, signed.sha256
            )
        ),
        "duty.refuse": on_handover(
            lambda center, signed, actor: duty.refuse(
                center, EVENING, actor, signed.document.handover_id, "belum lengkap"
            )
        ),
        "duty.withdraw": on_handover(
            lambda center, signed, actor: duty.withdraw(center, EVENING, actor, signed.document.handover_id)
        ),
    },
    A.ACT_ON_BEHALF: {"sessions.act_as": an_absence},
    A.OPEN_ACCESS: {"personal_data.held": reading(personal_data.held)},
}
"""By action: every service that does it, as `module.function`, with how to try it."""

STORES_NOTHING = {
    *ATTEMPTS[A.SEE_ACCESS_LOG], *ATTEMPTS[A.CHECK_TRAIL], *ATTEMPTS[A.BACK_UP], *ATTEMPTS[A.OPEN_ACCESS],
    "outbox.reconciled", "outbox.reconciled_with", "subject.find",
}  # fmt: skip
"""What makes no event: it reads, or the worker does it."""

NOT_SET_UP = {"outbox.reconciled": outbox.NoDkisp}
"""What cannot succeed here, and how it says so."""

PARTS = {
    "access_log.note": "notes a look that was permitted",
    "access_log.store_now": "notes a look that was permitted",
    "alarms.call": "part of a crew's call for help",
    "anchors.accept_loss": "at the start, from the machine's own terminal",
    "assignment.progress_in": "what assignment.record_progress does",
    "change.change": "runs a move, which asks",
    "change.change_in": "runs a move, which asks",
    "duty.takers": "only names who could take over",
    "outbox.event": "part of what outbox.resend does",
    "outbox.settle": "part of what outbox.take_receipt does",
    "sessions.note": "part of what accounts and sessions do",
}
"""Services with an actor that do not ask by themselves, and why."""

CELLS = [(action, name) for action, attempts in ATTEMPTS.items() for name in attempts]


# --- the tests ------------------------------------------------------------------------------------------


def test_every_action_is_tried() -> None:
    screens = {action for action in Action if action.value.startswith("open_")}
    assert set(Action) - screens <= set(ATTEMPTS)


def test_every_service_that_takes_an_actor_is_tried() -> None:
    found = {
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(services.__path__)
        for name, member in vars(importlib.import_module(f"services.{module.name}")).items()
        if inspect.isfunction(member)
        and member.__module__ == f"services.{module.name}"
        and not name.startswith("_")
        and "actor" in inspect.signature(member).parameters
    }
    tried = {name.partition(" ")[0] for _, name in CELLS} - {"sessions.act_as"}
    assert found == tried | set(PARTS)


@pytest.mark.parametrize(("action", "name"), CELLS, ids=lambda one: getattr(one, "value", one))
def test_a_service_does_it_for_whom_the_table_permits_and_for_nobody_else(
    center: Center, action: Action, name: str
) -> None:
    attempt = ATTEMPTS[action][name]
    do = attempt(center)
    before = center.db.newest_event_seq()
    for role, actor in ACTORS.items():
        if not may(role, action):
            with pytest.raises(NotPermitted) as refused:
                do(actor)
            assert refused.value.sentence().startswith(role.label)
            assert center.db.newest_event_seq() == before, f"{role} left something"
    succeeded: list[Role] = []
    for role in PERMISSIONS[action]:
        if EACH_ROLE and succeeded:
            do = attempt(center)
        before = center.db.newest_event_seq()
        try:
            do(ACTORS[role])
        except NotPermitted:
            pytest.fail(f"{role} is refused what the table permits")
        except SigapError as other:
            # A watch is handed over by its own people; what one has done, nobody does again.
            by_rule = action is A.HAND_OVER_DUTY or (succeeded and not EACH_ROLE)
            assert by_rule or isinstance(other, NOT_SET_UP.get(name, ())), f"{role}: {other}"
        else:
            stored = center.db.newest_event_seq() > before
            assert stored is (name not in STORES_NOTHING) or bool(succeeded), role
            succeeded.append(role)
    assert succeeded or name in NOT_SET_UP
