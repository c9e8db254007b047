"""Registri: what an admin adds, changes and retires is in the database; others only read."""

from datetime import UTC, datetime
from typing import Any

import open_cases
import pandas as pd
import pytest
from many_cases import BUDI, FAJAR, reported
from streamlit.testing.v1 import AppTest

from database import registry as store
from domain.response_plan import Requirement
from domain.words import Domain, Mode, Role, UnitStatus
from geo.points import LonLat, geodesic_m, parse_coordinates
from services import registry
from services.assignment import Progress
from services.center import Center
from ui import registry_plan
from ui.state import CLICK, REGISTRY_TAB

NOW = datetime.now(UTC)
UNIT, STATION, PLAN = "Unit", "Pos", "Rencana respons"


def choose(test: AppTest, code: str) -> AppTest:
    """Choose the row of `code` in the list, as a click would."""
    table = test.dataframe[0]
    row = list(table.value.iloc[:, 0]).index(code)
    test.session_state[table.key] = {"selection": {"rows": [row], "columns": [], "cells": []}}
    return test.run()


def field(test: AppTest, label: str) -> Any:
    """Return the input with this label."""
    kinds = (test.text_input, test.selectbox, test.multiselect, test.number_input, test.checkbox)
    (found,) = [widget for kind in kinds for widget in kind if widget.label == label]
    return found


def press(test: AppTest, label: str) -> AppTest:
    (button,) = [button for button in test.button if button.label == label]
    return button.click().run()


def sentences(test: AppTest) -> str:
    return " ".join(error.value for error in test.error)


def stored(center: Center, kind: registry.Kind, code: str) -> registry.Entry:
    return next(entry for entry in registry.entries(center, kind) if entry.code == code)


def new_unit(test: AppTest) -> AppTest:
    press(test, "Unit baru")
    field(test, "Kode unit").set_value("PMK-UJI-01")
    field(test, "Jenis unit").set_value("fire_engine")
    field(test, "Matra gerak").set_value("land")
    field(test, "Instansi").set_value("PMK")
    field(test, "Pos").set_value("PMK-HQ")
    field(test, "Kemampuan").set_value(["fire_engine"])
    field(test, "Kecepatan").set_value(35.0)
    return test


@pytest.mark.parametrize("tab", [UNIT, STATION, PLAN])
def test_each_register_opens_with_its_list_and_what_to_do_next(center: Center, page, tab: str) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: tab}).run()

    assert not test.exception
    assert len(test.dataframe[0].value) > 15
    assert "Pilih satu baris" in test.info[0].value


def test_the_list_shows_readiness_and_what_is_only_an_example(center: Center, page) -> None:
    registry.set_service(center, NOW, BUDI, "PMK-HQ-01", "ganti ban")
    table = page("registri", Role.ADMIN).run().dataframe[0].value.set_index("Kode")

    assert table.loc["PMK-HQ-01", "Status"] == "Tidak Siap"
    assert table.loc["PMK-HQ-02", "Status"] == "Siaga"
    assert set(table["Asal data"]) == {"contoh"}


def test_the_search_narrows_the_list_and_says_when_nothing_fits(center: Center, page) -> None:
    test = page("registri", Role.ADMIN).run()
    field(test, "Cari").set_value("ambulans pmk-brt").run()
    assert set(test.dataframe[0].value["Pos"]) == {"PMK-BRT"}

    field(test, "Cari").set_value("kapal selam").run()
    assert "Tidak ada yang cocok dengan “kapal selam”" in test.info[0].value


def test_an_admin_adds_a_unit(center: Center, page) -> None:
    test = new_unit(page("registri", Role.ADMIN).run())
    press(test, "Tambahkan")

    assert not test.exception and not test.error
    unit = registry.units(center)["PMK-UJI-01"]
    assert (unit.agency, unit.mode, unit.station, unit.cruise_kmh) == ("PMK", Mode.LAND, "PMK-HQ", 35.0)
    assert unit.example
    assert "PMK-UJI-01" in list(test.dataframe[0].value["Kode"])


