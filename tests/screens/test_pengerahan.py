"""Pengerahan: the suggestion, the officer's picks, and what is stored or refused."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import open_cases as cases
import pytest
import shapely
from streamlit.testing.v1 import AppTest

from domain.case import Actor, Case, Location
from domain.words import Channel, Mode, Role
from geo.points import LonLat
from services import assignment, handling, intake, monitoring, registry, weather
from services.assignment import Progress
from services.center import Center
from services.change import CaseRef
from services.intake import Report
from ui.dispatch_actions import ALARM, CHOICE, CHOICE_WORDS, COMMANDER, WITHDRAW_REASON, input_key
from ui.dispatch_map import Layer
from ui.state import DISPATCH_LAYERS, OPEN_CASE, UNIT_CLICK, UNIT_FOCUS
from ui.weather import WAVE

Page = Callable[..., AppTest]

EKA = Actor("Eka", Role.ADMIN)
PANTAI_AMAL, SADAU = LonLat(117.66, 3.315), LonLat(117.5221, 3.348)
NORTH_CHANNEL, STRAIT = LonLat(117.52, 3.47), LonLat(117.51, 3.365)
INLAND = LonLat(117.36, 3.52)
"""Deep in the mangrove of the mainland: no road leads there from Tarakan, and no boat comes near."""


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


def drawn(shown: AppTest) -> str:
    """The script that draws everything on the map that may change."""
    (map_part,) = (json.loads(part.proto.json_args) for part in shown.get("component_instance"))
    return str(map_part["feature_group"])


def tooltips(shown: AppTest) -> list[str]:
    """What the marks and lines on the map say when they are touched."""
    found = re.findall(r"bindTooltip\(\s*`<div[^>]*>\s*(.*?)\s*</div>`", drawn(shown), re.DOTALL)
    assert found
    return [unescape(one) for one in found]


def lines(shown: AppTest, code: str) -> list[str]:
    """What the lines of a unit's way say: the unit, its arrival, by which method."""
    return [text for text in tooltips(shown) if re.match(rf"{code} · \d", text)]


def click(shown: AppTest, tooltip: str) -> AppTest:
    """Click the mark on the map that has this tooltip."""
    shown.session_state[UNIT_CLICK] = tooltip
    return shown.run()


def focus(shown: AppTest) -> str:
    """The way under the map of the unit that was clicked; empty without one."""
    found = re.findall(r'<div class="sigap-focus">(.*?)</div>', html(shown))
    return re.sub(r"<[^>]*>", "", unescape(found[0])) if found else ""


def changed(center: Center, code: str, **fields: object) -> None:
    """Change a unit in the registry."""
    entry = next(one for one in registry.entries(center, "unit") if one.code == code)
    registry.put(center, cases.ago(0), EKA, "unit", {**entry.row, **fields}, entry.version)


def retired(center: Center, code: str) -> None:
    entry = next(one for one in registry.entries(center, "unit") if one.code == code)
    registry.retire(center, cases.ago(0), EKA, "unit", code, entry.version)


def waves(center: Center, height_m: float) -> None:
    weather.tell(center, cases.ago(0), cases.CITRA, wave_m=height_m, wind_from_deg=None, wind_kn=None)


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
    wanted = cases.recommended(center, case)
    first = next(code for code in wanted if code.startswith("AMB"))
    others = [code for code in wanted if code != first]
    shown = opened(page, case)
    spare = next(code for code in listed(shown) if code.startswith("AMB") and code not in wanted)
    tick(shown, case, first).uncheck().run()
    tick(shown, case, spare).check().run()
    typed(shown, case, CHOICE_WORDS).input("Ban kempes").run()
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


def test_a_click_on_the_map_shows_a_units_way_and_the_next_ones_tick_and_untick_it(
    center: Center, page: Page
) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    assert focus(shown) == ""
    *_near, spare = [code for code in listed(shown) if not tick(shown, case, code).value]
    assert not lines(shown, spare), "only the nearest are drawn before anybody asks"
    click(shown, f"{spare} · Darat · Siaga · 5–9 mnt · posisi pos")
    assert shown.session_state[UNIT_FOCUS] == (case.case_id, spare)
    assert not tick(shown, case, spare).value
    assert re.match(rf"{spare} \d+–\d+ mnt perkiraan siap \d+ mnt → \d+ mnt jalan [\d,]+ k?m ", focus(shown))
    assert lines(shown, spare)
    click(shown, f"{spare} · Darat · Siaga · 5–9 mnt · posisi pos")
    assert tick(shown, case, spare).value
    click(shown, f"✓ {spare} · Darat · Siaga · 5–9 mnt · posisi pos")
    assert not tick(shown, case, spare).value
    assert focus(shown), "the way stays on screen"


