"""The stored trail: every change of the past is found and named, retention aside; anchors see a lost end."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from builders import ADE, ANI, DEDI, PUTRI, SARI
from center_builders import S, a_stored_case, at, ref, settings

from database import cases, migrations
from database import trail as store
from database.connection import Database
from domain.case import Actor
from domain.errors import BadInput, NotPermitted
from domain.trail import ENTITY, Fault
from domain.words import Channel, Role
from services import anchors, handling, intake, retention, trail, verify
from services.center import close_center, open_center
from services.change import CaseRef
from services.trail import Wanted

AUDITOR = Actor("Umi", Role.AUDITOR, "umi")
ROOT = Path(__file__).parents[2]
LATER = timedelta(days=400)


@pytest.fixture(scope="module")
def worked(tmp_path_factory):
    """A closed folder with cases and two runs of retention, to be copied."""
    folder = tmp_path_factory.mktemp("jejak")
    center = open_center(settings(folder))
    case = a_stored_case(center, S.CLOSED)
    center.db.read()
    retention.run(center, case.status_at + LATER, SARI)
    other = a_stored_case(center, S.MONITORING, start=60)
    eka = Actor("Eka", Role.DISPATCHER, "eka", "Citra")
    handling.add_sitrep(center, at(80), eka, ref(other), "ombak tinggi")
    close_center()
    return folder


@pytest.fixture
def folder(worked, tmp_path):
    for file in worked.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


@pytest.fixture
def center(folder):
    opened = open_center(settings(folder))
    yield opened
    close_center()


def tampered(folder, *statements):
    """Change the closed file behind Sigap's back and walk it, without anchors."""
    with duckdb.connect(str(folder / "sigap.duckdb")) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for statement in statements:
            connection.execute(statement)
    return broken(trail.check_database(folder / "sigap.duckdb", ()))


def broken(found):
    return (found.broken.seq, found.broken.fault) if found.broken else None


# --- what is stored -------------------------------------------------------------------------------------


def test_after_retention_the_chain_is_whole_and_says_who_erased_when(center):
    found = trail.verify(center, AUDITOR)
    assert (found.is_whole, found.events, found.newest_seq) == (True, *[center.db.newest_event_seq()] * 2)
    assert found.newest_hash == center.db.newest_event().hash
    (run,) = found.erasures
    assert (run.actor, run.action, run.events) == ("Sari", "run_retention", found.erased)
    assert found.erased > 5
    assert found.anchors >= 2


def test_what_was_erased_and_its_salt_are_gone_from_the_event(folder, worked):
    center = open_center(settings(folder / "lain"))
    case = a_stored_case(center, S.CLOSED)
    before = dict(center.db.read().rows("SELECT seq, salt FROM event"))
    retention.run(center, case.status_at + LATER, SARI)
    rows = center.db.read().rows("SELECT seq, salt, digest FROM event")
    (told,) = center.db.read().row("SELECT after FROM event WHERE entity_id = 'erasure'")
    close_center()
    changed = [seq for seq, salt, _ in rows if seq in before and before[seq] != salt]
    assert json.loads(told)["seqs"] == changed
    digests = {digest.hex() for _, _, digest in rows}
    assert digests.isdisjoint(json.loads(told)["digests"])
    assert "Muara" not in told and "foto" not in told


def test_account_and_principal_are_stored_and_chained(center):
    event = store.page(center.db.read(), Wanted(person="citra"), None, 9)[0]
    assert (event.actor, event.account, event.on_behalf_of) == ("Eka", "eka", "Citra")
    (told,) = [e for e in cases.events(center.db.read(), event.entity_id) if e.seq == event.seq]
    assert (told.account, told.on_behalf_of) == ("eka", "Citra")


def test_a_transaction_that_is_given_up_leaves_the_chain_where_it_was(center):
    newest = center.db.newest_event()
    with pytest.raises(ZeroDivisionError), center.db.write() as writer:
        told = (ANI, "uji", "x", "uji", {}, {})
        cases.append_event(writer, *told, occurred_at=at(1), entered_at=at(1))
        1 / 0  # noqa: B018
    assert center.db.newest_event() == newest
    intake.open_call(center, at(90), ANI, Channel.CALL_112)
    assert trail.verify(center, AUDITOR).is_whole