@pytest.mark.parametrize(
    ("code", "label", "value", "key", "held"),
    [
        ("PMK-HQ-01", "Awak paling sedikit", 3, "crew_min", 3),
        ("TNI-H-01", "Daya jelajah (menit)", 180, "endurance_min", 180),
        ("TNI-H-01", "Daya jelajah (menit)", None, "endurance_min", None),
        ("SAR-RIB-02", "Daya jelajah (menit)", 240, "endurance_min", 240),
        ("SAR-RIB-02", "Batas gelombang (m)", 1.5, "sea_limit_m", 1.5),
        ("SAR-RIB-02", "Batas gelombang (m)", None, "sea_limit_m", None),
        ("SAR-PK-01", "Perahu yang dibawa (knot)", 6.5, "sail_kn", 6.5),
        ("SAR-PK-01", "Menurunkan perahu (dtk)", 900, "launch_s", 900),
    ],
)
def test_an_admin_changes_what_a_unit_can_bear_and_carry(
    center: Center, page, code: str, label: str, value: Any, key: str, held: Any
) -> None:
    before = dict(stored(center, "unit", code).row)
    test = choose(page("registri", Role.ADMIN).run(), code)
    field(test, label).set_value(value)
    press(test, "Simpan perubahan")

    assert not test.error, sentences(test)
    assert stored(center, "unit", code).row == before | {key: held}


@pytest.mark.parametrize(
    ("code", "label", "value", "sentence"),
    [
        ("PMK-HQ-01", "Awak paling sedikit", 201, "Awak paling sedikit: 201 di luar rentang"),
        ("SAR-RIB-02", "Batas gelombang (m)", 0.0, "Batas gelombang: 0.0 di luar rentang"),
        ("TNI-H-01", "Daya jelajah (menit)", 0, "Daya jelajah: 0 di luar rentang"),
        ("SAR-RIB-02", "Perahu yang dibawa (knot)", 8.0, "unit Laut tidak membawa perahu untuk diturunkan"),
        ("PMK-HQ-01", "Menurunkan perahu (dtk)", 60, "tidak ada perahu yang dibawa"),
    ],
)
def test_what_a_unit_cannot_bear_or_carry_is_refused(
    center: Center, page, code: str, label: str, value: Any, sentence: str
) -> None:
    test = choose(page("registri", Role.ADMIN).run(), code)
    field(test, label).set_value(value)
    press(test, "Simpan perubahan")

    assert sentence in sentences(test)
    assert stored(center, "unit", code).version == 1


def test_a_unit_stored_before_the_newest_fields_opens_with_their_defaults(center: Center, page) -> None:
    row = dict(stored(center, "unit", "SAR-PK-01").row)
    for key in ("crew_min", "endurance_min", "sea_limit_m", "sail_kn", "launch_s"):
        del row[key]
    with center.registry_box.changing(), center.db.write() as writer:
        store.put(writer, store.Entry("unit", "SAR-PK-01", 1, None, row))
    test = choose(page("registri", Role.ADMIN).run(), "SAR-PK-01")

    shown = [
        field(test, label).value
        for label in ("Awak paling sedikit", "Batas gelombang (m)", "Menurunkan perahu (dtk)")
    ]
    assert shown == [1, None, 0]


def test_a_code_that_is_taken_is_refused_under_its_field(center: Center, page) -> None:
    test = new_unit(page("registri", Role.ADMIN).run())
    field(test, "Kode unit").set_value("PMK-HQ-01")
    press(test, "Tambahkan")

    assert "“PMK-HQ-01” sudah dipakai. Pilih kode lain." in sentences(test)
    assert stored(center, "unit", "PMK-HQ-01").version == 1


