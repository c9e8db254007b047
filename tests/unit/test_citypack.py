"""City packs: the real one is whole and says what its sources say; a wrong one is refused in plain words."""

import ast
import dataclasses
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citypack import (
    incident_type_from_row,
    incident_type_to_row,
    load_city_pack,
    station_from_row,
    station_to_row,
    unit_from_row,
    unit_to_row,
)
from citypack.city import City, CityPack
from citypack.models import CityFile, PlanFile, Row, SopFile, StationRow, UnitsFile
from citypack.toml_lines import line_of
from domain.errors import BadCityPack, BadInput
from domain.response_plan import Requirement
from domain.units import KNOT_KMH
from domain.words import Domain, Mode, Role, SarClass
from geo.points import LonLat

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "data" / "tarakan"
TINY = ROOT / "tests" / "packs" / "kota_uji"


@pytest.fixture(scope="module")
def real() -> CityPack:
    return load_city_pack(REAL)


@pytest.fixture(scope="module")
def tiny() -> CityPack:
    return load_city_pack(TINY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "kota_uji"))


# --- the real pack ---------------------------------------------------------------------------------


def test_the_procedure_is_the_printed_one(real: CityPack) -> None:
    assert real.sop.number == "1067/62/PM/2021"
    assert (real.sop.made, real.sop.revised, real.sop.effective) == (
        "6 September 2021",
        "3 November 2021",
        "8 Maret 2019",
    )
    assert real.sop.note == "perlu konfirmasi DKISP"
    assert [step.target_s / 60 for step in real.sop.steps] == [2, 2, 2, 2, 15, 15, 2, 2, 2]
    assert real.sop.total_s == 44 * 60
    assert real.sop.forward_to == ("BPBD", "SAR")
    assert real.sop.sitrep_interval_s == 900


def test_each_step_yields_what_the_next_one_needs(real: CityPack) -> None:
    steps = real.sop.steps
    for step, following in zip(steps, steps[1:], strict=False):
        if following.no == 6:  # step 6 asks for the documentation beside the report
            assert following.inputs == f"{step.output} + Dokumentasi"
        elif following.no == 7:
            assert following.inputs == f"Data {step.output}"
        else:
            assert following.inputs == step.output


def test_the_roles_lead_the_steps_that_the_project_decided(real: CityPack) -> None:
    assert real.sop.step(2).lead == (Role.CALL_TAKER, Role.DISPATCHER)
    assert real.sop.step(5).lead == (Role.DUTY_OFFICER,)
    assert real.sop.step(8).lead == (Role.CALL_TAKER,)
    assert real.sop.step(9).support == (Role.SUPERVISOR,)


def test_the_plan_has_the_21_incident_types(real: CityPack) -> None:
    by_domain = {
        "L": ("FIR1", "FIR2", "LND", "FLD", "TRP", "RTA", "MIS", "DRN", "ANI", "CRO", "SUI"),
        "S": ("CAP", "COL", "FIR", "MOB", "OVD", "CRA", "MED"),
        "A": ("APT", "OFF", "LOS"),
    }
    assert list(real.plan.types) == [
        f"{matra}-{name}" for matra, names in by_domain.items() for name in names
    ]
    domains = {"L": Domain.LAND, "S": Domain.SEA, "A": Domain.AIR}
    assert all(kind.domain is domains[code[0]] for code, kind in real.plan.types.items())


def test_a_stilt_settlement_fire_calls_for_what_the_plan_says(real: CityPack) -> None:
    assert real.plan.types["L-FIR2"].required == (
        Requirement("PMK", "fire_engine", 3),
        Requirement("PMK", "tanker", 4),
        Requirement("PMK", "hose_relay_500", 1),
        Requirement("MEDIS", "ambulance", 2),
        Requirement("POLRI", "cordon", 2),
        Requirement("SATPOLPP", "crowd_control", 1),
        Requirement("BPBD", "tanker", 1),
        Requirement("DISHUB", "traffic", 1),
        Requirement("PLN"),
    )


def test_a_person_in_the_water_calls_for_boats_and_an_ambulance(real: CityPack) -> None:
    kind = real.plan.types["S-MOB"]
    assert kind.sar_class is SarClass.KMM
    assert kind.required_agencies == ("SAR", "POLRI", "BPBD", "MEDIS")
    assert [need.agency for need in kind.optional] == ["NELAYAN", "PMI", "BAKAMLA"]


def test_local_words_find_the_types(real: CityPack) -> None:
    def codes(words: str) -> list[str]:
        return [kind.code for kind in real.plan.search(words)]

    assert codes("65") == ["L-FIR1", "L-FIR2", "S-FIR"]
    assert codes("ular") == ["L-ANI"]
    assert "S-MOB" in codes("tenggelam")
    assert codes("longsor") == ["L-LND"]
    assert set(codes("tabrakan")) == {"L-RTA", "S-COL"}


def test_only_self_harm_is_sensitive_from_the_start(real: CityPack) -> None:
    assert [code for code, kind in real.plan.types.items() if kind.sensitive] == ["L-SUI"]


def test_every_unit_is_flagged_as_example_and_known_codes_are_there(real: CityPack) -> None:
    assert all(unit.example for unit in real.units.values())
    assert {"PMK-BRT-01", "AMB-112-03", "SAR-RIB-02"} <= set(real.units)


def test_four_of_six_tankers_of_the_fire_brigade_are_ready(real: CityPack) -> None:
    tankers = [u.unit_code for u in real.units.values() if u.agency == "PMK" and u.kind == "tanker"]
    assert len(tankers) == 6
    assert [code for code in tankers if code in real.out_of_service] == ["PMK-HQ-13", "PMK-HQ-14"]


def test_speeds_are_the_observed_ones(real: CityPack) -> None:
    assert real.units["SAR-RIB-02"].cruise_kn == pytest.approx(16)
    assert real.units["SAR-RIB-02"].cruise_kmh == pytest.approx(29.632)
    assert real.units["PMK-BRT-02"].cruise_kmh == 25
    assert real.units["TNI-H-01"].cruise_kn == pytest.approx(100)


def test_every_need_can_be_met_but_the_admitted_ones(real: CityPack) -> None:
    admitted = {(gap.agency, gap.capability) for gap in real.known_shortfalls}
    assert admitted == {("PMK", "boat_pump"), ("BPBD", "excavator"), ("BPBD", "drone")}
    ready = [unit for code, unit in real.units.items() if code not in real.out_of_service]
    for kind in real.plan.types.values():
        for need in kind.required:
            if need.capability is not None:
                able = [u for u in ready if u.agency == need.agency and need.capability in u.capabilities]
                assert len(able) >= need.count, (kind.code, need)


def test_a_second_alarm_of_a_ship_accident_adds_to_the_first(real: CityPack) -> None:
    kind = real.plan.types["S-CAP"]
    assert kind.top_alarm == 2
    counts = {(need.agency, need.capability): need.count for need in kind.at_alarm(2).required}
    assert counts == {
        ("SAR", "rib"): 1,
        ("POLRI", "sea_patrol"): 2,
        ("KSOP", None): 1,
        ("MEDIS", "ambulance"): 4,
        ("SAR", "sar_ship"): 1,
        ("SAR", "rubber_boat"): 1,
        ("TNI", "sea_patrol"): 1,
    }


def test_a_house_fire_has_three_alarms(real: CityPack) -> None:
    alarms = real.plan.types["L-FIR1"].alarms
    assert [[(need.agency, need.capability) for need in added] for added in alarms] == [
        [("PMK", "fire_engine"), ("PMK", "tanker"), ("MEDIS", "ambulance")],
        [("PMK", "hose_relay_500"), ("BPBD", "tanker"), ("SATPOLPP", "crowd_control")],
    ]
    with_more = {code for code, kind in real.plan.types.items() if kind.alarms}
    assert with_more == {"L-FIR1", "L-FIR2", "L-LND", "S-CAP", "S-COL", "A-APT"}


