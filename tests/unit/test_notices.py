"""What an agency is told, when it is tried again, and when nobody need be told any more."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import DEDI, a_case_at, at, plan
from hypothesis import given
from hypothesis import strategies as st

from domain.case import Location
from domain.errors import BadInput, TimeRunsBackwards
from domain.moves import coordination
from domain.notices import (
    TRIES,
    DeliveryState,
    Failure,
    NoticeDelivery,
    NoticeKind,
    Way,
    compose,
    needless,
    next_try,
    tasks,
)
from domain.response_plan import IncidentType, Requirement
from domain.words import CaseStatus, Domain, NoticeMethod, NoticeResult

S = CaseStatus
KINDS = list(NoticeKind)
FIRE = IncidentType(
    "F",
    "Kebakaran",
    Domain.LAND,
    1,
    "SAR",
    (Requirement("SAR", "boat", 2), Requirement("SAR"), Requirement("MEDIS")),
)


def notice(kind=NoticeKind.NOTIFY, agency="SAR", place="Jl. Contoh", **more):
    case = replace(a_case_at(S.CLASSIFIED), location=Location(lon=117.6, lat=3.3, kelurahan="Pamusian"))
    told = {"plan": FIRE, "capabilities": {"boat": "Perahu"}, "is_example": False} | more
    return compose(case, kind, agency, place_text=place, **told)


def test_a_pre_alert_says_that_nobody_is_ordered_and_a_notification_what_is_asked():
    assert notice(NoticeKind.PRE_ALERT).text.startswith("PERINGATAN AWAL, belum diperintahkan berangkat.")
    assert "Siapkan: 2 Perahu." in notice(NoticeKind.PRE_ALERT).text
    assert "Diminta: 2 Perahu." in notice().text
    assert "belum diperintahkan" not in notice().text
    assert "Diminta: koordinasi." in notice(agency="MEDIS").text


def test_latitude_and_longitude_are_named_where_they_stand():
    assert "Koordinat (lintang, bujur): 3.30000, 117.60000." in notice().text


def test_what_is_not_known_is_said_so():
    bare = replace(a_case_at(S.CLASSIFIED), location=Location())
    text = compose(
        bare, NoticeKind.PRE_ALERT, "SAR", place_text="", plan=None, capabilities={}, is_example=False
    ).text
    assert "Jenis: belum dipastikan." in text
    assert "Tempat: belum diketahui." in text
    assert "Koordinat" not in text


def test_an_example_says_first_that_it_is_one():
    assert notice(is_example=True).text.startswith("CONTOH, bukan kejadian sungguhan.")
    assert notice(is_example=True).subject.startswith("CONTOH ")
    assert "CONTOH" not in notice().text + notice().subject


@given(place=st.text(max_size=200), kind=st.sampled_from(KINDS))
def test_the_subject_is_one_line_without_a_place(place, kind):
    assert "\n" not in notice(kind, place=place).subject
    assert notice(kind, place=place).subject == notice(kind, place="").subject


@pytest.mark.parametrize("failure", Failure)
def test_only_what_may_pass_is_tried_again_three_times_within_two_minutes(failure):
    moment, attempts = at(0), 1
    while (again := next_try(attempts, failure, moment)) is not None:
        assert again > moment
        moment, attempts = again, attempts + 1
    assert attempts == (TRIES if failure.may_pass else 1)
    assert moment - at(0) <= timedelta(minutes=2)


def test_a_pre_alert_is_needless_once_the_agency_is_told_and_a_notice_once_it_answered():
    case = coordination.pre_alert(a_case_at(S.CLASSIFIED), DEDI, at(3))
    assert not needless(case, NoticeKind.PRE_ALERT, "SAR")
    case = coordination.notify(case, DEDI, at(5), ("SAR",), NoticeMethod.SCREEN)
    assert needless(case, NoticeKind.PRE_ALERT, "SAR")
    assert not needless(case, NoticeKind.PRE_ALERT, "MEDIS")
    assert not needless(case, NoticeKind.NOTIFY, "SAR")
    case = coordination.answer_notice(case, DEDI, at(6), "SAR", NoticeResult.DECLINED, "rusak")
    assert needless(case, NoticeKind.NOTIFY, "SAR")


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_need_be_told_of_what_is_waived_unknown_or_over(kind):
    case = a_case_at(S.CLASSIFIED)
    waived = coordination.waive_agency(case, DEDI, at(4), "SAR", "libur")
    assert needless(waived, kind, "SAR")
    assert needless(case, kind, "ASING")
    for status in (S.UPDATING, S.REGISTERED, S.CLOSED, S.MERGED, S.RECEIVED):
        assert needless(replace(case, status=status), kind, "MEDIS")


def test_a_pre_alert_marks_the_required_ones_that_were_not_told():
    case = coordination.notify(a_case_at(S.CLASSIFIED), DEDI, at(3), ("SAR",), NoticeMethod.PHONE)
    case = coordination.waive_agency(case, DEDI, at(3), "KSOP", "libur")
    case = coordination.pre_alert(case, DEDI, at(4))
    assert {line.code: line.pre_alerted_at for line in case.agencies} == {
        "SAR": None,
        "MEDIS": at(4),
        "KSOP": None,
        "PMI": None,
    }
    assert coordination.pre_alert(case, DEDI, at(5)) == case


def test_a_pre_alert_needs_somebody_to_tell_and_comes_after_step_2():
    case = a_case_at(S.CLASSIFIED)
    with pytest.raises(BadInput):
        coordination.pre_alert(replace(case, agencies=()), DEDI, at(4))
    with pytest.raises(TimeRunsBackwards):
        coordination.pre_alert(case, DEDI, at(0))


def test_only_who_was_told_can_have_been_telephoned_instead():
    case = a_case_at(S.VERIFIED)
    with pytest.raises(BadInput):
        coordination.telephoned(case, DEDI, at(5), "SAR")
    case = coordination.notify(case, DEDI, at(5), ("SAR",), NoticeMethod.SCREEN)
    line = coordination.telephoned(case, DEDI, at(6), "SAR").notice("SAR")
    assert (line.method, line.notified_at) == (NoticeMethod.PHONE, at(5))


def test_calls_to_make_are_listed_notifications_first_and_only_while_needed():
    case = coordination.pre_alert(a_case_at(S.CLASSIFIED), DEDI, at(3))
    case = coordination.notify(case, DEDI, at(5), ("SAR",), NoticeMethod.SCREEN)

    def call(agency, kind, state=DeliveryState.QUEUED, way=Way.PHONE):
        told = notice(kind, agency)
        return NoticeDelivery(agency + kind, case.case_id, agency, kind, way, 0, state, told, at(3), at(3))

    listed = tasks(
        case,
        [
            call("MEDIS", NoticeKind.PRE_ALERT),
            call("SAR", NoticeKind.PRE_ALERT),
            call("SAR", NoticeKind.NOTIFY),
            call("KSOP", NoticeKind.PRE_ALERT, DeliveryState.SENT),
            call("KSOP", NoticeKind.PRE_ALERT, way=Way.EMAIL),
        ],
    )
    assert [(one.agency, one.kind) for one in listed] == [
        ("SAR", NoticeKind.NOTIFY),
        ("MEDIS", NoticeKind.PRE_ALERT),
    ]


def test_the_plan_of_these_tests_requires_three():
    assert plan().required_agencies == ("SAR", "MEDIS", "KSOP")
