"""Playing a past operation back: what happened when, how each step's clock stood, where each unit was.

Everything is placed at the time at which it happened, whatever the time at which it was entered; what was
entered late says so. Nothing is made up: where no position was reported a unit is not drawn on a way.
"""

import heapq
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar

import numpy as np

from domain.alarms import span
from domain.case import AgencyNotice, Assignment, Case, Proposal
from domain.clock import step_clock
from domain.errors import Need
from domain.events import Event
from domain.permissions import Action
from domain.positions import ACCURATE_M, Device, Fix, believed
from domain.retention import Mask
from domain.sop import Sop
from domain.words import N_, Domain, Label, Mode, Role, StepState, UnitStatus, Urgency
from geo.points import LonLat

T = TypeVar("T")
MOST_MOMENTS = 400
QUIET_S = 900
"""So long without anything to see is a pause that may be jumped over."""
_METRES_A_DEGREE = 111_195.0
_TOLERANCE_M = 3.0
"""A position that lies this near to where its neighbours put it at its time tells nothing new."""


class Kind(Label):
    """What sort of thing happened; the members stand in the order in which they are kept if too many."""

    OVERRUN = "overrun", N_("Standar terlewat")
    DECISION = "decision", N_("Keputusan")
    UNIT = "unit", N_("Gerak unit")
    CALL = "call", N_("Laporan")
    RECORD = "record", N_("Pencatatan")
    REPORT = "report", N_("Dari lapangan")
    NOTICE = "notice", N_("Pemberitahuan")
    ALARM = "alarm", N_("Alarm")


@dataclass(frozen=True, slots=True)
class Version:
    """A case as one line of its trail left it."""

    event: Event
    case: Case


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened. `role`: who did it, None for the program or a clock.

    `entered_at`: when it was entered, where that was late (entri susulan); else None.
    """

    at: datetime
    kind: Kind
    title: Need
    details: tuple[Need, ...] = ()
    role: Role | None = None
    entered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """How a step stands from `at` until its next piece.

    `counts_from`: what its clock counts from while it runs, None where no clock runs. Of a finished step
    `took_s` is what it is judged by, seconds, and `urgency` what it ended in.
    """

    at: datetime
    state: StepState
    counts_from: datetime | None = None
    took_s: int | None = None
    urgency: Urgency | None = None


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step over the whole operation; before its first piece it had not begun. Standard in seconds."""

    no: int
    target_s: int
    pieces: tuple[Piece, ...]

    def at(self, moment: datetime) -> Piece:
        """Return how the step stood at a moment."""
        place = bisect_right(self.pieces, moment, key=lambda piece: piece.at)
        return self.pieces[place - 1] if place else Piece(moment, StepState.PENDING)


@dataclass(frozen=True, slots=True)
class Scene:
    """Where the incident was known to be from `at` on (None: not known), and the matra it was given."""

    at: datetime
    place: LonLat | None
    domain: Domain | None


@dataclass(frozen=True, slots=True)
class UnitStep:
    """What a unit did from `at` on; None: it is not this case's."""

    at: datetime
    status: UnitStatus | None


class Where(StrEnum):
    """By what a unit's place is known."""

    NOWHERE = "nowhere"
    STATION = "station"
    SCENE = "scene"
    TRACK = "track"
    LAST = "last"
    """No position is fresh: it is where it was seen last."""


@dataclass(frozen=True, slots=True)
class Spot:
    """By what a unit's place is known from `at` on."""

    at: datetime
    where: Where


Way = tuple[Fix, ...]
"""Positions of one unit without a gap between them, oldest first."""


@dataclass(frozen=True, slots=True)
class UnitLine:
    """One unit over the whole operation; `station` is None where the registry does not know the unit."""

    unit_code: str
    agency: str
    mode: Mode
    station: LonLat | None
    steps: tuple[UnitStep, ...]
    ways: tuple[Way, ...]
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Telling:
    """How a trail is put into words: free text masked, incident types by name, the case merged into."""

    mask: Mask
    type_name: Callable[[str], str]
    primary_no: str = "–"


