"""Which kelurahan or which water a place belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon, STRtree
from shapely.geometry.base import BaseGeometry

from geo.errors import N_
from geo.layers import POLYGONS, load_features, load_land
from geo.points import Area, LonLat, Projector, geodesic_m

NAUTICAL_MILE_M = 1852.0
WATERS_LIMIT_M = 4 * NAUTICAL_MILE_M
"""[P] How far the city's own waters reach from its shore; a command center may set another."""
NAMED_WATERS_M = 12 * NAUTICAL_MILE_M
"""[P] How far from the city's shore the sea is still called after a kelurahan."""
WATER_AREA = N_("Perairan {kelurahan}")

_TIE_M = 0.001
_SAME_ISLAND = 2.0


@dataclass(frozen=True, slots=True)
class Kelurahan:
    """An administrative village: Kemendagri code, names, shape in WGS 84 degrees."""

    code: str
    name: str
    kecamatan: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Zone:
    """What a place belongs to.

    On land of the city: `adm_code`, `kelurahan`, `kecamatan`. On other land: these are None. At sea:
    `water_area` (None far from the city). `jurisdiction`: the city's code on its land and in its own
    waters, else None. `shore_distance_m`: geodesic to the nearest land of the city, 0 on it;
    `land_distance_m`: to the nearest land of anyone. `nearest_kelurahan`: its code.
    """

    domain: Literal["land", "sea"]
    adm_code: str | None
    kelurahan: str | None
    kecamatan: str | None
    water_area: str | None
    jurisdiction: str | None
    shore_distance_m: float
    land_distance_m: float
    nearest_kelurahan: str


def load_kelurahan(path: Path) -> tuple[Kelurahan, ...]:
    """Kelurahan of a map file, in order of their codes. Raises: BadLayer."""
    features = load_features(path, POLYGONS, required=("kemendagri_code", "kelurahan", "kecamatan"))
    found = (
        Kelurahan(
            feature.properties["kemendagri_code"],
            feature.properties["kelurahan"],
            feature.properties["kecamatan"],
            feature.geometry,
        )
        for feature in features
    )
    return tuple(sorted(found, key=lambda kelurahan: kelurahan.code))


def load_zones(
    kelurahan_file: Path, coast_file: Path, projector: Projector, area: Area, city_code: str
) -> "ZoneIndex":
    """The index of a city from its two map files, with the default limits. Raises: BadLayer."""
    return ZoneIndex(load_kelurahan(kelurahan_file), load_land(coast_file), projector, area, city_code)


class ZoneIndex:
    """Answers what a place belongs to; shareable between threads.

    The union of the kelurahan is taken for the city's own shore, being finer; coast polygons that show
    the same islands again are dropped, the others are the land around.
    """

    def __init__(
        self,
        kelurahan: Sequence[Kelurahan],
        coast: Iterable[Polygon],
        projector: Projector,
        area: Area,
        city_code: str,
        waters_limit_m: float = WATERS_LIMIT_M,
        named_waters_m: float = NAMED_WATERS_M,
    ) -> None:
        self.area = area
        self.city_code = city_code
        self.waters_limit_m = waters_limit_m
        self.named_waters_m = named_waters_m
        self._projector = projector
        self._kelurahan = tuple(sorted(kelurahan, key=lambda one: one.code))
        self.land = _combined_land([one.geometry for one in self._kelurahan], coast)
        self._villages = self._tree([one.geometry for one in self._kelurahan])
        self._islands = self._tree(self.land.geoms)

    def _tree(self, geometries: Iterable[BaseGeometry]) -> STRtree:
        return STRtree(shapely.transform(list(geometries), self._projector.forward_array))

    @property
    def kelurahan(self) -> tuple[Kelurahan, ...]:
        """The kelurahan, in order of their codes."""
        return self._kelurahan

    def locate(self, point: LonLat) -> Zone:
        """What the place belongs to. On a common border the lower code wins, so that answers repeat.

        Raises: OutsideArea or SwappedCoordinate when the place is not in the city's area, where nothing
        is known of land and sea.
        """
        self.area.require(point)
        place = shapely.Point(self._projector.forward(point))
        nearest, shore_m = self._nearest(self._villages, place, point)
        village = self._kelurahan[nearest]
        if shore_m == 0.0:
            names = (village.code, village.name, village.kecamatan)
            return Zone("land", *names, None, self.city_code, 0.0, 0.0, village.code)
        _, land_m = self._nearest(self._islands, place, point)
        if land_m == 0.0:
            return Zone("land", None, None, None, None, None, shore_m, 0.0, village.code)
        named = shore_m <= self.named_waters_m
        return Zone(
            "sea",
            None,
            None,
            None,
            WATER_AREA.format(kelurahan=village.name) if named else None,
            self.city_code if shore_m <= self.waters_limit_m else None,
            shore_m,
            land_m,
            village.code,
        )

    def _nearest(self, tree: STRtree, place: shapely.Point, point: LonLat) -> tuple[int, float]:
        """Lowest index among the nearest shapes, and the geodesic distance to it."""
        _, (grid_m, *_) = tree.query_nearest(place, return_distance=True)
        near = int(np.min(tree.query(place, predicate="dwithin", distance=grid_m + _TIE_M)))
        if grid_m <= _TIE_M:
            return near, 0.0
        foot = shapely.get_coordinates(shapely.shortest_line(place, tree.geometries[near]))[1:]
        return near, geodesic_m(point, LonLat(*self._projector.inverse_array(foot)[0]))


def _combined_land(city: Sequence[BaseGeometry], coast: Iterable[Polygon]) -> MultiPolygon:
    """One MultiPolygon of the city's own shore and the land around it, WGS 84."""
    own = shapely.union_all(city)
    islands = STRtree(shapely.get_parts(own))
    around = []
    for polygon in coast:
        shared = islands.query(polygon, predicate="intersects")
        own_area = float(shapely.area(islands.geometries[shared]).sum())
        # A coast polygon much larger than the islands it overlaps is a mainland that the city lies on.
        if not len(shared) or polygon.area > _SAME_ISLAND * own_area:
            around.append(polygon)
    return MultiPolygon(shapely.get_parts(shapely.union_all([own, *around])).tolist())
