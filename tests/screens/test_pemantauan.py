"""Pemantauan: what the dispatcher sees, and what the few buttons do."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import open_cases as cases
import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Actor, Case, intervals
from domain.permissions import PERMISSIONS, Action
from domain.words import CallClass, Role, UnitStatus
from geo.points import LonLat
from services import intake, monitoring, registry
from services.assignment import Progress
from services.center import Center
from services.change import CaseRef
from ui import event_words, fit, live, spread, watch_map
from ui.i18n import format_number
from ui.state import ACTOR, OPEN_CASE, field

Page = Callable[..., AppTest]
MAIN = Path(__file__).parents[2] / "ui" / "main.py"


def shown(page: Page, role: Role = Role.DISPATCHER) -> AppTest:
    test = page("pemantauan", role).run()
    assert not test.exception
    return test


def figures(test: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in test.metric}


def html(test: AppTest) -> str:
    return "\n".join(part.proto.body for part in test.get("html"))


def board(center: Center) -> monitoring.Board:
    return monitoring.board(center, cases.ago(0))


def busy(center: Center, *progress: Progress) -> tuple[Case, str]:
    """A coordinated case with its first recommended unit sent and moved along `progress`."""
    case = cases.coordinated(center, cases.classified(center))
    code = cases.recommended(center, case)[0]
    return cases.sent(center, case, code, progress=progress), code


def test_an_empty_board_says_so_and_what_to_do_next(center: Center, page: Page) -> None:
    test = shown(page)
    assert "**Tidak ada kasus terbuka**" in [part.value for part in test.markdown]
    assert test.button(key="watch_to_intake").label == "Buka Penerimaan"
    assert figures(test) == {
        "Kasus terbuka": "0",
        "Terlambat": "0",
        "Unit bertugas": f"0 / {len(registry.units(center))}",
        "Waktu tanggap, 30 hari": "–",
    }
    assert test.metric[3].delta == "belum ada data"
    assert "Belum ada kejadian tercatat" in html(test)


def test_the_figures_count_open_late_and_committed(center: Center, page: Page) -> None:
    cases.classified(center, minutes_ago=1)
    arrived, _code = busy(center, Progress.DEPART, Progress.ARRIVE)
    minutes = format_number((intervals(arrived).response_s or 0) / 60, 1)
    cases.classified(center, "L-ANI", minutes_ago=10)
    test = shown(page)
    seen = figures(test)
    assert seen["Kasus terbuka"] == "3"
    assert seen["Terlambat"] == "1"
    assert seen["Unit bertugas"].startswith("1 / ")
    assert seen["Waktu tanggap, 30 hari"] == f"{minutes} mnt"
    assert test.metric[3].delta == f"median · P90 {minutes} mnt · n = 1"


def test_calls_that_wait_for_a_decision_come_first_and_oldest_first(center: Center, page: Page) -> None:
    newer = cases.reported(center, None, None, proposed=CallClass.GHOST, minutes_ago=2)
    older = cases.reported(center, None, None, proposed=CallClass.PRANK, minutes_ago=3)
    cases.classified(center)
    test = shown(page)
    labels = [button.label for button in test.button if button.key.startswith("watch_decide_")]
    assert [label.split()[1] for label in labels] == [f"{older.call_no}:", f"{newer.call_no}:"]
    assert "diusulkan Prank oleh Ani" in labels[0]


def test_more_waiting_decisions_than_fit_are_counted(center: Center, page: Page) -> None:
    for _ in range(5):
        cases.reported(center, None, None, proposed=CallClass.PRANK)
    test = shown(page)
    assert len([button for button in test.button if button.key.startswith("watch_decide_")]) == 3
    assert any(caption.value == "dan 2 panggilan lain di bawah" for caption in test.caption)


@pytest.mark.parametrize(("button", "opens"), [("decide", "kasus"), ("to_intake", "penerimaan")])
def test_a_button_leads_to_its_screen(center: Center, button: str, opens: str) -> None:
    if button == "decide":
        case = cases.reported(center, None, None, proposed=CallClass.PRANK)
        button = f"decide_{case.case_id}"
    test = AppTest.from_file(str(MAIN), default_timeout=30)
    test.session_state[ACTOR] = Actor("Uji", Role.DISPATCHER)
    test.run()
    test.button(key=f"watch_{button}").click().run()
    assert not test.exception
    assert not test.metric, "another screen is shown"
    if opens == "kasus":
        assert test.session_state[OPEN_CASE] == case.case_id


def test_the_unit_board_counts_by_agency_and_names_those_at_work(center: Center, page: Page) -> None:
    _case, code = busy(center, Progress.DEPART)
    text = html(shown(page))
    assert f"■ {code} <small>Menuju Lokasi</small>" in text
    for agency in {unit.agency for unit in registry.units(center).values()}:
        assert f">{agency}</th>" in text


def test_a_unit_is_taken_out_of_service_with_a_reason_and_made_ready_again(
    center: Center, page: Page
) -> None:
    code = "PMK-HQ-01"
    test = shown(page)
    test.selectbox(key="watch_readiness_unit").select(code).run()
    test.button(key="watch_unready").click().run()
    assert "Tulis mengapa unit tidak siap" in test.error[0].value
    reason(test, code).input("rem rusak").run()
    test.button(key="watch_unready").click().run()
    state = {u.unit.unit_code: u for u in registry.unit_states(center, cases.ago(0))}[code]
    assert (state.status, state.reason) == (UnitStatus.OUT_OF_SERVICE, "rem rusak")
    assert any(caption.value == "Tidak siap karena: rem rusak" for caption in test.caption)
    test.button(key="watch_ready").click().run()
    state = {u.unit.unit_code: u for u in registry.unit_states(center, cases.ago(0))}[code]
    assert state.status is UnitStatus.AVAILABLE


def reason(test: AppTest, code: str):  # type: ignore[no-untyped-def]
    return test.text_input(key=field("watch_reason", code))


def status(center: Center, code: str) -> UnitStatus:
    return {u.unit.unit_code: u for u in registry.unit_states(center, cases.ago(0))}[code].status


def test_a_reason_typed_for_one_unit_never_stands_in_the_box_of_another(center: Center, page: Page) -> None:
    test = shown(page)
    test.selectbox(key="watch_readiness_unit").select("PMK-HQ-01").run()
    reason(test, "PMK-HQ-01").input("rem rusak").run()
    test.selectbox(key="watch_readiness_unit").select("PMK-HQ-02").run()
    assert reason(test, "PMK-HQ-02").value == ""
    test.button(key="watch_unready").click().run()
    assert "Tulis mengapa unit tidak siap" in test.error[0].value
    assert status(center, "PMK-HQ-02") is UnitStatus.AVAILABLE


def test_a_stored_reason_does_not_come_back_into_its_box(center: Center, page: Page) -> None:
    test = shown(page)
    test.selectbox(key="watch_readiness_unit").select("PMK-HQ-01").run()
    reason(test, "PMK-HQ-01").input("rem rusak").run()
    test.button(key="watch_unready").click().run()
    test.button(key="watch_ready").click().run()
    assert reason(test, "PMK-HQ-01").value == ""


def test_a_returning_unit_that_is_back_is_made_ready(center: Center, page: Page) -> None:
    _case, code = busy(center, Progress.DEPART, Progress.ARRIVE, Progress.CLEAR)
    assert status(center, code) is UnitStatus.RETURNING
    test = shown(page)
    test.selectbox(key="watch_readiness_unit").select(code).run()
    assert test.button(key="watch_ready").label == "Sudah di pos / Siaga"
    test.button(key="watch_ready").click().run()
    assert not test.exception and not test.error
    assert status(center, code) is UnitStatus.AVAILABLE


def test_a_returning_unit_can_also_be_taken_out_of_service(center: Center, page: Page) -> None:
    _case, code = busy(center, Progress.DEPART, Progress.ARRIVE, Progress.CLEAR)
    test = shown(page)
    test.selectbox(key="watch_readiness_unit").select(code).run()
    reason(test, code).input("rem rusak").run()
    test.button(key="watch_unready").click().run()
    assert status(center, code) is UnitStatus.OUT_OF_SERVICE


def test_a_reason_is_no_markdown(center: Center, page: Page) -> None:
    registry.set_service(center, cases.ago(0), cases.BUDI, "PMK-HQ-01", "rem **aus**")
    test = shown(page)
    test.selectbox(key="watch_readiness_unit").select("PMK-HQ-01").run()
    assert any(c.value == r"Tidak siap karena: rem \*\*aus\*\*" for c in test.caption)


def test_a_unit_at_work_is_not_offered_for_readiness(center: Center, page: Page) -> None:
    _case, code = busy(center, Progress.DEPART)
    offered = shown(page).selectbox(key="watch_readiness_unit").options
    assert offered
    assert not [option for option in offered if option.startswith(code)]


def test_who_may_not_change_readiness_reads_who_may(center: Center, page: Page) -> None:
    test = shown(page, Role.AUDITOR)
    (told,) = [c.value for c in test.caption if c.value.startswith("Mengubah kesiapan unit: oleh")]
    assert all(role.label in told for role in PERMISSIONS[Action.SET_UNIT_SERVICE])
    assert Role.AUDITOR.label not in told
    assert not test.selectbox


def test_the_feed_says_who_did_what_to_which_case(center: Center, page: Page) -> None:
    case = cases.classified(center, minutes_ago=0)
    registry.set_service(center, cases.ago(0), cases.BUDI, "PMK-HQ-01", "rem rusak")
    text = html(shown(page)).partition("sigap-feed")[2]
    assert f"<b>{case.call_no}</b><span>Menetapkan jenis panggilan</span><i>Budi</i>" in text
    assert "<b>PMK-HQ-01</b><span>Mengubah kesiapan unit</span>" in text
    assert text.index("Mengubah kesiapan unit") < text.index("Menerima laporan"), "newest first"


def test_a_late_entry_is_marked_in_the_feed(center: Center, page: Page) -> None:
    case = cases.reported(center, minutes_ago=10)
    assert "susulan" not in html(shown(page))
    ref = CaseRef(case.case_id)
    intake.classify(center, cases.ago(0), cases.BUDI, ref, CallClass.NORMAL, occurred_at=cases.ago(8))
    assert html(shown(page)).count(">susulan<") == 1


@pytest.mark.parametrize("action", [*(a.value for a in Action), "edit_registry.put", "edit_registry.retire"])
def test_every_action_of_the_trail_has_a_name(action: str) -> None:
    assert event_words.action_label(action) != action


def test_cases_without_coordinates_are_named_beside_the_map(center: Center, page: Page) -> None:
    case = cases.classified(center, "L-RTA", None)
    cases.classified(center)
    captions = [caption.value for caption in shown(page).caption]
    assert f"Belum berkoordinat, tidak tampak di peta: {case.call_no}" in captions


def marks(group: object) -> list[tuple[LonLat, str]]:
    """Place and HTML of each mark in a feature group."""
    children = list(group._children.values())  # type: ignore[attr-defined]
    return [(LonLat(mark.location[1], mark.location[0]), mark.icon.options["html"]) for mark in children]


SQUARE, DIAMOND = "<rect ", "M10 0 20 10"


@pytest.mark.parametrize(
    ("point", "shape"),
    [(cases.ON_LAND, SQUARE), (cases.AT_SEA, DIAMOND), (cases.FAR_AT_SEA, DIAMOND), (cases.BUNYU, SQUARE)],
    ids=["city", "named waters", "far sea", "other land"],
)
def test_while_the_matra_is_unknown_the_shape_is_that_of_what_lies_there(
    center: Center, point: LonLat, shape: str
) -> None:
    cases.reported(center, None, point)
    ((_place, text),) = marks(watch_map.incidents(board(center).rows))
    assert shape in text


def test_a_known_matra_decides_the_shape_wherever_it_is(center: Center) -> None:
    cases.reported(center, "L-RTA", cases.AT_SEA)
    ((_place, text),) = marks(watch_map.incidents(board(center).rows))
    assert SQUARE in text


def test_a_unit_on_its_way_is_drawn_at_its_station_and_says_so(center: Center) -> None:
    _case, code = busy(center, Progress.DEPART)
    ((place, text),) = marks(watch_map.units_at_work(board(center)))
    assert place == registry.stations(center)[registry.units(center)[code].station].position
    assert f">{code} · posisi pos<" in text


def test_a_unit_that_arrived_is_drawn_at_the_incident(center: Center) -> None:
    _case, code = busy(center, Progress.DEPART, Progress.ARRIVE)
    ((place, text),) = marks(watch_map.units_at_work(board(center)))
    assert place == cases.ON_LAND
    assert f">{code}<" in text
    assert "posisi pos" not in text


def test_units_of_one_place_hang_below_one_another(center: Center) -> None:
    assert spread.rows(["pos", "api", "pos", "api"], taken=["api"]) == [0, 1, 1, 2]


def test_an_incident_outside_the_city_view_brings_the_map_to_it(center: Center) -> None:
    cases.classified(center)
    assert watch_map.view(board(center).rows) == (None, None)
    far = LonLat(117.85, 3.10)
    cases.classified(center, "S-MOB", far)
    middle, zoom = watch_map.view(board(center).rows)
    assert middle is not None
    assert middle.lat < center.pack.city.map_center.lat
    assert zoom is not None
    assert zoom < center.pack.city.map_zoom


def test_a_fitted_view_has_every_point_in_it() -> None:
    points = [LonLat(117.50, 3.20), LonLat(117.70, 3.40)]
    middle, zoom = fit.fitted(points, 300)
    px_per_degree = 256 * 2**zoom / 360
    assert all(abs(p.lon - middle.lon) * px_per_degree <= 300 for p in points)
    assert abs(points[0].lon - middle.lon) * px_per_degree * 2 > 300, "one step nearer would not fit"
    assert fit.fitted(points[:1], 300)[0] == points[0]


def test_the_picture_is_drawn_anew_when_a_clock_turns_and_not_before(center: Center) -> None:
    case = cases.classified(center, minutes_ago=0)
    at = case.call.received_at + timedelta(seconds=1)
    row = monitoring.board(center, at).rows[0]
    turn = live.next_turn([row.pressing], center.pack.sop.soon_share, at)
    assert turn is not None
    before, after = (
        monitoring.board(center, turn + shift).rows[0].urgency
        for shift in (timedelta(seconds=-2), timedelta(seconds=0))
    )
    assert before is not after
    assert live.earliest([None, at, turn], at) == turn
    assert live.earliest([None, at], at) is None
