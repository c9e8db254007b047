"""Personal data goes when its time is over, wherever it lies; facts, the trail and held cases stay."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from builders import ADE, ANI, DEDI, PUTRI, SARI
from center_builders import REPORT, T0, a_stored_case, at, ref, settings

from database import cases, reads
from database import retention as store
from database.reads import Filter
from domain.case import Case
from domain.errors import BadInput, NotFound, NotPermitted, StoreUnavailable
from domain.retention import ERASED, Field, Kept, Rule
from domain.words import CallClass, CaseStatus, Channel
from services import alarms, exits, intake, monitoring, records, retention
from services.center import Center, close_center, open_center
from services.intake import Report

S = CaseStatus
DAYS = timedelta(days=1)
PRANK_DAYS, IDENTITY_DAYS = 30, 365
"""As `kota_uji` says; it looks back on a number's calls for 7 days."""
SECRETS = ("Siti", "Aminah", "081234567890", "0812 3456 7890", "Perahu terbalik", "•••890", "h:")
TEXT_SECRETS = ("Muara", "Korban terlihat", "Dua orang selamat", "foto.jpg")


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def dump(center: Center, *but: str) -> str:
    """Return everything that the database holds, as text; without the tables `but`."""
    reader = center.db.read()
    tables = [row[0] for row in reader.rows("SELECT table_name FROM information_schema.tables")]
    kept = [name for name in tables if name not in ("case_all", "registry", *but)]
    return " ".join(str(row) for name in kept for row in reader.rows(f"SELECT * FROM {name}"))


def a_prank(center: Center, start: float = 0) -> Case:
    report = replace(REPORT, narrative="Hinaan dari Siti", incident=replace(REPORT.incident, type_code=None))
    case = intake.take_call(center, at(start), ANI, Channel.CALL_112, report)
    case = intake.propose_class(center, at(start + 1), ANI, ref(case), CallClass.PRANK)
    case = intake.classify(center, at(start + 2), DEDI, ref(case), CallClass.PRANK)
    return intake.close_call(center, at(start + 3), DEDI, ref(case), "Siti Aminah mengaku iseng")


def nos(found: tuple[retention.Due, ...]) -> list[str]:
    return [one.call_no for one in found]


