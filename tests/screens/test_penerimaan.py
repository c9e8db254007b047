"""Penerimaan: a call is a case from the ringing phone on, and nothing that was typed is lost."""

import json
import re
from datetime import UTC, datetime

import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Actor, Case, Incident, Location
from domain.words import CallClass, CaseStatus, Channel, Domain, Role, StepState
from geo.points import LonLat
from services import exits, intake, monitoring, places
from services.center import Center
from services.change import CaseRef
from services.intake import Report
from ui.state import CALL, CLICK, SAVED, field

ANI, BUDI = Actor("Ani", Role.CALL_TAKER), Actor("Budi", Role.DISPATCHER)
AT_SEA = (117.68, 3.30)
NUMBER = "0812 3456 7890"


def rung(center: Center) -> Case:
    return intake.open_call(center, datetime.now(UTC), ANI, Channel.CALL_112)


def ref(case: Case) -> CaseRef:
    return CaseRef(case.case_id, case.version)


def told(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.success, test.warning, test.error)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def button(test: AppTest, label: str):
    (found,) = [item for item in test.button if item.label == label]
    return found


def only_case(center: Center) -> Case:
    (row,) = monitoring.board(center, datetime.now(UTC)).rows
    return row.case


def scope(case: Case) -> str:
    return f"call-{case.case_id}"


def filled(test: AppTest, case: Case) -> AppTest:
    """Type what a caller says of a person in the water off Pantai Amal, and click the map there."""
    name = scope(case)
    test.text_input(key=field(name, "callback_number")).set_value(NUMBER)
    test.text_input(key=field(name, "reporter_name")).set_value("Siti")
    test.text_area(key=field(name, "narrative")).set_value("Anak hanyut di Pantai Amal")
    test.selectbox(key=field(name, "type")).set_value("S-MOB").run()
    test.number_input(key=field(name, "victims")).set_value(1)
    test.session_state[CLICK] = AT_SEA
    return test.run()


def writing(page, case: Case, role: Role = Role.CALL_TAKER, **state) -> AppTest:
    return page("penerimaan", role, **{CALL: case.case_id}, **state).run()


def test_without_a_call_the_screen_says_what_to_do(page) -> None:
    test = page("penerimaan", Role.CALL_TAKER).run()

    assert not test.exception
    assert button(test, "Terima panggilan")
    assert "Tekan T saat telepon berdering" in told(test)


def test_a_ringing_phone_makes_a_case_whose_clock_runs(center: Center, page) -> None:
    test = page("penerimaan", Role.CALL_TAKER).run()
    test.segmented_control(key="channel").set_value(Channel.RADIO)
    button(test, "Terima panggilan").click().run()

    case = only_case(center)
    assert not test.exception
    assert (case.status, case.call.channel) == (CaseStatus.RECEIVED, Channel.RADIO)
    assert case.step(1).state is StepState.IN_PROGRESS
    assert case.call_no in told(test)
    assert test.text_area(key=field(scope(case), "narrative")).value == ""


def test_a_call_that_nobody_wrote_down_can_be_continued_after_a_reload(center: Center, page) -> None:
    case = rung(center)
    test = page("penerimaan", Role.CALL_TAKER).run()
    assert case.call_no in told(test)
    assert "diterima Ani" in told(test)

    button(test, "Lanjutkan").click().run()

    assert test.text_area(key=field(scope(case), "narrative")).value == ""
    assert test.query_params["panggilan"] == case.case_id


