"""Kasus: each button changes the stored case, each refusal says why, and nobody overwrites anybody."""

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from builders import a_photo
from center_builders import a_receipt
from streamlit.testing.v1 import AppTest

from domain.case import Actor, Case, Incident, Reasons, SuggestedUnit, Victims
from domain.errors import BadInput
from domain.permissions import Action
from domain.words import CallClass, CaseStatus, Channel, Domain, NoticeResult, Outcome, Role, StepState
from geo.points import LonLat
from services import (
    assignment,
    closing,
    coordination,
    exits,
    handling,
    intake,
    monitoring,
    outbox,
    places,
)
from services.assignment import Progress, Promise
from services.center import Center
from services.change import CaseRef
from services.intake import Report
from ui.case_head import update_is_missing
from ui.late_entry import read_moment
from ui.state import ACTOR, CLICK, OPEN_CASE, field

ANI, BUDI = Actor("Ani", Role.CALL_TAKER), Actor("Budi", Role.DISPATCHER)
CITRA, EKA = Actor("Citra", Role.DUTY_OFFICER), Actor("Eka", Role.SUPERVISOR)
PANTAI_AMAL = LonLat(117.68, 3.30)
JPEG = a_photo()


def now() -> datetime:
    return datetime.now(UTC)


def ref(case: Case) -> CaseRef:
    return CaseRef(case.case_id, case.version)


def told(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.success, test.warning, test.error, test.text)
    texts = [str(element.value) for kind in kinds for element in kind]
    return " ".join([*texts, *(element.value for element in test.html)])


def key(case: Case, name: str) -> str:
    return field(f"case-{case.case_id}", name)


def input_of(boxes, case: Case, form: str, name: str):
    """The input of a form whose keys carry a print of what is stored."""
    start, end = f"{form}-{case.case_id}-", f":{name}"
    (found,) = [box for box in boxes if box.key.startswith(start) and box.key.endswith(end)]
    return found


def late_entry(test: AppTest, case: Case, panel: str):
    """The field of a panel that takes the time of an entry made afterwards."""
    (found,) = [box for box in test.text_input if (box.key or "").startswith(key(case, f"{panel}_late_"))]
    return found


def local(center: Center, at: datetime, *, seconds: bool = False) -> str:
    """A time as a person writes it, with its day."""
    return at.astimezone(center.pack.city.timezone).strftime(
        "%d/%m/%Y %H:%M:%S" if seconds else "%d/%m/%Y %H:%M"
    )


def press(test: AppTest, case: Case, name: str) -> AppTest:
    return test.button(key=key(case, name)).click().run()


def as_role(test: AppTest, role: Role, name: str) -> AppTest:
    test.session_state[ACTOR] = Actor(name, role)
    return test.run()


def stored(center: Center, case: Case) -> Case:
    return monitoring.get(center, case.case_id)


def open_tab(test: AppTest, case: Case, tab: str) -> AppTest:
    return test.segmented_control(key=key(case, "tab")).set_value(tab).run()


def reported(center: Center, type_code: str | None = "S-MOB", named: bool = True) -> Case:
    case = intake.open_call(center, now(), ANI, Channel.CALL_112)
    report = Report(
        "Anak hanyut di depan Pantai Amal",
        callback_number="081234567890",
        reporter_name="Siti" if named else "",
        anonymous_reason="" if named else "menolak",
        incident=Incident(type_code=type_code, domain=Domain.SEA, victims_estimate=1),
        location=places.place_at(center, PANTAI_AMAL, "Pantai Amal"),
    )
    return intake.record_report(center, now(), ANI, ref(case), report)


def classified(center: Center, kind: CallClass = CallClass.NORMAL) -> Case:
    case = reported(center)
    case = intake.propose_class(center, now(), ANI, ref(case), kind)
    return intake.classify(center, now(), BUDI, ref(case), kind)


def verified(center: Center) -> Case:
    case = classified(center)
    for agency in center.pack.sop.forward_to:
        case = intake.forward(center, now(), BUDI, ref(case), agency)
    return intake.verify(center, now(), BUDI, ref(case))


def responding(center: Center, promise: Promise | None = None) -> Case:
    case = verified(center)
    case = coordination.notify(center, now(), BUDI, ref(case))
    for line in case.agencies:
        if line.required:
            case = coordination.answer(center, now(), BUDI, ref(case), line.code, NoticeResult.ACKNOWLEDGED)
    case = coordination.coordinate(center, now(), BUDI, ref(case))
    case = assignment.propose(center, now(), CITRA, ref(case), (promise or Promise(boat(center)),))
    return assignment.approve(center, now(), CITRA, ref(case))


def boat(center: Center) -> str:
    out = center.pack.out_of_service
    return min(code for code, unit in center.pack.units.items() if unit.agency == "SAR" and code not in out)


def showing(page, case: Case, role: Role = Role.DISPATCHER) -> AppTest:
    return page("kasus", role, **{OPEN_CASE: case.case_id}).run()


def test_without_a_case_the_screen_lists_the_open_ones(center: Center, page) -> None:
    test = page("kasus").run()
    assert "Tidak ada kasus terbuka" in told(test)

    case = reported(center)
    test.run()
    test.button(key=f"open-{case.case_id}").click().run()

    assert not test.exception
    assert case.call_no in told(test)
    assert test.query_params["kasus"] == case.case_id


