"""The guard as a server calls it: what the headers say, what it lets through, and whose a websocket is."""

import asyncio
from pathlib import Path

import pytest
from center_builders import settings

from domain.case import Actor
from domain.words import Role
from services import accounts
from services.center import Center, close_center, open_center
from ui.guard import OWNER, Guard
from ui.parts import now


@pytest.fixture
def center(tmp_path: Path):
    yield open_center(settings(tmp_path))
    close_center()


def cookie_for(center: Center, login: str) -> tuple[str, str]:
    """Return the id of a new account that is signed in, and its cookie."""
    accounts.make_examples(center, now(), (Actor(login.title(), Role.DISPATCHER),))
    account = accounts.by_login(center, login)
    return account.account_id, accounts.vouched(center, now(), account, "127.0.0.1", "uji").cookie


def ask(kind: str, path: str, headers: dict[str, str]) -> tuple[dict | None, list[dict]]:
    """Return the scope that came through the guard (None: nothing did), and what was answered."""
    passed, answers = [], []

    async def app(scope, receive, send) -> None:
        passed.append(scope)

    async def receive() -> dict:
        return {"type": "http.request"} if kind == "http" else {"type": "websocket.connect"}

    async def send(message: dict) -> None:
        answers.append(message)

    scope = {
        "type": kind,
        "method": "GET",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("10.0.0.7", 5000),
    }
    asyncio.run(Guard(app)(scope, receive, send))
    return (passed[0] if passed else None), answers


@pytest.mark.parametrize("other", ['lain={"a": 1}', "a[b]=c d", "=x", "kosong"])
def test_a_cookie_of_another_program_keeps_nobody_out(center: Center, other: str) -> None:
    _, cookie = cookie_for(center, "budi")
    passed, _ = ask("http", "/kasus", {"cookie": f"{other}; sigap={cookie}"})
    assert passed is not None


@pytest.mark.parametrize("path", ["/assets/x", "/regu/", "/masuk/apa", "/api/v1/cases", "/metrics"])
def test_no_websocket_is_open_to_everybody(center: Center, path: str) -> None:
    assert ask("websocket", path, {}) == (None, [{"type": "websocket.close", "code": 4401}])
    assert ask("http", path, {})[0] is not None


def test_streamlit_learns_whose_a_websocket_is_from_nobody_else(center: Center) -> None:
    account_id, cookie = cookie_for(center, "budi")
    claimed = {"cookie": f"sigap={cookie}", OWNER: "orang-lain", OWNER.title(): "orang-lain"}
    passed, _ = ask("websocket", "/_stcore/stream", claimed)
    told = [value for name, value in passed["headers"] if name.lower() == OWNER.encode()]
    assert told == [account_id.encode()]


@pytest.mark.parametrize(
    "path",
    ["//masuk", "/masuk.", "/MASUK", "/masukx", "/apikey", "/%2e%2e/api/v1/health", "/x/../masuk", "", "/."],
)
def test_a_path_that_looks_like_an_open_one_is_not(center: Center, path: str) -> None:
    passed, answers = ask("http", path, {})
    assert passed is None
    assert answers[0]["status"] == 401