@pytest.mark.parametrize(
    ("label", "value", "sentence"),
    [
        ("Kecepatan", 0.0, "Kecepatan (km/jam): 0.0 di luar rentang"),
        ("Kemampuan", [], "Kemampuan: isinya terlalu sedikit"),
        ("Personel", 999, "Personel: 999 di luar rentang"),
        ("Kode unit", " ", "Kode unit: "),
        ("Matra gerak", "sea", "Pos: unit Laut tidak dapat berangkat dari PMK-HQ"),
    ],
)
def test_bad_input_is_refused_with_field_reason_and_what_is_allowed(
    center: Center, page, label: str, value: Any, sentence: str
) -> None:
    test = new_unit(page("registri", Role.ADMIN).run())
    field(test, label).set_value(value)
    press(test, "Tambahkan")

    assert sentence in sentences(test)
    assert "Yang diperbolehkan: " in sentences(test)
    assert field(test, "Instansi").value == "PMK", "what was typed stays"
    assert "PMK-UJI-01" not in registry.units(center)


def test_an_admin_changes_a_unit_and_the_event_keeps_both(center: Center, page) -> None:
    test = choose(page("registri", Role.ADMIN).run(), "SAR-RIB-02")
    field(test, "Kecepatan").set_value(14.0)
    field(test, "Contoh: kode atau angka ini belum bersumber resmi").set_value(False)
    press(test, "Simpan perubahan")

    assert not test.error
    entry = stored(center, "unit", "SAR-RIB-02")
    assert (entry.version, entry.row["speed_kn"], entry.row["example"]) == (2, 14.0, False)
    # The form goes on from the new version: a second change is no conflict.
    field(test, "Personel").set_value(5)
    press(test, "Simpan perubahan")
    assert (stored(center, "unit", "SAR-RIB-02").row["personnel"], test.error.len) == (5, 0)


def test_the_second_of_two_admins_overwrites_nothing(center: Center, page) -> None:
    test = choose(page("registri", Role.ADMIN).run(), "PMK-HQ-01")
    row = dict(stored(center, "unit", "PMK-HQ-01").row)
    registry.put(center, NOW, FAJAR, "unit", row | {"personnel": 4}, 1)

    field(test, "Personel").set_value(9)
    press(test, "Simpan perubahan")
    assert "Data PMK-HQ-01 sudah diubah orang lain" in sentences(test)
    assert field(test, "Personel").value == 9
    assert stored(center, "unit", "PMK-HQ-01").row["personnel"] == 4

    press(test, "Muat ulang")
    assert field(test, "Personel").value == 4
    field(test, "Personel").set_value(9)
    press(test, "Simpan perubahan")
    assert stored(center, "unit", "PMK-HQ-01").row["personnel"] == 9


def test_a_retired_unit_is_marked_by_a_word_and_can_come_back(center: Center, page) -> None:
    test = choose(page("registri", Role.ADMIN).run(), "PMK-HQ-01")
    press(test, "Pensiunkan PMK-HQ-01")

    assert stored(center, "unit", "PMK-HQ-01").retired_at is not None
    assert "PMK-HQ-01" not in registry.units(center)
    table = test.dataframe[0].value.set_index("Kode")
    assert table.loc["PMK-HQ-01", "Registri"] == "dipensiunkan"
    assert table.loc["PMK-HQ-02", "Registri"] == "dipakai"

    press(test, "Simpan dan pakai kembali")
    assert "PMK-HQ-01" in registry.units(center)


def test_a_unit_is_taken_out_of_service_with_a_reason_and_back(center: Center, page) -> None:
    test = choose(page("registri", Role.DISPATCHER).run(), "PMK-HQ-01")
    press(test, "Nyatakan tidak siap")
    assert "kosong. Tulis mengapa unit tidak siap." in sentences(test)

    field(test, "Alasan tidak siap").set_value("ganti ban")
    press(test, "Nyatakan tidak siap")
    (state,) = [s for s in registry.unit_states(center, NOW) if s.unit.unit_code == "PMK-HQ-01"]
    assert (state.status, state.reason) == (UnitStatus.OUT_OF_SERVICE, "ganti ban")

    press(test, "Nyatakan siap kembali")
    (state,) = [s for s in registry.unit_states(center, NOW) if s.unit.unit_code == "PMK-HQ-01"]
    assert state.status is UnitStatus.AVAILABLE


