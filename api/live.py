"""GET /v1/live.geojson: what a map reads by itself; GET /v1/tracks: the way a unit came."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import Here, Who
from api.problems import REFUSALS
from services import live_map

router = APIRouter(tags=["live"])

KEY_HEADER = "X-Sigap-Key"
GEOJSON = "application/geo+json"


@router.get(
    "/live.geojson",
    responses={**REFUSALS, 304: {"description": "Nothing moved since the ETag given"}},
    response_class=Response,
)
async def live(here: Here, who: Who, request: Request) -> Response:
    """Return units and open incidents as a FeatureCollection, with an ETag; 304 when nothing changed.

    Read with a token, by somebody who is signed in, or by a screen with its signed key. Whoever proves who he
    is gets the next key in the header `X-Sigap-Key`; a key alone is never prolonged.
    """
    now = datetime.now(UTC)
    picture = await run_in_threadpool(live_map.picture, here, now)
    etag = f'"{picture.tag}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if who.signed_in is not None or who.grant is not None:
        headers[KEY_HEADER] = live_map.key(here, now)
    headers["Date-Ms"] = str(int(now.timestamp() * 1000))
    headers["Vary"] = "Accept-Encoding"
    if etag in re.findall(r'"[^"]*"', request.headers.get("if-none-match", "")):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(picture.packed, media_type=GEOJSON, headers=headers)
    return Response(picture.body, media_type=GEOJSON, headers=headers)


@router.get("/tracks/{unit_code}", responses=REFUSALS)
async def track(
    here: Here, who: Who, unit_code: str, minutes: Annotated[int, Query(ge=1, le=1440)] = 30
) -> dict[str, Any]:
    """Return the way a unit came in the last minutes: a LineString, and the time of each point."""
    who.require_unit(unit_code)
    return await run_in_threadpool(live_map.tail, here, datetime.now(UTC), unit_code, minutes)