def test_boats_on_trailers_sail_and_others_do_not(real: CityPack) -> None:
    carried = {code: (u.sail_kn, u.launch_s) for code, u in real.units.items() if u.sail_kmh is not None}
    assert carried == {"SAR-PK-01": (pytest.approx(8), 600), "BPBD-PK-01": (pytest.approx(8), 600)}


def test_only_helicopters_have_an_endurance_and_only_boats_a_sea_limit(real: CityPack) -> None:
    endurance = {code: u.endurance_s for code, u in real.units.items() if u.endurance_s is not None}
    assert endurance == {"POL-H-01": 150 * 60, "TNI-H-01": 210 * 60}
    limited = {code for code, u in real.units.items() if u.sea_limit_m is not None}
    afloat = {code for code, u in real.units.items() if u.mode is Mode.SEA or u.sail_kmh is not None}
    assert limited == afloat
    assert (real.units["SAR-KN-01"].sea_limit_m, real.units["SAR-PK-02"].sea_limit_m) == (4.0, 1.0)


def test_every_unit_of_the_pack_has_the_crew_to_go(real: CityPack) -> None:
    assert all(unit.is_crewed and unit.crew_min >= 1 for unit in real.units.values())


def test_both_hospitals_take_casualties_and_nothing_else_does(real: CityPack) -> None:
    assert [code for code, place in real.stations.items() if place.receives] == ["HOSP-JSK", "HOSP-ILYAS"]


def test_fire_engines_and_ambulances_are_watched_against_their_standards(real: CityPack) -> None:
    city = real.city
    assert [(c.capability, c.standard_s, c.label) for c in city.coverage] == [
        ("fire_engine", city.fire_response_s, "Kebakaran"),
        ("ambulance", city.medical_response_s, "Medis"),
    ]
    assert city.demand_days == 365


def test_the_numbers_of_walking_waiting_and_weather_are_there(real: CityPack) -> None:
    city = real.city
    assert (city.walk_kmh, city.walk_limit_m, city.position_max_age_s) == (4.0, 3000, 600)
    assert (city.scene_reserve_s, city.pickup_s, city.transfer_s) == (900, 600, 300)
    assert city.transport_capability == "ambulance"
    assert city.weather_valid_s == 10_800


def test_alarms_crews_and_the_fire_standard_have_their_numbers(real: CityPack) -> None:
    city = real.city
    assert (city.alarm_repeat_s, city.welfare_s, city.fire_agency) == (60, 1800, "PMK")
    fires = [code for code, kind in real.plan.types.items() if kind.lead == city.fire_agency]
    assert {"L-FIR1", "L-FIR2"} <= set(fires)


def test_no_agency_has_a_phone_number_without_a_source(real: CityPack) -> None:
    assert all(agency.phone is None for agency in real.agencies.values())
    assert real.city.phone is None


def test_two_lines_of_one_department_share_a_parent(real: CityPack) -> None:
    assert real.agencies["PMK"].parent == real.agencies["SATPOLPP"].parent is not None


def test_the_city_works_in_its_own_time_and_metres(real: CityPack) -> None:
    city = real.city
    assert (city.timezone.key, city.timezone_label, city.epsg, city.adm_code) == (
        "Asia/Makassar",
        "WITA",
        32650,
        "65.71",
    )
    assert city.register_no(2026, 123) == "2026/000123"
    assert city.call_no(2026, 4) != city.register_no(2026, 4)
    assert (city.hold_s, city.fire_response_s, city.default_classification) == (300, 900, "terbatas")
    assert (city.nearby(Domain.LAND).distance_m, city.nearby(Domain.LAND).window_s) == (1000, 1800)
    assert (city.nearby(Domain.SEA).distance_m, city.nearby(Domain.AIR).window_s) == (5000, 10800)
    assert [city.is_day(hour) for hour in (5, 6, 17, 18)] == [False, True, True, False]


def test_zones_know_land_and_own_waters(real: CityPack) -> None:
    assert real.zones.locate(real.kelurahan["65.71.03.1006"].point).kelurahan == "Pantai Amal"
    sea = real.zones.locate(LonLat(117.68, 3.30))
    assert (sea.domain, sea.jurisdiction) == ("sea", "65.71")
    assert real.zones.waters_limit_m == real.city.own_waters_nm * 1852


def test_the_documented_incidents_are_all_there(real: CityPack) -> None:
    assert [one.incident_id for one in real.documented] == [f"D{n}" for n in range(1, 9)]
    assert real.documented[0].point is None
    assert real.documented[1].point == LonLat(117.589, 3.284)
    assert len(real.statistics) == 30


def test_the_maps_are_geojson_with_the_listed_kelurahan(real: CityPack) -> None:
    drawn = {feature["properties"]["kemendagri_code"] for feature in real.kelurahan_map["features"]}
    assert drawn == set(real.kelurahan)
    assert len(drawn) == 20
    assert json.loads(real.coastline_path.read_text("utf-8")) == real.coastline


def test_the_readme_names_every_file_of_the_folder() -> None:
    readme = (REAL / "README.md").read_text("utf-8")
    missing = [path.name for path in REAL.iterdir() if path.name != "README.md" and path.name not in readme]
    assert not missing


# --- another city is another folder ----------------------------------------------------------------


def test_a_second_city_loads_with_its_own_everything(tiny: CityPack) -> None:
    assert (tiny.city.name, tiny.city.epsg, tiny.city.timezone.key) == ("Kota Uji", 32752, "Asia/Jayapura")
    assert [step.target_s for step in tiny.sop.steps] == [60, 60, 180, 240, 1200, 1800, 300, 90, 60]
    assert set(tiny.plan.types) == {"API", "AIR"}
    assert set(tiny.units) == {"UJI-1", "UJI-2", "UJI-3"}
    assert tiny.zones.locate(LonLat(131.01, -5.9)).kelurahan == "Rekaan Timur"
    assert tiny.zones.locate(LonLat(131.05, -5.9)).domain == "sea"
    assert tiny.zones.waters_limit_m == 2 * 1852
    assert tiny.city.register_no(2030, 7) == "UJI-0007-2030"
    assert tiny.documented == ()
    assert tiny.statistics == ()
    assert (tiny.city.walk_kmh, tiny.city.weather_valid_s, tiny.city.coverage[0].label) == (5, 7200, "Api")


def test_agencies_and_incident_types_may_have_a_cadence_of_their_own(tiny: CityPack) -> None:
    assert (tiny.city.alarm_repeat_s, tiny.city.welfare_s, tiny.city.fire_agency) == (30, 1200, "DAMKAR")
    assert {code: agency.welfare_s for code, agency in tiny.agencies.items()} == {
        "DAMKAR": None,
        "LAUT": 900,
        "KLINIK": None,
    }
    assert {code: kind.welfare_s for code, kind in tiny.plan.types.items()} == {"API": None, "AIR": 600}
    row = incident_type_to_row(tiny.plan.types["AIR"])
    assert incident_type_from_row(row, tiny.references) == tiny.plan.types["AIR"]
    del row["welfare_s"]
    stored_before = incident_type_from_row(row, tiny.references)
    assert stored_before == dataclasses.replace(tiny.plan.types["AIR"], welfare_s=None)


def test_a_higher_alarm_may_ask_for_more_than_there_is(tiny: CityPack) -> None:
    kind = tiny.plan.types["AIR"]
    assert kind.alarms == (
        (Requirement("LAUT", "boat", 2),),
        (Requirement("LAUT", "diver"), Requirement("DAMKAR")),
    )
    assert sum("boat" in unit.capabilities for unit in tiny.units.values()) == 1


def test_a_gap_of_a_higher_alarm_alone_may_be_admitted(folder: Path) -> None:
    plan = folder / "response_plan.toml"
    text = plan.read_text("utf-8")
    optional = 'optional = [{ agency = "LAUT", capability = "diver", condition = "orang belum terlihat" }]\n'
    assert optional in text
    plan.write_text(text.replace(optional, ""), "utf-8")
    assert load_city_pack(folder).known_shortfalls[0].capability == "diver"