def test_a_returning_unit_that_is_back_is_made_ready(center: Center, page) -> None:
    case = open_cases.coordinated(center, open_cases.classified(center))
    code = open_cases.recommended(center, case)[0]
    open_cases.sent(center, case, code, progress=(Progress.DEPART, Progress.ARRIVE, Progress.CLEAR))
    test = choose(page("registri", Role.DISPATCHER).run(), code)
    assert any(part.value == "Status sekarang: **Kembali**" for part in test.markdown)

    press(test, "Sudah di pos / Siaga")
    (state,) = [s for s in registry.unit_states(center, NOW) if s.unit.unit_code == code]
    assert state.status is UnitStatus.AVAILABLE
    assert not [button for button in test.button if button.label == "Sudah di pos / Siaga"]


def test_a_reason_is_no_markdown(center: Center, page) -> None:
    registry.set_service(center, NOW, BUDI, "PMK-HQ-01", "ban [x](y) **kempis**")
    test = choose(page("registri", Role.ADMIN).run(), "PMK-HQ-01")

    assert any(r"ban \[x\](y) \*\*kempis\*\*" in part.value for part in test.markdown)


@pytest.mark.parametrize("tab", [UNIT, STATION, PLAN])
def test_whoever_is_no_admin_only_reads(center: Center, page, tab: str) -> None:
    test = page("registri", Role.AUDITOR, **{REGISTRY_TAB: tab}).run()
    choose(test, test.dataframe[0].value.iloc[0, 0])

    assert not test.exception
    assert any(c.value == "Mengubah registri: oleh Admin." for c in test.caption)
    (button,) = [b for b in test.button if b.label == "Simpan perubahan"]
    assert button.disabled
    assert all(w.disabled for w in [*test.selectbox, *test.number_input])
    assert not [b for b in test.button if "baru" in b.label or "Pensiunkan" in b.label]


def test_an_admin_adds_a_station_at_coordinates_in_degrees_and_minutes(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: STATION}).run()
    press(test, "Pos baru")
    field(test, "Kode pos").set_value("POS-UJI")
    field(test, "Nama pos").set_value("Pos uji")
    field(test, "Jenis pos").set_value("station")
    field(test, "Koordinat").set_value("3°19,5' LU 117°35,4' BT")
    field(test, "Sumber posisi").set_value("contoh")
    press(test, "Tambahkan")

    assert not test.error
    station = registry.stations(center)["POS-UJI"]
    assert station.position == LonLat(117.59, 3.325)
    assert station.agency is None


def test_whether_a_hospital_takes_casualties_is_set_and_kept(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: STATION}).run()
    choose(test, "HOSP-ILYAS")
    assert field(test, "Menerima korban setiap saat").value is True
    field(test, "Menerima korban setiap saat").set_value(False)
    press(test, "Simpan perubahan")

    assert not test.error, sentences(test)
    receiving = {code for code, place in registry.stations(center).items() if place.receives}
    assert receiving == {"HOSP-JSK"}


def test_a_pier_that_takes_casualties_is_refused(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: STATION}).run()
    choose(test, "BEACH-AMAL")
    field(test, "Menerima korban setiap saat").set_value(True)
    press(test, "Simpan perubahan")

    assert "hanya rumah sakit yang menerima korban" in sentences(test)
    assert stored(center, "station", "BEACH-AMAL").version == 1


def test_the_example_of_coordinates_is_a_place_of_this_city(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: STATION}).run()
    press(test, "Pos baru")

    example = parse_coordinates(field(test, "Koordinat").placeholder, center.pack.area)
    assert geodesic_m(example, center.pack.city.map_center) < 100


