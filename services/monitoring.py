"""What dispatchers watch: open cases with their clocks, worst first; units at work; one case whole."""

from dataclasses import dataclass
from datetime import datetime

from database import cases, reads
from domain.case import Actor, Case, Private
from domain.clock import StepClock, most_pressing, owes_reason, step_clocks
from domain.events import Event
from domain.guards import Check, checklist
from domain.permissions import Action, require
from domain.units import UnitState
from domain.words import N_, Label, StepState, UnitStatus, Urgency
from services import access_log, registry
from services.access_log import Seen, Way
from services.center import Center

OFFICE = frozenset(("account", "token", "trail", "duty", "backup", "privacy", "subject", "system"))
"""What events are about that belong to running Sigap, not to a rescue."""
FEED_LOOKS = 4
"""Among how many times as many events the feed looks for those that it shows."""


class RevealPurpose(Label):
    """Why personal data is shown in full."""

    CALL_BACK = "call_back", N_("Telepon balik kasus aktif")


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One open case: its clocks, and the one that presses most (None when none runs)."""

    case: Case
    clocks: tuple[StepClock, ...]
    pressing: StepClock | None

    @property
    def urgency(self) -> Urgency:
        """The urgency of the pressing clock; safe when none runs."""
        return self.pressing.urgency if self.pressing and self.pressing.urgency else Urgency.SAFE


@dataclass(frozen=True, slots=True)
class Board:
    """The whole board at a moment; `version` changes whenever something was stored."""

    rows: tuple[BoardRow, ...]
    units: tuple[UnitState, ...]
    version: int

    @property
    def cases(self) -> list[Case]:
        """The open cases, worst first."""
        return [row.case for row in self.rows]

    @property
    def late(self) -> int:
        """How many open cases have a late clock."""
        return sum(row.urgency is Urgency.LATE for row in self.rows)

    @property
    def committed(self) -> tuple[UnitState, ...]:
        """Units at work."""
        busy = (UnitStatus.DISPATCHED, UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE)
        return tuple(u for u in self.units if u.status in busy)


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case whole: clocks, the next step and what it needs, steps that owe a reason, the trail."""

    case: Case
    clocks: tuple[StepClock, ...]
    next_step: int | None
    checks: tuple[Check, ...]
    owing: tuple[int, ...]
    events: tuple[Event, ...]


_ORDER = {Urgency.LATE: 0, Urgency.SOON: 1, Urgency.SAFE: 2}


def board(center: Center, now: datetime) -> Board:
    """Return every open case, worst first (urgency, priority, time left, number), and every unit.

    The version is read first: a change that comes in between shows a newer version at the next look,
    never an older board under a newer version.
    """
    seen = version(center)
    rows = []
    for case in open_cases(center):
        clocks = step_clocks(case, center.pack.sop, now)
        rows.append(BoardRow(case, clocks, most_pressing(clocks)))
    rows.sort(key=_worst_first)
    return Board(tuple(rows), registry.unit_states(center, now), seen)


def open_cases(center: Center) -> list[Case]:
    """Return every open case, the oldest call first."""
    return list(center.db.kept("open_cases", reads.open_cases))


def version(center: Center) -> int:
    """Return the number of the newest event: while it stays, nothing on any board has changed."""
    return center.db.newest_event_seq()


def undecided(center: Center) -> tuple[str, ...]:
    """Return the ids of the open calls whose class nobody decided yet; cheap, for every screen."""
    return tuple(center.db.kept("undecided_calls", reads.undecided_calls))


def view(center: Center, now: datetime, case_id: str) -> CaseView:
    """Return one case whole. Raises NotFound."""
    reader = center.db.read()
    case = cases.get(reader, case_id)
    sop = center.pack.sop
    running = [step.no for step in case.steps if step.state is StepState.IN_PROGRESS]
    next_step = min(running) if running else None
    return CaseView(
        case=case,
        clocks=step_clocks(case, sop, now),
        next_step=next_step,
        checks=checklist(case, next_step, sop, now) if next_step else (),
        owing=tuple(no for no in range(1, 10) if owes_reason(case, no)),
        events=tuple(cases.events(reader, case_id)),
    )


def get(center: Center, case_id: str) -> Case:
    """Return one case. Raises NotFound."""
    return cases.get(center.db.read(), case_id)


def find(center: Center, number: str) -> str | None:
    """Return the id of the case with this call number or register number, or None."""
    line = reads.find_by_number(center.db.read(), number.strip())
    return line.case_id if line else None


def narrative(center: Center, case_id: str) -> str:
    """Return what the caller said (needed by everyone who works on the case)."""
    return cases.get_private(center.db.read(), case_id).narrative


def reveal(center: Center, now: datetime, actor: Actor, case_id: str, reason: str) -> Private:
    """Return the personal data in full and log who saw it and why (domain.md 3.1).

    An active case's call-back view is open to those who may call back; anything else to the supervisor.
    """
    case = cases.get(center.db.read(), case_id)
    active = case.is_open and reason == RevealPurpose.CALL_BACK.value
    require(actor, Action.LOG_CALLBACK if active else Action.REVEAL_IDENTITY)
    with center.db.write() as writer:
        seen = Seen.CALL_BACK if active else Seen.IDENTITY
        why = "" if active else reason
        access_log.store_now(writer, now, actor, seen, Way.SCREEN, case_ids=(case_id,), reason=why)
        cases.append_event(
            writer,
            actor,
            "identity",
            case_id,
            Action.REVEAL_IDENTITY.value,
            {},
            {"reason": reason},
            occurred_at=now,
            entered_at=now,
        )
    return cases.get_private(center.db.read(), case_id)


def feed(center: Center, limit: int = 30) -> list[Event]:
    """Return the newest events of the work itself, newest first; sign-ins and the like are not among them."""
    newest = cases.latest_events(center.db.read(), FEED_LOOKS * limit)
    return [event for event in newest if event.entity not in OFFICE][:limit]


def _worst_first(row: BoardRow) -> tuple[int, int, int, str]:
    left = row.pressing.remaining_s if row.pressing and row.pressing.remaining_s is not None else 10**9
    return (_ORDER[row.urgency], row.case.incident.priority or 9, left, row.case.call_no)