# --- what happened --------------------------------------------------------------------------------------

_KINDS: dict[Kind, tuple[Action, ...]] = {
    Kind.CALL: (
        Action.TAKE_CALL,
        Action.PROPOSE_CLASS,
        Action.CLASSIFY,
        Action.LOG_CALLBACK,
        Action.CLOSE_CALL,
        Action.RECLASSIFY,
        Action.UPDATE_DETAILS,
        Action.FORWARD,
        Action.VERIFY,
    ),
    Kind.NOTICE: (
        Action.PRE_ALERT,
        Action.NOTIFY,
        Action.ANSWER_NOTICE,
        Action.WAIVE_AGENCY,
        Action.COORDINATE,
    ),
    Kind.DECISION: (
        Action.PROPOSE_UNITS,
        Action.WITHDRAW_UNIT,
        Action.RAISE_ALARM,
        Action.APPROVE_UNITS,
        Action.NAME_COMMANDER,
        Action.SET_WELFARE,
        Action.MERGE,
        Action.CANCEL,
        Action.HAND_OVER,
        Action.REOPEN,
    ),
    Kind.UNIT: (Action.UNIT_PROGRESS,),
    Kind.REPORT: (
        Action.SITREP,
        Action.CREW_WORD,
        Action.ATTACH,
        Action.UPDATE_CONDITION,
        Action.FINISH_MONITORING,
    ),
}
_KIND_OF = {action.value: kind for kind, actions in _KINDS.items() for action in actions}


def told(versions: Sequence[Version], telling: Telling) -> list[Moment]:
    """Return a moment for each line of a case's trail, in the order of the trail."""
    moments = []
    before: Case | None = None
    for version in versions:
        event = version.event
        action = event.action.partition(".")[0]
        moments.append(
            Moment(
                event.occurred_at,
                _KIND_OF.get(action, Kind.RECORD),
                Need(Action(action).label if action in set(Action) else action),
                tuple(_changes(before, version.case, telling)),
                Role(event.role),
                event.entered_at if event.is_late_entry else None,
            )
        )
        before = version.case
    return moments


def _changes(old: Case | None, new: Case, telling: Telling) -> Iterator[Need]:
    """Yield what a change was about: codes, counts and chosen words; of free text only reasons, masked."""
    if old is None:
        yield Need(N_("lewat {channel}"), channel=new.call.channel)
        return
    yield from _call_changes(old, new, telling)
    yield from _agency_changes(old.agencies, new.agencies, telling.mask)
    if new.alarm_level != old.alarm_level:
        yield Need(N_("tingkat alarm {old} menjadi {new}"), old=old.alarm_level, new=new.alarm_level)
    for proposal in new.proposals[len(old.proposals) :]:
        yield from _choice(proposal, telling.mask)
    chosen = {code for proposal in new.proposals[len(old.proposals) :] for code in proposal.chosen}
    yield from _unit_changes(old.assignments, new.assignments, chosen, telling.mask)
    if new.on_scene_commander and not old.on_scene_commander:
        yield Need(N_("Komandan Lapangan ditunjuk"))
    yield from _field_changes(old, new, telling.mask)
    yield from _step_changes(old, new, telling.mask)
    yield from _end_changes(old, new, telling)
    if new.status is not old.status:
        yield Need(N_("status: {status}"), status=new.status)


def _call_changes(old: Case, new: Case, telling: Telling) -> Iterator[Need]:
    if new.call.proposed_class and new.call.proposed_class is not old.call.proposed_class:
        yield Need(N_("usulan: {kind}"), kind=new.call.proposed_class)
    if new.call.call_class and new.call.call_class is not old.call.call_class:
        yield Need(N_("ditetapkan: {kind}"), kind=new.call.call_class)
    was, now = old.incident, new.incident
    if now.type_code and now.type_code != was.type_code:
        yield Need(N_("jenis kejadian: {name}"), name=telling.type_name(now.type_code))
    if now.priority and now.priority != was.priority:
        yield Need(N_("prioritas {n}"), n=now.priority)
    if now.victims_estimate is not None and now.victims_estimate != was.victims_estimate:
        yield Need(N_("perkiraan korban: {n}"), n=now.victims_estimate)
    if new.location != old.location:
        area = new.location.kelurahan or new.location.water_area
        yield Need(N_("lokasi: {area}"), area=area) if area else Need(N_("lokasi dicatat"))
    for one in new.forwardings[len(old.forwardings) :]:
        yield Need(N_("diteruskan ke {agency}"), agency=one.agency)


