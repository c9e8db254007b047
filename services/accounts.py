"""Accounts: who may sign in, by which password and code, and what an admin may do to them.

Passwords are kept as argon2id with OWASP's parameters (19 MiB, two passes, one lane): a try costs one of two
small cores some 20 ms, which a board can spare. A wrong one makes the account and the address wait, longer
each time (`domain.accounts.wait_s`). Whether an account exists is told neither by the words nor by the waits,
and a hash is computed either way; that only a real account's failure is written down can still be measured.
"""

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from database import accounts as store
from database.connection import Reader, Writer
from domain.accounts import (
    LONGEST_NAME,
    ONE_TIME_DAYS,
    Account,
    AccountDisabled,
    BadPassword,
    Deed,
    OneTimeOver,
    Source,
    TooManyTries,
    WrongCode,
    WrongSignIn,
    clean_login,
    failed,
    login_fault,
    name_fault,
    one_time_over,
    password_faults,
    succeeded,
    waits_s,
)
from domain.case import Actor
from domain.errors import BadInput, Need, NotFound
from domain.identity import uuid7
from domain.permissions import Action, require
from domain.words import N_, Role
from services import sessions
from services.known_browsers import STRANGER, Browser
from services.sessions import NewSession

if TYPE_CHECKING:
    from services.center import Center

SIGAP = Actor("Sigap", Role.ADMIN)
"""Under whose name the program itself changes accounts: at the first start, and after many wrong tries."""
ADMIN = "admin"
TOTP_STEP_S = 30
NOTED_FAILURES = 5
"""After so many wrong passwords in a row the trail says so; not each one, or anybody could fill it."""
MOST_ADDRESSES = 10_000
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_DUMMY = _HASHER.hash(secrets.token_urlsafe(16))
_TURN = threading.Lock()
"""One secret is tried at a time. Of many at once all would be tried before the first wrong one counted, and
each takes the hash's memory."""


