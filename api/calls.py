"""POST /v1/calls: a report from another system (panic button, radio gateway, partner agency)."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from api.access import Here, Now, Who
from api.problems import REFUSALS
from domain.case import Incident, Location
from domain.errors import BadInput, Need
from domain.scopes import Scope
from domain.words import N_, Channel, Domain
from geo.points import LonLat
from services import intake, places, registry
from services.center import Center

router = APIRouter(tags=["calls"])
Text = Annotated[str, Field(max_length=4000)]
Short = Annotated[str, Field(max_length=200)]


class CallIn(BaseModel):
    """A report as another system gives it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    channel: Channel
    narrative: Annotated[str, Field(min_length=1, max_length=4000)]
    callback_number: Short | None = None
    caller_name: Short | None = None
    incident_type: Short | None = Field(None, description="A code of the response plan")
    lon: float | None = Field(None, description="WGS 84 degrees; together with lat")
    lat: float | None = None
    place_text: Short | None = None
    received_at: AwareDatetime | None = Field(
        None, description="When it was received, for a call when it rang; now by default"
    )
    answered_at: AwareDatetime | None = Field(
        None, description="When the call was answered, where the telephone system tells it from the ring"
    )


class Duplicate(BaseModel):
    """An open case nearby that this call may repeat."""

    case_id: str
    call_no: str
    distance_m: int
    age_s: int


class CallOut(BaseModel):
    """The call was stored and a case opened."""

    call_id: str = Field(description="Number in the call log")
    case_id: str
    possible_duplicates: list[Duplicate]


@router.post("/calls", status_code=201, responses=REFUSALS)
def take_call(here: Here, now: Now, who: Who, call: CallIn) -> CallOut:
    """Store a report and open its case (SOP step 1); it then waits for classification."""
    location = _location(here, call)
    report = intake.Report(
        narrative=call.narrative,
        callback_number=call.callback_number or "",
        no_number_reason="tidak diberikan oleh sistem pengirim",
        reporter_name=call.caller_name or "",
        incident=_incident(here, call, location),
        location=location,
    )
    case = intake.take_call(
        here,
        now,
        who.actor(Scope.CALLS_WRITE),
        call.channel,
        report,
        received_at=call.received_at,
        answered_at=call.answered_at,
    )
    return CallOut(
        call_id=case.call_no,
        case_id=case.case_id,
        possible_duplicates=_near(here, now, case.case_id, location),
    )


def _location(here: Center, call: CallIn) -> Location:
    if call.lon is None and call.lat is None:
        return Location(place_text=(call.place_text or "").strip())
    if call.lon is None or call.lat is None:
        field = "lon" if call.lon is None else "lat"
        raise BadInput(field, N_("Koordinat"), Need(N_("lon dan lat harus diisi bersama.")))
    return places.place_at(here, LonLat(call.lon, call.lat), call.place_text or "")


def _incident(here: Center, call: CallIn, location: Location) -> Incident:
    """Return what is known: the matra follows from the place; victims were not asked for yet."""
    if call.incident_type is not None and call.incident_type not in registry.plan(here).types:
        raise BadInput(
            "incident_type",
            N_("Jenis Kejadian"),
            Need(N_("“{code}” tidak ada di rencana respons. Pilih dari daftar."), code=call.incident_type),
        )
    return Incident(type_code=call.incident_type, domain=places.domain_at(here, location))


def _near(here: Center, now: datetime, case_id: str, location: Location) -> list[Duplicate]:
    point = location.point
    if point is None:
        return []
    domain = places.domain_at(here, location) or Domain.LAND
    found = intake.nearby_cases(here, now, point, domain, besides=case_id)
    return [
        Duplicate(
            case_id=n.case.case_id, call_no=n.case.call_no, distance_m=round(n.distance_m), age_s=n.age_s
        )
        for n in found
    ]