def test_many_cases_changed_at_once_are_chained_like_one(center):
    pairs = [cases.load(center.db.read(), a_stored_case(center, S.VERIFIED, 90 + n).case_id) for n in (0, 9)]
    with center.db.write() as writer:
        cases.save_open(
            writer,
            [(one, replace(one.case, on_scene_commander="Rudi")) for one in pairs],
            actor=DEDI,
            action=handling.Action.UPDATE_DETAILS,
            occurred_at=at(99),
            entered_at=at(99),
        )
    assert trail.verify(center, AUDITOR).is_whole


def test_an_old_file_is_chained_when_it_is_opened(tmp_path, monkeypatch):
    old = tuple(one for one in migrations.MIGRATIONS if one.__name__ < "_013")
    path = tmp_path / "lama.duckdb"
    with duckdb.connect(str(path)) as connection, monkeypatch.context() as patch:
        connection.execute("SET TimeZone = 'UTC'")
        patch.setattr(migrations, "MIGRATIONS", old)
        migrations.migrate(connection)
        connection.execute(
            "INSERT INTO event SELECT n, now() - INTERVAL 1 DAY, now() - n * INTERVAL 1 MICROSECOND, 'Ani', "
            "'call_taker', 'case', 'x', 'take_call', '{}', json_object('n', n, 'kata', 'ombak é') "
            "FROM range(1, 3501) AS r(n)"
        )
        was = connection.execute("SELECT * FROM event ORDER BY seq").fetchall()
    with pytest.raises(trail.NotATrail, match="belum berantai"):
        trail.check_database(path, ())
    monkeypatch.setattr(store.chain, "_BATCH", 1_000)
    db = Database.open(path)
    kept = db.read().rows(
        "SELECT seq, occurred_at, entered_at, actor, role, entity, entity_id, action, before, after "
        "FROM event ORDER BY seq"
    )
    assert kept == was
    assert db.read().row("SELECT DISTINCT account, on_behalf_of FROM event") == ("", "")
    assert db.read().row("SELECT count(DISTINCT salt) FROM event") == (3_500,)
    with db.write() as writer:
        cases.append_event(writer, ANI, "uji", "x", "uji", {}, {}, occurred_at=at(1), entered_at=at(1))
    db.close()
    found = trail.check_database(path, ())
    assert (found.is_whole, found.events) == (True, 3_501)


# --- tampering ------------------------------------------------------------------------------------------

COLUMNS = {
    "occurred_at": ("occurred_at + INTERVAL 1 MICROSECOND", Fault.FIELDS),
    "entered_at": ("entered_at - INTERVAL 1 MICROSECOND", Fault.FIELDS),
    "actor": ("'Budi'", Fault.FIELDS),
    "account": ("'budi'", Fault.FIELDS),
    "on_behalf_of": ("'Sari'", Fault.FIELDS),
    "role": ("'admin'", Fault.FIELDS),
    "entity": ("'unit'", Fault.FIELDS),
    "entity_id": ("'x'", Fault.FIELDS),
    "action": ("'close'", Fault.FIELDS),
    "before": ("json_object('x', 1)", Fault.CONTENT),
    "after": ('json_merge_patch(after, \'{"status": "closed"}\')', Fault.CONTENT),
    "salt": ("'\\x00'::BLOB", Fault.CONTENT),
    "digest": ("'\\x00'::BLOB", Fault.FIELDS),
    "prev_hash": ("'\\x00'::BLOB", Fault.LINK),
    "hash": ("'\\x00'::BLOB", Fault.FIELDS),
}


@pytest.mark.parametrize("which", [30, "erased"])
def test_each_column_of_an_event_is_covered(folder, which):
    path = folder / "sigap.duckdb"
    with duckdb.connect(str(path)) as connection:
        columns = [row[0] for row in connection.execute("DESCRIBE event").fetchall()]
        (told,) = connection.execute("SELECT after FROM event WHERE entity_id = 'erasure'").fetchone()
    assert set(columns) == {"seq", *COLUMNS}
    seq = json.loads(told)["seqs"][2] if which == "erased" else which
    with duckdb.connect(str(path)) as connection:
        for name, (value, fault) in COLUMNS.items():
            connection.execute("BEGIN")
            connection.execute(f"UPDATE event SET {name} = {value} WHERE seq = {seq}")
            assert broken(store.check(store.Reader(connection))) == (seq, fault), name
            connection.execute("ROLLBACK")
        assert store.check(store.Reader(connection)).is_whole


def test_an_event_taken_out_is_named(folder):
    assert tampered(folder, "DELETE FROM event WHERE seq = 7") == (7, Fault.MISSING)


