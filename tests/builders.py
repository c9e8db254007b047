"""What the tests of the procedure share: an SOP, people, units, and a case at any point of its way.

Nothing here names Tarakan: agencies `PMK`, `SAR`, `BPBD`, `MEDIS` are only codes of these tests.
"""

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from PIL import Image

from domain.case import Actor, Case, Incident, Location, Victims
from domain.moves import call, coordination, exits, record, response
from domain.moves.response import ProposedUnit
from domain.response_plan import IncidentType, Requirement
from domain.sop import Sop, SopStep
from domain.units import Unit
from domain.words import (
    CallClass,
    CaseStatus,
    Channel,
    Domain,
    Mode,
    NoticeMethod,
    NoticeResult,
    Outcome,
    Role,
)

T0 = datetime(2026, 1, 14, 0, 0, tzinfo=UTC)
TARGETS_S = (120, 120, 120, 120, 900, 900, 120, 120, 120)

ANI = Actor("Ani", Role.CALL_TAKER)
DEDI = Actor("Dedi", Role.DISPATCHER)
PUTRI = Actor("Putri", Role.DUTY_OFFICER)
FAJAR = Actor("Fajar", Role.FIELD_OFFICER)
SARI = Actor("Sari", Role.SUPERVISOR)
ADE = Actor("Ade", Role.ADMIN)
AGUS = Actor("Agus", Role.AUDITOR)
PEOPLE = (ANI, DEDI, PUTRI, FAJAR, SARI, ADE, AGUS)

CASE_ID = "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10"
OTHER_ID = "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e11"
S = CaseStatus


def a_photo(words: str = "foto") -> bytes:
    """Return a small whole JPEG; other words in its comment make another file."""
    out = io.BytesIO()
    Image.new("RGB", (4, 4), "white").save(out, "JPEG", comment=words.encode())
    return out.getvalue()


def at(minutes: float) -> datetime:
    """Return the time so many minutes after the phone rang."""
    return T0 + timedelta(minutes=minutes)


def sop(**changes: object) -> Sop:
    """Return a procedure with the SOP's standard times (2/2/2/2/15/15/2/2/2 minutes)."""
    roles = (
        (Role.CALL_TAKER,),
        (Role.CALL_TAKER, Role.DISPATCHER),
        (Role.CALL_TAKER, Role.DISPATCHER),
        (Role.DISPATCHER,),
        (Role.DUTY_OFFICER,),
        (Role.DISPATCHER,),
        (Role.DISPATCHER,),
        (Role.CALL_TAKER,),
        (Role.DISPATCHER,),
    )
    plain = Sop(
        number="1067/62/PM/2021",
        name="Prosedur uji",
        made="",
        revised="",
        effective="",
        note="",
        forward_to=("BPBD", "SAR"),
        sitrep_interval_s=900,
        soon_share=0.8,
        steps=tuple(
            SopStep(no, f"Langkah {no}", "masukan", "hasil", target_s, lead, ())
            for no, (target_s, lead) in enumerate(zip(TARGETS_S, roles, strict=True), start=1)
        ),
    )
    return replace(plain, **changes)


def plan() -> IncidentType:
    """Return a person in the water: SAR and POLRI boats, MEDIS; PMI if wanted."""
    return IncidentType(
        code="S-MOB",
        label="Orang jatuh ke air",
        domain=Domain.SEA,
        priority=1,
        lead="SAR",
        required=(Requirement("SAR", "rib"), Requirement("MEDIS", "als"), Requirement("KSOP")),
        optional=(Requirement("PMI", condition="bila banyak korban"),),
    )


def unit(code: str = "SAR-RIB-02", agency: str = "SAR", mode: Mode = Mode.SEA) -> Unit:
    """Return a unit that can be sent."""
    return Unit(
        unit_code=code,
        agency=agency,
        kind="rib",
        mode=mode,
        capabilities=frozenset({"rib"}),
        station="POS-1",
        cruise_kmh=29.6,
        turnout_day_s=1200,
        turnout_night_s=1500,
        personnel=6,
    )


def proposed(code: str = "SAR-RIB-02") -> ProposedUnit:
    """Return a unit as a suggestion would propose it."""
    return ProposedUnit(unit(code), 21_400.0, 2_640.0, "estimate")


RIB, AMB = "SAR-RIB-02", "AMB-112-03"
INCIDENT = Incident(type_code="S-MOB", domain=Domain.SEA, priority=1, victims_estimate=1)
LOCATION = Location(place_text="Depan pantai", lon=117.68, lat=3.3, water_area="Perairan uji")
ONE_SAFE = Victims(safe=1, total=1)


