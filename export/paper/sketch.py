"""The map sketch of the report's section D: coast, kelurahan and the incident, from our own geography.

An SVG in black, grey and white, without tiles. Metres are reckoned around the place (equirectangular), true
to a few in a thousand over a sketch. Beyond the city's map nothing is known of land and sea: it is hatched.
"""

import math
from dataclasses import dataclass
from xml.sax.saxutils import escape

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.points import LonLat
from geo.zones import ZoneIndex

WIDTH, HEIGHT = 720.0, 540.0
"""Units of the drawing; a unit is a tenth of a millimetre on paper."""
LEAST_HALF_M = 1600.0
"""The half height shown at least: about the kelurahan around the place, metres."""
NEAR_M = 20_000.0
"""So near to the city's land a place is shown with the nearest shore; further away with the whole city."""
TEXT = 24.0
_LETTER = 0.5 * TEXT
_THIN = 0.8


@dataclass(frozen=True, slots=True)
class Sketch:
    """The drawing as SVG, and how wide it is on the ground, metres."""

    svg: str
    width_m: float


class _Frame:
    """From WGS 84 degrees to units of the drawing: y down, north up."""

    def __init__(self, place: LonLat, box: tuple[float, float, float, float], city: str) -> None:
        west, south, east, north = box
        half_h = max((north - south) / 2, (east - west) / 2 * HEIGHT / WIDTH)
        self.height_m = 2 * half_h
        self.width_m = self.height_m * WIDTH / HEIGHT
        self.middle = ((west + east) / 2, (south + north) / 2)
        self.scale = HEIGHT / self.height_m
        self.place = place
        self.city = city

    def units(self, shape: BaseGeometry) -> BaseGeometry:
        """Degrees to units."""
        return shapely.transform(shape, self._units)

    def _units(self, lonlat: np.ndarray) -> np.ndarray:
        metres = _metres(lonlat, self.place)
        x = WIDTH / 2 + (metres[:, 0] - self.middle[0]) * self.scale
        y = HEIGHT / 2 - (metres[:, 1] - self.middle[1]) * self.scale
        return np.column_stack([x, y])


def sketch(zones: ZoneIndex, place: LonLat, city: str, accuracy_m: float | None = None) -> Sketch:
    """Return the sketch of a place (WGS 84).

    It shows the kelurahan around a place on land, the nearest shore of the city for one at sea, and the
    whole city for one far outside. `city`: its name, written where kelurahan are too small to name;
    `accuracy_m`: radius within which the place is known.
    """
    frame = _Frame(place, _box(zones, place), city)
    window = shapely.box(-20, -20, WIDTH + 20, HEIGHT + 20)
    land = _seen(frame.units(zones.land), window)
    villages = [(one.name, _seen(frame.units(one.geometry), window)) for one in zones.kelurahan]
    area = zones.area
    known = frame.units(shapely.box(area.min_lon, area.min_lat, area.max_lon, area.max_lat))
    mark = frame.units(shapely.Point(place.lon, place.lat))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" '
        f'width="{WIDTH:g}" height="{HEIGHT:g}" font-family="Libertinus Serif">',
        f'<rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="#fff"/>',
        f'<path d="{_path(land)}" fill="#e4e4e4" fill-rule="evenodd" stroke="#000" stroke-width="2.5"/>',
        *(
            f'<path d="{_path(shape)}" fill="none" stroke="#555" stroke-width="1.4" stroke-dasharray="7 4"/>'
            for _, shape in villages
            if not shape.is_empty
        ),
        *_unknown(known),
        *_names(frame, villages, known, mark),
        *_mark(mark, accuracy_m, frame.scale),
        *_scale_bar(frame.scale),
        *_north(),
        f'<rect x="1.5" y="1.5" width="{WIDTH - 3:g}" height="{HEIGHT - 3:g}" fill="none" stroke="#000" '
        'stroke-width="3"/>',
        "</svg>",
    ]
    return Sketch("".join(parts), frame.width_m)


def _metres(lonlat: np.ndarray, around: LonLat) -> np.ndarray:
    """Degrees (n, 2) to metres east and north of `around`."""
    lat = math.radians(around.lat)
    per_lat = 111_132.95 - 559.85 * math.cos(2 * lat)
    per_lon = 111_412.88 * math.cos(lat) - 93.50 * math.cos(3 * lat)
    return np.column_stack([(lonlat[:, 0] - around.lon) * per_lon, (lonlat[:, 1] - around.lat) * per_lat])


