"""GET /v1/layers/…: the map's ground, loaded once by the browser. Public: only published geography."""

import hashlib
import json
from typing import Annotated, Any

from fastapi import APIRouter, Header
from starlette.responses import Response

from api.access import Here

router = APIRouter(tags=["layers"])
Etag = Annotated[str | None, Header(alias="If-None-Match")]


@router.get("/layers/coast.geojson", response_class=Response)
def coast(here: Here, known: Etag = None) -> Response:
    """Return the coast: land polygons, WGS 84."""
    return _answer(here.pack.digest, "coast", here.pack.coastline, known)


@router.get("/layers/kelurahan.geojson", response_class=Response)
def kelurahan(here: Here, known: Etag = None) -> Response:
    """Return the kelurahan: polygons with their codes and names, WGS 84."""
    return _answer(here.pack.digest, "kelurahan", here.pack.kelurahan_map, known)


_bodies: dict[tuple[str, str], tuple[bytes, str]] = {}


def _answer(digest: str, name: str, layer: dict[str, Any], known: str | None) -> Response:
    if (digest, name) not in _bodies:
        body = json.dumps(layer, ensure_ascii=False, separators=(",", ":")).encode()
        _bodies[digest, name] = body, f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    body, etag = _bodies[digest, name]
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if known == etag:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/geo+json", headers=headers)
