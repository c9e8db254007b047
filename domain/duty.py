"""The duty roster and its handover: who is on duty when, as what, and from whom to whom it passes.

A watch is one of the city's shifts on a day, from its hour until the next one begins; the watches follow each
other without a gap. A roster is a help and never a condition: a center without one works.

A watch is handed over as a whole, by one of those who lead it to another person; both confirm: who leaves
writes what stays open and signs it, who comes reads it and accepts it, or refuses with a reason. Until
somebody accepts, those who leave stay responsible. domain.md 5: Serah Terima Piket.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from domain.case import Actor
from domain.errors import BadInput, Need, SigapError
from domain.words import N_, Label, Role

STAFFED = (Role.CALL_TAKER, Role.DISPATCHER, Role.DUTY_OFFICER)
"""Roles that every watch needs."""
ROSTERED = (*STAFFED, Role.SUPERVISOR)
"""Roles that a roster knows."""
_LEADS = (Role.DUTY_OFFICER, Role.SUPERVISOR, Role.DISPATCHER, Role.CALL_TAKER)
SIGNING, TAKING = N_("Menyerahkan piket ini"), N_("Menerima piket ini")
FORGOTTEN_AFTER = timedelta(hours=24)
"""A watch that nobody took over for so long after its end counts as left without a handover."""
LONGEST_NOTES = 4000
LONGEST_REASON = 500
_TIME = re.compile(r"\b\d{1,2}([-./])\d{1,2}\1\d{2,4}\b|\b\d{1,2}[.:]\d{2}\b")
_PHONE = re.compile(r"(?<![\w/.-])(?:\+?62|0)(?:[\s().-]{0,2}\d){8,}")


class Standing(Label):
    """Where a watch, and everybody on it, stands."""

    PLANNED = "planned", N_("dijadwalkan")
    ON_DUTY = "on_duty", N_("bertugas")
    RELIEVED = "relieved", N_("sudah diganti")
    LEFT = "left", N_("selesai tanpa serah terima")


class HandoverState(Label):
    """Where a handover stands."""

    WAITING = "waiting", N_("menunggu diterima")
    ACCEPTED = "accepted", N_("diterima")
    REFUSED = "refused", N_("ditolak")
    WITHDRAWN = "withdrawn", N_("ditarik")


class HandoverTaken(SigapError):
    """Somebody has answered the handover already."""

    template = N_("Serah terima ini sudah {state} oleh {name} pada {at}. Muat ulang untuk melihatnya.")


class HandoverWaits(SigapError):
    """The watch has a handover that nobody answered yet, or was handed over."""

    template = N_(
        "Piket {watch} sudah punya serah terima ({state}, ditulis {name} pada {at}). Buka yang itu."
    )


class NotYours(SigapError):
    """Somebody else must sign."""

    template = N_("{what}: oleh {names}. Minta orang itu, atau penyelia mengubah jadwal.")


class RosterChanged(SigapError):
    """Another supervisor changed the watch's plan meanwhile."""

    template = N_("Jadwal giliran ini baru saja diubah orang lain. Periksa lalu simpan lagi.")


@dataclass(frozen=True, slots=True)
class DutyRules:
    """The city's numbers: the fewest people of each role in a watch, hours of rest, patience with a handover.

    rest_h: hours off between two watches; fewer is a warning, never a block. handover_s: seconds after a
    watch's end until a missing handover is said to be overdue.
    """

    call_takers: int
    dispatchers: int
    duty_officers: int
    rest_h: int
    handover_s: int

    def least(self, role: Role) -> int:
        """Return how many of a role a watch needs."""
        numbers = (self.call_takers, self.dispatchers, self.duty_officers)
        return dict(zip(STAFFED, numbers, strict=True)).get(role, 0)


