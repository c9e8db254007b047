"""Signed-in browsers: asked at every request, so held in memory; stored, so that a restart signs nobody out.

A session ends when it is signed out, ended by somebody, or over its time, and at once: whoever holds a
connection of it is told (`SessionBox.when_ended`). The cookie holds a random token and its signature; only
the token's hash is kept.
"""

import hashlib
import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, Signer

from database import accounts as store
from database import cases
from database.connection import Reader, Writer
from domain.accounts import WATCH_ROLES, Account, Deed, Session, SessionLimits, SignedIn, name_fault, role_for
from domain.case import Actor
from domain.errors import BadInput, Need, NotFound
from domain.identity import uuid7
from domain.permissions import Action, require
from domain.words import N_, Role

if TYPE_CHECKING:
    from services.center import Center

LOOK_EVERY_S = 60.0
LONGEST_AGENT = 160
LONGEST_REASON = 300
LIMITS = SessionLimits()
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session that was just opened, with what the browser is to keep."""

    signed_in: SignedIn
    cookie: str = field(repr=False)


class SessionBox:
    """The sessions and accounts that count now, by what a request brings."""

    def __init__(self) -> None:
        """Hold none."""
        self._loading = threading.Lock()
        self._lock = threading.Lock()
        self._accounts: dict[str, Account] = {}
        self._by_hash: dict[str, Session] = {}
        self._seen: dict[str, datetime] = {}
        self._ended: dict[str, list[Callable[[], None]]] = {}

    def load(self, reader: Reader) -> None:
        """Know exactly what is stored, and tell those whose session is not there any more."""
        # The file is read outside the lock that every request takes: no screen waits for a disk.
        with self._loading:
            known = {one.account_id: one for one in store.accounts(reader)}
            told = self._take(known, store.sessions(reader))
        for call in told:
            call()

    def _take(self, known: dict[str, Account], stored: list[Session]) -> list[Callable[[], None]]:
        """Let what is stored count; return whom to tell that their session has ended."""
        with self._lock:
            self._accounts = known
            self._by_hash = {
                one.token_hash: replace(
                    one, seen_at=max(one.seen_at, self._seen.get(one.session_id, one.seen_at))
                )
                for one in stored
                if (account := self._accounts.get(one.account_id)) is not None
                and account.is_active
                and (one.on_behalf_of or one.role in account.roles)
            }
            left = {one.session_id for one in self._by_hash.values()}
            self._seen = {key: at for key, at in self._seen.items() if key in left}
            told = [call for key in self._ended if key not in left for call in self._ended[key]]
            self._ended = {key: calls for key, calls in self._ended.items() if key in left}
        return told

    def find(self, token_hash: str, now: datetime) -> SignedIn | None:
        """Return who uses a session, and note its use; None when there is none or its time is over."""
        with self._lock:
            one = self._by_hash.get(token_hash)
            if one is None:
                return None
            one = replace(one, seen_at=max(one.seen_at, self._seen.get(one.session_id, one.seen_at)))
            if LIMITS.ended(one, now):
                return None
            self._seen[one.session_id] = now
            return SignedIn(self._accounts[one.account_id], one)

    def every(self) -> list[SignedIn]:
        """Return every session, the one used last first."""
        with self._lock:
            found = [
                SignedIn(
                    self._accounts[one.account_id],
                    replace(one, seen_at=max(one.seen_at, self._seen.get(one.session_id, one.seen_at))),
                )
                for one in self._by_hash.values()
            ]
        return sorted(found, key=lambda one: one.session.seen_at, reverse=True)

    def accounts(self) -> list[Account]:
        """Return every account by sign-in name."""
        with self._lock:
            return sorted(self._accounts.values(), key=lambda one: one.login)

    def seen(self) -> list[tuple[str, datetime]]:
        """Return when each session was used since the start."""
        with self._lock:
            return list(self._seen.items())

    def when_ended(self, session_id: str, call: Callable[[], None]) -> Callable[[], None]:
        """Call `call`, from any thread, once the session has ended; the returned function takes that back."""
        with self._lock:
            self._ended.setdefault(session_id, []).append(call)

        def forget() -> None:
            with self._lock:
                calls = self._ended.get(session_id, [])
                if call in calls:
                    calls.remove(call)
                if not calls:
                    self._ended.pop(session_id, None)

        return forget


def open_session(
    center: "Center", now: datetime, writer: Writer, account: Account, address: str, agent: str
) -> NewSession:
    """Store a new session of an account inside the transaction; it counts once `refresh` was called."""
    token = secrets.token_urlsafe(32)
    one = Session(
        uuid7(now, secrets.token_bytes(10)),
        _hash(token),
        account.account_id,
        account.roles[0],
        now,
        now,
        address[:64],
        "".join(letter for letter in agent if letter.isprintable())[:LONGEST_AGENT],
    )
    store.put_session(writer, one)
    return NewSession(SignedIn(account, one), _signer(center).sign(token).decode())


def refresh(center: "Center") -> None:
    """Let what was stored count at once."""
    center.session_box.load(center.db.read())


def find(center: "Center", now: datetime, cookie: str) -> SignedIn | None:
    """Return who brings this cookie; None for a forged, ended or outdated one. Asks memory only."""
    try:
        token = _signer(center).unsign(cookie.encode(errors="replace")).decode()
    except (BadSignature, UnicodeDecodeError):
        return None
    return center.session_box.find(_hash(token), now)


def sign_out(center: "Center", now: datetime, signed_in: SignedIn) -> None:
    """End one's own session."""
    with center.db.write() as writer:
        store.end_sessions(writer, [signed_in.session.session_id])
        note(writer, now, signed_in.actor, signed_in.account, Deed.SIGNED_OUT)
    refresh(center)


