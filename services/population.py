"""How many people live in each H3 cell: the kelurahan's inhabitants shared out by land area, an estimate."""

import threading

from geo.cells import spread
from geo.points import Projector
from services.center import Center

_lock = threading.Lock()
_known: dict[tuple[str, int], dict[int, float]] = {}


def inhabitants(center: Center, resolution: int) -> dict[int, float] | None:
    """Return the inhabitants of each cell that has land of the city; None where the city pack counts none.

    A cell at sea is not in it: nobody lives there. Inside a kelurahan people do not live evenly, so a cell's
    number is an estimate even where the kelurahan's was counted.
    """
    pack = center.pack
    if pack.population is None:
        return None
    wanted = pack.digest, resolution
    with _lock:
        if wanted not in _known:
            zones = {one.code: one.geometry for one in pack.zones.kelurahan}
            for old in [key for key in _known if key[0] != pack.digest]:
                del _known[old]
            projector = Projector(pack.city.epsg)
            _known[wanted] = spread(pack.population.by_kelurahan, zones, resolution, projector)
        return _known[wanted]
