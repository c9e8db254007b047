"""GET /v1/units: every unit in use and what it does now."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import Here, Now, Who
from api.problems import REFUSALS
from services import registry

router = APIRouter(tags=["units"])


class UnitOut(BaseModel):
    """A unit; `fix_age_s` null means: no position fix, taken to be at its station."""

    unit_code: str
    agency: str
    kind: str
    mode: str
    capabilities: list[str]
    status: str
    station: str
    lon: float
    lat: float
    fix_age_s: int | None
    example: bool


class UnitsOut(BaseModel):
    """All units, by code."""

    units: list[UnitOut]


@router.get("/units", responses=REFUSALS)
def units(here: Here, now: Now, who: Who) -> UnitsOut:
    """Return every unit in use; a token that is bound to one unit reads that one."""
    return UnitsOut(
        units=[
            UnitOut(
                unit_code=state.unit.unit_code,
                agency=state.unit.agency,
                kind=state.unit.kind,
                mode=state.unit.mode.value,
                capabilities=sorted(state.unit.capabilities),
                status=state.status.value,
                station=state.unit.station,
                lon=state.position.lon,
                lat=state.position.lat,
                fix_age_s=state.fix_age_s,
                example=state.unit.example,
            )
            for state in registry.unit_states(here, now)
            if who.unit_code in (None, state.unit.unit_code)
        ]
    )
