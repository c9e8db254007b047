"""What each SOP step needs before it may complete (domain.md 1.4, guards 1 to 9).

`checklist` gives every point with whether it is met, for the screen; `require_complete` raises with
the unmet ones. The same list serves both, so that the screen cannot promise what a rule refuses.
"""

from dataclasses import dataclass
from datetime import datetime

from domain.case import Case
from domain.errors import MissingForStep, Need
from domain.permissions import Action
from domain.sop import Sop
from domain.words import HANDLED_OUTCOMES, N_, CallClass, Outcome, StepState


@dataclass(frozen=True, slots=True)
class Check:
    """One point of a step's checklist."""

    need: Need
    met: bool


def checklist(case: Case, step: int, sop: Sop, at: datetime) -> tuple[Check, ...]:
    """Return the points of step `step` (1 to 9) as they stand at time `at`."""
    return _GUARDS[step](case, sop, at)


def missing(case: Case, step: int, sop: Sop, at: datetime) -> tuple[Need, ...]:
    """Return the unmet points of a step."""
    return tuple(check.need for check in checklist(case, step, sop, at) if not check.met)


def require_complete(case: Case, step: int, sop: Sop, at: datetime) -> None:
    """Raise MissingForStep naming every unmet point of the step."""
    needs = missing(case, step, sop, at)
    if needs:
        raise MissingForStep(step, needs)


def require_normal(case: Case, action: Action) -> None:
    """Raise MissingForStep unless the call was classified as normal (strict 2 → 5)."""
    if case.call.call_class is not CallClass.NORMAL or case.step(2).state is not StepState.DONE:
        raise MissingForStep(2, (Need(N_("jenis panggilan Normal sebelum “{action}”"), action=action),))


def latest_evidence(case: Case, step: int) -> datetime | None:
    """Return the newest time that the guard of a step rests on: the step cannot end before it."""
    found: list[datetime | None] = []
    if step == 3:
        found = [forwarding.at for forwarding in case.forwardings]
    elif step == 4:
        asked = [notice for notice in case.agencies if notice.required and not notice.waived_reason]
        found = [at for notice in asked for at in (notice.notified_at, notice.acknowledged_at)]
    elif step == 6:
        found = [
            a for u in case.assignments for a in (u.departed_at, u.arrived_at, u.cleared_at, u.withdrawn_at)
        ]
    elif step == 8:
        sent = case.delivery
        found = [case.form_printed_at, *((sent.written_at, sent.receipt_at) if sent else ())]
    return max((at for at in found if at is not None), default=None)


def longest_silence_s(case: Case, at: datetime) -> int:
    """Return the longest time without a situation report since step 6 began, seconds, up to `at`."""
    started_at = case.step(6).started_at
    if started_at is None:
        return 0
    stamps = [started_at, *sorted(s.at for s in case.sitreps if s.at >= started_at), at]
    return int(max((b - a).total_seconds() for a, b in zip(stamps, stamps[1:], strict=False)))


def _report(case: Case, _sop: Sop, _at: datetime) -> tuple[Check, ...]:
    call = case.call
    recorded = case.step(1).state is StepState.DONE
    return (
        Check(Need(N_("kronologi laporan dicatat")), recorded),
        Check(
            Need(N_("nomor panggil balik, atau alasan tidak tersedia")),
            bool(call.reporter_phone_masked or call.no_number_reason),
        ),
    )


def _classification(case: Case, _sop: Sop, _at: datetime) -> tuple[Check, ...]:
    call = case.call
    checks = [
        Check(
            Need(N_("jenis panggilan ditetapkan Dispatcher")),
            call.call_class is not None and bool(call.decided_at),
        )
    ]
    if call.call_class is CallClass.PRANK:
        confirmed = call.proposed_class is CallClass.PRANK and call.proposed_by not in (None, call.decided_by)
        checks.append(Check(Need(N_("prank dipastikan oleh orang kedua")), confirmed))
    return tuple(checks)


def _verification(case: Case, sop: Sop, _at: datetime) -> tuple[Check, ...]:
    call, incident = case.call, case.incident
    forwarded = {forwarding.agency for forwarding in case.forwardings}
    return (
        Check(
            Need(N_("nama pelapor, atau anonim dengan alasan")),
            call.reporter_named or bool(call.anonymous_reason),
        ),
        Check(Need(N_("jenis kejadian")), incident.type_code is not None),
        Check(Need(N_("matra: darat, laut, atau udara")), incident.domain is not None),
        Check(
            Need(N_("koordinat, atau nama tempat dengan kelurahan, perairan, atau wilayah kewenangan")),
            case.location.is_placed,
        ),
        Check(
            Need(N_("perkiraan korban, atau “belum diketahui”")),
            incident.victims_estimate is not None or incident.victims_unknown,
        ),
        Check(Need(N_("prioritas")), incident.priority is not None),
        *(
            Check(Need(N_("laporan diteruskan ke Perwira {agency}"), agency=code), code in forwarded)
            for code in sop.forward_to
        ),
    )


