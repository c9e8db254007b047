"""The store under the services: whole or nothing, one writer, nobody overwritten, nothing lost."""

import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import duckdb
import pytest
from builders import ANI, DEDI, FAJAR, PUTRI, SARI, WAY, a_call_closed_as, a_case_at
from center_builders import (
    BOAT,
    DOCTOR,
    PUMP,
    REPORT,
    T0,
    a_stored_case,
    at,
    keep,
    receipted,
    ref,
    settings,
)

from analytics import measures
from analytics.facts import CASE_FACTS
from analytics.selection import Selection, chosen
from database import cases, facts, migrations, reads
from database import registry as registry_store
from database import units as unit_store
from database.connection import Database
from database.reads import Filter
from domain.case import Actor
from domain.errors import (
    MissingForStep,
    NotFound,
    StaleCase,
    StoreUnavailable,
    TimeInFuture,
    UnitHeld,
    UnitNotReady,
)
from domain.permissions import Action
from domain.words import CallClass, CaseStatus, Channel, Outcome, Role
from services import assignment, closing, exits, handling, intake, monitoring, registry
from services.assignment import Progress, Promise
from services.center import close_center, open_center
from services.change import CaseRef, change

S = CaseStatus
ROOT = Path(__file__).parents[2]


@pytest.fixture
def center(tmp_path):
    opened = open_center(settings(tmp_path))
    yield opened
    close_center()


@pytest.fixture
def db(tmp_path):
    opened = Database.open(tmp_path / "sigap.duckdb")
    yield opened
    opened.close()


def tables_of(db, case_id):
    return [
        name
        for name in ("case_open", "case_archive")
        for _ in db.read().rows(f"SELECT 1 FROM {name} WHERE case_id = ?", UUID(case_id))
    ]


def together(*jobs):
    """Run the jobs in a thread each, let go at one moment; return what each returned or raised."""
    gate, results = threading.Barrier(len(jobs)), [None] * len(jobs)

    def run(index, job):
        gate.wait()
        try:
            results[index] = job()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# The file


def test_a_missing_file_and_its_folder_are_made(tmp_path):
    path = tmp_path / "baru" / "lagi" / "sigap.duckdb"
    Database.open(path).close()
    assert path.is_file()


def test_migrations_run_once_and_change_nothing_the_second_time(tmp_path):
    path = tmp_path / "sigap.duckdb"
    db = Database.open(path)
    stored = keep(db, a_case_at(S.MONITORING))
    db.close()
    connection = duckdb.connect(str(path))
    assert migrations.migrate(connection) == []
    assert migrations.schema_version(connection) == migrations.MIGRATIONS[-1].__name__.lstrip("_")
    connection.close()
    db = Database.open(path)
    assert cases.get(db.read(), stored.case.case_id) == stored.case
    assert db.read().row("SELECT count(*) FROM migration") == (len(migrations.MIGRATIONS),)
    db.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "sigap.duckdb"
    Database.open(path).close()

    def _999_breaks(connection):
        connection.execute("CREATE TABLE half (x INTEGER)")
        connection.execute("INSERT INTO no_such_table VALUES (1)")

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, _999_breaks))
        with pytest.raises(StoreUnavailable):
            Database.open(path)
    db = Database.open(path)
    names = {row[0] for row in db.read().rows("SELECT table_name FROM information_schema.tables")}
    assert "half" not in names and "event" in names
    db.close()


def child(code, *args, **kwargs):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, args)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **kwargs,
    )


HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
connection.execute("CREATE TABLE IF NOT EXISTS x (y INTEGER)")
print("held", flush=True)
sys.stdin.readline()
"""


def test_a_file_that_another_process_holds_is_refused_with_that_reason(tmp_path):
    path = tmp_path / "sigap.duckdb"
    with child(HOLDER, path) as process:
        assert process.stdout.readline() == "held\n"
        with pytest.raises(StoreUnavailable) as refused:
            Database.open(path)
        process.communicate("go\n")
    assert "sedang dipakai proses lain" in refused.value.sentence()
    assert "sigap.duckdb" in refused.value.sentence()
    Database.open(path).close()


UNPRIVILEGED = """
import os, sys
from pathlib import Path
sys.path.insert(0, ".")
from database.connection import Database
from domain.errors import StoreUnavailable
if os.getuid() == 0:
    os.setgroups([])
    os.setuid(65534)
