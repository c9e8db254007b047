"""What lists of calls say of one: its kind, its place in broad words, its units, how its clocks went.

Only facts without people: the words of a place or a report are never in a list.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.case import Case, intervals
from domain.clock import judged_s
from domain.response_plan import ResponsePlan
from domain.words import CallClass, CaseStatus, StepState
from export.paper.words import NOTHING, duration, label

OUTSIDE = "di luar kota"


@dataclass(frozen=True, slots=True)
class Caller:
    """A number that called more than once, known by its keyed hash only: letter, mask, calls by class."""

    code: str
    masked: str
    prank: int
    ghost: int
    first_at: datetime
    last_at: datetime

    @property
    def calls(self) -> int:
        """All of its calls in the list."""
        return self.prank + self.ghost


def kind_of(case: Case, plan: ResponsePlan) -> str:
    """Return the incident type in words; a code that no plan knows as it is."""
    code = case.incident.type_code
    if code is None:
        return NOTHING
    kind = plan.types.get(code)
    return code if kind is None else f"{kind.label} ({code})"


def place_of(case: Case) -> str:
    """Return the kelurahan or the waters; a place on the map that is in neither is outside the city."""
    place = case.location
    named = place.kelurahan or place.water_area
    return named or (OUTSIDE if place.point is not None else NOTHING)


def units_of(case: Case) -> str:
    """Return the codes of the units that were sent."""
    sent = sorted({unit.unit_code for unit in case.assignments if unit.dispatched_at is not None})
    return ", ".join(sent) or NOTHING


def outcome_of(case: Case, call_nos: Mapping[str, str]) -> str:
    """Return how a case ended, or where it stands. `call_nos`: numbers of cases that others merged into."""
    if case.status is CaseStatus.MERGED:
        return f"Digabung ke {call_nos.get(case.merged_into or '', 'kasus lain')}"
    if case.outcome is not None and not case.is_open:
        return case.outcome.label
    if case.outcome is not None:
        return f"{case.outcome.label} ({case.status.label})"
    return f"berjalan: {case.status.label}" if case.is_open else case.status.label


def response_of(case: Case) -> str:
    """Return the time from report to first arrival."""
    return duration(intervals(case).response_s)


def clocks_of(case: Case) -> str:
    """Return how many finished steps were in time, and which were late (step 6 by its longest silence)."""
    done = [step for step in case.steps if step.state is StepState.DONE]
    late = [step.no for step in done if (judged_s(case, step.no) or 0) > step.target_s]
    if not done:
        return NOTHING
    share = f"{len(done) - len(late)}/{len(done)} tepat"
    return f"{share}; lambat: {', '.join(map(str, late))}" if late else share


def callers(cases: Iterable[Case]) -> dict[str, Caller]:
    """Return, by keyed hash, the numbers that made more than one prank or ghost call among `cases`.

    Letters go by the first call, A to Z, then AA; they hold for this paper only.
    """
    by_ref: dict[str, list[Case]] = {}
    for case in sorted(cases, key=lambda one: (one.call.received_at, one.call_no)):
        if case.call.reporter_ref is not None and case.call.call_class in (CallClass.PRANK, CallClass.GHOST):
            by_ref.setdefault(case.call.reporter_ref, []).append(case)
    repeated = {ref: calls for ref, calls in by_ref.items() if len(calls) > 1}
    return {
        ref: Caller(
            letters(place),
            calls[-1].call.reporter_phone_masked or NOTHING,
            sum(case.call.call_class is CallClass.PRANK for case in calls),
            sum(case.call.call_class is CallClass.GHOST for case in calls),
            calls[0].call.received_at,
            calls[-1].call.received_at,
        )
        for place, (ref, calls) in enumerate(repeated.items())
    }


def letters(place: int) -> str:
    """Return the `place`-th code from 0: A … Z, AA, AB …"""
    code = ""
    place += 1
    while place > 0:
        place, letter = divmod(place - 1, 26)
        code = chr(ord("A") + letter) + code
    return code


def channel_of(case: Case) -> str:
    """Return the channel and the masked number."""
    masked = case.call.reporter_phone_masked
    return label(case.call.channel) + (f" {masked}" if masked else "")