def _box(zones: ZoneIndex, place: LonLat) -> tuple[float, float, float, float]:
    """Return what must be seen, in metres around the place: west, south, east, north."""
    own = shapely.union_all([one.geometry for one in zones.kelurahan])
    metres = shapely.transform(own, lambda lonlat: _metres(lonlat, place))
    here = shapely.Point(0.0, 0.0)
    away_m = float(shapely.distance(here, metres))
    half = LEAST_HALF_M
    if away_m == 0.0:
        # Far from any border the sketch would be one grey box.
        borders = shapely.union_all([shapely.boundary(one.geometry) for one in zones.kelurahan])
        edges = shapely.transform(borders, lambda lonlat: _metres(lonlat, place))
        half = min(max(half, 1.25 * float(shapely.distance(here, edges))), NEAR_M)
        return (-half, -half, half, half)
    if away_m <= NEAR_M:
        foot = shapely.get_coordinates(shapely.shortest_line(here, metres))[1]
        seen = shapely.MultiPoint([(0.0, 0.0), foot])
    else:
        seen = shapely.union(here, shapely.box(*shapely.bounds(metres)))
    west, south, east, north = (float(value) for value in shapely.bounds(seen))
    margin = max(0.2 * max(east - west, north - south), half * 0.6)
    west, south, east, north = west - margin, south - margin, east + margin, north + margin
    return (min(west, -half), min(south, -half), max(east, half), max(north, half))


def _seen(shape: BaseGeometry, window: BaseGeometry) -> BaseGeometry:
    """Return what of a shape lies in the window, thinned to what can be seen."""
    return shapely.intersection(shapely.simplify(shape, _THIN), window)


def _path(shape: BaseGeometry) -> str:
    """Return the rings of polygons as the data of an SVG path."""
    rings: list[BaseGeometry] = []
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            rings += [part.exterior, *part.interiors]
    return " ".join(
        "M" + " ".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(ring)[:-1]) + "Z"
        for ring in rings
    )


def _unknown(known: BaseGeometry) -> list[str]:
    """Hatch what lies beyond the city's map, and say what it is."""
    outside = shapely.difference(shapely.box(0, 0, WIDTH, HEIGHT), known)
    if outside.is_empty or outside.area < 1:
        return []
    lines = [[(x, 0.0), (x + HEIGHT, HEIGHT)] for x in np.arange(-HEIGHT, WIDTH, 26.0)]
    drawn = shapely.intersection(shapely.MultiLineString(lines), outside)
    data = " ".join(
        "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in shapely.get_coordinates(line))
        for line in shapely.get_parts(drawn)
        if line.geom_type == "LineString"
    )
    words = "di luar peta kota"
    at = shapely.point_on_surface(max(shapely.get_parts(outside), key=lambda part: float(part.area)))
    x = _within(float(at.x), len(words) * _LETTER)
    return [
        f'<path d="{_path(outside)}" fill="#fff" fill-rule="evenodd" stroke="#000" stroke-width="1"/>',
        f'<path d="{data}" fill="none" stroke="#888" stroke-width="1"/>',
        _label(x, float(at.y), words, italic=True),
    ]


def _names(
    frame: _Frame, villages: list[tuple[str, BaseGeometry]], known: BaseGeometry, mark: BaseGeometry
) -> list[str]:
    """Name each kelurahan that has room for its name; no name covers another, the mark, bar or arrow."""
    taken = [
        shapely.box(mark.x - 34, mark.y - 34, mark.x + 34, mark.y + 34),
        shapely.box(0, HEIGHT - 62, 300, HEIGHT),
        shapely.box(WIDTH - 70, 0, WIDTH, 110),
    ]
    window = shapely.box(6, 6, WIDTH - 6, HEIGHT - 6)
    drawn: list[str] = []
    for name, shape in sorted(villages, key=lambda one: (-float(one[1].area), one[0])):
        inside = shapely.intersection(shapely.intersection(shape, window), known)
        wide = len(name) * _LETTER
        if inside.area < 0.7 * wide * TEXT:
            continue
        for at in _places(inside):
            x = _within(float(at.x), wide)
            room = shapely.box(x - wide / 2, at.y - TEXT * 0.6, x + wide / 2, at.y + TEXT * 0.6)
            if window.contains(room) and not any(room.intersects(other) for other in taken):
                taken.append(room)
                drawn.append(_label(x, float(at.y), name))
                break
    if not drawn:
        whole = shapely.intersection(shapely.union_all([shape for _, shape in villages]), window)
        if not whole.is_empty:
            at = shapely.point_on_surface(whole)
            drawn.append(_label(_within(float(at.x), len(frame.city) * _LETTER), float(at.y), frame.city))
    return drawn


