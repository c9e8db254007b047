"""Points: degrees and metres as different types, distances on the ellipsoid, and reading what people write.

Degrees are WGS 84 (EPSG:4326), longitude first. Metres are in the projected CRS of the city.
"""

import math
import numbers
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyproj import Geod, Transformer

from geo.errors import (
    AmbiguousCoordinates,
    BadCoordinate,
    CoordinateNotANumber,
    CoordinateOutOfRange,
    OutsideArea,
    SwappedCoordinate,
    UnreadableCoordinates,
)

GEOD = Geod(ellps="WGS84")
"""The ellipsoid of WGS 84, on which every geodesic distance is measured."""

Floats = NDArray[np.float64]


def _number(name: str, value: object) -> float:
    # bool is a numbers.Real in Python; True as a longitude is always a mistake.
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise CoordinateNotANumber(name=name, value=repr(value))
    number = float(value)
    if not math.isfinite(number):
        raise CoordinateNotANumber(name=name, value=str(value))
    return number


@dataclass(frozen=True, slots=True)
class LonLat:
    """A place in WGS 84 degrees, longitude first.

    Raises: CoordinateNotANumber, CoordinateOutOfRange, or SwappedCoordinate when the latitude is
    impossible but would be a good longitude (117.6 given as latitude).
    """

    lon: float
    lat: float

    def __post_init__(self) -> None:
        lon, lat = _number("lon", self.lon), _number("lat", self.lat)
        if 90 < abs(lat) <= 180 and abs(lon) <= 90:
            raise SwappedCoordinate(lon=lon, lat=lat)
        for name, value, limit in (("lon", lon, 180), ("lat", lat, 90)):
            if abs(value) > limit:
                raise CoordinateOutOfRange(name=name, value=value, low=-limit, high=limit)
        object.__setattr__(self, "lon", lon)
        object.__setattr__(self, "lat", lat)

    def rounded(self, digits: int = 6) -> "LonLat":
        """The same place with coordinates rounded (6 digits is about 0.1 m)."""
        return LonLat(round(self.lon, digits), round(self.lat, digits))


class XY(NamedTuple):
    """A place in metres, in the city's projected CRS (easting, northing)."""

    x: float
    y: float


class Projector:
    """WGS 84 degrees to metres of one projected CRS and back; shareable between threads."""

    def __init__(self, epsg: int) -> None:
        self.epsg = epsg
        self._forward = Transformer.from_crs(4326, epsg, always_xy=True)
        self._inverse = Transformer.from_crs(epsg, 4326, always_xy=True)

    def forward(self, point: LonLat) -> XY:
        """Degrees to metres."""
        x, y = self._forward.transform(point.lon, point.lat, errcheck=True)
        return XY(x, y)

    def inverse(self, xy: XY) -> LonLat:
        """Metres to degrees."""
        lon, lat = self._inverse.transform(xy.x, xy.y, errcheck=True)
        return LonLat(lon, lat)

    def forward_array(self, lonlat: Floats) -> Floats:
        """Degrees (n, 2), longitude first, to metres (n, 2)."""
        x, y = self._forward.transform(lonlat[:, 0], lonlat[:, 1], errcheck=True)
        return np.column_stack([x, y])

    def inverse_array(self, xy: Floats) -> Floats:
        """Metres (n, 2) to degrees (n, 2), longitude first."""
        lon, lat = self._inverse.transform(xy[:, 0], xy[:, 1], errcheck=True)
        return np.column_stack([lon, lat])


def geodesic_m(a: LonLat, b: LonLat) -> float:
    """Shortest distance over the WGS 84 ellipsoid in metres (Karney 2013, doi:10.1007/s00190-012-0578-z)."""
    return float(GEOD.inv(a.lon, a.lat, b.lon, b.lat)[2])


def bearing_deg(a: LonLat, b: LonLat) -> float:
    """Initial bearing from `a` to `b`, clockwise from true north, 0 ≤ bearing < 360; 0 when they coincide."""
    if a == b:
        return 0.0
    # Twice: a bearing a hair west of north is 360.0 after the first rounding.
    return float(GEOD.inv(a.lon, a.lat, b.lon, b.lat)[0]) % 360.0 % 360.0


