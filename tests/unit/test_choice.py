"""Another choice than the suggested one needs a reason; the alarm level asks for more of the plan."""

from dataclasses import replace

import pytest
from builders import ADE, AGUS, ANI, DEDI, FAJAR, PUTRI, SARI, a_call_closed_as, a_case_at, at, plan
from hypothesis import given
from hypothesis import strategies as st

from domain.case import Proposal, SuggestedUnit
from domain.errors import BadInput, NotPermitted, SigapError
from domain.moves import response
from domain.moves.coordination import seed_checklist
from domain.moves.response import ProposedUnit, replacements
from domain.response_plan import Requirement
from domain.units import Unit
from domain.words import CallClass, CaseStatus, Mode

S = CaseStatus


def line(code, *capabilities, agency="PMK"):
    """A unit as it is chosen."""
    made = Unit(code, agency, "x", Mode.LAND, frozenset(capabilities or ("engine",)), "P", 30, 60, 90, 4)
    return ProposedUnit(made, 1000.0, 300.0, "estimate")


def hint(code, *fills, agency="PMK", eta_s=300.0):
    """A unit as it was suggested."""
    return SuggestedUnit(code, agency, fills or ("engine",), eta_s, "estimate")


def chosen(case, lines, hints=(), reason="", minute=7):
    return response.propose_units(case, PUTRI, at(minute), tuple(lines), tuple(hints), reason)


COORDINATED = a_case_at(S.COORDINATED)


# --- what needs a reason --------------------------------------------------------------------------


def test_a_unit_in_the_place_of_a_suggested_one_needs_a_reason_and_the_refusal_names_both():
    with pytest.raises(BadInput) as refused:
        chosen(COORDINATED, [line("C")], [hint("A")])
    assert refused.value.field == "choice_reason"
    sentence = refused.value.sentence()
    assert "A disarankan" in sentence and "C yang dipilih" in sentence
    with pytest.raises(BadInput):
        chosen(COORDINATED, [line("C")], [hint("A")], "  \n ")
    case = chosen(COORDINATED, [line("C")], [hint("A")], " kenal jalan ")
    assert case.proposals == (Proposal(at(7), "Putri", 1, (hint("A"),), ("C",), "kenal jalan"),)
    assert (case.proposals[0].passed_over, case.proposals[0].added) == (("A",), ("C",))


@pytest.mark.parametrize(
    ("codes", "why"),
    [
        (["A", "B"], "as suggested"),
        (["A"], "fewer"),
        (["A", "B", "C"], "more"),
        (["B", "A", "C", "D"], "many more"),
    ],
)
def test_more_or_fewer_units_need_no_reason(codes, why):
    case = chosen(COORDINATED, [line(code) for code in codes], [hint("A"), hint("B")])
    (kept,) = case.proposals
    assert kept.chosen == tuple(codes), why
    assert kept.reason is None
    assert kept.passed_over == tuple(code for code in ("A", "B") if code not in codes)
    assert kept.added == tuple(code for code in codes if code not in ("A", "B"))


@pytest.mark.parametrize(
    ("other", "is_in_its_place"),
    [
        (line("C", "engine", "tanker"), True),
        (line("C", "tanker"), False),
        (line("C", "engine", agency="BPBD"), False),
    ],
)
def test_in_its_place_is_a_unit_of_the_agency_that_can_do_something_asked_of_it(other, is_in_its_place):
    """A tanker beside no engine is one unit more and one fewer, not one for the other."""
    found = replacements(COORDINATED, [other], [hint("A", "engine", "animal")])
    assert found == ((("A", "C"),) if is_in_its_place else ())


def test_without_a_suggestion_there_is_nothing_to_explain_and_nothing_to_keep():
    case = chosen(COORDINATED, [line("C")])
    assert case.proposals == ()
    assert [unit.unit_code for unit in case.active_units] == ["C"]


@given(
    st.sets(st.sampled_from("ABCDE"), max_size=5),
    st.sets(st.sampled_from("ABCDE"), min_size=1, max_size=5),
    st.sampled_from(["", "jalan putus"]),
)
def test_a_reason_is_asked_exactly_when_units_of_one_kind_were_exchanged(suggested, picked, reason):
    """All units are alike here: an exchange is a suggested one left out beside one that was not suggested."""
    exchanged = bool(suggested - picked) and bool(picked - suggested)
    lines, hints = [line(c) for c in sorted(picked)], [hint(c) for c in sorted(suggested)]
    if exchanged and not reason:
        with pytest.raises(BadInput):
            chosen(COORDINATED, lines, hints, reason)
        return
    case = chosen(COORDINATED, lines, hints, reason)
    assert {unit.unit_code for unit in case.active_units} == picked
    assert len(case.proposals) == bool(suggested)
    if suggested:
        assert set(case.proposals[0].passed_over) == suggested - picked
        assert set(case.proposals[0].added) == picked - suggested
        assert case.proposals[0].reason == (reason or None)


