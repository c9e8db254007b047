"""One unit, station or incident type as a plain JSON-able row, both ways: for registry screen and store.

A row is checked exactly as the files of the pack are. Raises `domain.errors.BadInput`.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from citypack.checks import incident_type_faults, station_faults, unit_faults
from citypack.city import References
from citypack.models import IncidentTypeRow, RequirementRow, Row, StationRow, UnitRow
from citypack.problems import Fault, dotted, first_fault, label_of
from domain.errors import BadInput, Need
from domain.response_plan import IncidentType, Requirement
from domain.units import KNOT_KMH, Station, Unit
from domain.words import N_, Mode
from geo.points import LonLat

R = TypeVar("R", bound=Row)


def unit_from_row(row: Mapping[str, Any], refs: References) -> Unit:
    """Return the unit of a row with exactly one of `speed_kmh` and `speed_kn`.

    Raises: BadInput naming the field, its label, what is wrong and what is allowed.
    """
    return to_unit(_checked(row, UnitRow, refs, unit_faults))


def unit_to_row(unit: Unit) -> dict[str, Any]:
    """Return a unit's row; speed in knots for boats and aircraft where that loses nothing, else in km/h.

    Raises: ValueError for what no row can hold: an endurance of part of a minute, a carried boat's speed
    that is no number of knots.
    """
    knots = round(unit.cruise_kn, 6)
    in_knots = unit.mode in (Mode.SEA, Mode.AIR) and knots * KNOT_KMH == unit.cruise_kmh
    if unit.endurance_s is not None and unit.endurance_s % 60:
        raise ValueError("endurance_s must be whole minutes to be stored")
    return {
        "unit_code": unit.unit_code,
        "agency": unit.agency,
        "kind": unit.kind,
        "mode": unit.mode.value,
        "capabilities": sorted(unit.capabilities),
        "station": unit.station,
        **({"speed_kn": knots} if in_knots else {"speed_kmh": unit.cruise_kmh}),
        "turnout_day_s": unit.turnout_day_s,
        "turnout_night_s": unit.turnout_night_s,
        "personnel": unit.personnel,
        "example": unit.example,
        "crew_min": unit.crew_min,
        "endurance_min": None if unit.endurance_s is None else unit.endurance_s // 60,
        "sea_limit_m": unit.sea_limit_m,
        "sail_kn": None if unit.sail_kmh is None else _exact_knots(unit.sail_kmh),
        "launch_s": unit.launch_s,
    }


def _exact_knots(kmh: float) -> float:
    """Return the shortest number of knots that gives exactly this speed again."""
    near = kmh / KNOT_KMH
    for knots in (round(near, 6), near, math.nextafter(near, 0), math.nextafter(near, math.inf)):
        if knots * KNOT_KMH == kmh:
            return knots
    raise ValueError("sail_kmh must be a number of knots to be stored")


def station_from_row(row: Mapping[str, Any], refs: References) -> Station:
    """Return the station of a row; `lon` and `lat` in WGS 84 degrees.

    Raises: BadInput naming the field, its label, what is wrong and what is allowed.
    """
    return to_station(_checked(row, StationRow, refs, station_faults))


def station_to_row(station: Station) -> dict[str, Any]:
    """Return a station's row."""
    return {
        "code": station.code,
        "name": station.name,
        "kind": station.kind,
        "agency": station.agency,
        "lon": station.position.lon,
        "lat": station.position.lat,
        "accuracy_m": station.accuracy_m,
        "address": station.address,
        "source": station.source,
        "receives": station.receives,
    }


def incident_type_from_row(row: Mapping[str, Any], refs: References) -> IncidentType:
    """Return the incident type of a row.

    Raises: BadInput naming the field, its label, what is wrong and what is allowed.
    """
    return to_incident_type(_checked(row, IncidentTypeRow, refs, incident_type_faults))


def incident_type_to_row(kind: IncidentType) -> dict[str, Any]:
    """Return an incident type's row; needs (each level of `alarms` too) are rows."""
    return {
        "code": kind.code,
        "label": kind.label,
        "domain": kind.domain.value,
        "priority": kind.priority,
        "lead": kind.lead,
        "required": [_requirement_to_row(need) for need in kind.required],
        "optional": [_requirement_to_row(need) for need in kind.optional],
        "alarms": [[_requirement_to_row(need) for need in added] for added in kind.alarms],
        "sar_class": None if kind.sar_class is None else kind.sar_class.value,
        "search": list(kind.search),
        "linked_sop": kind.linked_sop,
        "sensitive": kind.sensitive,
        "note": kind.note,
        "welfare_s": kind.welfare_s,
    }


def to_unit(row: UnitRow) -> Unit:
    """Return the unit of a row that was checked; knots become km/h here and nowhere else."""
    kmh = row.speed_kmh if row.speed_kn is None else row.speed_kn * KNOT_KMH
    if kmh is None:
        raise ValueError("to_unit takes a row that passed unit_faults")
    return Unit(
        unit_code=row.unit_code,
        agency=row.agency,
        kind=row.kind,
        mode=row.mode,
        capabilities=frozenset(row.capabilities),
        station=row.station,
        cruise_kmh=kmh,
        turnout_day_s=row.turnout_day_s,
        turnout_night_s=row.turnout_night_s,
        personnel=row.personnel,
        example=row.example,
        crew_min=row.crew_min,
        endurance_s=None if row.endurance_min is None else row.endurance_min * 60,
        sea_limit_m=row.sea_limit_m,
        sail_kmh=None if row.sail_kn is None else row.sail_kn * KNOT_KMH,
        launch_s=row.launch_s,
    )


def to_station(row: StationRow) -> Station:
    """Return the station of a row that was checked."""
    return Station(
        code=row.code,
        name=row.name,
        kind=row.kind,
        agency=row.agency,
        position=LonLat(row.lon, row.lat),
        accuracy_m=row.accuracy_m,
        address=row.address,
        source=row.source,
        receives=row.receives,
    )


def to_incident_type(row: IncidentTypeRow) -> IncidentType:
    """Return the incident type of a row that was checked."""
    return IncidentType(
        code=row.code,
        label=row.label,
        domain=row.domain,
        priority=row.priority,
        lead=row.lead,
        required=tuple(map(_to_requirement, row.required)),
        optional=tuple(map(_to_requirement, row.optional)),
        alarms=tuple(tuple(map(_to_requirement, added)) for added in row.alarms),
        sar_class=row.sar_class,
        search=tuple(row.search),
        linked_sop=row.linked_sop,
        sensitive=row.sensitive,
        note=row.note,
        welfare_s=row.welfare_s,
    )


def _to_requirement(row: RequirementRow) -> Requirement:
    return Requirement(row.agency, row.capability, row.count, row.condition)


def _requirement_to_row(need: Requirement) -> dict[str, Any]:
    return {
        "agency": need.agency,
        "capability": need.capability,
        "count": need.count,
        "condition": need.condition,
    }


def _checked(
    row: Mapping[str, Any],
    model: type[R],
    refs: References,
    faults: Callable[[R, References], Iterator[Fault]],
) -> R:
    try:
        checked = model.model_validate(dict(row))
    except ValidationError as error:
        raise _bad_input(first_fault(error, model), model) from error
    for fault in faults(checked, refs):
        raise _bad_input(fault, model)
    return checked


def _bad_input(fault: Fault, model: type[Row]) -> BadInput:
    reason = Need(
        N_("{problem}. Yang diperbolehkan: {allowed}"), problem=fault.problem, allowed=fault.allowed
    )
    return BadInput(dotted(fault.path), label_of(model, fault.path), reason)
