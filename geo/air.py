"""Flying straight: geodesic distance, and time by the wind triangle."""

import math
from dataclasses import dataclass

from geo.errors import WindTooStrong
from geo.points import GEOD, LonLat, bearing_deg, geodesic_m

KNOT_M_S = 1852 / 3600
_LEG_M = 20_000.0  # the geodesic's bearing turns on the way; within such a piece by far less than a degree


@dataclass(frozen=True, slots=True)
class Flight:
    """One straight flight: geodesic metres, seconds in the air at cruise speed, bearing from true north."""

    distance_m: float
    duration_s: float
    bearing_deg: float


def flight(
    origin: LonLat, target: LonLat, cruise_kn: float, wind_from_deg: float | None = None, wind_kn: float = 0.0
) -> Flight:
    """The flight from `origin` to `target` along the geodesic, at `cruise_kn` through the air.

    Wind: where it blows from (degrees from true north) and how fast. Climb and landing are not counted.

    Raises: WindTooStrong when the wind cannot be held against on some part of the way; ValueError for a
    speed that is no speed or a wind without its direction.
    """
    if not (math.isfinite(cruise_kn) and cruise_kn > 0):
        raise ValueError(f"cruise_kn must be a positive number, not {cruise_kn}")
    if not (math.isfinite(wind_kn) and wind_kn >= 0):
        raise ValueError(f"wind_kn must be zero or a positive number, not {wind_kn}")
    if wind_kn > 0 and (wind_from_deg is None or not math.isfinite(wind_from_deg)):
        raise ValueError("wind_from_deg is needed with wind_kn")
    distance_m = geodesic_m(origin, target)
    start_deg = bearing_deg(origin, target)
    if wind_from_deg is None or wind_kn == 0:
        return Flight(distance_m, distance_m / (cruise_kn * KNOT_M_S), start_deg)
    pieces = max(1, math.ceil(distance_m / _LEG_M))
    # Where each piece is half flown: there its bearing is the mean one.
    middles = [(piece + 0.5) * distance_m / pieces for piece in range(pieces)]
    _, _, back_deg = GEOD.fwd([origin.lon] * pieces, [origin.lat] * pieces, [start_deg] * pieces, middles)
    tracks_deg = [(back + 180) % 360 for back in back_deg]
    speeds_kn = [_ground_speed_kn(track, cruise_kn, wind_from_deg, wind_kn) for track in tracks_deg]
    duration_s = sum(distance_m / pieces / (speed_kn * KNOT_M_S) for speed_kn in speeds_kn)
    return Flight(distance_m, duration_s, start_deg)


def _ground_speed_kn(track_deg: float, cruise_kn: float, wind_from_deg: float, wind_kn: float) -> float:
    """Speed over ground while holding the track (the wind triangle)."""
    angle = math.radians(wind_from_deg - track_deg)
    head_kn, cross_kn = wind_kn * math.cos(angle), wind_kn * math.sin(angle)
    if abs(cross_kn) >= cruise_kn:
        raise WindTooStrong(wind_kn=wind_kn, cruise_kn=cruise_kn)
    ground_kn = math.sqrt(cruise_kn**2 - cross_kn**2) - head_kn
    if ground_kn <= 0:
        raise WindTooStrong(wind_kn=wind_kn, cruise_kn=cruise_kn)
    return ground_kn
