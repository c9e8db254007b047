import json

import pytest
import shapely
from shapely.geometry import shape
from strategies_geo import DATA

from geo.errors import (
    BadLayer,
    LayerBadCoordinate,
    LayerEmpty,
    LayerInvalidShape,
    LayerMissingProperty,
    LayerNotGeoJSON,
    LayerUnreadable,
    LayerWrongGeometry,
)
from geo.layers import POINTS, POLYGONS, feature_collection, load_features, load_land

SQUARE = {"type": "Polygon", "coordinates": [[[117, 3], [118, 3], [118, 4], [117, 4], [117, 3]]]}
BOW_TIE = {"type": "Polygon", "coordinates": [[[117, 3], [118, 4], [118, 3], [117, 4], [117, 3]]]}


def written(tmp_path, *features):
    file = tmp_path / "peta.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return file


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def test_a_good_layer_is_read_with_its_properties(tmp_path):
    (one,) = load_features(written(tmp_path, feature(SQUARE, name="A")), POLYGONS, required=("name",))
    assert one.properties == {"name": "A"}
    assert one.geometry.equals(shapely.box(117, 3, 118, 4))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LayerUnreadable, match=r"tiada\.geojson"):
        load_features(tmp_path / "tiada.geojson", POLYGONS)


def test_broken_json_is_refused_with_line_and_column(tmp_path):
    file = tmp_path / "peta.geojson"
    file.write_text('{"type": "FeatureCollection",\n "features": [', encoding="utf-8")
    with pytest.raises(LayerNotGeoJSON, match=r"peta\.geojson.*baris 2"):
        load_features(file, POLYGONS)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b"[]", b'"x"', b'{"type": "Feature"}', b'{"type": "FeatureCollection"}',
                b'{"type": "FeatureCollection", "features": [1]}', b""],
)  # fmt: skip
def test_what_is_not_a_feature_collection_is_refused(tmp_path, content):
    file = tmp_path / "peta.geojson"
    file.write_bytes(content)
    with pytest.raises(LayerNotGeoJSON):
        load_features(file, POLYGONS)


def test_a_wrong_kind_of_geometry_is_refused_with_what_is_allowed(tmp_path):
    file = written(tmp_path, feature(SQUARE), feature({"type": "Point", "coordinates": [117, 3]}))
    with pytest.raises(
        LayerWrongGeometry, match="ke-2: geometri Point; yang diterima: Polygon, MultiPolygon"
    ):
        load_features(file, POLYGONS)
    with pytest.raises(LayerWrongGeometry):
        load_features(written(tmp_path, feature(None)), POLYGONS)


@pytest.mark.parametrize("coordinates", [[3.3, 117.6], [500000.0, 367000.0], [float("nan"), 3.0]])
def test_coordinates_that_are_no_degrees_are_refused(tmp_path, coordinates):
    file = written(tmp_path, feature({"type": "Point", "coordinates": coordinates}))
    with pytest.raises(LayerBadCoordinate, match="bujur lebih dahulu"):
        load_features(file, POINTS)


@pytest.mark.parametrize(
    "geometry",
    [
        BOW_TIE,
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[117, 3], [118, 3]]]},
        {"type": "Polygon", "coordinates": "x"},
        {"type": "Polygon"},
    ],
)
def test_a_shape_that_is_no_shape_is_refused(tmp_path, geometry):
    with pytest.raises(LayerInvalidShape, match="ke-1"):
        load_features(written(tmp_path, feature(geometry)), POLYGONS)


@pytest.mark.parametrize("properties", [{}, {"kind": None}, {"kind": ""}])
def test_a_missing_property_is_named(tmp_path, properties):
    with pytest.raises(LayerMissingProperty, match="“kind”"):
        load_land(written(tmp_path, feature(SQUARE, **properties)))


def test_an_empty_layer_is_refused(tmp_path):
    with pytest.raises(LayerEmpty):
        load_features(written(tmp_path), POLYGONS)
    with pytest.raises(LayerEmpty):
        load_land(written(tmp_path, feature(SQUARE, kind="lake")))


def test_every_refusal_is_a_bad_layer():
    for kind in (LayerEmpty, LayerNotGeoJSON, LayerUnreadable, LayerWrongGeometry):
        assert issubclass(kind, BadLayer)


def test_the_coast_of_tarakan_holds_land_and_leaves_out_the_lakes():
    assert len(load_land(DATA / "coastline.geojson")) == 57


def test_thinning_keeps_common_borders_and_shrinks_the_file():
    kelurahan = load_features(DATA / "kelurahan.geojson", POLYGONS)
    thin = feature_collection(kelurahan, tolerance_m=30)
    shapes = [shape(one["geometry"]) for one in thin["features"]]
    assert shapely.coverage_is_valid([shapely.set_precision(one, 1e-5) for one in shapes])
    full_area = sum(one.geometry.area for one in kelurahan)
    assert sum(one.area for one in shapes) == pytest.approx(full_area, rel=0.005)
    assert len(json.dumps(thin, separators=(",", ":"))) < 0.5 * (DATA / "kelurahan.geojson").stat().st_size
    assert [one["properties"] for one in thin["features"]] == [one.properties for one in kelurahan]
