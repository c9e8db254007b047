"""Where to put a map's view so that given places are in it."""

import math
from collections.abc import Sequence

from geo.points import LonLat

_NEAREST, _FARTHEST = 15, 9
_TILE_PX = 256


def fitted(points: Sequence[LonLat], half_px: int) -> tuple[LonLat, int]:
    """Return the middle of the points, and the nearest whole zoom that shows all of them.

    Web Mercator; `half_px` is half the smaller side of the map.
    """
    lons, lats = [p.lon for p in points], [p.lat for p in points]
    center = LonLat((min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2)
    stretch = 1 / math.cos(math.radians(center.lat))
    farthest = max(max(lons) - center.lon, (max(lats) - center.lat) * stretch)
    if farthest == 0:
        return center, _NEAREST
    wanted = math.floor(math.log2(360 * half_px / (_TILE_PX * farthest)))
    return center, min(max(wanted, _FARTHEST), _NEAREST)
