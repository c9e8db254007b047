"""GET /v1/suggestions: which units are nearest and fill the plan."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import Here, Now
from api.problems import REFUSALS
from api.zones import Degrees
from domain.coverage import Leaves
from domain.suggest import Candidate, Unavailable, has_unknown_fuel
from domain.words import Domain
from geo.points import LonLat
from geo.reach import Leg
from services import monitoring
from services.evacuation import Evacuation, Span
from services.suggestion import Suggested, suggest_at

router = APIRouter(tags=["suggestions"])


class LegOut(BaseModel):
    """One part of the way; `geometry` is a GeoJSON LineString."""

    mode: str
    distance_m: float
    duration_s: float
    duration_low_s: float
    duration_high_s: float
    method: str
    moved_m: float
    geometry: dict[str, Any]


class ZoneShareOut(BaseModel):
    """One kelurahan: the share of its places within the standard, before and after (0 to 1)."""

    adm_code: str
    before: float
    after: float


class LeavesOut(BaseModel):
    """What of the city stays within one response standard when the unit goes (shares 0 to 1).

    `kelurahan` names those that lose, the worst first.
    """

    capability: str
    standard_s: int
    before: float
    after: float
    kelurahan: list[ZoneShareOut]


class SuggestionOut(BaseModel):
    """One candidate. `method` is `estimate` when any leg is one; `turnout_s` is what is left of it.

    `instead_of`: the unit up to a minute earlier that stays behind because it leaves the city barer.
    """

    unit_code: str
    agency: str
    rank: int
    recommended: bool
    instead_of: str | None
    turnout_s: int
    eta_s: int
    eta_low_s: int
    eta_high_s: int
    distance_m: int
    method: str
    legs: list[LegOut]
    reasons: list[str]
    leaves: list[LeavesOut]
    fix_age_s: int | None


class ShortfallOut(BaseModel):
    """What cannot be filled, and why; `units` are those that would do if nothing kept them."""

    agency: str
    capability: str
    missing: int
    reason: str
    units: list[str]


class LeftOutOut(BaseModel):
    """A capable unit that cannot be suggested: the kind of reason, and the sentence where there is one."""

    unit_code: str
    reason: str
    detail: str
    case_id: str | None


class SpanOut(BaseModel):
    """Seconds from now, with the early and the late end of the range."""

    low_s: int
    middle_s: int
    high_s: int


class EvacuationOut(BaseModel):
    """How a casualty at sea comes to a hospital; null where nobody can do that part."""

    rendezvous: str
    lon: float
    lat: float
    boat: str | None
    boat_there: SpanOut | None
    ashore: SpanOut | None
    team: str | None
    team_there: SpanOut | None
    hospital: str | None
    in_hospital: SpanOut | None
    is_estimate: bool
    legs: list[LegOut]


class WeatherOut(BaseModel):
    """The weather that units were checked against, as somebody told it; null: not told, not checked."""

    observed_at: datetime
    wave_m: float | None
    wind_from_deg: float | None
    wind_kn: float | None


class SuggestionsOut(BaseModel):
    """The ranked units, what the plan still lacks, who was left out, and the way of a casualty at sea.

    `weather` null: waves and wind were checked for no unit.

    `coverage_is_estimate`: the shares under `leaves` come from rough times; null where nothing is watched.
    """

    domain: str
    alarm_level: int
    suggestions: list[SuggestionOut]
    shortfalls: list[ShortfallOut]
    left_out: list[LeftOutOut]
    evacuation: EvacuationOut | None
    coverage_is_estimate: bool | None
    weather: WeatherOut | None


@router.get("/suggestions", responses=REFUSALS)
def suggestions(
    here: Here,
    now: Now,
    lon: Degrees,
    lat: Degrees,
    incident_type: Annotated[str, Query(max_length=20)],
    domain: Domain | None = None,
    alarm_level: Annotated[int, Query(ge=1, le=9)] = 1,
    priority: Annotated[int | None, Query(ge=1, le=4)] = None,
    case_id: UUID | None = None,
) -> SuggestionsOut:
    """Return the units for an incident of a type at a place, nearest first.

    `alarm_level`: levels of the plan add up; beyond the highest nothing more is asked for. `priority`: of the
    case, where it is not the type's. `case_id`: an open case, whose own units count for its plan.
    """
    if case_id is not None:
        monitoring.get(here, str(case_id))
    found = suggest_at(
        here,
        now,
        LonLat(lon, lat),
        incident_type,
        domain,
        alarm=alarm_level,
        priority=priority,
        case_id=str(case_id) if case_id is not None else None,
    )
    coverage = found.suggestion.coverage
    return SuggestionsOut(
        domain=found.suggestion.domain.value,
        alarm_level=found.alarm,
        suggestions=[
            _line(candidate, found) for candidate in found.suggestion.candidates if candidate.reach.is_known
        ],
        shortfalls=[
            ShortfallOut(
                agency=s.agency,
                capability=s.capability,
                missing=s.missing,
                reason=s.reason.value,
                units=[item.state.unit.unit_code for item in s.blocked],
            )
            for s in found.suggestion.shortfalls
        ],
        left_out=[_left_out(item) for item in found.suggestion.left_out],
        evacuation=None if found.evacuation is None else _evacuation(found.evacuation),
        coverage_is_estimate=None if coverage is None else coverage.is_estimate,
        weather=None
        if found.weather is None
        else WeatherOut(
            observed_at=found.weather.observed_at,
            wave_m=found.weather.wave_m,
            wind_from_deg=found.weather.wind_from_deg,
            wind_kn=found.weather.wind_kn,
        ),
    )


def _line(candidate: Candidate, found: Suggested) -> SuggestionOut:
    reach, unit = candidate.reach, candidate.state.unit
    coverage = found.suggestion.coverage
    leaves = coverage.leaves([unit.unit_code]) if coverage is not None else ()
    return SuggestionOut(
        unit_code=unit.unit_code,
        agency=unit.agency,
        rank=candidate.rank,
        recommended=candidate.recommended,
        instead_of=candidate.instead_of,
        turnout_s=round(reach.turnout_s),
        eta_s=round(reach.eta_s),
        eta_low_s=round(reach.eta_low_s),
        eta_high_s=round(reach.eta_high_s),
        distance_m=round(reach.distance_m),
        method=reach.method,
        legs=[_leg(leg) for leg in reach.legs],
        reasons=_reasons(candidate, found, leaves),
        leaves=[_leaves(left) for left in leaves],
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
        moved_m=round(leg.moved_m, 1),
        geometry={
            "type": "LineString",
            "coordinates": [[round(p.lon, 6), round(p.lat, 6)] for p in leg.geometry],
        },
    )


def _leaves(left: Leaves) -> LeavesOut:
    return LeavesOut(
        capability=left.standard.capability,
        standard_s=left.standard.standard_s,
        before=round(left.before, 4),
        after=round(left.after, 4),
        kelurahan=[
            ZoneShareOut(adm_code=zone.zone, before=round(zone.before, 4), after=round(zone.after, 4))
            for zone in left.zones
        ],
    )


def _left_out(item: Unavailable) -> LeftOutOut:
    detail = str(item.why) if item.why is not None else item.state.reason or item.state.status.label
    return LeftOutOut(
        unit_code=item.state.unit.unit_code,
        reason=item.obstacle.value,
        detail=detail,
        case_id=item.state.case_id,
    )


def _evacuation(way: Evacuation) -> EvacuationOut:
    return EvacuationOut(
        rendezvous=way.pier.code,
        lon=way.pier.position.lon,
        lat=way.pier.position.lat,
        boat=way.boat.unit_code if way.boat else None,
        boat_there=_span(way.boat_there),
        ashore=_span(way.ashore),
        team=way.team.unit_code if way.team else None,
        team_there=_span(way.team_there),
        hospital=way.hospital.code if way.hospital else None,
        in_hospital=_span(way.in_hospital),
        is_estimate=way.is_estimate,
        legs=[_leg(leg) for leg in ((way.back,) if way.back else ()) + way.drive],
    )


def _span(span: Span | None) -> SpanOut | None:
    if span is None:
        return None
    return SpanOut(low_s=round(span.low_s), middle_s=round(span.middle_s), high_s=round(span.high_s))


def _reasons(candidate: Candidate, found: Suggested, leaves: Sequence[Leaves]) -> list[str]:
    """Return why this unit, in Indonesian sentences."""
    reach, state = candidate.reach, candidate.state
    reasons = [f"memenuhi: {', '.join(candidate.fills)}"]
    reasons.append(
        f"tiba {reach.eta_low_s / 60:.0f} sampai {reach.eta_high_s / 60:.0f} menit lagi, "
        f"{reach.distance_m / 1000:.1f} km, {len(reach.legs)} bagian"
    )
    if reach.is_estimate:
        reasons.append("perkiraan: sebagian jalannya garis lurus × faktor, atau titik berangkatnya dugaan")
    if found.meeting is not None and reach.legs[-1].mode == "land":
        reasons.append(f"sampai titik temu {found.meeting.pier.name}; dilanjutkan dengan kapal")
    if has_unknown_fuel(state):
        reasons.append("bahan bakar dihitung penuh, padahal unit sudah di jalan; tanyakan awak")
    sails = any(leg.mode == "sea" for leg in reach.legs)
    if sails and state.unit.sea_limit_m is None and found.weather is not None and found.weather.wave_m:
        reasons.append("batas gelombang unit ini tidak diketahui, jadi tidak diperiksa")
    if state.fix_age_s is None:
        reasons.append("posisi: pos unit (tanpa posisi langsung)")
    else:
        reasons.append(f"posisi {state.fix_age_s} detik lalu")
    for left in leaves:
        reasons.append(
            f"bila berangkat, {left.standard.label} dalam {left.standard.standard_s / 60:.0f} menit: "
            f"{left.before:.0%} menjadi {left.after:.0%} kota"
        )
    if candidate.instead_of is not None:
        reasons.append(f"dipilih sebelum {candidate.instead_of}, yang meninggalkan kota lebih terbuka")
    return reasons