def test_a_case_is_found_by_its_number_and_an_unknown_number_says_so(center: Center, page) -> None:
    case = reported(center)
    test = page("kasus").run()
    search = test.text_input(key="case_finder:number")
    search.set_value("P1900-000001").run()
    assert "“P1900-000001” tidak ditemukan" in told(test)

    test.text_input(key="case_finder:number").set_value(case.call_no).run()
    assert test.session_state[OPEN_CASE] == case.case_id
    assert "tidak ditemukan" not in told(test)


def test_an_unknown_case_in_the_address_says_so_and_offers_the_list(center: Center, page) -> None:
    case = reported(center)
    test = page("kasus")
    test.query_params["kasus"] = "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10"
    test.run()

    assert not test.exception
    assert "tidak ditemukan" in test.warning[0].value
    assert test.button(key=f"open-{case.case_id}")


@pytest.mark.parametrize(
    "tab", ["report", "details", "agencies", "units", "progress", "outcome", "record", "trail"]
)
@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.DUTY_OFFICER, Role.AUDITOR])
def test_every_tab_shows_for_every_kind_of_role(center: Center, page, tab: str, role: Role) -> None:
    case = responding(center)
    test = open_tab(showing(page, case, role), case, tab)

    assert not test.exception
    assert not test.error


def test_the_number_is_masked_until_a_call_back_and_the_look_is_logged(center: Center, page) -> None:
    case = reported(center)
    test = showing(page, case)
    assert "•••890" in told(test)
    assert "081234567890" not in told(test)

    press(test, case, "reveal_callback")

    assert "081234567890" in test.info[0].value
    assert [event.action for event in monitoring.feed(center, 1)] == ["reveal_identity"]


def test_a_supervisor_needs_a_reason_to_open_an_identity(center: Center, page) -> None:
    case = reported(center)
    test = showing(page, case, Role.SUPERVISOR)
    press(test, case, "reveal")
    assert "Alasan: kosong" in test.error[0].value

    test.text_input(key=key(case, "reveal_reason")).set_value("Permintaan Polres 12/2026")
    press(test, case, "reveal")

    assert "Siti" in test.info[0].value
    assert monitoring.feed(center, 1)[0].after == {"reason": "Permintaan Polres 12/2026"}


def test_a_whole_rescue_at_sea_goes_through_the_buttons(center: Center, page) -> None:
    case = reported(center)
    test = showing(page, case, Role.CALL_TAKER)
    press(test, case, "class_normal")
    assert stored(center, case).call.proposed_class is CallClass.NORMAL

    as_role(test, Role.DISPATCHER, "Budi")
    press(test, case, "class_normal")
    press(test, case, "forward_BPBD")
    press(test, case, "forward_SAR")
    press(test, case, "verify")
    assert stored(center, case).status is CaseStatus.VERIFIED

    press(test, case, "notify_all")
    required = [line for line in stored(center, case).agencies if line.required]
    assert len({line.notified_at for line in required}) == 1 and required[0].notified_at
    for line in required:
        press(test, case, f"ack_{line.code}")
    press(test, case, "coordinate")
    assert stored(center, case).status is CaseStatus.COORDINATED

    code = boat(center)
    assignment.propose(
        center, now(), CITRA, ref(stored(center, case)), (Promise(code, 9000.0, 1800.0, "water"),)
    )
    as_role(test, Role.DUTY_OFFICER, "Citra")
    press(test, case, "approve")
    test.text_input(key=key(case, "commander")).set_value("Letda Rudi")
    press(test, case, "name_commander")
    assert stored(center, case).status is CaseStatus.RESPONDING

    as_role(test, Role.DISPATCHER, "Budi")
    open_tab(test, case, "units")
    press(test, case, f"depart_{code}")
    assert stored(center, case).status is CaseStatus.MONITORING
    # The next unit is recorded in the same tab, although step 6 has begun.
    assert test.segmented_control(key=key(case, "tab")).value == "units"
    press(test, case, f"arrive_{code}")
    open_tab(test, case, "progress")
    test.text_area(key=key(case, "sitrep_0")).set_value("Korban ditemukan, sadar")
    press(test, case, "add_sitrep")
    test.file_uploader(key=key(case, "files_0")).upload("foto.jpg", JPEG, "image/jpeg").run()
    press(test, case, "attach")
    assert stored(center, case).attachments[0].sha256 == hashlib.sha256(JPEG).hexdigest()
    open_tab(test, case, "units")
    press(test, case, f"clear_{code}")
    press(test, case, "finish_monitoring")
    assert stored(center, case).status is CaseStatus.UPDATING
    assert test.segmented_control(key=key(case, "tab")).value == "outcome", "the step taken opens its tab"

    open_tab(test, case, "progress")
    input_of(test.text_input, case, "condition", "condition").set_value("Korban dirujuk")
    press(test, case, "save_condition")
    open_tab(test, case, "outcome")
    input_of(test.selectbox, case, "outcome", "outcome").set_value(Outcome.RESCUED)
    input_of(test.number_input, case, "outcome", "total").set_value(1)
    input_of(test.number_input, case, "outcome", "safe").set_value(1).run()
    press(test, case, "save_outcome")
    as_role(test, Role.CALL_TAKER, "Ani")
    press(test, case, "register")
    assert stored(center, case).register_no

    press(test, case, "print_form")
    delivery = stored(center, case).delivery
    assert delivery is not None
    body = outbox.exact_bytes(center, case.case_id, 1)
    assert "Menunggu dikirim" in told(test)
    assert hashlib.sha256(body).hexdigest() == delivery.digest
    assert json.loads(body)["register_no"] == stored(center, case).register_no
    assert delivery.path in told(test) and delivery.digest in told(test)

    assert stored(center, case).step(8).state is StepState.IN_PROGRESS, "green only by a receipt"
    outbox.take_receipt(center, now(), BUDI, a_receipt(stored(center, case), now(), "DKISP-0001"))
    as_role(test, Role.DISPATCHER, "Budi")
    assert "DKISP-0001" in told(test)
    test.text_input(key=key(case, "archive")).set_value("Lemari A-3")
    press(test, case, "close")

    end = stored(center, case)
    assert not test.exception
    assert (end.status, end.outcome, end.signed_off_by) == (CaseStatus.CLOSED, Outcome.RESCUED, "Budi")
    assert all(step.state is StepState.DONE for step in end.steps)


