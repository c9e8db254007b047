"""The papers of a running center: bounded, masked, repeatable, and serials that are given out once."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from builders import AGUS, ANI, DEDI, FAJAR, PUTRI, SARI
from center_builders import BOAT, REPORT, T0, a_stored_case, at, ref, settings
from paper_reading import in_order, pages_of, text_of
from PIL import Image

from domain.errors import BadInput, NotFound, NotPermitted
from domain.words import CallClass, CaseStatus, Channel
from services import exits, handling, intake, monitoring, papers, registry
from services.center import close_center, open_center
from services.change import CaseRef

S = CaseStatus
PLANTED = ("sitiaminah", "aminah", "081234567890", "81234567890", "34567890")


@pytest.fixture
def center(tmp_path):
    opened = open_center(settings(tmp_path))
    yield opened
    close_center()


def bare(text):
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def a_prank(center, minute, number="0812 3456 7890", call_class=CallClass.PRANK):
    """A prank or ghost call of a named caller, closed."""
    case = intake.open_call(center, at(minute), ANI, Channel.CALL_112)
    report = replace(REPORT, callback_number=number, narrative="Siti Aminah tertawa, 0812 3456 7890")
    case = intake.record_report(center, at(minute + 1), ANI, ref(case), report)
    case = intake.propose_class(center, at(minute + 1), ANI, ref(case), call_class)
    case = intake.classify(center, at(minute + 2), DEDI, ref(case), call_class)
    case = intake.log_callback(center, at(minute + 3), DEDI, ref(case))
    return intake.close_call(center, at(minute + 3), DEDI, ref(case), "Siti Aminah lagi")


def photo():
    out = io.BytesIO()
    told = Image.Exif()
    told[0x013B] = "Siti Aminah"
    Image.new("RGB", (400, 300), (10, 90, 200)).save(out, "JPEG", exif=told)
    return out.getvalue()


def a_photographed_case(center):
    case = a_stored_case(center, S.MONITORING)
    case = handling.attach(center, at(10), FAJAR, ref(case), "siti aminah.jpg", photo())
    return handling.add_sitrep(center, at(11), FAJAR, ref(case), "Siti Aminah terlihat, 0812-3456-7890")


# --- Laporan Penanganan ---------------------------------------------------------------------------


def test_a_report_has_its_sketch_and_its_photos_and_does_not_change_with_the_time_of_printing(center):
    case = a_photographed_case(center)
    pdf = papers.case_report(center, at(30), case)
    assert in_order(["D. Lokasi", "Sketsa lokasi", "LAMPIRAN FOTO", "Foto 1 ·"], text_of(pdf))
    assert papers.case_report(center, at(3000), case) == pdf


def test_a_photo_that_was_changed_or_lost_is_not_passed_off_as_the_kept_one(center):
    case = a_photographed_case(center)
    whole = papers.case_report(center, at(30), case)
    kept = center.attachments_dir / case.attachments[0].sha256
    other = io.BytesIO()
    Image.new("RGB", (40, 30)).save(other, "JPEG")
    kept.chmod(0o600)
    kept.write_bytes(other.getvalue())
    changed = papers.case_report(center, at(30), case)
    kept.unlink()
    lost = papers.case_report(center, at(30), case)
    assert "tidakdapatdibaca" not in text_of(whole)
    assert "tidakdapatdibaca" in text_of(changed)
    assert lost == changed


def test_the_citys_emblem_is_printed_once_it_lies_in_the_pack(center, tmp_path):
    case = a_stored_case(center, S.RECEIVED)
    before = papers.case_report(center, at(30), case)
    folder = tmp_path / "pack"
    folder.mkdir()
    with_emblem = replace(center, pack=replace(center.pack, folder=folder))
    assert papers.case_report(with_emblem, at(30), case) == before
    Image.new("L", (20, 20)).save(folder / "lambang.png")
    assert papers.case_report(with_emblem, at(30), case) != before


# --- Formulir Darurat -----------------------------------------------------------------------------


def test_serials_go_on_without_gap_and_begin_anew_with_the_year(center):
    assert papers.issue_forms(center, at(0), ANI, 3) == ("FD-2031-0001", "FD-2031-0002", "FD-2031-0003")
    assert papers.issue_forms(center, at(1), DEDI, 1) == ("FD-2031-0004",)
    # 31 December 16:00 UTC is the new year in the city (UTC+9).
    assert papers.issue_forms(center, datetime(2031, 12, 31, 16, tzinfo=UTC), ANI, 1) == ("FD-2032-0001",)


def test_no_serial_is_given_out_twice_to_many_at_once(center):
    with ThreadPoolExecutor(6) as pool:
        given = list(pool.map(lambda _n: papers.issue_forms(center, at(0), ANI, 5), range(12)))
    serials = [serial for some in given for serial in some]
    assert sorted(serials) == [f"FD-2031-{n:04d}" for n in range(1, 61)]
    assert {one.serial for one in papers.issued_forms(center)} == set(serials)


def test_issued_forms_can_be_printed_again_and_others_not(center):
    serials = papers.issue_forms(center, at(0), ANI, 2)
    pdf = papers.emergency_forms(center, serials)
    assert papers.emergency_forms(center, serials) == pdf
    assert len(pages_of(pdf)) == 4
    with pytest.raises(NotFound):
        papers.emergency_forms(center, ["FD-2031-0003"])


@pytest.mark.parametrize("count", [0, -1, 51])
def test_a_senseless_number_of_forms_is_refused_and_gives_no_serial(center, count):
    with pytest.raises(BadInput):
        papers.issue_forms(center, at(0), ANI, count)
    assert papers.issued_forms(center) == []


def test_only_who_may_take_calls_issues_and_enters_forms(center):
    for actor in (PUTRI, FAJAR, AGUS):
        with pytest.raises(NotPermitted):
            papers.issue_forms(center, at(0), actor, 1)
    serial = papers.issue_forms(center, at(0), ANI, 1)[0]
    case = a_stored_case(center, S.RECEIVED)
    with pytest.raises(NotPermitted):
        papers.enter_form(center, at(5), SARI, serial, case.case_id)


def test_a_form_is_entered_as_one_case_only(center):
    serial, other = papers.issue_forms(center, at(0), ANI, 2)
    first, second = a_stored_case(center, S.RECEIVED), a_stored_case(center, S.RECEIVED, 5)
    papers.enter_form(center, at(20), ANI, serial, first.case_id)
    again = papers.enter_form(center, at(30), DEDI, serial, first.case_id)
    assert (again.entered_by, again.entered_at) == (ANI.name, at(20))
    with pytest.raises(BadInput) as refused:
        papers.enter_form(center, at(31), ANI, serial, second.case_id)
    assert first.call_no in str(refused.value)
    for bad_serial, case_id in (
        ("FD-2031-0099", first.case_id),
        (other, "0199c5e0-7d1a-7c40-9a51-000000000000"),
    ):
        with pytest.raises(NotFound):
            papers.enter_form(center, at(32), ANI, bad_serial, case_id)
    stored = {one.serial: one.case_id for one in papers.issued_forms(center)}
    assert stored == {serial: first.case_id, other: None}


def test_issuing_and_entering_are_in_the_trail(center):
    serial = papers.issue_forms(center, at(0), ANI, 1)[0]
    case = a_stored_case(center, S.RECEIVED)
    papers.enter_form(center, at(5), DEDI, serial, case.case_id)
    told = [event for event in monitoring.feed(center) if event.entity == "emergency_form"]
    assert [(event.actor, event.entity_id) for event in told] == [(DEDI.name, serial), (ANI.name, serial)]


# --- lists ----------------------------------------------------------------------------------------


def test_a_day_holds_its_calls_from_local_midnight_to_midnight_and_no_other(center):
    midnight = datetime(2031, 3, 5, 15, tzinfo=UTC)  # 6 March 00:00 in the city
    inside = [
        intake.open_call(center, midnight + timedelta(seconds=second), ANI, Channel.RADIO)
        for second in (0, 3600, 86_399)
    ]
    outside = [
        intake.open_call(center, midnight + timedelta(seconds=second), ANI, Channel.RADIO)
        for second in (-1, 86_400)
    ]
    text = text_of(papers.day_register(center, midnight + timedelta(days=2), date(2031, 3, 6)))
    assert in_order([case.call_no for case in inside], text)
    assert "3panggilan" in text
    assert not [case for case in outside if case.call_no in text]


def test_a_merged_call_is_in_the_register_with_the_number_of_its_primary(center):
    primary, other = a_stored_case(center, S.CLASSIFIED), a_stored_case(center, S.CLASSIFIED, 10)
    exits.merge(center, at(30), DEDI, ref(other), ref(primary))
    text = text_of(papers.day_register(center, at(40), T0.astimezone(center.pack.city.timezone).date()))
    assert f"Digabungke{primary.call_no}" in text


def test_the_prank_list_knows_a_number_that_calls_again_however_it_is_spelled(center):
    for minute, number in ((0, "0812 3456 7890"), (10, "+62 812-3456-7890"), (20, "0899 1111 2222")):
        a_prank(center, minute, number)
    day = T0.astimezone(center.pack.city.timezone).date()
    text = text_of(papers.prank_list(center, at(60), day, day))
    assert "Nomorberulang:1" in text
    assert in_order(["A•••890220", "Semua panggilan prank dan ghost"], text)


@pytest.mark.parametrize("days", [-1, 92, 4000])
def test_a_period_that_is_too_long_or_backwards_is_refused(center, days):
    with pytest.raises(BadInput):
        papers.prank_list(center, at(0), date(2031, 1, 1), date(2031, 1, 1) + timedelta(days=days))


def test_the_month_counts_what_was_received_in_it_by_local_time(center):
    a_stored_case(center, S.CLOSED)
    a_stored_case(center, S.CLASSIFIED, 100)
    a_prank(center, 200)
    intake.open_call(center, datetime(2031, 3, 31, 15, tzinfo=UTC), ANI, Channel.RADIO)  # 1 April
    now = datetime(2031, 4, 1, 3, tzinfo=UTC)
    text = text_of(papers.month_recap(center, now, 2031, 3, for_outside=False))
    assert in_order(["Maret 2031", "Panggilan", "3", "Kejadian", "2", "12 mnt", "dari 1 kejadian"], text)
    assert "Normal2(66,7%)" in text
    assert in_order(
        ["Panggilan", "1", "semua jenis"],
        text_of(papers.month_recap(center, now, 2031, 4)).replace("<3", "1"),
    )


@pytest.mark.parametrize(("year", "month"), [(2031, 0), (2031, 13), (0, 1)])
def test_a_month_that_does_not_exist_is_refused(center, year, month):
    with pytest.raises(BadInput):
        papers.month_recap(center, at(0), year, month)


def test_the_shift_hands_over_what_the_center_holds(center):
    case = a_stored_case(center, S.VERIFIED)
    registry.set_service(center, at(5), DEDI, BOAT, "mesin mati")
    a_prank(center, 6)
    text = text_of(papers.shift_handover(center, at(30), at(-5), outgoing="Putri"))
    assert in_order(
        [
            "Panggilan selama piket : 2",
            "Kasus terbuka : 1",
            case.call_no,
            "TERLAMBAT",
            BOAT,
            "mesin mati",
            "•••890",
        ],
        text,
    )


@pytest.mark.parametrize("hours", [-1, 0, 49])
def test_a_shift_without_a_length_or_longer_than_two_days_is_refused(center, hours):
    with pytest.raises(BadInput):
        papers.shift_handover(center, at(0), at(-60 * hours))


def test_no_paper_of_the_center_names_a_caller_or_gives_a_number(center):
    case = a_photographed_case(center)
    for minute in (100, 110):
        a_prank(center, minute)
    day = T0.astimezone(center.pack.city.timezone).date()
    made = {
        "report": papers.case_report(center, at(130), case),
        "register": papers.day_register(center, at(130), day),
        "pranks": papers.prank_list(center, at(130), day, day),
        "inside": papers.month_recap(center, at(130), 2031, 3, for_outside=False),
        "outside": papers.month_recap(center, at(130), 2031, 3),
        "shift": papers.shift_handover(center, at(130), at(-1)),
    }
    for name, pdf in made.items():
        assert not [word for word in PLANTED if word in bare(text_of(pdf))], name
        assert b"Siti Aminah" not in pdf, name
        assert case.call.reporter_ref not in text_of(pdf)


def test_the_same_state_gives_the_same_bytes(center):
    case = CaseRef(a_photographed_case(center).case_id)
    assert monitoring.get(center, case.case_id).attachments
    day = T0.astimezone(center.pack.city.timezone).date()
    for paper in (
        lambda: papers.day_register(center, at(60), day),
        lambda: papers.prank_list(center, at(60), day, day),
        lambda: papers.month_recap(center, at(60), 2031, 3),
        lambda: papers.shift_handover(center, at(60), at(0)),
    ):
        assert paper() == paper()
