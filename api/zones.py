"""GET /v1/zones: what a place belongs to."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import Here
from api.problems import REFUSALS
from geo.points import LonLat
from services.suggestion import locate

router = APIRouter(tags=["zones"])
Degrees = Annotated[float, Query(description="WGS 84 degrees", allow_inf_nan=False)]


class ZoneOut(BaseModel):
    """Land with its kelurahan, or sea with the distance to the city's shore (m)."""

    domain: Literal["land", "sea"]
    adm_code: str | None
    kelurahan: str | None
    kecamatan: str | None
    water_area: str | None
    jurisdiction: str | None
    shore_distance_m: float


@router.get("/zones", responses=REFUSALS)
def zone(here: Here, lon: Degrees, lat: Degrees) -> ZoneOut:
    """Return the zone of a place."""
    found = locate(here, LonLat(lon, lat))
    return ZoneOut(
        domain=found.domain,
        adm_code=found.adm_code,
        kelurahan=found.kelurahan,
        kecamatan=found.kecamatan,
        water_area=found.water_area,
        jurisdiction=found.jurisdiction,
        shore_distance_m=round(found.shore_distance_m, 1),
    )
