"""Cases of the last 60 days for a server that is not running yet (SIGAP_VAR, SIGAP_DEMO say which).

Forty reports in the city and on its waters, most of them in its centre, and three handled fires.
"""

import random
from datetime import UTC, datetime, timedelta

from many_cases import a_unit_of, handled, reported

from domain.words import Domain
from geo.points import LonLat
from services.center import Settings, close_center, open_center

CENTRE, NORTH, WATER = LonLat(117.592, 3.308), LonLat(117.55, 3.38), LonLat(117.70, 3.28)


def main() -> None:
    """Fill the database that the environment names."""
    center = open_center(Settings.from_environment())
    draw = random.Random(1067)
    now = datetime.now(UTC)
    try:
        for no in range(40):
            place = draw.choices((CENTRE, NORTH, WATER), weights=(6, 2, 2))[0]
            near = LonLat(place.lon + draw.uniform(-0.02, 0.02), place.lat + draw.uniform(-0.02, 0.02))
            domain = Domain.SEA if place is WATER else Domain.LAND
            at = now - timedelta(days=1 + 1.45 * no, hours=draw.uniform(0, 24))
            reported(center, at, "S-MOB" if domain is Domain.SEA else "L-ANI", domain, near)
        fire = a_unit_of(center, "PMK")
        for days, arrives_min in ((3, 12), (20, 20), (40, 30)):
            at = now - timedelta(days=days)
            handled(center, at, "L-FIR1", Domain.LAND, CENTRE, fire, arrives_min=arrives_min)
    finally:
        close_center()


if __name__ == "__main__":
    main()
