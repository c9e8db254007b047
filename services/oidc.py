"""Signing in by another service (OpenID Connect, Keycloak or any): `oidc.toml` in Sigap's data folder.

The authorization code flow with PKCE (RFC 7636), state and nonce, by Authlib; the ID token is checked by
joserfc against the issuer's keys: signature, issuer, audience, nonce, times. Which role somebody has follows
from a claim at every sign-in. Read again whenever the file changes; a bad file offers nobody this way and
says why.

    issuer = "https://masuk.contoh.go.id/realms/kota"
    client_id = "sigap"
    client_secret = "…"
    public_url = "https://sigap.contoh.go.id"    # people come back to <public_url>/masuk/oidc/kembali
    name = "Masuk dengan akun dinas"
    roles_claim = "realm_access.roles"
    [roles]                                      # Sigap's role = the claim's value
    dispatcher = "sigap-dispatcher"

An issuer that does not answer would keep a thread waiting for everybody who tries, until none is left for
the screens: only a few ask it at once, and after a failure nobody does for a while.
"""

import re
import secrets
import threading
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from citypack.models import Row, text
from database import accounts as store
from domain.accounts import Account, AccountDisabled, Deed, Source, clean_login, login_fault, name_fault
from domain.errors import SigapError
from domain.identity import uuid7
from domain.words import N_, Role
from services import accounts, sessions
from services.center import Center
from services.sessions import NewSession
from services.settings_file import Stamp, checked, stamp

FILE = "oidc.toml"
CALLBACK = "/masuk/oidc/kembali"
TIMEOUT_S = 10.0
MOST_AT_ONCE = 4
PATIENCE_S = 2.0
"""How long somebody waits for one of the few turns at the issuer."""
QUIET_S = 10.0
"""How long nobody asks an issuer that did not answer."""
KEPT_S = 3600.0
LEEWAY_S = 60
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Asymmetric ones only: nobody who knows the client's secret, and no `none`, can make a token."""
_URL = r"^https?://[^\s/@?#]+(?:/[^\s?#]*)?$"
_SECRETS = re.compile(r"\bclient_secret\b")


class BadOidc(SigapError):
    """`oidc.toml` cannot be used; key and remedy, and never the secret."""

    template = N_("Pengaturan masuk {file} tidak dipakai, {key}: {problem}. Yang diperbolehkan: {allowed}.")


class OidcUnreachable(SigapError):
    """The issuer does not answer, or not as it should."""

    template = N_(
        "Layanan akun dinas tidak menjawab. Coba lagi sebentar lagi, atau masuk dengan kata sandi Sigap."
    )


class OidcRefused(SigapError):
    """The issuer's answer does not hold: forged, outdated, or for somebody else."""

    template = N_("Jawaban layanan akun dinas tidak sah atau kedaluwarsa. Mulai lagi dari halaman masuk.")


class NoRole(SigapError):
    """The person is known there and has no role here."""

    template = N_("Akun dinas Anda belum punya tugas di Sigap. Minta admin akun dinas memberi tugasnya.")


class Roles(Row):
    """`[roles]`: for each role the claim's value that gives it."""

    call_taker: str | None = text(N_("Call Taker"), N_("teks"), default=None, min_length=1, max_length=200)
    dispatcher: str | None = text(N_("Dispatcher"), N_("teks"), default=None, min_length=1, max_length=200)
    duty_officer: str | None = text(
        N_("Perwira Piket"), N_("teks"), default=None, min_length=1, max_length=200
    )
    field_officer: str | None = text(
        N_("Petugas Lapangan"), N_("teks"), default=None, min_length=1, max_length=200
    )
    supervisor: str | None = text(N_("Penyelia"), N_("teks"), default=None, min_length=1, max_length=200)
    admin: str | None = text(N_("Admin"), N_("teks"), default=None, min_length=1, max_length=200)
    auditor: str | None = text(N_("Auditor"), N_("teks"), default=None, min_length=1, max_length=200)