def test_a_list_of_stations_without_the_newest_column_still_loads(folder: Path) -> None:
    path = folder / "facilities.csv"
    assert "receives" not in path.read_text("utf-8")
    assert not any(place.receives for place in load_city_pack(folder).stations.values())

    text = path.read_text("utf-8").replace(",source\n", ",source,receives\n").replace("rekaan\n", "rekaan,\n")
    text += "RS-1,RS Rekaan,hospital,KLINIK,130.99,-5.9,10,,rekaan,true\n"
    text += "RS-2,RS Malam,hospital,KLINIK,130.99,-5.9,10,,rekaan,false\n"
    path.write_text(text, "utf-8")
    stations = load_city_pack(folder).stations
    assert {code: place.receives for code, place in stations.items()} == {
        "POS-1": False,
        "DERMAGA-1": False,
        "RS-1": True,
        "RS-2": False,
    }


CODE_FOLDERS = ("domain", "geo", "citypack", "services", "database", "export", "ui", "pages", "api")


def test_the_name_of_the_first_city_stands_in_the_code_only_as_the_default_folder() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}: {line.strip()}"
        for folder in CODE_FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if re.search("tarakan", line, re.IGNORECASE)
    ]
    assert found == ['services/center.py: DEFAULT_CITY = ROOT / "data" / "tarakan"']


def test_no_code_of_the_first_city_is_written_into_the_program(real: CityPack) -> None:
    codes = {*real.agencies, *real.units, *real.stations, *real.plan.types, *real.kelurahan}
    codes |= {entry.name for entry in real.kelurahan.values()} | {real.city.adm_code, str(real.city.epsg)}
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{node.lineno} {node.value}"
        for folder in CODE_FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if path.name != "demo.py"  # demonstration data may name what it demonstrates
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and str(node.value) in codes
    ]
    assert found == []


# --- the digest ------------------------------------------------------------------------------------


def test_the_digest_changes_with_any_file_and_with_nothing_else(folder: Path) -> None:
    before = load_city_pack(folder).digest
    assert re.fullmatch("[0-9a-f]{64}", before)
    (folder / ".editor-swap").write_text("x", "utf-8")
    assert load_city_pack(folder).digest == before
    (folder / "README.md").write_text("lain", "utf-8")
    assert load_city_pack(folder).digest != before


# --- a wrong pack ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wrong:
    """One way of being wrong: in `file`, `old` becomes `new`; then what the refusal must say."""

    file: str
    old: str
    new: str
    key: str
    problem: str
    allowed: str


