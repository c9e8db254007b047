"""The map sketch: drawn where things are, to a scale that is true, honest about what is not known."""

import io
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from export.paper.sketch import HEIGHT, WIDTH, sketch
from geo.points import Area, LonLat, Projector, destination, geodesic_m
from geo.zones import ZoneIndex, load_kelurahan, load_zones

ROOT = Path(__file__).parents[2]
PACK = ROOT / "data" / "tarakan"
AREA = Area(117.3, 3.05, 117.95, 3.65)
ZONES = load_zones(PACK / "kelurahan.geojson", PACK / "coastline.geojson", Projector(32650), AREA, "65.71")
TOWN, SEA, FAR = LonLat(117.585, 3.305), LonLat(117.66, 3.30), LonLat(118.6, 4.3)


def marked(drawn):
    """Where the incident's mark stands, in units of the drawing."""
    *_, (x, y) = re.findall(r'<circle cx="([\d.-]+)" cy="([\d.-]+)" r="5"', drawn.svg)
    return float(x), float(y)


def rendered(drawn):
    page = (
        "#set page(width: auto, height: auto, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {WIDTH}pt)'
    )
    png = typst.Compiler(page.encode()).compile(sys_inputs={"svg": drawn.svg}, format="png", ppi=72)
    picture = Image.open(io.BytesIO(png)).convert("L")
    assert picture.size == (int(WIDTH), int(HEIGHT))
    return picture


def scale_of(drawn):
    """Units a metre."""
    return WIDTH / drawn.width_m


def test_land_is_grey_and_sea_is_white_where_the_zones_say_so():
    drawn = sketch(ZONES, SEA, "Tarakan")
    picture, (x, y), scale = rendered(drawn), marked(drawn), scale_of(drawn)
    seen = {"land": 0, "sea": 0}
    for bearing in range(0, 360, 15):
        for step in (0.25, 0.5, 0.75):
            place = destination(SEA, bearing, step * drawn.width_m / 2)
            if not AREA.contains(place):
                continue
            zone = ZONES.locate(place)
            east = geodesic_m(SEA, LonLat(place.lon, SEA.lat)) * (1 if place.lon > SEA.lon else -1)
            north = geodesic_m(SEA, LonLat(SEA.lon, place.lat)) * (1 if place.lat > SEA.lat else -1)
            px, py = round(x + east * scale), round(y - north * scale)
            near_shore = zone.domain == "sea" and zone.land_distance_m * scale < 6
            if not (4 < px < WIDTH - 90 and 4 < py < HEIGHT - 70) or near_shore:
                continue
            grey = picture.getpixel((px, py))
            if 225 <= grey <= 231 or grey > 250:
                assert (grey > 250) == (zone.domain == "sea"), (bearing, step, zone.domain, grey)
                seen[zone.domain] += 1
    assert min(seen.values()) > 3


@pytest.mark.parametrize("place", [LonLat(117.72, 3.30), LonLat(117.57, 3.21)], ids=["east", "south"])
def test_the_nearest_shore_is_as_far_from_the_mark_as_on_the_ground(place):
    drawn = sketch(ZONES, place, "Tarakan")
    picture, (x, y) = rendered(drawn), marked(drawn)
    shore = min(
        ((px - x) ** 2 + (py - y) ** 2) ** 0.5
        for px in range(4, int(WIDTH) - 90)
        for py in range(4, int(HEIGHT) - 70)
        if 225 <= picture.getpixel((px, py)) <= 231
    )
    wanted = ZONES.locate(place).shore_distance_m * scale_of(drawn)
    assert wanted > 150
    assert shore == pytest.approx(wanted, abs=5)


@pytest.mark.parametrize("place", [TOWN, SEA, FAR, LonLat(117.75, 3.1)])
def test_the_scale_bar_is_as_long_as_it_says(place):
    drawn = sketch(ZONES, place, "Tarakan")
    length = float(re.search(r'<rect x="20" [^>]*width="([\d.]+)" height="10" fill="none"', drawn.svg)[1])
    number, unit = re.search(r">([\d,]+) (km|m)</text>", drawn.svg).groups()
    metres = float(number.replace(",", ".")) * (1000 if unit == "km" else 1)
    assert length == pytest.approx(metres * scale_of(drawn), abs=0.1)
    assert 90 < length <= 230


def test_the_circle_of_accuracy_has_its_radius():
    drawn = sketch(ZONES, TOWN, "Tarakan", 800.0)
    radius = float(re.search(r'r="([\d.]+)" fill="none"', drawn.svg)[1])
    assert radius == pytest.approx(800 * scale_of(drawn), abs=0.1)


def test_the_place_of_the_incident_is_named_by_its_kelurahan():
    assert f">{ZONES.locate(TOWN).kelurahan}</text>" in sketch(ZONES, TOWN, "Tarakan").svg


def test_beyond_the_citys_map_it_is_said_that_nothing_is_known():
    words = "di luar peta kota"
    assert words in sketch(ZONES, FAR, "Tarakan").svg
    assert words not in sketch(ZONES, TOWN, "Tarakan").svg


@settings(max_examples=40, deadline=None)
@given(st.floats(116.0, 119.5), st.floats(2.0, 5.0))
def test_every_place_is_inside_its_own_sketch_with_the_city_in_sight(lon, lat):
    drawn = sketch(ZONES, LonLat(lon, lat), "Tarakan")
    x, y = marked(drawn)
    assert 20 <= x <= WIDTH - 20
    assert 20 <= y <= HEIGHT - 20
    tree = ET.fromstring(drawn.svg)
    paths = [item.get("d") for item in tree.iter("{http://www.w3.org/2000/svg}path")]
    assert paths[0], "the sketch shows land"
    assert len(drawn.svg) < 60_000


def test_a_name_cannot_break_the_drawing():
    shouted = [replace(one, name='<b>&"') for one in load_kelurahan(PACK / "kelurahan.geojson")]
    odd = ZoneIndex(shouted, [], Projector(32650), AREA, "65.71")
    drawn = sketch(odd, TOWN, "<city>&")
    assert '<b>&"' in "".join(ET.fromstring(drawn.svg).itertext())


def test_nothing_outside_is_asked_for_and_the_same_place_gives_the_same_drawing():
    drawn = sketch(ZONES, SEA, "Tarakan", 100.0)
    assert re.findall(r"https?://[^\"]+", drawn.svg) == ["http://www.w3.org/2000/svg"]
    assert "href" not in drawn.svg
    assert sketch(ZONES, SEA, "Tarakan", 100.0) == drawn