for path in sys.argv[1:]:
    try:
        Database.open(Path(path)).close()
        print("opened")
    except StoreUnavailable as error:
        print(error.sentence())
"""


def test_a_file_or_folder_that_may_not_be_written_is_refused_with_that_reason():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = folder / "sigap.duckdb"
        Database.open(file).close()
        file.chmod(0o444)
        folder.chmod(0o555)
        with child(UNPRIVILEGED, file, folder / "baru.duckdb", folder / "sub" / "baru.duckdb") as process:
            told = process.communicate()[0].splitlines()
        folder.chmod(0o755)
    assert len(told) == 3
    for sentence in told:
        assert "tidak dapat ditulis" in sentence
        assert "SIGAP_DB" in sentence


def damaged(path):
    """Flip a byte in every kilobyte behind the header."""
    content = bytearray(path.read_bytes())
    for place in range(3 * 4096, len(content), 1000):
        content[place] ^= 0xFF
    path.write_bytes(content)


def test_a_damaged_file_is_not_called_one_that_another_process_holds(tmp_path):
    path = tmp_path / "sigap.duckdb"
    db = Database.open(path)
    keep(db, a_case_at(S.MONITORING))
    db.close()
    damaged(path)
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable) as refused:
        Database.open(path)
    assert "proses lain" not in refused.value.sentence()
    assert "cadangan" in refused.value.sentence()
    assert path.read_bytes() == before


def test_something_that_is_no_database_is_refused(tmp_path):
    text = tmp_path / "catatan.duckdb"
    text.write_text("bukan basis data\n" * 1000)
    for path in (text, tmp_path, text / "sigap.duckdb"):
        with pytest.raises(StoreUnavailable) as refused:
            Database.open(path)
        assert path.name in refused.value.sentence()


def test_closing_works_while_readers_have_read(tmp_path):
    db = Database.open(tmp_path / "sigap.duckdb")
    keep(db, a_case_at(S.MONITORING))
    together(*[lambda: reads.open_cases(db.read())] * 4)
    db.close()
    assert not (tmp_path / "sigap.duckdb.wal").exists()


# One transaction


def test_a_block_that_fails_stores_nothing_and_gives_its_numbers_back(db):
    first = keep(db, a_case_at(S.CLASSIFIED))
    with pytest.raises(RuntimeError), db.write() as writer:
        cases.next_number(writer, "register-2026")
        cases.save(
            writer,
            first,
            replace(first.case, register_no="2026/000001"),
            actor=DEDI,
            action=Action.REGISTER,
            occurred_at=T0,
            entered_at=T0,
        )
        raise RuntimeError("the power went")
    assert cases.get(db.read(), first.case.case_id) == first.case
    with db.write() as writer:
        assert cases.next_number(writer, "register-2026") == 1
        assert cases.next_number(writer, "register-2026") == 2
    second = keep(db, replace(first.case, on_scene_commander="Rudi"), first)
    assert [event.seq for event in cases.events(db.read(), second.case.case_id)] == [1, 2]


def test_a_failed_statement_frees_the_writer(db):
    with pytest.raises(duckdb.Error), db.write() as writer:
        writer.execute("INSERT INTO no_such_table VALUES (1)")
    assert keep(db, a_case_at(S.CLASSIFIED)).case.version == 1


def test_the_trail_of_a_case_folds_to_its_state_at_every_status(db):
    case = None
    for status in (s for s in S if s is not S.MERGED):
        reached = replace(a_case_at(status), version=case.case.version if case else 0)
        case = keep(db, reached, case)
        assert cases.rebuilt(db.read(), reached.case_id) == cases.get(db.read(), reached.case_id) == case.case
    assert [event.seq for event in cases.events(db.read(), case.case.case_id)] == list(
        range(1, case.case.version + 1)
    )


@pytest.mark.parametrize("which", range(1, 8))
def test_a_trail_with_an_event_taken_out_no_longer_gives_the_case(db, which):
    case = None
    for status in (s for s in S if s not in (S.MERGED, S.CLOSED)):
        case = keep(db, replace(a_case_at(status), version=case.case.version if case else 0), case)
    with db.write() as writer:
        writer.execute("DELETE FROM event WHERE seq = ?", which)
    with pytest.raises(ValueError):
        if cases.rebuilt(db.read(), case.case.case_id) != case.case:
            raise ValueError("another case")


def test_every_word_and_sign_survives_the_store(db):
    text = "Pak Ma’ruf: “tolong!” {x} %s 'a'; -- \n\t\\ 火 🚤 \u0000 ok"
    case = replace(a_case_at(S.MONITORING), current_condition=text, on_scene_commander=text)
    stored = keep(db, case)
    assert cases.get(db.read(), case.case_id) == stored.case
    assert cases.rebuilt(db.read(), case.case_id).current_condition == text


def test_a_case_that_is_not_there_is_not_found(db):
    for case_id in (str(uuid4()), "bukan-uuid", "", "'; DROP TABLE event; --"):
        with pytest.raises(NotFound):
            cases.get(db.read(), case_id)
        with pytest.raises(NotFound):
            cases.events(db.read(), case_id)


# Open and archive


def test_a_case_moves_to_the_archive_when_it_closes_and_back_when_it_is_reopened(center):
    case = a_stored_case(center, S.REGISTERED)
    assert tables_of(center.db, case.case_id) == ["case_open"]
    case = closing.print_form(center, at(23), ANI, ref(case))
    case = receipted(center, case, at(24))
    case = closing.close(center, at(25), DEDI, ref(case), "Lemari 1")
    assert tables_of(center.db, case.case_id) == ["case_archive"]
    case = exits.reopen(center, at(30), SARI, ref(case), "korban kedua")
    assert tables_of(center.db, case.case_id) == ["case_open"]
    assert cases.rebuilt(center.db.read(), case.case_id) == case
    assert [found.case_id for found in reads.open_cases(center.db.read())] == [case.case_id]


def test_a_wrongly_closed_ghost_call_moves_back_too(center):
    case = intake.open_call(center, at(0), ANI, Channel.CALL_112)
    case = intake.record_report(center, at(1), ANI, ref(case), replace(REPORT, narrative="hening"))
    case = intake.propose_class(center, at(1), ANI, ref(case), CallClass.GHOST)
    case = intake.classify(center, at(2), DEDI, ref(case), CallClass.GHOST)
    case = intake.log_callback(center, at(3), ANI, ref(case))
    case = intake.close_call(center, at(4), DEDI, ref(case), "tidak ada suara")
    assert (tables_of(center.db, case.case_id), case.register_no) == (["case_archive"], None)
    case = intake.reclassify(center, at(5), SARI, ref(case), CallClass.NORMAL, "menelepon lagi")
    assert tables_of(center.db, case.case_id) == ["case_open"]
    case = intake.verify(center, at(7), DEDI, ref(intake.forward(center, at(6), DEDI, ref(case), "LAUT")))
    assert case.status is S.VERIFIED


def test_a_merged_case_goes_to_the_archive_and_its_units_to_the_primary_with_their_holds(center):
    case = a_stored_case(center, S.MONITORING)
    other = a_stored_case(center, S.COORDINATED, start=1)
    other = assignment.propose(center, at(8), PUTRI, ref(other), (Promise(DOCTOR),))
    other = assignment.approve(center, at(9), PUTRI, ref(other))
    merged, kept = exits.merge(center, at(12), DEDI, ref(case), ref(other))
    assert (tables_of(center.db, merged.case_id), tables_of(center.db, kept.case_id)) == (
        ["case_archive"],
        ["case_open"],
    )
    holds = unit_store.holds(center.db.read())
    assert {code: hold.call_no for code, hold in holds.items()} == {BOAT: kept.call_no, DOCTOR: kept.call_no}
    for done in (merged, kept):
        assert cases.rebuilt(center.db.read(), done.case_id) == done
    kept = assignment.record_progress(center, at(15), FAJAR, ref(kept), BOAT, Progress.ARRIVE)
    assert kept.active_assignment(BOAT).arrived_at == at(15)


def test_a_case_is_always_found_while_it_moves_between_the_tables(db):
    open_, closed = a_case_at(S.MONITORING), a_case_at(S.CLOSED)
    stored = keep(db, open_)
    over, missed = threading.Event(), []

    def look():
        while not over.is_set():
            try:
                cases.get(db.read(), open_.case_id)
            except NotFound as error:
                missed.append(error)

    readers = [threading.Thread(target=look) for _ in range(3)]
    for reader in readers:
        reader.start()
    for turn in range(120):
        new = closed if turn % 2 == 0 else open_
        stored = keep(db, replace(new, version=stored.case.version), stored)
    over.set()
    for reader in readers:
        reader.join()
    assert missed == []
    assert cases.rebuilt(db.read(), open_.case_id).version == 121


# Many at once


def test_of_two_who_change_what_both_saw_one_wins_and_the_other_is_told_who(center):
    case = a_stored_case(center, S.MONITORING)
    for turn in range(8):
        seen = ref(case)
        results = together(
            lambda seen=seen, t=turn: handling.add_sitrep(center, at(9 + t), DEDI, seen, "satu"),
            lambda seen=seen, t=turn: handling.update_condition(center, at(9 + t), PUTRI, seen, f"dua {t}"),
        )
        won = [r for r in results if not isinstance(r, Exception)]
        lost = [r for r in results if isinstance(r, Exception)]
        assert [type(error) for error in lost] == [StaleCase]
        winner = "Dedi" if won[0] is results[0] else "Putri"
        assert f"diubah oleh {winner}" in lost[0].sentence()
        case = cases.get(center.db.read(), case.case_id)
        assert case == won[0]
        assert case.version == seen.version + 1
    assert cases.rebuilt(center.db.read(), case.case_id) == case


def test_whoever_saw_an_old_state_overwrites_nothing(center):
    case = a_stored_case(center, S.MONITORING)
    handling.add_sitrep(center, at(9), DEDI, ref(case), "kabar")
    with pytest.raises(StaleCase, match="Dedi"):
        handling.add_sitrep(center, at(10), FAJAR, ref(case), "kabar lama")
    assert [s.text for s in cases.get(center.db.read(), case.case_id).sitreps] == ["kabar"]


def test_eight_threads_on_eight_cases_lose_nothing(center):
    turns = 12
    opened = [a_stored_case(center, S.VERIFIED, start=n / 10) for n in range(8)]

    def work(case):
        for turn in range(turns):
            case = intake.update_details(
                center, at(10 + turn), ANI, ref(case), location=replace(case.location, place_text=f"{turn}")
            )
            assert case in reads.open_cases(center.db.read())
        return case

    results = together(*(lambda c=case: work(c) for case in opened))
    reader = center.db.read()
    for before, after in zip(opened, results, strict=True):
        assert after.version == before.version + turns
        assert cases.rebuilt(reader, after.case_id) == cases.get(reader, after.case_id) == after
    count, newest = reader.row("SELECT count(*), max(seq) FROM event")
    assert count == newest == center.db.newest_event_seq()


def test_eight_calls_at_one_moment_get_eight_numbers_without_a_gap(center):
    results = together(*[lambda: intake.open_call(center, T0, ANI, Channel.CALL_112)] * 8)
    assert sorted(case.call_no for case in results) == [f"C2031{n:05d}" for n in range(1, 9)]


def test_of_two_who_propose_one_unit_one_wins_and_the_other_is_told_who(center):
    for turn in range(6):
        one = a_stored_case(center, S.COORDINATED, start=30 * turn)
        two = a_stored_case(center, S.COORDINATED, start=30 * turn)
        now = at(30 * turn + 7)
        rival = Actor("Rahmat", Role.DUTY_OFFICER)
        results = together(
            lambda now=now, c=one: assignment.propose(
                center, now, PUTRI, ref(c), (Promise(PUMP), Promise(BOAT))
            ),
            lambda now=now, c=two, r=rival: assignment.propose(
                center, now, r, ref(c), (Promise(DOCTOR), Promise(BOAT))
            ),
        )
        (lost,) = [n for n, r in enumerate(results) if isinstance(r, Exception)]
        assert type(results[lost]) is UnitHeld
        winner, loser = (one, two)[1 - lost], (one, two)[lost]
        sentence = results[lost].sentence()
        assert ("Putri" if lost else "Rahmat") in sentence
        assert winner.call_no in sentence and BOAT in sentence
        assert cases.get(center.db.read(), loser.case_id) == loser
        holds = unit_store.holds(center.db.read())
        assert {hold.case_id for hold in holds.values()} == {winner.case_id}
        assert set(holds) == ({PUMP, BOAT} if lost else {DOCTOR, BOAT})
        exits.call_off(center, now, PUTRI, CaseRef(winner.case_id), Outcome.CANCELLED, "uji")
        assert unit_store.holds(center.db.read()) == {}


def test_a_proposal_that_ran_out_gives_way_and_its_case_is_told_when_it_approves(center):
    one = a_stored_case(center, S.COORDINATED)
    two = a_stored_case(center, S.COORDINATED)
    one = assignment.propose(center, at(7), PUTRI, ref(one), (Promise(BOAT),))
    with pytest.raises(UnitHeld, match=one.call_no):
        assignment.propose(center, at(8.9), PUTRI, ref(two), (Promise(BOAT),))
    two = assignment.propose(center, at(9.1), PUTRI, ref(two), (Promise(BOAT),))
    with pytest.raises(UnitHeld, match=two.call_no):
        assignment.approve(center, at(10), PUTRI, ref(one))
    assert assignment.approve(center, at(10), PUTRI, ref(two)).status is S.RESPONDING
    one = assignment.withdraw(center, at(11), PUTRI, ref(one), BOAT)
    assert unit_store.holds(center.db.read())[BOAT].call_no == two.call_no


def test_a_dispatched_unit_never_gives_way(center):
    a_stored_case(center, S.RESPONDING)
    other = a_stored_case(center, S.COORDINATED, start=60 * 24)
    with pytest.raises(UnitHeld):
        assignment.propose(center, at(60 * 24 + 7), PUTRI, ref(other), (Promise(BOAT),))


def test_a_unit_is_free_again_when_it_is_done(center):
    a_stored_case(center, S.UPDATING)
    assert unit_store.holds(center.db.read()) == {}
    other = a_stored_case(center, S.COORDINATED, start=30)
    assert assignment.propose(center, at(37), PUTRI, ref(other), (Promise(BOAT),)).active_units


def test_a_unit_out_of_service_is_neither_proposed_nor_dispatched(center):
    case = a_stored_case(center, S.COORDINATED)
    registry.set_service(center, at(6), DEDI, DOCTOR, "ban bocor")
    with pytest.raises(UnitNotReady, match="ban bocor"):
        assignment.propose(center, at(7), PUTRI, ref(case), (Promise(BOAT), Promise(DOCTOR)))
    assert unit_store.holds(center.db.read()) == {}
    case = assignment.propose(center, at(7), PUTRI, ref(case), (Promise(BOAT),))
    registry.set_service(center, at(12), DEDI, BOAT, "mesin rusak")
    with pytest.raises(UnitNotReady, match="mesin rusak"):
        assignment.approve(center, at(13), PUTRI, ref(case))


# What services promise


def test_a_refused_service_stores_nothing(center):
    case = a_stored_case(center, S.CLASSIFIED)
    before = center.db.newest_event_seq()
    with pytest.raises(MissingForStep):
        intake.verify(center, at(4), DEDI, ref(case))
    with pytest.raises(TimeInFuture):
        intake.forward(center, at(4), DEDI, ref(case), "LAUT", occurred_at=at(5))
    assert cases.get(center.db.read(), case.case_id) == case
    assert center.db.newest_event_seq() == before


def test_a_late_entry_keeps_both_times(center):
    case = a_stored_case(center, S.CLASSIFIED)
    intake.forward(center, at(30), DEDI, ref(case), "LAUT", occurred_at=at(3))
    newest = cases.events(center.db.read(), case.case_id)[-1]
    assert (newest.occurred_at, newest.entered_at, newest.is_late_entry) == (at(3), at(30), True)
    assert (newest.actor, newest.role, newest.action) == ("Dedi", "dispatcher", "forward")


def test_personal_data_is_in_no_event_and_in_no_case(center):
    case = a_stored_case(center, S.CLASSIFIED)
    dump = " ".join(
        str(row)
        for table in ("event", "case_open", "case_archive")
        for row in center.db.read().rows(f"SELECT * FROM {table}")
    )
    for secret in ("Siti", "Aminah", "081234567890", "0812 3456", "Perahu terbalik"):
        assert secret not in dump
    private = cases.get_private(center.db.read(), case.case_id)
    assert (private.reporter_name, private.callback_number) == ("Siti Aminah", "081234567890")


def test_a_corrected_name_is_kept(center):
    case = a_stored_case(center, S.CLASSIFIED)
    intake.update_details(center, at(3), ANI, ref(case), reporter_name="Sitti Aminah")
    assert cases.get_private(center.db.read(), case.case_id).reporter_name == "Sitti Aminah"


def test_register_numbers_have_no_gap_when_a_case_is_cancelled_after_departure(center):
    case = a_stored_case(center, S.MONITORING)
    case = exits.call_off(center, at(9), PUTRI, ref(case), Outcome.FALSE_REPORT, "tidak ada apa-apa")
    case = handling.update_condition(center, at(10), DEDI, ref(case), "aman")
    case = closing.register(center, at(11), ANI, ref(case))
    assert case.register_no == "UJI-0001-2031"
    other = a_stored_case(center, S.VERIFIED, start=30)
    with pytest.raises(StaleCase):
        exits.call_off(center, at(40), PUTRI, CaseRef(other.case_id, 1), Outcome.CANCELLED, "x")
    other = exits.call_off(center, at(40), PUTRI, ref(other), Outcome.CANCELLED, "dibatalkan pelapor")
    assert other.register_no == "UJI-0002-2031"


def test_a_change_that_changes_nothing_stores_nothing(center):
    case = a_stored_case(center, S.VERIFIED)
    same = change(center, at(9), DEDI, ref(case), Action.UPDATE_DETAILS, lambda c, _at: c)
    assert same == case
    assert len(cases.events(center.db.read(), case.case_id)) == case.version


# What screens read


@pytest.fixture
def filled(db):
    """Three closed normal cases, one prank, one open case."""
    for minute, case in enumerate(
        [a_case_at(S.CLOSED), a_case_at(S.CLOSED), a_case_at(S.CLOSED), a_call_closed_as(CallClass.PRANK)]
    ):
        keep(db, replace(case, case_id=str(uuid4()), call_no=f"P-2026-{minute + 10:06d}"))
    keep(db, a_case_at(S.MONITORING))
    return db


def test_figures_are_those_of_the_stored_cases(filled):
    facts.install(filled, "65.71", ZoneInfo("Asia/Makassar"), is_example=False)
    reader, rows = filled.read(), chosen(CASE_FACTS, Selection())
    assert reads.total(reader, Filter()) == 5
    (counts,) = facts.run(reader, measures.counts(rows))
    assert (counts["n"], counts["n_normal"], counts["n_prank"], counts["n_undecided"]) == (5, 4, 1, 0)
    assert facts.run(reader, measures.interval(rows, "response_s", 20 * 60)) == [
        {"n": 3, "mean_s": 1200, "median_s": 1200, "p90_s": 1200, "within": 3}
    ]
    steps = {row["step"]: row for row in facts.run(reader, measures.steps(rows))}
    assert (steps[1]["n"], steps[1]["in_time"], steps[1]["median_s"]) == (5, 5, 60)
    assert (steps[6]["n"], steps[6]["in_time"], steps[6]["median_s"]) == (3, 3, 720)


def test_a_filter_takes_the_start_and_leaves_the_end(filled):
    reader = filled.read()
    received = WAY.received().call.received_at
    assert reads.total(reader, Filter(since=received)) == 5
    assert reads.total(reader, Filter(until=received)) == 0
    assert reads.total(reader, Filter(domains=("land",))) == 0
    assert reads.total(reader, Filter(domains=("sea", "land"), type_codes=("S-MOB",))) == 5


def test_nothing_known_gives_nothing_not_zero(db):
    facts.install(db, "65.71", ZoneInfo("Asia/Makassar"), is_example=False)
    rows = chosen(CASE_FACTS, Selection())
    assert facts.run(db.read(), measures.interval(rows, "response_s", 900)) == [
        {"n": 0, "mean_s": None, "median_s": None, "p90_s": None, "within": 0}
    ]
    assert {row["median_s"] for row in facts.run(db.read(), measures.steps(rows))} == {None}


def test_a_case_is_found_by_its_call_number_and_its_register_number(filled):
    reader = filled.read()
    assert reads.find_by_number(reader, "P-2026-000010").status == "closed"
    assert reads.find_by_number(reader, "2026/000001").register_no == "2026/000001"
    assert reads.find_by_number(reader, "' OR 1=1 --") is None


def test_lines_are_limited(filled):
    reader = filled.read()
    assert len(reads.lines(reader, Filter(), 2)) == 2
    assert [case.status for case, _ in reads.cases_of(reader, Filter(statuses=("monitoring",)), 9)] == [
        S.MONITORING
    ]


def test_the_calls_of_one_number_are_counted_by_class(filled):
    received = WAY.received().call.received_at
    assert reads.calls_by_reporter(filled.read(), "h:abc", received) == {"normal": 4, "prank": 1}
    assert reads.calls_by_reporter(filled.read(), "h:other", received) == {}


def test_a_registry_entry_is_replaced_and_retired(db):
    entry = registry_store.Entry("unit", "A-1", 1, None, {"unit_code": "A-1", "note": "“ä”"})
    with db.write() as writer:
        registry_store.put(writer, entry)
        registry_store.put(writer, replace(entry, version=2, retired_at=T0))
        registry_store.put_setting(writer, "x", "1")
        registry_store.put_setting(writer, "x", "2")
    assert registry_store.entry(db.read(), "unit", "A-1") == replace(entry, version=2, retired_at=T0)
    assert registry_store.entries(db.read(), "station") == []
    assert (registry_store.setting(db.read(), "x"), registry_store.setting(db.read(), "y")) == ("2", None)


def test_times_come_back_as_they_went_in_whatever_the_machines_zone(tmp_path, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Makassar")
    db = Database.open(tmp_path / "zone.duckdb")
    stored = keep(db, a_case_at(S.MONITORING))
    again = cases.load(db.read(), stored.case.case_id)
    assert again.changed_at == stored.changed_at == stored.case.status_at
    assert again.changed_at.utcoffset().total_seconds() == 0
    assert os.environ["TZ"] == "Asia/Makassar"
    db.close()


def test_a_unit_that_moves_is_still_held_by_the_officer_who_sent_it(center):
    case = a_stored_case(center, S.MONITORING)
    hold = unit_store.holds(center.db.read())[case.committed_units[0].unit_code]
    assert (hold.held_by, hold.status) == (PUTRI.name, "en_route")


# --- what is kept between two events ------------------------------------------------------------------


def test_what_is_kept_is_read_once_and_again_after_an_event(center):
    read = []

    def count(reader):
        row = reader.row("SELECT count(*) FROM case_open")
        read.append(int(row[0]) if row else 0)
        return read[-1]

    assert [center.db.kept("uji", count) for _ in range(3)] == [0, 0, 0]
    intake.open_call(center, at(0), ANI, Channel.CALL_112)
    assert [center.db.kept("uji", count) for _ in range(3)] == [1, 1, 1]
    assert read == [0, 1]


def test_a_change_that_was_not_stored_leaves_what_is_kept(center):
    intake.open_call(center, at(0), ANI, Channel.CALL_112)
    before = monitoring.open_cases(center)
    with pytest.raises(ZeroDivisionError), center.db.write() as writer:
        writer.execute("DELETE FROM case_open")
        writer.next_event_seq()
        1 / 0  # noqa: B018
    assert monitoring.open_cases(center) == before
