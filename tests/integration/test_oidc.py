"""Signing in by another service: against a real local issuer over HTTP, and against its dishonest twins."""

import json
import socket
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from center_builders import settings
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from domain.accounts import AccountDisabled, Source
from domain.case import Actor
from domain.words import Role
from services import accounts, oidc, sessions
from services.center import Center, close_center, open_center

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import oidc_provider_mock

# The issuer runs in a thread of this process; its own library speaks of its future.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

FAJAR = Actor("Fajar", Role.ADMIN, "fajar")
HERE = ("10.0.0.7", "Peramban uji")
PEOPLE = (
    oidc_provider_mock.User(
        sub="u-1",
        claims={"name": "Dewi Lestari", "preferred_username": "dewi", "akses": {"sigap": ["disp", "lain"]}},
    ),
    oidc_provider_mock.User(sub="u-2", claims={"name": "Tanpa Tugas", "akses": {"sigap": ["lain"]}}),
)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(user_claims=PEOPLE, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def center(tmp_path: Path, issuer: str) -> Iterator[Center]:
    oidc._discovered.cache_clear()
    opened = open_center(settings(tmp_path))
    write(opened, issuer)
    yield opened
    close_center()


def write(center: Center, issuer: str, **other: str) -> None:
    told = {
        "issuer": issuer,
        "client_id": "sigap",
        "client_secret": "rahasia-klien",
        "public_url": "https://sigap.contoh",
        "roles_claim": "akses.sigap",
    } | other
    lines = [f'{key} = "{value}"' for key, value in told.items()]
    text = "\n".join([*lines, "[roles]", 'dispatcher = "disp"', 'admin = "adm"'])
    (center.settings.data_dir / oidc.FILE).write_text(text)


def sent_back(begun: oidc.Begun, sub: str) -> dict[str, str]:
    """Let a person agree on the issuer's page; return what the browser brings back."""
    answer = httpx.post(begun.address, data={"sub": sub}, follow_redirects=False)
    assert answer.status_code == 302, answer.text
    assert answer.headers["location"].startswith("https://sigap.contoh/masuk/oidc/kembali?")
    return dict(httpx.URL(answer.headers["location"]).params)


def sign_in(center: Center, sub: str = "u-1"):
    told = oidc.settings(center)
    begun = oidc.begin(told)
    return oidc.finish(center, datetime.now(UTC), told, begun, sent_back(begun, sub), HERE)


def test_a_person_is_made_at_the_first_sign_in_and_known_at_the_next(center: Center) -> None:
    first, second = sign_in(center), sign_in(center)
    account = first.signed_in.account
    assert (account.login, account.name, account.roles, account.source) == (
        "dewi",
        "Dewi Lestari",
        (Role.DISPATCHER,),
        Source.OIDC,
    )
    assert second.signed_in.account.account_id == account.account_id
    assert sessions.find(center, datetime.now(UTC), second.cookie).actor.account == "dewi"


def test_a_local_account_of_the_same_name_is_another_person(center: Center) -> None:
    accounts.make(center, datetime.now(UTC), FAJAR, "dewi", "Dewi Lain", (Role.ADMIN,))
    assert sign_in(center).signed_in.account.login == "dewi-2"


def test_whoever_has_no_role_there_is_refused_and_not_stored(center: Center) -> None:
    with pytest.raises(oidc.NoRole):
        sign_in(center, "u-2")
    assert center.session_box.accounts() == []


def test_a_disabled_account_stays_out(center: Center) -> None:
    accounts.first_start(center, datetime.now(UTC))
    account = sign_in(center).signed_in.account
    accounts.set_active(center, datetime.now(UTC), FAJAR, account.account_id, False)
    with pytest.raises(AccountDisabled):
        sign_in(center)


def test_such_an_account_has_no_password(center: Center) -> None:
    sign_in(center)
    for password in ("", "None"):
        with pytest.raises(accounts.WrongSignIn):
            accounts.sign_in(center, datetime.now(UTC), "dewi", password, *HERE)


@pytest.mark.parametrize("harm", ["state", "no code", "code used twice", "nonce", "audience"])
def test_an_answer_that_does_not_belong_to_the_question_is_refused(center: Center, harm: str) -> None:
    told = oidc.settings(center)
    begun = oidc.begin(told)
    back = sent_back(begun, "u-1")
    if harm == "state":
        back["state"] = "lain"
    elif harm == "no code":
        del back["code"]
    elif harm == "code used twice":
        oidc.finish(center, datetime.now(UTC), told, begun, back, HERE)
    elif harm == "nonce":
        begun = replace(begun, nonce="lain")
    else:
        told = told.model_copy(update={"client_id": "klien-lain"})
    with pytest.raises(oidc.OidcRefused):
        oidc.finish(center, datetime.now(UTC), told, begun, back, HERE)


def test_an_issuer_that_is_not_there_is_said_so(center: Center) -> None:
    write(center, "http://127.0.0.1:9")
    with pytest.raises(oidc.OidcUnreachable):
        oidc.begin(oidc.settings(center))


@pytest.fixture
def silent() -> Iterator[tuple[str, list[socket.socket]]]:
    """An issuer that takes every connection and never says a word, and who came."""
    came: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def take() -> None:
            while True:
                try:
                    came.append(door.accept()[0])
                except OSError:
                    return

        taker = threading.Thread(target=take)
        taker.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}", came
        door.shutdown(socket.SHUT_RDWR)
        taker.join()
    for one in came:
        one.close()


