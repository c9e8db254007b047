"""Alarms in the database: each rings once, is listed until acknowledged, and outlives every kind of end."""

import logging
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builders import ADE, AGUS, ANI, DEDI, FAJAR, PUTRI, SARI, a_case_at
from center_builders import BOAT, T0, a_stored_case, at, ref, settings

from analytics.selection import Selection
from database import alarms as store
from database import cases, migrations
from database.connection import Database
from domain.alarms import RAISED, AlarmKind
from domain.case import Actor, Case, Incident
from domain.errors import BadInput, NotFound, NotPermitted
from domain.permissions import Action
from domain.words import CallClass, CaseStatus, Channel, Domain, Role
from services import alarms, analysis, assignment, handling, intake, monitoring, workers
from services.alarms import Watch
from services.assignment import Progress
from services.center import Center, Settings, close_center, open_center

S = CaseStatus
K = AlarmKind
ROOT = Path(__file__).parents[2]


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def ringing(center: Center) -> Case:
    """Return a call whose first step rang at half of its minute, as the test city's procedure says."""
    case = intake.open_call(center, T0, ANI, Channel.CALL_112)
    assert alarms.raise_due(center, at(0.9)) == 1
    return case


def kinds(center: Center, minute: float) -> list[AlarmKind]:
    return [one.alarm.kind for one in alarms.listed(center, at(minute))]


def newest(center: Center, n: int = 1) -> list[Any]:
    return cases.latest_events(center.db.read(), n)


# --- ringing ---------------------------------------------------------------------------------------


def test_an_alarm_rings_when_it_is_due_and_only_once(center: Center) -> None:
    case = intake.open_call(center, T0, ANI, Channel.CALL_112)
    assert alarms.raise_due(center, at(0.49)) == 0
    assert alarms.raise_due(center, at(0.5)) == 1
    assert alarms.raise_due(center, at(0.5)) == 0
    assert alarms.raise_due(center, at(0.9)) == 0
    (one,) = alarms.listed(center, at(0.9))
    assert (one.alarm.kind, one.alarm.case_id, one.alarm.call_no) == (K.STEP_80, case.case_id, case.call_no)
    assert (one.alarm.step, one.alarm.due_at, one.raised_at) == (1, at(0.5), at(0.5))


def test_what_was_missed_while_sigap_was_off_rings_at_once(center: Center) -> None:
    intake.open_call(center, T0, ANI, Channel.CALL_112)
    assert alarms.raise_due(center, at(30)) == 3
    assert kinds(center, 30) == [K.STEP_150, K.STEP_100, K.STEP_80]


def test_nothing_is_written_when_nothing_is_due_or_new(center: Center) -> None:
    intake.open_call(center, T0, ANI, Channel.CALL_112)
    before = monitoring.version(center)
    alarms.raise_due(center, at(0.4))
    assert monitoring.version(center) == before
    alarms.raise_due(center, at(0.9))
    rung = monitoring.version(center)
    assert rung == before + 1, "screens notice by the version"
    alarms.raise_due(center, at(0.95))
    assert monitoring.version(center) == rung


def test_each_alarm_has_its_event_under_its_case(center: Center) -> None:
    case = ringing(center)
    (event,) = newest(center)
    (one,) = alarms.listed(center, at(1))
    assert (event.entity, event.entity_id, event.action) == ("alarm", case.case_id, RAISED)
    assert (event.actor, event.occurred_at) == ("Sigap", at(0.9))
    assert (event.before, event.after["key"], event.after["kind"]) == ({}, one.alarm.key, "step_80")
    assert cases.rebuilt(center.db.read(), case.case_id) == case, "the case's own trail is untouched"


def test_all_that_is_due_at_once_rings_or_nothing(center: Center, monkeypatch: pytest.MonkeyPatch) -> None:
    intake.open_call(center, T0, ANI, Channel.CALL_112)
    real, calls = cases.append_event, []

    def fails_at_the_second(*args: Any, **kwargs: Any) -> int:
        calls.append(args)
        if len(calls) == 2:
            raise RuntimeError("the disk is full")
        return real(*args, **kwargs)

    monkeypatch.setattr(cases, "append_event", fails_at_the_second)
    with pytest.raises(RuntimeError):
        alarms.raise_due(center, at(30))
    assert alarms.listed(center, at(30)) == ()
    monkeypatch.undo()
    assert alarms.raise_due(center, at(30)) == 3