class LastAdmin(BadInput):
    """Without an admin nobody could let anybody in again."""

    def __init__(self) -> None:
        """Name the roles."""
        super().__init__(
            "roles", N_("Tugas"), Need(N_("harus ada paling sedikit satu akun admin yang aktif."))
        )


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account with the one-time password that its owner signs in with first; shown once."""

    account: Account
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NeedsCode:
    """The password was right; the second factor is still to come."""

    account_id: str


class Addresses:
    """How often each address was wrong lately, each known browser, and each name that nobody has.

    The oldest are forgotten.
    """

    def __init__(self) -> None:
        """Know none."""
        self._lock = threading.Lock()
        self._failed: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def waits_s(self, address: str, now: datetime) -> int:
        """Return how many seconds an address must wait."""
        return self._waits_s(address, ADDRESS_SHARE, now)

    def name_waits_s(self, login: str, now: datetime) -> int:
        """Return how many seconds a name must wait that no account has: as long as one's own."""
        return self._waits_s(_strange(login), 1, now)

    def _waits_s(self, who: str, share: int, now: datetime) -> int:
        with self._lock:
            failures, at = self._failed.get(who, (0, None))
        return waits_s(failures // share, at, now)

    def browser_waits_s(self, browser: Browser, account_id: str, now: datetime) -> int:
        """Return how many seconds an account must wait in a browser that knows it: as long as elsewhere."""
        return self._waits_s(_known(browser, account_id), 1, now)

    def browser_failed(self, browser: Browser, account_id: str, now: datetime) -> int:
        """Count a wrong password in a browser that knows the account; return how many in a row."""
        return self.failed(_known(browser, account_id), now)

    def browser_succeeded(self, browser: Browser, account_id: str) -> None:
        """Forget what was wrong in a browser that knows the account."""
        self.succeeded(_known(browser, account_id))

    def name_failed(self, login: str, now: datetime) -> None:
        """Count a password that was tried for a name that no account has."""
        self.failed(_strange(login), now)

    def failed(self, address: str, now: datetime) -> int:
        """Count a wrong password; return how many in a row."""
        with self._lock:
            failures, _ = self._failed.pop(address, (0, now))
            self._failed[address] = failures + 1, now
            while len(self._failed) > MOST_ADDRESSES:
                self._failed.popitem(last=False)
        return failures + 1

    def succeeded(self, address: str) -> None:
        """Forget what was wrong from an address."""
        with self._lock:
            self._failed.pop(address, None)


def _strange(login: str) -> str:
    # No address has a blank; whatever is typed, a name is kept no longer than one can be.
    return f"name {clean_login(login)[:LONGEST_NAME]}"


def _known(browser: Browser, account_id: str) -> str:
    return f"browser {browser.device} {account_id}"


ADDRESS_SHARE = 4
"""A whole room signs in from one address: it may be wrong four times as often as one account."""


@lru_cache
def _common(path: str) -> frozenset[str]:
    with Path(path).open(encoding="utf-8") as lines:
        return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def is_common(word: str) -> bool:
    """Return whether everybody tries this password first."""
    from services.center import ROOT

    return word in _common(str(ROOT / "data" / "common-passwords.txt"))


def faults(password: str, account: Account) -> list[Need]:
    """Return everything that is wrong with a new password for this account."""
    return password_faults(password, (account.login, account.name), is_common)


def by_login(center: "Center", login: str) -> Account | None:
    """Return the account with this sign-in name."""
    wanted = clean_login(login)
    return next((one for one in center.session_box.accounts() if one.login == wanted), None)


def first_start(center: "Center", now: datetime) -> NewAccount | None:
    """Make the first administrator of a center without accounts; None when there are some."""
    if center.session_box.accounts():
        return None
    return _made(center, now, SIGAP, ADMIN, "Administrator", (Role.ADMIN,))


def make_examples(center: "Center", now: datetime, people: Sequence[Actor]) -> None:
    """Make the accounts of a demonstration's example people; they have no password (`sign_in_example`)."""
    known = {one.login for one in center.session_box.accounts()}
    with center.db.write() as writer:
        for person in people:
            login = example_login(person)
            if login in known:
                continue
            account = Account(
                uuid7(now, secrets.token_bytes(10)),
                login,
                person.name,
                (person.role,),
                Source.LOCAL,
                now,
                SIGAP.name,
            )
            store.put(writer, account)
            sessions.note(writer, now, SIGAP, account, Deed.MADE)
    sessions.refresh(center)


def example_login(person: Actor) -> str:
    """Return the sign-in name of an example person: the first word of the name."""
    return clean_login(person.name.partition(" ")[0])


def sign_in_example(center: "Center", now: datetime, login: str, address: str, agent: str) -> NewSession:
    """Open a session of an example person, without a password. Raises WrongSignIn outside a demonstration."""
    account = by_login(center, login)
    if not center.settings.demo or account is None or not _is_example(account):
        raise WrongSignIn()
    return vouched(center, now, account, address, agent)


def _is_example(account: Account) -> bool:
    # An account of another service is made by Sigap, too, and has no password either.
    made_here = account.made_by == SIGAP.name and account.source is Source.LOCAL
    return made_here and account.password_hash is None


def make(
    center: "Center", now: datetime, actor: Actor, login: str, name: str, roles: Sequence[Role]
) -> NewAccount:
    """Make an account with a one-time password. Raises NotPermitted, BadInput naming the field."""
    require(actor, Action.EDIT_ACCOUNTS)
    return _made(center, now, actor, login, name, roles)


def _made(
    center: "Center", now: datetime, actor: Actor, login: str, name: str, roles: Sequence[Role]
) -> NewAccount:
    login = clean_login(login)
    if (fault := login_fault(login)) is not None:
        raise BadInput("login", N_("Nama masuk"), fault)
    _check(name, roles)
    password = one_time_password()
    account = Account(
        uuid7(now, secrets.token_bytes(10)),
        login,
        name.strip(),
        tuple(dict.fromkeys(roles)),
        Source.LOCAL,
        now,
        actor.name,
        password_hash=_HASHER.hash(password),
        password_at=now,
        must_change=True,
    )
    with center.db.write() as writer:
        if any(one.login == login for one in store.accounts(writer)):
            raise BadInput("login", N_("Nama masuk"), Need(N_("sudah dipakai akun lain.")))
        store.put(writer, account)
        told: dict[str, object] = {"name": account.name, "roles": [role.value for role in account.roles]}
        sessions.note(writer, now, actor, account, Deed.MADE, told)
    sessions.refresh(center)
    return NewAccount(account, password)


def _check(name: str, roles: Sequence[Role]) -> None:
    if (fault := name_fault(name)) is not None:
        raise BadInput("name", N_("Nama"), fault)
    if not roles:
        raise BadInput("roles", N_("Tugas"), Need(N_("pilih paling sedikit satu.")))


def one_time_password() -> str:
    """Return a password that can be read aloud: four groups of four, without letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def change(
    center: "Center", now: datetime, actor: Actor, account_id: str, name: str, roles: Sequence[Role]
) -> Account:
    """Change name and roles; new roles end all sessions. Raises NotPermitted, NotFound, BadInput."""
    require(actor, Action.EDIT_ACCOUNTS)
    _check(name, roles)
    with center.db.write() as writer:
        old = _stored(writer, account_id)
        new = replace(old, name=name.strip(), roles=tuple(dict.fromkeys(roles)))
        _keep_an_admin(writer, new)
        store.put(writer, new)
        if new.roles != old.roles:
            store.end_sessions_of(writer, account_id, but="")
        sessions.note(
            writer,
            now,
            actor,
            new,
            Deed.CHANGED,
            {"name": new.name, "roles": [role.value for role in new.roles]},
            {"name": old.name, "roles": [role.value for role in old.roles]},
        )
    sessions.refresh(center)
    return new


def set_active(center: "Center", now: datetime, actor: Actor, account_id: str, active: bool) -> Account:
    """Let an account be used or not; all its sessions end. Raises NotPermitted, NotFound, BadInput."""
    require(actor, Action.EDIT_ACCOUNTS)
    with center.db.write() as writer:
        old = _stored(writer, account_id)
        new = replace(old, disabled_at=None if active else now, failures=0, failed_at=None)
        _keep_an_admin(writer, new)
        store.put(writer, new)
        store.end_sessions_of(writer, account_id, but="")
        sessions.note(writer, now, actor, new, Deed.ENABLED if active else Deed.DISABLED)
    sessions.refresh(center)
    return new


def reset(center: "Center", now: datetime, actor: Actor, account_id: str) -> NewAccount:
    """Give an account a new one-time password and take its second factor away; all its sessions end.

    Raises NotPermitted, NotFound, BadInput for an account that another service vouches for.
    """
    require(actor, Action.EDIT_ACCOUNTS)
    return _reset(center, now, actor, account_id)


def _reset(center: "Center", now: datetime, actor: Actor, account_id: str) -> NewAccount:
    password = one_time_password()
    with center.db.write() as writer:
        old = _stored(writer, account_id)
        if old.source is not Source.LOCAL:
            raise BadInput(
                "account", N_("Akun"), Need(N_("masuk lewat akun dinas; kata sandinya bukan di Sigap."))
            )
        new = replace(
            old,
            password_hash=_HASHER.hash(password),
            password_at=now,
            must_change=True,
            totp_secret=None,
            totp_used=0,
            failures=0,
            failed_at=None,
        )
        store.put(writer, new)
        store.end_sessions_of(writer, account_id, but="")
        sessions.note(writer, now, actor, new, Deed.PASSWORD_RESET)
    sessions.refresh(center)
    return NewAccount(new, password)


def rescue(center: "Center", now: datetime) -> NewAccount:
    """Give the first administrator a new one-time password: for whoever holds the machine itself."""
    account = by_login(center, ADMIN)
    if account is None:
        return _made(center, now, SIGAP, ADMIN, "Administrator", (Role.ADMIN,))
    if account.source is Source.LOCAL:
        new = replace(account, disabled_at=None, roles=tuple(dict.fromkeys((*account.roles, Role.ADMIN))))
        with center.db.write() as writer:
            store.put(writer, new)
        sessions.refresh(center)
    return _reset(center, now, SIGAP, account.account_id)


def sign_in(
    center: "Center",
    now: datetime,
    login: str,
    password: str,
    address: str,
    agent: str,
    browser: Browser = STRANGER,
) -> NewSession | NeedsCode:
    """Open a session, or say that the password was right and a code of the second factor is needed.

    browser: one that knows the account waits for its own wrong passwords only.
    Raises WrongSignIn, TooManyTries, AccountDisabled, OneTimeOver.
    """
    with _TURN:
        account = by_login(center, login)
        _require_patience(center, now, account, login, address, browser)
        if not _is_right(account, password):
            _wrong(center, now, account, login, address, browser)
            raise WrongSignIn()
    assert account is not None and account.password_hash is not None
    if not account.is_active:
        raise AccountDisabled()
    if one_time_over(account, now):
        raise OneTimeOver(days=ONE_TIME_DAYS)
    if account.totp_secret is not None:
        return NeedsCode(account.account_id)
    tried = account.password_hash
    kept_hash = _HASHER.hash(password) if _HASHER.check_needs_rehash(tried) else tried

    def still_right(stored: Account) -> Account:
        # Since it was tried, the password may have been changed, or the second factor set.
        if stored.password_hash != tried or stored.totp_secret is not None:
            raise WrongSignIn()
        return replace(stored, password_hash=kept_hash)

    return vouched(center, now, account, address, agent, still_right, browser)


def second_step(
    center: "Center",
    now: datetime,
    account_id: str,
    code: str,
    address: str,
    agent: str,
    browser: Browser = STRANGER,
) -> NewSession:
    """Open a session of somebody whose password was right, by a code of the second factor.

    browser: one that knows the account waits for its own wrong codes only.
    Raises WrongCode, TooManyTries, AccountDisabled, NotFound.
    """
    with _TURN:
        account = _get(center, account_id)
        _require_patience(center, now, account, account.login, address, browser)
        if not account.is_active:
            raise AccountDisabled()
        if totp_step(account, code, now) is None:
            _wrong(center, now, account, account.login, address, browser)
            raise WrongCode()

    def taken(stored: Account) -> Account:
        # Asked again inside the transaction: a code that is sent twice at once counts once.
        step = totp_step(stored, code, now)
        if step is None:
            raise WrongCode()
        return replace(stored, totp_used=step)

    return vouched(center, now, account, address, agent, taken, browser)


def _require_patience(
    center: "Center",
    now: datetime,
    account: Account | None,
    login: str,
    address: str,
    browser: Browser = STRANGER,
) -> None:
    if account is not None and browser.knows(account.account_id):
        waits = center.addresses.browser_waits_s(browser, account.account_id, now)
    else:
        waits = max(
            center.addresses.waits_s(address, now),
            waits_s(account.failures, account.failed_at, now)
            if account
            else center.addresses.name_waits_s(login, now),
        )
    if waits:
        raise TooManyTries(wait_s=waits)


def vouched(
    center: "Center",
    now: datetime,
    proven: Account,
    address: str,
    agent: str,
    then: Callable[[Account], Account] = replace,
    browser: Browser = STRANGER,
) -> NewSession:
    """Open a session for somebody whose identity is proven. Raises AccountDisabled, and what `then` raises.

    then: gives the account to store, from the account as it is stored now: not as it was when it was proven.
    """
    with center.db.write() as writer:
        stored = _stored(writer, proven.account_id)
        if not stored.is_active:
            raise AccountDisabled()
        account = succeeded(then(stored))
        store.put(writer, account)
        new = sessions.open_session(center, now, writer, account, address, agent)
        sessions.note(writer, now, new.signed_in.actor, account, Deed.SIGNED_IN, {"address": address[:64]})
    center.addresses.succeeded(address)
    center.addresses.browser_succeeded(browser, account.account_id)
    sessions.refresh(center)
    return new


def set_password(
    center: "Center", now: datetime, account_id: str, old_password: str, new_password: str, session_id: str
) -> Account:
    """Change one's own password; every other session of the account ends.

    Raises WrongSignIn for a wrong old one, TooManyTries, BadPassword, NotFound.
    """
    with _TURN:
        account = _get(center, account_id)
        _require_patience(center, now, account, account.login, "")
        if not _is_right(account, old_password):
            _wrong(center, now, account, account.login, "")
            raise WrongSignIn()
    found = faults(new_password, account)
    if new_password == old_password:
        found.append(Need(N_("harus lain dari yang lama")))
    if found:
        raise BadPassword(faults=_listed(found))
    new_hash = _HASHER.hash(new_password)
    with center.db.write() as writer:
        stored = _stored(writer, account_id)
        if stored.password_hash != account.password_hash:
            raise WrongSignIn()
        new = replace(succeeded(stored), password_hash=new_hash, password_at=now, must_change=False)
        store.put(writer, new)
        store.end_sessions_of(writer, account_id, but=session_id)
        sessions.note(
            writer, now, Actor(account.name, account.roles[0], account.login), new, Deed.PASSWORD_CHANGED
        )
    sessions.refresh(center)
    return new


def _listed(found: Sequence[Need]) -> Need:
    """Return needs as one, each translated on its own."""
    return Need(
        "; ".join(f"{{n{n}}}" for n in range(len(found))), **{f"n{n}": one for n, one in enumerate(found)}
    )


# --- the second factor (RFC 6238) -----------------------------------------------------------------------


def new_totp() -> str:
    """Return a secret that is not set yet, base 32."""
    return pyotp.random_base32()


def totp_uri(account: Account, secret: str, place: str) -> str:
    """Return what an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=f"Sigap {place}")