def test_a_ghost_call_is_closed_after_a_call_back_and_a_note(center: Center, page) -> None:
    case = classified(center, CallClass.GHOST)
    test = showing(page, case)
    press(test, case, "close_call")
    assert "catatan penutupan" in test.error[0].value
    assert "telepon balik" in test.error[0].value

    press(test, case, "log_callback")
    test.text_area(key=key(case, "closing_note")).set_value("Tidak diangkat")
    press(test, case, "close_call")

    end = stored(center, case)
    assert (end.status, end.outcome, end.register_no) == (CaseStatus.CLOSED, Outcome.GHOST, None)


def test_a_wrongly_closed_call_can_be_reclassified_with_a_reason(center: Center, page) -> None:
    case = classified(center, CallClass.PRANK)
    case = intake.close_call(center, now(), BUDI, ref(case), "anak bermain")
    test = showing(page, case)
    test.text_input(key=key(case, "reclassify_reason")).set_value("Penelepon benar")
    press(test, case, "reclassify")

    again = stored(center, case)
    assert (again.status, again.call.call_class) == (CaseStatus.CLASSIFIED, CallClass.NORMAL)


def test_a_wrong_class_is_corrected_before_the_call_is_closed(center: Center, page) -> None:
    case = classified(center, CallClass.GHOST)
    test = showing(page, case)
    test.selectbox(key=key(case, "exit_choice")).set_value(Action.RECLASSIFY).run()
    test.text_input(key=key(case, "reclassify_reason")).set_value("Penelepon menjawab")
    press(test, case, "reclassify")

    again = stored(center, case)
    assert (again.status, again.call.call_class) == (CaseStatus.CLASSIFIED, CallClass.NORMAL)
    assert again.call.previous_classes == (CallClass.GHOST,)


def test_the_class_may_be_decided_before_the_report_is_written_down(center: Center, page) -> None:
    case = intake.open_call(center, now(), ANI, Channel.CALL_112)
    test = showing(page, case, Role.CALL_TAKER)
    press(test, case, "class_ghost")
    assert stored(center, case).call.proposed_class is CallClass.GHOST

    as_role(test, Role.DISPATCHER, "Budi")
    press(test, case, "class_ghost")

    new = stored(center, case)
    assert (new.status, new.call.call_class) == (CaseStatus.CLASSIFIED, CallClass.GHOST)
    assert new.step(1).state is StepState.IN_PROGRESS


def test_a_call_that_nobody_wrote_down_is_not_offered_for_merging(center: Center, page) -> None:
    case = intake.open_call(center, now(), ANI, Channel.CALL_112)
    test = showing(page, case)
    assert not [item for item in test.button if item.key == key(case, "merge")]

    intake.record_report(center, now(), ANI, ref(case), Report("x", no_number_reason="radio"))
    test.run()
    assert test.button(key=key(case, "merge"))


def test_the_procedure_is_named_with_its_dates_as_printed(center: Center, page) -> None:
    case = reported(center)
    test = open_tab(showing(page, case), case, "trail")
    sop = center.pack.sop

    for words in (sop.number, sop.made, sop.revised, sop.effective, "perlu konfirmasi DKISP"):
        assert words in told(test)


def test_a_prank_is_not_decided_by_the_one_who_proposed_it(center: Center, page) -> None:
    case = reported(center)
    intake.propose_class(center, now(), Actor("Uji", Role.DISPATCHER), ref(case), CallClass.PRANK)
    test = showing(page, case)
    press(test, case, "class_prank")

    assert "prank dipastikan oleh orang kedua" in test.error[0].value
    assert stored(center, case).call.call_class is None


def test_an_incomplete_step_names_what_is_missing_and_shows_it_as_unmet(center: Center, page) -> None:
    case = classified(center)
    test = showing(page, case)
    assert "laporan diteruskan ke Perwira SAR" in told(test)
    press(test, case, "verify")

    assert "Langkah 3 belum dapat diselesaikan" in test.error[0].value
    assert "Perwira SAR" in test.error[0].value
    assert stored(center, case).status is CaseStatus.CLASSIFIED


def test_the_second_of_two_people_is_told_and_overwrites_nothing(center: Center, page) -> None:
    case = classified(center)
    test = showing(page, case)
    intake.forward(center, now(), Actor("Dewi", Role.DISPATCHER), ref(case), "BPBD")
    press(test, case, "forward_SAR")

    assert f"Kasus {case.call_no} sudah diubah oleh Dewi" in test.error[0].value
    assert [f.agency for f in stored(center, case).forwardings] == ["BPBD"]
    press(test, case, "stale_reload")
    press(test, case, "forward_SAR")
    assert [f.agency for f in stored(center, case).forwardings] == ["BPBD", "SAR"]


def test_a_press_on_a_button_that_is_gone_meanwhile_is_told_too(center: Center, page) -> None:
    case = reported(center)
    test = showing(page, case)
    intake.classify(center, now(), Actor("Dewi", Role.DISPATCHER), ref(case), CallClass.NORMAL)
    press(test, case, "class_information")

    assert f"Kasus {case.call_no} sudah diubah oleh Dewi" in test.error[0].value
    assert stored(center, case).call.call_class is CallClass.NORMAL
    assert not test.run().error