def test_a_plan_names_case_rule_fields_and_date_and_changes_nothing(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    before, seq = dump(center), center.db.newest_event_seq()
    assert retention.plan(center, case.status_at + (IDENTITY_DAYS - 1) * DAYS).due == ()
    now = case.status_at + IDENTITY_DAYS * DAYS
    (one,) = retention.plan(center, now).due
    assert (one.case_id, one.rule, one.closed_at, one.due_at) == (
        case.case_id,
        Rule.IDENTITY,
        case.status_at,
        now,
    )
    assert one.fields == (Field.NAME, Field.NUMBER, Field.NARRATIVE, Field.TEXTS, Field.NUMBER_HASH)
    assert retention.plan(center, now).kept == {Kept.SENT: 1, Kept.FILES: 1}
    assert (dump(center), center.db.newest_event_seq()) == (before, seq)


def test_nothing_personal_is_left_but_the_masked_bytes_that_were_sent(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    assert all(secret in dump(center) for secret in ("Siti Aminah", "081234567890", "Perahu", "Muara", "h:"))
    retention.run(center, case.status_at + IDENTITY_DAYS * DAYS, SARI)
    left = dump(center, "outbox")
    assert [secret for secret in (*SECRETS, *TEXT_SECRETS) if secret in left] == []
    assert cases.get_private(center.db.read(), case.case_id).narrative == ""


def test_facts_stay_as_they_were(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    before = records.record(center, at(99), case.case_id)
    retention.run(center, case.status_at + IDENTITY_DAYS * DAYS, SARI)
    after = records.record(center, at(99), case.case_id)
    assert before["call"].pop("reporter_ref") and before["call"].pop("reporter_phone_masked")
    assert before["incident"].pop("summary")
    assert (after["call"].pop("reporter_ref"), after["call"].pop("reporter_phone_masked")) == (None, None)
    assert after["incident"].pop("summary") is None
    assert after == before
    assert [line.call_no for line in reads.lines(center.db.read(), Filter(), 9)] == [case.call_no]


def test_the_trail_keeps_every_event_and_still_gives_the_case(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    shape = (
        "SELECT seq, occurred_at, entered_at, actor, role, entity, entity_id, action FROM event ORDER BY seq"
    )
    before = center.db.read().rows(shape)
    retention.run(center, case.status_at + IDENTITY_DAYS * DAYS, SARI)
    after = center.db.read().rows(shape)
    assert after[: len(before)] == before
    assert [row[5:] for row in after[len(before) :]] == [
        ("trail", "erasure", "run_retention"),
        ("retention", case.case_id, "run_retention"),
    ]
    reader = center.db.read()
    assert cases.rebuilt(reader, case.case_id) == cases.get(reader, case.case_id)
    assert cases.get(reader, case.case_id).sitreps[0].text == ERASED


def test_its_event_says_rule_and_fields_and_nothing_that_stood_there(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    now = case.status_at + IDENTITY_DAYS * DAYS
    retention.run(center, now, ADE)
    event = cases.latest_events(center.db.read(), 1)[0]
    assert (event.entity, event.entity_id, event.action, event.actor) == (
        "retention",
        case.case_id,
        "run_retention",
        "Ade",
    )
    assert event.after == {"rule": "identity", "fields": [field.value for field in Field]}


def test_pranks_go_first_with_the_hash_of_their_number(center: Center) -> None:
    normal, prank = a_stored_case(center, S.CLOSED), a_prank(center, 200)
    now = prank.status_at + PRANK_DAYS * DAYS
    assert retention.plan(center, now - timedelta(seconds=1)).due == ()
    done = retention.run(center, now, SARI)
    assert nos(done.anonymised) == [prank.call_no]
    assert done.anonymised[0].rule is Rule.PRANK
    call = cases.get(center.db.read(), prank.case_id).call
    assert (call.reporter_ref, call.reporter_phone_masked, call.closing_note) == (None, None, ERASED)
    assert call.call_class is CallClass.PRANK
    assert cases.get_private(center.db.read(), normal.case_id).reporter_name == "Siti Aminah"


def test_a_hash_stays_while_the_city_looks_back_on_a_callers_calls(tmp_path: Path) -> None:
    pack = tmp_path / "kota"
    source = Path(settings(tmp_path).city_dir)
    pack.mkdir()
    for file in source.iterdir():
        text = file.read_bytes()
        if file.name == "city.toml":
            text = text.replace(b"history_days = 7", b"history_days = 60")
        (pack / file.name).write_bytes(text)
    center = open_center(replace(settings(tmp_path), city_dir=pack))
    try:
        prank = a_prank(center)
        (done,) = retention.run(center, prank.status_at + PRANK_DAYS * DAYS, SARI).anonymised
        assert Field.NUMBER_HASH not in done.fields
        later = prank.status_at + 59 * DAYS
        assert intake.history_of_number(center, later, "0812 3456 7890") == {"prank": 1}
        assert retention.plan(center, later).due == ()
        (done,) = retention.run(center, prank.status_at + 60 * DAYS, SARI).anonymised
        assert done.fields == (Field.NUMBER_HASH,)
        assert intake.history_of_number(center, later, "0812 3456 7890") == {}
        assert "h:" not in dump(center, "outbox")
    finally:
        close_center()


def test_a_run_again_finds_nothing(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    now = case.status_at + IDENTITY_DAYS * DAYS
    assert nos(retention.run(center, now, SARI).anonymised) == [case.call_no]
    before = dump(center)
    assert retention.run(center, now + DAYS, SARI).anonymised == ()
    assert dump(center) == before


def test_a_case_that_was_opened_again_goes_again_after_its_new_closing(center: Center) -> None:
    case = a_prank(center)
    now = case.status_at + PRANK_DAYS * DAYS
    retention.run(center, now, SARI)
    seen = ref(monitoring.get(center, case.case_id))
    case = intake.reclassify(center, now, DEDI, seen, CallClass.GHOST, "salah jenis")
    case = intake.update_details(center, now, ANI, ref(case), reporter_name="Wati Susanti")
    assert retention.plan(center, now + 999 * DAYS).due == ()
    case = intake.log_callback(center, now, ANI, ref(case))
    case = intake.close_call(center, now, DEDI, ref(case), "Bu Wati tidak menjawab")
    (again,) = retention.run(center, now + PRANK_DAYS * DAYS, SARI).anonymised
    assert again.fields == (Field.NAME, Field.TEXTS)
    assert "Wati" not in dump(center)
    assert cases.rebuilt(center.db.read(), case.case_id) == cases.get(center.db.read(), case.case_id)


def test_a_held_case_stays_whole_and_is_named_until_it_is_released(center: Center) -> None:
    held, free = a_stored_case(center, S.CLOSED), a_stored_case(center, S.CLOSED, start=100)
    retention.hold(center, at(300), SARI, held.case_id, "Penyidikan LP/12: nomor 0812-3456-7890 Siti Aminah")
    now = free.status_at + IDENTITY_DAYS * DAYS
    plan = retention.plan(center, now)
    assert (nos(plan.due), nos(plan.held)) == ([free.call_no], [held.call_no])
    assert plan.held[0].hold is not None and plan.held[0].hold.placed_by == "Sari"
    printed = retention.table(center, plan)
    assert f"{held.call_no}" in printed and "DITAHAN" in printed and "Penyidikan LP/12" in printed
    done = retention.run(center, now, SARI)
    assert (nos(done.anonymised), nos(done.held)) == ([free.call_no], [held.call_no])
    assert cases.get_private(center.db.read(), held.case_id).callback_number == "081234567890"
    retention.release(center, now, SARI, held.case_id, "penyidikan selesai")
    assert nos(retention.run(center, now, SARI).anonymised) == [held.call_no]
    assert retention.holds(center) == ()


def test_the_events_of_a_hold_tell_its_reason_without_the_person(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    retention.hold(center, at(300), SARI, case.case_id, "Penyidikan: 0812-3456-7890, Siti Aminah")
    retention.release(center, at(301), SARI, case.case_id, "selesai")
    released, held = cases.latest_events(center.db.read(), 2)
    assert (held.action, held.after["held"], released.after) == (
        "legal_hold",
        True,
        {"held": False, "reason": "selesai"},
    )
    assert held.after["reason"].startswith("Penyidikan: •••")
    assert "Siti" not in json.dumps(held.after) and "3456" not in json.dumps(held.after)


def test_a_hold_keeps_the_reports_that_were_merged_into_its_case(center: Center) -> None:
    primary = a_stored_case(center, S.VERIFIED)
    second = a_stored_case(center, S.CLASSIFIED, start=5)
    second, primary = exits.merge(center, at(10), DEDI, ref(second), ref(primary))
    retention.hold(center, at(11), SARI, primary.case_id, "permintaan pengadilan")
    plan = retention.plan(center, at(10) + IDENTITY_DAYS * DAYS)
    assert (nos(plan.due), nos(plan.held)) == ([], [second.call_no])
    assert plan.held[0].hold is not None and plan.held[0].hold.call_no == primary.call_no


def test_open_cases_are_never_due(center: Center) -> None:
    a_stored_case(center, S.MONITORING)
    assert retention.plan(center, T0 + 9999 * DAYS).due == ()


def test_only_those_who_may_run_it_and_hold(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    for actor in (ANI, DEDI, PUTRI):
        with pytest.raises(NotPermitted):
            retention.run(center, at(999), actor)
    for actor in (DEDI, ADE):
        with pytest.raises(NotPermitted):
            retention.hold(center, at(99), actor, case.case_id, "alasan")
        with pytest.raises(NotPermitted):
            retention.release(center, at(99), actor, case.case_id, "alasan")


def test_a_hold_needs_a_case_a_reason_and_to_be_the_only_one(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    with pytest.raises(NotFound):
        retention.hold(center, at(99), SARI, "bukan-uuid", "alasan")
    with pytest.raises(BadInput, match="kosong"):
        retention.hold(center, at(99), SARI, case.case_id, "  ")
    with pytest.raises(BadInput, match="tidak ada"):
        retention.release(center, at(99), SARI, case.case_id, "alasan")
    retention.hold(center, at(99), SARI, case.case_id, "alasan")
    with pytest.raises(BadInput, match="sudah berlaku"):
        retention.hold(center, at(100), SARI, case.case_id, "alasan lain")


def test_a_case_that_cannot_be_read_is_told_and_holds_up_no_other(center: Center) -> None:
    broken, sound = a_stored_case(center, S.CLOSED), a_stored_case(center, S.CLOSED, start=100)
    with center.db.write() as writer:
        writer.execute("UPDATE case_archive SET state = '{}' WHERE case_id = ?", broken.case_id)
    done = retention.run(center, sound.status_at + IDENTITY_DAYS * DAYS, SARI)
    assert (nos(done.anonymised), done.unreadable) == ([sound.call_no], (broken.call_no,))
    assert cases.get_private(center.db.read(), broken.case_id).reporter_name == "Siti Aminah"


def test_looks_at_an_identity_and_notes_to_alarms_lose_the_name(center: Center) -> None:
    case = a_stored_case(center, S.CLASSIFIED)
    alarms.raise_due(center, at(30))
    for one in alarms.listed(center, at(30)):
        alarms.acknowledge(center, at(30), SARI, one.alarm.key, "Siti Aminah sudah ditelepon")
    case = exits.merge(center, at(31), DEDI, ref(case), ref(a_stored_case(center, S.VERIFIED, start=25)))[0]
    monitoring.reveal(center, at(32), SARI, case.case_id, "keluarga Siti Aminah bertanya")
    retention.run(center, at(31) + IDENTITY_DAYS * DAYS, SARI)
    reader = center.db.read()
    told = str(reader.rows("SELECT after FROM event WHERE entity_id = ?", case.case_id))
    told += str(reader.rows("SELECT note FROM alarm WHERE case_id = ?", case.case_id))
    assert "ditelepon" in told and "keluarga" in told and "bertanya" in told
    assert "Siti" not in told and "Aminah" not in told


def test_the_command_plans_then_erases_and_leaves_nothing_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SIGAP_VAR", str(tmp_path))
    monkeypatch.setenv("SIGAP_CITY", str(settings(tmp_path).city_dir))
    monkeypatch.setenv("SIGAP_DB", str(tmp_path / "o'ng sigap.duckdb"))
    monkeypatch.setenv("SIGAP_DEMO", "0")
    file = tmp_path / "o'ng sigap.duckdb"
    center = open_center(replace(settings(tmp_path), db_path=file))
    long_ago = datetime.now(UTC) - timedelta(days=PRANK_DAYS + 1)
    marks = [f"RAHASIA{n:03d}XQZ" for n in range(40)]
    for mark in marks:
        report = Report(narrative=f"Perihal {mark}", no_number_reason=mark, anonymous_reason="x")
        case = intake.take_call(center, long_ago, ANI, Channel.CALL_112, report)
        case = intake.propose_class(center, long_ago, ANI, ref(case), CallClass.PRANK)
        case = intake.classify(center, long_ago, DEDI, ref(case), CallClass.PRANK)
        case = intake.close_call(center, long_ago, DEDI, ref(case), f"Catatan {mark}")
    close_center()
    monkeypatch.setattr("sys.argv", ["retention"])
    assert retention.main() == 0
    told = capsys.readouterr().out
    assert told.count(case.call_no) == 1 and "40 kasus akan dianonimkan, 0 ditahan." in told
    assert b"RAHASIA" in file.read_bytes(), "otherwise a compressed file would prove nothing"
    monkeypatch.setattr("sys.argv", ["retention", "--run"])
    assert retention.main() == 0
    assert "40 kasus dianonimkan." in capsys.readouterr().out
    assert b"RAHASIA" not in file.read_bytes()
    assert not list(tmp_path.glob("*.baru"))
    center = open_center(replace(settings(tmp_path), db_path=file))
    try:
        assert cases.rebuilt(center.db.read(), case.case_id) == cases.get(center.db.read(), case.case_id)
        assert retention.plan(center, datetime.now(UTC)).due == ()
        with center.db.write() as writer, pytest.raises(duckdb.ConstraintException):
            writer.execute("INSERT INTO counter SELECT * FROM counter")
            writer.execute("INSERT INTO case_private VALUES (?, 'x', NULL, NULL)", case.case_id)
            writer.execute("INSERT INTO case_private VALUES (?, 'x', NULL, NULL)", case.case_id)
    finally:
        close_center()


def test_a_file_that_cannot_be_written_anew_stays_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "sigap.duckdb"
    file.write_bytes(b"bukan basis data" * 1000)
    with pytest.raises(StoreUnavailable, match="ditulis ulang"):
        store.rewrite(file)
    assert file.read_bytes() == b"bukan basis data" * 1000
    assert [one.name for one in tmp_path.iterdir()] == ["sigap.duckdb"]