def destination(start: LonLat, bearing_deg: float, distance_m: float) -> LonLat:
    """The place reached from `start` along a geodesic; bearing clockwise from true north."""
    lon, lat, _ = GEOD.fwd(start.lon, start.lat, bearing_deg, distance_m)
    return LonLat(lon, lat)


@dataclass(frozen=True, slots=True)
class Area:
    """The box of WGS 84 degrees that a city's map covers."""

    min_lon: float
    min_lat: float
    max_lon: float
    max_lat: float

    def __post_init__(self) -> None:
        LonLat(self.min_lon, self.min_lat)
        LonLat(self.max_lon, self.max_lat)
        if self.min_lon >= self.max_lon:
            raise CoordinateOutOfRange(name="min_lon", value=self.min_lon, low=-180, high=self.max_lon)
        if self.min_lat >= self.max_lat:
            raise CoordinateOutOfRange(name="min_lat", value=self.min_lat, low=-90, high=self.max_lat)

    def contains(self, point: LonLat) -> bool:
        """Whether the point lies in the box, edges included."""
        return self._covers(point.lon, point.lat)

    def _covers(self, lon: float, lat: float) -> bool:
        return self.min_lon <= lon <= self.max_lon and self.min_lat <= lat <= self.max_lat

    def require(self, point: LonLat) -> LonLat:
        """The point itself when it lies in the box.

        Raises: SwappedCoordinate when it would lie inside with lon and lat exchanged, else OutsideArea.
        """
        if self.contains(point):
            return point
        if self._covers(point.lat, point.lon):
            raise SwappedCoordinate(lon=point.lon, lat=point.lat)
        raise OutsideArea(
            lon=point.lon,
            lat=point.lat,
            min_lon=self.min_lon,
            min_lat=self.min_lat,
            max_lon=self.max_lon,
            max_lat=self.max_lat,
        )


# --- reading what people write -------------------------------------------------------------------

_QUOTES = str.maketrans({
    "′": "'", "’": "'", "‘": "'", "`": "'", "´": "'", "″": '"', "”": '"', "“": '"', "º": "°", "˚": "°",
    "−": "-", "–": "-", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\t": " ", "\n": " ",
})  # fmt: skip
_HEMISPHERES = {
    "N": ("lat", 1), "LU": ("lat", 1), "S": ("lat", -1), "LS": ("lat", -1),
    "E": ("lon", 1), "BT": ("lon", 1), "W": ("lon", -1), "BB": ("lon", -1),
}  # fmt: skip
_LONGEST_TEXT = 80
_LETTER = r"LU|LS|BT|BB|N|S|E|W"
_NUMBER = r"(?<![\d.])\d+(?:\.\d+)?"  # whole: 18" must not be read as 1 minute and 8 seconds
_ANGLE = re.compile(
    rf"""(?P<before>{_LETTER})?\s*
    (?P<sign>[+-])?\s*(?P<deg>{_NUMBER})\s*°?\s*
    (?:(?P<min>{_NUMBER})\s*'?\s*
    (?:(?P<sec>{_NUMBER})\s*(?:"|'')?)?)?\s*
    (?P<after>{_LETTER})?""",
    re.VERBOSE,
)


class _Angle(NamedTuple):
    degrees: float
    axis: str | None


def parse_coordinates(text: str, area: Area | None = None) -> LonLat:
    """Read a place as people write it: decimal degrees, degrees and minutes, or degrees, minutes and seconds.

    Decimal point or decimal comma; hemisphere letters N S E W or LU LS BT BB before or after the
    number. The order of latitude and longitude is told by the letters, otherwise by which order lies in
    `area`; without either, latitude comes first, as on printed charts, unless only the other fits.

    Raises: UnreadableCoordinates (names the accepted notations), AmbiguousCoordinates (both orders lie
    in `area`), OutsideArea, CoordinateOutOfRange.
    """
    first, second = (_read_angle(half, text) for half in _halves(text))
    axes = (first.axis, second.axis)
    if axes in (("lat", None), (None, "lon"), ("lat", "lon")):
        point = LonLat(second.degrees, first.degrees)
    elif axes in (("lon", None), (None, "lat"), ("lon", "lat")):
        point = LonLat(first.degrees, second.degrees)
    elif axes == (None, None):
        point = _order_by_area(first.degrees, second.degrees, text, area)
    else:
        raise UnreadableCoordinates(text=text)
    return point if area is None else area.require(point)


