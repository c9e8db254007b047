"""Step 5: proposing, approving and sending units, each held by one case at a time; then their way."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from database import units as store
from database.connection import Writer
from domain.case import Actor, Case, SuggestedUnit
from domain.errors import BadInput, Need, UnitNotReady
from domain.moves import response as moves
from domain.moves.response import ProposedUnit
from domain.permissions import Action
from domain.suggest import Candidate
from domain.units import Unit
from domain.words import N_, Label, UnitStatus
from services import registry
from services.center import Center
from services.change import CaseRef, change, change_in


class Progress(Label):
    """A step of a unit's way, in order."""

    DEPART = "depart", N_("Berangkat")
    ARRIVE = "arrive", N_("Tiba")
    CLEAR = "clear", N_("Selesai bertugas")


@dataclass(frozen=True, slots=True)
class Promise:
    """What the suggestion promised of a unit: metres, seconds and by which method."""

    unit_code: str
    distance_m: float | None = None
    eta_s: float | None = None
    method: str | None = None


def promise(candidate: Candidate) -> Promise:
    """Return what a suggestion promises of a unit."""
    reach = candidate.reach
    return Promise(candidate.state.unit.unit_code, reach.distance_m, reach.eta_s, reach.method)


def suggested_unit(candidate: Candidate) -> SuggestedUnit:
    """Return a unit as it was suggested, to be kept beside the choice."""
    unit, reach = candidate.state.unit, candidate.reach
    return SuggestedUnit(unit.unit_code, unit.agency, candidate.fills, reach.eta_s, reach.method)


def propose(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    promises: tuple[Promise, ...],
    suggested: tuple[SuggestedUnit, ...] = (),
    reason: str = "",
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Propose units; each is held for this case for the city's hold time.

    suggested: what was recommended at that moment, stored beside the choice; reason: why units were chosen
    in the place of suggested ones. Raises BadInput for such a choice without a reason, UnitHeld naming the
    other case, UnitNotReady for a unit out of service or retired: then no unit of this proposal is held.
    """
    known = registry.units(center)
    proposed = tuple(
        ProposedUnit(_unit(known, p.unit_code), p.distance_m, p.eta_s, p.method) for p in promises
    )

    def also(writer: Writer, old: Case, new: Case) -> None:
        out = store.readiness(writer)
        for unit in new.active_units:
            if old.active_assignment(unit.unit_code) is None:
                _require_in_service(out, unit.unit_code)
                expires_at = now + timedelta(seconds=center.pack.city.hold_s)
                _hold(writer, new, actor, now, unit.unit_code, UnitStatus.PROPOSED, expires_at)

    return change(
        center,
        now,
        actor,
        ref,
        Action.PROPOSE_UNITS,
        lambda case, at: moves.propose_units(case, actor, at, proposed, suggested, reason),
        occurred_at=occurred_at,
        also=also,
    )


def set_alarm(center: Center, now: datetime, actor: Actor, ref: CaseRef, level: int) -> Case:
    """Set the alarm level: how much of the response plan is asked for. Raises BadInput."""

    def move(case: Case, at: datetime) -> Case:
        if case.incident.type_code is None:
            raise BadInput(
                "incident_type", N_("Jenis Kejadian"), Need(N_("belum diketahui. Isi pada halaman Kasus."))
            )
        plan = registry.incident_type(center, case.incident.type_code)
        return moves.set_alarm(case, actor, at, level, plan)

    return change(center, now, actor, ref, Action.RAISE_ALARM, move)


def withdraw(
    center: Center, now: datetime, actor: Actor, ref: CaseRef, unit_code: str, reason: str = ""
) -> Case:
    """Take a unit back before it departs; its hold ends."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.WITHDRAW_UNIT,
        lambda case, at: moves.withdraw_unit(case, actor, at, unit_code, reason),
        also=lambda writer, old, new: release_ended(writer, old, new, now),
    )