def test_a_first_event_taken_out_is_named(folder):
    assert tampered(folder, "DELETE FROM event WHERE seq <= 2") == (1, Fault.MISSING)


def test_a_long_gap_is_named_without_looking_through_it(folder):
    found = tampered(folder, "UPDATE event SET seq = 9000000000000000000 WHERE seq = 8")
    assert found == (8, Fault.MISSING)


def test_an_event_put_in_is_named(folder):
    again = "INSERT INTO event SELECT * REPLACE ({} AS seq) FROM event WHERE seq = 5"
    assert tampered(folder, again.format(5)) == (5, Fault.DOUBLED)


def test_an_event_put_before_the_first_is_named(folder):
    found = tampered(folder, "INSERT INTO event SELECT * REPLACE (0 AS seq) FROM event WHERE seq = 5")
    assert found == (0, Fault.DOUBLED)


def test_two_events_exchanged_are_named(folder):
    assert tampered(
        folder,
        "UPDATE event SET seq = -1 WHERE seq = 5",
        "UPDATE event SET seq = 5 WHERE seq = 6",
        "UPDATE event SET seq = 6 WHERE seq = -1",
    ) == (5, Fault.LINK)


def a_forged_erasure(folder):
    """Erase an event as retention would, but put nothing on record."""
    path = folder / "sigap.duckdb"
    db = Database.open(path)
    with pytest.raises(RuntimeError), db.write() as writer:
        store.erase(writer, [store.Content(30, {}, {"status": "closed"})], ADE, "run_retention", at(99))
        row = writer.row("SELECT before, after, salt FROM event WHERE seq = 30")
        raise RuntimeError("nothing is stored")
    db.close()
    return row


def test_an_erasure_that_is_not_on_record_is_found(folder):
    before, after, salt = a_forged_erasure(folder)
    told = f"before = '{before}', after = '{after}', salt = unhex('{salt.hex()}')"
    assert tampered(folder, f"UPDATE event SET {told} WHERE seq = 30") == (30, Fault.CONTENT)


def test_a_record_of_an_erasure_that_is_forged_into_another_event_is_found(folder):
    before, after, salt = a_forged_erasure(folder)
    digest = store.content_digest(salt, before, after).hex()
    told = f"before = '{before}', after = '{after}', salt = unhex('{salt.hex()}')"
    with duckdb.connect(str(folder / "sigap.duckdb")) as connection:
        (last,) = connection.execute("SELECT max(seq) FROM event").fetchone()
    record = json.dumps({"seqs": [30], "digests": [digest]})
    assert tampered(
        folder,
        f"UPDATE event SET {told} WHERE seq = 30",
        f"UPDATE event SET entity = 'trail', entity_id = 'erasure', after = '{record}' WHERE seq = {last}",
    ) == (last, Fault.FIELDS)


def test_what_was_erased_cannot_be_put_back_unseen(folder):
    seq = tampered_back(folder)
    assert broken(trail.check_database(folder / "sigap.duckdb", ())) == (seq, Fault.CONTENT)


def tampered_back(folder):
    """Give an erased event a sentence again, with a fitting salt of its own."""
    with duckdb.connect(str(folder / "sigap.duckdb")) as connection:
        (told,) = connection.execute("SELECT after FROM event WHERE entity_id = 'erasure'").fetchone()
        seq = json.loads(told)["seqs"][0]
        connection.execute(
            "UPDATE event SET after = replace(after::VARCHAR, '[dihapus', '[Siti')::JSON WHERE seq = ?", [seq]
        )
    return seq


def test_of_two_erasures_the_newer_counts_and_the_older_content_is_not_believed_again(folder):
    db = Database.open(folder / "sigap.duckdb")
    for text in ("nama tertutup", "semua tertutup"):
        with db.write() as writer:
            kept = writer.row("SELECT before, after, salt FROM event WHERE seq = 30")
            content = store.Content(30, {}, {"text": text})
            store.erase(writer, [content], SARI, "subject_request", at(99))
    db.close()
    found = trail.check_database(folder / "sigap.duckdb", ())
    assert found.is_whole and found.erasures[-1].action == "subject_request"
    before, after, salt = kept
    told = f"before = '{before}', after = '{after}', salt = unhex('{salt.hex()}')"
    assert "nama tertutup" in after
    assert tampered(folder, f"UPDATE event SET {told} WHERE seq = 30") == (30, Fault.CONTENT)


