"""Open cases for screens that act on them, made through the real services, minutes before now."""

from datetime import UTC, datetime, timedelta

from domain.case import Actor, Case, Incident, Location
from domain.words import CallClass, Channel, Domain, NoticeResult, Role
from geo.points import LonLat
from services import assignment, coordination, intake, places, suggestion
from services.assignment import Progress, Promise
from services.center import Center
from services.change import CaseRef
from services.intake import Report

ANI = Actor("Ani", Role.CALL_TAKER)
BUDI = Actor("Budi", Role.DISPATCHER)
CITRA = Actor("Citra", Role.DUTY_OFFICER)
OTHER = Actor("Hadi", Role.DUTY_OFFICER)
DEDI = Actor("Dedi", Role.FIELD_OFFICER)

ON_LAND = LonLat(117.587, 3.317)
AT_SEA = LonLat(117.690, 3.335)
FAR_AT_SEA, BUNYU = LonLat(117.93, 3.10), LonLat(117.85, 3.47)


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def reported(
    center: Center,
    type_code: str | None = "L-RTA",
    point: LonLat | None = ON_LAND,
    *,
    proposed: CallClass = CallClass.NORMAL,
    minutes_ago: float = 5,
) -> Case:
    """A call with its report and a proposed class, not decided yet."""
    case = intake.open_call(center, ago(minutes_ago), ANI, Channel.CALL_112)
    place = places.place_at(center, point, "Contoh") if point else Location(place_text="dekat pasar")
    matra = {"L": Domain.LAND, "S": Domain.SEA, "A": Domain.AIR}
    domain = matra[type_code[0]] if type_code else None
    incident = Incident(type_code=type_code, domain=domain, victims_unknown=True)
    report = Report("Laporan contoh", "081200000789", reporter_name="Sari", incident=incident, location=place)
    case = intake.record_report(center, ago(minutes_ago), ANI, _ref(case), report)
    return intake.propose_class(center, ago(minutes_ago), ANI, _ref(case), proposed)


def classified(
    center: Center,
    type_code: str | None = "L-RTA",
    point: LonLat | None = ON_LAND,
    minutes_ago: float = 5,
) -> Case:
    """A normal call: units may be proposed."""
    case = reported(center, type_code, point, minutes_ago=minutes_ago)
    return intake.classify(center, ago(minutes_ago), BUDI, _ref(case), CallClass.NORMAL)


def coordinated(center: Center, case: Case, minutes_ago: float = 2) -> Case:
    """Every agency told, every answer in: units may be sent."""
    for agency in center.pack.sop.forward_to:
        intake.forward(center, ago(minutes_ago), BUDI, _ref(case), agency)
    intake.verify(center, ago(minutes_ago), BUDI, _ref(case))
    case = coordination.notify(center, ago(minutes_ago), BUDI, _ref(case))
    for notice in [n for n in case.agencies if n.required]:
        at = ago(minutes_ago)
        coordination.answer(center, at, BUDI, _ref(case), notice.code, NoticeResult.ACKNOWLEDGED)
    return coordination.coordinate(center, ago(minutes_ago), BUDI, _ref(case))


def recommended(center: Center, case: Case) -> list[str]:
    """Codes of the units that the suggestion recommends for a case, nearest first."""
    found = suggestion.suggest_for(center, datetime.now(UTC), case).suggestion
    return [candidate.state.unit.unit_code for candidate in found.recommended]


def proposed(center: Center, case: Case, *codes: str, actor: Actor = CITRA, minutes_ago: float = 1) -> Case:
    promises = tuple(Promise(code) for code in codes)
    return assignment.propose(center, ago(minutes_ago), actor, _ref(case), promises)


def sent(center: Center, case: Case, *codes: str, progress: tuple[Progress, ...] = ()) -> Case:
    """Units proposed, approved, and moved along `progress`."""
    proposed(center, case, *codes)
    case = assignment.approve(center, ago(0.9), CITRA, _ref(case))
    for step in progress:
        for code in codes:
            case = assignment.record_progress(center, ago(0.5), DEDI, _ref(case), code, step)
    return case


def _ref(case: Case) -> CaseRef:
    return CaseRef(case.case_id)