def _order_by_area(a: float, b: float, text: str, area: Area | None) -> LonLat:
    readings = []
    for lon, lat in ((b, a), (a, b)):
        try:
            readings.append(LonLat(lon, lat))
        except BadCoordinate:
            continue
    if not readings:
        raise UnreadableCoordinates(text=text)
    if area is not None:
        inside = [point for point in readings if area.contains(point)]
        if len(inside) == 2 and inside[0] != inside[1]:
            raise AmbiguousCoordinates(text=text)
        if inside:
            return inside[0]
    return readings[0]


def _halves(text: str) -> tuple[str, str]:
    """Cut the text into its two angles, decimal commas already made points."""
    if len(text) > _LONGEST_TEXT:
        raise UnreadableCoordinates(text=text[:_LONGEST_TEXT] + "…")
    clean = unicodedata.normalize("NFC", text).translate(_QUOTES).upper().strip().strip("()[]").strip()
    if re.search(r"\d\.\d", clean):
        clean = clean.replace(",", ";")
    else:
        clean = re.sub(r"(?<=\d),(?=\d)", ".", clean).replace(",", ";")
    parts = [part.strip() for part in clean.split(";")]
    if len(parts) == 2 and all(parts):
        return parts[0], parts[1]
    if len(parts) == 1:
        for cut in (
            rf"([+-]?\d[^A-Z]*(?:{_LETTER}))\s*([\d+-].*)",  # 3 18.9 N 117 39.6 E
            rf"((?:{_LETTER}).*?\d[^A-Z]*)((?:{_LETTER}).*)",  # N 3 18.9 E 117 39.6
            rf"([+-]?\s*{_NUMBER}\s*°.*?)([+-]?\s*{_NUMBER}\s*°.*)",  # 3°18.9' 117°39.6'
        ):
            if found := re.fullmatch(cut, clean):
                return found[1].strip(), found[2].strip()
        numbers_only = clean.split()
        if len(numbers_only) in (2, 4, 6):
            middle = len(numbers_only) // 2
            return " ".join(numbers_only[:middle]), " ".join(numbers_only[middle:])
    raise UnreadableCoordinates(text=text)


def _read_angle(half: str, text: str) -> _Angle:
    found = _ANGLE.fullmatch(half)
    if found is None:
        raise UnreadableCoordinates(text=text)
    letters = [found[name] for name in ("before", "after") if found[name]]
    parts = [found[name] for name in ("deg", "min", "sec") if found[name]]
    values = [float(part) for part in parts]
    if len(letters) > 1 or (letters and found["sign"]):
        raise UnreadableCoordinates(text=text)  # "-3 N" says two things
    if any("." in part for part in parts[:-1]) or any(value >= 60 for value in values[1:]):
        raise UnreadableCoordinates(text=text)
    degrees = sum(value / 60**power for power, value in enumerate(values))
    axis, sign = _HEMISPHERES[letters[0]] if letters else (None, -1 if found["sign"] == "-" else 1)
    return _Angle(sign * degrees, axis)


def format_dm(point: LonLat) -> str:
    """Degrees and decimal minutes as Indonesian charts write them: ``3°18,9′ LU 117°39,6′ BT``."""
    return f"{_dm(point.lat, 'LU', 'LS')} {_dm(point.lon, 'BT', 'BB')}"


def _dm(degrees: float, positive: str, negative: str) -> str:
    # Round the whole angle first: 59.97 minutes must become the next degree, not 60,0′.
    tenths = round(abs(degrees) * 600)
    whole, rest = divmod(tenths, 600)
    letters = negative if degrees < 0 and tenths else positive
    return f"{whole}°{rest // 10},{rest % 10}′ {letters}"


def along(line: Sequence[LonLat], share: float) -> LonLat:
    """The place after `share` (0 to 1) of a line's geodesic length; the line has at least two points."""
    lons, lats = [point.lon for point in line], [point.lat for point in line]
    lengths = GEOD.line_lengths(lons, lats)
    wanted = float(sum(lengths)) * share
    for a, b, length in zip(line, line[1:], lengths, strict=False):
        if wanted <= length:
            return destination(a, bearing_deg(a, b), wanted)
        wanted -= length
    return line[-1]
