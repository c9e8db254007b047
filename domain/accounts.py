"""Who may sign in: accounts, what a password must be, how long one waits after wrong ones, when a session
ends.

NIST SP 800-63B 3.1.1.2 and OWASP ASVS 2.1: length and a list of common passwords instead of rules on kinds of
letters; no change by the calendar.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.case import Actor
from domain.errors import Need, SigapError
from domain.words import N_, Label, Role

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 128
"""Unicode characters. Longer ones only make the hash dearer."""
LONGEST_NAME = 60
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_ENDS = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SHORTEST_PART = 4

WATCH_ROLES = (Role.CALL_TAKER, Role.DISPATCHER, Role.DUTY_OFFICER, Role.FIELD_OFFICER)
"""Roles in which somebody may stand in for another. Not those that make accounts or look over what was done:
whoever could take them in another's name could take everything, and the trail would name the other.
"""

ONE_TIME_DAYS = 7
"""A one-time password that was not used by then opens nothing (ASVS 5.0, 6.4.1)."""

FREE_TRIES = 4
FIRST_WAIT_S = 30
LONGEST_WAIT_S = 15 * 60


class Source(Label):
    """Who vouches for the person."""

    LOCAL = "local", N_("kata sandi Sigap")
    OIDC = "oidc", N_("akun dinas (OIDC)")


class Deed(Label):
    """What happened to an account or session: the action of its event."""

    SIGNED_IN = "account.signed_in", N_("Masuk")
    SIGNED_OUT = "account.signed_out", N_("Keluar")
    SESSION_ENDED = "account.session_ended", N_("Sesi diakhiri")
    ACTS_AS = "account.acts_as", N_("Berganti tugas")
    MADE = "account.made", N_("Akun dibuat")
    CHANGED = "account.changed", N_("Akun diubah")
    ENABLED = "account.enabled", N_("Akun diaktifkan")
    DISABLED = "account.disabled", N_("Akun dinonaktifkan")
    PASSWORD_RESET = "account.password_reset", N_("Kata sandi sementara dibuat")
    PASSWORD_CHANGED = "account.password_changed", N_("Kata sandi diganti")
    TOTP_SET = "account.totp_set", N_("Kode dua langkah dipasang")
    TOTP_REMOVED = "account.totp_removed", N_("Kode dua langkah dilepas")
    REFUSED = "account.refused", N_("Masuk ditolak berulang kali")


class WrongSignIn(SigapError):
    """Name or password is wrong; which of the two is not said."""

    template = N_("Nama masuk atau kata sandi salah. Periksa huruf besar dan kecil, lalu coba lagi.")


class WrongCode(SigapError):
    """The one-time code is wrong, used, or too old."""

    template = N_("Kode enam angka salah atau sudah lewat. Tunggu kode berikutnya, lalu coba lagi.")


class TooManyTries(SigapError):
    """Too many wrong passwords for this account or from this address."""

    template = N_(
        "Terlalu banyak percobaan masuk yang salah. Coba lagi dalam {wait_s} detik, atau minta admin "
        "membuat kata sandi sementara."
    )


class AccountDisabled(SigapError):
    """The password is right, but the account may not be used."""

    template = N_("Akun ini tidak aktif. Hubungi admin Sigap.")


class BadPassword(SigapError):
    """A new password that others would guess."""

    template = N_("Kata sandi belum dapat dipakai: {faults}")


class OneTimeOver(SigapError):
    """A one-time password that nobody used in time."""

    template = N_(
        "Kata sandi sementara ini sudah lewat masanya ({days} hari). Minta admin membuat yang baru."
    )


@dataclass(frozen=True, slots=True)
class Account:
    """One person who may sign in.

    login: what is typed, lower case; never given to another person. roles: what the person may act as, the
    first by default. password_hash: argon2id, None where another service vouches. totp_secret: base 32, None
    while no second factor is set; totp_used: number of the last 30 s step whose code was taken.
    failures: wrong passwords since the last right one.
    """

    account_id: str
    login: str
    name: str
    roles: tuple[Role, ...]
    source: Source
    made_at: datetime
    made_by: str
    password_hash: str | None = None
    password_at: datetime | None = None
    must_change: bool = False
    totp_secret: str | None = None
    totp_used: int = 0
    failures: int = 0
    failed_at: datetime | None = None
    disabled_at: datetime | None = None
    subject: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether the account may be used."""
        return self.disabled_at is None