@pytest.mark.parametrize("text", ["", "di depan pasar", "-6.2, 106.8"])
def test_a_position_that_cannot_be_is_refused_in_a_sentence(center: Center, page, text: str) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: STATION}).run()
    choose(test, "PMK-HQ")
    field(test, "Koordinat").set_value(text)
    press(test, "Simpan perubahan")

    assert not test.exception
    assert len(sentences(test)) > 20
    assert stored(center, "station", "PMK-HQ").version == 1


def test_a_click_on_the_map_fills_the_coordinates(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: STATION}).run()
    choose(test, "PMK-HQ")
    test.session_state[CLICK] = (117.6, 3.3)
    test.run()
    assert field(test, "Koordinat").value == "3.300000, 117.600000"

    press(test, "Simpan perubahan")
    assert registry.stations(center)["PMK-HQ"].position == LonLat(117.6, 3.3)


def test_a_station_in_use_cannot_be_retired_and_says_by_whom(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: STATION}).run()
    choose(test, "PMK-HQ")
    press(test, "Pensiunkan PMK-HQ")

    assert "PMK-HQ masih dipakai unit" in sentences(test)
    assert stored(center, "station", "PMK-HQ").retired_at is None


def test_an_admin_adds_an_incident_type_with_its_needs(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    press(test, "Jenis baru")
    field(test, "Kode").set_value("L-UJI")
    field(test, "Nama kejadian").set_value("Uji coba")
    field(test, "Matra").set_value("land")
    field(test, "Prioritas").set_value(3)
    field(test, "Instansi pemimpin").set_value("PMK")
    field(test, "Kata cari, dipisah koma").set_value("uji, coba")
    required, optional, alarm_2 = test.data_editor
    edit(test, required, {"agency": "PMK", "capability": "fire_engine", "count": 2}, {"agency": "PLN"})
    edit(test, optional, {"agency": "PMI", "capability": "shelter", "condition": "ada pengungsi"})
    edit(test, alarm_2, {"agency": "MEDIS", "capability": "ambulance", "count": 2}, {"agency": "RT"})
    press(test, "Tambahkan")

    assert not test.error
    kind = registry.plan(center).types["L-UJI"]
    needs = [(n.agency, n.capability, n.count, n.condition) for n in (*kind.required, *kind.optional)]
    assert needs == [
        ("PMK", "fire_engine", 2, None),
        ("PLN", None, 1, None),
        ("PMI", "shelter", 1, "ada pengungsi"),
    ]
    assert (kind.priority, kind.search, kind.domain) == (3, ("uji", "coba"), Domain.LAND)
    assert kind.alarms == ((Requirement("MEDIS", "ambulance", 2), Requirement("RT")),)


def edit(test: AppTest, editor: Any, *rows: dict[str, Any]) -> None:
    test.session_state[editor.key] = {"edited_rows": {}, "added_rows": list(rows), "deleted_rows": []}


def test_a_type_without_needs_is_refused(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    choose(test, "L-FIR1")
    editor = test.data_editor[0]
    rows = list(range(len(editor.value)))
    test.session_state[editor.key] = {"edited_rows": {}, "added_rows": [], "deleted_rows": rows}
    press(test, "Simpan perubahan")

    assert "Wajib: isinya terlalu sedikit" in sentences(test)
    assert stored(center, "incident_type", "L-FIR1").version == 1


def test_alarm_levels_are_added_one_after_another(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    choose(test, "L-ANI")
    assert "**Alarm 2** · belum ada; isi untuk menambah tingkat" in [m.value for m in test.markdown]
    edit(test, test.data_editor[2], {"agency": "PMK", "capability": "rescue_car"})
    press(test, "Simpan perubahan")
    assert not test.error, sentences(test)
    titles = [part.value for part in test.markdown if part.value.startswith("**Alarm")]
    assert [title.split(" · ")[1].split(";")[0] for title in titles] == [
        "ditambahkan pada tingkat sebelumnya",
        "belum ada",
    ]

    edit(test, test.data_editor[3], {"agency": "BPSPL"})
    press(test, "Simpan perubahan")
    assert registry.plan(center).types["L-ANI"].alarms == (
        (Requirement("PMK", "rescue_car"),),
        (Requirement("BPSPL"),),
    )


def empty(test: AppTest, editor: Any) -> None:
    rows = list(range(len(editor.value)))
    test.session_state[editor.key] = {"edited_rows": {}, "added_rows": [], "deleted_rows": rows}


def test_emptying_the_highest_alarm_level_removes_it(center: Center, page) -> None:
    before = registry.plan(center).types["L-FIR1"].alarms
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    choose(test, "L-FIR1")
    empty(test, test.data_editor[3])
    press(test, "Simpan perubahan")

    assert not test.error, sentences(test)
    assert registry.plan(center).types["L-FIR1"].alarms == before[:1]


def test_an_empty_alarm_level_below_another_is_refused(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    choose(test, "L-FIR1")
    empty(test, test.data_editor[2])
    press(test, "Simpan perubahan")

    assert "Tambahan per tingkat alarm: isinya terlalu sedikit" in sentences(test)
    assert stored(center, "incident_type", "L-FIR1").version == 1


def test_a_counted_notice_of_an_alarm_is_refused(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    choose(test, "L-ANI")
    edit(test, test.data_editor[2], {"agency": "PLN", "count": 3})
    press(test, "Simpan perubahan")

    assert "jumlah tanpa kemampuan: instansi ini hanya diberi tahu" in sentences(test)


def test_the_lead_must_come_first(center: Center, page) -> None:
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    choose(test, "L-FIR1")
    field(test, "Instansi pemimpin").set_value("POLRI")
    press(test, "Simpan perubahan")

    assert "PMK bukan instansi pemimpin. Yang diperbolehkan: POLRI lebih dahulu" in sentences(test)


@pytest.mark.parametrize(
    ("tab", "kind", "code"),
    [
        (UNIT, "unit", "PMK-HQ-11"),
        (UNIT, "unit", "SAR-RIB-02"),
        (UNIT, "unit", "SAR-PK-01"),
        (UNIT, "unit", "POL-H-01"),
        (STATION, "station", "HOSP-JSK"),
        (STATION, "station", "BEACH-AMAL"),
        (STATION, "station", "PMK-HQ"),
    ],
)
def test_saving_a_unit_or_station_unchanged_changes_nothing_of_it(
    center: Center, page, tab: str, kind: registry.Kind, code: str
) -> None:
    before = dict(stored(center, kind, code).row)
    test = choose(page("registri", Role.ADMIN, **{REGISTRY_TAB: tab}).run(), code)
    press(test, "Simpan perubahan")

    assert not test.error, sentences(test)
    assert stored(center, kind, code).row == before
    assert stored(center, kind, code).version == 2


def test_saving_a_type_unchanged_changes_nothing_of_it(center: Center, page) -> None:
    for code in registry.plan(center).types:
        before = dict(stored(center, "incident_type", code).row)
        test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
        choose(test, code)
        press(test, "Simpan perubahan")
        assert not test.error, sentences(test)
        assert stored(center, "incident_type", code).row == before


def test_a_retired_type_is_no_longer_offered_but_old_cases_keep_its_name(center: Center, page) -> None:
    reported(center, NOW, "L-ANI", Domain.LAND, None)
    test = page("registri", Role.ADMIN, **{REGISTRY_TAB: PLAN}).run()
    choose(test, "L-ANI")
    press(test, "Pensiunkan L-ANI")

    assert "L-ANI" not in registry.plan(center).types
    assert registry.incident_type(center, "L-ANI").label == "Ular/tawon"


def test_empty_cells_of_a_need_mean_nothing_and_one() -> None:
    table = pd.DataFrame({"agency": ["PLN", None], "capability": [None, " "], "count": [None, 3]})
    assert registry_plan.need_rows(table.astype({"count": "Int64"})) == [
        {"agency": "PLN", "capability": None, "count": 1, "condition": None},
        {"agency": "", "capability": None, "count": 3, "condition": None},
    ]
