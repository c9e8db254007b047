"""GET /v1/suggestions: which units are nearest and fill the plan."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import Here, NeedsToken, Now
from api.problems import REFUSALS
from api.zones import Degrees
from domain.suggest import Candidate
from domain.words import Domain
from geo.points import LonLat
from geo.reach import Leg
from services.suggestion import Suggested, suggest_at

router = APIRouter(tags=["suggestions"], dependencies=[NeedsToken])


class LegOut(BaseModel):
    """One part of the way; `geometry` is a GeoJSON LineString."""

    mode: str
    distance_m: float
    duration_s: float
    duration_low_s: float
    duration_high_s: float
    method: str
    geometry: dict[str, Any]


class SuggestionOut(BaseModel):
    """One candidate. `method` is `estimate` when any leg is one."""

    unit_code: str
    agency: str
    rank: int
    recommended: bool
    eta_s: int
    eta_low_s: int
    eta_high_s: int
    distance_m: int
    method: str
    legs: list[LegOut]
    reasons: list[str]
    fix_age_s: int | None


class ShortfallOut(BaseModel):
    """What cannot be filled, and why."""

    agency: str
    capability: str
    missing: int
    reason: str


class SuggestionsOut(BaseModel):
    """The ranked units, and what the plan still lacks."""

    domain: str
    suggestions: list[SuggestionOut]
    shortfalls: list[ShortfallOut]


@router.get("/suggestions", responses=REFUSALS)
def suggestions(
    here: Here,
    now: Now,
    lon: Degrees,
    lat: Degrees,
    incident_type: Annotated[str, Query(max_length=20)],
    domain: Domain | None = None,
) -> SuggestionsOut:
    """Return the units for an incident of a type at a place, nearest first."""
    found = suggest_at(here, now, LonLat(lon, lat), incident_type, domain)
    return SuggestionsOut(
        domain=found.suggestion.domain.value,
        suggestions=[_line(candidate, found) for candidate in found.suggestion.candidates],
        shortfalls=[
            ShortfallOut(agency=s.agency, capability=s.capability, missing=s.missing, reason=s.reason.value)
            for s in found.suggestion.shortfalls
        ],
    )


def _line(candidate: Candidate, found: Suggested) -> SuggestionOut:
    reach, unit = candidate.reach, candidate.state.unit
    return SuggestionOut(
        unit_code=unit.unit_code,
        agency=unit.agency,
        rank=candidate.rank,
        recommended=candidate.recommended,
        eta_s=round(reach.eta_s),
        eta_low_s=round(reach.eta_low_s),
        eta_high_s=round(reach.eta_high_s),
        distance_m=round(reach.distance_m),
        method=reach.method,
        legs=[_leg(leg) for leg in reach.legs],
        reasons=_reasons(candidate, found),
        fix_age_s=candidate.state.fix_age_s,
    )


def _leg(leg: Leg) -> LegOut:
    return LegOut(
        mode=leg.mode,
        distance_m=round(leg.distance_m, 1),
        duration_s=round(leg.duration_s, 1),
        duration_low_s=round(leg.low_s, 1),
        duration_high_s=round(leg.high_s, 1),
        method=leg.method,
        geometry={
            "type": "LineString",
            "coordinates": [[round(p.lon, 6), round(p.lat, 6)] for p in leg.geometry],
        },
    )


def _reasons(candidate: Candidate, found: Suggested) -> list[str]:
    """Return why this unit, in Indonesian sentences."""
    reasons = [f"memenuhi: {', '.join(candidate.fills)}"]
    if candidate.reach.is_estimate:
        reasons.append("perkiraan: garis lurus × faktor, belum ada jaringan jalan")
    if found.meeting is not None and candidate.state.unit.mode.value == "land":
        reasons.append(f"sampai titik temu {found.meeting.pier.name}; dilanjutkan dengan kapal")
    if candidate.state.fix_age_s is None:
        reasons.append("posisi: pos unit (tanpa posisi langsung)")
    return reasons
