"""A network of roads as arrays, and as a GeoParquet file.

Places are WGS 84 degrees, longitude first. An edge runs between two junctions (or dead ends) and keeps every
point of its line. Made from OpenStreetMap the data is under the ODbL: the file says so in its metadata, and
so must every map that shows it.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geo.errors import RoadNetworkBroken, RoadsNotWritten
from geo.points import GEOD, Floats

ROAD_CLASSES = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary",
    "secondary_link", "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service",
    "road", "track",
)  # fmt: skip
"""OpenStreetMap's `highway` values that vehicles drive on."""

ATTRIBUTION = "© OpenStreetMap contributors"
LICENSE = "ODbL-1.0"

SMALLEST_NETWORK_M = 1_000.0
"""Pieces of road shorter than this, from which one cannot drive out and back, are not used: loose ends."""

_FORMAT = "sigap-roads-1"  # raise when columns change their meaning
_COLUMNS = {
    "class": pa.string(),
    "oneway": pa.bool_(),
    "maxspeed_kmh": pa.float64(),
    "name": pa.string(),
    "osm_way_id": pa.int64(),
    "from_node": pa.int64(),
    "to_node": pa.int64(),
    "geometry": pa.binary(),
}

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class RoadEdges:
    """`n` edges. Edge `i` has the points ``lonlat[first[i]:first[i + 1]]``, at least two.

    `road_class` counts in `ROAD_CLASSES`; a `oneway` edge is driven from `from_node` to `to_node` only;
    `maxspeed_kmh` is the posted limit, NaN where none is known; node and way ids are OpenStreetMap's.
    """

    lonlat: Floats
    first: Ints
    road_class: Ints
    oneway: Bools
    maxspeed_kmh: Floats
    name: tuple[str | None, ...]
    way_id: Ints
    from_node: Ints
    to_node: Ints

    def __post_init__(self) -> None:
        count = len(self.road_class)
        columns = (self.oneway, self.maxspeed_kmh, self.name, self.way_id, self.from_node, self.to_node)
        if len(self.first) != count + 1 or any(len(column) != count for column in columns):
            raise ValueError("all columns of the edges must have the same length")
        if self.lonlat.shape != (self.first[-1], 2) or (np.diff(self.first) < 2).any():
            raise ValueError("an edge needs at least two points")
        if count and not (self.road_class.min() >= 0 and self.road_class.max() < len(ROAD_CLASSES)):
            raise ValueError("road_class counts in ROAD_CLASSES")
        if not (np.isfinite(self.lonlat).all() and (np.abs(self.lonlat) <= (180, 90)).all()):
            raise ValueError("points must be WGS 84 degrees, longitude first")

    def __len__(self) -> int:
        return len(self.road_class)


def point_distances_m(edges: RoadEdges) -> Floats:
    """Geodesic metres from each point to the one before it; 0 at the first point of each edge."""
    a, b = edges.lonlat[:-1], edges.lonlat[1:]
    step = np.concatenate([[0.0], GEOD.inv(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[2]])
    step[edges.first[:-1]] = 0.0
    return step


def usable_edges(edges: RoadEdges) -> tuple[Ints, tuple[Ints, Ints], Ints]:
    """Edges from which one can drive out and back; their junctions numbered anew; each junction's piece.

    A dead-end one-way street is a trap or a source (as a map's border makes them); a short loose piece is a
    gap in the map. Places there go to the nearest road that is of use.
    """
    nodes, ends = np.unique(np.concatenate([edges.from_node, edges.to_node]), return_inverse=True)
    a, b = ends[: len(edges)], ends[len(edges) :]
    piece = _strong_pieces(a, b, edges.oneway, len(nodes))
    length_m = np.add.reduceat(point_distances_m(edges), edges.first[:-1]) if len(edges) else np.empty(0)
    inside = piece[a] == piece[b]
    piece_m = np.bincount(piece[a][inside], weights=length_m[inside], minlength=len(nodes))
    kept = np.flatnonzero(inside & (piece_m[piece[a]] >= SMALLEST_NETWORK_M))
    used, node = np.unique(np.concatenate([a[kept], b[kept]]), return_inverse=True)
    return kept, (node[: len(kept)], node[len(kept) :]), piece[used]


def _strong_pieces(a: Ints, b: Ints, oneway: Bools, count: int) -> Ints:
    """For each junction the number of the piece in which every place is reached from every other."""
    rows, columns = np.concatenate([a, b[~oneway]]), np.concatenate([b, a[~oneway]])
    graph = csr_array((np.ones(len(rows)), (rows, columns)), shape=(count, count))
    return np.asarray(connected_components(graph, connection="strong")[1], dtype=np.int64)


def write_roads(path: Path, edges: RoadEdges, source: str) -> None:
    """Write GeoParquet 1.1 (WKB, OGC:CRS84), beside and renamed: a failure leaves the old file alone.

    `source` names the extract in the metadata. Raises: RoadsNotWritten.
    """
    lines = shapely.linestrings(edges.lonlat, indices=np.repeat(np.arange(len(edges)), np.diff(edges.first)))
    values = {
        "class": [ROAD_CLASSES[k] for k in edges.road_class],
        "oneway": edges.oneway,
        "maxspeed_kmh": edges.maxspeed_kmh,
        "name": edges.name,
        "osm_way_id": edges.way_id,
        "from_node": edges.from_node,
        "to_node": edges.to_node,
        "geometry": shapely.to_wkb(lines),
    }
    low, high = edges.lonlat.min(axis=0), edges.lonlat.max(axis=0)
    geometry = {"encoding": "WKB", "geometry_types": ["LineString"], "bbox": [*low, *high]}
    about = {
        "geo": json.dumps(
            {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": geometry}}
        ),
        "format": _FORMAT,
        "source": source,
        "attribution": ATTRIBUTION,
        "license": LICENSE,
    }
    schema = pa.schema(list(_COLUMNS.items()), metadata=about)
    table = pa.table([pa.array(values[name], kind) for name, kind in _COLUMNS.items()], schema=schema)
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("wb") as file:
                pq.write_table(table, file, compression="zstd")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as problem:
        raise RoadsNotWritten(file=path.name, detail=problem.strerror or str(problem)) from problem


def read_roads(path: Path) -> RoadEdges:
    """Read what `write_roads` wrote. Raises: RoadNetworkBroken."""
    try:
        # Opened here: given a name, pyarrow takes a folder of files too.
        with path.open("rb") as file:
            table = pq.read_table(file)
        found = (table.schema.metadata or {}).get(b"format", b"").decode()
        if found != _FORMAT:
            raise ValueError(f"format {found!r}")
        column = {name: table[name].to_numpy() for name in _COLUMNS}
        lonlat, owner = shapely.get_coordinates(shapely.from_wkb(column["geometry"]), return_index=True)
        number = {name: k for k, name in enumerate(ROAD_CLASSES)}
        return RoadEdges(
            lonlat=lonlat,
            first=np.searchsorted(owner, np.arange(len(table) + 1)),
            road_class=np.array([number[name] for name in column["class"]], dtype=np.int64),
            oneway=column["oneway"].astype(bool),
            maxspeed_kmh=column["maxspeed_kmh"].astype(np.float64),
            name=tuple(table["name"].to_pylist()),
            way_id=column["osm_way_id"],
            from_node=column["from_node"],
            to_node=column["to_node"],
        )
    except (OSError, ValueError, KeyError, pa.ArrowException, shapely.GEOSException) as problem:
        raise RoadNetworkBroken(file=path.name, detail=str(problem).partition("\n")[0]) from problem
