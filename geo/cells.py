"""H3 cells: equal hexagons by which places are counted and drawn (Uber H3, https://h3geo.org).

Cells are whole numbers of 63 bits, the same that every H3 library writes in hexadecimal. Edge lengths at
the resolutions used here: 6 about 3.7 km, 7 1.4 km, 8 0.53 km, 9 0.20 km.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import shapely
from h3.api import basic_int as h3
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from geo.points import LonLat, Projector
from geo.zones import ZoneIndex

RESOLUTIONS = (6, 7, 8, 9)

Cells = tuple[int, int, int, int]
"""The cells of one place, in the order of `RESOLUTIONS`."""


def cells_of(place: LonLat) -> Cells:
    """Return the cells of a place (WGS 84). A cell's parent need not hold all of it: each is its own."""
    six, seven, eight, nine = (cell_at(place, r) for r in RESOLUTIONS)
    return six, seven, eight, nine


def cell_at(place: LonLat, resolution: int) -> int:
    """Return the cell of a place (WGS 84) at one resolution."""
    return int(h3.latlng_to_cell(place.lat, place.lon, resolution))


def cell_polygon(cell: int) -> Polygon:
    """Return a cell's border in WGS 84 degrees, longitude first. Raises ValueError for what is no cell."""
    if not h3.is_valid_cell(cell):
        raise ValueError(f"{cell} is no H3 cell")
    return Polygon([(lon, lat) for lat, lon in h3.cell_to_boundary(cell)])


def cell_middle(cell: int) -> LonLat:
    """Return the middle of a cell (WGS 84). Raises ValueError for what is no cell."""
    if not h3.is_valid_cell(cell):
        raise ValueError(f"{cell} is no H3 cell")
    lat, lon = h3.cell_to_latlng(cell)
    return LonLat(lon, lat)


def neighbours(cells: Iterable[int]) -> Mapping[int, tuple[int, ...]]:
    """Return for each cell those of the others that touch it, in order; one may have none."""
    known = set(cells)
    return {cell: tuple(sorted((set(h3.grid_disk(cell, 1)) & known) - {cell})) for cell in sorted(known)}


def covering(shape: BaseGeometry, resolution: int) -> tuple[int, ...]:
    """Return the cells that share any place with polygons (WGS 84), in order; none for an empty shape."""
    found: set[int] = set()
    for part in shapely.get_parts(shape):
        ring, *holes = (
            [(lat, lon) for lon, lat in shapely.get_coordinates(one)]
            for one in (part.exterior, *part.interiors)
        )
        area = h3.LatLngPoly(ring, *holes)
        found.update(int(c) for c in h3.polygon_to_cells_experimental(area, resolution, contain="overlap"))
    return tuple(sorted(found))


def own_area(zones: ZoneIndex, projector: Projector) -> BaseGeometry:
    """Return a city's land and its own waters (WGS 84): all of the sea within their limit of its shore."""
    villages = [village.geometry for village in zones.kelurahan]
    city = shapely.union_all(shapely.transform(villages, projector.forward_array))
    land = shapely.transform(zones.land, projector.forward_array)
    reach = shapely.buffer(city, zones.waters_limit_m)
    own = shapely.union(city, shapely.difference(reach, land))
    return shapely.transform(own, projector.inverse_array)


def spread(
    amounts: Mapping[str, float], zones: Mapping[str, BaseGeometry], resolution: int, projector: Projector
) -> dict[int, float]:
    """Return by cell what of each zone's amount falls into it, shared out by area (areal weighting).

    `zones`: polygons in WGS 84 by the keys of `amounts`. The whole of every amount is shared out. Raises
    KeyError for an amount without a zone.
    """
    found: dict[int, float] = {}
    for name, amount in amounts.items():
        cells = covering(zones[name], resolution)
        drawn = shapely.transform([cell_polygon(cell) for cell in cells], projector.forward_array)
        zone = shapely.transform(zones[name], projector.forward_array)
        areas = shapely.area(shapely.intersection(drawn, zone))
        for cell, share in zip(cells, areas / np.sum(areas), strict=True):
            if share > 0:
                found[cell] = found.get(cell, 0.0) + amount * float(share)
    return found


def cell_text(cell: int) -> str:
    """Return a cell as H3 writes it: hexadecimal."""
    return f"{cell:x}"


def parsed_cell(text: str) -> tuple[int, int] | None:
    """Return (cell, resolution) of a cell written in hexadecimal; None for what is no cell of 6 to 9."""
    try:
        cell = int(text, 16)
    except ValueError:
        return None
    if not 0 <= cell < 2**63 or not h3.is_valid_cell(cell):
        return None
    resolution = int(h3.get_resolution(cell))
    return (cell, resolution) if resolution in RESOLUTIONS else None
