"""H3 cells: what covers a shape, and how an amount is shared out over cells."""

import pytest
import shapely
from h3.api import basic_int as h3
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.cells import cell_middle, cell_polygon, covering, own_area, spread
from geo.points import Area, LonLat, Projector
from geo.zones import Kelurahan, ZoneIndex

UTM = Projector(32650)
WEST = shapely.box(117.50, 3.20, 117.54, 3.24)
EAST = shapely.box(117.54, 3.20, 117.60, 3.24)


@settings(max_examples=20, deadline=None)
@given(st.floats(117.4, 117.8), st.floats(3.1, 3.5), st.floats(0.001, 0.08), st.sampled_from((6, 7, 8)))
def test_what_covers_a_shape_leaves_nothing_of_it_out(
    lon: float, lat: float, size: float, resolution: int
) -> None:
    shape = shapely.box(lon, lat, lon + size, lat + size / 2)

    cells = covering(shape, resolution)

    drawn = shapely.union_all([cell_polygon(cell) for cell in cells])
    # H3's edges are geodesic, drawn ones straight in degrees: a hair may be missing.
    assert drawn.intersection(shape).area == pytest.approx(shape.area, rel=1e-3)
    ring = h3.LatLngPoly([(y, x) for x, y in shape.exterior.coords])
    assert set(h3.polygon_to_cells(ring, resolution)) <= set(cells)


def test_a_hole_is_left_out() -> None:
    outer = shapely.box(117.4, 3.1, 117.8, 3.5)
    hole = shapely.box(117.5, 3.2, 117.7, 3.4)

    cells = covering(outer.difference(hole), 8)

    middle = h3.latlng_to_cell(3.3, 117.6, 8)
    assert middle not in cells
    assert h3.latlng_to_cell(3.15, 117.45, 8) in cells


def test_nothing_covers_nothing() -> None:
    assert covering(shapely.Polygon(), 8) == ()


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 1e6), st.floats(0, 1e6), st.sampled_from((6, 7, 8)))
def test_all_of_every_amount_is_shared_out(west: float, east: float, resolution: int) -> None:
    found = spread({"w": west, "e": east}, {"w": WEST, "e": EAST}, resolution, UTM)

    assert sum(found.values()) == pytest.approx(west + east)
    assert all(amount >= 0 for amount in found.values())


def test_a_cell_gets_as_much_of_a_zone_as_it_has_of_its_area() -> None:
    found = spread({"e": 3000.0}, {"e": EAST}, 8, UTM)

    metres = shapely.transform(EAST, UTM.forward_array)
    for cell, amount in found.items():
        drawn = shapely.transform(cell_polygon(cell), UTM.forward_array)
        assert amount == pytest.approx(3000 * drawn.intersection(metres).area / metres.area, rel=1e-3)


def test_an_amount_without_a_zone_is_refused() -> None:
    with pytest.raises(KeyError):
        spread({"n": 1.0}, {"e": EAST}, 8, UTM)


def test_own_waters_reach_as_far_as_the_city_says_and_no_land_of_others_is_in_them() -> None:
    village = Kelurahan("1", "Satu", "Kec", shapely.box(117.55, 3.25, 117.60, 3.30))
    other = shapely.box(117.62, 3.25, 117.64, 3.30)
    area = Area(117.3, 3.05, 117.95, 3.65)
    zones = ZoneIndex([village], [other], UTM, area, "65.71", waters_limit_m=5000)

    own = own_area(zones, UTM)

    for lon, lat, inside in (
        (117.575, 3.275, True),
        (117.61, 3.275, True),
        (117.575, 3.21, True),
        (117.63, 3.275, False),
        (117.575, 3.20, False),
        (117.70, 3.275, False),
    ):
        assert own.contains(shapely.Point(lon, lat)) is inside, (lon, lat)
        assert (zones.locate(LonLat(lon, lat)).jurisdiction == "65.71") is inside, (lon, lat)


def test_the_middle_of_a_covering_cell_need_not_lie_in_the_shape() -> None:
    tiny = shapely.box(117.6, 3.3, 117.6001, 3.3001)

    (cell,) = covering(tiny, 7)

    middle = cell_middle(cell)
    assert not tiny.contains(shapely.Point(middle.lon, middle.lat))