def test_a_role_without_the_right_sees_who_may(center: Center, page) -> None:
    case = classified(center)
    test = showing(page, case, Role.AUDITOR)

    assert "Menyelesaikan verifikasi: oleh Call Taker, Dispatcher." in told(test)
    assert not [item for item in test.button if item.key == key(case, "verify")]


def test_details_are_corrected_with_the_same_inputs_as_at_intake(center: Center, page) -> None:
    case = classified(center)
    test = open_tab(showing(page, case), case, "details")
    (types,) = [box for box in test.selectbox if box.label == "Jenis kejadian"]
    types.set_value("S-CAP").run()
    test.session_state[CLICK] = (117.585, 3.30)
    test.run()
    press(test, case, "save_details")

    new = stored(center, case)
    assert not test.exception
    assert (new.incident.type_code, new.incident.domain) == ("S-CAP", Domain.LAND)
    assert new.location.kelurahan
    assert new.location.place_text == "Pantai Amal"


def test_details_that_somebody_else_corrected_replace_what_was_on_screen(center: Center, page) -> None:
    case = classified(center)
    test = open_tab(showing(page, case), case, "details")
    other = Incident(type_code="S-CAP", domain=Domain.SEA, priority=1, victims_estimate=12)
    input_of(test.text_input, case, "details", "place_text").set_value("Dermaga lama").run()
    intake.update_details(center, now(), CITRA, ref(case), incident=other)
    press(test, case, "save_details")
    assert "sudah diubah oleh Citra" in test.error[0].value
    assert "Nama tempat: Dermaga lama" in told(test)
    test.run()
    press(test, case, "save_details")

    assert stored(center, case).incident == other


def test_an_agency_declines_with_a_reason_or_is_waived_with_one(center: Center, page) -> None:
    case = verified(center)
    case = coordination.notify(center, now(), BUDI, ref(case))
    codes = [line.code for line in case.agencies if line.required]
    test = open_tab(showing(page, case), case, "agencies")
    press(test, case, f"declined_{codes[0]}")
    assert "Keterangan: kosong" in test.error[0].value
    test.text_input(key=key(case, f"note_{codes[0]}")).set_value("unit rusak")
    press(test, case, f"declined_{codes[0]}")
    test.text_input(key=key(case, f"waive_reason_{codes[1]}")).set_value("tidak perlu")
    press(test, case, f"waive_{codes[1]}")

    lines = {line.code: line for line in stored(center, case).agencies}
    assert (lines[codes[0]].result, lines[codes[0]].note) == (NoticeResult.DECLINED, "unit rusak")
    assert lines[codes[1]].waived_reason == "tidak perlu"


def test_an_agency_outside_the_plan_can_be_called_too(center: Center, page) -> None:
    case = verified(center)
    test = open_tab(showing(page, case), case, "agencies")
    test.selectbox(key=key(case, "other_agency")).set_value("PLN").run()
    press(test, case, "notify_other")

    line = stored(center, case).notice("PLN")
    assert line is not None and line.notified_at and not line.required


def test_a_time_given_afterwards_is_kept_and_marked_as_a_late_entry(center: Center, page) -> None:
    start = now() - timedelta(hours=2)
    case = intake.open_call(center, start, ANI, Channel.CALL_112)
    report = Report(
        "Kapal terbalik",
        no_number_reason="radio",
        anonymous_reason="radio",
        incident=Incident(type_code="S-CAP", domain=Domain.SEA, victims_unknown=True),
        location=places.place_at(center, PANTAI_AMAL, "Pantai Amal"),
    )
    at = start + timedelta(minutes=1)
    case = intake.record_report(center, at, ANI, ref(case), report)
    case = intake.classify(center, at, BUDI, ref(case), CallClass.NORMAL)
    for agency in center.pack.sop.forward_to:
        case = intake.forward(center, at, BUDI, ref(case), agency)
    case = intake.verify(center, at, BUDI, ref(case))
    case = coordination.notify(center, at, BUDI, ref(case))
    for line in case.agencies:
        if line.required:
            case = coordination.answer(center, at, BUDI, ref(case), line.code, NoticeResult.ACKNOWLEDGED)
    case = coordination.coordinate(center, at, BUDI, ref(case))
    code = boat(center)
    case = assignment.propose(center, at, CITRA, ref(case), (Promise(code),))
    case = assignment.approve(center, at, CITRA, ref(case))

    left = (start + timedelta(minutes=30)).replace(second=0, microsecond=0)
    test = showing(page, case)
    late_entry(test, case, "units").set_value(local(center, left)).run()
    press(test, case, f"depart_{code}")
    assert not test.error

    assert stored(center, case).assignments[0].departed_at == left
    open_tab(test, case, "trail")
    assert "entri susulan" in told(test)


@pytest.mark.parametrize(
    ("written", "stands_for"),
    [
        ("00:10", "2026-11-25T00:10:00+08:00"),
        ("23.50", "2026-11-24T23:50:00+08:00"),
        ("00:05:30", "2026-11-25T00:05:30+08:00"),
        ("24/11 10:05", "2026-11-24T10:05:00+08:00"),
        ("24-11-2025 10:05:09", "2025-11-24T10:05:09+08:00"),
        ("31/12 23:00", "2025-12-31T23:00:00+08:00"),
    ],
)
def test_a_written_time_is_read_in_the_zone_of_the_city(
    center: Center, written: str, stands_for: str
) -> None:
    moment = read_moment(written, datetime(2026, 11, 24, 16, 12, tzinfo=UTC))

    assert moment.at == datetime.fromisoformat(stands_for)
    assert moment.whole_minute == (written.count(":") + written.count(".") == 1)