class OidcFile(Row):
    """The whole file."""

    issuer: str = text(N_("Penerbit"), N_("alamat http:// atau https://"), pattern=_URL, max_length=300)
    client_id: str = text(N_("Nama klien"), N_("teks"), min_length=1, max_length=200)
    client_secret: str = text(N_("Rahasia klien"), N_("teks"), min_length=1, max_length=500)
    public_url: str = text(
        N_("Alamat Sigap"), N_("alamat http:// atau https://"), pattern=_URL, max_length=300
    )
    name: str = text(
        N_("Kata pada tombol"), N_("teks"), default="Masuk dengan akun dinas", min_length=1, max_length=60
    )
    roles_claim: str = text(
        N_("Klaim tugas"), N_("nama klaim, bertitik"), default="roles", pattern=r"^[\w.:/-]+$", max_length=200
    )
    roles: Roles = text(N_("Tugas"), N_("tabel [roles]"))


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in on its way: where the browser goes, and what must come back."""

    address: str
    state: str
    nonce: str
    verifier: str


def settings(center: Center) -> OidcFile | None:
    """Return the settings as the file stands now; None where there is none. Raises BadOidc."""
    folder = center.settings.data_dir
    now = stamp(folder / FILE)
    return None if now is None else _read(folder, now)


@lru_cache(maxsize=8)
def _read(folder: Path, _stamp: Stamp) -> OidcFile:
    return checked(folder, FILE, OidcFile, BadOidc, _SECRETS)


class Issuers:
    """Who may ask the issuers now."""

    def __init__(self) -> None:
        """Know of no failure."""
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)
        self._failed: dict[str, float] = {}

    @contextmanager
    def asking(self, address: str) -> Iterator[None]:
        """Ask at an address, in turn. Raises OidcUnreachable where none answers well, and soon after that."""
        host = urlsplit(address).netloc
        if time.monotonic() - self._failed.get(host, -QUIET_S) < QUIET_S:
            raise OidcUnreachable()
        if not self._turns.acquire(timeout=PATIENCE_S):
            raise OidcUnreachable()
        try:
            yield
        except (requests.RequestException, ValueError) as error:
            if isinstance(error, requests.ConnectionError | requests.Timeout):
                self._failed[host] = time.monotonic()
            raise OidcUnreachable() from error
        finally:
            self._turns.release()


_ISSUERS = Issuers()


def begin(told: OidcFile) -> Begun:
    """Return where a browser is to go, with fresh state, nonce and verifier. Raises OidcUnreachable."""
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    found = _discovered(told.issuer, int(time.monotonic() // KEPT_S))
    with _client(told) as client:
        address, state = client.create_authorization_url(
            str(found["authorization_endpoint"]), code_verifier=verifier, nonce=nonce
        )
    return Begun(address, state, nonce, verifier)


def finish(
    center: Center,
    now: datetime,
    told: OidcFile,
    begun: Begun,
    query: Mapping[str, str],
    whence: tuple[str, str],
) -> NewSession:
    """Open a session for whom the issuer vouches; the account is made, or brought up to date.

    query: what the browser brought back. whence: its address and name.
    Raises OidcRefused, OidcUnreachable, NoRole, AccountDisabled.
    """
    if (
        not secrets.compare_digest(query.get("state", "").encode(), begun.state.encode())
        or "code" not in query
    ):
        raise OidcRefused()
    claims = _claims(told, _token(told, begun, query["code"]), begun.nonce, now)
    account = _account(center, now, told, claims)
    return accounts.vouched(center, now, account, *whence)


def _client(told: OidcFile) -> OAuth2Session:
    client = OAuth2Session(
        told.client_id,
        told.client_secret,
        scope="openid profile email",
        redirect_uri=told.public_url.rstrip("/") + CALLBACK,
        code_challenge_method="S256",
        default_timeout=TIMEOUT_S,
    )
    client.max_redirects = 0
    return client


def _token(told: OidcFile, begun: Begun, code: str) -> str:
    """Return the ID token for a code."""
    endpoint = str(_discovered(told.issuer, int(time.monotonic() // KEPT_S))["token_endpoint"])
    try:
        with _ISSUERS.asking(endpoint), _client(told) as client:
            answer = client.fetch_token(
                endpoint, code=code, code_verifier=begun.verifier, grant_type="authorization_code"
            )
    except AuthlibBaseError as error:
        raise OidcRefused() from error
    found = answer.get("id_token")
    if not isinstance(found, str):
        raise OidcRefused()
    return found


def _claims(told: OidcFile, token: str, nonce: str, now: datetime) -> dict[str, Any]:
    """Return what a valid ID token says. Raises OidcRefused (OpenID Connect Core 3.1.3.7)."""
    rules = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": told.issuer},
        aud={"essential": True, "value": told.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        found = jwt.decode(token, _keys(told), algorithms=_ALGORITHMS)
        rules.validate(found.claims)
    except (JoseError, ValueError) as error:
        raise OidcRefused() from error
    claims: dict[str, Any] = found.claims
    audience, authorized = claims["aud"], claims.get("azp")
    # A token for several is for this client only when it says that it was issued to it.
    shared = isinstance(audience, list) and len(audience) > 1
    if authorized != told.client_id and (shared or authorized is not None):
        raise OidcRefused()
    return claims


def _keys(told: OidcFile) -> KeySet:
    """Return the issuer's keys, asked anew each time: a key that was withdrawn must not count."""
    address = str(_discovered(told.issuer, int(time.monotonic() // KEPT_S))["jwks_uri"])
    return KeySet.import_key_set(_asked(address))


@lru_cache(maxsize=4)
def _discovered(issuer: str, _hour: int) -> dict[str, Any]:
    """Return what the issuer says of itself; kept for an hour."""
    found: dict[str, Any] = _asked(issuer.rstrip("/") + "/.well-known/openid-configuration")
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if found.get("issuer") != issuer or not all(isinstance(found.get(name), str) for name in wanted):
        raise OidcRefused()
    return found


def _asked(address: str) -> Any:
    with _ISSUERS.asking(address):
        answer = requests.get(address, timeout=TIMEOUT_S, allow_redirects=False)
        answer.raise_for_status()
        found: Any = answer.json()
        return found


def roles_of(told: OidcFile, claims: Mapping[str, Any]) -> tuple[Role, ...]:
    """Return the roles that a claim gives, in Sigap's order."""
    value: Any = claims
    for part in told.roles_claim.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    given = {value} if isinstance(value, str) else {one for one in value or () if isinstance(one, str)}
    return tuple(role for role in Role if getattr(told.roles, role.value) in given)


def _account(center: Center, now: datetime, told: OidcFile, claims: Mapping[str, Any]) -> Account:
    """Return the person's account as the claims describe it, stored when it is new or was changed."""
    roles = roles_of(told, claims)
    if not roles:
        raise NoRole()
    subject = f"{told.issuer}|{claims['sub']}"
    name = next(
        (
            str(claims[key]).strip()
            for key in ("name", "preferred_username", "email", "sub")
            if claims.get(key)
        ),
        "",
    )
    if name_fault(name) is not None:
        raise OidcRefused()
    wanted = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    # Looked for inside the transaction: two sign-ins at once would make two accounts of one person.
    with center.db.write() as writer:
        every = store.accounts(writer)
        known = next((one for one in every if one.subject == subject), None)
        if known is not None:
            if not known.is_active:
                raise AccountDisabled()
            new, deed = replace(known, name=name, roles=roles), Deed.CHANGED
        else:
            account_id = uuid7(now, secrets.token_bytes(10))
            login, maker = _free_login({one.login for one in every}, wanted), accounts.SIGAP.name
            new = Account(account_id, login, name, roles, Source.OIDC, now, maker, subject=subject)
            deed = Deed.MADE
        if new != known:
            store.put(writer, new)
            store.end_sessions_of(writer, new.account_id, but="")
            after = {"name": new.name, "roles": [role.value for role in new.roles], "issuer": told.issuer}
            sessions.note(writer, now, accounts.SIGAP, new, deed, after)
    sessions.refresh(center)
    return new


def _free_login(taken: Set[str], wanted: str) -> str:
    """Return a sign-in name that nobody has, like the one wanted: it is the person's mark in the trail."""
    plain = re.sub(r"[^a-z0-9._-]", "-", clean_login(wanted).partition("@")[0]).lstrip("._-")[:32]
    plain = plain if login_fault(plain) is None else f"oidc-{secrets.token_hex(4)}"
    name, n = plain, 1
    while name in taken:
        n += 1
        name = f"{plain}-{n}"
    return name