WRONG = {
    # toml: syntax
    "no closing quote": Wrong(
        "city.toml",
        '"Kota Uji"',
        '"Kota Uji',
        "baris 3, kolom 17",
        'tata tulis TOML salah: “name = "Kota Uji”',
        "kunci = nilai",
    ),
    "word without quotes": Wrong(
        "sop.toml", '"7/UJI/2030"', "7/UJI/2030", "baris 2, kolom 11", "tata tulis TOML salah", "tanda kutip"
    ),
    "key twice": Wrong(
        "city.toml",
        "zoom = 13",
        "zoom = 13\nzoom = 14",
        "baris 27, kolom",
        "ditulis dua kali",
        "kunci = nilai",
    ),
    "list not closed": Wrong(
        "units.toml",
        'capabilities = ["doctor"]',
        'capabilities = ["doctor"',
        "baris",
        "tata tulis TOML salah",
        "kurung siku",
    ),
    # toml: shape
    "key misspelt": Wrong(
        "units.toml",
        "personnel = 4",
        "personel = 4",
        "units[1].personel (baris 12)",
        "kunci ini tidak dikenal",
        "turnout_night_s, personnel, example",
    ),
    "key missing": Wrong(
        "units.toml",
        "personnel = 4\n",
        "",
        "units[1].personnel (baris 2)",
        "belum diisi",
        "bilangan bulat 0 sampai 200",
    ),
    "table missing": Wrong(
        "city.toml", "[prank]\nhistory_days = 7\n", "", "prank", "belum diisi", "sebuah tabel"
    ),
    "key unknown": Wrong(
        "units.toml",
        "speed_kn = 25",
        "speed_knots = 25",
        "units[2].speed_knots (baris 22)",
        "tidak dikenal",
        "kunci: unit_code, agency",
    ),
    "table unknown": Wrong(
        "city.toml",
        "[prank]",
        "[pranks]",
        "pranks (baris 46)",
        "kunci ini tidak dikenal",
        "nearby, prank, standards",
    ),
    "top key unknown": Wrong(
        "sop.toml",
        'note = ""',
        'note = ""\nversion = 2',
        "version (baris 8)",
        "tidak dikenal",
        "kunci: number, name, made",
    ),
    "text for a number": Wrong(
        "units.toml",
        "turnout_day_s = 300",
        'turnout_day_s = "300"',
        "units[2].turnout_day_s (baris 23)",
        "“300” bukan bilangan bulat",
        "0 sampai 7200",
    ),
    "number for a text": Wrong(
        "city.toml",
        'name = "Kota Uji"',
        "name = 5",
        "city.name (baris 3)",
        "5 bukan teks",
        "teks yang tidak kosong",
    ),
    "fraction for a whole number": Wrong(
        "units.toml",
        "personnel = 4",
        "personnel = 4.5",
        "units[1].personnel (baris 12)",
        "4.5 bukan bilangan bulat",
        "0 sampai 200",
    ),
    "truth for a number": Wrong(
        "city.toml",
        "eta_spread = 0.2",
        "eta_spread = true",
        "travel.eta_spread (baris",
        "true bukan angka",
        "0 sampai kurang dari 1",
    ),
    "number for a truth": Wrong(
        "units.toml",
        "example = true",
        "example = 1",
        "units[1].example (baris 13)",
        "1 bukan true atau false",
        "true (contoh) atau false",
    ),
    "negative speed": Wrong(
        "units.toml",
        "speed_kmh = 30",
        "speed_kmh = -30",
        "units[1].speed_kmh (baris 9)",
        "-30 di luar rentang",
        "di atas 0 sampai 400",
    ),
    "speed without end": Wrong(
        "units.toml",
        "speed_kmh = 30",
        "speed_kmh = inf",
        "units[1].speed_kmh (baris 9)",
        "inf",
        "di atas 0 sampai 400",
    ),
    "empty text": Wrong(
        "city.toml", '"Kota Uji"', '"  "', "city.name (baris 3)", "teksnya kosong", "teks yang tidak kosong"
    ),
    "text for a list": Wrong(
        "units.toml",
        '["doctor"]',
        '"doctor"',
        "units[3].capabilities (baris 33)",
        "“doctor” bukan daftar",
        "kode kemampuan",
    ),
    "empty list": Wrong(
        "units.toml",
        '["doctor"]',
        "[]",
        "units[3].capabilities (baris 33)",
        "terlalu sedikit",
        "kode kemampuan",
    ),
    "text for a table": Wrong(
        "response_plan.toml",
        '{ agency = "KLINIK" }',
        '"KLINIK"',
        "types[1].required[2] (baris 17)",
        "“KLINIK” bukan tabel",
        "sedikitnya satu kebutuhan",
    ),
    "mode unknown": Wrong(
        "units.toml",
        'mode = "sea"',
        'mode = "laut"',
        "units[2].mode (baris 19)",
        "“laut” bukan pilihan",
        "land, sea, air atau foot",
    ),
    "language unknown": Wrong(
        "city.toml",
        'language = "en"',
        'language = "fr"',
        "city.language (baris 9)",
        "“fr” bukan pilihan",
        "id atau en",
    ),
    "role unknown": Wrong(
        "sop.toml",
        '["field_officer"]',
        '["petugas"]',
        "steps[5].support[1] (baris 56)",
        "“petugas” bukan pilihan",
        "field_officer",
    ),
    "code in small letters": Wrong(
        "agencies.toml",
        'code = "LAUT"',
        'code = "laut"',
        "agencies[2].code (baris 7)",
        "“laut” tidak sesuai bentuknya",
        "huruf besar",
    ),
    "capability code with a space": Wrong(
        "agencies.toml",
        "diver =",
        '"di ver" =',
        "capabilities.di ver (baris 21)",
        "“di ver” tidak sesuai bentuknya",
        "kode = ",
    ),
    "priority five": Wrong(
        "response_plan.toml",
        "priority = 1",
        "priority = 5",
        "types[1].priority (baris 11)",
        "5 di luar rentang",
        "1, 2, 3 atau 4",
    ),
    "nested count zero": Wrong(
        "response_plan.toml",
        "count = 1",
        "count = 0",
        "types[1].required[1].count (baris 16)",
        "0 di luar rentang",
        "1 sampai 50",
    ),
    # toml: sense
    "both speeds": Wrong(
        "units.toml",
        "speed_kn = 25",
        "speed_kn = 25\nspeed_kmh = 46",
        "units[2].speed_kn (baris 22)",
        "sama-sama diisi",
        "salah satu dari speed_kmh atau speed_kn",
    ),
    "no speed": Wrong(
        "units.toml",
        "speed_kn = 25\n",
        "",
        "units[2].speed_kmh (baris 15)",
        "kecepatan belum diisi",
        "salah satu dari",
    ),
    "agency of unit unknown": Wrong(
        "units.toml",
        'agency = "LAUT"',
        'agency = "LAUTAN"',
        "units[2].agency (baris 17)",
        "“LAUTAN” tidak dikenal",
        "salah satu dari DAMKAR, KLINIK, LAUT",
    ),
    "kind of unit unknown": Wrong(
        "units.toml",
        'kind = "launch"',
        'kind = "kapal"',
        "units[2].kind (baris 18)",
        "“kapal” tidak dikenal",
        "doctor_car, launch, pump_truck",
    ),
    "station of unit unknown": Wrong(
        "units.toml",
        'station = "DERMAGA-1"',
        'station = "DERMAGA-2"',
        "units[2].station (baris 21)",
        "“DERMAGA-2” tidak dikenal",
        "DERMAGA-1, POS-1",
    ),
    "capability of unit unknown": Wrong(
        "units.toml",
        '["boat"]',
        '["boat", "fly"]',
        "units[2].capabilities[2] (baris 20)",
        "“fly” tidak dikenal",
        "boat, diver, doctor, pump",
    ),
    "capability twice": Wrong(
        "units.toml",
        '["boat"]',
        '["boat", "boat"]',
        "units[2].capabilities[2] (baris 20)",
        "lebih dari sekali",
        "satu kali",
    ),
    "boat inland": Wrong(
        "units.toml",
        'station = "DERMAGA-1"',
        'station = "POS-1"',
        "units[2].station (baris 21)",
        "unit Laut tidak dapat berangkat dari POS-1",
        "salah satu dari DERMAGA-1",
    ),
    "unit twice": Wrong(
        "units.toml",
        '"UJI-2"',
        '"UJI-1"',
        "units[2].unit_code (baris 16)",
        "“UJI-1” ditulis lebih dari sekali",
        "setiap kode satu kali",
    ),
    "agency twice": Wrong(
        "agencies.toml",
        'code = "LAUT"',
        'code = "DAMKAR"',
        "agencies[2].code (baris 7)",
        "“DAMKAR” ditulis lebih dari sekali",
        "setiap kode satu kali",
    ),
    "type twice": Wrong(
        "response_plan.toml",
        'code = "AIR"',
        'code = "API"',
        "types[2].code (baris 21)",
        "“API” ditulis lebih dari sekali",
        "setiap kode satu kali",
    ),
    "agency of plan unknown": Wrong(
        "response_plan.toml",
        '{ agency = "KLINIK" }',
        '{ agency = "RS" }',
        "types[1].required[2].agency (baris 17)",
        "“RS” tidak dikenal",
        "DAMKAR, KLINIK, LAUT",
    ),
    "capability of plan unknown": Wrong(
        "response_plan.toml",
        'capability = "doctor"',
        'capability = "nurse"',
        "types[2].required[2].capability (baris 28)",
        "“nurse” tidak dikenal",
        "boat, diver, doctor, pump",
    ),
    "lead not first": Wrong(
        "response_plan.toml",
        'lead = "LAUT"',
        'lead = "KLINIK"',
        "types[2].required[1].agency (baris 28)",
        "LAUT bukan instansi pemimpin",
        "KLINIK lebih dahulu",
    ),
    "condition on a must": Wrong(
        "response_plan.toml",
        '{ agency = "KLINIK" }',
        '{ agency = "KLINIK", condition = "luka" }',
        "types[1].required[2].condition (baris 17)",
        "tidak bersyarat",
        "pindahkan ke optional",
    ),
    "optional without condition": Wrong(
        "response_plan.toml",
        ', condition = "orang belum terlihat"',
        "",
        "types[2].optional[1].condition (baris 29)",
        "belum diisi",
        "kapan diperlukan",
    ),
    "count of a notice": Wrong(
        "response_plan.toml",
        '{ agency = "KLINIK" }',
        '{ agency = "KLINIK", count = 2 }',
        "types[1].required[2].count (baris 17)",
        "hanya diberi tahu",
        "hapus count",
    ),
    "more than there is": Wrong(
        "response_plan.toml",
        "count = 1",
        "count = 2",
        "types[1].required[1].capability (baris 16)",
        "DAMKAR hanya mempunyai 1 unit siap dengan pump; diperlukan 2",
        "known_shortfalls",
    ),
    "unit out of service leaves a gap": Wrong(
        "units.toml",
        "personnel = 4",
        'personnel = 4\nout_of_service = "rusak"',
        "",
        "hanya mempunyai 0 unit siap",
        "known_shortfalls",
    ),
    "gap not admitted": Wrong(
        "response_plan.toml",
        'capability = "diver"\nreason',
        'capability = "boat"\nreason',
        "types[2].optional[1].capability (baris 29)",
        "LAUT hanya mempunyai 0 unit siap dengan diver",
        "akui di [[known_shortfalls]]",
    ),
    "gap that is none": Wrong(
        "units.toml",
        '["boat"]',
        '["boat", "diver"]',
        "known_shortfalls[1].capability (baris 4)",
        "tidak ada kekurangan diver pada LAUT",
        "hapus",
    ),
    "linked sop unknown": Wrong(
        "response_plan.toml",
        "SOP Api Rekaan",
        "SOP Lain",
        "types[1].linked_sop (baris 13)",
        "“SOP Lain” tidak dikenal",
        "SOP Api Rekaan",
    ),
    "forwarded to nobody": Wrong(
        "sop.toml",
        '["LAUT"]',
        '["LAUT", "SAR"]',
        "forward_to[2] (baris 8)",
        "“SAR” tidak dikenal",
        "DAMKAR, KLINIK, LAUT",
    ),
    "steps out of order": Wrong(
        "sop.toml", "no = 4", "no = 5", "steps[4].no (baris 41)", "1, 2, 3, 5, 5", "bernomor 1 sampai 9"
    ),
    "step of no time": Wrong(
        "sop.toml", "minutes = 20", "minutes = 0", "steps[5].minutes", "0 di luar rentang", "menit, di atas 0"
    ),
    "timezone unknown": Wrong(
        "city.toml",
        "Asia/Jayapura",
        "Asia/Rekaan",
        "city.timezone (baris 7)",
        "“Asia/Rekaan” tidak dikenal",
        "Asia/Makassar",
    ),
    "timezone escapes its folder": Wrong(
        "city.toml", "Asia/Jayapura", "../../etc/passwd", "city.timezone (baris 7)", "tidak dikenal", "IANA"
    ),
    "area inside out": Wrong(
        "city.toml",
        "lon_max = 131.15",
        "lon_max = 130.0",
        "area.lon_max",
        "130.0 tidak lebih besar daripada lon_min",
        "lon_min = 130.85",
    ),
    "center off the map": Wrong(
        "city.toml",
        "center_lat = -5.9",
        "center_lat = 5.9",
        "map.center_lat (baris 25)",
        "5.9 di luar [area]",
        "-6.05 sampai -5.75",
    ),
    "center just off the map": Wrong(
        "city.toml",
        "center_lon = 131.0",
        "center_lon = 130.8",
        "map.center_lon",
        "130.8 di luar [area]",
        "130.85 sampai 131.15",
    ),
    "epsg unknown": Wrong(
        "city.toml", "epsg = 32752", "epsg = 30000", "area.epsg", "30000 tidak dikenal", "bersatuan meter"
    ),
    "epsg in degrees": Wrong(
        "city.toml",
        "epsg = 32752",
        "epsg = 4326",
        "area.epsg",
        "EPSG 4326 tidak bersatuan meter",
        "bersatuan meter",
    ),
    "epsg of elsewhere": Wrong(
        "city.toml",
        "epsg = 32752",
        "epsg = 32650",
        "area.epsg",
        "EPSG 32650 tidak mencakup pusat peta",
        "mencakup kota",
    ),
    "yellow after red": Wrong(
        "sop.toml",
        "soon_share = 0.5",
        "soon_share = 1.5",
        "soon_share",
        "1.5 di luar rentang",
        "kurang dari 1",
    ),
    "day without hours": Wrong(
        "city.toml",
        "day_start_hour = 7",
        "day_start_hour = 19",
        "travel.day_start_hour",
        "19",
        "lebih kecil daripada day_end_hour",
    ),
    "number form with a stranger": Wrong(
        "city.toml",
        "{number:04d}-{year}",
        "{number:04d}-{month}",
        "numbers.register_format",
        "tidak dapat diisi",
        "{year} dan {number}",
    ),
    "number form without number": Wrong(
        "city.toml",
        "UJI-{number:04d}-{year}",
        "UJI-{year}",
        "numbers.register_format",
        "nomor yang sama dua kali",
        "{year} dan {number}",
    ),
    "number form reaching into objects": Wrong(
        "city.toml",
        "{number:04d}-{year}",
        "{number.real.x}-{year}",
        "numbers.register_format",
        "tidak dapat diisi",
        "{year} dan {number}",
    ),
    "neighbour is the city itself": Wrong(
        "city.toml",
        "[prank]",
        '[neighbours]\n"99.01" = "Sendiri"\n\n[prank]',
        "neighbours.99.01",
        "bukan kode wilayah tetangga",
        "kabupaten atau kota lain",
    ),
    "boat carried by a boat": Wrong(
        "units.toml",
        "personnel = 3",
        "personnel = 3\nsail_kn = 8",
        "units[2].sail_kn (baris 26)",
        "unit Laut tidak membawa perahu",
        "kosong, atau mode = land",
    ),
    "launch of no boat": Wrong(
        "units.toml",
        "personnel = 4",
        "personnel = 4\nlaunch_s = 600",
        "units[1].launch_s (baris 13)",
        "tidak ada perahu yang dibawa",
        "0, atau isi sail_kn",
    ),
    "sea limit of no sea": Wrong(
        "units.toml",
        "personnel = 3",
        "personnel = 3\nsea_limit_m = 0",
        "units[2].sea_limit_m (baris 26)",
        "0 di luar rentang",
        "meter, di atas 0 sampai 20",
    ),
    "endurance in parts of a minute": Wrong(
        "units.toml",
        "personnel = 3",
        "personnel = 3\nendurance_min = 90.5",
        "units[2].endurance_min (baris 26)",
        "90.5 bukan bilangan bulat",
        "bilangan bulat menit, 1 sampai 10000",
    ),
    "crew below none": Wrong(
        "units.toml",
        "personnel = 3",
        "personnel = 3\ncrew_min = -1",
        "units[2].crew_min (baris 26)",
        "-1 di luar rentang",
        "bilangan bulat 0 sampai 200",
    ),
    "alarm that adds nothing": Wrong(
        "response_plan.toml",
        '  [{ agency = "LAUT", capability = "boat", count = 2 }],',
        "  [],",
        "types[2].alarms[1] (baris 31)",
        "isinya terlalu sedikit",
        "daftar tingkat mulai alarm 2",
    ),
    "alarm that is no list of lists": Wrong(
        "response_plan.toml",
        '  [{ agency = "LAUT", capability = "boat", count = 2 }],',
        '  { agency = "LAUT", capability = "boat", count = 2 },',
        "types[2].alarms[1] (baris 31)",
        "bukan daftar",
        "daftar tingkat mulai alarm 2",
    ),
    "alarm of an unknown agency": Wrong(
        "response_plan.toml",
        '{ agency = "DAMKAR" }]',
        '{ agency = "RS" }]',
        "types[2].alarms[2][2].agency (baris 32)",
        "“RS” tidak dikenal",
        "DAMKAR, KLINIK, LAUT",
    ),
    "alarm of an unknown capability": Wrong(
        "response_plan.toml",
        'capability = "boat", count = 2',
        'capability = "ship", count = 2',
        "types[2].alarms[1][1].capability (baris 31)",
        "“ship” tidak dikenal",
        "boat, diver, doctor, pump",
    ),
    "alarm under a condition": Wrong(
        "response_plan.toml",
        'capability = "boat", count = 2',
        'capability = "boat", condition = "ombak"',
        "types[2].alarms[1][1].condition (baris 31)",
        "tidak bersyarat",
        "pindahkan ke optional",
    ),
    "alarm of a counted notice": Wrong(
        "response_plan.toml",
        '{ agency = "DAMKAR" }]',
        '{ agency = "DAMKAR", count = 2 }]',
        "types[2].alarms[2][2].count (baris 32)",
        "hanya diberi tahu",
        "hapus count",
    ),
    "alarm that nobody can answer": Wrong(
        "response_plan.toml",
        'capability = "boat", count = 2',
        'capability = "pump", count = 2',
        "types[2].alarms[1][1].capability (baris 31)",
        "LAUT hanya mempunyai 0 unit siap dengan pump; diperlukan 1",
        "akui di [[known_shortfalls]]",
    ),
    "coverage of an unknown capability": Wrong(
        "city.toml",
        'capability = "pump"',
        'capability = "pumps"',
        "coverage[1].capability (baris 96)",
        "“pumps” tidak dikenal",
        "boat, diver, doctor, pump",
    ),
    "casualties carried by nobody": Wrong(
        "city.toml",
        'transport_capability = "doctor"',
        'transport_capability = "taxi"',
        "handover.transport_capability (baris 84)",
        "“taxi” tidak dikenal",
        "boat, diver, doctor, pump",
    ),
    "coverage watched twice": Wrong(
        "city.toml",
        "[demand]",
        '[[coverage]]\ncapability = "pump"\nstandard_s = 900\nlabel = "Lagi"\n\n[demand]',
        "coverage[2].capability (baris 101)",
        "“pump” ditulis lebih dari sekali",
        "setiap kode satu kali",
    ),
    "two shifts at one hour": Wrong(
        "city.toml",
        "start_hour = 19",
        "start_hour = 7",
        "shifts[2].start_hour (baris",
        "“7” ditulis lebih dari sekali",
        "setiap kode satu kali",
    ),
    "a shift at hour 24": Wrong(
        "city.toml",
        "start_hour = 19",
        "start_hour = 24",
        "shifts[2].start_hour (baris",
        "24",
        "jam 0 sampai 23",
    ),
    "no shift": Wrong(
        "city.toml",
        '[[shifts]]\ncode = "siang"\nlabel = "Siang"\nstart_hour = 7\n\n'
        '[[shifts]]\ncode = "malam"\nlabel = "Malam"\nstart_hour = 19\n',
        "",
        "shifts",
        "belum diisi",
        "sedikitnya satu [[shifts]]",
    ),
    "a watch that needs fewer than nobody": Wrong(
        "city.toml",
        "dispatchers = 1",
        "dispatchers = -1",
        "duty.dispatchers (baris",
        "-1",
        "bilangan 0 sampai 50",
    ),
    "coverage of nothing": Wrong(
        "city.toml",
        '[[coverage]]\ncapability = "pump"\nstandard_s = 600\nlabel = "Api"\n',
        "",
        "coverage",
        "belum diisi",
        "sedikitnya satu [[coverage]]",
    ),
    "fire agency unknown": Wrong(
        "city.toml",
        'fire_agency = "DAMKAR"',
        'fire_agency = "PMK"',
        "standards.fire_agency",
        "“PMK” tidak dikenal",
        "DAMKAR, KLINIK, LAUT",
    ),
    "fire standard of no time": Wrong(
        "city.toml",
        "fire_response_s = 600",
        "fire_response_s = 0",
        "standards.fire_response_s",
        "0 di luar rentang",
        "60 sampai 86400",
    ),
    "alarm without pause": Wrong(
        "city.toml",
        "repeat_s = 30",
        "repeat_s = 0",
        "alarms.repeat_s",
        "0 di luar rentang",
        "10 sampai 3600",
    ),
    "crews never heard from": Wrong(
        "city.toml",
        "default_s = 1200",
        "",
        "welfare.default_s",
        "belum diisi",
        "60 sampai 86400",
    ),
    "crews of an agency heard all the time": Wrong(
        "agencies.toml",
        "welfare_s = 900",
        "welfare_s = 5",
        "agencies[2].welfare_s",
        "5 di luar rentang",
        "60 sampai 86400",
    ),
    "crews at an incident heard in words": Wrong(
        "response_plan.toml",
        "welfare_s = 600",
        'welfare_s = "sering"',
        "types[2].welfare_s",
        "",
        "60 sampai 86400",
    ),
    "standing still": Wrong(
        "city.toml",
        "walk_kmh = 5",
        "walk_kmh = 0",
        "travel.walk_kmh",
        "0 di luar rentang",
        "km/jam, di atas 0 sampai 10",
    ),
    "weather that never counts": Wrong(
        "city.toml",
        "valid_s = 7200",
        "valid_s = 0",
        "weather.valid_s",
        "0 di luar rentang",
        "60 sampai 86400",
    ),
    "handover missing": Wrong(
        "city.toml", "transfer_s = 120\n", "", "handover.transfer_s", "belum diisi", "0 sampai 86400"
    ),
    # csv
    "semicolons": Wrong("kelurahan.csv", ",", ";", "baris 1", "kolom dipisah titik koma", "berpemisah koma"),
    "column missing": Wrong(
        "facilities.csv",
        "accuracy_m",
        "ketelitian",
        "baris 1",
        "kolom accuracy_m tidak ada",
        "code, name, kind",
    ),
    "column unknown": Wrong(
        "facilities.csv",
        ",source\n",
        ",source,catatan\n",
        "baris 1",
        "kolom “catatan” tidak dikenal",
        "code, name, kind",
    ),
    "cell too many": Wrong(
        "facilities.csv", ",10,,rekaan", ",10,,,rekaan", "baris 3", "10 kolom, seharusnya 9", "CSV UTF-8"
    ),
    "quote not closed": Wrong(
        "facilities.csv", 'no. 1"', "no. 1", "seluruh berkas", "tanda kutip tidak berpasangan", "CSV UTF-8"
    ),
    "cell empty": Wrong(
        "facilities.csv",
        "POS-1,Pos Rekaan",
        "POS-1,",
        "baris 2, kolom name",
        "belum diisi",
        "teks yang tidak kosong",
    ),
    "decimal comma": Wrong(
        "kelurahan.csv",
        "131.01,10.4",
        '"131,01",10.4',
        "baris 3, kolom lon",
        "“131,01” bukan angka",
        "derajat desimal",
    ),
    "kind of station unknown": Wrong(
        "facilities.csv",
        "Dermaga Rekaan,pier",
        "Dermaga Rekaan,jetty",
        "baris 3, kolom kind",
        "“jetty” bukan pilihan",
        "pier",
    ),
    "agency of station unknown": Wrong(
        "facilities.csv",
        "pier,LAUT",
        "pier,LAIN",
        "baris 3, kolom agency",
        "“LAIN” tidak dikenal",
        "DAMKAR, KLINIK, LAUT",
    ),
    "station twice": Wrong(
        "facilities.csv",
        "DERMAGA-1,",
        "POS-1,",
        "baris 3, kolom code",
        "“POS-1” ditulis lebih dari sekali",
        "satu kali",
    ),
    "station off the map": Wrong(
        "facilities.csv",
        "130.99,",
        "132.99,",
        "baris 2, kolom lon",
        "di luar wilayah peta",
        "bujur 130.85 sampai 131.15",
    ),
    "pier inland": Wrong(
        "facilities.csv",
        "131.0,-5.9202",
        "131.0,-5.9",
        "baris 3, kolom lon",
        "DERMAGA-1 berjarak 2",
        "paling jauh 1000 m",
    ),
    "kelurahan of elsewhere": Wrong(
        "kelurahan.csv",
        "99.01.01.1001,",
        "98.01.01.1001,",
        "baris 2, kolom kemendagri_code",
        "bukan kelurahan kota ini",
        "diawali “99.01.”",
    ),
    "kelurahan not drawn": Wrong(
        "kelurahan.csv",
        "99.01.01.1001,",
        "99.01.01.1003,",
        "baris 2, kolom kemendagri_code",
        "tidak ada di kelurahan.geojson",
        "99.01.01.1001",
    ),
    "kelurahan twice": Wrong(
        "kelurahan.csv",
        "99.01.01.1002,",
        "99.01.01.1001,",
        "baris 3, kolom kemendagri_code",
        "lebih dari sekali",
        "satu kali",
    ),
    "kelurahan code misspelt": Wrong(
        "kelurahan.csv",
        "99.01.01.1002,",
        "9901011002,",
        "baris 3, kolom kemendagri_code",
        "tidak sesuai bentuknya",
        "dipisah titik",
    ),
    "point in the other kelurahan": Wrong(
        "kelurahan.csv",
        "-5.9,130.985",
        "-5.9,131.01",
        "baris 2, kolom lon",
        "tidak berada di dalam kelurahan Rekaan Barat",
        "titik di dalam poligon",
    ),
    # maps
    "map is no json": Wrong(
        "coastline.geojson",
        '{"type": "FeatureCollection"',
        '{"type" "FeatureCollection"',
        "seluruh berkas",
        "bukan GeoJSON FeatureCollection",
        "poligon WGS 84",
    ),
    "no land": Wrong(
        "coastline.geojson", '"land"', '"lake"', "seluruh berkas", "tidak berisi", "poligon WGS 84"
    ),
    "kelurahan without name": Wrong(
        "kelurahan.geojson",
        '"kelurahan": "Rekaan Timur"',
        '"nama": "Rekaan Timur"',
        "objek ke-2",
        "atribut “kelurahan”",
        "semua atributnya",
    ),
    "kelurahan drawn twice": Wrong(
        "kelurahan.geojson",
        "99.01.01.1002",
        "99.01.01.1001",
        "kemendagri_code",
        "lebih dari sekali",
        "satu kali",
    ),
    "kelurahan drawn but not listed": Wrong(
        "kelurahan.csv",
        "99.01.01.1002,9901010002,Rekaan Timur,Pulau Rekaan,-5.9,131.01,10.4\n",
        "",
        "99.01.01.1002",
        "tidak ada di kelurahan.csv",
        "99.01.01.1001",
    ),
    "area smaller than the city": Wrong(
        "city.toml",
        "lon_max = 131.15",
        "lon_max = 131.02",
        "99.01.01.1002",
        "keluar dari [area]",
        "seluruhnya di dalam [area]",
    ),
}
ELSEWHERE = {
    "unit out of service leaves a gap": "response_plan.toml",
    "gap that is none": "response_plan.toml",
    "kelurahan drawn but not listed": "kelurahan.geojson",
    "area smaller than the city": "kelurahan.geojson",
}
"""Where the refusal names another file than the one that was changed."""


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_pack_is_refused_with_file_key_and_sentence(case: str, folder: Path) -> None:
    wrong = WRONG[case]
    path = folder / wrong.file
    before = path.read_text("utf-8")
    times = -1 if case in ("semicolons", "no land", "linked sop unknown") else 1
    after = before.replace(wrong.old, wrong.new, times)
    assert after != before, "the change must change something"
    path.write_text(after, "utf-8")

    with pytest.raises(BadCityPack) as refused:
        load_city_pack(folder)

    said = {name: str(value) for name, value in refused.value.params.items()}
    assert said["file"] == f"kota_uji/{ELSEWHERE.get(case, wrong.file)}"
    assert wrong.key in said["key"]
    assert wrong.problem in said["problem"]
    assert wrong.allowed in said["allowed"]
    assert str(refused.value).startswith(f"Paket kota rusak: {said['file']}, {said['key']}: ")