@pytest.mark.parametrize("written", ["25:00", "10:61", "31/02 10:00", "10", "tadi", "1:2:3"])
def test_what_is_no_time_is_not_read_as_one(center: Center, written: str) -> None:
    with pytest.raises(BadInput):
        read_moment(written, now())


def test_an_impossible_time_is_refused(center: Center, page) -> None:
    case = responding(center)
    test = showing(page, case)
    late_entry(test, case, "units").set_value(local(center, now() + timedelta(days=1))).run()
    press(test, case, f"depart_{boat(center)}")

    assert "belum terjadi" in test.error[0].value
    assert stored(center, case).assignments[0].departed_at is None
    assert late_entry(test, case, "units").value


def test_a_time_that_cannot_be_read_is_refused_and_never_taken_for_now(center: Center, page) -> None:
    case = responding(center)
    test = showing(page, case)
    late_entry(test, case, "units").set_value("tadi pagi").run()
    press(test, case, f"depart_{boat(center)}")

    assert any("“tadi pagi” bukan waktu" in item.value for item in test.error)
    assert stored(center, case).assignments[0].departed_at is None


def test_a_time_serves_one_entry_and_is_empty_for_the_next(center: Center, page) -> None:
    case = sent_before(center)
    code, other = (unit.unit_code for unit in case.assignments)
    left = case.assignments[0].dispatched_at + timedelta(minutes=20)
    test = open_tab(showing(page, case), case, "units")
    late_entry(test, case, "units").set_value(local(center, left, seconds=True)).run()
    press(test, case, f"depart_{code}")
    assert late_entry(test, case, "units").value == ""
    before = now()
    press(test, case, f"depart_{other}")

    units = {unit.unit_code: unit for unit in stored(center, case).assignments}
    assert units[code].departed_at == left.replace(microsecond=0)
    assert units[other].departed_at >= before


def test_a_minute_is_not_before_what_happened_in_that_minute(center: Center, page) -> None:
    case = sent_before(center)
    code = case.assignments[0].unit_code
    dispatched = case.assignments[0].dispatched_at
    test = open_tab(showing(page, case), case, "units")
    late_entry(test, case, "units").set_value(local(center, dispatched)).run()
    assert "Tanpa detik" in told(test)
    press(test, case, f"depart_{code}")

    assert not test.error
    assert stored(center, case).assignments[0].departed_at == dispatched


def sent_before(center: Center) -> Case:
    """Two boats sent ten seconds into a minute, two hours ago."""
    start = (now() - timedelta(hours=2)).replace(second=10, microsecond=500)
    case = intake.open_call(center, start, ANI, Channel.CALL_112)
    report = Report(
        "Kapal terbalik",
        no_number_reason="radio",
        anonymous_reason="radio",
        incident=Incident(type_code="S-CAP", domain=Domain.SEA, victims_unknown=True),
        location=places.place_at(center, PANTAI_AMAL, "Pantai Amal"),
    )
    case = intake.record_report(center, start, ANI, ref(case), report)
    case = intake.classify(center, start, BUDI, ref(case), CallClass.NORMAL)
    for agency in center.pack.sop.forward_to:
        case = intake.forward(center, start, BUDI, ref(case), agency)
    case = intake.verify(center, start, BUDI, ref(case))
    case = coordination.notify(center, start, BUDI, ref(case))
    for line in case.agencies:
        if line.required:
            case = coordination.answer(center, start, BUDI, ref(case), line.code, NoticeResult.ACKNOWLEDGED)
    case = coordination.coordinate(center, start, BUDI, ref(case))
    out = center.pack.out_of_service
    codes = sorted(c for c, u in center.pack.units.items() if u.agency == "SAR" and c not in out)[:2]
    case = assignment.propose(center, start, CITRA, ref(case), tuple(Promise(code) for code in codes))
    return assignment.approve(center, start, CITRA, ref(case))


def test_what_happened_before_can_be_entered_at_every_step(center: Center, page) -> None:
    start = (now() - timedelta(hours=1)).replace(microsecond=0)
    case = intake.open_call(center, start, ANI, Channel.CALL_112)
    report = Report(
        "Kapal terbalik",
        no_number_reason="radio",
        anonymous_reason="radio",
        incident=Incident(type_code="S-CAP", domain=Domain.SEA, victims_unknown=True),
        location=places.place_at(center, PANTAI_AMAL, "Pantai Amal"),
    )
    case = intake.record_report(center, start, ANI, ref(case), report)
    test = showing(page, case)

    def afterwards(panel: str, name: str, minute: int) -> Case:
        at = local(center, start + timedelta(minutes=minute), seconds=True)
        late_entry(test, case, panel).set_value(at).run()
        press(test, case, name)
        assert not test.error, test.error[0].value
        return stored(center, case)

    at = [start + timedelta(minutes=minute) for minute in range(10)]
    assert afterwards("step_2", "class_normal", 1).call.decided_at == at[1]
    assert afterwards("step_3", "forward_BPBD", 2).forwardings[0].at == at[2]
    afterwards("step_3", "forward_SAR", 2)
    assert afterwards("step_3", "verify", 3).step(3).finished_at == at[3]
    told_ = afterwards("step_4", "notify_all", 4)
    required = [line.code for line in told_.agencies if line.required]
    assert {told_.notice(code).notified_at for code in required} == {at[4]}
    for code in required:
        open_tab(test, case, "agencies")
        assert afterwards("agencies", f"ack_{code}", 5).notice(code).acknowledged_at == at[5]
    assert afterwards("step_4", "coordinate", 6).step(4).finished_at == at[6]


