"""A past operation as one bounded timeline, made from what is stored: trail, positions, alarms, notices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from database import alarms, cases, notices, positions
from database.codec import fold
from database.connection import Reader
from domain.case import Case, Private
from domain.errors import Need, NotFound
from domain.events import Event
from domain.notices import DeliveryState, NoticeDelivery
from domain.permissions import Action
from domain.playback import (
    Kind,
    Moment,
    Scene,
    StepLine,
    Telling,
    UnitLine,
    UnitStep,
    Version,
    Way,
    at_work,
    followed,
    in_order,
    overruns,
    quiet,
    scenes,
    spots,
    step_lines,
    thinned,
    told,
    unbroken,
    unit_steps,
)
from domain.positions import Device
from domain.units import Unit
from domain.words import N_, CaseStatus, Domain, Label, Mode
from export.redact import redact
from geo.points import LonLat
from services import devices, registry, suggestion
from services.center import Center

MOST_POINTS = 500
"""So many positions of one unit at most, and fewer where many units share `MOST_POINTS_IN_ALL`."""
MOST_POINTS_IN_ALL = 5000
REASON_LENGTH = 120
_READ = 2000
"""So many positions of one device are read at most; the thinning looks at no more."""
_GAP_S = 120.0
"""Two positions with more than this between them are not joined."""


class Tracks(Label):
    """What is left of the units' positions."""

    KEPT = "kept", N_("Jejak unit tersimpan.")
    NONE = "none", N_("Tidak ada posisi yang dilaporkan unit kasus ini.")
    PARTLY = "partly", N_("Sebagian jejak dapat sudah terhapus: posisi disimpan {days} hari.")
    GONE = "gone", N_("Tidak ada jejak lagi: posisi yang lebih tua dari {days} hari sudah dihapus.")


@dataclass(frozen=True, slots=True)
class Timeline:
    """An operation from its call to its last moment, or to now while it is open.

    `left_out`: how many moments were too many. `pauses`: times in which nothing can be seen. `tracks` is None
    where no unit was sent.
    """

    case_id: str
    call_no: str
    register_no: str | None
    begin: datetime
    end: datetime
    is_open: bool
    status: CaseStatus
    type_code: str | None
    area: str | None
    steps: tuple[StepLine, ...]
    moments: tuple[Moment, ...]
    left_out: int
    scenes: tuple[Scene, ...]
    units: tuple[UnitLine, ...]
    pauses: tuple[tuple[datetime, datetime], ...]
    tracks: Tracks | None


def timeline(center: Center, now: datetime, case_id: str) -> Timeline:
    """Return the whole course of a case as it is known now. Raises NotFound."""
    reader = center.db.read()
    versions = list(versions_of(cases.events(reader, case_id)))
    if not versions:
        raise NotFound(N_("Kasus"), case_id)
    case = versions[-1].case
    told_ones = _told(center, reader, versions)
    begin = min([case.call.received_at, *(moment.at for moment in told_ones)])
    end = now if case.is_open else max([case.status_at, *(moment.at for moment in told_ones)])
    steps = step_lines(versions, center.pack.sop)
    moments, left_out = in_order([*told_ones, *overruns(steps, end)])
    units = _units(center, reader, case, begin, end)
    busy = [(moment.at, moment.at) for moment in moments]
    busy += [(way[0].reported_at, way[-1].reported_at) for unit in units for way in unit.ways]
    return Timeline(
        case_id=case.case_id,
        call_no=case.call_no,
        register_no=case.register_no,
        begin=begin,
        end=end,
        is_open=case.is_open,
        status=case.status,
        type_code=case.incident.type_code,
        area=case.location.kelurahan or case.location.water_area,
        steps=steps,
        moments=moments,
        left_out=left_out,
        scenes=scenes(versions),
        units=units,
        pauses=quiet(busy, begin, end),
        tracks=_tracks(units, end, now - timedelta(days=center.pack.city.position_days)),
    )


def versions_of(events: Sequence[Event]) -> Iterator[Version]:
    """Yield the case as each line of its trail left it."""
    flat: dict[str, Any] = {}
    for number, event in enumerate(events, start=1):
        flat = {key: value for key, value in flat.items() if key not in event.before} | event.after
        yield Version(event, replace(fold([({}, flat)]), version=number))


# --- moments --------------------------------------------------------------------------------------------


def _told(center: Center, reader: Reader, versions: Sequence[Version]) -> list[Moment]:
    case = versions[-1].case
    private = cases.get_private(reader, case.case_id)
    joined = case.merged_into
    primary = cases.numbers(reader, [joined])[joined][0] if joined else "–"
    telling = Telling(
        lambda text: _masked(text, private), lambda code: registry.type_label(center, code), primary
    )
    return [
        *told(versions, telling),
        *_alarms(alarms.of_case(reader, case.case_id)),
        *_notices(notices.of_case(reader, case.case_id)),
    ]


