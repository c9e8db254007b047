"""GET /v1/layers/…: what maps load by themselves. Land and kelurahan are public: no people, no cases."""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header
from shapely import MultiPolygon
from shapely.geometry import mapping
from starlette.responses import Response

from api.access import Here
from api.isochrones import multi_polygon
from api.problems import REFUSALS, reason_of
from domain.words import Mode
from services import routes
from services.routes import StationAreas

router = APIRouter(tags=["layers"])
UNCHANGED = {"description": "The same as the ETag given"}
Etag = Annotated[str | None, Header(alias="If-None-Match")]


@router.get("/layers/coast.geojson", response_class=Response, responses={304: UNCHANGED})
def coast(here: Here, known: Etag = None) -> Response:
    """Return the land as boats go round it: the city's own shore and what lies around, WGS 84."""
    land = here.pack.zones.land
    return _answer("coast", land, known, lambda: _land(land))


def _land(land: MultiPolygon) -> dict[str, Any]:
    """Return one feature an island. Two sources of one shore, drawn both, would put boats on land."""
    islands = [mapping(island) for island in land.geoms]
    features = [{"type": "Feature", "properties": {"kind": "land"}, "geometry": shape} for shape in islands]
    return {"type": "FeatureCollection", "features": features}


@router.get("/layers/kelurahan.geojson", response_class=Response, responses={304: UNCHANGED})
def kelurahan(here: Here, known: Etag = None) -> Response:
    """Return the kelurahan: polygons with their codes and names, WGS 84."""
    return _answer("kelurahan", here.pack.kelurahan_map, known, lambda: here.pack.kelurahan_map)


@router.get(
    "/layers/isochrones/{mode}.geojson",
    response_class=Response,
    responses={422: REFUSALS[422], 304: UNCHANGED},
)
def station_areas(here: Here, mode: Literal["land", "sea"], known: Etag = None) -> Response:
    """Return where somebody comes within 5, 10 and 15 minutes of travel from any station with such units.

    One feature each, the longest time first: `minutes`, `mode`, `method` (`estimate` when any part is one),
    `stations`, and `left_out`: those from which nothing can start (code and reason). No turnout is in it.
    """
    found = routes.station_areas(here, Mode(mode))
    return _answer(f"isochrones/{mode}", found, known, lambda: _collection(found, mode))


def _collection(found: StationAreas, mode: str) -> dict[str, Any]:
    left_out = {code: reason_of(error) for code, error in found.left_out.items()}
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "minutes": one.minutes,
                    "mode": mode,
                    "method": one.method,
                    "stations": found.stations,
                    "left_out": left_out,
                },
                "geometry": multi_polygon(one.area),
            }
            for one in found.areas
        ],
    }


_bodies: dict[str, tuple[object, bytes, str]] = {}


def _answer(name: str, source: object, known: str | None, layer: Callable[[], dict[str, Any]]) -> Response:
    """Answer with a layer, written anew only when its `source` is another object than last time."""
    kept = _bodies.get(name)
    if kept is None or kept[0] is not source:
        body = json.dumps(layer(), ensure_ascii=False, separators=(",", ":")).encode()
        kept = source, body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        _bodies[name] = kept
    _, body, etag = kept
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if known == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/geo+json", headers=headers)