def test_condition_and_outcome_can_be_entered_afterwards(center: Center, page) -> None:
    case = sent_before(center)
    at = (now() - timedelta(minutes=30)).replace(microsecond=0)
    test = open_tab(showing(page, case), case, "progress")
    input_of(test.text_input, case, "condition", "condition").set_value("Korban dirujuk")
    late_entry(test, case, "condition").set_value(local(center, at, seconds=True)).run()
    press(test, case, "save_condition")
    assert monitoring.view(center, now(), case.case_id).events[-1].occurred_at == at

    open_tab(test, case, "outcome")
    input_of(test.selectbox, case, "outcome", "outcome").set_value(Outcome.RESCUED)
    late_entry(test, case, "outcome").set_value(local(center, at, seconds=True)).run()
    press(test, case, "save_outcome")

    event = monitoring.view(center, now(), case.case_id).events[-1]
    assert (event.action, event.occurred_at) == (Action.RECORD_OUTCOME.value, at)


def test_an_overrun_asks_for_its_reason_and_never_blocks(center: Center, page) -> None:
    start = now() - timedelta(minutes=10)
    case = intake.open_call(center, start, ANI, Channel.CALL_112)
    report = Report("Ular", no_number_reason="radio", anonymous_reason="radio")
    case = intake.record_report(center, start + timedelta(minutes=3), ANI, ref(case), report)
    test = showing(page, case)
    test.text_input(key=key(case, "overrun_2")).set_value("penelepon panik")
    press(test, case, "class_normal")
    assert stored(center, case).step(2).state is StepState.DONE
    assert "Alasan keterlambatan yang belum dicatat" in told(test)

    test.text_input(key=key(case, "owed_1")).set_value("sambungan putus")
    press(test, case, "owe_1")

    assert stored(center, case).step(1).overrun_reason == "sambungan putus"
    assert "Alasan keterlambatan yang belum dicatat" not in told(test)


def test_the_reason_of_an_overrun_may_follow_after_closing(center: Center, page) -> None:
    start = now() - timedelta(minutes=10)
    case = intake.open_call(center, start, ANI, Channel.CALL_112)
    report = Report("Tertawa", no_number_reason="radio", anonymous_reason="radio")
    case = intake.record_report(center, start + timedelta(minutes=3), ANI, ref(case), report)
    case = intake.classify(center, now(), BUDI, ref(case), CallClass.INFORMATION)
    case = intake.close_call(center, now(), BUDI, ref(case), "salah sambung")
    test = showing(page, case)
    test.text_input(key=key(case, "owed_1")).set_value("sambungan putus")
    press(test, case, "owe_1")

    assert stored(center, case).step(1).overrun_reason == "sambungan putus"


def ended_late(center: Center) -> Case:
    """A case whose step 3 overran, called off, delivered and closed."""
    start = now() - timedelta(minutes=20)
    case = intake.open_call(center, start, ANI, Channel.CALL_112)
    report = Report(
        "Kapal terbalik",
        no_number_reason="radio",
        anonymous_reason="radio",
        incident=Incident(type_code="S-CAP", domain=Domain.SEA, victims_unknown=True),
        location=places.place_at(center, PANTAI_AMAL, "Pantai Amal"),
    )
    case = intake.record_report(center, start, ANI, ref(case), report)
    case = intake.classify(center, start, BUDI, ref(case), CallClass.NORMAL)
    for agency in center.pack.sop.forward_to:
        case = intake.forward(center, start, BUDI, ref(case), agency)
    case = intake.verify(center, now(), BUDI, ref(case))
    case = exits.call_off(center, now(), CITRA, ref(case), Outcome.CANCELLED, "dibatalkan")
    case = closing.print_form(center, now(), ANI, ref(case))
    outbox.take_receipt(center, now(), BUDI, a_receipt(case, now()))
    case = monitoring.get(center, case.case_id)
    return closing.close(center, now(), BUDI, ref(case), "Lemari A-3")


def test_what_stands_in_a_delivered_record_is_not_offered_after_closing(center: Center, page) -> None:
    case = ended_late(center)
    test = showing(page, case)

    assert not [item for item in test.text_input if item.key == key(case, "owed_3")]
    assert "buka kembali" in told(test)


def test_the_delivered_file_is_downloaded_as_it_was_delivered(center: Center, page) -> None:
    case = ended_late(center)
    test = open_tab(showing(page, case), case, "record")
    delivery = stored(center, case).delivery
    assert delivery is not None

    assert not test.exception
    assert delivery.path.rpartition("/")[2] in told(test)
    assert [item for item in test.get("download_button") if item.key == key(case, "json")]
    assert "seperti yang dikirim" in told(test)


def test_a_record_that_was_not_delivered_is_a_draft(center: Center, page) -> None:
    case = reported(center)
    test = open_tab(showing(page, case), case, "record")

    assert not test.exception
    assert "draf" in told(test)


def test_a_file_that_is_no_picture_is_refused(center: Center, page) -> None:
    case = responding(center)
    test = open_tab(showing(page, case), case, "progress")
    test.file_uploader(key=key(case, "files_0")).upload("foto.jpg", b"bukan foto", "image/jpeg").run()
    press(test, case, "attach")

    assert "bukan foto JPEG/PNG atau PDF" in test.error[0].value
    assert stored(center, case).attachments == ()


