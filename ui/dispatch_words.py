"""A suggestion in words: how long, how far, by which way, how old the position, why a unit is left out."""

import math

from domain.suggest import Candidate, Unavailable, is_assumed_at_station
from domain.units import UnitState
from domain.words import UnitStatus
from geo.reach import Leg, Reach
from services.suggestion import Suggested
from services.ways import Rendezvous
from ui.i18n import _, format_distance, format_duration, format_number, sentence
from ui.parts import here
from ui.words import capability_name

_HOUR_MIN = 60


def eta_range(reach: Reach) -> str:
    """Return the range of arrival, from the early end down to the late end up: `14–26 mnt`."""
    low = max(1, math.floor(reach.eta_low_s / 60))
    high = max(low + 1, math.ceil(reach.eta_high_s / 60))
    if high < 2 * _HOUR_MIN:
        return _("{low}–{high} mnt").format(low=low, high=high)
    return _("{low}–{high} jam").format(
        low=format_number(low / _HOUR_MIN, 1), high=format_number(high / _HOUR_MIN, 1)
    )


def eta_words(reach: Reach) -> str:
    """Return the range of arrival, called an estimate where it is a rough one."""
    return _("{eta} perkiraan").format(eta=eta_range(reach)) if reach.is_estimate else eta_range(reach)


def leg_method(leg: Leg) -> str:
    """Return how a leg was worked out; a rough estimate is called one."""
    if leg.method == "water_route":
        return _("jalur air")
    if leg.method == "road_route":
        return _("jalur jalan")
    if leg.method == "geodesic":
        return _("garis lurus udara")
    factor = here().pack.city.land_detour_factor
    digits = 1 if round(factor, 1) == factor else 2
    return _("perkiraan garis lurus × {factor}").format(factor=format_number(factor, digits))


def way(candidate: Candidate, found: Suggested) -> str:
    """Return distance and method of a unit's way; a land team goes to the pier for a casualty at sea."""
    reach = candidate.reach
    methods = [leg_method(leg) for leg in reach.legs]
    if reach.is_estimate and all(leg.method != "estimate" for leg in reach.legs):
        methods[0] = _("perkiraan, {method}").format(method=methods[0])
    words = f"{format_distance(reach.distance_m)} {' + '.join(methods)}"
    if found.meeting is not None and reach.legs[-1].mode == "land":
        words += " " + _("ke titik temu")
    return words


def meeting_point(meeting: Rendezvous) -> str:
    """Return where land teams and boat meet, and how far it is from there by water."""
    return _("Titik temu tim darat: {pier}. Dari sana perahu, {distance} jalur air.").format(
        pier=meeting.pier.name, distance=format_distance(meeting.path.distance_m)
    )


def position_age(state: UnitState) -> str:
    """Return how old the unit's position is; without one it is taken to be at its station."""
    if is_assumed_at_station(state):
        return _("masih kembali; dihitung dari pos")
    if state.fix_age_s is None:
        return _("posisi pos")
    return _("posisi {age} lalu").format(age=format_duration(state.fix_age_s))


def fills(codes: tuple[str, ...]) -> str:
    """Return the capabilities that the plan asks of a unit."""
    return ", ".join(capability_name(code) for code in codes)


def why_left_out(item: Unavailable, numbers: dict[str, str]) -> str:
    """Return why a capable unit cannot be chosen. `numbers` gives the call number of each open case."""
    state = item.state
    if item.error is not None:
        return sentence(item.error)
    if state.status is UnitStatus.OUT_OF_SERVICE:
        return _("tidak siap: {reason}").format(reason=state.reason or "–")
    return _("{status} untuk {call_no}, dipegang {holder}").format(
        status=_(state.status.label),
        call_no=numbers.get(state.case_id or "", "–"),
        holder=state.held_by or "–",
    )