def end(center: "Center", now: datetime, actor: Actor, session_id: str) -> None:
    """End a session: one's own, or as admin anybody's. Raises NotPermitted, NotFound."""
    found = next((one for one in center.session_box.every() if one.session.session_id == session_id), None)
    if found is None:
        raise NotFound(N_("Sesi"), session_id)
    if found.account.login != actor.account or not actor.account:
        require(actor, Action.EDIT_ACCOUNTS)
    with center.db.write() as writer:
        store.end_sessions(writer, [session_id])
        note(writer, now, actor, found.account, Deed.SESSION_ENDED)
    refresh(center)


def act_as(
    center: "Center", now: datetime, signed_in: SignedIn, role: Role, on_behalf_of: str = "", reason: str = ""
) -> SignedIn:
    """Act in another of one's roles, or as somebody permitted to in the place of a named person.

    In somebody's place any role of the watch may be taken (ACT_ON_BEHALF), with a reason; both are recorded,
    and every change then carries the name. Raises NotPermitted, BadInput, NotFound for a session that has
    ended.
    """
    account = signed_in.account
    name = on_behalf_of.strip()
    if name:
        require(Actor(account.name, role_for(account, Role.SUPERVISOR)), Action.ACT_ON_BEHALF)
        if role not in (*WATCH_ROLES, *account.roles):
            raise BadInput("role", N_("Tugas"), Need(N_("hanya tugas piket yang dapat digantikan.")))
        if (fault := name_fault(name)) is not None:
            raise BadInput("on_behalf_of", N_("Atas nama"), fault)
        if not 1 <= len(reason.strip()) <= LONGEST_REASON:
            wanted = Need(N_("tulis mengapa, 1 sampai {most} huruf."), most=LONGEST_REASON)
            raise BadInput("reason", N_("Alasan"), wanted)
    elif role not in account.roles:
        raise BadInput("on_behalf_of", N_("Atas nama"), Need(N_("tulis siapa yang Anda gantikan.")))
    one = replace(signed_in.session, role=role, on_behalf_of=name)
    new = SignedIn(account, one)
    with center.db.write() as writer:
        if not store.has_session(writer, one.session_id):
            raise NotFound(N_("Sesi"), one.session_id)
        store.put_role(writer, one.session_id, role, name)
        told = {"role": role.value, "on_behalf_of": name, "reason": reason.strip()}
        note(writer, now, new.actor, account, Deed.ACTS_AS, told)
    refresh(center)
    return new


def expire(center: "Center", now: datetime) -> int:
    """Store when sessions were used, and end those whose time is over; return how many ended."""
    over = [one for one in center.session_box.every() if LIMITS.ended(one.session, now)]
    seen = center.session_box.seen()
    if not over and not seen:
        return 0
    with center.db.write() as writer:
        store.seen(writer, seen)
        store.end_sessions(writer, [one.session.session_id for one in over])
    if over:
        refresh(center)
    return len(over)


def run(center: "Center", stop: threading.Event) -> None:
    """Worker: end what is over, once a minute."""
    while not stop.wait(LOOK_EVERY_S):
        try:
            expire(center, datetime.now(UTC))
        except Exception:
            _log.exception("sessions were not looked at")


def note(
    writer: Writer,
    now: datetime,
    actor: Actor,
    account: Account,
    deed: Deed,
    after: Mapping[str, object] | None = None,
    before: Mapping[str, object] | None = None,
) -> None:
    """Put what happened to an account into the trail, never with a password, hash or secret."""
    cases.append_event(
        writer,
        actor,
        "account",
        account.login,
        deed.value,
        dict(before or {}),
        dict(after or {}),
        occurred_at=now,
        entered_at=now,
    )


def _signer(center: "Center") -> Signer:
    return Signer(center.key, salt="sigap.session", digest_method=hashlib.sha256)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
