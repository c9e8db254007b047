import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from strategies_geo import AREA, BUNYU, DATA, OFF_AMAL, UTM, kelurahan_rows, land, places, zones

from geo.errors import OutsideArea, SwappedCoordinate
from geo.layers import load_land
from geo.points import GEOD, Area, LonLat, Projector, destination, geodesic_m
from geo.zones import WATERS_LIMIT_M, Kelurahan, ZoneIndex, load_kelurahan, load_zones


@pytest.mark.parametrize("row", kelurahan_rows(), ids=lambda row: row["kelurahan"])
def test_the_inside_point_of_each_kelurahan_is_found_in_it(row):
    zone = zones().locate(LonLat(float(row["lon"]), float(row["lat"])))
    assert (zone.domain, zone.adm_code) == ("land", row["kemendagri_code"])
    assert (zone.kelurahan, zone.kecamatan) == (row["kelurahan"], row["kecamatan"])
    assert (zone.water_area, zone.jurisdiction, zone.shore_distance_m) == (None, "65.71", 0.0)


def test_the_sea_off_pantai_amal_is_called_so_and_belongs_to_the_city():
    zone = zones().locate(LonLat(117.68, 3.3))  # the sample record of domain.md 3.3
    assert (zone.domain, zone.adm_code, zone.kelurahan) == ("sea", None, None)
    assert (zone.water_area, zone.jurisdiction) == ("Perairan Pantai Amal", "65.71")
    assert zone.nearest_kelurahan == "65.71.03.1006"
    assert 2_400 < zone.shore_distance_m < 2_700


def test_the_open_sea_beyond_the_citys_waters_has_a_name_but_no_jurisdiction():
    zone = zones().locate(LonLat(117.75, 3.35))
    assert (zone.water_area, zone.jurisdiction) == ("Perairan Pantai Amal", None)


def test_the_sea_far_from_the_city_has_neither():
    zone = zones().locate(LonLat(117.94, 3.05))
    assert (zone.domain, zone.water_area, zone.jurisdiction) == ("sea", None, None)


@pytest.mark.parametrize(
    "point",
    [BUNYU, LonLat(117.35, 3.3), LonLat(117.385, 3.29)],
    ids=["Bunyu", "mainland", "lake on the mainland"],
)
def test_land_of_others_is_land_without_a_code(point):
    zone = zones().locate(point)
    assert (zone.domain, zone.adm_code, zone.kelurahan, zone.jurisdiction) == ("land", None, None, None)
    assert zone.land_distance_m == 0.0
    assert zone.shore_distance_m > 10_000


def test_sadau_belongs_to_karang_harapan():
    # BPS draws the island into the kelurahan; it is land of the city.
    zone = zones().locate(LonLat(117.5225, 3.3475))
    assert (zone.domain, zone.adm_code) == ("land", "65.71.01.1005")


def test_on_a_common_border_the_lower_code_wins():
    villages = load_kelurahan(DATA / "kelurahan.geojson")
    checked = 0
    for first, second in zip(villages, villages[1:], strict=False):
        border = first.geometry.intersection(second.geometry)
        for lon, lat in shapely.get_coordinates(border)[::5].tolist():
            touching = [v.code for v in villages if v.geometry.intersects(shapely.Point(lon, lat))]
            assert zones().locate(LonLat(lon, lat)).adm_code == min(touching)
            checked += 1
    assert checked > 50


@given(places())
@settings(max_examples=300)
def test_every_place_is_in_exactly_the_domain_that_the_map_shows(point):
    zone = zones().locate(point)
    shape = shapely.Point(point.lon, point.lat)
    if land().boundary.distance(shape) < 1e-7:
        return  # on the shore line itself, degrees and metres may round apart
    assert (zone.domain == "land") == land().intersects(shape)
    assert (zone.adm_code is None) == (zone.kelurahan is None) == (zone.kecamatan is None)
    assert (zone.shore_distance_m == 0) == (zone.adm_code is not None)
    assert (zone.land_distance_m == 0) == (zone.domain == "land")
    assert zone.land_distance_m <= zone.shore_distance_m
    if zone.domain == "sea":
        assert (zone.jurisdiction == "65.71") == (zone.shore_distance_m <= WATERS_LIMIT_M)
    else:
        assert zone.water_area is None