ENGLISH = re.compile(
    r"\b(should|must|valid|input|expected|field|required|string|invalid|error|greater|less)\b"
)


@pytest.mark.parametrize("case", WRONG)
def test_no_refusal_speaks_english(case: str, folder: Path) -> None:
    wrong = WRONG[case]
    path = folder / wrong.file
    path.write_text(path.read_text("utf-8").replace(wrong.old, wrong.new), "utf-8")
    with pytest.raises(BadCityPack) as refused:
        load_city_pack(folder)
    assert not ENGLISH.search(str(refused.value.params["problem"]))


REQUIRED_FILES = (
    "agencies.toml",
    "city.toml",
    "coastline.geojson",
    "facilities.csv",
    "kelurahan.csv",
    "kelurahan.geojson",
    "response_plan.toml",
    "sop.toml",
    "units.toml",
)


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_a_missing_file_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(BadCityPack, match=re.escape(f"kota_uji/{name}, seluruh berkas: berkas tidak ada")):
        load_city_pack(folder)


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_an_empty_file_is_refused(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"")
    with pytest.raises(BadCityPack, match=re.escape(f"kota_uji/{name}")):
        load_city_pack(folder)


@pytest.mark.parametrize("name", REQUIRED_FILES)
def test_a_file_in_another_encoding_is_refused_with_its_line(name: str, folder: Path) -> None:
    (folder / name).write_bytes(b"\n\n\xff\xfe")
    with pytest.raises(BadCityPack, match=r"baris 3: bukan teks UTF-8"):
        load_city_pack(folder)