def _agency_changes(old: Sequence[AgencyNotice], new: Sequence[AgencyNotice], mask: Mask) -> Iterator[Need]:
    known = {line.code: line for line in old}
    pairs = [(known.get(line.code, AgencyNotice(line.code, line.required)), line) for line in new]
    alerted = [now.code for was, now in pairs if now.pre_alerted_at and not was.pre_alerted_at]
    if alerted:
        yield Need(N_("peringatan awal: {agencies}"), agencies=", ".join(alerted))
    by: dict[Any, list[str]] = {}
    for was, now in pairs:
        if now.notified_at and now.notified_at != was.notified_at:
            by.setdefault(now.method, []).append(now.code)
    for method, codes in by.items():
        if method is None:
            yield Need(N_("dihubungi: {agencies}"), agencies=", ".join(codes))
        else:
            yield Need(N_("dihubungi lewat {method}: {agencies}"), method=method, agencies=", ".join(codes))
    for was, now in pairs:
        if now.result and now.result is not was.result:
            yield Need(N_("{agency}: {result}"), agency=now.code, result=now.result)
        if now.waived_reason and now.waived_reason != was.waived_reason:
            reason = mask(now.waived_reason)
            yield Need(N_("{agency} dikecualikan: {reason}"), agency=now.code, reason=reason)


def _choice(proposal: Proposal, mask: Mask) -> Iterator[Need]:
    """Yield what was suggested beside what was chosen, and why."""
    suggested = ", ".join(unit.unit_code for unit in proposal.suggested)
    if not proposal.passed_over and not proposal.added:
        yield Need(N_("sesuai saran: {units}"), units=suggested)
    else:
        yield Need(N_("disarankan: {units}"), units=suggested)
        yield Need(N_("dipilih: {units}"), units=", ".join(proposal.chosen))
    if proposal.reason:
        yield Need(N_("alasan: {reason}"), reason=mask(proposal.reason))


_STAMPS: tuple[tuple[str, str], ...] = (
    ("proposed_at", N_("diusulkan: {units}")),
    ("dispatched_at", N_("dikerahkan: {units}")),
    ("departed_at", N_("berangkat: {units}")),
    ("arrived_at", N_("tiba: {units}")),
    ("cleared_at", N_("selesai bertugas: {units}")),
    ("withdrawn_at", N_("ditarik: {units}")),
)


def _unit_changes(
    old: Sequence[Assignment], new: Sequence[Assignment], chosen: set[str], mask: Mask
) -> Iterator[Need]:
    """Yield what units did; that those were proposed which a choice just told of is left out."""
    was: list[Assignment | None] = [*old, *([None] * (len(new) - len(old)))]
    pairs = list(zip(was, new, strict=True))
    for field, words in _STAMPS:
        codes = [n.unit_code for o, n in pairs if getattr(n, field) and not (o and getattr(o, field))]
        if codes and not (field == "proposed_at" and chosen.issuperset(codes)):
            yield Need(words, units=", ".join(codes))
    withdrawn = [n for o, n in pairs if n.withdrawn_at and not (o and o.withdrawn_at)]
    reasons = {unit.withdrawn_reason for unit in withdrawn if not unit.moved_to}
    for reason in sorted(filter(None, reasons)):
        yield Need(N_("alasan: {reason}"), reason=mask(reason))


