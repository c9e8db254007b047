"""A suggestion in words: how long, how far, by which way, how old the position, why a unit is left out."""

import math
from collections.abc import Iterable

from domain.coverage import Leaves
from domain.errors import Need
from domain.suggest import (
    Candidate,
    Obstacle,
    Unavailable,
    has_unknown_fuel,
    is_assumed_at_station,
)
from domain.units import UnitState
from domain.words import UnitStatus
from geo.errors import GeoError
from geo.reach import Leg, Reach
from services import registry
from services.evacuation import Evacuation, Span
from services.suggestion import Suggested
from ui.i18n import _, format_datetime, format_distance, format_duration, format_number, sentence
from ui.parts import here
from ui.words import capability_name

_HOUR_MIN = 60
_MOST_ZONES = 2
_MOVED_M = 50  # a pier is a few metres inside its shore on any map


def eta_range(reach: Reach) -> str:
    """Return the range of arrival, from the early end down to the late end up: `14–26 mnt`."""
    return minutes_range(reach.eta_low_s, reach.eta_high_s)


def minutes_range(low_s: float, high_s: float) -> str:
    """Return a range of time, the early end rounded down and the late end up: `14–26 mnt`."""
    low = max(1, math.floor(low_s / 60))
    high = max(low + 1, math.ceil(high_s / 60))
    if high < 2 * _HOUR_MIN:
        return _("{low}–{high} mnt").format(low=low, high=high)
    return _("{low}–{high} jam").format(
        low=format_number(low / _HOUR_MIN, 1), high=format_number(high / _HOUR_MIN, 1)
    )


def eta_words(reach: Reach) -> str:
    """Return the range of arrival, called an estimate where it is a rough one."""
    if not reach.is_known:
        return _("tiba tidak diketahui")
    return _("{eta} perkiraan").format(eta=eta_range(reach)) if reach.is_estimate else eta_range(reach)


def is_there(candidate: Candidate) -> bool:
    """Return whether a unit has reported its arrival: it has no way any more."""
    return candidate.state.status is UnitStatus.ON_SCENE


def leg_method(leg: Leg) -> str:
    """Return how a leg was worked out; a rough estimate is called one."""
    if leg.method == "water_route":
        return _("jalur air")
    if leg.method == "road_route":
        return _("jalur jalan")
    if leg.method == "geodesic":
        return _("garis lurus udara")
    if leg.method == "launch":
        return _("turunkan perahu")
    if leg.mode == "foot":
        return _("perkiraan garis lurus")
    factor = here().pack.city.land_detour_factor
    digits = 1 if round(factor, 1) == factor else 2
    return _("perkiraan garis lurus × {factor}").format(factor=format_number(factor, digits))


def _leg_words(leg: Leg) -> str:
    minutes = math.ceil(leg.duration_s / 60)
    if leg.method == "launch":
        return _("{minutes} mnt turunkan perahu").format(minutes=minutes)
    by = {
        "land": _("{minutes} mnt jalan {distance} ({method})"),
        "sea": _("{minutes} mnt laut {distance} ({method})"),
        "air": _("{minutes} mnt terbang {distance} ({method})"),
        "foot": _("{minutes} mnt jalan kaki {distance} ({method})"),
    }
    method = leg_method(leg)
    if leg.moved_m >= _MOVED_M:
        method += _(", titik digeser {distance} ke air").format(distance=format_distance(leg.moved_m))
    return by[leg.mode].format(minutes=minutes, distance=format_distance(leg.distance_m), method=method)


def way(candidate: Candidate, found: Suggested) -> str:
    """Return the whole way of a unit, part by part: turnout, each leg, the pier where it changes or waits."""
    reach = candidate.reach
    parts = []
    if reach.turnout_s >= 1:
        parts.append(_("siap {minutes} mnt").format(minutes=math.ceil(reach.turnout_s / 60)))
    for leg in reach.legs:
        if leg.method == "launch":
            parts.append(_pier_at(leg))
        parts.append(_leg_words(leg))
    words = " → ".join(parts)
    if found.meeting is not None and reach.is_known and reach.legs[-1].mode == "land":
        words += " → " + _("titik temu {pier}").format(pier=found.meeting.pier.name)
    if reach.is_estimate and all(leg.method != "estimate" for leg in reach.legs):
        words = _("perkiraan, {method}").format(method=words)
    return words


def _pier_at(leg: Leg) -> str:
    """Return the name of the pier at which a boat is launched."""
    at = leg.geometry[0]
    return next((s.name for s in registry.stations(here()).values() if s.position == at), _("dermaga"))


