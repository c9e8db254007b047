"""GET /v1/crew/order, POST /v1/crew/actions and /v1/crew/photos: what the page of a crew works with.

Only with a device's own token: it speaks for its unit and for nobody else.
"""

import json
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.access import Here, Who
from api.bodies import read_start
from api.problems import REFUSALS
from citypack.problems import problem_of
from domain.positions import Device
from domain.units import Station
from geo.points import LonLat
from services import crew, crew_order, crew_photos
from services.center import Center
from services.crew import MOST_ACTIONS, Answer, CrewAction, Told
from services.crew_order import Duty, Order
from services.handling import MAX_ATTACHMENT_BYTES

router = APIRouter(prefix="/crew", tags=["crew"])

_ACTIONS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "description": "`actions`: a list of `id` (UUID made by the phone), `action` ("
                    + ", ".join(f"`{one.value}`" for one in CrewAction)
                    + "), `at` (RFC 3339, when it happened), and where known `text`, `lon`, `lat`, "
                    "`call_no` (of the order on the screen). At most 200.",
                }
            }
        },
    },
}
_PHOTO = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("image/jpeg", "image/png", "image/webp")
        },
    },
}


class StationOut(BaseModel):
    """A station, pier or hospital."""

    code: str
    name: str
    lon: float
    lat: float


class LegOut(BaseModel):
    """One part of the way; `line` is WGS 84, longitude first. `estimate`: a straight line, not a road."""

    mode: str
    method: str
    distance_m: float
    duration_s: float
    line: list[tuple[float, float]]


class WayOut(BaseModel):
    """The way from where the unit is; `obstacle` says why there is none."""

    eta_s: float | None = None
    eta_low_s: float | None = None
    eta_high_s: float | None = None
    is_estimate: bool = False
    legs: list[LegOut] = []
    obstacle: str | None = None


class OtherOut(BaseModel):
    """Another unit that was sent."""

    unit_code: str
    status: str
    status_label: str


class OrderOut(BaseModel):
    """An order without the reporter's name and number."""

    call_no: str
    type_code: str | None
    type_label: str | None
    priority: int | None
    victims_estimate: int | None
    place_text: str
    kelurahan: str | None
    water_area: str | None
    lon: float | None
    lat: float | None
    accuracy_m: float | None
    narrative: str
    plan_note: str | None
    commander: str | None
    station: StationOut
    pier: StationOut | None
    hospital: StationOut | None
    way: WayOut
    others: list[OtherOut]
    dispatched_at: datetime | None
    acknowledged_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    attribution: str


class DutyOut(BaseModel):
    """What a unit does now; `order` null: it is on its way back."""

    unit_code: str
    status: str
    status_label: str
    order: OrderOut | None
    next: list[str]


class AnswerOut(BaseModel):
    """What came of one action: `applied`, `already` or `refused` with the sentence of why."""

    id: str
    result: Literal["applied", "already", "refused"]
    detail: str = ""


class AnswersOut(BaseModel):
    """An answer to each action, in the order they were sent."""

    answers: list[AnswerOut]


class PhotoOut(BaseModel):
    """A photo that was kept; `lon`, `lat`: where it says it was taken, offered and not yet used."""

    sha256: str
    result: Literal["applied", "already"]
    lon: float | None
    lat: float | None


class _ActionIn(BaseModel):
    id: UUID
    action: CrewAction
    at: AwareDatetime
    text: str = Field("", max_length=crew.LONGEST_TEXT)
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    call_no: str | None = Field(None, max_length=60)


async def _device(who: Who) -> Device:
    if who.device is None:
        raise HTTPException(401)
    return who.device


Own = Annotated[Device, Depends(_device)]


@router.get(
    "/order",
    response_model=DutyOut,
    responses={**REFUSALS, 204: {"description": "No order"}, 304: {"description": "Nothing changed"}},
)
def order(here: Here, request: Request, device: Own) -> Response:
    """Return the unit's present order, with an ETag; 204 when there is none.

    A unit on its way back has `order` null and may say that it is free.
    """
    now = datetime.now(UTC)
    headers = {
        "Cache-Control": "private, no-cache",
        "Date-Ms": str(int(now.timestamp() * 1000)),
        "X-Sigap-Unit": quote(device.unit_code),
    }
    tag = crew_order.tag(here, now, device.unit_code)
    if tag is None:
        return Response(status_code=204, headers=headers)
    headers["ETag"] = f'"{tag}"'
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    duty = crew_order.duty(here, now, device.unit_code)
    if duty.order is None and not duty.next:
        return Response(status_code=204, headers=headers)
    return Response(_duty_out(here, duty).model_dump_json(), media_type="application/json", headers=headers)