def spoil(center: Center, case_id: str, state: str = '{"case_id": "?"}') -> None:
    with center.db.write() as writer:
        writer.execute("UPDATE case_open SET state = ? WHERE case_id = ?", state, case_id)


def test_a_case_that_cannot_be_read_does_not_silence_the_others(
    center: Center, caplog: pytest.LogCaptureFixture
) -> None:
    bad = intake.open_call(center, T0, ANI, Channel.CALL_112)
    good = intake.open_call(center, T0, ANI, Channel.CALL_112)
    spoil(center, bad.case_id)
    with caplog.at_level(logging.ERROR):
        assert alarms.raise_due(center, at(0.9)) == 1
    assert bad.case_id in caplog.text
    (one,) = store.unacknowledged(center.db.read())
    assert one.alarm.case_id == good.case_id


# --- the list --------------------------------------------------------------------------------------


def test_an_alarm_rings_again_at_the_citys_interval_until_it_is_acknowledged(center: Center) -> None:
    ringing(center)
    every_s = center.pack.city.alarm_repeat_s
    for seconds, rings in ((0, 1), (every_s - 1, 1), (every_s, 2), (10 * every_s, 11)):
        (one,) = alarms.listed(center, at(0.9) + timedelta(seconds=seconds))
        assert one.rings == rings


def test_an_alarm_whose_cause_passed_stays_listed_and_says_so(center: Center) -> None:
    case = a_stored_case(center, S.MONITORING)
    silent = at(8) + timedelta(seconds=center.pack.sop.sitrep_interval_s)
    alarms.raise_due(center, silent)
    assert not any(one.passed for one in alarms.listed(center, silent) if one.alarm.step == 6)
    handling.add_sitrep(center, silent, FAJAR, ref(case), "Aman", BOAT)
    passed = {one.alarm.kind: one.passed for one in alarms.listed(center, silent) if one.alarm.step == 6}
    assert passed == {K.STEP_80: True, K.STEP_100: True}


def test_what_still_holds_is_listed_before_what_has_passed(center: Center) -> None:
    case = a_stored_case(center, S.MONITORING)
    alarms.raise_due(center, at(40))
    assert kinds(center, 40)[0] is K.WELFARE
    handling.add_sitrep(center, at(40), FAJAR, ref(case), "Aman", BOAT)
    intake.open_call(center, at(40), ANI, Channel.CALL_112)
    alarms.raise_due(center, at(40.9))
    found = alarms.listed(center, at(41))
    assert [one.passed for one in found] == sorted(one.passed for one in found)
    assert (found[0].alarm.kind, found[0].passed) == (K.STEP_80, False)
    assert (found[1].alarm.kind, found[1].passed) == (K.WELFARE, True)


def test_an_alarm_of_a_closed_case_has_passed_and_can_still_be_acknowledged(center: Center) -> None:
    case = ringing(center)
    with center.db.write() as writer:
        stored = cases.load(writer, case.case_id)
        over = replace(stored.case, status=S.CLOSED)
        cases.save(writer, stored, over, actor=DEDI, action=Action.CLOSE, occurred_at=at(2), entered_at=at(2))
    (one,) = alarms.listed(center, at(3))
    assert one.passed
    alarms.acknowledge(center, at(3), DEDI, one.alarm.key)
    assert alarms.listed(center, at(3)) == ()


# --- acknowledging ---------------------------------------------------------------------------------


