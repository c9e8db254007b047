"""Cases of the past for screens that look back, made through the real services."""

from datetime import datetime, timedelta

from domain.case import Actor, Case, Incident, Location, Reasons, Victims
from domain.words import CallClass, Channel, Domain, NoticeResult, Outcome, Role
from geo.points import LonLat
from services import assignment, closing, coordination, handling, intake, places, registry
from services.assignment import Progress, Promise
from services.center import Center
from services.change import CaseRef
from services.intake import Report

ANI = Actor("Ani", Role.CALL_TAKER)
BUDI = Actor("Budi", Role.DISPATCHER)
CITRA = Actor("Citra", Role.DUTY_OFFICER)
DEDI = Actor("Dedi", Role.FIELD_OFFICER)
FAJAR = Actor("Fajar", Role.ADMIN)
GITA = Actor("Gita", Role.AUDITOR)


def reported(
    center: Center,
    received: datetime,
    type_code: str,
    domain: Domain,
    point: LonLat | None,
    call_class: CallClass = CallClass.NORMAL,
) -> Case:
    """Take a call and decide its class: step 1 after one minute, step 2 after 90 seconds."""
    case = intake.open_call(center, received, ANI, Channel.CALL_112)
    place = places.place_at(center, point, "Contoh") if point else Location(place_text="tidak jelas")
    report = Report(
        narrative="Laporan contoh",
        callback_number="081200000789",
        reporter_name="Pelapor",
        incident=Incident(type_code=type_code, domain=domain, priority=2, victims_estimate=1),
        location=place,
    )
    at = received + timedelta(minutes=1)
    case = intake.record_report(center, at, ANI, _ref(case), report)
    case = intake.propose_class(center, at, ANI, _ref(case), call_class)
    at = received + timedelta(seconds=90)
    return intake.classify(center, at, BUDI, _ref(case), call_class)


def prank(center: Center, received: datetime) -> Case:
    """Take a prank call and close it."""
    case = reported(center, received, "L-FIR1", Domain.LAND, None, CallClass.PRANK)
    return intake.close_call(
        center, received + timedelta(minutes=2), BUDI, _ref(case), "diakui sebagai prank"
    )


def handled(
    center: Center,
    received: datetime,
    type_code: str,
    domain: Domain,
    point: LonLat,
    unit_code: str,
    *,
    arrives_min: float = 12,
    outcome: Outcome = Outcome.RESCUED,
) -> Case:
    """Take a call all the way to its register number; the unit arrives `arrives_min` after the call."""

    def at(minutes: float) -> datetime:
        return received + timedelta(minutes=minutes)

    case = reported(center, received, type_code, domain, point)
    for agency in center.pack.sop.forward_to:
        case = intake.forward(center, at(2), BUDI, _ref(case), agency)
    case = intake.verify(center, at(3), BUDI, _ref(case))
    case = coordination.notify(center, at(3.5), BUDI, _ref(case))
    for notice in [notice for notice in case.agencies if notice.required]:
        case = coordination.answer(center, at(4), BUDI, _ref(case), notice.code, NoticeResult.ACKNOWLEDGED)
    case = coordination.coordinate(center, at(4.5), BUDI, _ref(case))
    case = assignment.propose(center, at(5), CITRA, _ref(case), (Promise(unit_code),))
    case = assignment.approve(center, at(5.5), CITRA, _ref(case))
    case = assignment.name_commander(center, at(5.5), CITRA, _ref(case), "Komandan contoh")
    case = assignment.record_progress(center, at(6), DEDI, _ref(case), unit_code, Progress.DEPART)
    case = assignment.record_progress(center, at(arrives_min), DEDI, _ref(case), unit_code, Progress.ARRIVE)
    end = arrives_min + 14
    case = handling.add_sitrep(center, at(arrives_min + 1), DEDI, _ref(case), "Di lokasi")
    case = assignment.record_progress(center, at(end), DEDI, _ref(case), unit_code, Progress.CLEAR)
    reasons = Reasons(no_documentation="gelap", late_sitrep="perjalanan jauh")
    case = handling.give_reasons(center, at(end), BUDI, _ref(case), reasons)
    case = handling.finish_monitoring(center, at(end), BUDI, _ref(case), overrun_reason="jauh")
    case = handling.update_condition(center, at(end + 0.5), BUDI, _ref(case), "Aman")
    case = handling.record_outcome(
        center, at(end + 0.5), BUDI, _ref(case), outcome, Victims(safe=1, total=1), "RSUD"
    )
    return closing.register(center, at(end + 1), ANI, _ref(case))


def a_unit_of(center: Center, agency: str) -> str:
    """Return the first unit of an agency."""
    return next(code for code, unit in sorted(registry.units(center).items()) if unit.agency == agency)


def _ref(case: Case) -> CaseRef:
    return CaseRef(case.case_id, case.version)
