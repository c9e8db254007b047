import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from center_builders import settings
from hypothesis import given
from hypothesis import strategies as st

from geo.points import LonLat, geodesic_m, parse_coordinates
from geo.reach import Reach, leg
from services import places
from services.center import Center, Settings, close_center, open_center
from ui import dispatch_words, words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Kecepatan (km/jam): 0,5 di luar 1–9.", "Kecepatan (km/jam): 0,5 di luar 1–9."),
        ("PMK-HQ-01 + SAR-RIB-02", "PMK-HQ-01 + SAR-RIB-02"),
        ("**tebal** _miring_ `kode`", r"\*\*tebal\*\* \_miring\_ \`kode\`"),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("![x](y)", r"!\[x\](y)"),
        (":red[api] $x$ <b>", r"\:red\[api\] \$x\$ \<b\>"),
        ("# judul", r"\# judul"),
        ("1. satu\n- dua\n===", "1\\. satu\n\\- dua\n\\==="),
        ("    kode", "kode"),
    ],
)
def test_a_persons_words_are_no_markdown(text: str, shown: str) -> None:
    assert words.plain(text) == shown


@given(st.text("\\`*_{}[]()#+-=!|$~:<>&.1a \n"))
def test_plain_text_only_gains_backslashes_and_loses_indents(text: str) -> None:
    unescaped = re.sub(r"\\([^a-z0-9\s])", r"\1", words.plain(text))
    assert unescaped == re.sub(r"(?m)^[ \t]+", "", text)


def test_a_priority_in_two_signs() -> None:
    assert [words.priority_code(priority) for priority in (1, 4, None)] == ["P1", "P4", "P–"]


@pytest.fixture
def tarakan(tmp_path: Path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb"))
    close_center()


@pytest.fixture
def uji(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


@pytest.mark.parametrize(
    ("lon", "lat", "says"),
    [
        (117.587, 3.317, r"Darat, kelurahan .+, kewenangan Kota Tarakan"),
        (117.690, 3.335, r"Laut, .+ km dari pantai, Perairan .+, kewenangan Kota Tarakan"),
        (117.85, 3.47, r"Darat di luar kota, 2\d km dari pantai kota, di luar kewenangan Kota Tarakan"),
        (117.35, 3.30, r"Darat di luar kota, 2\d km dari pantai kota, di luar kewenangan Kota Tarakan"),
        (117.93, 3.10, r"Laut, 3\d km dari pantai kota, di luar kewenangan Kota Tarakan"),
    ],
    ids=["city", "own waters", "Bunyu", "mainland", "far sea"],
)
def test_a_place_says_what_it_belongs_to(tarakan: Center, lon: float, lat: float, says: str) -> None:
    assert re.fullmatch(says, words.zone_sentence(places.place_at(tarakan, LonLat(lon, lat))))


def test_a_place_without_a_point_says_so(tarakan: Center) -> None:
    place = places.place_in_words(tarakan, "pasar", tarakan.pack.city.adm_code)
    assert words.zone_sentence(place) == "Zona belum diketahui"


def test_the_example_of_coordinates_lies_in_the_city(uji: Center) -> None:
    example = parse_coordinates(words.coordinate_example(), uji.pack.area)
    assert geodesic_m(example, uji.pack.city.map_center) < 100


def test_an_estimate_names_the_citys_own_factor(uji: Center) -> None:
    path = (LonLat(131.0, -5.9), LonLat(131.01, -5.9))
    drive = leg("land", 1332.0, 120.0, "estimate", path)
    assert dispatch_words.leg_method(drive) == "perkiraan garis lurus × 1,2"


def test_a_way_from_an_assumed_place_is_called_an_estimate() -> None:
    boat = leg("sea", 1332.0, 600.0, "water_route", (LonLat(131.0, -5.9), LonLat(131.01, -5.9)))
    assert dispatch_words.eta_words(Reach((boat,))) == "7–13 mnt"
    assert dispatch_words.eta_words(Reach((boat,), rough=True)) == "7–13 mnt perkiraan"
