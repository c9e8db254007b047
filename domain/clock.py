"""The SOP clock: how each running step stands against its standard, computed from stored times only.

Green up to a share of the standard that the SOP's file gives (80 %), yellow up to all of it, red beyond
(domain.md 1.4). Step 6's standard is
the longest interval between situation reports (domain.md 1.3, item 5), so its clock starts again with
each report.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.case import Case, StepRecord
from domain.guards import longest_silence_s
from domain.sop import Sop
from domain.words import StepState, Urgency


@dataclass(frozen=True, slots=True)
class StepClock:
    """One step's clock at a moment; seconds, `remaining_s` negative when late, None when not running."""

    no: int
    state: StepState
    target_s: int
    started_at: datetime | None
    counts_from: datetime | None
    due_at: datetime | None
    elapsed_s: int | None
    remaining_s: int | None
    urgency: Urgency | None


def step_clock(case: Case, no: int, sop: Sop, now: datetime) -> StepClock:
    """Return the clock of step `no` at `now`.

    A finished step shows what it took, with the urgency it ended in; a pending or skipped one shows
    no time. A finished step 6 is judged by its longest silence (`judged_s`). Step 7 may be begun while
    the operation goes on; its clock runs from the end of step 6.
    """
    step = case.step(no)
    target_s = sop.sitrep_interval_s if no == 6 else step.target_s
    if step.state is StepState.DONE and step.finished_at is not None:
        began = step.finished_at - timedelta(seconds=judged_s(case, no) or 0)
        return _clock(step, target_s, sop.soon_share, began, step.finished_at)
    if step.state is not StepState.IN_PROGRESS or step.started_at is None:
        return StepClock(no, step.state, target_s, step.started_at, None, None, None, None, None)
    if no == 7 and case.step(6).state is StepState.IN_PROGRESS:
        return StepClock(no, step.state, target_s, step.started_at, None, None, None, None, None)
    counts_from = step.started_at
    if no == 6:
        counts_from = max((counts_from, *(s.at for s in case.sitreps if s.at <= now)))
    return _clock(step, target_s, sop.soon_share, counts_from, now)


def step_clocks(case: Case, sop: Sop, now: datetime) -> tuple[StepClock, ...]:
    """Return the nine clocks of a case at `now`."""
    return tuple(step_clock(case, no, sop, now) for no in range(1, 10))


def most_pressing(clocks: tuple[StepClock, ...]) -> StepClock | None:
    """Return the running clock with the least time left, or None when none runs."""
    running = [c for c in clocks if c.state is StepState.IN_PROGRESS and c.remaining_s is not None]
    return min(running, key=lambda c: (c.remaining_s or 0, c.no), default=None)


def urgency(elapsed_s: float, target_s: float, soon_share: float) -> Urgency:
    """Return safe up to `soon_share` of the standard, soon up to all of it, late beyond."""
    if elapsed_s > target_s:
        return Urgency.LATE
    return Urgency.SOON if elapsed_s > soon_share * target_s else Urgency.SAFE


def _clock(step: StepRecord, target_s: int, soon_share: float, start: datetime, end: datetime) -> StepClock:
    # Below zero when the machine's clock was set back meanwhile.
    elapsed_s = max(0, int((end - start).total_seconds()))
    return StepClock(
        no=step.no,
        state=step.state,
        target_s=target_s,
        started_at=step.started_at,
        counts_from=start,
        due_at=start + timedelta(seconds=target_s),
        elapsed_s=elapsed_s,
        remaining_s=target_s - elapsed_s,
        urgency=urgency(elapsed_s, target_s, soon_share),
    )


def judged_s(case: Case, no: int) -> int | None:
    """Return the seconds that a finished step is judged by; None while it is not finished.

    Step 6 is judged by its longest silence between situation reports, every other by its duration.
    """
    step = case.step(no)
    if step.state is not StepState.DONE or step.finished_at is None:
        return None
    return longest_silence_s(case, step.finished_at) if no == 6 else step.elapsed_s


def owes_reason(case: Case, no: int) -> bool:
    """Whether a finished step overran its standard and nobody has said why yet."""
    took = judged_s(case, no)
    step = case.step(no)
    told = step.overrun_reason or (no == 6 and case.reasons.late_sitrep)
    return took is not None and took > step.target_s and not told
