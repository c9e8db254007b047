"""Step 4: all agencies are told together; each answers by itself."""

from dataclasses import replace
from datetime import datetime

from domain.case import Actor, AgencyNotice, Case
from domain.errors import BadInput, Need, NotFound
from domain.guards import require_complete, require_normal
from domain.permissions import Action, require
from domain.response_plan import IncidentType
from domain.sop import Sop
from domain.stages import between, finish_step, require_after, require_status, set_status, start_step
from domain.words import N_, CaseStatus, NoticeMethod, NoticeResult

S = CaseStatus


def seed_checklist(case: Case, plan: IncidentType) -> Case:
    """Return the case with a checklist line for every agency the plan names; old lines stay.

    A changed incident type changes which agencies are required, never what was already done.
    """
    required, optional = plan.required_agencies, plan.optional_agencies
    kept = [replace(notice, required=notice.code in required) for notice in case.agencies]
    known = {notice.code for notice in kept}
    new = [AgencyNotice(code, code in required) for code in (*required, *optional) if code not in known]
    return replace(case, agencies=(*kept, *new))


def pre_alert(case: Case, actor: Actor, at: datetime) -> Case:
    """Tell every required agency that was not told yet to stand by; nobody departs (domain.md 1.3, item 3).

    Allowed once the call is normal. Whoever was told already, or was waived, is left alone.
    """
    require(actor, Action.PRE_ALERT)
    require_status(case, Action.PRE_ALERT, *between(S.CLASSIFIED, S.MONITORING))
    require_normal(case, Action.PRE_ALERT)
    require_after(N_("peringatan awal"), at, N_("jenis panggilan ditetapkan"), case.call.decided_at)
    if not any(line.required for line in case.agencies):
        raise BadInput(
            "agency", N_("Instansi"), Need(N_("belum ada yang wajib. Pilih jenis kejadian lebih dahulu."))
        )
    told = tuple(
        replace(line, pre_alerted_at=at) if awaits_pre_alert(line) else line for line in case.agencies
    )
    return replace(case, agencies=told)


def awaits_pre_alert(line: AgencyNotice) -> bool:
    """Return whether a pre-alert would still tell this agency something."""
    return (
        line.required and not line.waived_reason and line.notified_at is None and line.pre_alerted_at is None
    )


def notify(case: Case, actor: Actor, at: datetime, codes: tuple[str, ...], method: NoticeMethod) -> Case:
    """Tell the agencies `codes` at the same moment (SOP step 4; allowed from step 2 on)."""
    require(actor, Action.NOTIFY)
    require_status(case, Action.NOTIFY, *between(S.CLASSIFIED, S.MONITORING))
    require_normal(case, Action.NOTIFY)
    require_after(N_("pemberitahuan instansi"), at, N_("jenis panggilan ditetapkan"), case.call.decided_at)
    known = {notice.code for notice in case.agencies}
    lines = (
        *case.agencies,
        *(AgencyNotice(code, required=False) for code in dict.fromkeys(codes) if code not in known),
    )
    told = tuple(
        replace(line, notified_at=at, method=method)
        if line.code in codes and line.notified_at is None
        else line
        for line in lines
    )
    return replace(case, agencies=told)


def telephoned(case: Case, actor: Actor, at: datetime, code: str) -> Case:
    """Record that an agency which no channel reached was told by telephone; when it was first told stays."""
    require(actor, Action.NOTIFY)
    require_status(case, Action.NOTIFY, *between(S.CLASSIFIED, S.MONITORING))
    line = _told_line(case, code)
    require_after(N_("telepon ke instansi"), at, N_("pemberitahuan instansi"), line.notified_at)
    return _with_line(case, replace(line, method=NoticeMethod.PHONE))


def answer_notice(
    case: Case, actor: Actor, at: datetime, code: str, result: NoticeResult, note: str = ""
) -> Case:
    """Record what an agency answered; no answer is escalated, and says to whom in `note`."""
    require(actor, Action.ANSWER_NOTICE)
    require_status(case, Action.ANSWER_NOTICE, *between(S.CLASSIFIED, S.MONITORING))
    line = _told_line(case, code)
    require_after(N_("jawaban instansi"), at, N_("pemberitahuan instansi"), line.notified_at)
    if result is not NoticeResult.ACKNOWLEDGED and not note.strip():
        raise BadInput(
            "note", N_("Keterangan"), Need(N_("kosong. Tulis alasan menolak, atau kepada siapa diteruskan."))
        )
    acknowledged_at = at if result is NoticeResult.ACKNOWLEDGED else None
    return _with_line(
        case, replace(line, result=result, acknowledged_at=acknowledged_at, note=note.strip() or line.note)
    )


def waive_agency(case: Case, actor: Actor, at: datetime, code: str, reason: str) -> Case:
    """Leave a required agency out, with a reason."""
    require(actor, Action.WAIVE_AGENCY)
    require_status(case, Action.WAIVE_AGENCY, *between(S.CLASSIFIED, S.MONITORING))
    require_after(N_("pengecualian instansi"), at, N_("panggilan diterima"), case.call.received_at)
    if not reason.strip():
        raise BadInput(
            "reason", N_("Alasan"), Need(N_("kosong. Tulis mengapa instansi ini tidak dihubungi."))
        )
    return _with_line(case, replace(_line(case, code), waived_reason=reason.strip()))


def coordinate(case: Case, actor: Actor, at: datetime, sop: Sop, overrun_reason: str | None = None) -> Case:
    """Finish step 4 (guard 4): every required agency was told and answered, or was waived."""
    require(actor, Action.COORDINATE)
    require_status(case, Action.COORDINATE, S.VERIFIED)
    require_complete(case, 4, sop, at)
    case = set_status(finish_step(case, 4, at, actor, overrun_reason), S.COORDINATED, at, Action.COORDINATE)
    return start_step(case, 5, at)


def _line(case: Case, code: str) -> AgencyNotice:
    line = case.notice(code)
    if line is None:
        raise NotFound(N_("Instansi pada daftar kasus ini"), code)
    return line


def _told_line(case: Case, code: str) -> AgencyNotice:
    line = _line(case, code)
    if line.notified_at is None:
        raise BadInput(
            "agency", N_("Instansi"), Need(N_("{code} belum dihubungi. Hubungi dahulu."), code=code)
        )
    return line


def _with_line(case: Case, line: AgencyNotice) -> Case:
    return replace(case, agencies=tuple(line if old.code == line.code else old for old in case.agencies))
