"""The KML, opened by GDAL and an XML parser: every case once, where and when it was, nobody named."""

import tempfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import geopandas
import pandas
import pyogrio
import pytest
import strategies_records as world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_selection import FRESH, RESCUE, SELECTION, recorded
from strategies_records import PLANTED

from domain.case import Location, Private
from domain.words import Domain
from export.files import COLUMNS, flat_row
from export.kml import NAMESPACE, to_kml

K = f"{{{NAMESPACE}}}"


def placemarks(content):
    return ElementTree.fromstring(content).findall(f"{K}Document/{K}Folder/{K}Placemark")


def values(placemark):
    return {data.get("name"): data.text for data in placemark.iter(f"{K}SimpleData")}


@pytest.mark.skipif("LIBKML" not in pyogrio.list_drivers(), reason="this GDAL has no LIBKML")
def test_gdal_reads_points_types_and_values(tmp_path):
    path = tmp_path / "kasus.kml"
    path.write_bytes(to_kml(SELECTION))
    assert pyogrio.read_info(path)["driver"] == "LIBKML"
    frame = geopandas.read_file(path)
    assert frame.crs.to_epsg() == 4326
    assert len(frame) == 3
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == (117.680013, 3.300027)
    assert [point is None or point.is_empty for point in frame.geometry] == [False, True, True]
    assert set(COLUMNS) <= set(frame.columns)
    assert frame["response_s"].iloc[0] == 3588
    assert pandas.api.types.is_integer_dtype(frame["n_units"])
    assert frame["n_units"].tolist() == [2, 2, 0]
    assert frame["lon"].iloc[0] == 117.680013
    assert frame["received_at"].iloc[0] == "2026-01-14T07:58:10+08:00"
    assert frame["Name"].tolist() == ["2026/000123", "2026/000124", FRESH["record_id"]]
    assert frame["timestamp"].iloc[0] == pandas.Timestamp("2026-01-13T23:58:10Z")


def test_the_values_are_those_of_the_row_and_null_is_left_out():
    for record, placemark in zip(SELECTION, placemarks(to_kml(SELECTION)), strict=True):
        known = {name: str(value) for name, value in flat_row(record).items() if value is not None}
        assert values(placemark) == known


def test_longitude_comes_first_and_no_height():
    rescue, unplaced, _ = placemarks(to_kml(SELECTION))
    assert rescue.findtext(f"{K}Point/{K}coordinates") == "117.680013,3.300027"
    assert unplaced.find(f"{K}Point") is None


def test_elements_come_in_the_order_of_the_schema():
    rescue = placemarks(to_kml(SELECTION))[0]
    assert [part.tag.removeprefix(K) for part in rescue] == [
        "name", "description", "TimeStamp", "styleUrl", "ExtendedData", "Point",
    ]  # fmt: skip


def test_every_style_that_is_named_is_in_the_file_and_nothing_lies_outside():
    content = to_kml(SELECTION)
    root = ElementTree.fromstring(content)
    styles = {f"#{style.get('id')}" for style in root.iter(f"{K}Style")}
    assert len(styles) == len(Domain) + 1
    assert {part.text for part in root.iter(f"{K}styleUrl")} == {"#sea", "#tanpa-matra"}
    assert {part.text for part in root.iter(f"{K}styleUrl")} <= styles
    assert content.count(b"http") == content.count(NAMESPACE.encode()) == 1
    assert not list(root.iter(f"{K}href"))


def test_markup_in_a_text_is_text():
    said = '<b>api</b> & "asap" ]]> <![CDATA[y]]> \x00\x0b'
    record = recorded(world.registered_rescue(), Private(said, "X", None))
    found = values(placemarks(to_kml([record]))[0])
    assert found["summary"] == '<b>api</b> & "asap" ]]> <![CDATA[y]]>'


def test_a_control_character_from_a_list_does_not_break_the_file():
    place = Location(lon=117.5, lat=3.2, water_area="Muara\x0bUji\x00")
    found = values(placemarks(to_kml([recorded(replace(world.registered_rescue(), location=place))]))[0])
    assert found["water_area"] == "Muara Uji"


def test_an_empty_selection_is_a_document_that_gdal_opens(tmp_path):
    path = tmp_path / "kosong.kml"
    path.write_bytes(to_kml([]))
    assert len(geopandas.read_file(path)) == 0


def test_the_same_selection_gives_the_same_bytes():
    assert to_kml(SELECTION) == to_kml(SELECTION)


def test_the_caller_cannot_be_followed():
    content = to_kml(SELECTION)
    assert RESCUE["call"]["reporter_ref"].encode() not in content
    assert "•••678".encode() not in content


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(world.cases(), max_size=3), st.sampled_from(("minimal", "full")))
def test_whatever_happened_gdal_reads_every_case_and_nobody_is_named(found, profile):
    records = [recorded(case, private, profile) for case, private in found]
    content = to_kml(records)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "kasus.kml"
        path.write_bytes(content)
        frame = geopandas.read_file(path)
    expected = [record["record_id"] for record in records]
    assert len(frame) == len(expected)
    if expected:
        assert frame["record_id"].tolist() == expected
    assert [values(part)["record_id"] for part in placemarks(content)] == expected
    bare = world.letters_and_digits(content.decode())
    assert not [word for word in PLANTED if word in bare]