def approve(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    unit_codes: tuple[str, ...] | None = None,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Approve and dispatch proposed units, all or none.

    A proposal whose hold ran out is held again here; raises UnitHeld when another case took the unit.
    """

    def also(writer: Writer, old: Case, new: Case) -> None:
        out = store.readiness(writer)
        for unit in new.committed_units:
            before = old.active_assignment(unit.unit_code)
            if before is None or before.dispatched_at is None:
                _require_in_service(out, unit.unit_code)
                _hold(writer, new, actor, now, unit.unit_code, UnitStatus.DISPATCHED, None)

    return change(
        center,
        now,
        actor,
        ref,
        Action.APPROVE_UNITS,
        lambda case, at: moves.approve_units(case, actor, at, unit_codes),
        occurred_at=occurred_at,
        also=also,
    )


def name_commander(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    name: str,
    *,
    occurred_at: datetime | None = None,
) -> Case:
    """Name the on-scene commander."""
    return change(
        center,
        now,
        actor,
        ref,
        Action.NAME_COMMANDER,
        lambda case, at: moves.name_commander(case, actor, at, name, center.pack.sop),
        occurred_at=occurred_at,
    )


def record_progress(
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    unit_code: str,
    progress: Progress,
    *,
    occurred_at: datetime | None = None,
    heard: bool = True,
) -> Case:
    """Record that a unit departed, arrived or is done; its shown status follows.

    heard: the crew itself said that it arrived; False where only its track shows it.
    """
    with center.db.write() as writer:
        return progress_in(
            writer, center, now, actor, ref, unit_code, progress, occurred_at=occurred_at, heard=heard
        )


def progress_in(
    writer: Writer,
    center: Center,
    now: datetime,
    actor: Actor,
    ref: CaseRef,
    unit_code: str,
    progress: Progress,
    *,
    occurred_at: datetime | None = None,
    heard: bool = True,
) -> Case:
    """Do what `record_progress` does inside a transaction that is already open."""

    def move(case: Case, at: datetime) -> Case:
        if progress is Progress.DEPART:
            return moves.depart(case, actor, at, unit_code, center.pack.sop)
        if progress is Progress.ARRIVE:
            return moves.arrive(case, actor, at, unit_code, heard=heard)
        return moves.clear(case, actor, at, unit_code)

    def also(writer: Writer, old: Case, new: Case) -> None:
        if progress is Progress.CLEAR:
            release_ended(writer, old, new, now)
        else:
            status = UnitStatus.EN_ROUTE if progress is Progress.DEPART else UnitStatus.ON_SCENE
            store.set_status(writer, unit_code, new.case_id, status.value)

    return change_in(writer, now, actor, ref, Action.UNIT_PROGRESS, move, occurred_at=occurred_at, also=also)


def release_ended(writer: Writer, old: Case, new: Case, now: datetime) -> None:
    """End the holds of units that this change took from the case; one that had left is on its way back."""
    still = {unit.unit_code for unit in new.active_units}
    for unit in old.active_units:
        if unit.unit_code not in still:
            store.release(writer, unit.unit_code, new.case_id)
            if unit.departed_at is not None:
                store.set_readiness(writer, store.Readiness(unit.unit_code, None, now), now)


def move_holds(writer: Writer, old: Case, primary: Case) -> None:
    """Pass the holds of a merged case's units on to the primary case."""
    for unit in old.active_units:
        store.pass_on(writer, unit.unit_code, old.case_id, primary.case_id, primary.call_no)


def _hold(
    writer: Writer,
    case: Case,
    actor: Actor,
    now: datetime,
    unit_code: str,
    status: UnitStatus,
    expires_at: datetime | None,
) -> None:
    wanted = store.Hold(unit_code, case.case_id, case.call_no, actor.name, now, expires_at, status.value)
    store.hold(writer, wanted, now)


def _require_in_service(out: dict[str, store.Readiness], unit_code: str) -> None:
    state = out.get(unit_code)
    if state is not None and state.out_of_service_reason:
        raise UnitNotReady(unit_code=unit_code, reason=state.out_of_service_reason)


def _unit(known: dict[str, Unit], unit_code: str) -> Unit:
    unit = known.get(unit_code)
    if unit is None:
        raise UnitNotReady(
            unit_code=unit_code, reason=Need(N_("tidak ada di registri, atau sudah dipensiunkan"))
        )
    return unit
