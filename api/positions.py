"""POST /v1/positions, and the protocols of free phone apps: OsmAnd/Traccar, OwnTracks, ATAK (CoT).

Each device has a token of its own. What a fix is refused for is in the answer; the phone apps get 200 all the
same, because they would send a refused fix again and again before anything newer.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.access import CALLER, Here, Who, basic_password, bearer
from api.problems import REFUSALS
from domain.errors import BadInput, Need
from domain.limits import DEVICE, POSITIONS
from domain.positions import Device, FixRefusal, Source
from domain.words import N_
from geo.air import KNOT_M_S
from geo.errors import GeoError
from geo.points import LonLat
from services import center, live_map, positions
from services.center import Center
from services.positions import Reading

router = APIRouter(tags=["positions"])
phones = APIRouter(tags=["trackers"])

MOST_READINGS = 5_000
_WRONG_EVENTS = N_("Kirim satu event, atau events yang berisi event, tanpa DOCTYPE.")
_SEND_POINT = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "GeoJSON Feature (Point), or FeatureCollection of them. Properties: "
                    "`reported_at` (RFC 3339), `unit_code` (with a device's token it may be left out), "
                    "`accuracy_m`, `speed_kn`, `heading_deg`, `battery` (0 to 1).",
                }
            }
        },
    },
}


class RejectedOut(BaseModel):
    """One position that was not taken: its place in the batch, the code and the sentence of why."""

    index: int
    reason: str
    detail: str


class TakenOut(BaseModel):
    """How many positions were taken, and which were not."""

    accepted: int
    rejected: list[RejectedOut]


class _Unreadable(ValueError):
    """A reading that is none."""


@router.post(
    "/positions",
    responses={**REFUSALS, 422: {"model": TakenOut, "description": "None was taken, or none could be read"}},
    response_model=TakenOut,
    openapi_extra=_SEND_POINT,
)
async def report(
    here: Here, request: Request, who: Who, source: Literal["geojson", "crew"] = "geojson"
) -> Response:
    """Take positions: GeoJSON Feature or FeatureCollection, with a device's token or a system's.

    `source`: `crew` where a crew's own page reports, so that it can be told apart.
    """
    features = _features(_json(await request.body()))
    # The gate has counted the first one.
    who.require_rate(DEVICE if who.device is not None else POSITIONS, len(features) - 1)
    told = [_attempt(_of_feature, one) for one in features]
    return _answer(here, Source(source), who.device, told, only_unit=who.unit_code)


async def _report_plainly(request: Request) -> Response:
    """Take positions that come without a query, before the router looks for `report`."""
    return await report(center.current(), request, request.scope[CALLER])


BUSY = {("POST", "/v1/positions"): _report_plainly}
"""What comes a thousand times a second, by method and path (`api.doorway.Shortcut`)."""


@phones.get("/osmand", operation_id="osmand_get", response_model=TakenOut)
@phones.post("/osmand", operation_id="osmand_post", response_model=TakenOut)
async def osmand(here: Here, request: Request) -> Response:
    """Take a position of OsmAnd or Traccar Client; the device identifier there is the device's token.

    `id, lat, lon, timestamp` (Unix seconds or milliseconds, or ISO 8601), `speed` (knots), `bearing`,
    `accuracy` (m), `batt` (percent); in the address, as a form, or the JSON of newer Traccar Clients.
    """
    given: Mapping[str, Any] = request.query_params
    body = await request.body() if request.method == "POST" else b""
    if body.lstrip().startswith(b"{"):
        told = _json(body)
        token, readings = str(told.get("device_id", "")), [_attempt(_of_traccar, told)]
    else:
        if body and "id" not in given:
            given = dict(_form(body))
        token, readings = str(given.get("id", "")), [_attempt(_of_osmand, given)]
    return _answer(here, Source.OSMAND, _require_device(here, token), readings, always_ok=True)


@phones.post("/owntracks")
async def owntracks(here: Here, request: Request) -> Response:
    """Take a position of OwnTracks in HTTP mode; the password there is the device's token.

    Messages of other kinds are answered and not kept.
    """
    device = _require_device(here, basic_password(request.scope) or request.query_params.get("token", ""))
    told = _json(await request.body())
    if told.get("_type") == "location":
        positions.take(
            here,
            datetime.now(UTC),
            Source.OWNTRACKS,
            device,
            [one for one in [_attempt(_of_owntracks, told)] if isinstance(one, Reading)],
        )
    return JSONResponse([])


@phones.post("/cot", response_model=TakenOut)
async def cot(here: Here, request: Request) -> Response:
    """Take Cursor-on-Target events (XML: one `event`, or `events` around several) of one device."""
    device = _require_device(here, bearer(request.scope) or request.query_params.get("token", ""))
    return _answer(
        here,
        Source.COT,
        device,
        [_attempt(_of_cot, one) for one in _events(await request.body())],
    )


@phones.get("/cot", response_class=Response)
async def cot_out(here: Here) -> Response:
    """Return units and open incidents as Cursor-on-Target events, for agencies that use ATAK.

    With a system's token: a phone that reports for one unit need not read where all of them are.
    """
    events = await run_in_threadpool(live_map.cot_events, here, datetime.now(UTC))
    return Response(events, media_type="application/xml")


# --- answers --------------------------------------------------------------------------------------


def _answer(
    here: Center,
    source: Source,
    device: Device | None,
    told: list[Reading | _Unreadable],
    *,
    only_unit: str | None = None,
    always_ok: bool = False,
) -> Response:
    readings = [one for one in told if isinstance(one, Reading)]
    taken = iter(positions.take(here, datetime.now(UTC), source, device, readings, only_unit=only_unit))
    rejected = []
    for index, one in enumerate(told):
        if isinstance(one, _Unreadable):
            label = FixRefusal.UNREADABLE
            rejected.append({"index": index, "reason": label.value, "detail": f"{label.label}: {one}"})
        elif (refusal := next(taken)) is not None:
            rejected.append({"index": index, "reason": refusal.value, "detail": refusal.label})
    accepted = len(told) - len(rejected)
    status = 422 if rejected and not accepted and not always_ok else 200
    return JSONResponse({"accepted": accepted, "rejected": rejected}, status)


def _require_device(here: Center, token: str) -> Device:
    device = positions.device_of(here, token) if token else None
    if device is None:
        raise HTTPException(401)
    return device


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400) from error
    if not isinstance(told, dict):
        raise HTTPException(422, N_("Isi permintaan harus objek JSON."))
    return told


def _form(body: bytes) -> list[tuple[str, str]]:
    return parse_qsl(body.decode("utf-8", "replace"))


# --- readings -------------------------------------------------------------------------------------


def _attempt(read: Any, told: Any) -> Reading | _Unreadable:
    try:
        reading: Reading = read(told)
        return reading
    except GeoError as error:
        return _Unreadable(str(error))
    except _Unreadable as error:
        return error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, OSError) as error:
        return _Unreadable(f"{type(error).__name__} {error}"[:120])


def _features(told: dict[str, Any]) -> list[Any]:
    features = told.get("features") if told.get("type") == "FeatureCollection" else [told]
    if not isinstance(features, list) or len(features) > MOST_READINGS:
        raise BadInput(
            "features",
            N_("Daftar posisi"),
            Need(N_("harus daftar, paling banyak {most} posisi. Bagi kirimannya."), most=MOST_READINGS),
        )
    return features


def _of_feature(told: Any) -> Reading:
    if told["type"] != "Feature" or told["geometry"]["type"] != "Point":
        raise _Unreadable("harus Feature dengan geometri Point")
    lon, lat = told["geometry"]["coordinates"][:2]
    more = told["properties"]
    unit_code = more.get("unit_code")
    if unit_code is not None and not isinstance(unit_code, str):
        raise _Unreadable("unit_code harus teks")
    return Reading(
        LonLat(lon, lat),
        _time(more["reported_at"]),
        _number(more.get("accuracy_m"), "accuracy_m", 0, 100_000),
        _number(more.get("speed_kn"), "speed_kn", 0, 1_000),
        _number(more.get("heading_deg"), "heading_deg", 0, 360),
        _number(more.get("battery"), "battery", 0, 1),
        unit_code,
    )


def _of_osmand(told: Mapping[str, Any]) -> Reading:
    return Reading(
        LonLat(float(told["lon"]), float(told["lat"])),
        _time(told["timestamp"]) if told.get("timestamp") else datetime.now(UTC),
        _soft(told.get("accuracy"), 0, 100_000),
        _soft(told.get("speed"), 0, 1_000),
        _soft(told.get("bearing", told.get("heading")), 0, 360),
        _soft(told.get("batt"), 0, 100, by=0.01),
    )


def _of_traccar(told: dict[str, Any]) -> Reading:
    at = told["location"]
    coords = at["coords"]
    return Reading(
        LonLat(float(coords["longitude"]), float(coords["latitude"])),
        _time(at["timestamp"]),
        _soft(coords.get("accuracy"), 0, 100_000),
        _soft(coords.get("speed"), 0, 500, by=1 / KNOT_M_S),
        _soft(coords.get("heading"), 0, 360),
        _soft((at.get("battery") or {}).get("level"), 0, 1),
    )


def _of_owntracks(told: dict[str, Any]) -> Reading:
    return Reading(
        LonLat(float(told["lon"]), float(told["lat"])),
        _time(told["tst"]),
        _soft(told.get("acc"), 0, 100_000),
        _soft(told.get("vel"), 0, 2_000, by=1 / 1.852),
        _soft(told.get("cog"), 0, 360),
        _soft(told.get("batt"), 0, 100, by=0.01),
    )


class _NoDocumentType(ElementTree.TreeBuilder):
    """Refuses a document type as it begins, before an entity of it is read, in whatever encoding."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        """Raise HTTPException."""
        raise HTTPException(422, _WRONG_EVENTS)


def _events(body: bytes) -> list[Any]:
    """Return the events of a CoT message. A document type could blow it up, so none is read."""
    try:
        root = ElementTree.fromstring(body, ElementTree.XMLParser(target=_NoDocumentType()))
    except ElementTree.ParseError as error:
        raise HTTPException(400) from error
    events = [root] if root.tag == "event" else root.findall("event")
    if not events or len(events) > MOST_READINGS:
        raise HTTPException(422, _WRONG_EVENTS)
    return events


def _of_cot(event: ElementTree.Element) -> Reading:
    point, track, status = event.find("point"), event.find("detail/track"), event.find("detail/status")
    if point is None:
        raise _Unreadable("point tidak ada")
    track_told = track.attrib if track is not None else {}
    status_told = status.attrib if status is not None else {}
    accuracy = _soft(point.attrib.get("ce"), 0, 100_000)
    return Reading(
        LonLat(float(point.attrib["lon"]), float(point.attrib["lat"])),
        _time(event.attrib["time"]),
        accuracy,
        _soft(track_told.get("speed"), 0, 500, by=1 / KNOT_M_S),
        _soft(track_told.get("course"), 0, 360),
        _soft(status_told.get("battery"), 0, 100, by=0.01),
    )


def _time(told: Any) -> datetime:
    """Return a time given as RFC 3339 or Unix seconds or milliseconds."""
    text = str(told)
    try:
        number = float(text)
    except ValueError:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise _Unreadable("waktu tanpa zona, mis. 2026-01-14T07:58:10+08:00") from None
        return at.astimezone(UTC)
    if not math.isfinite(number):
        raise _Unreadable("waktu bukan angka")
    return datetime.fromtimestamp(number / 1000 if number > 1e11 else number, UTC)


def _number(told: Any, name: str, low: float, high: float) -> float | None:
    """Return a number of our own format; it must be one within its range where it is given."""
    if told is None:
        return None
    if isinstance(told, bool) or not isinstance(told, int | float) or not low <= told <= high:
        raise _Unreadable(f"{name} harus angka {low:g} sampai {high:g}")
    return float(told)


def _soft(told: Any, low: float, high: float, by: float = 1.0) -> float | None:
    """Return a number that a phone app adds; apps say -1 or 9999999 for what they do not know."""
    try:
        number = float(told)
    except (TypeError, ValueError):
        return None
    return number * by if low <= number <= high else None
