"""Three records that tests of formats open: a whole rescue, one without coordinates, one just opened."""

from dataclasses import replace

import strategies_records as world
from strategies_records import CONTEXT, PRIVATE, after

from domain.case import Location, Private
from export.record import case_record


def recorded(case, private=PRIVATE, profile="minimal"):
    return case_record(case, private, CONTEXT, sent_at=after(94.5), profile=profile)


RESCUE = recorded(world.closed_rescue())
UNPLACED = recorded(
    replace(world.registered_rescue(), register_no="2026/000124", location=Location(place_text="Pelabuhan"))
)
FRESH = recorded(world.opened(no=9), Private(""))
SELECTION = (RESCUE, UNPLACED, FRESH)