@dataclass(frozen=True, slots=True)
class Watch:
    """One shift of one day. day: the local day on which it begins; shift: its code in the city pack."""

    day: date
    shift: str
    starts_at: datetime
    ends_at: datetime

    @property
    def key(self) -> str:
        """What names it in the trail: `2026-11-30/pagi`."""
        return f"{self.day.isoformat()}/{self.shift}"

    @property
    def name(self) -> str:
        """What names it in a sentence: `pagi 30-11-2026`."""
        return f"{self.shift} {self.day:%d-%m-%Y}"

    def covers(self, at: datetime) -> bool:
        """Return whether a moment lies in it: the start does, the end is the next one's."""
        return self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Entry:
    """One person planned into one watch, in one role. login: the account."""

    day: date
    shift: str
    role: Role
    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: account, name, role, and in whose place ("" for oneself)."""

    login: str
    name: str
    role: Role
    on_behalf_of: str = ""

    @property
    def people(self) -> frozenset[str]:
        """By what the signer may be known as the same person; case does not matter."""
        return frozenset(word.casefold() for word in (self.login, self.name, self.on_behalf_of) if word)


@dataclass(frozen=True, slots=True)
class Passing:
    """A handover of a watch, as far as it decides where watches stand."""

    watch: Watch
    state: HandoverState


@dataclass(frozen=True, slots=True)
class Gap:
    """A watch lacks people of a role: how many."""

    role: Role
    missing: int


def signer(actor: Actor) -> Signer:
    """Return an acting person as one who signs."""
    return Signer(actor.account, actor.name, actor.role, actor.on_behalf_of)


def watches(hours: Mapping[str, int], zone: tzinfo, first: date, days: int) -> tuple[Watch, ...]:
    """Return the watches that begin on the `days` local days from `first`, in order.

    hours: the shift codes with the local hour (0 to 23) at which each begins; at least one. The last watch
    of a day lasts until the first of the next.
    """
    in_order = sorted(hours.items(), key=lambda one: one[1])
    starts = [
        (day, code, datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC))
        for day in (first + timedelta(days=n) for n in range(days + 1))
        for code, hour in in_order
    ]
    return tuple(
        Watch(day, code, start, after)
        for (day, code, start), (_, _, after) in zip(
            starts[: days * len(in_order)], starts[1 : days * len(in_order) + 1], strict=True
        )
    )


def watch_at(hours: Mapping[str, int], zone: tzinfo, at: datetime) -> Watch:
    """Return the watch that covers a moment; every moment has exactly one."""
    day = at.astimezone(zone).date()
    return next(one for one in watches(hours, zone, day - timedelta(days=1), 3) if one.covers(at))


def monday(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def gaps(entries: Iterable[Entry], rules: DutyRules) -> tuple[Gap, ...]:
    """Return what the people of one watch lack to the fewest that it needs."""
    counted = [entry.role for entry in entries]
    lacking = ((role, rules.least(role) - counted.count(role)) for role in STAFFED)
    return tuple(Gap(role, missing) for role, missing in lacking if missing > 0)


def require_one_place(entries: Sequence[Entry], spans: Mapping[tuple[date, str], Watch]) -> None:
    """Raise BadInput when somebody is planned twice at one time: in two roles, or in watches that overlap.

    spans: the watch of each (day, shift); an entry without one (its shift is no longer the city's) is passed.
    """
    by_login: dict[str, list[Entry]] = {}
    for entry in entries:
        by_login.setdefault(entry.login, []).append(entry)
    for own in by_login.values():
        for place, one in enumerate(own):
            for other in own[place + 1 :]:
                a, b = spans.get((one.day, one.shift)), spans.get((other.day, other.shift))
                if a is not None and b is not None and a.starts_at < b.ends_at and b.starts_at < a.ends_at:
                    reason = Need(
                        N_("{name} sudah dijadwalkan sebagai {role} pada waktu yang sama ({watch})."),
                        name=one.name,
                        role=one.role,
                        watch=a.name,
                    )
                    raise BadInput("people", N_("Petugas"), reason)


def rest_warnings(
    entries: Iterable[Entry], spans: Mapping[tuple[date, str], Watch], rules: DutyRules
) -> tuple[Need, ...]:
    """Return who has fewer hours off between two watches than the city asks for; only a warning."""
    by_login: dict[str, list[tuple[Watch, Entry]]] = {}
    for entry in entries:
        watch = spans.get((entry.day, entry.shift))
        if watch is not None:
            by_login.setdefault(entry.login, []).append((watch, entry))
    found = []
    for own in by_login.values():
        own.sort(key=lambda one: one[0].starts_at)
        for (before, entry), (after, _) in zip(own, own[1:], strict=False):
            rest = after.starts_at - before.ends_at
            if timedelta(0) <= rest < timedelta(hours=rules.rest_h):
                found.append(
                    (
                        after.starts_at,
                        Need(
                            N_("{name}: istirahat {hours} jam sebelum {watch}, seharusnya {least} jam."),
                            name=entry.name,
                            hours=int(rest.total_seconds()) // 3600,
                            watch=after.name,
                            least=rules.rest_h,
                        ),
                    )
                )
    return tuple(need for _, need in sorted(found, key=lambda one: one[0]))


def standing(watch: Watch, passings: Iterable[Passing], now: datetime) -> Standing:
    """Return where a watch stands.

    On duty from its start (earlier once the watch before it was handed over) until its own handover is
    accepted, also past its end; left once a later watch was handed over instead, or a day after its end.
    """
    accepted = [one.watch for one in passings if one.state is HandoverState.ACCEPTED]
    if any(one.key == watch.key for one in accepted):
        return Standing.RELIEVED
    if now < watch.starts_at and not any(one.ends_at == watch.starts_at for one in accepted):
        return Standing.PLANNED
    if now < watch.ends_at:
        return Standing.ON_DUTY
    passed_over = any(one.starts_at > watch.starts_at for one in accepted)
    return Standing.LEFT if passed_over or now - watch.ends_at >= FORGOTTEN_AFTER else Standing.ON_DUTY


def is_overdue(watch: Watch, passings: Iterable[Passing], rules: DutyRules, now: datetime) -> bool:
    """Return whether a watch is over, its patience too, and nobody took it over."""
    late = now - watch.ends_at >= timedelta(seconds=rules.handover_s)
    return late and standing(watch, passings, now) is Standing.ON_DUTY


def leaders(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return who hands a watch over: its people of the highest role; none where nobody is planned."""
    own = tuple(entries)
    for role in _LEADS:
        found = tuple(entry for entry in own if entry.role is role)
        if found:
            return found
    return ()


def need_to_sign() -> Need:
    """Return what somebody else than the leader is refused."""
    return Need(SIGNING)


def leads(entries: Iterable[Entry], person: Signer) -> bool:
    """Return whether somebody is one of a watch's leaders, or stands in for one."""
    return any({one.login.casefold(), one.name.casefold()} & person.people for one in leaders(entries))


def require_lead(entries: Iterable[Entry], person: Signer, what: Need) -> None:
    """Raise NotYours (`what`) unless a person leads the watch, stands in for who does, or supervises.

    Nobody is relieved by somebody below them; in a watch that nobody was planned into, anybody may sign.
    """
    own = tuple(entries)
    if own and person.role is not Role.SUPERVISOR and not leads(own, person):
        raise NotYours(what=what, names=", ".join(entry.name for entry in leaders(own)))


def clean_notes(text: str) -> str:
    """Return the leaver's notes. Raises BadInput for none, for too many, for a telephone number in them."""
    notes = text.strip()
    if not notes:
        wanted = Need(N_("kosong. Tulis apa yang perlu diketahui pengganti, atau “tidak ada”."))
        raise BadInput("notes", N_("Catatan"), wanted)
    if len(notes) > LONGEST_NOTES:
        raise BadInput("notes", N_("Catatan"), Need(N_("paling banyak {most} huruf."), most=LONGEST_NOTES))
    if _PHONE.search(_TIME.sub("|", notes)):
        wanted = Need(N_("memuat nomor telepon. Sebut nomor panggilan atau nomor register saja."))
        raise BadInput("notes", N_("Catatan"), wanted)
    return notes


def clean_reason(text: str) -> str:
    """Return why a handover is refused. Raises BadInput for nothing and for too much."""
    reason = text.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        wanted = Need(N_("tulis mengapa, 1 sampai {most} huruf."), most=LONGEST_REASON)
        raise BadInput("reason", N_("Alasan"), wanted)
    return reason


def require_other(leaver: Signer, taker: Signer) -> None:
    """Raise BadInput when one person would hand over to oneself, or to whom one stands in for."""
    if leaver.people & taker.people:
        reason = Need(N_("harus orang lain dari yang menyerahkan ({name})."), name=leaver.name)
        raise BadInput("taker", N_("Yang menerima"), reason)


def require_addressed(login: str, name: str, taker: Signer) -> None:
    """Raise NotYours when a handover names somebody else as its taker."""
    if not {login.casefold(), name.casefold()} & taker.people:
        raise NotYours(what=Need(TAKING), names=name)