def totp_step(account: Account, code: str, now: datetime) -> int | None:
    """Return the 30 s step a code belongs to; None when it is wrong, too old, or was used already."""
    if account.totp_secret is None:
        return None
    given = "".join(code.split())
    here = int(now.timestamp()) // TOTP_STEP_S
    totp = pyotp.TOTP(account.totp_secret)
    for step in (here - 1, here, here + 1):
        right = secrets.compare_digest(totp.at(step * TOTP_STEP_S).encode(), given.encode(errors="replace"))
        if right and step > account.totp_used:
            return step
    return None


def set_totp(
    center: "Center", now: datetime, account_id: str, secret: str | None, code: str, password: str = ""
) -> Account:
    """Set the second factor (with a code of the new secret), or take it away (with a code of the old).

    Setting asks for the password too: whoever finds an open screen may not lock its owner out. One that is
    set is taken away before another takes its place. Raises WrongSignIn, WrongCode, TooManyTries, NotFound.
    """
    with _TURN:
        account = _get(center, account_id)
        _require_patience(center, now, account, account.login, "")
        if secret is not None and not _is_right(account, password):
            _wrong(center, now, account, account.login, "")
            raise WrongSignIn()
        if _new_step(account, secret, code, now) is None:
            if secret is None:
                # Whoever finds an open screen may not try all codes until one is right.
                _wrong(center, now, account, account.login, "")
            raise WrongCode()
    with center.db.write() as writer:
        old = _stored(writer, account_id)
        step = _new_step(old, secret, code, now)
        if step is None:
            raise WrongCode()
        new = replace(old, totp_secret=secret, totp_used=step)
        store.put(writer, new)
        actor = Actor(old.name, old.roles[0], old.login)
        sessions.note(writer, now, actor, new, Deed.TOTP_SET if secret else Deed.TOTP_REMOVED)
    sessions.refresh(center)
    return new