# --- a second proposal ----------------------------------------------------------------------------


def test_what_the_case_has_already_is_suggested_again_and_was_not_passed_over():
    first = chosen(COORDINATED, [line("A")], [hint("A"), hint("B")])
    second = chosen(first, [line("B")], [hint("A"), hint("B")], minute=8)
    assert [kept.chosen for kept in second.proposals] == [("A",), ("B",)]
    assert second.proposals[1].suggested == (hint("B"),)
    assert (second.proposals[1].passed_over, second.proposals[1].added) == ((), ())
    third = chosen(second, [line("C")], [hint("A"), hint("B")], minute=9)
    assert third.proposals == second.proposals, "all that was suggested was there: one more is one more"


def test_a_withdrawn_unit_can_be_passed_over_like_any_other():
    first = chosen(COORDINATED, [line("A")], [hint("A")])
    taken_back = response.withdraw_unit(first, PUTRI, at(8), "A", "")
    with pytest.raises(BadInput):
        chosen(taken_back, [line("C")], [hint("A")], minute=9)
    assert len(chosen(taken_back, [line("C")], [hint("A")], "rusak", minute=9).proposals) == 2


def test_proposing_what_is_there_already_keeps_no_second_choice():
    first = chosen(COORDINATED, [line("A")], [hint("A"), hint("B")])
    assert chosen(first, [line("A")], [hint("A"), hint("B")], minute=8).proposals == first.proposals


def test_the_choice_is_kept_with_the_alarm_level_of_its_moment():
    raised = replace(COORDINATED, alarm_level=2)
    assert chosen(raised, [line("A")], [hint("A")]).proposals[0].alarm_level == 2


# --- the alarm level ------------------------------------------------------------------------------

TWO_LEVELS = replace(
    plan(),
    alarms=(
        (Requirement("SAR", "rib", 2), Requirement("TNI", "boat")),
        (Requirement("BAKAMLA"),),
    ),
)


def test_the_duty_officer_raises_the_alarm_and_the_new_agencies_join_the_checklist():
    before = {notice.code: notice for notice in COORDINATED.agencies}
    case = response.set_alarm(COORDINATED, PUTRI, at(8), 2, TWO_LEVELS)
    assert case.alarm_level == 2
    assert case.notice("TNI").required and case.notice("TNI").notified_at is None
    assert case.notice("BAKAMLA") is None
    assert {n.code: n for n in case.agencies if n.code in before} == before, "what was done stays"
    case = response.set_alarm(case, PUTRI, at(9), 3, TWO_LEVELS)
    assert case.notice("BAKAMLA").required
    lower = response.set_alarm(case, PUTRI, at(10), 1, TWO_LEVELS)
    assert lower.alarm_level == 1
    assert {code: lower.notice(code).required for code in ("TNI", "BAKAMLA", "SAR")} == {
        "TNI": False,
        "BAKAMLA": False,
        "SAR": True,
    }


@pytest.mark.parametrize("level", [-1, 0, 4, 99])
def test_an_alarm_level_that_the_plan_does_not_know_is_refused_with_its_range(level):
    with pytest.raises(BadInput) as refused:
        response.set_alarm(COORDINATED, PUTRI, at(8), level, TWO_LEVELS)
    assert refused.value.field == "alarm_level"
    assert "1 sampai 3" in refused.value.sentence()


@pytest.mark.parametrize("person", [ANI, DEDI, FAJAR, SARI, ADE, AGUS], ids=lambda actor: actor.role.value)
def test_nobody_but_the_duty_officer_sets_the_alarm(person):
    with pytest.raises(NotPermitted):
        response.set_alarm(COORDINATED, person, at(8), 2, TWO_LEVELS)


@pytest.mark.parametrize("status", [S.RECEIVED, S.UPDATING, S.REGISTERED, S.CLOSED, S.MERGED])
def test_the_alarm_is_set_only_while_units_may_still_be_asked_for(status):
    with pytest.raises(SigapError):
        response.set_alarm(a_case_at(status), PUTRI, at(60), 2, TWO_LEVELS)


def test_a_prank_has_no_alarm_and_none_is_set_before_its_time():
    with pytest.raises(SigapError):
        response.set_alarm(a_call_closed_as(CallClass.PRANK), PUTRI, at(8), 2, TWO_LEVELS)
    with pytest.raises(SigapError):
        response.set_alarm(COORDINATED, PUTRI, at(1.9), 2, TWO_LEVELS)


def test_a_checklist_of_another_type_at_this_alarm_asks_for_no_more_than_that_type_knows():
    raised = response.set_alarm(COORDINATED, PUTRI, at(8), 3, TWO_LEVELS)
    other = seed_checklist(raised, plan().at_alarm(raised.alarm_level))
    assert {n.code for n in other.agencies if n.required} == {"SAR", "MEDIS", "KSOP"}
