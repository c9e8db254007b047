"""What a case should leave to other open cases, though it is nearest here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.case import Case
from domain.errors import BadInput
from domain.joint import Trade, Want, open_places, trade
from domain.response_plan import Requirement
from domain.suggest import is_assumed_at_station
from domain.units import UnitState
from geo.errors import GeoError
from services import registry
from services.center import Center
from services.suggestion import Suggested, suggest_for

MOST = 5
"""At most so many other cases are weighed, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A trade, and how many other cases were weighed for it."""

    trade: Trade
    weighed: int


def advice(
    center: Center, now: datetime, case: Case, found: Suggested, others: Sequence[Case]
) -> Advice | None:
    """Return what `case` should leave to others, or None.

    found: the suggestion for the case; others: the other open cases that take units, the most urgent first.
    Cases without a place or a type, and those whose plan is filled, are not weighed.
    """
    states = {s.unit.unit_code: s for s in registry.unit_states(center, now)}
    first = _want(center, case, found, states)
    if not first.places:
        return None
    wants: list[Want] = []
    for other in others:
        if len(wants) == MOST:
            break
        try:
            if not _open_places(center, other, states):
                continue  # its plan is filled; asking costs little, the whole suggestion much
            want = _want(center, other, suggest_for(center, now, other, with_coverage=False), states)
        except (BadInput, GeoError):
            continue  # it has no place or no type yet: nothing can be weighed for it
        if want.arrivals.keys() & first.arrivals.keys():
            wants.append(want)
    agreed = trade(first, wants, states)
    return None if agreed is None else Advice(agreed, len(wants))


def _want(center: Center, case: Case, found: Suggested, states: dict[str, UnitState]) -> Want:
    """Return what a case needs and who could be there when; a unit whose place is assumed is no offer."""
    arrivals = {
        c.state.unit.unit_code: c.reach.eta_s
        for c in found.suggestion.candidates
        if c.state.case_id != case.case_id and not is_assumed_at_station(c.state)
    }
    plan = registry.incident_type(center, found.suggestion.incident_type)
    priority = case.incident.priority or plan.priority
    return Want(case.case_id, priority, _open_places(center, case, states), arrivals)


def _open_places(center: Center, case: Case, states: dict[str, UnitState]) -> tuple[Requirement, ...]:
    """Return the places of a case's plan that its own units do not fill. Raises BadInput without a type."""
    own = [s for s in states.values() if s.case_id == case.case_id]
    kind = registry.incident_type(center, case.incident.type_code or "")
    return open_places(kind.at_alarm(case.alarm_level), own)