def test_the_type_is_found_by_local_words_and_brings_its_priority(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    types = test.selectbox(key=field(scope(case), "type"))
    assert [option for option in types.options if "65" in option and option.startswith("L-FIR1")]

    types.set_value("L-ANI").run()

    assert test.selectbox(key=field(scope(case), "priority")).value == 4


def test_a_click_on_the_map_places_the_incident_and_says_its_zone(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)

    assert test.segmented_control(key=field(scope(case), "domain")).value is Domain.SEA
    assert test.text_input(key=field(scope(case), "coordinates")).value == "3.30000, 117.68000"
    assert "Laut, " in told(test) and "Perairan Pantai Amal" in told(test)


@pytest.mark.parametrize(
    "written",
    ["3.3, 117.68", "3,3; 117,68", "3°18'00\" N 117°40'48\" E", "3°18′ LU 117°40,8′ BT"],
)
def test_coordinates_are_read_in_any_notation(center: Center, page, written: str) -> None:
    case = rung(center)
    test = writing(page, case)
    test.text_input(key=field(scope(case), "coordinates")).set_value(written).run()

    place = test.session_state[field(scope(case), "place")]
    assert (place.lon, place.lat) == pytest.approx(AT_SEA)
    assert not test.error


@pytest.mark.parametrize(
    ("kind", "written", "said"),
    [
        ("S-CAP", "3.3, 117.59", "terjadi di laut, titik ini di darat"),
        ("S-CAP", "3.3, 117.68", None),
        ("L-FIR1", "3.3, 117.68", "terjadi di darat, titik ini di laut"),
        ("L-FIR1", "3.3, 117.59", None),
        ("A-OFF", "3.3, 117.68", None),
    ],
)
def test_a_point_on_the_other_side_of_the_shore_than_the_type_is_told(
    center: Center, page, kind: str, written: str, said: str | None
) -> None:
    case = rung(center)
    test = writing(page, case)
    test.selectbox(key=field(scope(case), "type")).set_value(kind).run()
    assert "titik ini di" not in told(test)
    test.text_input(key=field(scope(case), "coordinates")).set_value(written).run()
    assert ("titik ini di" in told(test)) is (said is not None)
    assert said is None or said in told(test)


def test_a_kelurahan_is_enough_for_a_place(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    test.selectbox(key=field(scope(case), "kelurahan")).set_value("65.71.03.1006").run()

    assert test.session_state[field(scope(case), "place")].kelurahan == "Pantai Amal"
    assert test.segmented_control(key=field(scope(case), "domain")).value is Domain.LAND
    assert "perkiraan, radius" in told(test)


def test_air_stays_chosen_when_the_place_moves(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    test.segmented_control(key=field(scope(case), "domain")).set_value(Domain.AIR).run()
    test.session_state[CLICK] = AT_SEA
    test.run()

    assert test.segmented_control(key=field(scope(case), "domain")).value is Domain.AIR


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("N 117.68, E 3.3", "tertukar|rentang|dibaca"),
        ("-6.2, 106.8", "di luar wilayah peta"),
        ("di depan masjid", "tidak dapat dibaca"),
    ],
)
def test_a_bad_place_is_refused_with_a_sentence_and_the_old_one_stays(
    center: Center, page, written: str, said: str
) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    test.text_input(key=field(scope(case), "coordinates")).set_value(written).run()

    assert re.search(said, test.error[0].value)
    assert test.text_input(key=field(scope(case), "coordinates")).value == written
    place = test.session_state[field(scope(case), "place")]
    assert (place.lon, place.lat) == AT_SEA


def test_a_call_taker_saves_the_report_and_proposes_the_class(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    test.button(key="class-normal").click().run()

    stored = only_case(center)
    assert not test.exception
    assert stored.step(1).state is StepState.DONE
    assert (stored.call.proposed_class, stored.call.call_class) == (CallClass.NORMAL, None)
    assert (stored.incident.type_code, stored.incident.domain) == ("S-MOB", Domain.SEA)
    assert (stored.location.lon, stored.location.lat) == AT_SEA
    assert stored.call.reporter_phone_masked == "•••890"
    assert monitoring.narrative(center, case.case_id) == "Anak hanyut di Pantai Amal"
    assert f"{case.call_no} tersimpan" in told(test)
    assert "Menunggu penetapan Dispatcher" in told(test)
    for name in ("narrative", "callback_number", "reporter_name", "type", "place"):
        assert field(scope(case), name) not in test.session_state


def test_a_dispatcher_also_decides_the_class(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case, Role.DISPATCHER), case)
    test.button(key="class-normal").click().run()

    stored = only_case(center)
    assert (stored.status, stored.call.call_class) == (CaseStatus.CLASSIFIED, CallClass.NORMAL)
    assert "Jenis ditetapkan: Normal" in told(test)


def test_a_prank_of_one_person_alone_is_stored_but_not_decided(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case, Role.DISPATCHER), case)
    test.button(key="class-prank").click().run()

    stored = only_case(center)
    assert (stored.status, stored.call.proposed_class) == (CaseStatus.RECEIVED, CallClass.PRANK)
    assert "prank dipastikan oleh orang kedua" in test.warning[0].value
    assert f"{case.call_no} tersimpan" in test.warning[0].value


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("narrative", "", "Kronologi: kosong"),
        ("callback_number", "", "Nomor Panggil Balik: kosong"),
        ("callback_number", "rumah", "bukan nomor telepon"),
    ],
)
def test_a_refused_report_keeps_everything_typed(
    center: Center, page, name: str, value: str, said: str
) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    inputs = test.text_area if name == "narrative" else test.text_input
    inputs(key=field(scope(case), name)).set_value(value)
    test.button(key="class-normal").click().run()

    assert said in test.error[0].value
    assert only_case(center).step(1).state is StepState.IN_PROGRESS
    assert test.text_input(key=field(scope(case), "reporter_name")).value == "Siti"
    assert test.selectbox(key=field(scope(case), "type")).value == "S-MOB"
    assert test.text_input(key=field(scope(case), "coordinates")).value == "3.30000, 117.68000"