def _masked(text: str, private: Private) -> str:
    return redact(text, private, REASON_LENGTH) or "–"


def _alarms(rung: Sequence[alarms.Stored]) -> Iterator[Moment]:
    for one in rung:
        yield Moment(one.raised_at, Kind.ALARM, Need(N_("Alarm berbunyi")), (one.alarm.text,))
        if one.acknowledged_at is not None:
            times = Need(N_("setelah berbunyi {n} kali"), n=one.repeats or 1)
            title = Need(Action.ACKNOWLEDGE_ALARM.label)
            details = (one.alarm.text, times)
            yield Moment(one.acknowledged_at, Kind.ALARM, title, details, one.acknowledged_role)


def _notices(deliveries: Sequence[NoticeDelivery]) -> Iterator[Moment]:
    for one in deliveries:
        to = {"agency": one.agency, "way": one.way}
        title = Need(one.kind.label)
        if one.sent_at is not None:
            yield Moment(one.sent_at, Kind.NOTICE, title, (Need(N_("{agency} lewat {way}: terkirim"), **to),))
        if one.acknowledged_at is not None:
            words = Need(N_("{agency} lewat {way}: dijawab"), **to)
            yield Moment(one.acknowledged_at, Kind.NOTICE, title, (words,))
        if one.state is DeliveryState.FAILED and one.failure is not None:
            # When it was given up is not stored; it stands where it began.
            words = Need(N_("{agency} lewat {way}: akhirnya gagal ({why})"), **to, why=one.failure)
            yield Moment(one.queued_at, Kind.NOTICE, title, (words,))


# --- units ----------------------------------------------------------------------------------------------


def _units(
    center: Center, reader: Reader, case: Case, begin: datetime, end: datetime
) -> tuple[UnitLine, ...]:
    steps_of = unit_steps(case)
    if not steps_of:
        return ()
    known, places = registry.units(center), registry.stations(center)
    most = max(2, min(MOST_POINTS, MOST_POINTS_IN_ALL // len(steps_of)))
    followable = _devices(reader)
    at_sea = _is_at_sea(center, case.location.point)
    lines = []
    for code, steps in steps_of.items():
        sent = next(one for one in case.assignments if one.unit_code == code)
        unit = known.get(code)
        ways = thinned(_ways(center, reader, code, steps, (begin, end), followable), most)
        lines.append(
            UnitLine(
                code,
                sent.agency,
                sent.mode,
                places[unit.station].position if unit is not None and unit.station in places else None,
                steps,
                ways,
                spots(steps, ways, reaches_scene=not at_sea or not _stays_ashore(sent.mode, unit)),
            )
        )
    return tuple(lines)


def _ways(
    center: Center,
    reader: Reader,
    code: str,
    steps: Sequence[UnitStep],
    window: tuple[datetime, datetime],
    followable: dict[str, Device],
) -> list[Way]:
    begin, end = window
    ways: list[Way] = []
    for since, until in at_work(steps, end):
        since = max(since, begin)
        every_s = max(1.0, (until - since).total_seconds() / _READ)
        fixes = positions.sampled(reader, code, since, until, every_s)
        system = devices.system_device(code)
        spare = Device(system, code, "API", devices.SYSTEM_PRIORITY, center.pack.city.device_max_age_s, 0.0)
        ways += unbroken(followed(fixes, {**followable, system: spare}), max(_GAP_S, 2 * every_s))
    return ways


def _devices(reader: Reader) -> dict[str, Device]:
    """Return every device that ever reported, revoked ones included, as `believed` knows them."""
    return {
        one.device_id: Device(one.device_id, one.unit_code, one.label, one.priority, one.max_age_s, 0.0)
        for one in positions.devices(reader)
    }


def _stays_ashore(mode: Mode, unit: Unit | None) -> bool:
    return mode in (Mode.LAND, Mode.FOOT) and (unit is None or unit.sail_kmh is None)


def _is_at_sea(center: Center, place: LonLat | None) -> bool:
    return place is not None and suggestion.locate(center, place).domain == Domain.SEA.value


def _tracks(units: Sequence[UnitLine], end: datetime, kept_since: datetime) -> Tracks | None:
    began = [since for unit in units for since, _until in at_work(unit.steps, end)]
    if not began:
        return None
    found = any(unit.ways for unit in units)
    if min(began) < kept_since:
        return Tracks.PARTLY if found else Tracks.GONE
    return Tracks.KEPT if found else Tracks.NONE
