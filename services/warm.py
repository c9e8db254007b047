"""Works out after a start what the first suggestion would otherwise wait for."""

import gc
import logging
import threading
from typing import TYPE_CHECKING

from citypack.city import SEA_STATION_KINDS
from domain.errors import SigapError
from domain.words import Mode
from geo.errors import GeoError
from geo.roads import Vehicle
from services import registry
from services.coverage import coverage_map
from services.ways import ways

if TYPE_CHECKING:
    from services.center import Center

_log = logging.getLogger(__name__)


def run(center: "Center", stop: threading.Event) -> None:
    """Prepare what does not depend on an incident, one part after the other; leave off once `stop` is set.

    A road network that cannot be used is said when somebody asks for a way, not here.
    """
    try:
        here = ways(center)
        coverage_map(center)
    except (GeoError, SigapError):
        _log.exception("ways cannot be prepared")
        return
    places = registry.stations(center)
    movers = [
        (places[unit.station].position, Vehicle(unit.kind, unit.cruise_kmh))
        for unit in registry.units(center).values()
        if unit.mode is Mode.LAND
    ]
    for station in places.values():
        if stop.is_set():
            return
        if station.kind in SEA_STATION_KINDS:
            here.drives_kept(station.position, movers)
    # All of this stays: the collector need not look at it again and again (pauses of 100 ms and more).
    gc.collect()
    gc.freeze()
