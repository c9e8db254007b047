"""GET /v1/isochrones: how far one comes from a place in some minutes."""

import re
from typing import Annotated, Any, Literal

import shapely
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from shapely import MultiPolygon

from api.access import Here, Now
from api.problems import REFUSALS
from api.routes import By, Kind, named_craft
from api.zones import Degrees
from domain.errors import BadInput, Need
from domain.words import N_
from geo.points import LonLat
from services import routes

router = APIRouter(tags=["routes"])

LONGEST_MIN = 120
MOST = 6
_MINUTES = rf"^[0-9]{{1,3}}(?:,[0-9]{{1,3}}){{0,{MOST - 1}}}$"
Minutes = Annotated[
    str,
    Query(
        max_length=60,
        description=f"Up to {MOST} whole numbers from 1 to {LONGEST_MIN}, with commas between",
        examples=["5,10,15"],
        json_schema_extra={"pattern": _MINUTES},
    ),
]


class AreaProperties(BaseModel):
    """What the area is. `method`: `water_route`, `road_route`, `geodesic`, or `estimate`."""

    minutes: int
    mode: By
    method: str
    vehicle: str
    speed_kmh: float
    origin: tuple[float, float] = Field(description="lon, lat as asked")


class AreaGeometry(BaseModel):
    """GeoJSON MultiPolygon, WGS 84, longitude first."""

    type: Literal["MultiPolygon"]
    coordinates: list[list[list[tuple[float, float]]]]


class AreaFeature(BaseModel):
    """One area."""

    type: Literal["Feature"] = "Feature"
    properties: AreaProperties
    geometry: AreaGeometry


class AreasOut(BaseModel):
    """GeoJSON FeatureCollection, the longest time first, so that shorter ones draw on top."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[AreaFeature]


@router.get("/isochrones", responses=REFUSALS)
def isochrones(
    here: Here,
    now: Now,
    lon: Degrees,
    lat: Degrees,
    mode: By,
    minutes: Minutes = "5,10,15",
    vehicle: Kind = None,
) -> AreasOut:
    """Return the area within each number of minutes of travel from a place, without turnout.

    409 when nothing of that mode can start there (a boat further than 600 m from the water).
    """
    by = named_craft(here, mode, vehicle)
    origin = here.pack.area.require(LonLat(lon, lat))
    found = routes.isochrones(here, now, by, origin, _minutes(minutes))
    return AreasOut(
        features=[
            AreaFeature(
                properties=AreaProperties(
                    minutes=one.minutes,
                    mode=mode,
                    method=one.method,
                    vehicle=by.kind,
                    speed_kmh=round(by.cruise_kmh, 2),
                    origin=(lon, lat),
                ),
                geometry=AreaGeometry.model_validate(multi_polygon(one.area)),
            )
            for one in found.areas
        ]
    )


def multi_polygon(area: MultiPolygon) -> dict[str, Any]:
    """Return a GeoJSON MultiPolygon with coordinates rounded to 6 digits (about 0.1 m)."""
    rounded: dict[str, Any] = shapely.geometry.mapping(shapely.transform(area, lambda xy: xy.round(6)))
    return rounded


def _minutes(text: str) -> tuple[int, ...]:
    found = tuple(sorted({int(one) for one in text.split(",")})) if re.fullmatch(_MINUTES, text) else ()
    if not found or not 1 <= found[0] <= found[-1] <= LONGEST_MIN:
        raise BadInput(
            "minutes",
            N_("Menit"),
            Need(
                N_(
                    "“{text}” tidak dapat dipakai. Tulis paling banyak {most} bilangan bulat "
                    "1 sampai {longest}, mis. 5,10,15."
                ),
                text=text,
                most=MOST,
                longest=LONGEST_MIN,
            ),
        )
    return found