def test_a_folder_in_place_of_a_file_is_refused(folder: Path) -> None:
    (folder / "sop.toml").unlink()
    (folder / "sop.toml").mkdir()
    with pytest.raises(BadCityPack, match="berkas tidak dapat dibuka"):
        load_city_pack(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadCityPack, match="folder paket kota tidak ada"):
        load_city_pack(tmp_path / "kota_lain")


def test_a_byte_order_mark_from_a_spreadsheet_does_no_harm(folder: Path) -> None:
    path = folder / "facilities.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert set(load_city_pack(folder).stations) == {"POS-1", "DERMAGA-1"}


DOCUMENTED_HEADER = "id,date,incident_type,domain,place,lon,lat,facts,source\n"
GOOD_ROW = "D1,2030-01-02,AIR,sea,lepas pantai,131.05,-5.9,jatuh,rekaan\n"


def test_casualties_brought_to_a_pier_are_refused_by_row_and_column(folder: Path) -> None:
    path = folder / "facilities.csv"
    text = path.read_text("utf-8").replace(",source\n", ",source,receives\n")
    path.write_text(text.replace("rekaan\n", "rekaan,\n", 1).replace("rekaan\n", "rekaan,true\n"), "utf-8")
    said = "baris 3, kolom receives: hanya rumah sakit yang menerima korban; jenis pos ini pier"
    with pytest.raises(BadCityPack, match=said):
        load_city_pack(folder)