def evacuation_lines(way: Evacuation) -> list[str]:
    """Return how a casualty at sea comes to a hospital, one sentence a part; what is missing is said."""
    lines = []
    estimate = _(" (perkiraan)") if way.is_estimate else ""
    of_boat = _(" (perkiraan)") if way.boat_is_estimate else ""
    if way.boat is None or way.boat_there is None or way.ashore is None or way.back is None:
        lines.append(_("Titik temu tim darat: {pier}. Belum ada perahu yang dapat berangkat.").format(
            pier=way.pier.name
        ))  # fmt: skip
    else:
        lines.append(
            _(
                "Titik temu {pier}: {boat} di korban {there}, di dermaga {ashore}{estimate} "
                "({distance} jalur air)."
            ).format(
                estimate=of_boat,
                pier=way.pier.name,
                boat=way.boat.unit_code,
                there=_span(way.boat_there),
                ashore=_span(way.ashore),
                distance=format_distance(way.back.distance_m),
            )
        )
    if way.team is None or way.team_there is None:
        lines.append(_("Belum ada kendaraan untuk membawa korban dari dermaga."))
    else:
        lines.append(
            _("{team} di dermaga {there}{estimate}.").format(
                team=way.team.unit_code, there=_span(way.team_there), estimate=estimate
            )
        )
    if way.hospital is None:
        lines.append(_("Tidak ada rumah sakit penerima yang terjangkau; hubungi rumah sakit."))
    elif way.in_hospital is not None:
        lines.append(
            _("Korban di {hospital} {there}{estimate}.").format(
                hospital=way.hospital.name, there=_span(way.in_hospital), estimate=estimate
            )
        )
    return lines


def _span(span: Span) -> str:
    return minutes_range(span.low_s, span.high_s) if span.high_s > 0 else _("sekarang")


def leaves_words(leaves: Iterable[Leaves]) -> str:
    """Return what a unit leaves uncovered: shares of the city before and after, worst kelurahan first."""
    parts = []
    for left in leaves:
        # What rounds to the same number is no loss that anybody could read.
        if _whole(left.before) == _whole(left.after):
            continue
        words = _("{label} {before} → {after} %").format(
            label=_(left.standard.label), before=_whole(left.before), after=_whole(left.after)
        )
        zones = [
            _("{kelurahan} {before} → {after} %").format(
                kelurahan=zone_name(zone.zone), before=_whole(zone.before), after=_whole(zone.after)
            )
            for zone in left.zones[:_MOST_ZONES]
        ]
        parts.append(f"{words} ({', '.join(zones)})" if zones else words)
    return _("cakupan jadi {shares}").format(shares="; ".join(parts)) if parts else _("cakupan tetap")


def zone_name(code: str) -> str:
    """Return the name of a kelurahan."""
    known = here().pack.kelurahan.get(code)
    return known.name if known is not None else code


def _whole(share: float) -> int:
    return round(share * 100)


def position_age(state: UnitState) -> str:
    """Return how old the unit's position is; without one it is taken to be at its station."""
    if is_assumed_at_station(state):
        return _("masih kembali; dihitung dari pos")
    if state.fix_age_s is None:
        return _("posisi pos")
    return _("posisi {age} lalu").format(age=format_duration(state.fix_age_s))


def fuel(state: UnitState) -> str:
    """Return what must be asked of a crew whose fuel is limited and that is under way already."""
    return _("bahan bakar dihitung penuh; tanyakan awak") if has_unknown_fuel(state) else ""


def fills(codes: tuple[str, ...]) -> str:
    """Return the capabilities that the plan asks of a unit."""
    return ", ".join(capability_name(code) for code in codes)


def why_left_out(item: Unavailable, numbers: dict[str, str]) -> str:
    """Return why a capable unit cannot be chosen. `numbers` gives the call number of each open case."""
    state = item.state
    if isinstance(item.why, GeoError):
        return sentence(item.why)
    if item.why is not None:
        # A wave of 1.7 m is 1,7 m here.
        params = {k: format_number(v, 1) if isinstance(v, float) else v for k, v in item.why.params.items()}
        return Need(item.why.template, **params).sentence(_, format_datetime)
    if item.obstacle is Obstacle.OUT_OF_SERVICE or state.status is UnitStatus.OUT_OF_SERVICE:
        return _("tidak siap: {reason}").format(reason=state.reason or "–")
    return _("{status} untuk {call_no}, dipegang {holder}").format(
        status=_(state.status.label),
        call_no=numbers.get(state.case_id or "", "–"),
        holder=state.held_by or "–",
    )
