"""Who saw personal data: what is noted, what counts as the same look, and what use is unusual (UU 27/2022).

A note says who, when, of which case, what kind of data, why and by which way; never the data itself.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.case import Actor
from domain.words import N_, Label, Role

SAME_LOOK = timedelta(minutes=10)
"""The same person seeing the same thing again within this time is one look."""
LONGEST_REASON = 300


class Seen(Label):
    """What kind of personal data was seen or taken out."""

    IDENTITY = "identity", N_("nama dan nomor pelapor")
    CALL_BACK = "call_back", N_("nomor untuk telepon balik")
    NARRATIVE = "narrative", N_("kronologi pelapor")
    RECORD = "record", N_("data kasus lengkap")
    REPORT = "report", N_("Laporan Penanganan (PDF)")
    CASES = "cases", N_("berkas banyak kasus")
    CALLERS = "callers", N_("daftar panggilan tercetak")
    PHOTO = "photo", N_("foto atau dokumen")
    SUBJECT_SEARCH = "subject_search", N_("pencarian pemilik data")
    SUBJECT_COPY = "subject_copy", N_("salinan untuk pemilik data")
    ARCHIVE = "archive", N_("arsip semua kasus")


class Way(Label):
    """By which way it was seen or left."""

    SCREEN = "screen", N_("layar")
    FILE = "file", N_("unduhan")
    PAPER = "paper", N_("kertas")
    API = "api", N_("API")
    COMMAND = "command", N_("perintah di server")


@dataclass(frozen=True, slots=True)
class Look:
    """One look. `case_id` is None for many cases at once: `cases` of them, received in [since, until)."""

    at: datetime
    name: str
    role: Role
    account: str
    on_behalf_of: str
    seen: Seen
    way: Way
    case_id: str | None = None
    reason: str = ""
    cases: int = 1
    since: datetime | None = None
    until: datetime | None = None

    @property
    def person(self) -> str:
        """Who it was: the account, or the name where there is none."""
        return self.account or self.name

    @property
    def same(self) -> tuple[object, ...]:
        """What makes two looks one: everything but their times."""
        return (
            self.name,
            self.role,
            self.account,
            self.on_behalf_of,
            self.seen,
            self.way,
            self.case_id,
            self.reason,
            self.since,
            self.until,
        )


def look_of(
    actor: Actor,
    at: datetime,
    seen: Seen,
    way: Way,
    *,
    case_id: str | None = None,
    reason: str = "",
    cases: int = 1,
    period: tuple[datetime | None, datetime | None] = (None, None),
) -> Look:
    """Return the look of somebody."""
    return Look(
        at,
        actor.name,
        actor.role,
        actor.account,
        actor.on_behalf_of,
        seen,
        way,
        case_id,
        reason[:LONGEST_REASON],
        cases,
        *period,
    )


@dataclass(frozen=True, slots=True)
class Noted:
    """A look as stored, with what its case is now: call number (None for many cases), closed at that time."""

    look: Look
    call_no: str | None = None
    was_closed: bool = False


class Rule(Label):
    """Use that somebody should ask about; each is a question, no proof of anything."""

    MANY_CLOSED = "many_closed", N_("banyak kasus selesai dibuka dalam satu jam")
    MANY_IDENTITIES = "many_identities", N_("banyak identitas dibuka dalam satu jam")
    MANY_FILES = "many_files", N_("banyak berkas diambil dalam satu jam")


WINDOW = timedelta(hours=1)
THRESHOLDS: dict[Rule, int] = {Rule.MANY_CLOSED: 10, Rule.MANY_IDENTITIES: 5, Rule.MANY_FILES: 10}
"""From how many different ones within `WINDOW` on it is unusual (contoh: each center sets its own)."""
_MANY = (Seen.CASES, Seen.CALLERS, Seen.ARCHIVE)
_COUNTED: dict[Rule, Callable[[Noted], bool]] = {
    Rule.MANY_CLOSED: lambda one: one.was_closed and one.look.case_id is not None,
    Rule.MANY_IDENTITIES: lambda one: one.look.seen is Seen.IDENTITY,
    Rule.MANY_FILES: lambda one: one.look.seen in _MANY,
}


@dataclass(frozen=True, slots=True)
class Unusual:
    """Unusual use by one person from `since` to `until`; `most`: different ones in an hour at the worst."""

    rule: Rule
    person: str
    name: str
    since: datetime
    until: datetime
    most: int


def unusual(noted: Iterable[Noted]) -> list[Unusual]:
    """Return every stretch of unusual use, newest first.

    Different cases count, not how often one case was opened; of many cases at once, each file counts.
    """
    by_person: dict[str, list[Noted]] = {}
    for one in sorted(noted, key=lambda one: one.look.at):
        by_person.setdefault(one.look.person, []).append(one)
    found = [
        stretch
        for person in by_person.values()
        for rule in Rule
        for stretch in _stretches(rule, [one for one in person if _COUNTED[rule](one)])
    ]
    return sorted(found, key=lambda one: (one.until, one.rule.value, one.person), reverse=True)


def _stretches(rule: Rule, counted: Sequence[Noted]) -> list[Unusual]:
    found: list[Unusual] = []
    recent: deque[tuple[datetime, object]] = deque()
    for number, one in enumerate(counted):
        look = one.look
        recent.append((look.at, look.case_id or number))
        while recent[0][0] <= look.at - WINDOW:
            recent.popleft()
        different = len({what for _, what in recent})
        if different < THRESHOLDS[rule]:
            continue
        since = recent[0][0]
        if found and found[-1].until >= since:
            last = found.pop()
            found.append(
                Unusual(rule, last.person, last.name, last.since, look.at, max(last.most, different))
            )
        else:
            found.append(Unusual(rule, look.person, look.name, since, look.at, different))
    return found
