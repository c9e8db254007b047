"""Kasus in a browser session that begins anew: what was typed is there, what was stored is not."""

from datetime import UTC, datetime, timedelta

import pytest
from open_cases import CITRA, classified, coordinated, recommended, sent

from domain.case import Actor, Victims
from domain.words import Outcome, Role
from services import drafts, handling, monitoring
from services.assignment import Progress
from services.change import CaseRef
from ui.state import ACTOR, OPEN_CASE, field

UJI = Actor("Uji", Role.DISPATCHER)


@pytest.fixture
def case(center):
    found = coordinated(center, classified(center))
    return sent(center, found, *recommended(center, found)[:1], progress=(Progress.DEPART,))


@pytest.fixture
def screen(page, case):
    """A new browser session at a tab of the case."""

    def opened(tab, **state):
        test = page("kasus", **{OPEN_CASE: case.case_id, key(case, "tab"): tab, **state})
        return test.run()

    return opened


def key(case, name):
    return field(f"case-{case.case_id}", name)


def box(boxes, case, form, name):
    start = f"{form}-{case.case_id}-"
    (found,) = [one for one in boxes if one.key.startswith(start) and one.key.endswith(f":{name}")]
    return found


def restored(test):
    return "Isian yang belum disimpan dipulihkan" in " ".join(str(one.value) for one in test.markdown)


def test_a_report_that_is_being_typed_comes_back_and_is_gone_once_stored(center, case, screen):
    test = screen("progress")
    assert not restored(test)
    test.text_area(key=key(case, "sitrep_0")).set_value("Korban terlihat dari pantai").run()
    again = screen("progress")
    assert not again.exception
    assert restored(again)
    assert again.text_area(key=key(case, "sitrep_0")).value == "Korban terlihat dari pantai"
    again.button(key=key(case, "add_sitrep")).click().run()
    assert monitoring.get(center, case.case_id).sitreps[-1].text == "Korban terlihat dari pantai"
    last = screen("progress")
    assert not restored(last)
    assert last.text_area(key=key(case, "sitrep_1")).value == ""


def test_a_text_stays_while_another_tab_is_open(case, screen):
    test = screen("progress")
    test.text_area(key=key(case, "sitrep_0")).set_value("Ombak 2 m").run()
    test.segmented_control(key=key(case, "tab")).set_value("units").run()
    test.segmented_control(key=key(case, "tab")).set_value("progress").run()
    assert test.text_area(key=key(case, "sitrep_0")).value == "Ombak 2 m"


def test_looking_at_a_case_keeps_no_draft(center, case, screen):
    for tab in ("progress", "outcome", "units", "report"):
        screen(tab).run()
    assert not list(center.settings.data_dir.glob("drafts/*.draft"))


def test_somebody_else_does_not_find_it(case, screen):
    screen("progress").text_area(key=key(case, "sitrep_0")).set_value("rahasia").run()
    other = screen("progress", **{ACTOR: Actor("Lain", Role.DISPATCHER)})
    assert other.text_area(key=key(case, "sitrep_0")).value == ""


def test_victims_come_back_and_on_other_facts_only_as_text(center, case, screen):
    test = screen("outcome")
    box(test.selectbox, case, "outcome", "outcome").set_value(Outcome.RESCUED)
    box(test.number_input, case, "outcome", "total").set_value(3).run()
    box(test.text_input, case, "outcome", "destination").set_value("RSUD").run()
    again = screen("outcome")
    assert not again.exception
    assert box(again.number_input, case, "outcome", "total").value == 3
    assert box(again.selectbox, case, "outcome", "outcome").value is Outcome.RESCUED
    assert box(again.text_input, case, "outcome", "destination").value == "RSUD"

    handling.record_outcome(
        center, datetime.now(UTC), CITRA, CaseRef(case.case_id), Outcome.EVACUATED, Victims(), ""
    )
    late = screen("outcome")
    assert box(late.number_input, case, "outcome", "total").value == 0
    told = " ".join(str(one.value) for one in late.info)
    assert "belum disimpan" in told
    assert "RSUD" in told


def test_a_draft_of_yesterday_is_not_put_back(center, case, screen):
    old = datetime.now(UTC) - timedelta(hours=13)
    drafts.keep(center, old, UJI, f"case-{case.case_id}", {"sitrep_0": "kemarin"})
    assert screen("progress").text_area(key=key(case, "sitrep_0")).value == ""