@dataclass(frozen=True)
class Way:
    """Carries a case along the straight path; every call is one move at its usual minute."""

    sop: Sop

    def received(self, case_id: str = CASE_ID, call_no: str = "P-2026-000001") -> Case:
        """The phone rings at minute 0."""
        return call.open_call(case_id, call_no, Channel.CALL_112, ANI, T0, self.sop)

    def reported(self, case: Case, minute: float = 1, **changes: object) -> Case:
        """The call taker writes it down (step 1)."""
        facts: dict[str, object] = {
            "narrative": "Orang jatuh dari perahu",
            "reporter_ref": "h:abc",
            "reporter_phone_masked": "•••789",
            "no_number_reason": None,
            "reporter_named": True,
            "anonymous_reason": None,
            "incident": INCIDENT,
            "location": LOCATION,
        }
        return coordination.seed_checklist(
            call.record_report(case, ANI, at(minute), **(facts | changes)), plan()
        )

    def classified(self, case: Case, call_class: CallClass = CallClass.NORMAL, minute: float = 2) -> Case:
        """The call taker proposes a class and the dispatcher decides (step 2)."""
        case = call.propose_class(case, ANI, at(minute - 0.5), call_class)
        return call.classify(case, DEDI, at(minute), call_class, self.sop)

    def verified(self, case: Case, minute: float = 4) -> Case:
        """BPBD and SAR are told and the case is verified (step 3)."""
        for agency in self.sop.forward_to:
            case = call.forward(case, DEDI, at(minute - 0.5), agency)
        return call.verify(case, DEDI, at(minute), self.sop)

    def coordinated(self, case: Case, minute: float = 6) -> Case:
        """Every required agency is told at once and answers (step 4)."""
        codes = tuple(notice.code for notice in case.agencies if notice.required)
        case = coordination.notify(case, DEDI, at(minute - 1), codes, NoticeMethod.PHONE)
        for code in codes:
            case = coordination.answer_notice(case, DEDI, at(minute - 0.5), code, NoticeResult.ACKNOWLEDGED)
        return coordination.coordinate(case, DEDI, at(minute), self.sop)

    def responding(self, case: Case, codes: tuple[str, ...] = (RIB,), minute: float = 8) -> Case:
        """Units are proposed, approved and dispatched, the commander is named (step 5)."""
        case = response.propose_units(case, PUTRI, at(minute - 1), tuple(proposed(code) for code in codes))
        case = response.approve_units(case, PUTRI, at(minute))
        return response.name_commander(case, PUTRI, at(minute), "Letda Rudi", self.sop)

    def monitoring(self, case: Case, codes: tuple[str, ...] = (RIB,), minute: float = 12) -> Case:
        """The units depart."""
        for code in codes:
            case = response.depart(case, FAJAR, at(minute), code, self.sop)
        return case

    def handled(self, case: Case, codes: tuple[str, ...] = (RIB,)) -> Case:
        """The units arrive and are done; a report every ten minutes, a reason for no photo (step 6)."""
        for code in codes:
            case = response.arrive(case, FAJAR, at(20), code)
        for minute in (20, 30, 40):
            case = response.add_sitrep(case, FAJAR, at(minute), "Penyisiran")
        for code in codes:
            case = response.clear(case, FAJAR, at(50), code)
        return response.give_reasons(case, DEDI, at(50), replace(case.reasons, no_documentation="gelap"))

    def updating(self, case: Case, minute: float = 52) -> Case:
        """The dispatcher ends monitoring."""
        return response.finish_monitoring(case, DEDI, at(minute), self.sop)

    def registered(self, case: Case, minute: float = 53, register_no: str = "2026/000001") -> Case:
        """Outcome, condition, register number (step 7)."""
        case = response.update_condition(case, DEDI, at(minute - 0.5), "Korban selamat")
        case = record.record_outcome(case, DEDI, at(minute - 0.5), outcome=Outcome.RESCUED, victims=ONE_SAFE)
        return record.register(case, ANI, at(minute), register_no, self.sop)

    def delivered(self, case: Case, minute: float = 54) -> Case:
        """Form printed and record queued for DKISP (step 8 waits for the receipt)."""
        case = record.print_form(case, ANI, at(minute), self.sop)
        return record.queued(case, at(minute), "2026/01/14/x_r1.json", "ab" * 32)

    def closed(self, case: Case, minute: float = 56) -> Case:
        """Receipt, archive, sign-off (step 9)."""
        case = record.record_receipt(case, ANI, at(minute - 1), "DKISP-1", "ab" * 32, self.sop)
        return record.close(case, DEDI, at(minute), "Lemari A-3", self.sop)


WAY = Way(sop())


def a_case_at(status: CaseStatus, *, units: tuple[str, ...] = (RIB,), case_id: str = CASE_ID) -> Case:
    """Return a case that went the straight path up to `status`; a merged one joined `OTHER_ID`."""
    case = WAY.received(case_id)
    if status is S.RECEIVED:
        return case
    if status is S.MERGED:
        return exits.merge(case, WAY.received(OTHER_ID, "P-2026-000002"), DEDI, at(3))[0]
    for reached, move in (
        (S.CLASSIFIED, lambda c: WAY.classified(WAY.reported(c))),
        (S.VERIFIED, WAY.verified),
        (S.COORDINATED, WAY.coordinated),
        (S.RESPONDING, lambda c: WAY.responding(c, units)),
        (S.MONITORING, lambda c: WAY.monitoring(c, units)),
        (S.UPDATING, lambda c: WAY.updating(WAY.handled(c, units))),
        (S.REGISTERED, WAY.registered),
        (S.CLOSED, lambda c: WAY.closed(WAY.delivered(c))),
    ):
        case = move(case)
        if reached is status:
            return case
    raise ValueError(f"no way to {status}")


def a_call_closed_as(call_class: CallClass) -> Case:
    """Return a prank, ghost or information call, closed with a note after one call-back."""
    case = WAY.classified(WAY.reported(WAY.received()), call_class)
    case = call.log_callback(case, ANI, at(3))
    return call.close_call(case, DEDI, at(4), "tidak ada kejadian", WAY.sop)
