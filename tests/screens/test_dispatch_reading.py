"""One working-out for all who look at a case; never older than what was stored, nor than two seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta

import open_cases as cases
import pytest
from streamlit.testing.v1 import AppTest

from domain.case import Actor, Case
from domain.errors import SigapError
from domain.words import Role
from services import monitoring, registry, weather
from services.center import Center
from ui.dispatch_reading import KEEP, Reading, Readings
from ui.state import OPEN_CASE

Page = Callable[..., AppTest]

ADE = Actor("Ade", Role.ADMIN)


def read(readings: Readings, center: Center, case: Case, at: datetime) -> Reading:
    board = monitoring.board(center, at)
    row = next(row for row in board.rows if row.case.case_id == case.case_id)
    return readings.of(center, at, row, board)


def test_the_same_is_given_until_something_is_stored_or_it_is_old(center: Center) -> None:
    case, readings, at = cases.classified(center), Readings(), cases.ago(0)
    first = read(readings, center, case, at)
    assert read(readings, center, case, at + KEEP / 2) is first
    assert read(readings, center, case, at + KEEP) is not first
    again = read(readings, center, case, at + KEEP)
    assert read(readings, center, case, at) is not again, "a clock that was set back makes nothing younger"
    newest = read(readings, center, case, at)
    weather.tell(center, at, cases.CITRA, wave_m=1.0, wind_from_deg=None, wind_kn=None)
    assert read(readings, center, case, at) is not newest


def test_each_case_has_its_own_and_a_refusal_is_not_kept(center: Center) -> None:
    one, other, readings, at = cases.classified(center), cases.classified(center), Readings(), cases.ago(0)
    assert read(readings, center, one, at).found.place == read(readings, center, other, at).found.place
    assert read(readings, center, one, at) is not read(readings, center, other, at)
    bare = cases.classified(center, point=None)
    for _ in range(2):
        with pytest.raises(SigapError):
            read(readings, center, bare, at)


def test_of_very_many_units_the_nearest_are_listed_and_the_others_on_request(
    center: Center, page: Page
) -> None:
    like = next(entry.row for entry in registry.entries(center, "unit") if entry.code == "AMB-112-01")
    for n in range(40):
        registry.put(center, cases.ago(60), ADE, "unit", {**like, "unit_code": f"AMB-X-{n:02}"}, None)
    case = cases.coordinated(center, cases.classified(center))
    shown = page("pengerahan", Role.DUTY_OFFICER, **{OPEN_CASE: case.case_id}).run()
    assert not shown.exception
    listed = {box.key for box in shown.checkbox}
    assert {f"pick_{case.case_id}_{code}" for code in cases.recommended(center, case)} <= listed
    button = shown.button(key=f"all_units_{case.case_id}")
    further = int("".join(letter for letter in button.label if letter.isdigit()))
    assert further >= 10
    button.click().run()
    assert len(shown.checkbox) == len(listed) + further
    assert timedelta(0) < KEEP <= timedelta(seconds=2)


def test_what_was_worked_out_of_an_older_board_is_not_taken_for_a_newer_one(center: Center) -> None:
    case, readings, at = cases.classified(center), Readings(), cases.ago(0)
    board = monitoring.board(center, at)
    row = next(row for row in board.rows if row.case.case_id == case.case_id)
    weather.tell(center, at, cases.CITRA, wave_m=1.0, wind_from_deg=None, wind_kn=None)
    before = readings.of(center, at, row, board)
    assert read(readings, center, case, at) is not before