def test_an_erasures_own_record_cannot_be_erased_by_another(folder):
    db = Database.open(folder / "sigap.duckdb")
    (seq,) = db.read().row("SELECT seq FROM event WHERE entity_id = 'erasure'")
    with db.write() as writer:
        store.erase(writer, [store.Content(seq, {}, {"seqs": []})], ADE, "run_retention", at(999))
    db.close()
    assert broken(trail.check_database(folder / "sigap.duckdb", ())) is None


def test_words_that_are_no_json_are_told_and_do_not_stop_the_walk(folder):
    with duckdb.connect(str(folder / "sigap.duckdb")) as connection:
        connection.execute("ALTER TABLE event ALTER after TYPE VARCHAR")
        connection.execute("UPDATE event SET after = '{\"seqs\": [' WHERE entity_id = 'erasure'")
        (seq,) = connection.execute("SELECT seq FROM event WHERE entity_id = 'erasure'").fetchone()
        connection.execute("UPDATE event SET seq = seq")
    found = trail.check_database(folder / "sigap.duckdb", ())
    assert found.broken.fault is Fault.CONTENT
    assert found.broken.seq <= seq


# --- anchors --------------------------------------------------------------------------------------------


def cut(folder, last):
    """Cut the trail's end off."""
    with duckdb.connect(str(folder / "sigap.duckdb")) as connection:
        connection.execute("DELETE FROM event WHERE seq > ?", [last])


def anchor_lines(folder):
    return [json.loads(line) for line in (folder / anchors.NAME).read_text().splitlines()]


def test_start_stop_and_five_minutes_leave_an_anchor_when_the_trail_grew(folder):
    count = len(anchor_lines(folder))
    center = open_center(settings(folder))
    assert len(anchor_lines(folder)) == count
    intake.open_call(center, at(90), ANI, Channel.CALL_112)
    assert anchors.drop(center.db, folder, at(91))
    assert not anchors.drop(center.db, folder, at(92))
    newest = anchor_lines(folder)[-1]
    assert (newest["seq"], newest["hash"]) == (
        center.db.newest_event_seq(),
        center.db.newest_event().hash.hex(),
    )
    intake.open_call(center, at(93), ANI, Channel.CALL_112)
    close_center()
    assert anchor_lines(folder)[-1]["seq"] == newest["seq"] + 1


def test_an_end_cut_off_is_named_by_verify_and_sigap_does_not_start_silently(folder):
    last = anchor_lines(folder)[-1]["seq"]
    cut(folder, last - 3)
    found = trail.check_database(folder / "sigap.duckdb", tuple(anchors.anchors(folder, "sigap.duckdb")))
    assert (broken(found), found.broken.anchor.seq) == ((last - 2, Fault.END), last)
    said = verify.told(found)
    assert (
        f"RANTAI PUTUS pada peristiwa {last - 2}" in said
        and f"Hilang: nomor {last - 2} sampai {last}" in said
    )
    for accepted in ("", "x", str(last - 1)):
        with pytest.raises(anchors.EventsLost) as refused:
            open_center(replace(settings(folder), accept_loss=accepted))
        assert f"SIGAP_ACCEPT_LOSS={last}" in refused.value.sentence()
        assert f"berakhir di nomor {last - 3}" in refused.value.sentence()
    with duckdb.connect(str(folder / "sigap.duckdb")) as connection:
        assert connection.execute("SELECT max(seq) FROM event").fetchone() == (last - 3,)


def test_an_accepted_loss_is_on_record_and_verifies_from_then_on(folder):
    last = anchor_lines(folder)[-1]["seq"]
    cut(folder, last - 3)
    center = open_center(replace(settings(folder), accept_loss=str(last)))
    event = cases.latest_events(center.db.read(), 1)[0]
    assert (event.entity, event.entity_id, event.after["lost"], event.after["stands_at"]) == (
        ENTITY,
        "loss",
        last,
        last - 3,
    )
    for minute in range(90, 95):
        intake.open_call(center, at(minute), ANI, Channel.CALL_112)
    found = trail.verify(center, AUDITOR)
    assert (found.is_whole, found.losses) == (True, 1)
    close_center()
    open_center(settings(folder))
    close_center()
    cut(folder, last)
    with pytest.raises(anchors.EventsLost):
        open_center(replace(settings(folder), accept_loss=str(last)))


def test_a_file_that_is_gone_is_a_loss_too(folder):
    (folder / "sigap.duckdb").unlink()
    with pytest.raises(anchors.EventsLost, match="berakhir di nomor 0"):
        open_center(settings(folder))