def test_victims_that_do_not_add_up_are_refused(center: Center, page) -> None:
    case = responding(center)
    test = open_tab(showing(page, case), case, "outcome")
    input_of(test.selectbox, case, "outcome", "outcome").set_value(Outcome.RESCUED)
    input_of(test.number_input, case, "outcome", "total").set_value(2).run()
    press(test, case, "save_outcome")

    assert "jumlah = 2" in test.error[0].value
    assert stored(center, case).victims is None


def test_numbers_that_somebody_else_stored_replace_the_ones_on_screen(center: Center, page) -> None:
    case = responding(center)
    test = open_tab(showing(page, case), case, "outcome")
    input_of(test.text_input, case, "outcome", "destination").set_value("RSUD").run()
    input_of(test.number_input, case, "outcome", "total").set_value(2).run()
    victims = Victims(total=3, safe=3)
    handling.record_outcome(center, now(), CITRA, ref(case), Outcome.EVACUATED, victims, "Puskesmas")
    press(test, case, "save_outcome")

    assert "sudah diubah oleh Citra" in test.error[0].value
    press(test, case, "stale_reload")
    assert input_of(test.number_input, case, "outcome", "total").value == 3
    assert input_of(test.text_input, case, "outcome", "destination").value == "Puskesmas"
    assert "Jumlah korban: 2" in told(test) and "RSUD" in told(test)

    press(test, case, "save_outcome")
    new = stored(center, case)
    assert (new.victims, new.outcome, new.casualty_destination) == (victims, Outcome.EVACUATED, "Puskesmas")


def test_reasons_and_condition_that_somebody_else_stored_are_not_written_over(center: Center, page) -> None:
    case = responding(center)
    case = assignment.record_progress(center, now(), BUDI, ref(case), boat(center), Progress.DEPART)
    test = open_tab(showing(page, case), case, "progress")
    input_of(test.text_input, case, "reasons", "late_sitrep").set_value("radio mati").run()
    input_of(test.text_input, case, "condition", "condition").set_value("Masih mencari").run()
    reasons = Reasons(no_documentation="gelap")
    case = handling.give_reasons(center, now(), CITRA, ref(case), reasons)
    handling.update_condition(center, now(), CITRA, ref(case), "Korban ditemukan")
    press(test, case, "save_condition")
    assert "sudah diubah oleh Citra" in test.error[0].value
    assert "Masih mencari" in told(test) and "radio mati" in told(test)

    press(test, case, "give_reasons")
    new = stored(center, case)
    assert (new.reasons.no_documentation, new.current_condition) == ("gelap", "Korban ditemukan")


def test_a_reason_that_is_emptied_is_taken_back(center: Center, page) -> None:
    case = responding(center)
    case = assignment.record_progress(center, now(), BUDI, ref(case), boat(center), Progress.DEPART)
    case = handling.give_reasons(center, now(), BUDI, ref(case), Reasons(late_sitrep="radio mati"))
    test = showing(page, case)
    input_of(test.text_input, case, "reasons", "late_sitrep").set_value("").run()
    press(test, case, "give_reasons")

    assert stored(center, case).reasons.late_sitrep is None


def test_a_false_report_recalls_the_units_and_needs_a_reason(center: Center, page) -> None:
    case = responding(center)
    test = showing(page, case, Role.DUTY_OFFICER)
    press(test, case, "false_report")
    assert "Alasan: kosong" in test.error[0].value
    test.text_input(key=key(case, "cancel_reason")).set_value("tidak ada kejadian")
    press(test, case, "false_report")

    end = stored(center, case)
    assert (end.outcome, end.active_units) == (Outcome.FALSE_REPORT, ())


def test_an_operation_is_handed_over_and_the_case_stays_open(center: Center, page) -> None:
    case = responding(center)
    test = showing(page, case, Role.DUTY_OFFICER)
    test.selectbox(key=key(case, "exit_choice")).set_value(Action.HAND_OVER).run()
    test.selectbox(key=key(case, "handover_agency")).set_value("SAR").run()
    test.text_input(key=key(case, "handover_reference")).set_value("OPS-7")
    press(test, case, "hand_over")

    end = stored(center, case)
    assert end.is_open and end.handover and end.handover.reference == "OPS-7"
    assert "dialihkan ke" in told(test)
    assert "pembaruan harian, belum ada" in told(test)
    assert "lebih dari 24 jam" not in told(test)


def test_a_handed_over_case_says_when_its_daily_update_is_missing(center: Center, page) -> None:
    case = sent_before(center)
    case = exits.hand_over(
        center, now(), CITRA, ref(case), "SAR", "OPS-7", occurred_at=now() - timedelta(minutes=50)
    )
    case = handling.update_condition(center, now(), BUDI, ref(case), "Masih mencari")
    test = showing(page, case)
    assert "pembaruan harian, terakhir" in told(test)
    assert "lebih dari 24 jam" not in told(test)

    view = monitoring.view(center, now() + timedelta(hours=25), case.case_id)
    assert update_is_missing(view.case, view.events, now() + timedelta(hours=25))
    assert not update_is_missing(view.case, view.events, now() + timedelta(hours=23))


def test_a_repeated_report_is_joined_by_its_number(center: Center, page) -> None:
    primary, case = reported(center), reported(center)
    test = showing(page, case)
    test.text_input(key=key(case, "merge_number")).set_value("P1900-1")
    press(test, case, "merge")
    assert "tidak ditemukan" in test.error[0].value
    test.text_input(key=key(case, "merge_number")).set_value(primary.call_no)
    press(test, case, "merge")

    assert stored(center, case).merged_into == primary.case_id
    assert f"lanjutkan pada {primary.call_no}" in " ".join(item.label for item in test.button)


