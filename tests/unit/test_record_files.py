"""The files are opened by programs that nobody here wrote: GDAL (pyogrio), geopandas, DuckDB, csv."""

import csv
import io
import json
import warnings
from dataclasses import replace

import duckdb
import geopandas
import pandas
import pyarrow.parquet
import pyogrio
import pytest
import strategies_records as world
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recorded_selection import FRESH, RESCUE, SELECTION, UNPLACED, recorded
from strategies_records import PLANTED

from domain.case import Location, Private
from export.files import COLUMNS, flat_row, to_csv, to_geojson, to_geoparquet


def csv_rows(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


# --- GeoJSON -------------------------------------------------------------------------------------


def test_geojson_is_read_by_gdal_with_its_points_and_values(tmp_path):
    path = tmp_path / "kasus.geojson"
    path.write_bytes(to_geojson(SELECTION))
    frame = pyogrio.read_dataframe(path)
    assert frame.crs.to_epsg() == 4326
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == (117.680013, 3.300027)
    assert frame.geometry.isna().tolist() == [False, True, True]
    assert frame["register_no"].tolist()[:2] == ["2026/000123", "2026/000124"]
    assert frame["response_s"].iloc[0] == 3588


def test_geojson_puts_longitude_first_and_marks_each_revision():
    features = json.loads(to_geojson(SELECTION))["features"]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [117.680013, 3.300027]}
    assert features[1]["geometry"] is None
    assert features[0]["id"] == f"{RESCUE['record_id']}_r1"
    assert list(features[0]["properties"]) == list(COLUMNS)


# --- CSV -----------------------------------------------------------------------------------------


def test_csv_has_a_header_and_one_row_a_case():
    rows = csv_rows(to_csv(SELECTION))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["register_no"] for row in rows] == ["2026/000123", "2026/000124", ""]
    assert rows[0]["received_at"] == "2026-01-14T07:58:10+08:00"
    assert rows[0]["unit_codes"] == "SAR-RIB-02;AMB-112-03"
    assert rows[0]["agencies_notified"] == "SAR;MEDIS"
    assert rows[0]["step_6_elapsed_s"] == "4560"
    assert rows[0]["victims_safe"] == "1"
    assert rows[0]["personnel"] == "9"


def test_csv_is_read_by_duckdb(tmp_path):
    path = tmp_path / "kasus.csv"
    path.write_bytes(to_csv(SELECTION))
    found = duckdb.sql(f"SELECT register_no, response_s, lon FROM read_csv('{path}') ORDER BY register_no")
    assert found.fetchall()[0] == ("2026/000123", 3588, 117.680013)


@pytest.mark.parametrize("start", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "  =1+1"])
def test_a_formula_in_a_text_is_not_run_by_a_spreadsheet(start):
    record = recorded(world.registered_rescue(), Private(f"{start}|' /C calc'!A0", "X", None))
    summary = csv_rows(to_csv([record]))[0]["summary"]
    assert summary.startswith("'")
    assert summary.removeprefix("'") == record["incident"]["summary"]


def test_a_negative_number_stays_a_number():
    place = Location(place_text="Selatan", lon=-117.5, lat=-3.25)
    row = csv_rows(to_csv([recorded(replace(world.registered_rescue(), location=place))]))[0]
    assert (float(row["lon"]), float(row["lat"])) == (-117.5, -3.25)


# --- GeoParquet ----------------------------------------------------------------------------------


def test_geoparquet_is_read_by_geopandas(tmp_path):
    path = tmp_path / "kasus.parquet"
    path.write_bytes(to_geoparquet(SELECTION))
    frame = geopandas.read_parquet(path)
    assert frame.crs.to_epsg() == 4326
    assert (frame.geometry.iloc[0].x, frame.geometry.iloc[0].y) == (117.680013, 3.300027)
    assert frame.geometry.isna().tolist() == [False, True, True]
    assert frame["received_at"].iloc[0] == pandas.Timestamp("2026-01-13T23:58:10Z")
    assert frame["response_s"].iloc[0] == 3588
    assert pandas.isna(frame["response_s"].iloc[2])