@given(places())
@settings(max_examples=50)
def test_shore_distance_is_the_geodesic_to_the_nearest_point_of_the_shore(point):
    zone = zones().locate(point)
    city = shapely.union_all([v.geometry for v in load_kelurahan(DATA / "kelurahan.geojson")])
    if zone.domain == "sea":
        shore = shapely.get_coordinates(shapely.segmentize(city.boundary, 0.0002))  # a point each 22 m
        lon, lat = np.full(len(shore), point.lon), np.full(len(shore), point.lat)
        nearest_m = GEOD.inv(lon, lat, shore[:, 0], shore[:, 1])[2].min()
        assert nearest_m - 12 <= zone.shore_distance_m <= nearest_m + 0.5


@pytest.mark.parametrize("point", [LonLat(117.0, 3.3), LonLat(106.8, -6.2)])
def test_a_place_outside_the_area_is_refused_not_called_sea(point):
    with pytest.raises(OutsideArea):
        zones().locate(point)


def test_an_exchanged_place_is_refused_as_such():
    box = Area(3.0, 1.0, 3.2, 1.2)
    index = ZoneIndex([village("A", 3.05, 1.05)], [], Projector(32631), box, "X")
    with pytest.raises(SwappedCoordinate):
        index.locate(LonLat(1.1, 3.1))


def test_the_map_of_land_shows_tarakan_once():
    own = shapely.union_all([v.geometry for v in load_kelurahan(DATA / "kelurahan.geojson")])
    coast = [polygon for polygon in load_land(DATA / "coastline.geojson") if not polygon.intersects(own)]
    assert land().area == pytest.approx(own.area + sum(polygon.area for polygon in coast), rel=1e-9)
    assert land().is_valid


def test_files_of_a_city_load_to_the_same_index():
    loaded = load_zones(DATA / "kelurahan.geojson", DATA / "coastline.geojson", UTM, AREA, "65.71")
    assert loaded.locate(OFF_AMAL) == zones().locate(OFF_AMAL)


# --- another city: nothing of Tarakan is in the code ---------------------------------------------


def village(code, lon, lat, size=0.02):
    return Kelurahan(code, f"Desa {code}", "Kecamatan", shapely.box(lon, lat, lon + size, lat + size))


BOX = Area(3.0, 1.0, 3.3, 1.3)


def test_a_city_on_a_mainland_keeps_the_mainland():
    mainland = shapely.box(3.0, 1.0, 3.1, 1.3)
    index = ZoneIndex([village("A", 3.08, 1.1)], [mainland], Projector(32631), BOX, "X")
    assert index.locate(LonLat(3.02, 1.2)).domain == "land"
    assert index.locate(LonLat(3.02, 1.2)).adm_code is None
    assert index.locate(LonLat(3.2, 1.2)).domain == "sea"


def test_a_rougher_outline_of_the_same_island_is_dropped():
    rough = shapely.box(3.079, 1.099, 3.103, 1.121)
    index = ZoneIndex([village("A", 3.08, 1.1)], [rough], Projector(32631), BOX, "X")
    assert index.locate(LonLat(3.102, 1.11)).domain == "sea"


def test_limits_of_the_citys_waters_are_arguments():
    shore = LonLat(3.1, 1.11)
    index = ZoneIndex(
        [village("A", 3.08, 1.1)], [], Projector(32631), BOX, "X", waters_limit_m=1_000, named_waters_m=2_000
    )
    near, middle, far = (index.locate(destination(shore, 90, m)) for m in (900, 1_900, 2_100))
    assert (near.jurisdiction, near.water_area) == ("X", "Perairan Desa A")
    assert (middle.jurisdiction, middle.water_area) == (None, "Perairan Desa A")
    assert (far.jurisdiction, far.water_area) == (None, None)
    assert far.shore_distance_m == pytest.approx(2_100, abs=0.5)


def test_the_nearest_kelurahan_at_equal_distance_is_the_lower_code():
    left, right = village("B", 3.08, 1.1), village("A", 3.10, 1.1)
    index = ZoneIndex([left, right], [], Projector(32631), BOX, "X")
    corner = LonLat(3.10, 1.12)
    zone = index.locate(destination(corner, 0, 500))
    assert zone.nearest_kelurahan == "A"
    assert zone.shore_distance_m == pytest.approx(geodesic_m(corner, destination(corner, 0, 500)), abs=0.01)
