"""A data subject's rights on the real store: found, copied, corrected, erased; and who saw what."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from builders import ANI, DEDI, SARI
from center_builders import REPORT, a_stored_case, at, ref, settings
from paper_reading import text_of

from database import cases, trail
from database.codec import fold
from domain.access_log import Rule, Seen, Way
from domain.case import Case
from domain.errors import BadInput, NotPermitted
from domain.subject import Part, RequestKind, RequestState, Subject
from domain.words import CallClass, CaseStatus, Channel
from services import access_log, exits, intake, monitoring, retention, subject
from services.access_log import Wanted
from services.center import Center, close_center, open_center

NAME, NUMBER = "Ratnasari Widuri", "0857 7777 1234"
PLANTED = ("ratnasari", "widuri", "85777771234", "5777771234")
OTHER = "Bapak Hasanudin (0811 2222 333)"
LATER = at(24 * 60)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    opened = open_center(settings(tmp_path))
    yield opened
    close_center()


def a_prank(
    center: Center, start: float, name: str = NAME, number: str = NUMBER, words: str = "", note: str = ""
) -> Case:
    """Return a closed prank call; the shortest way to a closed case."""
    told = replace(
        REPORT,
        narrative=words or f"Saya {name}, nomor {number}. Juga ada {OTHER}.",
        reporter_name=name,
        callback_number=number,
        location=replace(REPORT.location, place_text=f"rumah {name}"),
    )
    case = intake.take_call(center, at(start), ANI, Channel.CALL_112, told)
    case = intake.propose_class(center, at(start), ANI, ref(case), CallClass.PRANK)
    case = intake.classify(center, at(start + 1), DEDI, ref(case), CallClass.PRANK)
    return intake.close_call(center, at(start + 2), DEDI, ref(case), note or f"{name} mengaku bercanda")


def everything(center: Center, but: tuple[str, ...] = ()) -> str:
    """Return every value of every table as one text, digits without what stands between them."""
    reader = center.db.read()
    tables = reader.rows("SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'")
    rows = [row for (table,) in tables if table not in but for row in reader.rows(f'SELECT * FROM "{table}"')]
    text = " ".join(
        value.decode("utf-8", "ignore") if isinstance(value, bytes) else str(value)
        for row in rows
        for value in row
    )
    return text.casefold() + " " + text.replace(" ", "").replace("-", "")


def planted_in(text: str) -> list[str]:
    return [word for word in PLANTED if word in text.casefold()]


def taken(center: Center, kind: RequestKind, who: Subject, now: datetime = LATER) -> str:
    return subject.take(center, now, SARI, kind, who, "KTP diperlihatkan di loket").request_id


def test_a_person_is_found_by_number_name_misspelling_and_mention_and_shown_masked(center: Center) -> None:
    own = a_prank(center, 0)
    told = a_prank(
        center, 10, "Budi Hartono", "0813 0000 9999", f"Kata {NAME} ({NUMBER}) ada asap. {OTHER} lari."
    )
    a_prank(center, 20, "Ratna Sulastri", "0813 1111 8888", "Tidak ada hubungan.")
    who = subject.subject_of(NAME, "+62 857-7777-1234")
    request_id = taken(center, RequestKind.COPY, who)
    found = subject.find(center, LATER, SARI, request_id, who)
    assert {one.call_no: one.part for one in found} == {
        own.call_no: Part.REPORTER,
        told.call_no: Part.MENTIONED,
    }
    for wanted in (subject.subject_of("", NUMBER), subject.subject_of("Ratnasari Widury")):
        assert own.call_no in [one.call_no for one in subject.find(center, LATER, SARI, request_id, wanted)]
    assert not planted_in(str(found))
    assert {one.name for one in found} == {"R••• W•••", "B••• H•••"}


def test_a_copy_holds_only_this_person_and_says_where_it_went_and_who_saw_it(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.CLOSED)
    who = subject.subject_of("Siti Aminah", "081234567890")
    monitoring.reveal(center, at(30), SARI, case.case_id, "pengaduan Siti Aminah lewat surat")
    request_id = taken(center, RequestKind.COPY, who)
    copied = subject.copy(center, LATER, SARI, request_id, who, [case.case_id])
    told = json.loads(copied.json)["cases"][0]
    assert (told["name"], told["phone"]) == ("Siti Aminah", "081234567890")
    assert told["narrative"] == REPORT.narrative
    assert {one["to"] for one in told["sent_to"]} >= {"DKISP"}
    assert case.case_id in str(told["sent_to"])
    assert [(one["who"], one["what"]) for one in told["seen_by"]] == [
        ("Sari (Penyelia)", Seen.IDENTITY.label)
    ]
    paper = text_of(copied.pdf)
    assert "SitiAminah" in paper.replace(" ", "")
    assert copied.request.state is RequestState.DONE
    own = access_log.listed(center, SARI, Wanted(case_id=case.case_id))
    assert [one.look.seen for one in own] == [Seen.SUBJECT_COPY, Seen.IDENTITY]
    assert own[1].look.reason == "pengaduan ••• lewat surat"
    assert subject.dkisp_notice(center, LATER, copied.request) == ""


def test_in_a_copy_other_people_are_masked_and_the_person_is_not(center: Center) -> None:
    told_of = a_prank(
        center,
        10,
        "Budi Hartono",
        "0813 0000 9999",
        f"Budi Hartono lari. Ibu {NAME} {NUMBER} melihat {OTHER}.",
    )
    own = a_prank(center, 0)
    who = subject.subject_of(NAME, NUMBER)
    request_id = taken(center, RequestKind.COPY, who)
    copied = subject.copy(center, LATER, SARI, request_id, who, [own.case_id, told_of.case_id])
    text = copied.json.decode()
    assert "Hasanudin" not in text and "0811" not in text
    assert "Budi" not in text and "Hartono" not in text
    first, second = json.loads(copied.json)["cases"]
    assert NAME in first["narrative"] and NUMBER in first["narrative"]
    assert first["other_words"] == [f"{NAME} mengaku bercanda"]
    assert NAME in second["narrative"] and "lari" not in second["narrative"]
    assert second["phone"] == ""
    assert not {"Hasanudin", "Budi"} & set(text_of(copied.pdf).split())


def test_after_erasure_nothing_is_left_in_any_table_and_the_trail_still_verifies(center: Center) -> None:
    own = a_prank(center, 0)
    told_of = a_prank(
        center, 10, "Budi Hartono", "0813 0000 9999", f"Ada {NAME} ({NUMBER}) di sana, lalu hilang."
    )
    who = subject.subject_of(NAME, NUMBER)
    retention.hold(center, at(30), SARI, own.case_id, f"laporan polisi tentang {NAME}")
    retention.release(center, at(31), SARI, own.case_id, f"perkara {NAME} selesai")
    monitoring.reveal(center, at(32), SARI, told_of.case_id, f"ditanya {NAME} lewat surat")
    assert set(planted_in(everything(center))) == set(PLANTED)
    request_id = taken(center, RequestKind.ERASE, who)
    done = subject.erase(center, LATER, SARI, request_id, who, [own.case_id, told_of.case_id])
    assert set(done.erased) == {own.call_no, told_of.call_no}
    assert planted_in(everything(center)) == []
    assert "budi hartono" in everything(center)
    with center.db.moment() as reader:
        assert trail.check(reader).broken is None
    for case in (own, told_of):
        events = cases.events(center.db.read(), case.case_id)
        assert fold((one.before, one.after) for one in events).call_no == case.call_no
        assert cases.rebuilt(center.db.read(), case.case_id) == monitoring.get(center, case.case_id)
    assert retention.plan(center, LATER).due == ()
    left = monitoring.get(center, own.case_id)
    assert left.call.reporter_ref is not None, "a prank's hash stays while earlier pranks are looked back on"
    later = LATER + timedelta(days=8)
    assert [one.call_no for one in retention.plan(center, later).due] == []


def test_erasing_takes_the_hash_too_names_what_dkisp_must_be_told_and_keeps_the_facts(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.CLOSED)
    who = subject.subject_of("", REPORT.callback_number)
    request_id = taken(center, RequestKind.ERASE, who)
    done = subject.erase(center, LATER, SARI, request_id, who, [case.case_id])
    left = monitoring.get(center, case.case_id)
    assert (left.call.reporter_ref, left.call.reporter_phone_masked) == (None, None)
    assert (left.outcome, left.location.point) == (case.outcome, case.location.point)
    assert (
        f"record {case.case_id} revisi 0" in done.notice or f"record {case.case_id} revisi 1" in done.notice
    )
    assert "siti aminah" not in everything(center)
    assert "81234567890" not in everything(center)


def test_what_the_law_keeps_is_refused_with_its_reason_and_the_request_says_so(center: Center) -> None:
    running = a_stored_case(center, CaseStatus.RESPONDING)
    held = a_prank(center, 60, "Siti Aminah", "0812 3456 7890")
    retention.hold(center, at(70), SARI, held.case_id, "permintaan penyidik")
    who = subject.subject_of("Siti Aminah", "0812 3456 7890")
    request_id = taken(center, RequestKind.ERASE, who)
    done = subject.erase(center, LATER, SARI, request_id, who, [running.case_id, held.case_id])
    assert done.erased == () and done.request.state is RequestState.REFUSED
    reasons = {str(one) for one in done.kept}
    assert any(running.call_no in one and "Pasal 20" in one for one in reasons)
    assert any(held.call_no in one and "proses hukum" in one for one in reasons)
    assert cases.get_private(center.db.read(), running.case_id).reporter_name == "Siti Aminah"
    with pytest.raises(BadInput, match="sudah dijawab"):
        subject.erase(center, LATER, SARI, request_id, who, [held.case_id])


def test_only_cases_that_tell_of_the_person_can_be_erased(center: Center) -> None:
    strange = a_prank(center, 0, "Budi Hartono", "0813 0000 9999", "Tidak ada orang lain.")
    who = subject.subject_of(NAME, NUMBER)
    request_id = taken(center, RequestKind.ERASE, who)
    with pytest.raises(BadInput):
        subject.erase(center, LATER, SARI, request_id, who, [strange.case_id])
    assert cases.get_private(center.db.read(), strange.case_id).reporter_name == "Budi Hartono"


def test_a_corrected_name_and_number_leave_nothing_of_the_old_ones_in_the_new_events(center: Center) -> None:
    case = a_prank(center, 0, "Ratnasari Wideri", "0857 7777 9999", "Ada asap di dapur.", "bercanda")
    before = center.db.newest_event_seq()
    who = subject.subject_of("Ratnasari Wideri")
    request_id = taken(center, RequestKind.RECTIFY, who)
    done = subject.rectify(center, LATER, SARI, request_id, who, case.case_id, name=NAME, phone=NUMBER)
    assert done.state is RequestState.DONE
    private = cases.get_private(center.db.read(), case.case_id)
    assert (private.reporter_name, private.callback_number) == (NAME, "085777771234")
    new = str(center.db.read().rows("SELECT before, after FROM event WHERE seq > ?", before)).casefold()
    assert "wideri" not in new and "77779999" not in new and not planted_in(new)
    found = subject.find(center, LATER, SARI, request_id, subject.subject_of("", NUMBER))
    assert [one.call_no for one in found] == [case.call_no]
    assert cases.rebuilt(center.db.read(), case.case_id) == monitoring.get(center, case.case_id)


def test_who_is_only_mentioned_cannot_change_the_reporter(center: Center) -> None:
    case = a_prank(center, 0, "Budi Hartono", "0813 0000 9999", f"Ada {NAME} di sana.")
    who = subject.subject_of(NAME)
    request_id = taken(center, RequestKind.RECTIFY, who)
    with pytest.raises(BadInput, match="bukan pelapornya"):
        subject.rectify(center, LATER, SARI, request_id, who, case.case_id, name="Ratna")
    assert cases.get_private(center.db.read(), case.case_id).reporter_name == "Budi Hartono"


def test_a_report_merged_into_an_open_case_stays_as_long_as_that_one_is_open(center: Center) -> None:
    primary = a_stored_case(center, CaseStatus.RESPONDING)
    told = replace(REPORT, reporter_name=NAME, callback_number=NUMBER)
    copy = intake.take_call(center, at(30), ANI, Channel.CALL_112, told)
    copy = intake.propose_class(center, at(30), ANI, ref(copy), CallClass.NORMAL)
    copy = intake.classify(center, at(31), DEDI, ref(copy), CallClass.NORMAL)
    copy, _ = exits.merge(center, at(32), DEDI, ref(copy), ref(primary))
    who = subject.subject_of("", NUMBER)
    request_id = taken(center, RequestKind.ERASE, who)
    done = subject.erase(center, LATER, SARI, request_id, who, [copy.case_id])
    assert done.erased == () and primary.call_no in str(done.kept)
    assert cases.get_private(center.db.read(), copy.case_id).reporter_name == NAME


def test_a_request_is_due_in_72_hours_masked_in_the_register_and_only_for_supervisors(center: Center) -> None:
    who = subject.subject_of(NAME, NUMBER)
    with pytest.raises(NotPermitted):
        subject.take(center, LATER, DEDI, RequestKind.COPY, who, "KTP")
    with pytest.raises(BadInput, match="kosong"):
        subject.take(center, LATER, SARI, RequestKind.COPY, who, "  ")
    asked = LATER - timedelta(hours=70)
    one = subject.take(center, LATER, SARI, RequestKind.COPY, who, f"KTP {NAME} cocok", asked)
    assert one.due_at == asked + timedelta(hours=72)
    assert not one.is_late(LATER) and one.is_late(LATER + timedelta(hours=3))
    listed = subject.listed(center, SARI)
    assert [(one.subject, one.checked_how) for one in listed] == [("R••• W••• · •••234", "KTP ••• cocok")]
    assert not planted_in(everything(center))
    refused = subject.refuse(center, LATER, SARI, one.request_id, "identitas tidak terbukti")
    assert refused.state is RequestState.REFUSED


# --- who saw it -----------------------------------------------------------------------------------------


def test_the_same_look_within_ten_minutes_is_one_and_reveals_are_each_stored_at_once(center: Center) -> None:
    case = a_stored_case(center, CaseStatus.RESPONDING)

    def look(minute: float) -> None:
        access_log.note(center, at(minute), DEDI, Seen.NARRATIVE, Way.SCREEN, case_id=case.case_id)

    for minute in (30, 35, 39.9, 40, 45):
        look(minute)
    stored = center.db.read().row("SELECT count(*) FROM access_log")
    assert stored == (0,), "nothing is written while a screen is drawn"
    monitoring.reveal(center, at(41), DEDI, case.case_id, "call_back")
    monitoring.reveal(center, at(42), DEDI, case.case_id, "call_back")
    assert center.db.read().row("SELECT count(*) FROM access_log") == (2,)
    listed = access_log.listed(center, SARI, Wanted(case_id=case.case_id))
    assert [(one.look.seen, one.look.at) for one in listed] == [
        (Seen.CALL_BACK, at(42)),
        (Seen.CALL_BACK, at(41)),
        (Seen.NARRATIVE, at(40)),
        (Seen.NARRATIVE, at(30)),
    ]
    assert listed[0].call_no == case.call_no


def test_looks_that_wait_are_stored_when_the_center_closes(tmp_path: Path) -> None:
    opened = open_center(settings(tmp_path))
    access_log.note(opened, at(0), DEDI, Seen.CASES, Way.FILE, cases=5)
    close_center()
    again = open_center(settings(tmp_path))
    try:
        assert [one.look.cases for one in access_log.listed(again, SARI, Wanted())] == [5]
    finally:
        close_center()


def test_a_file_of_many_cases_belongs_to_the_cases_of_its_period_and_tells_whom_a_breach_reached(
    center: Center,
) -> None:
    inside, outside = a_prank(center, 0), a_prank(center, 600)
    access_log.note(center, at(700), DEDI, Seen.CASES, Way.FILE, cases=1, period=(at(-10), at(60)))
    access_log.note(center, at(701), ANI, Seen.NARRATIVE, Way.SCREEN, case_id=outside.case_id)
    assert [one.look.name for one in access_log.listed(center, SARI, Wanted(case_id=inside.case_id))] == [
        "Dedi"
    ]
    assert [one.look.name for one in access_log.listed(center, SARI, Wanted(case_id=outside.case_id))] == [
        "Ani"
    ]
    assert access_log.reached(center, SARI, "Dedi", at(0), LATER) == (1, [inside.call_no])
    assert access_log.reached(center, SARI, "Ani", at(0), LATER) == (1, [outside.call_no])
    assert access_log.reached(center, SARI, "Ani", at(0), at(700)) == (0, [])
    assert [name for _, name, _ in access_log.people(center, SARI, at(0), LATER)] == ["Ani", "Dedi"]
    with pytest.raises(NotPermitted):
        access_log.listed(center, DEDI, Wanted())


def test_many_closed_cases_of_one_person_in_an_hour_are_pointed_out(center: Center) -> None:
    closed = [a_prank(center, n) for n in range(0, 100, 10)]
    for n, case in enumerate(closed):
        access_log.note(center, at(200 + n), DEDI, Seen.NARRATIVE, Way.SCREEN, case_id=case.case_id)
    found = access_log.strange(center, SARI, at(0), LATER)
    assert [(one.rule, one.name, one.most) for one in found] == [(Rule.MANY_CLOSED, "Dedi", 10)]


def test_looks_end_after_their_time_and_open_requests_stay(center: Center) -> None:
    access_log.note(center, at(0), DEDI, Seen.CASES, Way.FILE, cases=5)
    access_log.note(center, LATER, DEDI, Seen.CASES, Way.FILE, cases=6)
    access_log.flush(center)
    taken(center, RequestKind.COPY, subject.subject_of(NAME), at(0))
    kept = timedelta(days=center.pack.city.access_log_days)
    assert access_log.forget_old(center, at(1) + kept) == 1
    assert [one.look.cases for one in access_log.listed(center, SARI, Wanted())] == [6]
    assert len(subject.listed(center, SARI)) == 1
