"""GET /v1/cases: cases as they stand, without personal data, and their records."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel
from starlette.responses import Response

from api.access import Here, Now, Who
from api.problems import REFUSALS
from domain.case import Case
from domain.scopes import Scope
from domain.words import CallClass, CaseStatus, Domain
from services import access_log, monitoring, records, review
from services.access_log import Seen, Way
from services.review import Filter

router = APIRouter(tags=["cases"])
MOST = 200


class CaseLineOut(BaseModel):
    """One case of a list."""

    case_id: str
    call_no: str
    register_no: str | None
    status: str
    received_at: datetime
    incident_type: str | None
    domain: str | None
    priority: int | None
    lon: float | None
    lat: float | None
    kelurahan: str | None
    water_area: str | None
    outcome: str | None
    call_class: str | None


class CasesOut(BaseModel):
    """The newest cases that fit, newest first, at most 200."""

    cases: list[CaseLineOut]


class StepOut(BaseModel):
    """One SOP step; seconds."""

    no: int
    state: str
    role: str | None
    started_at: datetime | None
    finished_at: datetime | None
    target_s: int
    elapsed_s: int | None


class CaseOut(BaseModel):
    """One case whole, without personal data: no words that people wrote (the record has them masked)."""

    case_id: str
    call_no: str
    register_no: str | None
    status: str
    outcome: str | None
    revision: int
    version: int
    merged_into: str | None
    steps: list[StepOut]
    call: dict[str, Any]
    incident: dict[str, Any]
    location: dict[str, Any]
    agencies: list[dict[str, Any]]
    units: list[dict[str, Any]]


@router.get("/cases", responses=REFUSALS)
def cases(
    here: Here,
    status: Annotated[list[CaseStatus] | None, Query()] = None,
    domain: Annotated[list[Domain] | None, Query()] = None,
    incident_type: Annotated[list[str] | None, Query(max_length=50)] = None,
    call_class: Annotated[list[CallClass] | None, Query()] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = MOST,
) -> CasesOut:
    """Return the newest cases that fit every given filter."""
    wanted = Filter(
        since=since,
        until=until,
        domains=tuple(d.value for d in domain or ()),
        type_codes=tuple(incident_type or ()),
        statuses=tuple(s.value for s in status or ()),
        call_classes=tuple(c.value for c in call_class or ()),
    )
    lines = review.case_lines(here, wanted, limit)
    return CasesOut(
        cases=[
            CaseLineOut(
                case_id=line.case_id,
                call_no=line.call_no,
                register_no=line.register_no,
                status=line.status,
                received_at=line.received_at,
                incident_type=line.type_code,
                domain=line.domain,
                priority=line.priority,
                lon=line.lon,
                lat=line.lat,
                kelurahan=line.kelurahan,
                water_area=line.water_area,
                outcome=line.outcome,
                call_class=line.call_class,
            )
            for line in lines
        ]
    )


@router.get("/cases/{case_id}", responses=REFUSALS)
def case(here: Here, case_id: UUID) -> CaseOut:
    """Return one case."""
    return _case(monitoring.get(here, str(case_id)))


@router.get("/cases/{case_id}/record", responses=REFUSALS, response_class=Response)
def record(here: Here, now: Now, who: Who, case_id: UUID, profile: records.Profile = "minimal") -> Response:
    """Return the case's record `tcc.case.v1` as it stands now."""
    found = records.record_file(here, now, str(case_id), profile)
    if profile == "full":
        actor = who.signed_in.actor if who.signed_in is not None else who.actor(Scope.RECORDS_FULL)
        access_log.note(here, now, actor, Seen.RECORD, Way.API, case_id=str(case_id))
    return Response(found, media_type="application/json")


def _case(case: Case) -> CaseOut:
    call, incident, place = case.call, case.incident, case.location
    return CaseOut(
        case_id=case.case_id,
        call_no=case.call_no,
        register_no=case.register_no,
        status=case.status.value,
        outcome=case.outcome.value if case.outcome else None,
        revision=case.revision,
        version=case.version,
        merged_into=case.merged_into,
        steps=[
            StepOut(
                no=step.no,
                state=step.state.value,
                role=step.role.value if step.role else None,
                started_at=step.started_at,
                finished_at=step.finished_at,
                target_s=step.target_s,
                elapsed_s=step.elapsed_s,
            )
            for step in case.steps
        ],
        call={
            "channel": call.channel,
            "call_class": call.call_class,
            "received_at": call.received_at,
            "reporter_ref": call.reporter_ref,
            "reporter_phone_masked": call.reporter_phone_masked,
        },
        incident={"type_code": incident.type_code, "domain": incident.domain, "priority": incident.priority},
        location={
            "lon": place.lon,
            "lat": place.lat,
            "accuracy_m": place.accuracy_m,
            "adm_code": place.adm_code,
            "kelurahan": place.kelurahan,
            "water_area": place.water_area,
            "jurisdiction": place.jurisdiction,
        },
        agencies=[
            {
                "code": line.code,
                "required": line.required,
                "notified_at": line.notified_at,
                "acknowledged_at": line.acknowledged_at,
                "method": line.method,
                "result": line.result,
            }
            for line in case.agencies
        ],
        units=[
            {
                "unit_code": unit.unit_code,
                "agency": unit.agency,
                "kind": unit.kind,
                "dispatched_at": unit.dispatched_at,
                "departed_at": unit.departed_at,
                "arrived_at": unit.arrived_at,
                "cleared_at": unit.cleared_at,
                "withdrawn_at": unit.withdrawn_at,
            }
            for unit in case.assignments
        ],
    )
