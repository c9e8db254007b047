"""Steps 1 to 3: the call, its class, its verification."""

from dataclasses import replace
from datetime import datetime

from domain.case import Actor, Call, Case, Forwarding, Incident, Location, fresh_steps
from domain.errors import BadInput, MissingForStep, Need
from domain.guards import missing, require_complete, require_normal
from domain.permissions import Action, require
from domain.sop import Sop
from domain.stages import (
    between,
    finish_step,
    require_after,
    require_status,
    reset_steps,
    set_status,
    skip_steps,
    start_step,
)
from domain.words import N_, CallClass, CaseStatus, Channel, Outcome

S = CaseStatus

CLOSING_OUTCOMES = {
    CallClass.PRANK: Outcome.PRANK,
    CallClass.GHOST: Outcome.GHOST,
    CallClass.INFORMATION: Outcome.INFORMATION,
}


def open_call(
    case_id: str,
    call_no: str,
    channel: Channel,
    actor: Actor,
    received_at: datetime,
    sop: Sop,
    answered_at: datetime | None = None,
) -> Case:
    """Start a case at the ringing phone: the clock of step 1 runs from `received_at` (SOP step 1).

    `answered_at`: where the telephone system tells ring and answer apart. Raises TimeRunsBackwards when it
    was answered before it rang.
    """
    require(actor, Action.TAKE_CALL)
    if answered_at is not None:
        require_after(N_("panggilan dijawab"), answered_at, N_("panggilan diterima"), received_at)
    case = Case(
        case_id=case_id,
        call_no=call_no,
        status=S.RECEIVED,
        status_at=received_at,
        call=Call(channel=channel, received_at=received_at, ended_at=received_at),
        incident=Incident(),
        location=Location(),
        steps=fresh_steps(sop),
        answered_at=answered_at,
    )
    return start_step(case, 1, received_at)


def record_report(
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    narrative: str,
    reporter_ref: str | None,
    reporter_phone_masked: str | None,
    no_number_reason: str | None,
    reporter_named: bool,
    anonymous_reason: str | None,
    incident: Incident,
    location: Location,
) -> Case:
    """Record what the caller said and finish step 1 (guard 1).

    The narrative itself is kept apart as personal data; here it only has to exist.
    """
    require(actor, Action.TAKE_CALL)
    require_status(case, Action.TAKE_CALL, S.RECEIVED, S.CLASSIFIED)
    if not narrative.strip():
        raise BadInput("narrative", N_("Kronologi"), Need(N_("kosong. Tulis apa yang dikatakan pelapor.")))
    if not reporter_phone_masked and not (no_number_reason or "").strip():
        raise BadInput(
            "callback_number",
            N_("Nomor Panggil Balik"),
            Need(N_("kosong. Isi nomornya, atau alasan nomor tidak tersedia.")),
        )
    require_after(N_("pencatatan laporan"), at, N_("panggilan diterima"), case.call.received_at)
    case = replace(
        case,
        call=replace(
            case.call,
            ended_at=at,
            reporter_ref=reporter_ref,
            reporter_phone_masked=reporter_phone_masked,
            no_number_reason=no_number_reason,
            reporter_named=reporter_named,
            anonymous_reason=(anonymous_reason or "").strip() or None,
        ),
        incident=incident,
        location=location,
    )
    return start_step(finish_step(case, 1, at, actor), 2, at)


def propose_class(case: Case, actor: Actor, at: datetime, call_class: CallClass) -> Case:
    """Say what kind of call it seems; the dispatcher decides. Steps 1 and 2 overlap."""
    require(actor, Action.PROPOSE_CLASS)
    require_status(case, Action.PROPOSE_CLASS, S.RECEIVED)
    require_after(N_("usulan jenis panggilan"), at, N_("panggilan diterima"), case.call.received_at)
    call = replace(case.call, proposed_class=call_class, proposed_by=actor.name)
    return start_step(replace(case, call=call), 2, at)


def classify(
    case: Case, actor: Actor, at: datetime, call_class: CallClass, sop: Sop, overrun_reason: str | None = None
) -> Case:
    """Decide the class (SOP step 2, guard 2): Ya = normal leads to step 3, Tidak is closed with a note.

    A prank needs a second person: whoever proposed it may not also decide it.
    """
    require(actor, Action.CLASSIFY)
    require_status(case, Action.CLASSIFY, S.RECEIVED)
    call = replace(case.call, call_class=call_class, decided_by=actor.name, decided_at=at)
    case = start_step(replace(case, call=call), 2, at)
    require_complete(case, 2, sop, at)
    case = set_status(finish_step(case, 2, at, actor, overrun_reason), S.CLASSIFIED, at, Action.CLASSIFY)
    return start_step(case, 3, at) if call_class is CallClass.NORMAL else case