@pytest.mark.parametrize("actor", [DEDI, PUTRI, SARI], ids=lambda actor: actor.role.value)
def test_who_may_acknowledges_and_it_is_kept_with_role_time_and_rings(center: Center, actor: Actor) -> None:
    case = ringing(center)
    (one,) = alarms.listed(center, at(3))
    alarms.acknowledge(center, at(3), actor, one.alarm.key, " sudah dihubungi ")

    assert alarms.listed(center, at(3)) == ()
    assert alarms.waiting(center) == ()
    kept = store.find(center.db.read(), one.alarm.key)
    assert kept is not None
    assert (kept.alarm, kept.raised_at) == (one.alarm, at(0.9))
    assert (kept.acknowledged_at, kept.acknowledged_by, kept.acknowledged_role) == (
        at(3),
        actor.name,
        actor.role,
    )
    assert (kept.repeats, kept.note) == (1 + 126 // 30, "sudah dihubungi")
    (event,) = newest(center)
    assert (event.entity, event.entity_id, event.action) == ("alarm", case.case_id, "acknowledge_alarm")
    assert (event.actor, event.role, event.after["repeats"]) == (actor.name, actor.role.value, kept.repeats)


def test_an_acknowledged_alarm_does_not_ring_again(center: Center) -> None:
    ringing(center)
    alarms.acknowledge(center, at(0.95), DEDI, alarms.waiting(center)[0])
    assert alarms.raise_due(center, at(0.99)) == 0
    assert alarms.raise_due(center, at(1)) == 1, "the next threshold is another alarm"
    assert kinds(center, 1) == [K.STEP_100]


@pytest.mark.parametrize("actor", [ANI, FAJAR, ADE, AGUS], ids=lambda actor: actor.role.value)
def test_whoever_may_not_acknowledge_changes_nothing(center: Center, actor: Actor) -> None:
    ringing(center)
    before = monitoring.version(center)
    with pytest.raises(NotPermitted, match="Menanggapi alarm"):
        alarms.acknowledge(center, at(1), actor, alarms.waiting(center)[0])
    assert len(alarms.waiting(center)) == 1
    assert monitoring.version(center) == before


def test_the_second_to_acknowledge_reads_who_was_first(center: Center) -> None:
    ringing(center)
    (key,) = alarms.waiting(center)
    alarms.acknowledge(center, at(1), PUTRI, key)
    with pytest.raises(BadInput, match="sudah ditanggapi Putri pada 2031-03-05 02:01:00"):
        alarms.acknowledge(center, at(2), DEDI, key)
    kept = store.find(center.db.read(), key)
    assert kept is not None and kept.acknowledged_by == "Putri"


def test_an_unknown_alarm_is_not_found(center: Center) -> None:
    with pytest.raises(NotFound, match="step_80/x"):
        alarms.acknowledge(center, at(1), DEDI, "step_80/x")


# --- crews and fires -------------------------------------------------------------------------------


def test_the_rules_are_those_of_the_city_pack_and_of_the_plan_in_use(center: Center) -> None:
    rules = alarms.rules(center)
    assert (rules.repeat_s, rules.welfare_s, rules.fire_response_s) == (30, 1200, 600)
    assert (rules.agency_welfare_s, rules.type_welfare_s) == ({"LAUT": 900}, {"AIR": 600})
    assert (rules.fire_agency, rules.fire_types) == ("DAMKAR", frozenset({"API"}))


def test_the_word_of_a_crew_is_stored_and_ends_its_silence(center: Center) -> None:
    case = a_stored_case(center, S.MONITORING)
    assert alarms.welfare(center, at(20), case)[BOAT].missed == 1
    assert [one.welfare.unit_code for one in alarms.late_words(center, at(20), [case])] == [BOAT]
    assert alarms.next_word(center, at(9), [case]) == at(18)
    case = handling.crew_word(center, at(20), FAJAR, ref(case), BOAT)
    assert alarms.late_words(center, at(29), [case]) == ()
    (word,) = case.crew_words
    assert (word.unit_code, word.at, word.by) == (BOAT, at(20), "Fajar")
    assert cases.rebuilt(center.db.read(), case.case_id) == case


def test_a_word_told_afterwards_counts_from_when_it_came(center: Center) -> None:
    case = a_stored_case(center, S.MONITORING)
    case = handling.crew_word(center, at(30), DEDI, ref(case), BOAT, occurred_at=at(15))
    assert alarms.welfare(center, at(30), case)[BOAT].last_word == at(15)


def test_the_duty_officer_sets_the_cadence_of_a_case(center: Center) -> None:
    case = a_stored_case(center, S.MONITORING)
    with pytest.raises(NotPermitted):
        handling.set_welfare(center, at(9), DEDI, ref(case), 300)
    case = handling.set_welfare(center, at(9), PUTRI, ref(case), 300)
    assert alarms.welfare(center, at(9), case)[BOAT].cadence_s == 300
    assert cases.rebuilt(center.db.read(), case.case_id) == case
    case = handling.set_welfare(center, at(9), PUTRI, ref(case), None)
    assert alarms.welfare(center, at(9), case)[BOAT].cadence_s == 600


def test_a_cleared_crew_is_not_waited_for(center: Center) -> None:
    case = a_stored_case(center, S.MONITORING)
    alarms.raise_due(center, at(28))
    case = assignment.record_progress(center, at(28), FAJAR, ref(case), BOAT, Progress.CLEAR)
    (one,) = [one for one in alarms.listed(center, at(29)) if one.alarm.kind is K.WELFARE]
    assert one.passed
    assert alarms.welfare(center, at(29), case) == {}


def keep(center: Center, case: Case) -> None:
    with center.db.write() as writer:
        cases.save(writer, None, case, actor=ANI, action=Action.TAKE_CALL, occurred_at=T0, entered_at=T0)


def any_case(chance: random.Random, number: int) -> Case:
    """Return a case of any agency, type and status, whose arrivals carry parts of a second."""
    plain = a_case_at(S.MONITORING)
    received_at = T0 + timedelta(days=chance.uniform(0, 40))
    units = tuple(
        replace(
            plain.assignments[0],
            agency=chance.choice(("DAMKAR", "LAUT")),
            arrived_at=received_at + timedelta(seconds=chance.uniform(-60, 2000)) if came else None,
        )
        for came in chance.choices((True, False), k=chance.randrange(4))
    )
    return replace(
        plain,
        case_id=f"0199c5e0-7d1a-7c40-9a51-{number:012d}",
        call_no=f"C{number}",
        call=replace(plain.call, received_at=received_at),
        incident=Incident(chance.choice(("API", "AIR")), Domain.LAND, 1, 1),
        status=chance.choice((S.MONITORING, S.CLOSED, S.MERGED)),
        assignments=units,
    )


def first_of_fire_agency_s(case: Case) -> int | None:
    arrivals = [a.arrived_at for a in case.assignments if a.agency == "DAMKAR" and a.arrived_at]
    if not arrivals or min(arrivals) < case.call.received_at or case.status is S.MERGED:
        return None
    return int((min(arrivals) - case.call.received_at).total_seconds())


def test_the_mean_of_the_fire_standard_is_exactly_that_of_the_cases_themselves(center: Center) -> None:
    chance = random.Random(14)
    every = [any_case(chance, number) for number in range(600)]
    for case in every:
        keep(center, case)
    now = T0 + timedelta(days=41)
    found = [
        seconds
        for case in every
        if case.incident.type_code == "API" and now - timedelta(days=30) <= case.call.received_at
        if (seconds := first_of_fire_agency_s(case)) is not None
    ]
    assert len(found) > 40
    mean = analysis.fire_response(center, Selection(since=now - timedelta(days=30)))
    assert (mean.n, mean.mean_s) == (len(found), pytest.approx(sum(found) / len(found), rel=1e-12))


def test_without_a_fire_there_is_no_mean(center: Center) -> None:
    a_stored_case(center, S.CLOSED)
    found = analysis.fire_response(center, Selection())
    assert (found.n, found.mean_s) == (0, None)


def test_a_fire_has_a_running_standard_from_its_report(center: Center) -> None:
    case = intake.open_call(center, T0, ANI, Channel.CALL_112)
    assert alarms.fire_clocks(center, [case]) == ()
    fire = replace(case, incident=Incident("API", Domain.LAND, 1, 1))
    (clock,) = alarms.fire_clocks(center, [case, fire])
    assert (clock.case_id, clock.received_at, clock.standard_s) == (case.case_id, T0, 600)


def test_a_call_without_a_class_is_undecided(center: Center) -> None:
    case = a_stored_case(center, S.RECEIVED)
    assert monitoring.undecided(center) == (case.case_id,)
    case = intake.propose_class(center, at(1), ANI, ref(case), CallClass.NORMAL)
    intake.classify(center, at(2), DEDI, ref(case), CallClass.NORMAL)
    assert monitoring.undecided(center) == ()


# --- restarts --------------------------------------------------------------------------------------


def test_a_restart_neither_loses_an_alarm_nor_rings_it_twice(tmp_path: Path) -> None:
    center = open_center(settings(tmp_path))
    try:
        a_stored_case(center, S.MONITORING)
        alarms.raise_due(center, at(40))
        alarms.acknowledge(center, at(41), DEDI, alarms.waiting(center)[0])
        before = alarms.listed(center, at(50))
        close_center()
        center = open_center(settings(tmp_path))
        assert len(before) > 1
        assert alarms.listed(center, at(50)) == before
        assert alarms.raise_due(center, at(41)) == 0
        assert Watch().look(center, at(41)) == 0
    finally:
        close_center()


CHILD = """
import os, signal, sys
from pathlib import Path
from builders import ANI, DEDI
from center_builders import at, settings
from domain.words import Channel
from services import alarms, intake
from services.center import open_center
center = open_center(settings(Path(sys.argv[1])))
intake.open_call(center, at(0), ANI, Channel.CALL_112)
print(alarms.raise_due(center, at(30)))
alarms.acknowledge(center, at(31), DEDI, alarms.waiting(center)[0])
sys.stdout.flush()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_sigap_has_lost_no_alarm_and_no_acknowledgement(tmp_path: Path) -> None:
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.returncode, child.stdout) == (-signal.SIGKILL, "3\n"), child.stderr
    center = open_center(settings(tmp_path))
    try:
        assert len(alarms.waiting(center)) == 2
        assert alarms.raise_due(center, at(40)) == 0
        assert newest(center)[0].action == "acknowledge_alarm"
    finally:
        close_center()


def test_a_database_from_before_the_alarms_gets_its_table(tmp_path: Path) -> None:
    path = tmp_path / "sigap.duckdb"
    connection = duckdb.connect(str(path))
    with pytest.MonkeyPatch.context() as patch:
        before = [m for m in migrations.MIGRATIONS if m.__name__ < "_004"]
        patch.setattr(migrations, "MIGRATIONS", tuple(before))
        migrations.migrate(connection)
    connection.close()
    db = Database.open(path)
    try:
        assert store.unacknowledged(db.read()) == []
    finally:
        db.close()


# --- the worker ------------------------------------------------------------------------------------


class AfterLooks(threading.Event):
    """A stop that comes by itself after so many looks; nothing waits for real."""

    def __init__(self, looks: int) -> None:
        super().__init__()
        self.left = looks

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout == alarms.LOOK_EVERY_S
        self.left -= 1
        if self.left == 0:
            self.set()
        return self.is_set()


def test_while_nothing_is_stored_and_no_time_comes_a_look_reads_no_case(
    center: Center, caplog: pytest.LogCaptureFixture
) -> None:
    case = intake.open_call(center, T0, ANI, Channel.CALL_112)
    watch = Watch()
    assert watch.look(center, at(0.1)) == 0
    spoil(center, case.case_id)
    assert watch.look(center, at(0.4)) == 0
    assert not caplog.records, "a case that is read would be reported as spoilt"
    watch.look(center, at(0.5))
    assert case.case_id in caplog.text


def test_the_watch_rings_when_the_time_comes_and_when_something_was_stored(center: Center) -> None:
    intake.open_call(center, T0, ANI, Channel.CALL_112)
    watch = Watch()
    looks = {0.1: 0, 0.4: 0, 0.5: 1, 0.9: 0, 1: 1, 1.4: 0, 1.5: 1, 89: 0}
    assert {minute: watch.look(center, at(minute)) for minute in looks} == looks
    intake.open_call(center, at(90), ANI, Channel.CALL_112)
    assert watch.look(center, at(99)) == 3


def test_the_worker_rings_and_goes_on_after_an_error(
    center: Center, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    long_ago = datetime.now(UTC) - timedelta(minutes=30)
    intake.open_call(center, long_ago, ANI, Channel.CALL_112)
    real, calls = Watch.look, []

    def fails_first(self: Watch, *args: Any) -> int:
        calls.append(args)
        if len(calls) == 1:
            raise RuntimeError("the disk is full")
        return real(self, *args)

    monkeypatch.setattr(Watch, "look", fails_first)
    alarms.run(center, AfterLooks(2))
    assert "alarms could not be checked" in caplog.text
    assert len(alarms.waiting(center)) == 3


def test_workers_run_beside_one_another_and_are_over_when_the_block_is(center: Center) -> None:
    began, over = threading.Barrier(3), []

    def work(of: Center, stop: threading.Event) -> None:
        assert of is center
        began.wait(30)
        stop.wait(30)
        over.append(stop.is_set())

    with workers.running(center, (work, work)):
        began.wait(30)
        assert over == []
    assert over == [True, True]

    with (
        pytest.raises(RuntimeError),
        workers.running(center, (lambda _center, stop: over.append(stop.wait(30)),)),
    ):
        raise RuntimeError("a screen broke")
    assert over == [True, True, True]


def test_the_alarms_are_one_of_the_workers() -> None:
    assert alarms.run in workers.WORKERS


def test_roles_come_back_as_they_were_stored(center: Center) -> None:
    ringing(center)
    (one,) = alarms.listed(center, at(1))
    assert one.alarm.roles == center.pack.sop.step(1).lead
    assert all(isinstance(role, Role) for role in one.alarm.roles)


def test_the_fire_standard_is_for_what_may_cost_lives(tmp_path: Path) -> None:
    """A snake (P4) is led by the fire agency too; its alarm would drown the others."""
    center = open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    try:
        types = alarms.rules(center).fire_types
    finally:
        close_center()
    assert {"L-FIR1", "L-FIR2", "L-TRP"} <= types
    assert not {"L-ANI", "L-CRO"} & types