def test_geoparquet_is_read_by_duckdb_without_any_extension(tmp_path):
    path = tmp_path / "kasus.parquet"
    path.write_bytes(to_geoparquet(SELECTION))
    columns = "register_no, response_s, received_at = TIMESTAMPTZ '2026-01-13 23:58:10+00'"
    found = duckdb.sql(
        f"SELECT {columns} FROM read_parquet('{path}') WHERE register_no IS NOT NULL ORDER BY 1"
    )
    assert found.fetchall()[0] == ("2026/000123", 3588, True)


def test_geoparquet_names_its_crs_and_encoding():
    metadata = pyarrow.parquet.read_metadata(io.BytesIO(to_geoparquet(SELECTION))).metadata
    geo = json.loads(metadata[b"geo"])
    assert geo["version"] == "1.1.0"
    assert geo["columns"]["geometry"]["encoding"] == "WKB"
    assert geo["columns"]["geometry"]["crs"]["id"]["code"] in (4326, "CRS84")


@pytest.mark.parametrize("selection", [(), (FRESH,), (UNPLACED, FRESH)])
def test_the_columns_of_geoparquet_have_the_same_types_whatever_the_rows(selection):
    def types(records):
        schema = pyarrow.parquet.read_schema(io.BytesIO(to_geoparquet(records)))
        return [(field.name, str(field.type)) for field in schema]

    assert types(selection) == types(SELECTION)


# --- all of them ---------------------------------------------------------------------------------


def test_an_empty_selection_gives_valid_empty_files(tmp_path):
    parquet, geojson = tmp_path / "kosong.parquet", tmp_path / "kosong.geojson"
    parquet.write_bytes(to_geoparquet([]))
    geojson.write_bytes(to_geojson([]))
    assert len(geopandas.read_parquet(parquet)) == len(pyogrio.read_dataframe(geojson)) == 0
    assert json.loads(geojson.read_text()) == {"type": "FeatureCollection", "features": []}
    assert to_csv([]).decode().split("\r\n") == [",".join(COLUMNS), ""]
    assert duckdb.sql(f"SELECT count(*) FROM read_parquet('{parquet}')").fetchall() == [(0,)]


def test_the_same_selection_gives_the_same_bytes():
    for make in (to_geojson, to_csv, to_geoparquet):
        assert make(SELECTION) == make(SELECTION)


def test_the_caller_cannot_be_followed_in_a_file():
    assert not {"reporter_ref", "reporter_phone_masked"} & set(COLUMNS)
    for content in (to_geojson(SELECTION), to_csv(SELECTION), to_geoparquet(SELECTION)):
        assert RESCUE["call"]["reporter_ref"].encode() not in content
        assert "•••678".encode() not in content


def test_a_row_has_every_column_and_no_other():
    for record in SELECTION:
        assert list(flat_row(record)) == list(COLUMNS)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(world.cases(), max_size=3), st.sampled_from(("minimal", "full")))
def test_whatever_happened_the_files_agree_and_name_nobody(found, profile):
    records = [recorded(case, private, profile) for case, private in found]
    features = json.loads(to_geojson(records))["features"]
    rows = csv_rows(to_csv(records))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = geopandas.read_parquet(io.BytesIO(to_geoparquet(records)))
    expected = [record["record_id"] for record in records]
    assert [feature["properties"]["record_id"] for feature in features] == expected
    assert [row["record_id"] for row in rows] == expected
    assert frame["record_id"].tolist() == expected
    assert [point is None for point in frame.geometry] == [f["geometry"] is None for f in features]
    for content in (
        to_geojson(records).decode(),
        to_csv(records).decode(),
        frame.drop(columns="geometry").to_csv(),
    ):
        bare = world.letters_and_digits(content)
        assert not [word for word in PLANTED if word in bare]