def test_going_to_the_list_and_back_loses_nothing(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    button(test, "Ke daftar panggilan").click().run()
    assert CALL not in test.session_state

    button(test, "Lanjutkan").click().run()

    assert test.text_area(key=field(scope(case), "narrative")).value == "Anak hanyut di Pantai Amal"
    assert test.text_input(key=field(scope(case), "callback_number")).value == NUMBER
    assert test.selectbox(key=field(scope(case), "type")).value == "S-MOB"
    assert test.number_input(key=field(scope(case), "victims")).value == 1
    assert test.text_input(key=field(scope(case), "coordinates")).value == "3.30000, 117.68000"


def test_the_history_of_a_number_is_told_while_it_is_typed(center: Center, page) -> None:
    for kind in (CallClass.PRANK, CallClass.PRANK, CallClass.NORMAL):
        old = rung(center)
        old = intake.record_report(
            center, datetime.now(UTC), ANI, ref(old), Report("x", callback_number=NUMBER)
        )
        old = intake.propose_class(center, datetime.now(UTC), ANI, ref(old), kind)
        intake.classify(center, datetime.now(UTC), BUDI, ref(old), kind)
    case = rung(center)
    test = writing(page, case)
    test.text_input(key=field(scope(case), "callback_number")).set_value("+62 812-3456-7890").run()

    assert "2 panggilan prank, 1 panggilan normal dalam 30 hari" in told(test)
    assert only_case_named(center, case).call.reporter_ref is None


def only_case_named(center: Center, case: Case) -> Case:
    return monitoring.get(center, case.case_id)


@pytest.fixture
def nearby(center: Center) -> Case:
    """An open case at sea, 400 m from where the next caller points."""
    case = rung(center)
    place = places.place_at(center, LonLat(117.683, 3.302), "Pantai Amal")
    report = Report(
        "Orang hanyut",
        callback_number="081200000001",
        incident=Incident(type_code="S-MOB", domain=Domain.SEA, victims_unknown=True),
        location=place,
    )
    return intake.record_report(center, datetime.now(UTC), ANI, ref(case), report)


def test_a_call_taker_is_told_which_open_case_it_may_repeat(center: Center, page, nearby: Case) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)

    assert f"**{nearby.call_no}**" in told(test)
    assert "Sebut nomor ini ke Dispatcher" in told(test)
    assert not [item for item in test.button if item.label == "Gabungkan"]


def test_a_dispatcher_joins_a_repeated_report_to_the_open_case(center: Center, page, nearby: Case) -> None:
    case = rung(center)
    test = filled(writing(page, case, Role.DISPATCHER), case)
    button(test, "Gabungkan").click().run()

    merged = monitoring.get(center, case.case_id)
    assert (merged.status, merged.merged_into) == (CaseStatus.MERGED, nearby.case_id)
    assert monitoring.narrative(center, case.case_id) == "Anak hanyut di Pantai Amal"
    assert f"Digabung dengan {nearby.call_no}" in told(test)