@router.post("/actions", response_model=AnswersOut, responses=REFUSALS, openapi_extra=_ACTIONS)
async def actions(here: Here, request: Request, device: Own) -> Response:
    """Apply what a crew did, in the order of its own times, each action once by its id."""
    told = _told(await request.body())
    read = [_read(one) for one in told]
    good = [one for one in read if isinstance(one, Told)]
    done = iter(await run_in_threadpool(crew.perform, here, datetime.now(UTC), device, good))
    answers = [next(done) if isinstance(one, Told) else one for one in read]
    out = AnswersOut(
        answers=[AnswerOut(id=one.entry_id, result=one.result, detail=one.detail) for one in answers]
    )
    return Response(out.model_dump_json(), media_type="application/json")


@router.post(
    "/photos",
    response_model=PhotoOut,
    status_code=201,
    responses={**REFUSALS, 200: {"model": PhotoOut, "description": "The case has it already"}},
    openapi_extra=_PHOTO,
)
async def photos(
    here: Here,
    request: Request,
    device: Own,
    name: Annotated[str, Query(max_length=200)] = "",
    call_no: Annotated[str | None, Query(max_length=60)] = None,
) -> Response:
    """Keep one photo (the body itself: JPEG, PNG or WebP, at most 10 MB) with the unit's case."""
    # One byte more than allowed is read, so that the refusal is a sentence about the photo.
    content = await read_start(request, MAX_ATTACHMENT_BYTES + 1)
    kept = await run_in_threadpool(
        crew_photos.keep, here, datetime.now(UTC), device, content, name, call_no or None
    )
    at = kept.taken_at
    out = PhotoOut(
        sha256=kept.sha256,
        result="applied" if kept.is_new else "already",
        lon=at.lon if at is not None else None,
        lat=at.lat if at is not None else None,
    )
    return Response(out.model_dump_json(), 201 if kept.is_new else 200, media_type="application/json")


def _told(body: bytes) -> list[Any]:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise HTTPException(400) from error
    found = told.get("actions") if isinstance(told, dict) else None
    if not isinstance(found, list) or len(found) > MOST_ACTIONS:
        raise HTTPException(422, f"actions: harus daftar, paling banyak {MOST_ACTIONS}.")
    return found


def _read(told: Any) -> Told | Answer:
    """Return an action; one that cannot be read is refused by itself and holds nothing else up."""
    try:
        one = _ActionIn.model_validate(told)
    except ValidationError as error:
        given = told.get("id") if isinstance(told, dict) else None
        wrong = [
            f"{'.'.join(str(part) for part in found['loc']) or 'action'}: "
            f"{problem_of(found['type'], found.get('input'))}"
            for found in error.errors()
        ]
        return Answer(given if isinstance(given, str) else "", "refused", "; ".join(wrong))
    place = LonLat(one.lon, one.lat) if one.lon is not None and one.lat is not None else None
    return Told(str(one.id), one.action, one.at.astimezone(UTC), one.text, place, one.call_no)


def _duty_out(here: Center, duty: Duty) -> DutyOut:
    return DutyOut(
        unit_code=duty.unit.unit_code,
        status=duty.status.value,
        status_label=duty.status.label,
        order=_order_out(here, duty.order) if duty.order is not None else None,
        next=[one.value for one in duty.next],
    )


def _order_out(here: Center, order: Order) -> OrderOut:
    case, unit, evacuation = order.case, order.assignment, order.way.evacuation
    at = case.location
    return OrderOut(
        call_no=case.call_no,
        type_code=case.incident.type_code,
        type_label=order.plan.label if order.plan is not None else None,
        priority=case.incident.priority,
        victims_estimate=case.incident.victims_estimate,
        place_text=order.place_text,
        kelurahan=at.kelurahan,
        water_area=at.water_area,
        lon=at.lon,
        lat=at.lat,
        accuracy_m=at.accuracy_m,
        narrative=order.narrative,
        plan_note=order.plan.note if order.plan is not None else None,
        commander=case.on_scene_commander,
        station=_station(order.station),
        pier=_station(evacuation.pier) if evacuation is not None else None,
        hospital=_station(evacuation.hospital)
        if evacuation is not None and evacuation.hospital is not None
        else None,
        way=_way(order),
        others=[
            OtherOut(unit_code=code, status=status.value, status_label=status.label)
            for code, status in order.others
        ],
        dispatched_at=unit.dispatched_at,
        acknowledged_at=order.acknowledged_at,
        departed_at=unit.departed_at,
        arrived_at=unit.arrived_at,
        attribution=here.pack.city.map_attribution,
    )


def _station(station: Station) -> StationOut:
    return StationOut(
        code=station.code, name=station.name, lon=station.position.lon, lat=station.position.lat
    )


def _way(order: Order) -> WayOut:
    reach = order.way.reach
    if reach is None:
        return WayOut(obstacle=order.way.obstacle)
    return WayOut(
        eta_s=reach.eta_s,
        eta_low_s=reach.eta_low_s,
        eta_high_s=reach.eta_high_s,
        is_estimate=reach.is_estimate,
        legs=[
            LegOut(
                mode=leg.mode,
                method=leg.method,
                distance_m=leg.distance_m,
                duration_s=leg.duration_s,
                line=[(round(point.lon, 5), round(point.lat, 5)) for point in leg.geometry],
            )
            for leg in reach.legs
        ],
    )