def _new_step(account: Account, secret: str | None, code: str, now: datetime) -> int | None:
    """Return the step of a code that sets `secret`, or without one takes the account's own away."""
    if secret is None:
        return totp_step(account, code, now)
    if account.totp_secret is not None:
        return None
    return totp_step(replace(account, totp_secret=secret, totp_used=0), code, now)


# --- of use here ----------------------------------------------------------------------------------------


def _get(center: "Center", account_id: str) -> Account:
    found = next((one for one in center.session_box.accounts() if one.account_id == account_id), None)
    if found is None:
        raise NotFound(N_("Akun"), account_id)
    return found


def _stored(reader: Reader, account_id: str) -> Account:
    """Return an account as it stands in the transaction: what is in memory may be a change older."""
    found = store.account(reader, account_id)
    if found is None:
        raise NotFound(N_("Akun"), account_id)
    return found


def _keep_an_admin(reader: Reader, new: Account) -> None:
    others = [one for one in store.accounts(reader) if one.account_id != new.account_id]
    if not any(one.is_active and Role.ADMIN in one.roles for one in (*others, new)):
        raise LastAdmin()


def _is_right(account: Account | None, password: str) -> bool:
    """Return whether the password is right; takes as long for an account that is not there."""
    kept = account.password_hash if account is not None else None
    try:
        return _HASHER.verify(kept or _DUMMY, password[:1024]) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def _wrong(
    center: "Center",
    now: datetime,
    account: Account | None,
    login: str,
    address: str,
    browser: Browser = STRANGER,
) -> None:
    """Count a wrong password or code: where the browser knows the account there, else everywhere."""
    if account is not None and browser.knows(account.account_id):
        failures = center.addresses.browser_failed(browser, account.account_id, now)
        if failures % NOTED_FAILURES == 0:
            with center.db.write() as writer:
                _note_refused(writer, now, account, failures, address)
        return
    if address:
        center.addresses.failed(address, now)
    if account is None:
        center.addresses.name_failed(login, now)
        return
    with center.db.write() as writer:
        new = failed(_stored(writer, account.account_id), now)
        store.put(writer, new)
        if new.failures % NOTED_FAILURES == 0:
            _note_refused(writer, now, new, new.failures, address)
    sessions.refresh(center)


def _note_refused(writer: Writer, now: datetime, account: Account, failures: int, address: str) -> None:
    told: dict[str, object] = {"failures": failures, "address": address[:64]}
    sessions.note(writer, now, SIGAP, account, Deed.REFUSED, told)
