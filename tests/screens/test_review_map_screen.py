"""Pimpinan's map of incidents: every picture says what it is of, and a clicked cell is looked at alone."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from many_cases import a_unit_of, handled, reported
from streamlit.testing.v1 import AppTest

from citypack.load import POPULATION
from domain.words import Domain, Role
from geo.cells import cell_at, cell_text
from geo.points import LonLat
from services import center as command_center
from services.center import Center, Settings, close_center, open_center
from ui.review_cells import Frames, Picture
from ui.state import CELL_CLICK, REVIEW_CELL

LAND, SEA, FAR = LonLat(117.592, 3.318), LonLat(117.69, 3.31), LonLat(117.60, 3.40)
NOW = datetime.now(UTC)


@pytest.fixture
def past(center: Center) -> Center:
    """Two handled fires on land (12 and 20 minutes), a call from there, one at sea, one from nowhere."""
    fire = a_unit_of(center, "PMK")
    handled(center, NOW - timedelta(days=5), "L-FIR1", Domain.LAND, LAND, fire, arrives_min=12)
    handled(center, NOW - timedelta(days=4), "L-FIR1", Domain.LAND, LAND, fire, arrives_min=20)
    reported(center, NOW - timedelta(days=3), "L-ANI", Domain.LAND, LAND)
    reported(center, NOW - timedelta(days=2), "S-MOB", Domain.SEA, SEA)
    reported(center, NOW - timedelta(days=1), "L-ANI", Domain.LAND, None)
    return center


@pytest.fixture
def shown(page) -> AppTest:
    test = page("pimpinan", Role.AUDITOR)
    test.query_params["bagian"] = "peta"
    return test


def told(test: AppTest) -> str:
    assert not test.exception
    return " ".join(element.value for element in (*test.markdown, *test.caption, *test.info))


def asked_cell(test: AppTest) -> str | None:
    found = test.query_params.get(REVIEW_CELL)
    return found[0] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (Picture.COUNT, ("Laporan berkoordinat yang diterima dalam rentang", "n = 4 laporan")),
        (Picture.RATE, ("Penduduk 2025: 256.670, per kelurahan perkiraan", "1 laporan di sel laut")),
        (Picture.LATE, ("tiba lebih dari 15 menit setelah laporan", "1 dari n = 2 kasus")),
        (Picture.DENSITY, ("dihaluskan menjadi kepadatan", "sekitar 0,1 km²")),
        (Picture.HOT, ("Titik panas tidak diuji: 4 laporan", "paling sedikit 30")),
    ],
)
def test_every_picture_says_its_definition_and_its_n(
    past: Center, shown: AppTest, picture: Picture, says: tuple[str, ...]
) -> None:
    shown.run()
    shown.button_group(key="gambar").set_value(picture).run()

    for words in says:
        assert words in told(shown)


@pytest.mark.parametrize("frames", list(Frames))
def test_reports_without_coordinates_are_told_whatever_the_slider_steps_through(
    past: Center, shown: AppTest, frames: Frames
) -> None:
    shown.run()
    shown.button_group(key="bingkai").set_value(frames).run()

    assert "1 laporan tanpa koordinat tidak tergambar" in told(shown)


def test_without_a_place_there_is_a_sentence(center: Center, shown: AppTest) -> None:
    reported(center, NOW - timedelta(days=1), "L-ANI", Domain.LAND, None)

    shown.run()

    assert "Tidak ada laporan dengan koordinat dalam pilihan ini" in told(shown)


def test_an_empty_selection_is_a_sentence_and_no_map(center: Center, shown: AppTest) -> None:
    shown.run()

    assert "Tidak ada laporan dalam 30 hari ini" in told(shown)
    assert not shown.get("component_instance")


def test_a_city_that_counts_no_inhabitants_is_offered_no_rate_and_told_why(
    past: Center, shown: AppTest, tmp_path: Path
) -> None:
    city = Path(shutil.copytree(past.pack.folder, tmp_path / "tarakan"))
    (city / POPULATION).unlink()
    close_center()
    open_center(Settings(tmp_path, past.settings.db_path, city_dir=city))
    assert command_center.current().pack.population is None

    shown.run()

    assert "paket kota ini tidak memuat population.csv" in told(shown)
    assert "Per penduduk" not in shown.button_group(key="gambar").options


def test_a_clicked_cell_is_looked_at_alone_and_clicked_again_left(past: Center, shown: AppTest) -> None:
    shown.query_params["ukuran"] = "0,7 km², resolusi 8"
    shown.run()
    assert len(shown.dataframe[0].value) == 5

    shown.session_state[CELL_CLICK] = (LAND.lon, LAND.lat)
    shown.run()
    assert asked_cell(shown) == cell_text(cell_at(LAND, 8))
    assert len(shown.dataframe[0].value) == 3
    assert "n = 4 laporan" in told(shown), "the map still shows every cell"

    shown.run()
    assert asked_cell(shown) == cell_text(cell_at(LAND, 8)), "one click counts once"

    shown.session_state[CELL_CLICK] = (SEA.lon, SEA.lat)
    shown.run()
    assert list(shown.dataframe[0].value["Matra"]) == ["◆ Laut"]

    shown.session_state[CELL_CLICK] = (SEA.lon, SEA.lat)
    shown.run()
    assert REVIEW_CELL not in shown.query_params
    assert len(shown.dataframe[0].value) == 5


def test_a_click_on_a_cell_without_reports_changes_nothing(past: Center, shown: AppTest) -> None:
    shown.run()
    shown.session_state[CELL_CLICK] = (FAR.lon, FAR.lat)
    shown.run()

    assert REVIEW_CELL not in shown.query_params
    assert [toast.value for toast in shown.toast] == ["Tidak ada laporan di sel ini dalam pilihan sekarang."]