def test_a_click_on_another_unit_moves_the_way_and_ticks_nothing(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    one, two, *_rest = [code for code in listed(shown) if not tick(shown, case, code).value]
    before = [tick(shown, case, code).value for code in listed(shown)]
    for code in (one, two, one):
        click(shown, f"{code} · Darat · Siaga · 5–9 mnt · posisi pos")
        assert focus(shown).startswith(f"{code} ")
        assert [tick(shown, case, unit).value for unit in listed(shown)] == before


def test_who_may_not_choose_sees_the_way_and_ticks_nothing_by_clicking(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case, Role.DISPATCHER)
    spare = next(code for code in listed(shown) if not tick(shown, case, code).value)
    for _twice in range(2):
        click(shown, f"{spare} · Darat · Siaga · 5–9 mnt · posisi pos")
        assert focus(shown).startswith(f"{spare} ")
        assert not tick(shown, case, spare).value


def test_the_way_of_one_case_is_not_shown_in_another(center: Center, page: Page) -> None:
    one, two = cases.classified(center), cases.classified(center)
    shown = opened(page, one)
    click(shown, f"{listed(shown)[0]} · Darat · Siaga · 5–9 mnt · posisi pos")
    assert focus(shown)
    assert focus(choose(shown, two)) == ""


def test_the_ways_of_the_cases_own_units_stay_on_the_map(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    before = {code: lines(shown, code) for code in cases.recommended(center, case)}
    assert all(before.values())
    shown.button(key="dispatch_propose").click().run()
    assert {code: lines(shown, code) for code in before} == before


def test_a_unit_that_is_there_has_no_way_any_more(center: Center, page: Page) -> None:
    case = cases.coordinated(center, cases.classified(center))
    first, *_rest = cases.recommended(center, case)
    cases.sent(center, case, first, progress=(Progress.DEPART, Progress.ARRIVE))
    shown = opened(page, case)
    assert not lines(shown, first)
    click(shown, f"{first} · Darat · Tiba di Lokasi · kasus ini")
    assert focus(shown).split() == [first, "Tiba", "di", "Lokasi"]


def test_land_teams_that_arrived_for_a_casualty_at_sea_stand_at_the_pier(center: Center, page: Page) -> None:
    case = cases.coordinated(center, cases.classified(center, "S-MOB", PANTAI_AMAL))
    wanted = cases.recommended(center, case)
    boat = next(code for code in wanted if registry.units(center)[code].mode is Mode.SEA)
    team = next(code for code in wanted if code.startswith("AMB"))
    cases.sent(center, case, boat, team, progress=(Progress.DEPART, Progress.ARRIVE))
    shown = opened(page, case)
    script = drawn(shown)
    pier = re.search(r"Titik temu ([^:]+):", html(shown))
    assert pier
    at = {s.name: s.position for s in registry.stations(center).values()}[pier[1]]
    placed = {
        code: re.findall(rf"L\.marker\(\s*\[([\d., ]+)\](?:(?!L\.marker\().)*?{code}", script, re.DOTALL)[-1]
        for code in (boat, team)
    }
    assert placed[team] == f"{at.lat}, {at.lon}"
    assert placed[boat] == f"{PANTAI_AMAL.lat}, {PANTAI_AMAL.lon}"


@pytest.mark.parametrize(
    ("layer", "draws", "says"),
    [
        (Layer.LAND, "/api/v1/layers/isochrones/land.geojson", "jangkauan 5, 10, 15 mnt tempuh dari pos"),
        (Layer.SEA, "/api/v1/layers/isochrones/sea.geojson", "tanpa waktu siap"),
        (Layer.HOLES, "sigapHoles", "arsir = kelurahan di luar standar bila yang dipilih berangkat"),
    ],
)
def test_each_layer_is_drawn_and_explained_only_while_it_is_on(
    center: Center, page: Page, layer: Layer, draws: str, says: str
) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    assert draws not in drawn(shown)
    assert says not in html(shown)
    shown.button_group(key=DISPATCH_LAYERS).set_value([layer]).run()
    assert not shown.exception
    assert drawn(shown).count(draws) == 1
    assert says in html(shown)
    shown.button_group(key=DISPATCH_LAYERS).set_value([]).run()
    assert draws not in drawn(shown)


def test_holes_are_what_the_choice_leaves_and_say_how_that_was_worked_out(center: Center, page: Page) -> None:
    case = cases.classified(center, "L-FIR1")
    shown = opened(page, case, **{DISPATCH_LAYERS: [Layer.HOLES]})
    for code in listed(shown):
        tick(shown, case, code).uncheck()
    nobody = json.loads(re.findall(r'"holes": (\{.*?\}\})', drawn(shown.run()))[0])
    for code in listed(shown):
        if code.startswith(("PMK", "AMB")):
            tick(shown, case, code).check()
    all_go = json.loads(re.findall(r'"holes": (\{.*?\}\})', drawn(shown.run()))[0])
    assert nobody.keys() <= all_go.keys()
    assert sum(one["share"] for one in all_go.values()) < sum(one["share"] for one in nobody.values())
    for one in all_go.values():
        assert re.search(r"(Kebakaran|Medis) \d+ % dalam 15 mnt · perkiraan$", one["words"]) or re.search(
            r"Kebakaran \d+ % dalam 15 mnt · Medis \d+ % dalam 15 mnt · perkiraan$", one["words"]
        )


def test_raising_the_alarm_is_stored_and_asks_for_more(center: Center, page: Page) -> None:
    case = cases.classified(center, "L-FIR1")
    shown = opened(page, case)
    before = {c: tick(shown, case, c).value for c in listed(shown)}
    asked = re.findall(r"<i>\d+/(\d+)</i>", html(shown))
    shown.button_group(key=input_key(case.case_id, ALARM)).set_value(2).run()
    assert not shown.exception and not shown.error
    assert stored(center, case).alarm_level == 2
    more = re.findall(r"<i>\d+/(\d+)</i>", html(shown))
    assert sum(map(int, more)) > sum(map(int, asked))
    after = {c: tick(shown, case, c).value for c in listed(shown)}
    assert sum(after.values()) > sum(before.values()), "what the plan now wants is suggested too"


def test_only_the_duty_officer_sets_the_alarm_and_a_plan_of_one_level_has_no_choice(
    center: Center, page: Page
) -> None:
    fire, animal = cases.classified(center, "L-FIR1"), cases.classified(center, "L-ANI")
    for case, role, may in (
        (fire, Role.DUTY_OFFICER, True),
        (fire, Role.DISPATCHER, False),
        (fire, Role.CALL_TAKER, False),
        (animal, Role.DUTY_OFFICER, False),
    ):
        shown = opened(page, case, role)
        control = shown.button_group(key=input_key(case.case_id, ALARM))
        assert control.proto.disabled is not may, (case.incident.type_code, role)


def test_waves_above_a_boats_limit_leave_it_out_with_both_numbers(center: Center, page: Page) -> None:
    case = cases.classified(center, "S-MOB", PANTAI_AMAL)
    shown = opened(page, case)
    assert "POL-KP-01" in listed(shown)
    assert "gelombang" not in html(shown)
    shown.number_input(key=WAVE).set_value(1.7)
    next(button for button in shown.button if button.label == "Catat cuaca").click().run()
    assert not shown.exception and not shown.error
    assert "POL-KP-01" not in listed(shown)
    left_out = html(shown).partition("sigap-left-out")[2]
    for code in ("POL-KP-01", "POL-KP-02"):
        assert f"<b>{code}</b> <span>POLRI · gelombang 1,7 m, batas unit ini 1,5 m" in left_out
    assert "kurang 1: gelombang di atas batas unit yang mampu" in html(shown)
    assert "SAR-RBB-01" in listed(shown), "her limit is 2 m"


def other_choice(shown: AppTest, case: Case) -> tuple[str, str]:
    """Untick a suggested unit and tick another of its kind; return both."""
    units = {code: tick(shown, case, code).value for code in listed(shown)}
    passed = next(code for code, on in units.items() if on and code.startswith("AMB"))
    instead = next(code for code, on in units.items() if not on and code.startswith("AMB"))
    tick(shown, case, passed).uncheck()
    tick(shown, case, instead).check().run()
    return passed, instead


def test_another_choice_is_asked_for_its_reason_and_refused_without_one(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    assert not [box for box in shown.selectbox if "Mengapa" in box.label]
    passed, instead = other_choice(shown, case)
    box = shown.selectbox(key=input_key(case.case_id, CHOICE))
    assert box.label == f"Mengapa {instead}, bukan {passed}?"
    shown.button(key="dispatch_propose").click().run()
    assert f"{passed} disarankan, {instead} yang dipilih" in shown.error[0].value
    assert not stored(center, case).assignments
    assert all(state.case_id is None for state in registry.unit_states(center, cases.ago(0)))
    assert tick(shown, case, instead).value, "the choice stays on screen"


@pytest.mark.parametrize("by_hand", [False, True], ids=["chosen from the list", "written"])
def test_another_choice_is_stored_with_its_reason(center: Center, page: Page, by_hand: bool) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    suggested = cases.recommended(center, case)
    passed, instead = other_choice(shown, case)
    if by_hand:
        typed(shown, case, CHOICE_WORDS).input("Ban kempes").run()
    else:
        shown.selectbox(key=input_key(case.case_id, CHOICE)).select("Regu lebih siap.").run()
    shown.button(key="dispatch_propose").click().run()
    assert not shown.error
    (kept,) = stored(center, case).proposals
    assert [unit.unit_code for unit in kept.suggested] == suggested
    assert (kept.passed_over, kept.added) == ((passed,), (instead,))
    assert kept.reason == ("Ban kempes" if by_hand else "Regu lebih siap.")
    assert not [box for box in shown.selectbox if "Mengapa" in box.label]
    if not by_hand:
        return
    shown = opened(page, cases.classified(center))
    assert not [box for box in shown.text_input if box.value == "Ban kempes"]


def test_fewer_or_more_units_than_suggested_need_no_reason(center: Center, page: Page) -> None:
    case = cases.classified(center)
    shown = opened(page, case)
    first, *_rest = cases.recommended(center, case)
    tick(shown, case, first).uncheck().run()
    shown.button(key="dispatch_propose").click().run()
    assert not shown.error
    (kept,) = stored(center, case).proposals
    assert (kept.passed_over, kept.added, kept.reason) == ((first,), (), None)


def test_what_another_open_case_needs_more_is_said_with_what_it_costs_here(
    center: Center, page: Page
) -> None:
    other = cases.classified(center, "S-OVD", NORTH_CHANNEL)
    case = cases.classified(center, "S-OVD", STRAIT)
    text = unescape(html(opened(page, case)))
    assert "Bersama kasus lain" in text
    assert f"Sisakan POL-KP-02 untuk {other.call_no}" in text
    assert "sebagai ganti POL-KP-01" in text
    here = re.search(r"di sini: unit terakhir (\d+) → (\d+) mnt", text)
    there = re.search(rf"{other.call_no}: unit terakhir (\d+) → (\d+) mnt", text)
    assert here and int(here[1]) < int(here[2])
    assert there and int(there[1]) > int(there[2])


def test_no_trade_is_spoken_of_for_one_case_nor_for_two_that_do_not_meet(center: Center, page: Page) -> None:
    case = cases.classified(center, "S-OVD", STRAIT)
    assert "Bersama kasus lain" not in html(opened(page, case))
    cases.classified(center, "L-ANI")
    assert "Bersama kasus lain" not in html(opened(page, case))


def test_a_casualty_at_sea_is_brought_over_a_named_pier_by_named_units_to_a_named_hospital(
    center: Center, page: Page
) -> None:
    shown = opened(page, cases.classified(center, "S-MOB", PANTAI_AMAL))
    found = re.search(
        r"Titik temu ([^:]+): (\S+) di korban \d+–\d+ mnt, di dermaga \d+–\d+ mnt \(\d+ k?m jalur air\)\. "
        r"(\S+) di dermaga \d+–\d+ mnt \(perkiraan\)\. Korban di ([^<]+?) \d+–\d+ mnt \(perkiraan\)\.",
        unescape(html(shown)),
    )
    assert found
    pier, boat, team, hospital = found.groups()
    units = registry.units(center)
    places = {s.name: s for s in registry.stations(center).values()}
    assert places[pier].kind in ("pier", "landing_beach", "naval_base")
    assert units[boat].mode is Mode.SEA or units[boat].sail_kmh
    assert "ambulance" in units[team].capabilities
    assert places[hospital].receives
    assert any(text.startswith("Titik temu · ") and pier in text for text in tooltips(shown))
    assert any(text.startswith(f"Korban ke {hospital} · ") for text in tooltips(shown))


def test_what_is_missing_to_bring_a_casualty_in_is_said(center: Center, page: Page) -> None:
    case = cases.classified(center, "S-MOB", PANTAI_AMAL)
    waves(center, 5)
    assert "Belum ada perahu yang dapat berangkat." in html(opened(page, case))
    for code, unit in registry.units(center).items():
        if "ambulance" in unit.capabilities:
            registry.set_service(center, cases.ago(0), cases.BUDI, code, "rem rusak")
    assert "Belum ada kendaraan untuk membawa korban dari dermaga." in html(opened(page, case))


def test_on_land_nobody_speaks_of_a_pier(center: Center, page: Page) -> None:
    shown = opened(page, cases.classified(center))
    assert "Titik temu" not in html(shown) + drawn(shown)


def test_each_unit_says_what_of_the_city_it_leaves(center: Center, page: Page) -> None:
    case = cases.classified(center, "L-FIR1")
    shown = opened(page, case)
    for code in listed(shown):
        label = tick(shown, case, code).label
        watched = {"fire_engine", "ambulance"} & registry.units(center)[code].capabilities
        assert ("cakupan" in label) is bool(watched), label
        if watched:
            assert re.search(
                r"cakupan (tetap|jadi (Kebakaran|Medis) \d+ → \d+ %( \(.+\))?) \(perkiraan\)", label
            )
    assert any("cakupan jadi Kebakaran" in tick(shown, case, code).label for code in listed(shown))
    assert re.search(r"Bila semua yang dipilih berangkat: cakupan .*\(perkiraan\)", html(shown))


@pytest.mark.parametrize(
    ("type_code", "place"),
    [
        ("S-MOB", PANTAI_AMAL),
        ("S-CAP", NORTH_CHANNEL),
        ("S-MED", LonLat(117.5175, 3.349)),
        ("L-FLD", SADAU),
        ("S-CAP", LonLat(117.85, 3.43)),
        ("A-OFF", LonLat(117.70, 3.36)),
    ],
    ids=["Malundung-Pantai Amal", "north channel", "beside Sadau", "on Sadau", "Bunyu", "aircraft at sea"],
)
def test_every_boat_is_drawn_in_the_water_all_the_way(
    center: Center, page: Page, type_code: str, place: LonLat
) -> None:
    script = drawn(opened(page, cases.classified(center, type_code, place)))
    # What the map draws as land, a metre in from the shore: a boat may touch the shore.
    land = center.pack.zones.land.buffer(-1e-5)
    found = re.findall(r'L\.polyline\(\s*(\[\[.*?\]\]),\s*\{[^}]*"color": "var\(--sigap-route_sea\)"', script)
    assert found
    for line in found:
        way = shapely.LineString([(lon, lat) for lat, lon in json.loads(line)])
        assert way.intersection(land).length < 1e-6


def test_a_land_team_of_another_casualty_at_sea_is_not_drawn_in_the_water(center: Center, page: Page) -> None:
    other = cases.coordinated(center, cases.classified(center, "S-MOB", PANTAI_AMAL))
    team = next(code for code in cases.recommended(center, other) if code.startswith("AMB"))
    cases.sent(center, other, team, progress=(Progress.DEPART, Progress.ARRIVE))
    shown = opened(page, cases.classified(center))
    (words,) = [text for text in tooltips(shown) if re.search(rf"Tiba di Lokasi · {team}\b", text)]
    assert words.endswith("posisi pos")
    station = registry.stations(center)[registry.units(center)[team].station].position
    assert f"[{station.lat}, {station.lon}]" in drawn(shown)
    assert f"[{PANTAI_AMAL.lat}, {PANTAI_AMAL.lon}]" not in drawn(shown)


def test_a_trailer_boat_says_where_it_is_launched(center: Center, page: Page) -> None:
    case = cases.classified(center, "S-MOB", PANTAI_AMAL)
    label = tick(opened(page, case), case, "BPBD-PK-01").label
    assert re.search(
        r"siap 5 mnt → \d+ mnt jalan [\d,]+ km \(perkiraan garis lurus × 1,4\) → Binalatung → "
        r"10 mnt turunkan perahu → \d+ mnt laut [\d,]+ k?m \(jalur air\)",
        label,
    )


def test_on_an_island_the_last_part_is_walked(center: Center, page: Page) -> None:
    case = cases.classified(center, "L-FLD", SADAU)
    label = tick(opened(page, case), case, "SAR-PK-01").label
    assert re.search(
        r"laut [\d,]+ km \(jalur air\) → \d+ mnt jalan kaki \d+ m \(perkiraan garis lurus\)", label
    )


def nobody_is_free(center: Center) -> None:
    rival = cases.classified(center, "L-ANI")
    for unit in animal_units(center):
        cases.proposed(center, rival, unit, actor=cases.OTHER)


def animal_units(center: Center) -> list[str]:
    return [
        code for code, u in registry.units(center).items() if u.agency == "PMK" and "animal" in u.capabilities
    ]


@pytest.mark.parametrize(
    ("spoil", "words", "of_one"),
    [
        (
            nobody_is_free,
            "semua unit yang mampu sedang bertugas atau dipegang kasus lain",
            "Diusulkan untuk P2026-000002, dipegang Hadi",
        ),
        (
            lambda center: [changed(center, code, personnel=1, crew_min=3) for code in animal_units(center)],
            "unit yang mampu kurang awak",
            "awak 1 orang, perlu sedikitnya 3",
        ),
        (
            lambda center: [retired(center, code) for code in animal_units(center)],
            "tidak ada unit dengan kemampuan ini di registri",
            None,
        ),
    ],
    ids=["held", "not crewed", "no unit"],
)
def test_a_shortfall_says_what_could_be_undone(
    center: Center, page: Page, spoil: Callable[[Center], object], words: str, of_one: str | None
) -> None:
    case = cases.classified(center, "L-ANI")
    spoil(center)
    text = unescape(html(opened(page, case)))
    assert f"kurang 1: {words}" in text
    if of_one is not None:
        assert of_one in text.partition("sigap-left-out")[2]


def test_an_aircraft_without_the_fuel_is_left_out_with_both_times(center: Center, page: Page) -> None:
    changed(center, "TNI-H-01", endurance_min=15)
    text = unescape(html(opened(page, cases.classified(center, "A-LOS", LonLat(117.60, 3.40)))))
    assert "kurang 1: bahan bakar unit yang mampu tidak cukup untuk pergi-pulang" in text
    assert re.search(r"TNI-H-01</b> <span>TNI · [^<]*15 menit", text)


def test_what_no_unit_can_reach_is_said_with_why(center: Center, page: Page) -> None:
    text = unescape(html(opened(page, cases.classified(center, "L-RTA", INLAND))))
    assert "kurang 1: unit yang mampu tidak dapat menjangkau lokasi" in text
    assert re.search(r"AMB-112-01</b> <span>MEDIS · \S+", text)


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
        drives, sails = "mnt jalan " in box.label, "mnt laut " in box.label
        assert drives or sails, box.label
        assert drives == ("perkiraan garis lurus × 1,4" in box.label), box.label
        assert sails == ("(jalur air)" in box.label), box.label
        assert "posisi pos" in box.label
    for text in tooltips(shown):
        if "garis lurus ×" in text:
            assert "perkiraan" in text


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
    assert re.search(
        r"perkiraan, siap \d+ mnt → \d+ mnt laut \d+ km \(jalur air\)", tick(shown, case, boat).label
    )
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
