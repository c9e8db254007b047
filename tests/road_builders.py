"""An invented road of Tarakan for tests: the way round between two places side by side."""

import numpy as np

from geo.road_network import ROAD_CLASSES, RoadEdges, write_roads
from services.center import Center
from services.roads import network_path

DETOUR = [(117.5885, 3.307), (117.5885, 3.320), (117.6000, 3.320), (117.6000, 3.307)]


def an_invented_road(center: Center) -> None:
    """Install a network of one secondary road."""
    write_roads(
        network_path(center.settings),
        RoadEdges(
            lonlat=np.array(DETOUR),
            first=np.array([0, len(DETOUR)]),
            road_class=np.array([ROAD_CLASSES.index("secondary")]),
            oneway=np.array([False]),
            maxspeed_kmh=np.array([np.nan]),
            name=(None,),
            way_id=np.array([1]),
            from_node=np.array([1]),
            to_node=np.array([2]),
        ),
        "rekaan untuk uji",
    )