def test_a_closed_case_is_reopened_by_the_supervisor_only(center: Center, page) -> None:
    case = responding(center)
    case = exits.call_off(center, now(), CITRA, ref(case), Outcome.CANCELLED, "dibatalkan")
    test = showing(page, case, Role.CALL_TAKER)
    press(test, case, "print_form")
    as_role(test, Role.SUPERVISOR, "Eka")
    test.text_input(key=key(case, "override_reason")).set_value("DKISP padam")
    press(test, case, "override")
    as_role(test, Role.DISPATCHER, "Budi")
    test.text_input(key=key(case, "archive")).set_value("Lemari A-3")
    press(test, case, "close")
    assert stored(center, case).status is CaseStatus.CLOSED
    assert not [item for item in test.button if item.key == key(case, "reopen")]

    as_role(test, Role.SUPERVISOR, "Eka")
    test.text_input(key=key(case, "reopen_reason")).set_value("korban kedua")
    press(test, case, "reopen")

    again = stored(center, case)
    assert (again.status, again.revision) == (CaseStatus.MONITORING, 2)


def watching() -> None:
    import streamlit as st

    from ui.case_sheet import watch

    watch(st.session_state["case_id"], st.session_state["version"])


def test_somebody_elses_change_is_announced_without_touching_the_page(center: Center) -> None:
    case = responding(center)
    test = AppTest.from_function(watching)
    test.session_state["case_id"], test.session_state["version"] = case.case_id, case.version
    test.run()
    assert not test.button

    handling.update_condition(center, now(), BUDI, ref(case), "Masih mencari")
    test.run()

    assert "Ada perubahan baru pada kasus ini." in told(test)
    assert [item.label for item in test.button] == ["Muat ulang"]


@pytest.mark.parametrize(("method", "said"), [("estimate", "6,9 km perkiraan"), ("water_route", "6,9 km  ")])
def test_an_estimated_distance_of_a_unit_says_so(center: Center, page, method: str, said: str) -> None:
    case = responding(center, Promise(boat(center), 6_900.0, 900.0, method))
    test = open_tab(showing(page, case), case, "units")
    (line,) = [m.value for m in test.markdown if f"**{boat(center)}**" in m.value]
    assert said in line


def choosing(center: Center, reason: str, type_code: str = "S-MOB") -> tuple[Case, str, str]:
    """A case in which a boat was chosen in the place of the suggested one; also the two boats."""
    passed, instead = "SAR-RBB-01", "SAR-RIB-02"
    suggested = (
        SuggestedUnit(passed, "SAR", ("rib",), 3_300.0, "water_route"),
        SuggestedUnit("AMB-112-01", "MEDIS", ("ambulance",), 870.0, "estimate"),
    )
    case = reported(center, type_code)
    case = intake.propose_class(center, now(), ANI, ref(case), CallClass.NORMAL)
    case = intake.classify(center, now(), BUDI, ref(case), CallClass.NORMAL)
    case = assignment.propose(
        center, now(), CITRA, ref(case), (Promise(instead), Promise("AMB-112-01")), suggested, reason
    )
    return case, passed, instead


def test_what_was_suggested_what_was_chosen_and_why_stands_with_the_units(center: Center, page) -> None:
    case, passed, instead = choosing(center, "Regu lebih siap.")
    test = open_tab(showing(page, case), case, "units")
    (line,) = [m.value for m in test.markdown if "Saran" in m.value]
    local_time = local(center, case.proposals[0].at)[-5:].replace(":", ".")
    assert f"Saran {local_time}, alarm 1: {passed} 55 mnt, AMB-112-01 14 mnt perkiraan" in line
    assert f"dipilih juga: {instead}" in line
    assert f"tidak dipilih: {passed}" in line
    assert "alasan: Regu lebih siap." in line


def test_a_reason_that_somebody_wrote_is_no_markdown(center: Center, page) -> None:
    case, *_boats = choosing(center, "**rusak** [x](y)")
    test = open_tab(showing(page, case), case, "units")
    (line,) = [m.value for m in test.markdown if "Saran" in m.value]
    assert r"\*\*rusak\*\* \[x\]" in line


def test_a_choice_as_suggested_names_no_reason_and_nobody_passed_over(center: Center, page) -> None:
    case = classified(center)
    suggested = (SuggestedUnit("AMB-112-01", "MEDIS", ("ambulance",), 870.0, "estimate"),)
    assignment.propose(center, now(), CITRA, ref(case), (Promise("AMB-112-01"),), suggested)
    test = open_tab(showing(page, case), case, "units")
    (line,) = [m.value for m in test.markdown if "Saran" in m.value]
    assert not re.search("dipilih|alasan", line)


def test_each_choice_says_at_which_alarm_it_was_made(center: Center, page) -> None:
    case, *_boats = choosing(center, "Diminta instansi.", "S-CAP")
    case = assignment.set_alarm(center, now(), CITRA, ref(case), 2)
    suggested = (SuggestedUnit("AMB-112-02", "MEDIS", ("ambulance",), 870.0, "estimate"),)
    assignment.propose(center, now(), CITRA, ref(case), (Promise("AMB-112-02"),), suggested)
    test = open_tab(showing(page, case), case, "units")
    alarms = [re.search(r"alarm (\d)", m.value) for m in test.markdown if "Saran" in m.value]
    assert [found and found[1] for found in alarms] == ["1", "2"]
