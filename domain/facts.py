"""What statistics know of a case: its intervals, units, victims, cells and missing stamps, one row a case.

Derived from the case alone whenever it is stored, so that a figure can be taken from millions of rows
without reading a case. Intervals follow NFORS (National Fire Operations Reporting System) and NFPA 1710/1225:
answering and processing end at their own stamps, turnout and travel are those of the unit that arrived first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.case import Case, deployed, intervals, seconds_between
from domain.clock import judged_s
from domain.statistics import VICTIMS
from domain.words import N_, CallClass, CaseStatus, Channel, Label
from geo.cells import RESOLUTIONS, Cells, cells_of

LATE_ENTRY = timedelta(seconds=60)
"""What was entered longer than this after it happened is a late entry (entri susulan)."""
_OVER = (CaseStatus.REGISTERED, CaseStatus.CLOSED)
INTERVALS = (
    "alarm_answering_s",
    "alarm_processing_s",
    "alarm_handling_s",
    "turnout_s",
    "travel_s",
    "response_s",
    "on_scene_s",
)
"""The fields of `Facts` that are intervals, in the order of the work."""


class Stamp(Label):
    """A time or place that a registered rescue should have, and whose absence is told rather than hidden."""

    ANSWERED = "answered", N_("Waktu panggilan dijawab")
    PLACED = "placed", N_("Koordinat")
    DISPATCHED = "dispatched", N_("Waktu dikerahkan")
    DEPARTED = "departed", N_("Waktu berangkat")
    ARRIVED = "arrived", N_("Waktu tiba")
    CLEARED = "cleared", N_("Waktu selesai unit")


@dataclass(frozen=True, slots=True)
class UnitFact:
    """One unit that was sent; whole seconds, None where a stamp is missing.

    `busy_s`: from dispatch to cleared or withdrawn. `first_response_s`: from the report to its arrival, only
    for the first arriving unit of its agency, so that an agency's mean counts each case once.
    """

    unit_code: str
    agency: str
    kind: str
    mode: str
    turnout_s: int | None
    travel_s: int | None
    busy_s: int | None
    first_response_s: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step overran its standard, as somebody said it."""

    step: int
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """A case's facts beyond its plain fields; whole seconds and counts, None where unknown.

    Without a known ring the report counts from the answer: then there is no answering nor handling time.
    """

    alarm_answering_s: int | None
    alarm_processing_s: int | None
    alarm_handling_s: int | None
    turnout_s: int | None
    travel_s: int | None
    response_s: int | None
    on_scene_s: int | None
    steps_s: tuple[int | None, ...]
    units: tuple[UnitFact, ...]
    unit_busy_s: int
    overrun_reasons: tuple[Reason, ...]
    missing_stamps: tuple[Stamp, ...]
    cells: Cells | None


def facts(case: Case) -> Facts:
    """Return the facts of a case as it stands."""
    took = intervals(case)
    call, place = case.call, case.location.point
    rang, answered = call.received_at, case.answered_at
    units = unit_facts(case)
    first_dispatch = min((u.dispatched_at for u in deployed(case) if u.dispatched_at), default=None)
    return Facts(
        alarm_answering_s=seconds_between(rang, answered),
        alarm_processing_s=seconds_between(answered or rang, first_dispatch),
        alarm_handling_s=seconds_between(rang, first_dispatch) if answered else None,
        turnout_s=took.turnout_s,
        travel_s=took.travel_s,
        response_s=took.response_s,
        on_scene_s=took.on_scene_s,
        steps_s=tuple(judged_s(case, step.no) for step in case.steps),
        units=units,
        unit_busy_s=sum(unit.busy_s or 0 for unit in units),
        overrun_reasons=_reasons(case),
        missing_stamps=missing_stamps(case),
        cells=None if place is None else cells_of(place),
    )


def fact_row(case: Case, late_entries: int, known: Facts | None = None) -> dict[str, Any]:
    """Return the facts as the columns of a row (`analytics.facts`), those that boards have already left out.

    `known`: the facts of the case where they were worked out before.
    """
    known = known or facts(case)
    row: dict[str, Any] = {
        f"h3_{resolution}": None if known.cells is None else known.cells[n]
        for n, resolution in enumerate(RESOLUTIONS)
    }
    row.update((name, getattr(known, name)) for name in INTERVALS if name != "response_s")
    row["n_units"] = len(known.units)
    row["unit_busy_s"] = known.unit_busy_s
    row["units"] = [_struct(unit) for unit in known.units]
    for name in ("total", *VICTIMS):
        row[f"victims_{name}"] = None if case.victims is None else getattr(case.victims, name)
    row["overrun_reasons"] = [_struct(told) for told in known.overrun_reasons]
    row["missing_stamps"] = [stamp.value for stamp in known.missing_stamps]
    row["late_entries"] = late_entries
    return row


def _struct(told: UnitFact | Reason) -> dict[str, Any]:
    """Return what `dataclasses.asdict` would, without its deep copies, which cost more than the rest."""
    return {name: getattr(told, name) for name in told.__slots__}


def unit_facts(case: Case) -> tuple[UnitFact, ...]:
    """Return the facts of each unit that was sent, in the order of the case."""
    sent = deployed(case)
    first: dict[str, datetime] = {}
    for unit in sent:
        if unit.arrived_at is not None:
            first[unit.agency] = min(unit.arrived_at, first.get(unit.agency, unit.arrived_at))
    told: set[str] = set()
    found = []
    for unit in sent:
        leads = unit.arrived_at is not None and unit.arrived_at == first[unit.agency]
        counts = leads and unit.agency not in told and case.status is not CaseStatus.MERGED
        if counts:
            told.add(unit.agency)
        found.append(
            UnitFact(
                unit.unit_code,
                unit.agency,
                unit.kind,
                unit.mode.value,
                seconds_between(unit.dispatched_at, unit.departed_at),
                seconds_between(unit.departed_at, unit.arrived_at),
                seconds_between(unit.dispatched_at, unit.cleared_at or unit.withdrawn_at),
                seconds_between(case.call.received_at, unit.arrived_at) if counts else None,
            )
        )
    return tuple(found)


def missing_stamps(case: Case) -> tuple[Stamp, ...]:
    """Return what a rescue lacks that is registered; nothing before, nor for calls that were no rescue."""
    if case.status not in _OVER or case.call.call_class is not CallClass.NORMAL:
        return ()
    sent = deployed(case)
    stayed = [unit for unit in sent if unit.withdrawn_at is None]
    lacks = {
        Stamp.ANSWERED: case.call.channel is Channel.CALL_112 and case.answered_at is None,
        Stamp.PLACED: case.location.point is None,
        Stamp.DISPATCHED: not sent,
        Stamp.DEPARTED: any(unit.departed_at is None for unit in stayed),
        Stamp.ARRIVED: any(unit.arrived_at is None for unit in stayed),
        Stamp.CLEARED: any(unit.cleared_at is None for unit in stayed),
    }
    return tuple(stamp for stamp in Stamp if lacks[stamp])


def _reasons(case: Case) -> tuple[Reason, ...]:
    found = []
    for step in case.steps:
        took = judged_s(case, step.no)
        if took is None or took <= step.target_s:
            continue
        told = step.overrun_reason or (case.reasons.late_sitrep if step.no == 6 else None)
        if told and told.strip():
            found.append(Reason(step.no, " ".join(told.split())))
    return tuple(found)