def test_documented_incidents_are_read_when_they_are_there(folder: Path) -> None:
    (folder / "documented_incidents.csv").write_text(DOCUMENTED_HEADER + GOOD_ROW, "utf-8")
    (one,) = load_city_pack(folder).documented
    assert (one.incident_id, one.date.isoformat(), one.domain, one.point) == (
        "D1",
        "2030-01-02",
        Domain.SEA,
        LonLat(131.05, -5.9),
    )


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2030-01-02", "2030-13-02", "baris 2, kolom date: “2030-13-02” bukan tanggal"),
        ("2030-01-02", "2 Januari", "baris 2, kolom date: “2 Januari” bukan tanggal"),
        (
            "AIR",
            "UDARA",
            "kolom incident_type: “UDARA” tidak dikenal. Yang diperbolehkan: salah satu dari AIR, API",
        ),
        (",sea,", ",land,", "kolom domain: Darat tidak cocok dengan AIR"),
        ("131.05", "", "kolom lon: belum diisi"),
        ("131.05,-5.9", "-5.9,131.05", "kolom lat: “131.05” di luar rentang"),
        ("131.05", "141.05", "kolom lon: Titik lon 141.05"),
        (GOOD_ROW, GOOD_ROW * 2, "baris 3, kolom id: “D1” ditulis lebih dari sekali"),
    ],
)
def test_a_wrong_documented_incident_is_refused(folder: Path, old: str, new: str, said: str) -> None:
    text = DOCUMENTED_HEADER + GOOD_ROW.replace(old, new)
    (folder / "documented_incidents.csv").write_text(text, "utf-8")
    with pytest.raises(BadCityPack, match=re.escape(said)):
        load_city_pack(folder)


# --- every field has words -------------------------------------------------------------------------


def _models(model: type[Row]) -> list[type[Row]]:
    inner = [
        kind
        for field in model.model_fields.values()
        for kind in (field.annotation, *getattr(field.annotation, "__args__", ()))
        if isinstance(kind, type) and issubclass(kind, Row)
    ]
    return [model, *(deep for kind in inner for deep in _models(kind))]


@pytest.mark.parametrize("model", [CityFile, SopFile, UnitsFile, PlanFile, StationRow])
def test_every_field_says_what_it_allows(model: type[Row]) -> None:
    for owner in _models(model):
        for name, field in owner.model_fields.items():
            assert field.description, f"{owner.__name__}.{name}"


def test_every_number_of_the_city_is_a_field_of_its_own() -> None:
    names = {field.name for field in dataclasses.fields(City)}
    assert {"hold_s", "own_waters_nm", "eta_spread", "land_detour_factor", "identity_days"} <= names


# --- lines -----------------------------------------------------------------------------------------


def test_lines_are_told_for_tables_keys_and_items() -> None:
    text = "\n".join(
        [
            "# [[not]] a = 1",
            'a = "x # [y]"',
            "[t]",
            '"quoted key" = [',
            "  1, # one, two",
            "  \"]\", '}',",
            "]",
            "[[row]]",
            "k = 1",
            "[[row]]",
            "k = [{ n = 1 }, { n = 2 },",
            "  { n = 3 }]",
            'long = """',
            "k = 5",
            '"""',
            "z.y = 2",
        ]
    )
    assert line_of(text, ("a",)) == 2
    assert line_of(text, ("t", "quoted key")) == 4
    assert [line_of(text, ("t", "quoted key", n)) for n in range(3)] == [5, 6, 6]
    assert line_of(text, ("row", 0, "k")) == 9
    assert line_of(text, ("row", 1, "k", 2, "n")) == 12
    assert line_of(text, ("row", 1, "missing")) == 10
    assert line_of(text, ("row", 1, "z", "y")) == 16
    assert line_of(text, ("nowhere",)) is None


# --- one row, as the registry screen and the store use it ------------------------------------------


def through_json(row: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(row))


@pytest.mark.parametrize("pack_name", ["real", "tiny"])
def test_rows_go_to_json_and_back_without_loss(pack_name: str, request: pytest.FixtureRequest) -> None:
    pack: CityPack = request.getfixturevalue(pack_name)
    refs = pack.references
    for unit in pack.units.values():
        assert unit_from_row(through_json(unit_to_row(unit)), refs) == unit
    for station in pack.stations.values():
        assert station_from_row(through_json(station_to_row(station)), refs) == station
    for kind in pack.plan.types.values():
        assert incident_type_from_row(through_json(incident_type_to_row(kind)), refs) == kind


def test_knots_are_shown_for_boats_and_kmh_for_cars(real: CityPack) -> None:
    assert unit_to_row(real.units["SAR-RIB-02"])["speed_kn"] == 16
    assert "speed_kmh" not in unit_to_row(real.units["SAR-RIB-02"])
    assert unit_to_row(real.units["AMB-112-03"])["speed_kmh"] == 40