def test_a_call_that_somebody_else_changed_is_not_overwritten(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    intake.propose_class(center, datetime.now(UTC), BUDI, ref(case), CallClass.GHOST)
    test.button(key="class-normal").click().run()

    assert f"Kasus {case.call_no} sudah diubah oleh Budi" in test.error[0].value
    assert monitoring.get(center, case.case_id).step(1).state is StepState.IN_PROGRESS

    button(test, "Muat ulang").click().run()
    test.button(key="class-normal").click().run()
    assert only_case(center).step(1).state is StepState.DONE


def test_a_report_that_somebody_else_wrote_down_is_shown_as_done(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    intake.record_report(center, datetime.now(UTC), BUDI, ref(case), Report("x", no_number_reason="radio"))
    test.run()

    assert "sudah dicatat oleh Budi" in test.warning[0].value
    assert not [item for item in test.button if item.key and item.key.startswith("class-")]
    assert test.text_area(key=field(scope(case), "narrative")).value == "Anak hanyut di Pantai Amal"


def test_an_auditor_sees_the_calls_but_may_not_take_one(center: Center, page) -> None:
    case = rung(center)
    test = page("penerimaan", Role.AUDITOR).run()

    assert not test.exception
    assert "Menerima laporan: oleh Call Taker, Dispatcher." in told(test)
    assert case.call_no in told(test)


def test_an_unknown_call_in_the_address_leads_to_the_list(center: Center, page) -> None:
    test = page("penerimaan", Role.CALL_TAKER)
    test.query_params["panggilan"] = "tidak-ada"
    test.run()

    assert not test.exception
    assert button(test, "Terima panggilan")
    assert SAVED not in test.session_state


def test_a_form_whose_call_went_on_without_it_says_why_it_closed(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    report = Report("x", no_number_reason="radio")
    case = intake.record_report(center, datetime.now(UTC), BUDI, ref(case), report)
    intake.classify(center, datetime.now(UTC), BUDI, ref(case), CallClass.NORMAL)
    test.run()

    assert "sudah dicatat oleh Budi" in test.warning[0].value
    assert [item for item in test.button if item.label == f"Buka kasus {case.call_no} →"]
    kept = [element.value for element in test.code]
    assert "Anak hanyut di Pantai Amal" in kept and NUMBER in kept and "Siti" in kept
    assert not test.text_area

    button(test, "Hapus isian ini, ke daftar panggilan").click().run()
    assert not test.code
    assert button(test, "Terima panggilan")


def test_a_call_that_was_merged_meanwhile_says_so_and_keeps_what_was_typed(
    center: Center, page, nearby: Case
) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    exits.merge(center, datetime.now(UTC), BUDI, ref(case), ref(nearby))
    test.run()

    assert f"digabung dengan {nearby.call_no} oleh Budi" in test.warning[0].value
    assert "Anak hanyut di Pantai Amal" in [element.value for element in test.code]
    assert [item for item in test.button if item.label == f"Buka kasus {nearby.call_no} →"]


def test_a_call_whose_class_was_decided_first_is_still_written_down(center: Center, page) -> None:
    case = rung(center)
    test = filled(writing(page, case), case)
    intake.classify(center, datetime.now(UTC), BUDI, ref(case), CallClass.NORMAL)
    test.run()
    assert "sudah ditetapkan Normal oleh Budi" in told(test)
    assert not [item for item in test.button if (item.key or "").startswith("class-")]

    button(test, "Simpan laporan").click().run()

    stored = only_case(center)
    assert not test.exception and not test.error
    assert (stored.status, stored.step(1).state) == (CaseStatus.CLASSIFIED, StepState.DONE)
    assert monitoring.narrative(center, case.case_id) == "Anak hanyut di Pantai Amal"
    assert f"{case.call_no} tersimpan" in told(test)


def test_a_classified_call_that_nobody_wrote_down_stays_in_the_list(center: Center, page) -> None:
    case = rung(center)
    intake.classify(center, datetime.now(UTC), BUDI, ref(case), CallClass.NORMAL)
    test = page("penerimaan", Role.CALL_TAKER).run()
    button(test, "Lanjutkan").click().run()

    assert test.text_area(key=field(scope(case), "narrative")).value == ""


def test_the_clock_of_a_call_turns_yellow_at_the_share_of_the_procedure(center: Center, page) -> None:
    test = writing(page, rung(center))
    (clock,) = [
        item.proto for item in test.get("bidi_component") if item.proto.component_name.endswith("sigap_call")
    ]

    assert json.loads(clock.json)["soon"] == center.pack.sop.soon_share
    assert "sigapClock(data, now, data.words)" in clock.js_content


def test_a_number_that_was_not_looked_up_is_not_called_unknown(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    test.text_input(key=field(scope(case), "callback_number")).set_value("0812").run()
    assert "Belum ada panggilan lain dari nomor ini" not in told(test)

    test.text_input(key=field(scope(case), "callback_number")).set_value(NUMBER).run()
    assert "Belum ada panggilan lain dari nomor ini" in told(test)


@pytest.mark.parametrize("region", ["65.71", "65.01", "luar"])
def test_a_place_outside_the_map_is_known_by_its_name_and_whose_it_is(
    center: Center, page, region: str
) -> None:
    case = rung(center)
    test = writing(page, case)
    test.text_area(key=field(scope(case), "narrative")).set_value("Perahu terbalik di muara")
    test.text_input(key=field(scope(case), "callback_number")).set_value(NUMBER)
    test.selectbox(key=field(scope(case), "kelurahan")).set_value(region).run()
    assert "Tulis tempat menurut pelapor" in test.error[0].value

    test.text_input(key=field(scope(case), "place_text")).set_value("Muara Sesayap").run()
    assert not test.error
    test.button(key="class-normal").click().run()

    place = only_case(center).location
    assert (place.place_text, place.jurisdiction, place.lon) == ("Muara Sesayap", region, None)
    assert place.is_placed


def test_an_emptied_coordinate_empties_the_kelurahan_too(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    test.selectbox(key=field(scope(case), "kelurahan")).set_value("65.71.03.1006").run()
    test.text_input(key=field(scope(case), "coordinates")).set_value("").run()

    assert test.selectbox(key=field(scope(case), "kelurahan")).value is None
    assert test.session_state[field(scope(case), "place")] == Location()


def test_an_emptied_kelurahan_empties_the_place(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    test.selectbox(key=field(scope(case), "kelurahan")).set_value("65.71.03.1006").run()
    test.selectbox(key=field(scope(case), "kelurahan")).set_value(None).run()

    assert test.text_input(key=field(scope(case), "coordinates")).value == ""
    assert test.session_state[field(scope(case), "place")] == Location()


def test_a_refused_coordinate_says_which_place_is_still_used(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    coordinates = field(scope(case), "coordinates")
    test.text_input(key=coordinates).set_value("di depan masjid").run()
    assert "Belum ada tempat yang dipakai" in told(test)

    test.text_input(key=coordinates).set_value("3.3, 117.68").run()
    test.text_input(key=coordinates).set_value("di depan masjid").run()
    assert "Tempat yang masih dipakai: 3.30000, 117.68000" in told(test)


def test_a_matra_that_came_with_a_wrong_type_goes_with_it(center: Center, page) -> None:
    case = rung(center)
    test = writing(page, case)
    test.session_state[CLICK] = (117.587, 3.317)
    test.run()
    air = next(code for code, kind in center.pack.plan.types.items() if kind.domain is Domain.AIR)
    types = field(scope(case), "type")
    test.selectbox(key=types).set_value(air).run()
    assert test.segmented_control(key=field(scope(case), "domain")).value is Domain.AIR

    test.selectbox(key=types).set_value("L-FIR1").run()
    assert test.segmented_control(key=field(scope(case), "domain")).value is Domain.LAND


def test_a_priority_and_a_matra_that_a_person_set_stay_when_type_and_place_change(
    center: Center, page
) -> None:
    case = rung(center)
    test = writing(page, case)
    types, priority, matra = (field(scope(case), name) for name in ("type", "priority", "domain"))
    test.selectbox(key=types).set_value("L-ANI").run()
    assert test.selectbox(key=priority).value == 4
    test.selectbox(key=priority).set_value(2).run()
    test.segmented_control(key=matra).set_value(Domain.SEA).run()
    test.selectbox(key=types).set_value("L-FIR1").run()
    test.session_state[CLICK] = (117.587, 3.317)
    test.run()

    assert test.selectbox(key=priority).value == 2
    assert test.segmented_control(key=matra).value is Domain.SEA


@pytest.mark.parametrize("change", ["_written", "_picked"])
def test_a_change_that_comes_once_the_form_was_put_away_is_let_go(center, change):
    def late(name):
        import streamlit as st

        from ui import location_picker

        getattr(location_picker, name)("call-gone")
        assert not [key for key in st.session_state if str(key).startswith("call-gone")]

    test = AppTest.from_function(late, kwargs={"name": change}).run()
    assert not test.exception
