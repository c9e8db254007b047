"""A screen that nobody touches looks again while what it shows can change without an event."""

from datetime import datetime, timedelta

import open_cases as cases

from domain.positions import Source
from services import monitoring, registry, weather
from services.center import Center
from services.positions import Reading, take
from ui.live import LOOK_AGAIN_S, OTHERS_EVERY_S, Shown, next_move


def soon(moment: datetime | None, at: datetime) -> bool:
    """Return whether a moment comes within the time that is promised, and not at once."""
    return moment is not None and LOOK_AGAIN_S / 2 < (moment - at).total_seconds() <= LOOK_AGAIN_S


def test_only_while_units_move_and_when_the_weather_lapses(center: Center) -> None:
    """A position is no event: without this an arrival of ten minutes ago would be promised."""
    at = cases.ago(0)

    def looks() -> datetime | None:
        return next_move(center, registry.unit_states(center, at), at)

    assert looks() is None
    weather.tell(center, at, cases.CITRA, wave_m=1.0, wind_from_deg=None, wind_kn=None)
    lapses = at + timedelta(seconds=center.pack.city.weather_valid_s + 1)
    assert looks() == lapses
    take(center, at, Source.GEOJSON, None, [Reading(cases.ON_LAND, at, unit_code="AMB-112-01")])
    assert soon(looks(), at)
    assert looks() != looks(), "all screens would be drawn anew in the same second"


def test_a_crew_that_gets_ready_counts_as_moving(center: Center) -> None:
    case = cases.coordinated(center, cases.classified(center))
    cases.sent(center, case, cases.recommended(center, case)[0])
    at = cases.ago(0)
    assert soon(next_move(center, registry.unit_states(center, at), at), at)


def test_a_page_of_one_case_shows_its_changes_at_once_and_others_a_little_later(center: Center) -> None:
    case, other, at = cases.classified(center), cases.classified(center), cases.ago(0)
    shown = Shown(monitoring.get(center, case.case_id), at)
    cases.coordinated(center, other)
    assert not shown.is_outdated(center, at)
    assert not shown.is_outdated(center, at + timedelta(seconds=OTHERS_EVERY_S - 1))
    assert shown.is_outdated(center, at + timedelta(seconds=OTHERS_EVERY_S))
    assert shown.is_outdated(center, at - timedelta(seconds=1)), "a clock that was set back"
    cases.coordinated(center, case)
    assert shown.is_outdated(center, at)
