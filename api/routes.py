"""GET /v1/routes: the way from one place to another by land, sea or air, and how long it takes."""

import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.access import Here, Now
from api.problems import REFUSALS
from domain.errors import BadInput, Need
from domain.units import KNOT_KMH
from domain.words import N_, Mode
from geo.points import LonLat
from services import routes
from services.center import Center
from services.routes import Craft, Route

router = APIRouter(tags=["routes"])

By = Literal["land", "sea", "air"]
Kind = Annotated[
    str | None,
    Query(
        max_length=60,
        description="A kind of unit in use (`kind` of /units); it travels at the planning speed of the "
        "slowest unit of that kind. By default the kind of the mode's slowest unit.",
    ),
]
Speed = Annotated[float | None, Query(ge=1, le=1000, allow_inf_nan=False)]

_NUMBER = r"[+-]?[0-9]{1,4}(?:\.[0-9]{1,20})?"
_PLACE = rf"^{_NUMBER},{_NUMBER}$"
_SHOWN = 60


def _place_query(name: str, what: str) -> Any:
    return Query(
        alias=name,
        max_length=200,
        description=f"{what}: `lon,lat` in WGS 84 degrees, longitude first",
        examples=["117.5915,3.2862"],
        json_schema_extra={"pattern": _PLACE},
    )


class Line(BaseModel):
    """GeoJSON LineString, WGS 84, longitude first."""

    type: Literal["LineString"]
    coordinates: list[tuple[float, float]] = Field(min_length=2)


class RouteOut(BaseModel):
    """The way and its time; travel alone, without turnout.

    `method`: `water_route`, `road_route`, `geodesic` (air), or `estimate` when any part is one: where no road
    network reaches, a straight line times the city's factor; further from the road than `road_snap_m` of the
    city pack, the part beside the road. Ends nearer to the road, or up to 600 m off the water, are moved
    there: `moved_from_m`, `moved_to_m`, and `moved_m` for both together, which is in neither distance nor
    duration.
    """

    mode: By
    distance_m: float
    duration_s: float
    duration_low_s: float
    duration_high_s: float
    method: str
    moved_m: float
    moved_from_m: float
    moved_to_m: float
    geometry: Line
    vehicle: str
    speed_kmh: float


@router.get("/routes", responses=REFUSALS)
def route(
    here: Here,
    now: Now,
    mode: By,
    origin: Annotated[str, _place_query("from", "Where it starts")],
    target: Annotated[str, _place_query("to", "Where it ends")],
    vehicle: Kind = None,
    speed_kn: Speed = None,
    speed_kmh: Speed = None,
) -> RouteOut:
    """Return the shortest way by water, the quickest by road, or the straight one by air.

    `speed_kn` or `speed_kmh` replaces the planning speed; on roads it is a ceiling. Flights take the wind
    that the command center was told. 409 when there is no way, with the reason as sentence and code.
    """
    by = routes.craft(here, Mode(mode), vehicle, _speed_kmh(speed_kn, speed_kmh))
    return _answer(
        routes.route(
            here,
            now,
            by,
            _place(here, "from", N_("Asal"), origin),
            _place(here, "to", N_("Tujuan"), target),
        ),
        mode,
    )


def named_craft(here: Center, mode: By, vehicle: str | None) -> Craft:
    """Return what travels at its planning speed. Raises BadInput (`vehicle` or `mode`)."""
    return routes.craft(here, Mode(mode), vehicle)


def _place(here: Center, field: str, label: str, text: str) -> LonLat:
    if re.fullmatch(_PLACE, text) is None:
        shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
        raise BadInput(
            field,
            label,
            Need(
                N_("“{text}” bukan lon,lat. Tulis bujur lalu lintang dalam derajat, mis. 117.5915,3.2862."),
                text=shown,
            ),
        )
    lon, lat = text.split(",")
    return routes.place(here, field, label, float(lon), float(lat))


def _speed_kmh(speed_kn: float | None, speed_kmh: float | None) -> float | None:
    if speed_kn is None:
        return speed_kmh
    if speed_kmh is not None:
        raise BadInput(
            "speed_kn",
            N_("Kecepatan"),
            Need(N_("diisi dua kali. Pilih speed_kn atau speed_kmh.")),
        )
    return speed_kn * KNOT_KMH


def _answer(found: Route, mode: By) -> RouteOut:
    reach = found.reach
    return RouteOut(
        mode=mode,
        distance_m=round(reach.distance_m, 1),
        duration_s=round(reach.eta_s, 1),
        duration_low_s=round(reach.eta_low_s, 1),
        duration_high_s=round(reach.eta_high_s, 1),
        method=reach.method,
        moved_m=round(found.moved_m, 1),
        moved_from_m=round(found.moved_from_m, 1),
        moved_to_m=round(found.moved_to_m, 1),
        geometry=Line(
            type="LineString", coordinates=[(round(p.lon, 6), round(p.lat, 6)) for p in found.geometry]
        ),
        vehicle=found.craft.kind,
        speed_kmh=round(found.craft.cruise_kmh, 2),
    )
