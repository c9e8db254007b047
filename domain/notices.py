"""What an agency is told, by which way, and what became of it (SOP step 4; peringatan awal: domain.md 1.3).

The words are Indonesian in every language of the screens, because agencies read them. They hold no more
than is needed to come: never the reporter's name, number or narrative.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.case import Case
from domain.response_plan import IncidentType
from domain.stages import between
from domain.words import N_, PRIORITIES, CallClass, CaseStatus, Label

TRIES = 3
RETRY_S = (15, 60)
"""Seconds to wait after the first and the second attempt: all three lie within two minutes."""
LEASE_S = 30
"""An attempt without a result after so many seconds was cut off (Sigap ended): it is made again."""


class NoticeKind(Label):
    """What an agency is told."""

    PRE_ALERT = "pre_alert", N_("Peringatan awal")
    NOTIFY = "notify", N_("Pemberitahuan")


class Way(Label):
    """By what a notice goes to an agency. The telephone is a person's: it stands last, as a task."""

    SCREEN = "screen", N_("Layar")
    WEBHOOK = "webhook", N_("Sistem instansi")
    EMAIL = "email", N_("Pos-el")
    TELEGRAM = "telegram", N_("Telegram")
    PHONE = "phone", N_("Telepon")


class DeliveryState(Label):
    """What became of a notice on one way. `delivered` only where the other side says so."""

    QUEUED = "queued", N_("menunggu dikirim")
    SENT = "sent", N_("terkirim")
    DELIVERED = "delivered", N_("diterima")
    FAILED = "failed", N_("gagal")
    DROPPED = "dropped", N_("tidak perlu lagi")


class Failure(Label):
    """Why a notice did not go."""

    TIMEOUT = "timeout", N_("tidak menjawab tepat waktu")
    UNREACHABLE = "unreachable", N_("tidak dapat dihubungi, atau sambungan terputus")
    SERVER_ERROR = "server_error", N_("kesalahan pada sistem penerima")
    BUSY = "busy", N_("penerima sedang sibuk")
    REDIRECTED = "redirected", N_("dialihkan ke alamat lain; tidak diikuti")
    REJECTED = "rejected", N_("ditolak; periksa alamat atau token pada channels.toml")
    LOGIN = "login", N_("masuk ke server pos-el ditolak; periksa pengguna dan kata sandi")
    UNSAFE = "unsafe", N_("sambungan aman tidak dapat dibuat; periksa sertifikat")
    UNSET = "unset", N_("salurannya tidak ada lagi pada channels.toml")
    INTERRUPTED = "interrupted", N_("terputus karena Sigap berhenti")
    FAULT = "fault", N_("kesalahan program; lihat catatan Sigap")

    @property
    def may_pass(self) -> bool:
        """Whether the same attempt may succeed a little later."""
        return self in (Failure.TIMEOUT, Failure.UNREACHABLE, Failure.SERVER_ERROR, Failure.BUSY)