@dataclass(frozen=True, slots=True)
class Session:
    """One signed-in browser. `session_id` is public; the cookie's token is kept as its hash only.

    role: what the person acts as now. on_behalf_of: in whose place, "" for oneself.
    """

    session_id: str
    token_hash: str
    account_id: str
    role: Role
    started_at: datetime
    seen_at: datetime
    address: str
    agent: str
    on_behalf_of: str = ""


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """How long a session lasts: after its start, and without any request or open screen."""

    longest: timedelta = timedelta(hours=12)
    idle: timedelta = timedelta(minutes=30)

    def ended(self, session: Session, now: datetime) -> bool:
        """Return whether the session's time is over. A clock that stepped back ends none."""
        return now - session.started_at >= self.longest or now - session.seen_at >= self.idle


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An account and the session by which somebody uses it."""

    account: Account
    session: Session

    @property
    def actor(self) -> Actor:
        """Under whose name changes are stored."""
        return Actor(self.account.name, self.session.role, self.account.login, self.session.on_behalf_of)


def clean_login(text: str) -> str:
    """Return a sign-in name as it is kept: without spaces around it, lower case."""
    return text.strip().lower()


def login_fault(login: str) -> Need | None:
    """Return what is wrong with a new sign-in name."""
    if _LOGIN.fullmatch(login):
        return None
    return Need(N_("3 sampai 40 huruf kecil, angka, titik, garis; diawali huruf atau angka."))


def name_fault(name: str) -> Need | None:
    """Return what is wrong with a person's name."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        return Need(N_("harus 1 sampai {most} huruf, tanpa baris baru."), most=LONGEST_NAME)
    return None


def password_faults(
    password: str, account_words: Iterable[str], is_common: Callable[[str], bool]
) -> list[Need]:
    """Return everything that is wrong with a new password.

    account_words: sign-in name and name of the person. is_common: whether a lower-case word is one of those
    that everybody tries first; it is asked for the password, and for what is left of it without digits and
    signs at its ends (`Rahasia2026!!` is `rahasia`).
    """
    faults = []
    if len(password) < SHORTEST_PASSWORD:
        faults.append(Need(N_("paling sedikit {least} huruf"), least=SHORTEST_PASSWORD))
    if len(password) > LONGEST_PASSWORD:
        faults.append(Need(N_("paling banyak {most} huruf"), most=LONGEST_PASSWORD))
    low = password.casefold()
    core = _ENDS.sub("", low)
    if is_common(low) or is_common(core) or len(core) < _SHORTEST_PART or len(set(low)) <= _SHORTEST_PART:
        faults.append(Need(N_("terlalu mudah ditebak; pakai beberapa kata yang tidak berhubungan")))
    parts = {part for word in account_words for part in re.split(r"\W+", word.casefold())}
    if any(len(part) >= _SHORTEST_PART and part in low for part in parts):
        faults.append(Need(N_("tidak boleh memuat nama Anda")))
    return faults


def wait_s(failures: int) -> int:
    """Return how many seconds the next try waits after so many wrong ones: 0, then 30 doubling to 900."""
    if failures <= FREE_TRIES:
        return 0
    return int(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - FREE_TRIES - 1, 16)))


def waits_s(failures: int, failed_at: datetime | None, now: datetime) -> int:
    """Return how many seconds are left of that wait; a clock that stepped back never makes it longer."""
    if failed_at is None:
        return 0
    wait = wait_s(failures)
    gone = max(0.0, (now - failed_at).total_seconds())
    return max(0, int(wait - gone + 0.999)) if gone < wait else 0


def one_time_over(account: Account, now: datetime) -> bool:
    """Return whether the account waits for its first sign-in for longer than a one-time password lasts."""
    if not account.must_change or account.password_at is None:
        return False
    return now - account.password_at >= timedelta(days=ONE_TIME_DAYS)


def failed(account: Account, now: datetime) -> Account:
    """Return the account after one more wrong password."""
    return replace(account, failures=account.failures + 1, failed_at=now)


def succeeded(account: Account) -> Account:
    """Return the account after a right one."""
    return replace(account, failures=0, failed_at=None)


def role_for(account: Account, wanted: Role | None) -> Role:
    """Return the wanted role when the account has it, else the account's first."""
    return wanted if wanted in account.roles else account.roles[0]
