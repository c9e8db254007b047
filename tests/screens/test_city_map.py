"""The map that all five screens share: whose ground it is, and how far it lets one out."""

import ast
from collections.abc import Iterator
from pathlib import Path

import center_builders
import pytest
from streamlit_folium import generate_leaflet_string

from services.center import Center, close_center, open_center
from ui import maps

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def uji(tmp_path: Path) -> Iterator[Center]:
    yield open_center(center_builders.settings(tmp_path))
    close_center()


def script() -> str:
    drawn = maps.city_map()
    drawn.get_root().render()
    return generate_leaflet_string(drawn)


def test_the_ground_names_the_sources_of_the_city_in_its_corner(center: Center) -> None:
    text = script()
    for source in ("GSHHG", "BPS", "OCHA"):
        assert source in center.pack.city.map_attribution
        assert text.count(source) == 2, "coast and kelurahan"


def test_the_view_and_how_far_it_goes_are_those_of_the_city(uji: Center) -> None:
    text = script()
    assert '"minZoom": 9' in text
    assert '"zoom": 13' in text
    assert "[-5.9, 131.0]" in text


def test_no_screen_makes_a_map_of_its_own() -> None:
    for file in [*(ROOT / "ui").glob("*.py"), *(ROOT / "pages").glob("*.py")]:
        calls = [
            node.func for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)
        ]
        made = {call.attr for call in calls if isinstance(call, ast.Attribute)} & {"base_map", "Map"}
        assert not made or file.name == "maps.py", file
