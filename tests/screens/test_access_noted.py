"""The screens note who sees personal data: the report's tab, a photo, the printed report, lists, files."""

from datetime import UTC, datetime

import open_cases as cases
from builders import a_photo

from domain.access_log import Seen, Way
from domain.case import Actor
from domain.words import Role
from services import access_log, handling, monitoring
from services.access_log import Wanted
from services.center import Center
from services.change import CaseRef
from services.review import Filter
from ui.case_record import report_file
from ui.case_sheet import CaseSheet
from ui.review_list import taken
from ui.state import EXPORT_TAB, OPEN_CASE, field

SUPERVISOR = Actor("Sari", Role.SUPERVISOR)
REPORT_TAB, PROGRESS_TAB = "report", "progress"


def noted(center: Center) -> set[tuple[Seen, Way, str]]:
    found = access_log.listed(center, SUPERVISOR, Wanted())
    return {(one.look.seen, one.look.way, one.look.name) for one in found}


def test_the_report_of_a_case_is_a_look_at_it_and_its_other_tabs_are_none(center: Center, page) -> None:
    case = cases.classified(center)
    for tab in ("details", "trail"):
        test = page(
            "kasus", Role.DISPATCHER, **{OPEN_CASE: case.case_id, field(f"case-{case.case_id}", "tab"): tab}
        )
        assert not test.run().exception
    assert noted(center) == set()
    test = page(
        "kasus",
        Role.DISPATCHER,
        **{OPEN_CASE: case.case_id, field(f"case-{case.case_id}", "tab"): REPORT_TAB},
    )
    assert not test.run().run().exception
    assert noted(center) == {(Seen.NARRATIVE, Way.SCREEN, "Uji")}
    assert len(access_log.listed(center, SUPERVISOR, Wanted(case_id=case.case_id))) == 1


def test_a_photo_and_the_printed_report_are_looks(center: Center, page) -> None:
    case = cases.sent(center, cases.coordinated(center, cases.classified(center)), "PMK-BRT-01")
    case = handling.attach(
        center, cases.ago(0), Actor("Fajar", Role.FIELD_OFFICER), CaseRef(case.case_id), "a.jpg", a_photo()
    )
    test = page(
        "kasus",
        Role.DISPATCHER,
        **{OPEN_CASE: case.case_id, field(f"case-{case.case_id}", "tab"): PROGRESS_TAB},
    )
    assert not test.run().exception
    now = datetime.now(UTC)
    view = monitoring.view(center, now, case.case_id)
    assert report_file(CaseSheet(view, SUPERVISOR, now, CaseRef(case.case_id))).startswith(b"%PDF")
    assert noted(center) == {(Seen.PHOTO, Way.SCREEN, "Uji"), (Seen.REPORT, Way.PAPER, "Sari")}


def test_lists_on_paper_and_files_of_many_cases_are_looks_at_all_their_cases(center: Center, page) -> None:
    case = cases.classified(center)
    test = page("ekspor", Role.CALL_TAKER, **{EXPORT_TAB: "Cetak"}).run()
    test.button(key=field("papers", "make-register")).click().run()
    assert not test.exception
    assert taken(SUPERVISOR, Filter(until=cases.ago(600)), "csv")
    assert taken(SUPERVISOR, Filter(since=cases.ago(600)), "csv")
    assert noted(center) == {(Seen.CALLERS, Way.PAPER, "Uji"), (Seen.CASES, Way.FILE, "Sari")}
    of_case = access_log.listed(center, SUPERVISOR, Wanted(case_id=case.case_id))
    assert [one.look.cases for one in of_case] == [1, 1]