def test_another_file_in_the_same_folder_is_not_measured_by_these_anchors(folder):
    open_center(replace(settings(folder), db_path=folder / "lain.duckdb"))
    close_center()


def test_a_trail_written_anew_is_refused(folder):
    """All hashes fit each other again, so only the anchor knows."""
    with duckdb.connect(str(folder / "sigap.duckdb")) as connection:
        connection.execute("UPDATE event SET actor = 'Budi' WHERE seq = 3")
        connection.execute("UPDATE event SET entity = 'lain' WHERE entity_id = 'erasure'")
        connection.execute("CREATE TABLE told AS SELECT * FROM event ORDER BY seq")
        connection.execute("DELETE FROM event")
        store.chain.append_table(connection, "told", store.chain.Tip(*store.chain.Newest()))
        connection.execute("DROP TABLE told")
    assert trail.check_database(folder / "sigap.duckdb", ()).is_whole
    with pytest.raises(anchors.EventsLost, match="sekarang lain"):
        open_center(settings(folder))


def test_a_line_that_the_power_cut_short_is_left_out_and_the_next_stands_alone(folder):
    path = folder / anchors.NAME
    whole = anchor_lines(folder)
    with path.open("ab") as file:
        file.write(b'{"file": "sigap.duckdb", "se')
    center = open_center(settings(folder))
    intake.open_call(center, at(90), ANI, Channel.CALL_112)
    close_center()
    kept = list(anchors.anchors(folder, "sigap.duckdb"))
    assert [one.seq for one in kept] == [*(line["seq"] for line in whole), whole[-1]["seq"] + 1]


def test_a_loss_that_is_none_is_not_accepted(center, folder):
    with pytest.raises(BadInput, match="tidak ada peristiwa yang hilang"):
        trail.accept_loss(center.db, folder, at(99), ADE, center.db.newest_event_seq())


# --- export ---------------------------------------------------------------------------------------------


def exported(center, folder, wanted=None, *, contents=True):
    path = folder / "jejak.jsonl"
    with path.open("wb") as out:
        told = trail.write_lines(center, at(99), AUDITOR, out, wanted or Wanted(), contents=contents)
    return path, told