_REASONS: tuple[tuple[str, str], ...] = (
    ("no_arrival", N_("unit tidak tiba: {reason}")),
    ("late_sitrep", N_("jeda laporan situasi: {reason}")),
    ("no_documentation", N_("tanpa dokumentasi: {reason}")),
)


def _field_changes(old: Case, new: Case, mask: Mask) -> Iterator[Need]:
    for report in new.sitreps[len(old.sitreps) :]:
        if report.unit_code:
            yield Need(N_("laporan situasi ke-{n} dari {unit}"), n=report.no, unit=report.unit_code)
        else:
            yield Need(N_("laporan situasi ke-{n}"), n=report.no)
    arrived = {unit.unit_code for unit in new.assignments if unit.arrived_at}
    arrived -= {unit.unit_code for unit in old.assignments if unit.arrived_at}
    heard = [word.unit_code for word in new.crew_words[len(old.crew_words) :]]
    if heard and not arrived.issuperset(heard):
        yield Need(N_("kabar dari {units}"), units=", ".join(heard))
    if len(new.attachments) > len(old.attachments):
        yield Need(N_("dokumentasi ke-{n}"), n=len(new.attachments))
    for field, words in _REASONS:
        reason = getattr(new.reasons, field)
        if reason and reason != getattr(old.reasons, field):
            yield Need(words, reason=mask(reason))


def _step_changes(old: Case, new: Case, mask: Mask) -> Iterator[Need]:
    pairs = list(zip(old.steps, new.steps, strict=True))
    for was, now in pairs:
        if now.state is StepState.DONE and was.state is not StepState.DONE:
            yield Need(N_("langkah {no} selesai"), no=now.no)
    skipped = [n.no for o, n in pairs if n.state is StepState.SKIPPED and o.state is not StepState.SKIPPED]
    if skipped:
        yield Need(N_("langkah dilewati: {steps}"), steps=", ".join(map(str, skipped)))
    for was, now in pairs:
        if now.overrun_reason and now.overrun_reason != was.overrun_reason:
            reason = mask(now.overrun_reason)
            yield Need(N_("alasan keterlambatan langkah {no}: {reason}"), no=now.no, reason=reason)


def _end_changes(old: Case, new: Case, telling: Telling) -> Iterator[Need]:
    if new.outcome and new.outcome is not old.outcome:
        yield Need(N_("hasil: {outcome}"), outcome=new.outcome)
    if new.victims and new.victims != old.victims and new.victims.total:
        found = new.victims
        yield Need(
            N_("korban {total}: selamat {safe}, luka {hurt}, meninggal {dead}, hilang {missing}"),
            total=found.total,
            safe=found.safe,
            hurt=found.injured_minor + found.injured_severe,
            dead=found.dead,
            missing=found.missing,
        )
    if new.handover and new.handover != old.handover:
        yield Need(N_("dialihkan ke {agency}"), agency=telling.mask(new.handover.agency))
    if new.register_no and new.register_no != old.register_no:
        yield Need(N_("nomor register {number}"), number=new.register_no)
    if new.delivery and new.delivery.receipt_id and not (old.delivery and old.delivery.receipt_id):
        yield Need(N_("bukti terima DKISP tercatat"))
    if new.merged_into and not old.merged_into:
        yield Need(N_("digabung ke {number}"), number=telling.primary_no)
    if new.reopened_count > old.reopened_count:
        yield Need(N_("dibuka kembali, revisi {n}"), n=new.revision)


def overruns(lines: Iterable[StepLine], end: datetime) -> list[Moment]:
    """Return the moments at which a running clock passed its standard, up to `end`."""
    found = []
    for line in lines:
        for piece, until in zip(line.pieces, [*(p.at for p in line.pieces[1:]), end], strict=False):
            if piece.counts_from is None:
                continue
            due = piece.counts_from + timedelta(seconds=line.target_s)
            if due < until:
                found.append(Moment(due, Kind.OVERRUN, _overrun(line)))
    return found


def _overrun(line: StepLine) -> Need:
    limit = span(line.target_s)
    if line.no == 6:
        return Need(N_("Laporan situasi terlambat, paling lama tiap {limit}"), limit=limit)
    return Need(N_("Langkah {step} melewati standar {limit}"), step=line.no, limit=limit)


