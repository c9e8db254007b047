"""Pengerahan: the suggestion, the officer's picks, and what is stored or refused."""

from collections.abc import Callable
from datetime import timedelta

import open_cases as cases
import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Case
from domain.words import Role
from services import assignment, handling, monitoring, registry
from services.assignment import Progress
from services.center import Center
from services.change import CaseRef
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
    shown.text_input(key="dispatch_withdraw_reason").input("salah unit").run()
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
    shown.text_input(key="dispatch_commander").input("Letda Rudi").run()
    shown.button(key="dispatch_commander_go").click().run()
    assert stored(center, case).on_scene_commander == "Letda Rudi"
    assert shown.text_input(key="dispatch_commander").label == "Komandan Lapangan: Letda Rudi"


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