def test_an_issuer_that_says_nothing_keeps_few_waiting_and_then_nobody(
    center: Center, silent: tuple[str, list[socket.socket]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "TIMEOUT_S", 0.5)
    monkeypatch.setattr(oidc, "PATIENCE_S", 0.05)
    address, came = silent
    write(center, address)
    told = oidc.settings(center)

    def tried(_n: int) -> type:
        with pytest.raises(oidc.OidcUnreachable) as refused:
            oidc.begin(told)
        return refused.type

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(tried, range(12)))
    assert 1 <= len(came) <= oidc.MOST_AT_ONCE
    before = len(came)
    tried(0)
    assert len(came) == before, "soon after a failure it is not asked"
    monkeypatch.setattr(oidc, "QUIET_S", 0.0)
    tried(0)
    assert len(came) == before + 1, "later it is"


class Twin:
    """An issuer that answers whatever a test wants, over real HTTP."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "k"})
        self.token, self.name = "", ""
        twin = self

        class Answer(BaseHTTPRequestHandler):
            def _say(self) -> None:
                base = f"http://127.0.0.1:{twin.server.server_port}"
                told: object = {
                    "/.well-known/openid-configuration": {
                        "issuer": twin.name or base,
                        "authorization_endpoint": f"{base}/auth",
                        "token_endpoint": f"{base}/token",
                        "jwks_uri": f"{base}/jwks",
                    },
                    "/jwks": {"keys": [twin.key.as_dict(private=False)]},
                    "/token": {"access_token": "x", "token_type": "Bearer", "id_token": twin.token},
                }[self.path]
                body = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = _say  # noqa: N815 - the library's names

            def log_message(self, *_args: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    running = Twin()
    yield running
    running.server.shutdown()
    running.server.server_close()


def from_twin(center: Center, twin: Twin, *, key=None, header=None, **other: object):
    write(center, twin.url)
    told = oidc.settings(center)
    begun = oidc.begin(told)
    now = datetime.now(UTC)
    at = int(now.timestamp())
    claims = {"iss": twin.url, "aud": "sigap", "sub": "u-1", "iat": at, "exp": at + 60, "nonce": begun.nonce}
    claims |= {"name": "Dewi", "akses": {"sigap": ["disp"]}} | other
    claims = {name: value for name, value in claims.items() if value is not None}
    algorithms = ["RS256", "HS256", "none"]
    twin.token = jwt.encode(
        header or {"alg": "RS256", "kid": "k"}, claims, key or twin.key, algorithms=algorithms
    )
    return oidc.finish(center, now, told, begun, {"state": begun.state, "code": "c"}, HERE)


def test_a_true_twin_is_believed(center: Center, twin: Twin) -> None:
    assert from_twin(center, twin).signed_in.account.name == "Dewi"


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "http://lain.contoh"},
        {"aud": "klien-lain"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"azp": "klien-lain"},
        {"aud": ["sigap", "klien-lain"]},
        {"key": RSAKey.generate_key(2048, {"kid": "k"})},
        {"header": {"alg": "HS256"}, "key": OctKey.import_key("rahasia-klien-rahasia-klien-rahasia")},
    ],
    ids=[
        "issuer",
        "audience",
        "no nonce",
        "over",
        "no end",
        "nobody",
        "party",
        "shared",
        "key",
        "client secret",
    ],
)
def test_a_token_that_does_not_hold_is_refused(center: Center, twin: Twin, lie: dict) -> None:
    with pytest.raises(oidc.OidcRefused):
        from_twin(center, twin, **lie)
    assert center.session_box.accounts() == []


def test_an_issuer_that_names_another_is_refused(center: Center, twin: Twin) -> None:
    write(center, twin.url)
    twin.name = "https://lain.contoh"
    try:
        with pytest.raises(oidc.OidcRefused):
            oidc.begin(oidc.settings(center))
    finally:
        twin.name = ""


def test_a_wrong_file_is_named_without_its_secret(center: Center, issuer: str) -> None:
    write(center, "ftp://x", client_secret="jangan-terlihat")
    with pytest.raises(oidc.BadOidc) as bad:
        oidc.settings(center)
    assert "issuer" in str(bad.value) and "jangan-terlihat" not in str(bad.value)