def log_callback(case: Case, actor: Actor, at: datetime) -> Case:
    """Log one attempt to call the number back (needed before a ghost call is closed)."""
    require(actor, Action.LOG_CALLBACK)
    require_status(case, Action.LOG_CALLBACK, S.RECEIVED, S.CLASSIFIED)
    require_after(N_("telepon balik"), at, N_("panggilan diterima"), case.call.received_at)
    call = replace(case.call, callback_attempts=(*case.call.callback_attempts, at))
    return replace(case, call=call)


def close_call(case: Case, actor: Actor, at: datetime, note: str, sop: Sop) -> Case:
    """Close a prank, ghost or information call: recorded, without a register number."""
    require(actor, Action.CLOSE_CALL)
    require_status(case, Action.CLOSE_CALL, S.CLASSIFIED)
    outcome = CLOSING_OUTCOMES.get(case.call.call_class) if case.call.call_class else None
    needs = list(missing(case, 1, sop, at))
    if outcome is None:
        needs.append(
            Need(N_("jenis panggilan prank, ghost, atau informasi (kasus normal ditangani sampai selesai)"))
        )
    if not note.strip():
        needs.append(Need(N_("catatan penutupan")))
    if outcome is Outcome.GHOST and not case.call.callback_attempts:
        needs.append(Need(N_("satu upaya telepon balik yang dicatat")))
    if needs:
        raise MissingForStep(2, tuple(needs))
    case = replace(case, call=replace(case.call, closing_note=note), outcome=outcome)
    return set_status(skip_steps(case, range(3, 10), note), S.CLOSED, at, Action.CLOSE_CALL)


def reclassify(case: Case, actor: Actor, at: datetime, call_class: CallClass, reason: str) -> Case:
    """Correct a wrong class other than normal, closed or not yet; the old class is kept (domain.md 1.4)."""
    require(actor, Action.RECLASSIFY)
    require_status(case, Action.RECLASSIFY, S.CLASSIFIED, S.CLOSED)
    old = case.call.call_class
    if old is None or old not in CLOSING_OUTCOMES:
        raise MissingForStep(2, (Need(N_("kasus yang ditutup sebagai prank, ghost, atau informasi")),))
    if not reason.strip():
        raise BadInput("reason", N_("Alasan"), Need(N_("kosong. Tulis mengapa jenis panggilan diubah.")))
    if call_class is CallClass.PRANK and (
        case.call.proposed_class is not CallClass.PRANK or case.call.proposed_by == actor.name
    ):
        raise MissingForStep(2, (Need(N_("prank dipastikan oleh orang kedua")),))
    call = replace(
        case.call,
        call_class=call_class,
        decided_by=actor.name,
        decided_at=at,
        previous_classes=(*case.call.previous_classes, old),
        closing_note=None,
    )
    case = replace(case, call=call, outcome=None, outcome_reason=reason)
    require_after(N_("perubahan jenis panggilan"), at, N_("perubahan status sebelumnya"), case.status_at)
    if case.status is S.CLOSED:
        case = set_status(reset_steps(case, range(3, 10)), S.CLASSIFIED, at, Action.RECLASSIFY)
    return start_step(case, 3, at) if call_class is CallClass.NORMAL else case


def update_details(
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    incident: Incident | None = None,
    location: Location | None = None,
    reporter_named: bool | None = None,
    anonymous_reason: str | None = None,
) -> Case:
    """Correct or complete what is known of the incident, from the call until it is registered."""
    require(actor, Action.UPDATE_DETAILS)
    require_status(case, Action.UPDATE_DETAILS, *between(S.RECEIVED, S.UPDATING))
    require_after(N_("pembaruan"), at, N_("panggilan diterima"), case.call.received_at)
    call = case.call
    if reporter_named is not None:
        call = replace(
            call, reporter_named=reporter_named, anonymous_reason=(anonymous_reason or "").strip() or None
        )
    return replace(case, call=call, incident=incident or case.incident, location=location or case.location)


def forward(case: Case, actor: Actor, at: datetime, agency: str) -> Case:
    """Note that the report was passed on to a leading officer (SOP step 3: BPBD, SAR)."""
    require(actor, Action.FORWARD)
    require_status(case, Action.FORWARD, *between(S.CLASSIFIED, S.MONITORING))
    require_normal(case, Action.FORWARD)
    require_after(N_("penerusan laporan"), at, N_("jenis panggilan ditetapkan"), case.call.decided_at)
    if any(forwarding.agency == agency for forwarding in case.forwardings):
        return case
    return replace(case, forwardings=(*case.forwardings, Forwarding(agency, at, actor.name)))


def verify(case: Case, actor: Actor, at: datetime, sop: Sop, overrun_reason: str | None = None) -> Case:
    """Finish step 3 (guards 1 to 3): the case is verified and coordination begins."""
    require(actor, Action.VERIFY)
    require_status(case, Action.VERIFY, S.CLASSIFIED)
    require_normal(case, Action.VERIFY)
    for step in (1, 2, 3):
        require_complete(case, step, sop, at)
    case = set_status(finish_step(case, 3, at, actor, overrun_reason), S.VERIFIED, at, Action.VERIFY)
    return start_step(case, 4, at)
