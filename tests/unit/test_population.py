"""The inhabitants of the city pack: whole or refused in plain words; absent, nothing is made up."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from citypack import load_city_pack
from citypack.city import Population
from domain.errors import BadCityPack
from geo.cells import cells_of
from geo.points import LonLat
from services.center import Center, Settings, close_center, open_center
from services.population import inhabitants

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "data" / "tarakan"
TINY = ROOT / "tests" / "packs" / "kota_uji"

ROWS = (
    "adm_code,population,year,estimate,source\n"
    "99.01.01.1001,1200,2024,false,BPS\n"
    "99.01.01.1002,800,2020,true,perkiraan\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = Path(shutil.copytree(TINY, tmp_path / "kota_uji"))
    (copy / "population.csv").write_text(ROWS, "utf-8")
    return copy


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    close_center()


def test_the_figures_of_tarakan_are_whole_and_called_estimates() -> None:
    pack = load_city_pack(REAL)

    assert pack.population is not None
    assert set(pack.population.by_kelurahan) == set(pack.kelurahan)
    assert pack.population.total == 256_670
    assert pack.population.is_estimate
    assert pack.population.year == 2025


def test_inhabitants_are_read_with_their_oldest_year_and_every_source(folder: Path) -> None:
    assert load_city_pack(folder).population == Population(
        {"99.01.01.1001": 1200, "99.01.01.1002": 800}, 2020, is_estimate=True, sources=("BPS", "perkiraan")
    )


def test_counted_figures_need_no_column_for_estimates(folder: Path) -> None:
    text = re.sub(r",(estimate|true|false),", ",", ROWS)
    (folder / "population.csv").write_text(text, "utf-8")

    population = load_city_pack(folder).population

    assert population is not None
    assert not population.is_estimate


def test_without_the_file_there_are_none() -> None:
    assert load_city_pack(TINY).population is None


@pytest.mark.parametrize(
    ("old", "new", "key", "problem", "allowed"),
    [
        ("1200", "1.200", "baris 2, kolom population", "“1.200” bukan bilangan bulat", "tanpa titik ribuan"),
        ("1200", "-3", "baris 2, kolom population", "di luar rentang", "dari 0"),
        ("2024", "24", "baris 2, kolom year", "di luar rentang", "1900"),
        ("BPS", "", "baris 2, kolom source", "belum diisi", "teks"),
        ("99.01.01.1002", "99.01.01.1003", "baris 3, kolom adm_code", "tidak ada di kelurahan.csv", "1002"),
        ("99.01.01.1002", "99.01.01.1001", "adm_code", "lebih dari sekali", "satu kali"),
        ("99.01.01.1002,800,2020,true,perkiraan\n", "", "99.01.01.1002", "belum diisi", "setiap kelurahan"),
        ("population", "penduduk", "baris 1", "kolom population tidak ada", "adm_code"),
    ],
)
def test_a_wrong_file_is_refused_by_place_and_sentence(
    folder: Path, old: str, new: str, key: str, problem: str, allowed: str
) -> None:
    (folder / "population.csv").write_text(ROWS.replace(old, new, 1), "utf-8")

    with pytest.raises(BadCityPack) as refused:
        load_city_pack(folder)

    said = {name: str(value) for name, value in refused.value.params.items()}
    assert said["file"] == "kota_uji/population.csv"
    assert key in said["key"]
    assert problem in said["problem"]
    assert allowed in said["allowed"]


@pytest.mark.parametrize("resolution", [6, 7, 8, 9])
def test_every_inhabitant_lives_in_exactly_one_cell(center: Center, resolution: int) -> None:
    cells = inhabitants(center, resolution)

    assert cells is not None
    assert sum(cells.values()) == pytest.approx(256_670)


def test_the_crowded_shore_has_more_inhabitants_than_the_forest_and_the_sea_has_none(center: Center) -> None:
    cells = inhabitants(center, 8)

    assert cells is not None
    shore, forest, sea = (
        cells_of(LonLat(lon, lat))[2] for lon, lat in ((117.5834, 3.2978), (117.61, 3.39), (117.75, 3.30))
    )
    assert cells[shore] > 10 * cells[forest] > 0
    assert sea not in cells


def test_a_city_without_the_file_has_no_inhabitants_to_divide_by(tmp_path: Path) -> None:
    opened = open_center(Settings(tmp_path, tmp_path / "sigap.duckdb", city_dir=TINY))
    try:
        assert inhabitants(opened, 8) is None
    finally:
        close_center()
