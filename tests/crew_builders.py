"""Orders for crews: cases carried by the real services to where units have been sent, minutes before now."""

from datetime import UTC, datetime, timedelta

from builders import ANI, DEDI, PUTRI

from domain.case import Actor, Case, Incident
from domain.words import CallClass, Channel, Domain, NoticeResult, Role
from geo.points import LonLat
from services import assignment, coordination, devices, intake, places
from services.assignment import Promise
from services.center import Center
from services.change import CaseRef
from services.intake import Report

ADMIN = Actor("Ade", Role.ADMIN)
BOAT, CAR, AMBULANCE = "SAR-RIB-02", "PMK-HQ-01", "AMB-112-01"
AT_SEA, ON_LAND = LonLat(117.690, 3.335), LonLat(117.587, 3.317)
NAME, PHONE = "Siti Aminah", "081234567890"
NARRATIVE = f"Orang terseret arus di dekat kapal. Kata Ibu {NAME}, hubungi {PHONE}"


def utc() -> datetime:
    """Return the present."""
    return datetime.now(UTC)


def ago(seconds: float) -> datetime:
    """Return a time before now."""
    return utc() - timedelta(seconds=seconds)


def ref(case: Case) -> CaseRef:
    """Return the case whatever its version is."""
    return CaseRef(case.case_id)


def ordered(
    center: Center, *units: str, place: LonLat = AT_SEA, type_code: str = "S-MOB", sent_s: float = 600
) -> Case:
    """Return a case to which `units` were sent `sent_s` seconds ago."""
    at = ago(sent_s + 60)
    case = intake.open_call(center, at, ANI, Channel.CALL_112)
    report = Report(
        NARRATIVE,
        PHONE,
        reporter_name=NAME,
        incident=Incident(type_code, Domain.SEA if type_code[0] == "S" else Domain.LAND, 1, 2),
        location=places.place_at(center, place, f"Perahu milik Pak Hasan dekat rumah {NAME}"),
    )
    intake.record_report(center, at, ANI, ref(case), report)
    intake.propose_class(center, at, ANI, ref(case), CallClass.NORMAL)
    intake.classify(center, at, DEDI, ref(case), CallClass.NORMAL)
    for agency in center.pack.sop.forward_to:
        intake.forward(center, at, DEDI, ref(case), agency)
    intake.verify(center, at, DEDI, ref(case))
    case = coordination.notify(center, at, DEDI, ref(case))
    for notice in [notice for notice in case.agencies if notice.required]:
        coordination.answer(center, at, DEDI, ref(case), notice.code, NoticeResult.ACKNOWLEDGED)
    coordination.coordinate(center, at, DEDI, ref(case))
    assignment.propose(center, at, PUTRI, ref(case), tuple(Promise(unit) for unit in units))
    assignment.name_commander(center, at, PUTRI, ref(case), "Letda Rudi")
    return assignment.approve(center, ago(sent_s), PUTRI, ref(case))


def token_of(center: Center, unit: str) -> str:
    """Return the token of a new device of a unit."""
    return devices.make(center, utc(), ADMIN, unit, "HP regu").token
