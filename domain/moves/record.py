"""Steps 7 to 9: outcome, register number, handing over the record, closing."""

from dataclasses import replace
from datetime import datetime

from domain.case import Actor, Case, Delivery, Victims
from domain.errors import BadInput, MissingForStep, Need
from domain.guards import latest_evidence, missing, require_complete
from domain.permissions import Action, require
from domain.sop import Sop
from domain.stages import between, finish_step, require_after, require_status, set_status, start_step
from domain.words import HANDLED_OUTCOMES, N_, CaseStatus, Outcome, StepState

S = CaseStatus


def record_outcome(
    case: Case,
    actor: Actor,
    at: datetime,
    *,
    outcome: Outcome | None,
    victims: Victims,
    casualty_destination: str | None = None,
) -> Case:
    """Record how it ended and the reconciled victims (SOP step 7); may begin while units still work.

    A cancelled case or false report keeps that outcome; pass `outcome=None` there. A destination of None
    leaves the old one, an empty one clears it.
    """
    require(actor, Action.RECORD_OUTCOME)
    require_status(case, Action.RECORD_OUTCOME, *between(S.RESPONDING, S.UPDATING))
    require_after(N_("hasil penanganan"), at, N_("panggilan diterima"), case.call.received_at)
    called_off = case.outcome in (Outcome.CANCELLED, Outcome.FALSE_REPORT)
    if not called_off and outcome not in HANDLED_OUTCOMES:
        raise BadInput(
            "outcome",
            N_("Hasil"),
            Need(N_("belum dipilih. Pilih salah satu: {allowed}."), allowed=HANDLED_OUTCOMES),
        )
    if not victims.reconciles:
        raise BadInput(
            "victims",
            N_("Korban"),
            Need(
                N_("selamat + luka + meninggal + hilang = {sum}, tetapi jumlah = {total}. Samakan."),
                sum=victims.safe
                + victims.injured_minor
                + victims.injured_severe
                + victims.dead
                + victims.missing,
                total=victims.total,
            ),
        )
    case = replace(
        case,
        outcome=case.outcome if called_off else outcome,
        victims=victims,
        casualty_destination=case.casualty_destination
        if casualty_destination is None
        else casualty_destination.strip() or None,
    )
    return start_step(case, 7, at)


def register(
    case: Case, actor: Actor, at: datetime, register_no: str, sop: Sop, overrun_reason: str | None = None
) -> Case:
    """Finish step 7 (guard 7) and issue the register number, so that step 8 receives “Teregister”."""
    require(actor, Action.REGISTER)
    require_status(case, Action.REGISTER, S.UPDATING)
    require_complete(case, 7, sop, at)
    _require_monotonic(case, at)
    case = finish_step(case, 7, at, actor, overrun_reason)
    case = replace(case, register_no=case.register_no or register_no)
    return start_step(set_status(case, S.REGISTERED, at, Action.REGISTER), 8, at)


def print_form(case: Case, actor: Actor, at: datetime, sop: Sop) -> Case:
    """Note that the paper report was printed (SOP: electronic and manual records)."""
    require(actor, Action.PRINT_FORM)
    require_status(case, Action.PRINT_FORM, S.REGISTERED)
    require_after(N_("pencetakan"), at, N_("nomor register terbit"), case.status_at)
    return _finish_delivery(replace(case, form_printed_at=at), actor, at, sop)


def queued(case: Case, at: datetime, path: str, digest: str) -> Case:
    """Note that the present revision lies in the outbox for DKISP; it waits for a receipt (step 8).

    Part of what registers or corrects a case, hence nobody's action of its own.
    """
    require_status(case, Action.DELIVER, S.REGISTERED)
    require_after(N_("pengiriman data"), at, N_("nomor register terbit"), case.status_at)
    return replace(case, delivery=Delivery(path, digest, at, case.revision))


def revised(old: Case, new: Case) -> Case:
    """Return `new`, as the next revision where what DKISP has by `old` is no longer so.

    For what still changes once a case is registered: documents come late, reports are merged into it.
    """
    if old.delivery is None or new.status is not S.REGISTERED or old == new:
        return new
    return replace(new, revision=old.revision + 1, delivery=None)


def record_receipt(case: Case, actor: Actor, at: datetime, receipt_id: str, digest: str, sop: Sop) -> Case:
    """Note DKISP's receipt; one for other bytes than those that were sent is none.

    Whoever brings it: what proves it is the digest. Services ask who may bring one as a file.
    """
    require_status(case, Action.RECORD_RECEIPT, S.REGISTERED)
    delivery = _delivered(case)
    if not receipt_id.strip():
        raise BadInput("receipt_id", N_("Bukti Terima"), Need(N_("kosong; minta nomornya kepada DKISP.")))
    if digest != delivery.digest:
        raise BadInput(
            "receipt_id", N_("Bukti Terima"), Need(N_("tidak cocok dengan sidik jari berkas yang dikirim."))
        )
    require_after(N_("bukti terima"), at, N_("pengiriman data"), delivery.written_at)
    case = replace(case, delivery=replace(delivery, receipt_id=receipt_id.strip(), receipt_at=at))
    return _finish_delivery(case, actor, at, sop)


def override_receipt(case: Case, actor: Actor, at: datetime, reason: str, sop: Sop) -> Case:
    """Let the case go on without a receipt: the supervisor's word, with a reason (guards 8 and 9)."""
    require(actor, Action.OVERRIDE_RECEIPT)
    require_status(case, Action.OVERRIDE_RECEIPT, S.REGISTERED)
    delivery = _delivered(case)
    if not reason.strip():
        raise BadInput("reason", N_("Alasan"), Need(N_("kosong. Tulis mengapa ditutup tanpa bukti terima.")))
    require_after(N_("pengecualian"), at, N_("pengiriman data"), delivery.written_at)
    case = replace(case, delivery=replace(delivery, override_reason=reason.strip(), override_by=actor.name))
    return _finish_delivery(case, actor, at, sop)


def close(
    case: Case,
    actor: Actor,
    at: datetime,
    archive_location: str,
    sop: Sop,
    overrun_reason: str | None = None,
) -> Case:
    """Finish step 9 (guard 9): the work is done; the one who closes signs off."""
    require(actor, Action.CLOSE)
    require_status(case, Action.CLOSE, S.REGISTERED)
    case = replace(case, archive_location=archive_location.strip() or None, signed_off_by=actor.name)
    require_complete(case, 9, sop, at)
    return set_status(finish_step(case, 9, at, actor, overrun_reason), S.CLOSED, at, Action.CLOSE)


def _finish_delivery(case: Case, actor: Actor, at: datetime, sop: Sop) -> Case:
    """Finish step 8 and start step 9 once the form is printed and the receipt, or a word for it, is there."""
    if case.step(8).state is not StepState.IN_PROGRESS or missing(case, 8, sop, at):
        return case
    done_at = max(at, latest_evidence(case, 8) or at)
    return start_step(finish_step(case, 8, done_at, actor), 9, done_at)


def _delivered(case: Case) -> Delivery:
    if case.delivery is None:
        raise MissingForStep(8, (Need(N_("data kasus di antrean kirim DKISP")),))
    return case.delivery


def _require_monotonic(case: Case, at: datetime) -> None:
    """Raise TimeRunsBackwards when a unit's stamp lies after the registration (guard 7)."""
    for unit in case.assignments:
        for stamp in (unit.dispatched_at, unit.departed_at, unit.arrived_at, unit.cleared_at):
            if stamp is not None:
                require_after(N_("nomor register"), at, N_("gerak unit terakhir"), stamp)
