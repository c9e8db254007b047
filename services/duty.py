"""The duty roster and its handover: who is planned, who is on duty now, and the watch passed on in two steps.

The roster is a help: nothing asks it before letting somebody in. A handover is signed by who leaves, with
everything that was open at that moment, and counts once another person has read and accepted it; of two who
accept at the same moment one does, and the other is told.
"""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from database import cases
from database import duty as store
from database.connection import Reader, Writer
from domain import duty as rules
from domain.accounts import Account, SignedIn
from domain.case import Actor
from domain.duty import (
    Entry,
    Gap,
    HandoverState,
    HandoverTaken,
    HandoverWaits,
    Passing,
    RosterChanged,
    Signer,
    Standing,
    Watch,
)
from domain.errors import BadInput, Need, NotFound, SigapError
from domain.handover import Document, Handover, Summary
from domain.identity import uuid7
from domain.permissions import Action, may, require
from domain.words import N_, Role
from services import paper_figures
from services.center import Center

ENTITY = "duty"
COPIED, WRITTEN, ACCEPTED, REFUSED, WITHDRAWN = (
    f"{Action.EDIT_ROSTER.value}.copied",
    *(f"{Action.HAND_OVER_DUTY.value}.{word}" for word in ("written", "accepted", "refused", "withdrawn")),
)
SHOWN = 60
_NEAR = timedelta(days=2)
"""So far from now a watch may lie that still stands open."""

People = Mapping[Role, Sequence[str]]
"""Sign-in names by role."""


