"""What Pemantauan's map shows: every open incident with coordinates, and every unit at work."""

from collections.abc import Sequence

import folium

from domain.case import Case
from domain.units import UnitState
from domain.words import Domain, Mode, UnitStatus
from geo.points import LonLat
from services import suggestion
from services.monitoring import Board, BoardRow
from ui import fit, maps, spread
from ui.i18n import _
from ui.parts import here
from ui.words import case_title, place_label, priority_code, type_label

_LABEL_LENGTH = 28
_HALF_PX = 230
_MARGIN_DEG = 0.03


def whole_city() -> tuple[LonLat, LonLat]:
    """Return the south-west and north-east corner of a view that has every kelurahan in it."""
    points = [entry.point for entry in here().pack.kelurahan.values()]
    lons, lats = [p.lon for p in points], [p.lat for p in points]
    south_west = LonLat(min(lons) - _MARGIN_DEG, min(lats) - _MARGIN_DEG)
    return south_west, LonLat(max(lons) + _MARGIN_DEG, max(lats) + _MARGIN_DEG)


def view(rows: Sequence[BoardRow]) -> tuple[LonLat | None, int | None]:
    """Return center and zoom when an incident lies outside the city's view, so that none is overlooked.

    The map moves only when these change: what the dispatcher has moved stays where it is.
    """
    south_west, north_east = whole_city()
    places = [at for row in rows if (at := row.case.location.point) is not None]
    if all(
        south_west.lon <= p.lon <= north_east.lon and south_west.lat <= p.lat <= north_east.lat
        for p in places
    ):
        return None, None
    return fit.fitted([south_west, north_east, *places], _HALF_PX)


def places_of(rows: Sequence[BoardRow]) -> dict[str, LonLat | None]:
    """Return the place of each open case, by id."""
    return {row.case.case_id: row.case.location.point for row in rows}


def shape_of(case: Case, at: LonLat) -> Domain:
    """Return the matra whose shape a case has on the map; while it is not known, what lies there."""
    return case.incident.domain or Domain(suggestion.locate(here(), at).domain)


def short_label(case: Case) -> str:
    """Return priority and type, short enough for the map; the tooltip has the whole."""
    name = type_label(case.incident.type_code) if case.incident.type_code else place_label(case.location)
    if len(name) > _LABEL_LENGTH:
        name = name[:_LABEL_LENGTH].rsplit(" ", 1)[0].rstrip(",/ ") + " …"
    return f"{priority_code(case.incident.priority)} {name}"


def incidents(rows: Sequence[BoardRow]) -> folium.FeatureGroup:
    """Return the open incidents: shape by matra, colour and sign by urgency; the worst lie on top."""
    group = folium.FeatureGroup("incidents")
    placed = [(row, at) for row in reversed(rows) if (at := row.case.location.point) is not None]
    for row, at in placed:
        case = row.case
        detail = f"{case.call_no} · {case_title(case)} · {_(case.status.label)}"
        shape = shape_of(case, at)
        maps.incident_marker(at, short_label(case), shape, row.urgency, detail=detail).add_to(group)
    return group


def units_at_work(board: Board) -> folium.FeatureGroup:
    """Return the committed units where they are known to be.

    A unit without a live position is drawn at its station, and says so, until it reports its arrival;
    then it is drawn at the incident. Units of one place hang below it as a list.
    """
    group = folium.FeatureGroup("units")
    incident = places_of(board.rows)
    number = {row.case.case_id: row.case.call_no for row in board.rows}
    # Those with a live position move by themselves (ui.live_units).
    drawn = [(unit, *where(unit, incident)) for unit in board.committed if unit.fix_age_s is None]
    places = spread.rows((at for _unit, at, _word in drawn), (at for at in incident.values() if at))
    for (unit, at, word), place in zip(drawn, places, strict=True):
        label = f"{unit.unit.unit_code} · {word}" if word else unit.unit.unit_code
        marker = maps.unit_marker(
            at, label, unit.unit.mode, unit.status, detail=number.get(unit.case_id or "", "")
        )
        spread.below(marker, place).add_to(group)
    return group


def where(
    unit: UnitState, incident: dict[str, LonLat | None], meeting: LonLat | None = None
) -> tuple[LonLat, str]:
    """Return where to draw a unit, and the word for a position that is not a live one.

    `incident` gives the place of each open case, `meeting` the pier where this unit's case has its land
    teams. A unit that reported its arrival is at the incident; a land unit of a casualty at sea is at the
    pier, and where that is not known it stays at its station, with the word for it.
    """
    if unit.fix_age_s is not None:
        return unit.position, ""
    there = incident.get(unit.case_id or "")
    if unit.status is not UnitStatus.ON_SCENE or there is None:
        return unit.position, _("posisi pos")
    if unit.unit.mode is not Mode.LAND or unit.unit.sail_kmh is not None:
        return there, ""
    if meeting is not None:
        return meeting, ""
    if suggestion.locate(here(), there).domain == "sea":
        return unit.position, _("tiba di dermaga, posisi pos")
    return there, ""


def unplaced(rows: Sequence[BoardRow]) -> list[str]:
    """Return the numbers of open cases that the map cannot show."""
    return [row.case.call_no for row in rows if row.case.location.point is None]
