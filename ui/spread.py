"""Marks that share one place: each keeps its true position and is drawn some pixels below it.

Nine engines stand at one station and five crews work at one fire; drawn on one another they could be
neither read nor clicked. The shift is in pixels, so that no position is falsified at any zoom.
"""

from collections.abc import Hashable, Iterable
from typing import cast

import folium

_PITCH_PX = 20
_COLUMN_PX = 22
_IN_A_COLUMN = 6


def below(marker: folium.Marker, place: int, *, indent_px: int = 0) -> folium.Marker:
    """Shift a mark to the `place`-th row (from 0, its own position) of a list beneath it; return it."""
    column, row = divmod(place, _IN_A_COLUMN)
    options = cast(folium.DivIcon, marker.icon).options
    x, y = cast(tuple[int, int], options["icon_anchor"])
    options["icon_anchor"] = (x - indent_px - column * _COLUMN_PX, y - row * _PITCH_PX)
    return marker


def rows(keys: Iterable[Hashable], taken: Iterable[Hashable] = ()) -> list[int]:
    """Return each key's place among those equal to it, in the order given; `taken` ones start at 1."""
    seen: dict[Hashable, int] = dict.fromkeys(taken, 1)
    places = []
    for key in keys:
        places.append(seen.get(key, 0))
        seen[key] = places[-1] + 1
    return places