def test_a_boat_given_in_kmh_keeps_its_exact_speed(real: CityPack) -> None:
    odd = dataclasses.replace(real.units["SAR-RIB-02"], cruise_kmh=1 / 3)
    assert unit_from_row(unit_to_row(odd), real.references).cruise_kmh == odd.cruise_kmh


NEW_KEYS = ("crew_min", "endurance_min", "sea_limit_m", "sail_kn", "launch_s", "receives", "alarms")


def _as_stored_before(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in NEW_KEYS}


def test_rows_stored_before_the_newest_fields_still_load(real: CityPack) -> None:
    refs = real.references
    unit = unit_from_row(_as_stored_before(unit_to_row(real.units["POL-H-01"])), refs)
    limits = (unit.crew_min, unit.endurance_s, unit.sea_limit_m, unit.sail_kmh, unit.launch_s)
    assert limits == (1, None, None, None, 0)
    station = station_from_row(_as_stored_before(station_to_row(real.stations["HOSP-JSK"])), refs)
    assert station.receives is False
    kind = incident_type_from_row(_as_stored_before(incident_type_to_row(real.plan.types["L-FIR1"])), refs)
    assert kind.alarms == ()


@given(
    crew_min=st.integers(0, 200),
    endurance_min=st.none() | st.integers(1, 10_000),
    sea_limit_m=st.none() | st.floats(0, 20, exclude_min=True),
    sail_kn=st.floats(0, 100, exclude_min=True, allow_subnormal=False),
    launch_s=st.integers(0, 7200),
)
def test_no_limit_of_a_unit_is_lost_in_its_row(
    real: CityPack,
    crew_min: int,
    endurance_min: int | None,
    sea_limit_m: float | None,
    sail_kn: float,
    launch_s: int,
) -> None:
    told = {
        "crew_min": crew_min,
        "endurance_min": endurance_min,
        "sea_limit_m": sea_limit_m,
        "sail_kn": sail_kn,
        "launch_s": launch_s,
    }
    unit = unit_from_row({**unit_to_row(real.units["SAR-PK-01"]), **told}, real.references)
    assert unit_from_row(through_json(unit_to_row(unit)), real.references) == unit


def test_a_boat_speed_is_shown_as_it_was_written(real: CityPack) -> None:
    row = {**unit_to_row(real.units["SAR-PK-01"]), "sail_kn": 7.3}
    assert unit_to_row(unit_from_row(row, real.references))["sail_kn"] == 7.3


@pytest.mark.parametrize(("name", "value"), [("endurance_s", 90), ("sail_kmh", 7.9)])
def test_what_no_row_can_hold_is_refused_instead_of_rounded(real: CityPack, name: str, value: float) -> None:
    odd = dataclasses.replace(real.units["SAR-PK-01"], **{name: value})
    with pytest.raises(ValueError, match=name):
        unit_to_row(odd)


def _change(**new: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda row: {key: value for key, value in {**row, **new}.items() if value is not ...}


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        (_change(speed_kn=-1), "speed_kn", "Kecepatan (knot): -1 di luar rentang"),
        (_change(speed_kn=None), "speed_kmh", "Kecepatan (km/jam): kecepatan belum diisi"),
        (_change(speed_kmh=30), "speed_kn", "sama-sama diisi"),
        (_change(unit_code=""), "unit_code", "Kode unit: “” tidak sesuai bentuknya"),
        (
            _change(agency="LAIN"),
            "agency",
            "Instansi: “LAIN” tidak dikenal. Yang diperbolehkan: salah satu dari AIRNAV",
        ),
        (_change(station="PMK-HQ"), "station", "unit Laut tidak dapat berangkat dari PMK-HQ"),
        (_change(mode="air"), "station", "unit Udara tidak dapat berangkat dari PIER-MALUNDUNG"),
        (_change(capabilities=[]), "capabilities", "Kemampuan: isinya terlalu sedikit"),
        (_change(capabilities=["rib", "fly"]), "capabilities[2]", "“fly” tidak dikenal"),
        (_change(personnel="6"), "personnel", "Personel: “6” bukan bilangan bulat"),
        (_change(personnel=...), "personnel", "Personel: belum diisi"),
        (_change(colour="red"), "colour", "colour: kunci ini tidak dikenal"),
        (_change(sail_kn=8.0), "sail_kn", "Kecepatan perahu yang dibawa: unit Laut tidak membawa perahu"),
        (_change(launch_s=60), "launch_s", "Waktu menurunkan perahu: tidak ada perahu yang dibawa"),
        (_change(crew_min=201), "crew_min", "Awak paling sedikit: 201 di luar rentang"),
        (_change(endurance_min=0), "endurance_min", "Daya jelajah: 0 di luar rentang"),
        (_change(sea_limit_m=20.5), "sea_limit_m", "Batas gelombang: 20.5 di luar rentang"),
    ],
)
def test_a_wrong_unit_row_is_refused(
    real: CityPack, change: Callable[[dict[str, Any]], dict[str, Any]], field: str, said: str
) -> None:
    row = change(unit_to_row(real.units["SAR-RIB-02"]))
    with pytest.raises(BadInput) as refused:
        unit_from_row(row, real.references)
    assert refused.value.field == field
    assert said in str(refused.value)


def test_a_station_row_with_lon_and_lat_swapped_is_told_so(real: CityPack) -> None:
    row = station_to_row(real.stations["PMK-HQ"])
    with pytest.raises(BadInput, match="lat di luar|Lintang: .* di luar rentang"):
        station_from_row({**row, "lon": row["lat"], "lat": row["lon"]}, real.references)


def test_a_station_row_off_the_map_is_refused(real: CityPack) -> None:
    row = {**station_to_row(real.stations["PMK-HQ"]), "lon": 106.8, "lat": -6.2}
    with pytest.raises(BadInput, match=r"Bujur: Titik lon 106\.8, lat -6\.2 di luar wilayah peta"):
        station_from_row(row, real.references)


def test_a_pier_that_takes_casualties_is_refused(real: CityPack) -> None:
    row = {**station_to_row(real.stations["PIER-TENGKAYU1"]), "receives": True}
    with pytest.raises(BadInput, match="Menerima korban setiap saat: hanya rumah sakit") as refused:
        station_from_row(row, real.references)
    assert refused.value.field == "receives"


def test_a_need_of_an_alarm_is_named_by_its_level_and_place(real: CityPack) -> None:
    row = incident_type_to_row(real.plan.types["L-FIR1"])
    row["alarms"][1][2]["agency"] = "LAIN"
    with pytest.raises(BadInput) as refused:
        incident_type_from_row(row, real.references)
    assert refused.value.field == "alarms[2][3].agency"


def test_an_incident_type_row_without_needs_is_refused(real: CityPack) -> None:
    row = {**incident_type_to_row(real.plan.types["L-ANI"]), "required": []}
    with pytest.raises(BadInput, match="Wajib: isinya terlalu sedikit"):
        incident_type_from_row(row, real.references)


def test_a_nested_need_is_named_by_its_place(real: CityPack) -> None:
    row = incident_type_to_row(real.plan.types["L-FIR1"])
    row["required"][1]["agency"] = "LAIN"
    with pytest.raises(BadInput) as refused:
        incident_type_from_row(row, real.references)
    assert refused.value.field == "required[2].agency"


def test_the_registry_may_bring_its_own_stations(real: CityPack) -> None:
    pier = dataclasses.replace(real.stations["PIER-TENGKAYU1"], code="PIER-BARU")
    refs = dataclasses.replace(real.references, stations={**real.stations, "PIER-BARU": pier})
    row = {**unit_to_row(real.units["SAR-RIB-02"]), "station": "PIER-BARU"}
    assert unit_from_row(row, refs).station == "PIER-BARU"
    with pytest.raises(BadInput):
        unit_from_row(row, real.references)


def test_knots_become_kmh_by_the_exact_definition(real: CityPack) -> None:
    row = {**unit_to_row(real.units["SAR-RIB-02"]), "speed_kn": 10}
    unit = unit_from_row(row, real.references)
    assert unit.cruise_kmh == 10 * KNOT_KMH
    assert unit.mode is Mode.SEA