class HandoverChanged(SigapError):
    """A stored document is not the one that was signed."""

    template = N_(
        "Isi serah terima {handover_id} tidak cocok dengan SHA-256-nya: berkas basis data diubah di luar "
        "Sigap. Jangan diterima; minta admin memeriksa jejak audit."
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """A watch with its people, what it lacks, where it stands, and its newest handover.

    label: shift and day in words, shift: the shift alone.
    """

    watch: Watch
    label: str
    shift: str
    people: tuple[Entry, ...]
    gaps: tuple[Gap, ...]
    standing: Standing
    is_now: bool
    is_over: bool
    is_overdue: bool
    handover: Handover | None = None

    def of(self, role: Role) -> tuple[Entry, ...]:
        """Return the people of a role."""
        return tuple(entry for entry in self.people if entry.role is role)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of watches from `first`, a Monday; `warnings`: who has too little rest."""

    first: date
    desks: tuple[Desk, ...]
    warnings: tuple[Need, ...]

    @property
    def days(self) -> tuple[date, ...]:
        """The seven days."""
        return tuple(self.first + timedelta(days=n) for n in range(7))

    @property
    def shifts(self) -> tuple[tuple[str, str], ...]:
        """Code and label of each shift, in the order of the day."""
        return tuple(dict.fromkeys((desk.watch.shift, desk.shift) for desk in self.desks))

    @property
    def is_empty(self) -> bool:
        """Whether nobody is planned at all."""
        return not any(desk.people for desk in self.desks)

    def desk(self, day: date, shift: str) -> Desk:
        """Return one watch."""
        return next(one for one in self.desks if (one.watch.day, one.watch.shift) == (day, shift))


@dataclass(frozen=True, slots=True)
class Presence:
    """Who is here now. present, absent: of the watch that runs; unplanned: signed in, but not on it."""

    present: tuple[Entry, ...]
    absent: tuple[Entry, ...]
    unplanned: tuple[SignedIn, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of last week's plan: watches filled, who was left out and why, who has too little rest."""

    watches: int
    left_out: tuple[Need, ...]
    warnings: tuple[Need, ...]


# --- the roster -----------------------------------------------------------------------------------------


def watch_now(center: Center, now: datetime) -> Watch:
    """Return the watch that runs."""
    return rules.watch_at(_hours(center), center.pack.city.timezone, now)


def today(center: Center, now: datetime) -> date:
    """Return the local day."""
    return now.astimezone(center.pack.city.timezone).date()


def week(center: Center, now: datetime, day: date) -> Week:
    """Return the week of a day as it is planned, with where each watch stands."""
    first = rules.monday(day)
    desks = _desks(center, center.db.read(), now, first, 7)
    around = _spans(center, first - _NEAR, 11)
    found = store.entries(center.db.read(), first - _NEAR, first + timedelta(days=8))
    return Week(first, desks, rules.rest_warnings(found, around, center.pack.city.duty))


def people(center: Center, role: Role) -> tuple[Account, ...]:
    """Return who may be planned in a role: active accounts that have it."""
    return tuple(one for one in center.session_box.accounts() if one.is_active and role in one.roles)


def plan(
    center: Center,
    now: datetime,
    actor: Actor,
    day: date,
    shift: str,
    wanted: People,
    seen: Sequence[Entry] | None = None,
) -> tuple[Need, ...]:
    """Let exactly these people be planned into a watch; return who of them has too little rest.

    seen: the people that were shown when this was chosen; None takes what is stored. Raises NotPermitted,
    NotFound (shift), BadInput (a watch that is over, an account without the role, somebody twice at one
    time), RosterChanged.
    """
    require(actor, Action.EDIT_ROSTER)
    watch = _watch(center, day, shift)
    if watch.ends_at <= now:
        raise BadInput("watch", N_("Giliran"), Need(N_("{watch} sudah selesai."), watch=label(center, watch)))
    with center.db.write() as writer:
        near = store.entries(writer, day - _NEAR, day + _NEAR)
        old = tuple(entry for entry in near if (entry.day, entry.shift) == (day, shift))
        if seen is not None and set(seen) != set(old):
            raise RosterChanged()
        new = _chosen(center, watch, wanted, old)
        others = [entry for entry in near if entry not in old]
        spans = _spans(center, day - _NEAR, 5)
        rules.require_one_place([*others, *new], spans)
        if set(new) != set(old):
            store.set_entries(writer, day, shift, new)
            _note(writer, now, actor, watch, Action.EDIT_ROSTER.value, _told(new), _told(old))
    mine = {entry.login for entry in new}
    together = [entry for entry in (*others, *new) if entry.login in mine]
    return rules.rest_warnings(together, spans, center.pack.city.duty)


def copy_last_week(center: Center, now: datetime, actor: Actor, day: date) -> Copied:
    """Fill the empty watches of a day's week that are not over with the people of the week before.

    Accounts that are no longer active, or lost the role, are left out by name. Raises NotPermitted, and
    BadInput when nobody was planned in the week before.
    """
    require(actor, Action.EDIT_ROSTER)
    first = rules.monday(day)
    week_before = timedelta(days=7)
    left_out: list[Need] = []
    filled = 0
    with center.db.write() as writer:
        near = store.entries(writer, first - week_before, first + timedelta(days=8))
        if not any(entry.day < first for entry in near):
            raise BadInput("week", N_("Pekan lalu"), Need(N_("belum ada jadwal yang dapat disalin.")))
        spans = _spans(center, first - week_before, 16)
        for watch in rules.watches(_hours(center), center.pack.city.timezone, first, 7):
            taken = any((entry.day, entry.shift) == (watch.day, watch.shift) for entry in near)
            model = [
                entry for entry in near if (entry.day, entry.shift) == (watch.day - week_before, watch.shift)
            ]
            if taken or watch.ends_at <= now or not model:
                continue
            fit = [entry for entry in model if _fits(center, entry)]
            left_out += [
                Need(
                    N_("{name} ({watch}): akun tidak aktif atau tugasnya berubah."),
                    name=one.name,
                    watch=watch.name,
                )
                for one in model
                if one not in fit
            ]
            new = [replace(entry, day=watch.day) for entry in fit]
            if not new:
                continue
            rules.require_one_place([*near, *new], spans)
            near += new
            store.set_entries(writer, watch.day, watch.shift, new)
            _note(writer, now, actor, watch, COPIED, _told(new), {"people": []})
            filled += 1
    own = [entry for entry in near if entry.day >= first]
    return Copied(filled, tuple(left_out), rules.rest_warnings(own, spans, center.pack.city.duty))


# --- who is on duty ---------------------------------------------------------------------------------------


def is_planned(center: Center) -> bool:
    """Return whether this center keeps a roster at all."""
    return store.has_entries(center.db.read())


def on_duty(center: Center, now: datetime) -> tuple[Entry, ...]:
    """Return who is on duty: first the watch that runs, then those nobody relieved, then who took over."""
    desks = _near(center, now)
    standing = [desk for desk in desks if desk.standing is Standing.ON_DUTY]
    standing.sort(key=lambda desk: (not desk.is_now, desk.watch.starts_at))
    found = [entry for desk in standing for entry in desk.people]
    taken = _taken_over(desks)
    if taken is not None:
        following, taker = taken[1].watch, taken[0].taker
        if taker is not None and taker.login not in {entry.login for entry in found}:
            found.append(Entry(following.day, following.shift, taker.role, taker.login, taker.name))
    return tuple(found)


def taken_over(center: Center, now: datetime) -> Handover | None:
    """Return the handover by which the present watch was taken over."""
    found = _taken_over(_near(center, now))
    return found[0] if found else None


def _taken_over(desks: Sequence[Desk]) -> tuple[Handover, Desk] | None:
    """Return the accepted handover whose next watch stands open, with that watch; the latest of them."""
    found = [
        (desk.handover, following)
        for desk, following in zip(desks, desks[1:], strict=False)
        if desk.handover is not None
        and desk.handover.state is HandoverState.ACCEPTED
        and following.standing is Standing.ON_DUTY
    ]
    return found[-1] if found else None


def presence(center: Center, now: datetime) -> Presence:
    """Return who is signed in and who should be.

    Somebody who acts on behalf of a planned person is that person's presence.
    """
    signed = center.session_box.every()
    names = {one.account.login for one in signed} | {
        one.session.on_behalf_of.casefold() for one in signed if one.session.on_behalf_of
    }
    current = next(desk for desk in _near(center, now) if desk.is_now)
    expected = () if current.standing is Standing.RELIEVED else current.people
    here = tuple(entry for entry in expected if {entry.login, entry.name.casefold()} & names)
    planned = {entry.login for entry in on_duty(center, now)}
    unplanned = {
        one.account.login: one
        for one in reversed(signed)
        if one.session.role in rules.ROSTERED and one.account.login not in planned
    }
    return Presence(
        here,
        tuple(entry for entry in expected if entry not in here),
        tuple(sorted(unplanned.values(), key=lambda one: one.account.name)),
    )


def open_desks(center: Center, now: datetime) -> tuple[Desk, ...]:
    """Return the watches that may be handed over now, the earliest first: those on duty.

    One that nobody was planned into only while it runs.
    """
    return tuple(
        desk
        for desk in _near(center, now)
        if desk.standing is Standing.ON_DUTY and (desk.people or desk.is_now)
    )


def overdue(center: Center, now: datetime) -> tuple[Desk, ...]:
    """Return the planned watches that are over and that nobody took over in time, the earliest first."""
    return tuple(desk for desk in _near(center, now) if desk.is_overdue)


# --- the handover -----------------------------------------------------------------------------------------


def prepared(center: Center, now: datetime, watch: Watch) -> Summary:
    """Return what would be handed over at this moment."""
    return paper_figures.handed_over(center, now, watch.starts_at)


def takers(center: Center, actor: Actor) -> tuple[Account, ...]:
    """Return who may be named as the one who takes over: others whose roles may."""
    own = rules.signer(actor).people
    return tuple(
        one
        for one in center.session_box.accounts()
        if one.is_active
        and any(may(role, Action.HAND_OVER_DUTY) for role in one.roles)
        and not {one.login.casefold(), one.name.casefold()} & own
    )


def hand_over(
    center: Center,
    now: datetime,
    actor: Actor,
    day: date,
    shift: str,
    notes: str,
    to_login: str = "",
) -> Handover:
    """Sign what a watch leaves, as it stands now; who leaves stays responsible until somebody accepts.

    to_login: who is to take over; "" for whoever leads the next watch. Raises NotPermitted, NotFound (shift,
    account), BadInput (notes, a watch that has not begun, oneself as taker), NotYours, HandoverWaits.
    """
    require(actor, Action.HAND_OVER_DUTY)
    leaver = rules.signer(actor)
    written = rules.clean_notes(notes)
    watch = _watch(center, day, shift)
    if now < watch.starts_at:
        raise BadInput("watch", N_("Giliran"), Need(N_("{watch} belum mulai."), watch=label(center, watch)))
    to_name = ""
    if to_login:
        account = next((one for one in takers(center, actor) if one.login == to_login), None)
        if account is None:
            raise NotFound(N_("Yang menerima"), to_login)
        to_name = account.name
        rules.require_other(leaver, Signer(to_login, to_name, account.roles[0]))
    document = Document(
        uuid7(now, secrets.token_bytes(10)),
        watch,
        label(center, watch),
        leaver,
        to_login,
        to_name,
        now,
        written,
        prepared(center, now, watch),
    )
    with center.db.write() as writer:
        rules.require_lead(_people(writer, watch), leaver, rules.need_to_sign())
        for known in store.handovers(writer, watch.starts_at):
            if known.document.watch.key == watch.key and known.settles:
                raise HandoverWaits(
                    watch=document.label,
                    state=known.state,
                    name=known.document.leaver.name,
                    at=known.document.written_at,
                )
        new = store.add_handover(writer, document)
        told = {"handover_id": document.handover_id, "sha256": new.sha256, "to": to_login}
        _note(writer, now, actor, watch, WRITTEN, told)
    return new


def accept(center: Center, now: datetime, actor: Actor, handover_id: str, sha256: str) -> Handover:
    """Take a watch over: what was read (`sha256`) is confirmed, and who left is relieved.

    Raises NotPermitted, NotFound, BadInput (the same person, another text than the stored one), NotYours,
    HandoverTaken when somebody was first, HandoverChanged.
    """
    with center.db.write() as writer:
        known, taker = _answering(center, writer, actor, handover_id)
        if store.digest(store.stored_text(writer, handover_id)) != known.sha256:
            raise HandoverChanged(handover_id=handover_id)
        if sha256 != known.sha256:
            reason = Need(N_("yang Anda baca bukan yang disimpan. Muat ulang dan baca lagi."))
            raise BadInput("sha256", N_("Serah terima"), reason)
        new = store.set_answer(writer, known, HandoverState.ACCEPTED, taker, now, "")
        _note(
            writer,
            now,
            actor,
            known.document.watch,
            ACCEPTED,
            {"handover_id": handover_id, "sha256": known.sha256, "state": new.state.value},
            {"state": known.state.value},
        )
    return new


def refuse(center: Center, now: datetime, actor: Actor, handover_id: str, reason: str) -> Handover:
    """Refuse to take a watch over; who wrote it stays responsible and writes another one.

    Raises NotPermitted, NotFound, BadInput (reason, the same person), NotYours, HandoverTaken.
    """
    why = rules.clean_reason(reason)
    with center.db.write() as writer:
        known, taker = _answering(center, writer, actor, handover_id)
        new = store.set_answer(writer, known, HandoverState.REFUSED, taker, now, why)
        _note(
            writer,
            now,
            actor,
            known.document.watch,
            REFUSED,
            {"handover_id": handover_id, "state": new.state.value, "reason": why},
            {"state": known.state.value},
        )
    return new


def withdraw(center: Center, now: datetime, actor: Actor, handover_id: str) -> Handover:
    """Take back what one signed oneself and nobody answered yet; a supervisor may take back anybody's.

    Raises NotPermitted, NotFound, NotYours, HandoverTaken.
    """
    require(actor, Action.HAND_OVER_DUTY)
    person = rules.signer(actor)
    with center.db.write() as writer:
        known = _waiting(writer, handover_id)
        leaver = known.document.leaver
        if person.role is not Role.SUPERVISOR and not person.people & leaver.people:
            raise rules.NotYours(what=Need(N_("Menarik serah terima ini")), names=leaver.name)
        new = store.set_answer(writer, known, HandoverState.WITHDRAWN, person, now, "")
        _note(
            writer,
            now,
            actor,
            known.document.watch,
            WITHDRAWN,
            {"handover_id": handover_id, "state": new.state.value},
            {"state": known.state.value},
        )
    return new


def handover(center: Center, handover_id: str) -> Handover:
    """Return one handover. Raises NotFound."""
    return store.handover(center.db.read(), handover_id)


def handovers(center: Center, limit: int = SHOWN) -> list[Handover]:
    """Return the handovers written last, newest first."""
    return store.latest(center.db.read(), limit)


def waiting(center: Center) -> list[Handover]:
    """Return the handovers that nobody answered yet, newest first."""
    return [one for one in handovers(center) if one.state is HandoverState.WAITING]


def label(center: Center, watch: Watch) -> str:
    """Return what people call a watch: its shift and its day, `Pagi 30-11-2026`."""
    return f"{_shift_name(center, watch)} {watch.day:%d-%m-%Y}"


# --- of use here ------------------------------------------------------------------------------------------


def _shift_name(center: Center, watch: Watch) -> str:
    return next((one.label for one in center.pack.city.shifts if one.code == watch.shift), watch.shift)


def _hours(center: Center) -> dict[str, int]:
    return {one.code: one.start_hour for one in center.pack.city.shifts}


def _spans(center: Center, first: date, days: int) -> dict[tuple[date, str], Watch]:
    every = rules.watches(_hours(center), center.pack.city.timezone, first, days)
    return {(watch.day, watch.shift): watch for watch in every}


def _watch(center: Center, day: date, shift: str) -> Watch:
    found = _spans(center, day, 1).get((day, shift))
    if found is None:
        raise NotFound(N_("Giliran"), shift)
    return found


def _near(center: Center, now: datetime) -> tuple[Desk, ...]:
    return _desks(center, center.db.read(), now, today(center, now) - _NEAR, 4)


def _desks(center: Center, reader: Reader, now: datetime, first: date, days: int) -> tuple[Desk, ...]:
    every = rules.watches(_hours(center), center.pack.city.timezone, first, days)
    by_watch: dict[tuple[date, str], list[Entry]] = {}
    for entry in store.entries(reader, first, first + timedelta(days=days)):
        by_watch.setdefault((entry.day, entry.shift), []).append(entry)
    written = store.handovers(reader, every[0].starts_at - timedelta(days=1))
    passings = [one.passing for one in written]
    newest: dict[str, Handover] = {}
    for one in written:
        newest.setdefault(one.document.watch.key, one)
    return tuple(
        _desk(center, watch, tuple(by_watch.get((watch.day, watch.shift), ())), passings, now, newest)
        for watch in every
    )


def _desk(
    center: Center,
    watch: Watch,
    own: tuple[Entry, ...],
    passings: Sequence[Passing],
    now: datetime,
    newest: Mapping[str, Handover],
) -> Desk:
    duty = center.pack.city.duty
    return Desk(
        watch,
        label(center, watch),
        _shift_name(center, watch),
        own,
        rules.gaps(own, duty),
        rules.standing(watch, passings, now),
        watch.covers(now),
        watch.ends_at <= now,
        bool(own) and rules.is_overdue(watch, passings, duty, now),
        newest.get(watch.key),
    )


def _chosen(center: Center, watch: Watch, wanted: People, old: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the entries that were asked for; those that stand already need no account any more."""
    known = {(entry.role, entry.login): entry for entry in old}
    accounts = {one.login: one for one in center.session_box.accounts()}
    found = []
    for role, logins in wanted.items():
        for login in dict.fromkeys(logins):
            if (role, login) in known:
                found.append(known[role, login])
                continue
            account = accounts.get(login)
            if account is None or not account.is_active:
                raise NotFound(N_("Akun aktif"), login)
            if role not in account.roles or role not in rules.ROSTERED:
                reason = Need(N_("{name} tidak bertugas sebagai {role}."), name=account.name, role=role)
                raise BadInput("people", N_("Petugas"), reason)
            found.append(Entry(watch.day, watch.shift, role, login, account.name))
    return tuple(found)


def _fits(center: Center, entry: Entry) -> bool:
    return any(one.login == entry.login for one in people(center, entry.role))


def _people(reader: Reader, watch: Watch) -> tuple[Entry, ...]:
    return tuple(one for one in store.entries(reader, watch.day, watch.day) if one.shift == watch.shift)


def _waiting(writer: Writer, handover_id: str) -> Handover:
    """Return a handover that nobody answered. Raises NotFound, HandoverTaken."""
    known = store.handover(writer, handover_id)
    if known.state is not HandoverState.WAITING:
        name = known.taker.name if known.taker else ""
        raise HandoverTaken(state=known.state, name=name, at=known.answered_at)
    return known


def _answering(center: Center, writer: Writer, actor: Actor, handover_id: str) -> tuple[Handover, Signer]:
    """Return a handover and who may answer it.

    That is who was named, else who leads the next watch. Raises NotPermitted, NotFound, HandoverTaken,
    BadInput, NotYours.
    """
    require(actor, Action.HAND_OVER_DUTY)
    taker = rules.signer(actor)
    known = _waiting(writer, handover_id)
    document = known.document
    rules.require_other(document.leaver, taker)
    if document.to_login:
        rules.require_addressed(document.to_login, document.to_name, taker)
    else:
        following = rules.watch_at(_hours(center), center.pack.city.timezone, document.watch.ends_at)
        rules.require_lead(_people(writer, following), taker, Need(rules.TAKING))
    return known, taker


def _told(entries: Iterable[Entry]) -> dict[str, object]:
    return {"people": [{"role": entry.role.value, "login": entry.login} for entry in entries]}


def _note(
    writer: Writer,
    now: datetime,
    actor: Actor,
    watch: Watch,
    action: str,
    after: Mapping[str, object],
    before: Mapping[str, object] | None = None,
) -> None:
    cases.append_event(
        writer,
        actor,
        ENTITY,
        watch.key,
        action,
        dict(before or {}),
        dict(after),
        occurred_at=now,
        entered_at=now,
    )
