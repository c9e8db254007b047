"""Pengerahan in a browser session that begins anew: what the officer ticked and unticked stands as it was."""

from open_cases import classified, coordinated, recommended

from domain.words import Role
from ui.state import OPEN_CASE


def test_a_unit_that_was_unticked_stays_so_after_a_reload(center, page):
    case = coordinated(center, classified(center))
    code = recommended(center, case)[0]
    box = f"pick_{case.case_id}_{code}"
    test = page("pengerahan", Role.DUTY_OFFICER, **{OPEN_CASE: case.case_id}).run()
    assert test.checkbox(key=box).value
    test.checkbox(key=box).uncheck().run()
    again = page("pengerahan", Role.DUTY_OFFICER, **{OPEN_CASE: case.case_id}).run()
    assert not again.checkbox(key=box).value
    again.checkbox(key=box).check().run()
    assert page("pengerahan", Role.DUTY_OFFICER, **{OPEN_CASE: case.case_id}).run().checkbox(key=box).value