def in_order(moments: Iterable[Moment], most: int = MOST_MOMENTS) -> tuple[tuple[Moment, ...], int]:
    """Return the moments by time, at most `most`, and how many were left out.

    Those of one time stay in the order given. Where not all fit, whole kinds are kept in the order of `Kind`,
    and of the first that does not fit an even share.
    """
    every = sorted(moments, key=lambda moment: moment.at)
    if len(every) <= most:
        return tuple(every), 0
    kept: list[int] = []
    for kind in Kind:
        places = [place for place, moment in enumerate(every) if moment.kind is kind]
        kept += _evenly(places, most - len(kept))
    return tuple(every[place] for place in sorted(kept)), len(every) - len(kept)


def _evenly(things: Sequence[T], most: int) -> list[T]:
    if len(things) <= most:
        return list(things)
    return [things[round(k * (len(things) - 1) / max(1, most - 1))] for k in range(most)]


# --- clocks ---------------------------------------------------------------------------------------------


def step_lines(versions: Sequence[Version], sop: Sop) -> tuple[StepLine, ...]:
    """Return the nine steps over the operation, as the SOP clock (`domain.clock`) shows them at each moment.

    A correction that begins earlier replaces what was entered before it; a step that was reopened keeps its
    first run.
    """
    if not versions:
        return ()
    last = versions[-1].case
    marks = {no: _marks(versions, no, sop) for no in range(1, 10)}
    marks[6] = _with_reports(marks[6], sorted(report.at for report in last.sitreps))
    marks[7] = _waiting(marks[7], marks[6])
    return tuple(
        StepLine(no, sop.sitrep_interval_s if no == 6 else last.step(no).target_s, tuple(pieces))
        for no, pieces in marks.items()
    )


def _marks(versions: Sequence[Version], no: int, sop: Sop) -> list[Piece]:
    pieces: list[Piece] = []
    seen: tuple[StepState, datetime | None, datetime | None] = (StepState.PENDING, None, None)
    for version in versions:
        step = version.case.step(no)
        known = step.state, step.started_at, step.finished_at
        fresh = known != seen
        seen = known
        if step.state is StepState.DONE and step.finished_at is not None and (fresh or no == 6):
            # A report that was entered later changes the longest silence of a finished step 6.
            began = step.started_at or step.finished_at
            clock = step_clock(version.case, no, sop, step.finished_at)
            _cut(pieces, began)
            pieces.append(Piece(began, StepState.IN_PROGRESS, began))
            pieces.append(Piece(step.finished_at, StepState.DONE, None, clock.elapsed_s, clock.urgency))
        elif not fresh:
            continue
        elif step.state is StepState.IN_PROGRESS and step.started_at is not None:
            _cut(pieces, step.started_at)
            pieces.append(Piece(step.started_at, StepState.IN_PROGRESS, step.started_at))
        else:
            _cut(pieces, version.event.occurred_at)
            pieces.append(Piece(version.event.occurred_at, step.state))
    return pieces


def _cut(pieces: list[Piece], since: datetime) -> None:
    while pieces and pieces[-1].at >= since:
        pieces.pop()


def _until(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, datetime | None]]:
    for place, piece in enumerate(pieces):
        yield piece, pieces[place + 1].at if place + 1 < len(pieces) else None


def _with_reports(pieces: Sequence[Piece], reports: Sequence[datetime]) -> list[Piece]:
    """Return step 6 with a new count from each situation report."""
    found: list[Piece] = []
    for piece, until in _until(pieces):
        found.append(piece)
        if piece.state is StepState.IN_PROGRESS:
            inside = (at for at in reports if piece.at < at and (until is None or at < until))
            found += [Piece(at, StepState.IN_PROGRESS, at) for at in dict.fromkeys(inside)]
    return found