def _within(x: float, wide: float) -> float:
    """Return the middle of a name moved so that all of it lies inside the drawing."""
    return min(max(x, wide / 2 + 10), WIDTH - wide / 2 - 10)


def _places(shape: BaseGeometry) -> list[BaseGeometry]:
    """Return where in a shape a name may stand: its inside point, then points a little off it."""
    middle = shapely.point_on_surface(shape)
    shifts = [(0, 0), (0, -60), (0, 60), (-70, 0), (70, 0), (0, -120), (0, 120)]
    points = [shapely.Point(middle.x + dx, middle.y + dy) for dx, dy in shifts]
    return [point for point in points if shape.contains(point)]


def _label(x: float, y: float, words: str, *, italic: bool = False) -> str:
    style = ' font-style="italic"' if italic else ""
    at = f'x="{x:.1f}" y="{y + TEXT * 0.35:.1f}" text-anchor="middle" font-size="{TEXT:g}"{style}'
    # A white edge behind the letters keeps them readable on lines.
    edge = 'fill="none" stroke="#fff" stroke-width="5" stroke-linejoin="round"'
    return f'<text {at} {edge}>{escape(words)}</text><text {at} fill="#000">{escape(words)}</text>'


def _mark(at: BaseGeometry, accuracy_m: float | None, scale: float) -> list[str]:
    x, y = f"{at.x:.1f}", f"{at.y:.1f}"
    parts = []
    radius = (accuracy_m or 0.0) * scale
    if radius > 24:
        parts.append(
            f'<circle cx="{x}" cy="{y}" r="{min(radius, 2 * WIDTH):.1f}" fill="none" stroke="#000" '
            'stroke-width="1.6" stroke-dasharray="3 4"/>'
        )
    cross = f"M{at.x - 26:.1f},{y} H{at.x + 26:.1f} M{x},{at.y - 26:.1f} V{at.y + 26:.1f}"
    return [
        *parts,
        f'<path d="{cross}" fill="none" stroke="#fff" stroke-width="10"/>',
        f'<circle cx="{x}" cy="{y}" r="15" fill="#fff" stroke="#fff" stroke-width="10"/>',
        f'<path d="{cross}" fill="none" stroke="#000" stroke-width="4"/>',
        f'<circle cx="{x}" cy="{y}" r="15" fill="#fff" stroke="#000" stroke-width="4"/>',
        f'<circle cx="{x}" cy="{y}" r="5" fill="#000"/>',
    ]


def _scale_bar(scale: float) -> list[str]:
    """Draw the longest of 1, 2 or 5 times a power of ten metres that fits 230 units."""
    most = 230 / scale
    power = 10 ** math.floor(math.log10(most))
    metres = max(step * power for step in (1, 2, 5) if step * power <= most)
    length = metres * scale
    words = f"{metres / 1000:g} km" if metres >= 1000 else f"{metres:g} m"
    y = HEIGHT - 24
    return [
        f'<rect x="10" y="{y - 32:g}" width="{length + 90:.1f}" height="46" fill="#fff"/>',
        f'<rect x="20" y="{y - 10:g}" width="{length / 2:.1f}" height="10" fill="#000"/>',
        f'<rect x="20" y="{y - 10:g}" width="{length:.1f}" height="10" fill="none" stroke="#000" '
        'stroke-width="2"/>',
        f'<text x="{28 + length:.1f}" y="{y:g}" font-size="{TEXT:g}">{words.replace(".", ",")}</text>',
    ]


def _north() -> list[str]:
    x = WIDTH - 38
    return [
        f'<rect x="{x - 24:g}" y="12" width="48" height="86" fill="#fff"/>',
        f'<path d="M{x:g},18 L{x + 15:g},62 L{x:g},52 Z" fill="#000" stroke="#000" stroke-width="2"/>',
        f'<path d="M{x:g},18 L{x - 15:g},62 L{x:g},52 Z" fill="#fff" stroke="#000" stroke-width="2"/>',
        f'<text x="{x:g}" y="90" font-size="28" text-anchor="middle">U</text>',
    ]