def _coordination(case: Case, _sop: Sop, _at: datetime) -> tuple[Check, ...]:
    required = [notice for notice in case.agencies if notice.required]
    if not required:
        return (Check(Need(N_("daftar instansi wajib dari rencana respons")), False),)
    return tuple(
        Check(Need(N_("{agency} dihubungi dan menjawab"), agency=notice.code), notice.is_settled)
        for notice in required
    )


def _response(case: Case, _sop: Sop, _at: datetime) -> tuple[Check, ...]:
    units = case.assignments
    return (
        Check(Need(N_("usulan unit oleh Perwira")), bool(units)),
        Check(Need(N_("persetujuan usulan")), any(unit.approved_by for unit in units)),
        Check(
            Need(N_("sekurangnya satu unit dikerahkan dan berangkat")),
            any(unit.dispatched_at and unit.departed_at for unit in units),
        ),
        Check(Need(N_("Komandan Lapangan ditunjuk")), bool(case.on_scene_commander)),
    )


def _monitoring(case: Case, sop: Sop, at: datetime) -> tuple[Check, ...]:
    arrived = any(unit.arrived_at for unit in case.assignments)
    handed_over = case.handover is not None
    on_time = longest_silence_s(case, at) <= sop.sitrep_interval_s
    return (
        Check(
            Need(N_("unit tiba di lokasi, atau alasan tidak tiba")),
            arrived or handed_over or bool(case.reasons.no_arrival),
        ),
        Check(
            Need(
                N_("laporan situasi tiap {minutes} menit, atau alasan jedanya"),
                minutes=sop.sitrep_interval_s // 60,
            ),
            on_time or bool(case.reasons.late_sitrep),
        ),
        Check(
            Need(N_("sekurangnya satu dokumentasi, atau alasan tidak ada")),
            bool(case.attachments or case.reasons.no_documentation),
        ),
        Check(Need(N_("semua unit selesai bertugas")), not case.active_units),
    )


def _condition(case: Case, _sop: Sop, _at: datetime) -> tuple[Check, ...]:
    called_off = case.outcome in (Outcome.CANCELLED, Outcome.FALSE_REPORT)
    hurt = case.victims is not None and case.victims.injured_minor + case.victims.injured_severe > 0
    return (
        Check(Need(N_("kondisi terkini")), bool(case.current_condition)),
        Check(Need(N_("hasil penanganan")), called_off or case.outcome in HANDLED_OUTCOMES),
        Check(
            Need(N_("jumlah korban yang cocok: selamat + luka + meninggal + hilang = jumlah")),
            case.victims is not None and case.victims.reconciles,
        ),
        Check(Need(N_("tujuan rujukan korban luka")), not hurt or bool(case.casualty_destination)),
    )


def _delivery(case: Case, _sop: Sop, _at: datetime) -> tuple[Check, ...]:
    return (
        Check(Need(N_("nomor register")), bool(case.register_no)),
        Check(Need(N_("formulir laporan dicetak")), case.form_printed_at is not None),
        Check(
            Need(N_("data kasus di antrean kirim DKISP")),
            case.delivery is not None and case.delivery.revision == case.revision,
        ),
        _receipt(case),
    )


def _closing(case: Case, _sop: Sop, _at: datetime) -> tuple[Check, ...]:
    # The receipt is asked for again: the record may have been corrected since step 8.
    return (
        Check(Need(N_("data terkirim (langkah 8)")), case.step(8).state is StepState.DONE),
        _receipt(case),
        Check(Need(N_("lokasi berkas arsip kertas")), bool(case.archive_location)),
        Check(Need(N_("tanda tangan penutupan")), bool(case.signed_off_by)),
    )


def _receipt(case: Case) -> Check:
    delivery = case.delivery
    known = delivery is not None and bool(delivery.receipt_id or delivery.override_reason)
    return Check(Need(N_("bukti terima DKISP, atau pengecualian Penyelia")), known)


_GUARDS = {
    1: _report,
    2: _classification,
    3: _verification,
    4: _coordination,
    5: _response,
    6: _monitoring,
    7: _condition,
    8: _delivery,
    9: _closing,
}