def _waiting(pieces: Sequence[Piece], operation: Sequence[Piece]) -> list[Piece]:
    """Return step 7 without a clock while the operation (step 6) goes on."""
    line, found = StepLine(6, 0, tuple(operation)), list[Piece]()
    for piece, until in _until(pieces):
        if piece.state is not StepState.IN_PROGRESS:
            found.append(piece)
            continue
        inside = (p.at for p in operation if piece.at < p.at and (until is None or p.at < until))
        for at in dict.fromkeys((piece.at, *inside)):
            runs = line.at(at).state is StepState.IN_PROGRESS
            found.append(Piece(at, StepState.IN_PROGRESS, None if runs else piece.counts_from))
    return found


# --- places ---------------------------------------------------------------------------------------------


def scenes(versions: Sequence[Version]) -> tuple[Scene, ...]:
    """Return where the incident was known to be, each from the moment at which it was told."""
    found: list[Scene] = []
    for version in versions:
        place, domain = version.case.location.point, version.case.incident.domain
        if not found or (found[-1].place, found[-1].domain) != (place, domain):
            found.append(Scene(version.event.occurred_at, place, domain))
    return tuple(found)


def unit_steps(case: Case) -> dict[str, tuple[UnitStep, ...]]:
    """Return what each unit of a case did, by unit code in the order of their proposals."""
    found: dict[str, list[UnitStep]] = {}
    for one in case.assignments:
        stamps = (
            (one.proposed_at, UnitStatus.PROPOSED),
            (one.dispatched_at, UnitStatus.DISPATCHED),
            (one.departed_at, UnitStatus.EN_ROUTE),
            (one.arrived_at, UnitStatus.ON_SCENE),
            (one.cleared_at, UnitStatus.RETURNING),
            (one.withdrawn_at, None),
        )
        steps = found.setdefault(one.unit_code, [])
        steps += [UnitStep(at, status) for at, status in stamps if at is not None]
    return {code: tuple(sorted(steps, key=lambda step: step.at)) for code, steps in found.items()}


_WORKS = (UnitStatus.DISPATCHED, UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE)


def at_work(steps: Sequence[UnitStep], end: datetime) -> list[tuple[datetime, datetime]]:
    """Return the times in which a unit was sent out for the case: only then its positions belong to it."""
    times: list[tuple[datetime, datetime]] = []
    for step, until in zip(steps, [*(s.at for s in steps[1:]), end], strict=True):
        if step.status not in _WORKS or step.at > until:
            continue
        if times and times[-1][1] == step.at:
            times[-1] = times[-1][0], until
        else:
            times.append((step.at, until))
    return times


def spots(steps: Sequence[UnitStep], ways: Sequence[Way], *, reaches_scene: bool) -> tuple[Spot, ...]:
    """Return by what a unit's place is known over time.

    With fresh positions by its track. Without: at its station until it departs, at the scene from its arrival
    (where it can be there: not a car at sea), and in between where it was seen last, or nowhere.
    """
    times = [(way[0].reported_at, way[-1].reported_at) for way in ways]
    bounds = sorted({step.at for step in steps}.union(*times))
    found: list[Spot] = []
    for at in bounds:
        place = bisect_right(steps, at, key=lambda step: step.at)
        where = _where(steps[place - 1].status if place else None, at, times, reaches_scene)
        if not found or found[-1].where is not where:
            found.append(Spot(at, where))
    return tuple(found)


def _where(
    status: UnitStatus | None, at: datetime, times: Sequence[tuple[datetime, datetime]], reaches_scene: bool
) -> Where:
    if status is UnitStatus.PROPOSED:
        return Where.STATION
    if status not in _WORKS:
        return Where.NOWHERE
    if any(since <= at < until for since, until in times):
        return Where.TRACK
    if status is UnitStatus.ON_SCENE and reaches_scene:
        return Where.SCENE
    if any(since <= at for since, _until in times):
        return Where.LAST
    return Where.STATION if status is UnitStatus.DISPATCHED else Where.NOWHERE


# --- tracks ---------------------------------------------------------------------------------------------


