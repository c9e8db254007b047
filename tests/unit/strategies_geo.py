"""What the tests of geo/ share: hypothesis strategies, the real map of Tarakan, small drawn maps."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
import shapely
from hypothesis import strategies as st

from geo.layers import load_land
from geo.points import Area, LonLat, Projector
from geo.water import WaterGraph
from geo.zones import ZoneIndex, load_kelurahan

DATA = Path(__file__).parents[2] / "data" / "tarakan"
AREA = Area(117.3, 3.0, 117.95, 3.65)
UTM = Projector(32650)

MALUNDUNG = LonLat(117.5915, 3.2862)
TENGKAYU = LonLat(117.585274, 3.289884)
JUATA_LAUT = LonLat(117.542877, 3.436405)
OFF_AMAL = LonLat(117.66, 3.315)
BUNYU = LonLat(117.82, 3.5)
OFF_BUNYU = LonLat(117.80, 3.455)


def anywhere() -> st.SearchStrategy[LonLat]:
    """Any place on earth."""
    return st.builds(LonLat, st.floats(-180, 180), st.floats(-90, 90))


def places(area: Area = AREA) -> st.SearchStrategy[LonLat]:
    """Places in the area, on land or at sea."""
    return st.builds(LonLat, st.floats(area.min_lon, area.max_lon), st.floats(area.min_lat, area.max_lat))


def sea_places() -> st.SearchStrategy[LonLat]:
    """Places in Tarakan's area that are not on land."""
    return places().filter(lambda point: not shapely.intersects_xy(land(), point.lon, point.lat))


@cache
def zones() -> ZoneIndex:
    """The real zones of Tarakan."""
    kelurahan = load_kelurahan(DATA / "kelurahan.geojson")
    return ZoneIndex(kelurahan, load_land(DATA / "coastline.geojson"), UTM, AREA, "65.71")


@cache
def land() -> shapely.MultiPolygon:
    """The real land of the area, prepared."""
    whole = zones().land
    shapely.prepare(whole)
    return whole


@cache
def water() -> WaterGraph:
    """The real water graph of Tarakan."""
    return WaterGraph.build(land(), UTM, AREA)


@cache
def kelurahan_rows() -> tuple[dict[str, str], ...]:
    """The rows of kelurahan.csv: codes, names and an inside point, from another source than the map."""
    with (DATA / "kelurahan.csv").open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


# --- drawn maps: metres on a sheet of 20 x 20 km, put into the sea at 3° N ------------------------

SHEET = Area(117.0, 3.0, 117.18, 3.18)
_CORNER = UTM.forward(LonLat(SHEET.min_lon, SHEET.min_lat))
SHEET_M = 19_000.0
"""Metres of the sheet that are surely in `SHEET`, from (100, 100)."""


def on_sheet(x_m: float, y_m: float) -> LonLat:
    """The place `x_m`, `y_m` from the sheet's south-western corner."""
    return LonLat(*UTM.inverse_array(np.array([[_CORNER.x + x_m, _CORNER.y + y_m]]))[0])


def drawn(*shapes_m: shapely.Polygon) -> shapely.MultiPolygon:
    """Land drawn in metres of the sheet, as WGS 84."""
    whole = shapely.union_all(list(shapes_m))
    moved = shapely.transform(whole, lambda xy: UTM.inverse_array(xy + np.array(_CORNER)))
    return shapely.MultiPolygon(shapely.get_parts(moved).tolist())


def sheet_graph(*shapes_m: shapely.Polygon) -> WaterGraph:
    """The water graph of a drawn map."""
    return WaterGraph.build(drawn(*shapes_m), UTM, SHEET)
