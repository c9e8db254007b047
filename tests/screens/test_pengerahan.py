"""Pengerahan: the suggestion, the officer's picks, and what is stored or refused."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import open_cases as cases
import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Case, Location
from domain.words import Channel, Mode, Role
from services import assignment, handling, intake, monitoring, registry
from services.assignment import Progress
from services.center import Center
from services.change import CaseRef
from services.intake import Report
from ui.dispatch_actions import COMMANDER, WITHDRAW_REASON, input_key
from ui.state import OPEN_CASE, UNIT_CLICK

Page = Callable[..., AppTest]


def opened(page: Page, case: Case, role: Role = Role.DUTY_OFFICER, **state: object) -> AppTest:
    shown = page("pengerahan", role, **{OPEN_CASE: case.case_id}, **state).run()
    assert not shown.exception
    return shown


def tick(shown: AppTest, case: Case, code: str):  # type: ignore[no-untyped-def]
    return shown.checkbox(key=f"pick_{case.case_id}_{code}")


def listed(shown: AppTest) -> list[str]:
    return [box.key.rpartition("_")[2] for box in shown.checkbox]


def typed(shown: AppTest, case: Case, name: str):  # type: ignore[no-untyped-def]
    return shown.text_input(key=input_key(case.case_id, name))


def choose(shown: AppTest, case: Case) -> AppTest:
    return shown.selectbox(key="dispatch_case").select(case.case_id).run()


def tooltips(shown: AppTest) -> list[str]:
    """What the marks and lines on the map say when they are touched."""
    (drawn,) = (json.loads(part.proto.json_args) for part in shown.get("component_instance"))
    found = re.findall(r"bindTooltip\(\s*`<div[^>]*>\s*(.*?)\s*</div>`", drawn["feature_group"], re.DOTALL)
    assert found
    return [unescape(one) for one in found]


def html(shown: AppTest) -> str:
    return "\n".join(part.proto.body for part in shown.get("html"))


def stored(center: Center, case: Case) -> Case:
    return monitoring.get(center, case.case_id)


def test_without_a_normal_call_the_screen_says_what_to_wait_for(center: Center, page: Page) -> None:
    cases.reported(center)
    shown = page("pengerahan", Role.DUTY_OFFICER).run()
    assert not shown.exception
    assert "Tidak ada kasus yang menunggu unit" in shown.markdown[0].value
    assert shown.selectbox(key="dispatch_case").options == []


@pytest.mark.parametrize(
    ("type_code", "point", "lacking"),
    [(None, cases.ON_LAND, "Jenis Kejadian"), ("L-RTA", None, "Lokasi")],
)
def test_a_case_without_type_or_coordinates_says_what_it_lacks(
    center: Center, page: Page, type_code: str | None, point: object, lacking: str
) -> None:
    case = cases.classified(center, type_code, point)  # type: ignore[arg-type]
    shown = opened(page, case)
    text = " ".join(part.value for part in shown.markdown)
    assert "Unit belum dapat dibandingkan" in text
    assert lacking in text
    assert shown.button(key="dispatch_to_case").label == "Buka Kasus"
    assert not shown.checkbox


def test_a_case_that_takes_no_units_says_so(center: Center, page: Page) -> None:
    case = cases.reported(center)
    shown = opened(page, case)
    text = " ".join(part.value for part in shown.markdown)
    assert "tidak menerima unit sekarang" in text
    assert case.call_no in text


def test_an_unknown_case_in_the_address_is_refused_in_words(center: Center, page: Page) -> None:
    shown = page("pengerahan", Role.DUTY_OFFICER, **{OPEN_CASE: "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10"}).run()
    assert not shown.exception
    assert "tidak ditemukan" in shown.error[0].value


def test_the_recommended_units_are_ticked_and_proposed_with_what_was_promised(
    center: Center, page: Page
) -> None:
    case = cases.classified(center)
    wanted = cases.recommended(center, case)
    shown = opened(page, case)
    assert [code for code in listed(shown) if tick(shown, case, code).value] == wanted
    shown.button(key="dispatch_propose").click().run()
    assert not shown.exception
    units = stored(center, case).active_units
    assert sorted(u.unit_code for u in units) == sorted(wanted)
    assert all(u.method == "estimate" and u.eta_s and u.distance_m for u in units)
    assert {u.proposed_by for u in units} == {"Uji"}
    assert "ditahan sampai" in html(shown)
    assert set(listed(shown)).isdisjoint(wanted), "what the case has is not offered again"


def test_only_what_is_ticked_is_proposed(center: Center, page: Page) -> None:
    case = cases.classified(center)
    first, *others = cases.recommended(center, case)
    shown = opened(page, case)
    spare = next(code for code in listed(shown) if code not in (first, *others))
    tick(shown, case, first).uncheck().run()
    tick(shown, case, spare).check().run()
    assert shown.button(key="dispatch_propose").label == f"Usulkan {len(others) + 1} unit"
    shown.button(key="dispatch_propose").click().run()
    assert sorted(u.unit_code for u in stored(center, case).active_units) == sorted([*others, spare])
    assert not tick(shown, case, first).value, "what the officer refused stays refused"


def test_what_fills_the_plan_stands_first_and_keeps_its_rank(center: Center, page: Page) -> None:
    case = cases.classified(center, "S-CAP", cases.AT_SEA)
    shown = opened(page, case)
    wanted = cases.recommended(center, case)
    assert listed(shown)[: len(wanted)] == wanted
    ranks = [
        int(box.label.split("**")[1].split(" ")[0]) for box in shown.checkbox if box.key.startswith("pick_")
    ]
    assert sorted(ranks) == list(range(1, len(ranks) + 1))
    assert ranks[: len(wanted)] == sorted(ranks[: len(wanted)])


def test_nothing_ticked_is_refused_in_words(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    for code in cases.recommended(center, case):
        tick(shown, case, code).uncheck()
    shown.run()
    shown.button(key="dispatch_propose").click().run()
    assert "Pilih sekurangnya satu unit" in shown.error[0].value
    assert not stored(center, case).assignments


def test_a_click_on_the_map_ticks_a_unit_and_another_unticks_it(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    spare = next(code for code in listed(shown) if not tick(shown, case, code).value)
    shown.session_state[UNIT_CLICK] = f"{spare} · Darat · Siaga · 5–9 mnt · posisi pos"
    shown.run()
    assert tick(shown, case, spare).value
    shown.session_state[UNIT_CLICK] = f"✓ {spare} · Darat · Siaga · 5–9 mnt · posisi pos"
    shown.run()
    assert not tick(shown, case, spare).value


def test_a_click_on_something_else_ticks_nothing(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    before = [tick(shown, case, code).value for code in listed(shown)]
    shown.session_state[UNIT_CLICK] = "Pos · Pos PMK Sektor Utara · PMK-UTR"
    shown.run()
    assert [tick(shown, case, code).value for code in listed(shown)] == before


def test_units_are_not_sent_before_coordination_and_the_screen_says_what_to_do(
    center: Center, page: Page
) -> None:
    case = cases.classified(center)
    cases.proposed(center, case, *cases.recommended(center, case))
    shown = opened(page, case)
    assert any("setelah koordinasi" in caption.value for caption in shown.caption)
    shown.button(key="dispatch_approve").click().run()
    assert "tidak dapat dilakukan" in shown.error[0].value
    assert not stored(center, case).committed_units


def test_approving_sends_every_proposed_unit(center: Center, page: Page) -> None:
    case = cases.coordinated(center, cases.classified(center))
    codes = cases.recommended(center, case)
    cases.proposed(center, case, *codes)
    shown = opened(page, case)
    assert shown.button(key="dispatch_approve").label == f"Setujui & kerahkan {len(codes)} unit"
    shown.button(key="dispatch_approve").click().run()
    assert not shown.error
    assert sorted(u.unit_code for u in stored(center, case).committed_units) == sorted(codes)
    assert html(shown).count("Dikerahkan") >= len(codes)


def test_whoever_loses_the_race_reads_who_holds_the_unit_and_gets_the_new_list(
    center: Center, page: Page
) -> None:
    case, rival = cases.classified(center), cases.classified(center, minutes_ago=4)
    first, *_rest = cases.recommended(center, case)
    shown = opened(page, case)
    cases.proposed(center, rival, first, actor=cases.OTHER, minutes_ago=0)
    shown.button(key="dispatch_propose").click().run()
    assert first in shown.error[0].value
    assert "Hadi" in shown.error[0].value
    assert rival.call_no in shown.error[0].value
    assert not stored(center, case).assignments, "all or none"
    assert first not in listed(shown)
    left_out = html(shown).partition("sigap-left-out")[2]
    assert f"Diusulkan untuk {rival.call_no}, dipegang Hadi" in left_out
    now_wanted = cases.recommended(center, case)
    assert [code for code in listed(shown) if tick(shown, case, code).value] == now_wanted
    shown.button(key="dispatch_propose").click().run()
    assert not shown.error, "the refusal goes with the next attempt"
    assert sorted(u.unit_code for u in stored(center, case).active_units) == sorted(now_wanted)


def test_a_change_by_somebody_else_is_not_overwritten(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    assignment.name_commander(center, cases.ago(0), cases.OTHER, CaseRef(case.case_id), "Letda Rudi")
    shown.button(key="dispatch_propose").click().run()
    assert "sudah diubah oleh Hadi" in shown.error[0].value
    assert not stored(center, case).assignments


def test_a_proposal_is_taken_back(center: Center, page: Page) -> None:
    case = cases.classified(center)
    first, *_rest = cases.recommended(center, case)
    cases.proposed(center, case, first)
    shown = opened(page, case)
    shown.button(key="dispatch_withdraw_go").click().run()
    assert not stored(center, case).active_units
    assert first in listed(shown)


def test_a_sent_unit_is_taken_back_only_with_a_reason(center: Center, page: Page) -> None:
    case = cases.coordinated(center, cases.classified(center))
    first, *_rest = cases.recommended(center, case)
    cases.sent(center, case, first)
    shown = opened(page, case)
    shown.button(key="dispatch_withdraw_go").click().run()
    assert "Tulis mengapa unit ditarik" in shown.error[0].value
    assert stored(center, case).active_units
    typed(shown, case, WITHDRAW_REASON).input("salah unit").run()
    shown.button(key="dispatch_withdraw_go").click().run()
    assert not stored(center, case).active_units


def test_a_unit_that_departed_cannot_be_taken_back_here(center: Center, page: Page) -> None:
    case = cases.coordinated(center, cases.classified(center))
    first, *_rest = cases.recommended(center, case)
    cases.sent(center, case, first, progress=(Progress.DEPART,))
    shown = opened(page, case)
    assert not [button for button in shown.button if button.key == "dispatch_withdraw_go"]
    assert "Menuju Lokasi" in html(shown)


def test_the_commander_is_named(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    typed(shown, case, COMMANDER).input("Letda Rudi").run()
    shown.button(key="dispatch_commander_go").click().run()
    assert stored(center, case).on_scene_commander == "Letda Rudi"
    assert typed(shown, case, COMMANDER).label == "Komandan Lapangan: Letda Rudi"


def test_others_see_the_suggestion_and_who_may_send(center: Center, page: Page) -> None:
    shown = opened(page, cases.classified(center), Role.DISPATCHER)
    assert any("Perwira Piket" in caption.value for caption in shown.caption)
    assert all(box.disabled for box in shown.checkbox)
    assert not [button for button in shown.button if button.key == "dispatch_propose"]


def test_every_rough_time_is_called_an_estimate(center: Center, page: Page) -> None:
    shown = opened(page, cases.classified(center, "S-MOB", cases.AT_SEA))
    assert shown.checkbox
    for box in shown.checkbox:
        by_water = "jalur air" in box.label
        assert by_water != ("perkiraan garis lurus × 1,4" in box.label), box.label
        assert "posisi pos" in box.label
    assert "Titik temu tim darat: " in html(shown)


def test_what_cannot_be_filled_is_named_with_why(center: Center, page: Page) -> None:
    case = cases.classified(center, "L-ANI")
    need = registry.incident_type(center, "L-ANI").required[0]
    for unit in registry.units(center).values():
        if unit.agency == need.agency and need.capability in unit.capabilities:
            registry.set_service(center, cases.ago(0), cases.BUDI, unit.unit_code, "rem rusak")
    shown = opened(page, case)
    assert "kurang 1: unit yang mampu tidak siap" in html(shown)
    assert "tidak siap: rem rusak" in html(shown)


def test_a_requirement_opens_when_its_unit_is_unticked(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    assert "belum dipilih" not in html(shown)
    tick(shown, case, cases.recommended(center, case)[0]).uncheck().run()
    assert "belum dipilih" in html(shown)


def test_the_case_on_screen_stays_though_another_becomes_worse(center: Center, page: Page) -> None:
    case = cases.classified(center, "L-ANI", minutes_ago=5)
    shown = page("pengerahan", Role.DUTY_OFFICER).run()
    assert shown.selectbox(key="dispatch_case").value == case.case_id
    worse = cases.classified(center, "S-CAP", cases.AT_SEA, minutes_ago=30)
    shown.run()
    assert shown.selectbox(key="dispatch_case").value == case.case_id
    shown.selectbox(key="dispatch_case").select(worse.case_id).run()
    assert shown.session_state[OPEN_CASE] == worse.case_id
    assert worse.call_no in shown.selectbox(key="dispatch_case").options[0]


def test_a_proposal_whose_time_ran_out_says_who_has_the_unit_now(center: Center, page: Page) -> None:
    case, rival = cases.classified(center, minutes_ago=30), cases.classified(center)
    first, *_rest = cases.recommended(center, case)
    late = center.pack.city.hold_s / 60 + 1
    cases.proposed(center, case, first, minutes_ago=late)
    assert "kasus lain dapat mengambilnya" in html(opened(page, case))
    cases.proposed(center, rival, first, actor=cases.OTHER)
    shown = opened(page, case)
    assert f"kini dipegang Hadi untuk {rival.call_no}" in html(shown)
    assert stored(center, case).active_units[0].proposed_at < cases.ago(0) - timedelta(
        seconds=center.pack.city.hold_s
    )


def test_the_screen_keeps_working_while_units_are_on_scene(center: Center, page: Page) -> None:
    case = cases.coordinated(center, cases.classified(center))
    first, *_rest = cases.recommended(center, case)
    cases.sent(center, case, first, progress=(Progress.DEPART, Progress.ARRIVE))
    handling.add_sitrep(center, cases.ago(0), cases.DEDI, CaseRef(case.case_id), "Korban ditolong")
    shown = opened(page, case)
    assert "Tiba di Lokasi" in html(shown)
    assert "1/1" in html(shown)


def test_words_typed_for_one_case_never_stand_in_the_box_of_another(center: Center, page: Page) -> None:
    one, two = (cases.coordinated(center, cases.classified(center)) for _ in range(2))
    first, second, *_rest = cases.recommended(center, one)
    cases.sent(center, one, first)
    cases.sent(center, two, second)
    shown = opened(page, one)
    typed(shown, one, COMMANDER).input("Kapten A").run()
    typed(shown, one, WITHDRAW_REASON).input("salah unit").run()
    choose(shown, two)
    assert (typed(shown, two, COMMANDER).value, typed(shown, two, WITHDRAW_REASON).value) == ("", "")
    shown.button(key="dispatch_commander_go").click().run()
    shown.button(key="dispatch_withdraw_go").click().run()
    assert stored(center, two).on_scene_commander is None
    assert stored(center, two).active_units


def test_a_box_is_empty_again_once_its_words_are_stored(center: Center, page: Page) -> None:
    case = cases.coordinated(center, cases.classified(center))
    first, second, *_rest = cases.recommended(center, case)
    cases.sent(center, case, first, second)
    shown = opened(page, case)
    typed(shown, case, COMMANDER).input("Letda Rudi").run()
    shown.button(key="dispatch_commander_go").click().run()
    assert stored(center, case).on_scene_commander == "Letda Rudi"
    assert typed(shown, case, COMMANDER).value == ""
    typed(shown, case, WITHDRAW_REASON).input("salah unit").run()
    shown.button(key="dispatch_withdraw_go").click().run()
    assert len(stored(center, case).active_units) == 1
    assert typed(shown, case, WITHDRAW_REASON).value == ""


def test_a_refused_name_stays_in_its_box(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    typed(shown, case, COMMANDER).input("Letda Rudi").run()
    assignment.name_commander(center, cases.ago(0), cases.OTHER, CaseRef(case.case_id), "Kapten Sinta")
    shown.button(key="dispatch_commander_go").click().run()
    assert "sudah diubah oleh Hadi" in shown.error[0].value
    assert typed(shown, case, COMMANDER).value == "Letda Rudi"


def test_a_commanders_name_is_no_markdown(center: Center, page: Page) -> None:
    case = cases.classified(center)
    assignment.name_commander(center, cases.ago(0), cases.OTHER, CaseRef(case.case_id), "**Rudi** [x](y)")
    shown = opened(page, case)
    assert typed(shown, case, COMMANDER).label == "Komandan Lapangan: " + r"\*\*Rudi\*\* \[x\](y)"


def returning(center: Center) -> str:
    """The code of a unit that is on its way back from another case."""
    other = cases.coordinated(center, cases.classified(center))
    code = cases.recommended(center, other)[0]
    cases.sent(center, other, code, progress=(Progress.DEPART, Progress.ARRIVE, Progress.CLEAR))
    return code


def test_a_returning_unit_without_a_position_says_from_where_it_is_counted(
    center: Center, page: Page
) -> None:
    code = returning(center)
    case = cases.classified(center)
    shown = opened(page, case)
    label = tick(shown, case, code).label
    assert "Kembali" in label
    assert "masih kembali; dihitung dari pos" in label
    assert "perkiraan" in label
    assert "posisi pos" not in label
    (mark,) = [text for text in tooltips(shown) if code in text and "dihitung dari pos" in text]
    assert "perkiraan" in mark


def test_a_returning_boat_is_an_estimate_though_its_way_is_a_water_route(center: Center, page: Page) -> None:
    other = cases.coordinated(center, cases.classified(center, "S-MOB", cases.AT_SEA))
    boat = next(c for c in cases.recommended(center, other) if registry.units(center)[c].mode is Mode.SEA)
    cases.sent(center, other, boat, progress=(Progress.DEPART, Progress.ARRIVE, Progress.CLEAR))
    case = cases.classified(center, "S-MOB", cases.AT_SEA)
    shown = opened(page, case)
    assert "perkiraan, jalur air" in tick(shown, case, boat).label
    tick(shown, case, boat).check().run()
    (line,) = [text for text in tooltips(shown) if boat in text and "jalur air" in text]
    assert line.endswith("perkiraan")


def test_every_time_and_distance_has_its_unit_and_every_estimate_its_word(center: Center, page: Page) -> None:
    case = cases.classified(center, "S-MOB", cases.AT_SEA)
    shown = opened(page, case)
    for box in shown.checkbox:
        assert re.search(r"\d–\S+ (mnt|jam)\*\*", box.label), box.label
        assert re.search(r"\d (m|km) ", box.label), box.label
    timed = [text for text in tooltips(shown) if re.search(r"\d–\d", text)]
    assert len(timed) > len(shown.checkbox)
    for text in timed:
        code = next(code for code in listed(shown) if code in text)
        assert re.search(r"\d–\S+ (mnt|jam)", text), text
        assert ("perkiraan" in text) is ("perkiraan" in tick(shown, case, code).label), text


def test_the_title_of_a_case_that_takes_no_units_is_no_markdown(center: Center, page: Page) -> None:
    case = intake.open_call(center, cases.ago(5), cases.ANI, Channel.CALL_112)
    place = Location(place_text="**pasar** :red[besar]")
    report = Report("Laporan", "081200000789", reporter_name="Sari", location=place)
    intake.record_report(center, cases.ago(5), cases.ANI, CaseRef(case.case_id), report)
    text = " ".join(part.value for part in opened(page, case).markdown)
    assert r"\*\*pasar\*\* \:red\[besar\]" in text