@dataclass(frozen=True, slots=True)
class Notice:
    """What one agency is told of one case; longitude and latitude are WGS 84 degrees.

    `asked`: what the response plan asks of this agency, in words. `is_example`: nothing of it is real.
    """

    kind: NoticeKind
    agency: str
    call_no: str
    type_name: str
    priority: int | None
    place: str
    lon: float | None
    lat: float | None
    asked: tuple[str, ...] = ()
    is_example: bool = False

    @property
    def subject(self) -> str:
        """The notice in one line, without a place."""
        start = "CONTOH " if self.is_example else ""
        word = "PERINGATAN AWAL" if self.kind is NoticeKind.PRE_ALERT else "PEMBERITAHUAN"
        return f"{start}{word} {self.call_no}: {self.type_name}"

    @property
    def text(self) -> str:
        """The whole notice, a line a fact."""
        lines = ["CONTOH, bukan kejadian sungguhan."] if self.is_example else []
        if self.kind is NoticeKind.PRE_ALERT:
            lines.append("PERINGATAN AWAL, belum diperintahkan berangkat.")
        else:
            lines.append("PEMBERITAHUAN: kejadian untuk ditindaklanjuti.")
        lines += [f"Panggilan {self.call_no} untuk {self.agency}.", f"Jenis: {self.type_name}."]
        if self.priority is not None:
            lines.append(f"Prioritas {self.priority}: {PRIORITIES[self.priority].lower()}.")
        lines.append(f"Tempat: {self.place or 'belum diketahui'}.")
        if self.lon is not None and self.lat is not None:
            # Latitude first here only: so map apps and radios take it; the words say which is which.
            lines.append(f"Koordinat (lintang, bujur): {self.lat:.5f}, {self.lon:.5f}.")
        asked = ", ".join(self.asked)
        if self.kind is NoticeKind.PRE_ALERT:
            lines.append(f"Siapkan: {asked}." if asked else "Bersiaplah.")
        else:
            lines.append(f"Diminta: {asked}." if asked else "Diminta: koordinasi.")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class NoticeDelivery:
    """One notice on one way. `rank`: the way's place in the agency's list, from 0.

    `next_at`: when it is tried (again). `acknowledged_at`: when the agency answered by link or system.
    `told_by`: who telephoned. `failure` is the last one, also while it is still being tried.
    """

    delivery_id: str
    case_id: str
    agency: str
    kind: NoticeKind
    way: Way
    rank: int
    state: DeliveryState
    notice: Notice
    queued_at: datetime
    next_at: datetime
    attempts: int = 0
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    acknowledged_at: datetime | None = None
    told_by: str | None = None
    failure: Failure | None = None
    detail: str | None = None

    @property
    def is_task(self) -> bool:
        """Whether a person must still telephone."""
        return self.way is Way.PHONE and self.state is DeliveryState.QUEUED


def compose(
    case: Case,
    kind: NoticeKind,
    agency: str,
    *,
    place_text: str,
    plan: IncidentType | None,
    capabilities: dict[str, str],
    is_example: bool,
) -> Notice:
    """Return what `agency` is told. `place_text`: the place in words, names and numbers already masked.

    `plan`: the case's incident type at its alarm level, None where none is chosen yet; `capabilities`: the
    words for their codes.
    """
    where = case.location
    area = where.kelurahan or where.water_area
    asked = (
        tuple(
            f"{need.count} {capabilities.get(need.capability, need.capability)}"
            for need in plan.required
            if need.agency == agency and need.capability is not None
        )
        if plan is not None
        else ()
    )
    return Notice(
        kind=kind,
        agency=agency,
        call_no=case.call_no,
        type_name=plan.label if plan is not None else "belum dipastikan",
        priority=case.incident.priority,
        place=", ".join(part for part in (place_text.strip().rstrip("."), area) if part),
        lon=where.lon,
        lat=where.lat,
        asked=asked,
        is_example=is_example,
    )


def needless(case: Case, kind: NoticeKind, agency: str) -> bool:
    """Return whether nobody need be told any more: answered, told otherwise, left out, or the case went on.

    A pre-alert is overtaken by the notification: it must never arrive after the order.
    """
    line = case.notice(agency)
    open_for = between(CaseStatus.CLASSIFIED, CaseStatus.MONITORING)
    if line is None or line.waived_reason or case.status not in open_for:
        return True
    if case.call.call_class is not CallClass.NORMAL:
        return True
    if kind is NoticeKind.PRE_ALERT:
        return line.notified_at is not None
    return line.result is not None


def next_try(attempts: int, failure: Failure, at: datetime) -> datetime | None:
    """Return when to try again after `attempts` attempts, None when this way is given up."""
    if not failure.may_pass or attempts >= TRIES:
        return None
    return at + timedelta(seconds=RETRY_S[attempts - 1])


def tasks(case: Case, deliveries: Sequence[NoticeDelivery]) -> tuple[NoticeDelivery, ...]:
    """Return the telephone calls that a person must still make, notifications before pre-alerts."""
    open_ones = [one for one in deliveries if one.is_task and not needless(case, one.kind, one.agency)]
    return tuple(
        sorted(open_ones, key=lambda one: (one.kind is not NoticeKind.NOTIFY, one.queued_at, one.agency))
    )
