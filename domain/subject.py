"""What a person may ask about data held of them, by when it is answered, what the law keeps (UU 27/2022).

Articles and the time of answering are marked [M]: to be checked by the center's data protection officer.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.case import Case
from domain.errors import Need
from domain.identity import mask_phone
from domain.retention import Hold
from domain.words import N_, CallClass, Label

ANSWER_WITHIN = timedelta(hours=72)
"""3×24 hours after the request was received (Pasal 30, 32 [M])."""
SHORTEST_NAME = 3


class RequestKind(Label):
    """What is asked."""

    COPY = "copy", N_("Salinan data (akses)")
    RECTIFY = "rectify", N_("Perbaikan data")
    ERASE = "erase", N_("Penghapusan atau keberatan")


class RequestState(Label):
    """Where a request stands."""

    OPEN = "open", N_("belum dijawab")
    DONE = "done", N_("dipenuhi")
    PARTLY = "partly", N_("dipenuhi sebagian")
    REFUSED = "refused", N_("ditolak dengan alasan")


class Part(Label):
    """What a person is in a case."""

    REPORTER = "reporter", N_("pelapor")
    MENTIONED = "mentioned", N_("disebut di dalamnya")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom it is about, as they told it: name, number (in normal form), or both."""

    name: str = ""
    phone: str = ""

    @property
    def masked(self) -> str:
        """How the register names them."""
        parts = [masked_name(self.name)] if self.name.strip() else []
        return " · ".join([*parts, mask_phone(self.phone)] if self.phone else parts)


@dataclass(frozen=True, slots=True)
class Request:
    """One line of the register: `subject` is masked; `case_ids`: what it was answered about."""

    request_id: str
    kind: RequestKind
    state: RequestState
    subject: str
    checked_how: str
    asked_at: datetime
    due_at: datetime
    taken_by: str
    case_ids: tuple[str, ...] = ()
    done_at: datetime | None = None
    done_by: str | None = None
    outcome: str = ""

    def is_late(self, now: datetime) -> bool:
        """Return whether it was not answered within the time."""
        return (self.done_at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case in which the person may stand; names and numbers of reporters masked."""

    case_id: str
    call_no: str
    received_at: datetime
    is_open: bool
    part: Part
    name: str
    phone: str
    area: str


def masked_name(name: str) -> str:
    """Return the first letter of each word: `S••• R•••`."""
    return " ".join(f"{word[0].upper()}•••" for word in name.split())


def why_kept(case: Case, hold: Hold | None) -> Need | None:
    """Return why a person's data in a case must stay for now, with the article; None: it can go."""
    if case.is_open:
        return Need(
            N_(
                "{call_no}: kasus masih ditangani; datanya dibutuhkan untuk menolong (kepentingan vital dan "
                "pelayanan publik, Pasal 20 [M]). Ulangi sesudah kasus selesai."
            ),
            call_no=case.call_no,
        )
    if hold is not None:
        return Need(
            N_(
                "{call_no}: ditahan untuk proses hukum (Pasal 15 dan 50 [M]) sejak {at} oleh {by}. Ulangi "
                "sesudah penahanan dilepas."
            ),
            call_no=case.call_no,
            at=hold.placed_at,
            by=hold.placed_by,
        )
    return None


def hash_goes(case: Case, now: datetime, history_days: int) -> bool:
    """Return whether the keyed hash of the number goes too.

    A prank caller's stays as long as earlier calls of a number are looked back on: otherwise each prank could
    be erased before the next.
    """
    if case.call.call_class not in (CallClass.PRANK, CallClass.GHOST):
        return True
    return now >= case.status_at + timedelta(days=history_days)