def followed(fixes: Iterable[Fix], devices: Mapping[str, Device]) -> list[Fix]:
    """Return the positions at which a unit's marker stood, of those of all its devices, oldest first.

    The same rule as for live positions (`domain.positions.believed`). devices: by id; others do not count.
    """
    newest: dict[str, tuple[Device, Fix]] = {}
    way = []
    for fix in fixes:
        device = devices.get(fix.device_id)
        if device is None or (fix.accuracy_m is not None and fix.accuracy_m > ACCURATE_M):
            continue
        newest[fix.device_id] = device, fix
        if believed(newest.values(), fix.reported_at) is fix:
            way.append(fix)
    return way


def unbroken(fixes: Sequence[Fix], gap_s: float) -> list[Way]:
    """Return the positions cut wherever more than `gap_s` seconds lie between two of them."""
    ways: list[list[Fix]] = []
    for fix in fixes:
        if not ways or (fix.reported_at - ways[-1][-1].reported_at).total_seconds() > gap_s:
            ways.append([])
        ways[-1].append(fix)
    return [tuple(way) for way in ways]


def thinned(ways: Sequence[Way], most: int) -> tuple[Way, ...]:
    """Return at most `most` (2 or more) positions, those without which the unit would be shown worst.

    Ends of ways stay. Between two kept positions a unit is shown where a straight and even move puts it, so
    what counts is how far it was from there at its time (Douglas and Peucker with time).
    """
    chosen = _evenly(ways, most // 2)
    kept = [{0, len(way) - 1} for way in chosen]
    count = sum(map(len, kept))
    planes = [_plane(way) for way in chosen]
    worst: list[tuple[float, int, int, int, int]] = []

    def look(number: int, first: int, last: int) -> None:
        if last - first > 1:
            off_m, place = _farthest(planes[number], first, last)
            if off_m > _TOLERANCE_M:
                heapq.heappush(worst, (-off_m, number, first, place, last))

    for number, way in enumerate(chosen):
        look(number, 0, len(way) - 1)
    while worst and count < most:
        _off, number, first, place, last = heapq.heappop(worst)
        kept[number].add(place)
        count += 1
        look(number, first, place)
        look(number, place, last)
    return tuple(
        tuple(way[place] for place in sorted(places)) for way, places in zip(chosen, kept, strict=True)
    )


Plane = np.ndarray[tuple[int, int], np.dtype[np.float64]]


def _plane(way: Way) -> Plane:
    """Return seconds and metres east and north of the first position, a row each."""
    start = way[0]
    east = _METRES_A_DEGREE * np.cos(np.radians(start.position.lat))
    return np.array(
        [
            [(fix.reported_at - start.reported_at).total_seconds() for fix in way],
            [(fix.position.lon - start.position.lon) * east for fix in way],
            [(fix.position.lat - start.position.lat) * _METRES_A_DEGREE for fix in way],
        ]
    )


def _farthest(plane: Plane, first: int, last: int) -> tuple[float, int]:
    """Return how far (m) and which position between two others is farthest from where they put it."""
    times, inner = plane[0], slice(first + 1, last)
    passed_s = times[last] - times[first]
    share = (times[inner] - times[first]) / passed_s if passed_s > 0 else np.zeros(last - first - 1)
    off = [axis[inner] - (axis[first] + share * (axis[last] - axis[first])) for axis in plane[1:]]
    distance = np.hypot(*off)
    place = int(distance.argmax())
    return float(distance[place]), first + 1 + place


def quiet(
    busy: Iterable[tuple[datetime, datetime]], begin: datetime, end: datetime, least_s: float = QUIET_S
) -> tuple[tuple[datetime, datetime], ...]:
    """Return the pauses of at least `least_s` seconds between `begin` and `end` that no busy time touches."""
    pauses, free_from = [], begin
    for since, until in sorted([*busy, (end, end)]):
        if (min(since, end) - free_from).total_seconds() >= least_s:
            pauses.append((free_from, min(since, end)))
        free_from = max(free_from, until)
    return tuple(pauses)
