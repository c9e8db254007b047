"""Reading map files (GeoJSON, WGS 84), refusing with what is wrong; thinning them for the browser."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

from geo.errors import (
    LayerBadCoordinate,
    LayerEmpty,
    LayerInvalidShape,
    LayerMissingProperty,
    LayerNotGeoJSON,
    LayerUnreadable,
    LayerWrongGeometry,
)

POLYGONS = ("Polygon", "MultiPolygon")
POINTS = ("Point",)
LINES = ("LineString", "MultiLineString")

_METRES_PER_DEGREE = 111_320.0  # of latitude; close enough to turn a thinning tolerance into degrees


@dataclass(frozen=True, slots=True)
class Feature:
    """One object of a map file: shape in WGS 84 degrees, longitude first, and its attributes."""

    geometry: BaseGeometry
    properties: dict[str, Any]


def load_features(path: Path, allowed: Sequence[str], required: Sequence[str] = ()) -> tuple[Feature, ...]:
    """All objects of a GeoJSON FeatureCollection, whose geometry must be one of `allowed`.

    Every object must have the `required` properties, not null and not empty.

    Raises: BadLayer (one of its children), naming the file, the object (counted from 1) and the reason.
    """
    features = []
    for index, raw in enumerate(_raw_features(path), start=1):
        properties = raw.get("properties") or {}
        for name in required:
            if properties.get(name) in (None, ""):
                raise LayerMissingProperty(file=path.name, index=index, name=name)
        features.append(Feature(_geometry(path, index, raw, allowed), properties))
    if not features:
        raise LayerEmpty(file=path.name)
    return tuple(features)


def _raw_features(path: Path) -> list[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise LayerUnreadable(file=path.name, detail=problem.strerror or str(problem)) from problem
    except UnicodeDecodeError as problem:
        raise LayerNotGeoJSON(file=path.name, detail="bukan teks UTF-8") from problem
    try:
        collection = json.loads(text)
    except json.JSONDecodeError as problem:
        where = f"baris {problem.lineno}, kolom {problem.colno}"
        raise LayerNotGeoJSON(file=path.name, detail=where) from problem
    if not isinstance(collection, dict) or collection.get("type") != "FeatureCollection":
        raise LayerNotGeoJSON(file=path.name, detail='"type" harus "FeatureCollection"')
    features = collection.get("features")
    if not isinstance(features, list) or not all(isinstance(feature, dict) for feature in features):
        raise LayerNotGeoJSON(file=path.name, detail='"features" harus berupa daftar objek')
    return features


def _geometry(path: Path, index: int, raw: dict[str, Any], allowed: Sequence[str]) -> BaseGeometry:
    stored = raw.get("geometry")
    found = stored.get("type") if isinstance(stored, dict) else None
    if found not in allowed:
        raise LayerWrongGeometry(file=path.name, index=index, found=found, allowed=", ".join(allowed))
    try:
        geometry = shape(stored)
    except (TypeError, ValueError, IndexError, KeyError, shapely.GEOSException) as problem:
        raise LayerInvalidShape(file=path.name, index=index, detail=str(problem)) from problem
    for lon, lat in shapely.get_coordinates(geometry).tolist():
        if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            raise LayerBadCoordinate(file=path.name, index=index, lon=lon, lat=lat)
    if geometry.is_empty or not geometry.is_valid:
        raise LayerInvalidShape(file=path.name, index=index, detail=shapely.is_valid_reason(geometry))
    return geometry


def load_land(path: Path) -> tuple[Polygon, ...]:
    """Land polygons of a coast file: objects whose `kind` is ``land`` (lakes inland are land to a boat).

    Raises: BadLayer.
    """
    features = load_features(path, POLYGONS, required=("kind",))
    land = [feature.geometry for feature in features if feature.properties["kind"] == "land"]
    if not land:
        raise LayerEmpty(file=path.name)
    return tuple(shapely.get_parts(land).tolist())


def feature_collection(features: Iterable[Feature], tolerance_m: float, digits: int = 5) -> dict[str, Any]:
    """Polygons as a GeoJSON FeatureCollection thinned for drawing; neighbours keep their common borders.

    Points of the outline move by about `tolerance_m` at most; coordinates are rounded (5 digits = 1 m).
    For the screen only: never route or locate on it.
    """
    kept = list(features)
    geometries = np.array([feature.geometry for feature in kept], dtype=object)
    thin = shapely.coverage_simplify(geometries, tolerance_m / _METRES_PER_DEGREE)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": feature.properties,
                "geometry": _rounded(mapping(geometry), digits),
            }
            for feature, geometry in zip(kept, thin, strict=True)
        ],
    }


def _rounded(value: Any, digits: int) -> Any:
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, dict):
        return {key: _rounded(item, digits) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item, digits) for item in value]
    return value