def third_party(path):
    """Verify by the program that knows nothing of Sigap."""
    tool = [sys.executable, "-I", str(ROOT / "tools" / "verify_trail.py"), str(path)]
    done = subprocess.run(tool, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_an_export_is_on_record_and_verifies_with_and_without_sigap(center, folder):
    newest = center.db.newest_event()
    path, told = exported(center, folder)
    assert (told.first_seq, told.last_seq, told.events) == (1, newest.seq, newest.seq)
    event = cases.latest_events(center.db.read(), 1)[0]
    assert (event.entity_id, event.actor, event.account, event.after["to"]) == (
        "export",
        "Umi",
        "umi",
        newest.seq,
    )
    found = trail.check_lines(path, tuple(anchors.anchors(folder, "sigap.duckdb")))
    assert (found.is_whole, found.events, found.newest_hash) == (True, newest.seq, newest.hash)
    assert found.erased == trail.verify(center, AUDITOR).erased
    code, said = third_party(path)
    assert code == 0 and newest.hash.hex() in said


EDITS = {
    "actor": (lambda line: line | {"actor": "Budi"}, Fault.FIELDS),
    "account": (lambda line: line | {"account": "budi"}, Fault.FIELDS),
    "time": (lambda line: line | {"entered_at": "2031-03-05T00:00:00.000001Z"}, Fault.FIELDS),
    "after": (lambda line: line | {"after": "{}"}, Fault.CONTENT),
    "gone": (lambda _line: None, Fault.MISSING),
    "link": (lambda line: line | {"prev_hash": "00" * 32}, Fault.LINK),
    "erased": (lambda line: line | {"after": "{}", "erased_by": 28}, Fault.CONTENT),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_export_that_was_changed_is_found_by_both(center, folder, edit):
    path, _told = exported(center, folder)
    lines = path.read_text().splitlines()
    change, fault = EDITS[edit]
    changed = change(json.loads(lines[30]))
    path.write_text("\n".join([*lines[:30], *([json.dumps(changed)] if changed else []), *lines[31:]]) + "\n")
    assert broken(trail.check_lines(path, ())) == (30, fault)
    code, said = third_party(path)
    assert code == 1 and "event 30" in said


def test_an_export_that_lost_its_end_is_found_by_both(center, folder):
    path, told = exported(center, folder)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert broken(trail.check_lines(path, ())) == (told.last_seq, Fault.MISSING)
    assert third_party(path)[0] == 1


def test_an_export_without_contents_has_no_sentence_and_no_salt_but_the_chain(center, folder):
    path, told = exported(center, folder, contents=False)
    lines = [json.loads(line) for line in path.read_text().splitlines()[1:]]
    assert {line["entity"] for line in lines if "after" in line or "salt" in line} == {ENTITY}
    assert "ombak tinggi" not in path.read_text()
    found = trail.check_lines(path, ())
    assert (found.is_whole, found.unread) == (True, told.events - 1)
    assert third_party(path)[0] == 0


def test_a_stretch_says_what_it_cannot_prove(center, folder):
    path, told = exported(center, folder, Wanted(until=at(20)))
    assert told.last_seq < 25
    found = trail.check_lines(path, ())
    assert found.is_whole and found.unproven > 0
    code, said = third_party(path)
    assert code == 0 and "erased after the end" in said


def test_a_file_that_is_no_export_is_refused(tmp_path):
    for text in ("", "{}\n", "bukan json\n", '{"format": "sigap.trail.v1"}\n'):
        path = tmp_path / "x.jsonl"
        path.write_text(text)
        with pytest.raises(trail.NotATrail, match="bukan ekspor"):
            trail.check_lines(path, ())


def test_a_table_neutralises_formulas_and_takes_only_what_is_wanted(center):
    evil = Actor("=cmd|'/c calc'!A1", Role.DISPATCHER, "@eka")
    seen = trail.page(center, AUDITOR, Wanted(person="citra"))[0]
    handling.add_sitrep(center, at(220), evil, CaseRef(seen.entity_id), "kabar")
    out = io.BytesIO()
    told = trail.write_table(center, at(221), AUDITOR, out, Wanted(person="cmd"), contents=True)
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    assert (len(rows), told.events) == (1, 1)
    assert rows[0]["actor"] == "'=cmd|'/c calc'!A1"
    assert rows[0]["account"] == "'@eka"
    assert "kabar" in rows[0]["after"]


def test_only_those_who_may_check_and_export(center):
    for actor in (ANI, DEDI, PUTRI):
        with pytest.raises(NotPermitted):
            trail.verify(center, actor)
        with pytest.raises(NotPermitted):
            trail.page(center, actor, Wanted())
    seq = center.db.newest_event_seq()
    for actor in (DEDI, ADE):
        for write in (trail.write_lines, trail.write_table):
            with pytest.raises(NotPermitted):
                write(center, at(99), actor, io.BytesIO(), Wanted(), contents=False)
    assert center.db.newest_event_seq() == seq


def test_the_list_is_bounded_and_goes_on_page_by_page(center):
    first = trail.page(center, AUDITOR, Wanted())
    every, before = [*first], first[-1].seq
    while more := trail.page(center, AUDITOR, Wanted(), before):
        every += more
        before = more[-1].seq
    assert len(first) == min(trail.PAGE, len(every))
    assert [one.seq for one in every] == list(range(center.db.newest_event_seq(), 0, -1))
    assert every[-1].call_no


# --- the command ----------------------------------------------------------------------------------------


def test_the_command_says_whole_or_the_first_broken_link(folder, monkeypatch, capsys):
    monkeypatch.setenv("SIGAP_VAR", str(folder))
    monkeypatch.setenv("SIGAP_DB", str(folder / "sigap.duckdb"))
    monkeypatch.setenv("SIGAP_DEMO", "0")
    assert verify.main([]) == 0
    said = capsys.readouterr().out
    assert "RANTAI UTUH" in said and "oleh Sari (run_retention)" in said and "jangkar" in said
    tampered(folder, "UPDATE event SET actor = 'Budi' WHERE seq = 4")
    assert verify.main(["--from", str(folder / "sigap.duckdb")]) == 1
    assert "RANTAI PUTUS pada peristiwa 4" in capsys.readouterr().out
    assert verify.main(["--from", str(folder / "tidak-ada.duckdb")]) == 1
    assert "tidak ada" in capsys.readouterr().err


HOLDER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.readline()
"""


def test_the_command_says_what_to_do_while_sigap_runs(folder, capsys):
    path = str(folder / "sigap.duckdb")
    holder = [sys.executable, "-c", HOLDER, path]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        assert verify.main(["--from", path]) == 1
        process.communicate("go\n")
    said = capsys.readouterr().err
    assert "sedang dipakai Sigap yang berjalan" in said and "FROM=" in said
