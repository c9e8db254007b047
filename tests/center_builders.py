"""A running command center of the invented city `kota_uji`, and cases carried through the real services."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builders import ANI, DEDI, FAJAR, PUTRI, a_photo

from database import cases
from database.connection import Database
from domain.case import Actor, Case, Incident, Location, Victims
from domain.permissions import Action
from domain.words import CallClass, CaseStatus, Channel, Domain, NoticeResult, Outcome
from services import assignment, closing, coordination, handling, intake, monitoring, outbox
from services.assignment import Progress, Promise
from services.center import Center, Settings
from services.change import CaseRef
from services.intake import Report

S = CaseStatus
KOTA_UJI = Path(__file__).parent / "packs" / "kota_uji"
T0 = datetime(2031, 3, 5, 2, 0, tzinfo=UTC)
BOAT, DOCTOR, PUMP = "UJI-2", "UJI-3", "UJI-1"
REPORT = Report(
    narrative="Perahu terbalik, dua orang di air",
    callback_number="0812 3456 7890",
    reporter_name="Siti Aminah",
    incident=Incident(type_code="AIR", domain=Domain.SEA, priority=1, victims_estimate=2),
    location=Location(place_text="Muara", lon=131.0, lat=-5.9, water_area="Perairan Uji"),
)


def settings(folder: Path) -> Settings:
    """Return settings whose every file lies in `folder`."""
    return Settings(var_dir=folder, db_path=folder / "sigap.duckdb", city_dir=KOTA_UJI)


def at(minutes: float) -> datetime:
    """Return the time so many minutes after `T0`."""
    return T0 + timedelta(minutes=minutes)


class Clock:
    """A clock that goes only when it is told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def ref(case: Case) -> CaseRef:
    """Return the case as it was just seen."""
    return CaseRef(case.case_id, case.version)


def a_receipt(case: Case, now: datetime, receipt_id: str = "TERIMA-1", **other: object) -> bytes:
    """Return what DKISP lays beside a dropped file, for a case's present revision; `other` replaces parts."""
    told = {
        "receipt_id": receipt_id,
        "record_id": case.case_id,
        "revision": case.revision,
        "digest": case.delivery.digest if case.delivery else "",
        "received_at": now.isoformat(),
        "status": "accepted",
        "errors": [],
    }
    return json.dumps(told | other).encode()


def receipted(center: Center, case: Case, now: datetime, receipt_id: str = "TERIMA-1") -> Case:
    """Take DKISP's receipt for a case; return the case as it is then."""
    outbox.take_receipt(center, now, DEDI, a_receipt(case, now, receipt_id))
    return monitoring.get(center, case.case_id)


Move = Callable[[Center, Case], Case]


def way(start: float = 0, unit: str = BOAT) -> list[tuple[CaseStatus, tuple[Move, ...]]]:
    """Return the straight path from minute `start`: for each status reached, its changes one by one."""

    def on(service: Callable[..., Case], minute: float, who: Actor, *args: object) -> Move:
        return lambda center, case: service(center, at(start + minute), who, ref(case), *args)

    def answered(code: str) -> Move:
        return on(coordination.answer, 5, DEDI, code, NoticeResult.ACKNOWLEDGED)

    photo = a_photo()
    return [
        (S.RECEIVED, (on(intake.record_report, 1, ANI, REPORT),)),
        (
            S.CLASSIFIED,
            (
                on(intake.propose_class, 1, ANI, CallClass.NORMAL),
                on(intake.classify, 2, DEDI, CallClass.NORMAL),
            ),
        ),
        (S.VERIFIED, (on(intake.forward, 3, DEDI, "LAUT"), on(intake.verify, 4, DEDI))),
        (
            S.COORDINATED,
            (
                on(coordination.notify, 5, DEDI),
                answered("LAUT"),
                answered("KLINIK"),
                on(coordination.coordinate, 6, DEDI),
            ),
        ),
        (
            S.RESPONDING,
            (
                on(assignment.propose, 7, PUTRI, (Promise(unit, 900.0, 300.0, "estimate"),)),
                on(assignment.approve, 7, PUTRI),
                on(assignment.name_commander, 7, PUTRI, "Letda Rudi"),
            ),
        ),
        (S.MONITORING, (on(assignment.record_progress, 8, FAJAR, unit, Progress.DEPART),)),
        (
            S.UPDATING,
            (
                on(assignment.record_progress, 12, FAJAR, unit, Progress.ARRIVE),
                on(handling.add_sitrep, 13, FAJAR, "Korban terlihat"),
                on(handling.attach, 13, FAJAR, "foto.jpg", photo),
                on(assignment.record_progress, 20, FAJAR, unit, Progress.CLEAR),
                on(handling.finish_monitoring, 21, DEDI),
            ),
        ),
        (
            S.REGISTERED,
            (
                on(handling.update_condition, 22, DEDI, "Dua orang selamat"),
                on(handling.record_outcome, 22, DEDI, Outcome.RESCUED, Victims(safe=2, total=2)),
                on(closing.register, 22, ANI),
            ),
        ),
        (
            S.CLOSED,
            (
                lambda center, case: closing.print_form(center, at(start + 23), ANI, ref(case)),
                lambda center, case: receipted(center, case, at(start + 24)),
                on(closing.close, 24, DEDI, "Lemari 1"),
            ),
        ),
    ]


def a_stored_case(center: Center, status: CaseStatus, start: float = 0) -> Case:
    """Return a case carried to `status` by the services; its phone rang at minute `start`."""
    case = intake.open_call(center, at(start), ANI, Channel.CALL_112)
    for reached, moves in way(start):
        for move in moves:
            case = move(center, case)
        if reached is status:
            return case
    raise ValueError(f"no way to {status}")


def keep(db: Database, case: Case, stored: cases.Stored | None = None, late_s: float = 0) -> cases.Stored:
    """Store a case as one event, whatever led there, entered so many seconds after it happened."""
    with db.write() as writer:
        return cases.save(
            writer,
            stored,
            case,
            actor=DEDI,
            action=Action.UPDATE_DETAILS,
            occurred_at=case.status_at,
            entered_at=case.status_at + timedelta(seconds=late_s),
        )
