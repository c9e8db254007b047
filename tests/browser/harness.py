"""Starting and stopping a real server for tests, on a free port and with its data in a folder of its own."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import BrowserContext

from domain.words import Role
from services.accounts import example_login
from services.rehearsal import CAST

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
LOCAL = {"127.0.0.1", "localhost", "::1"}
START_S = 60


@dataclass(frozen=True)
class Server:
    """A running Sigap: where it answers, where it keeps its data, what it printed, its process.

    demo: whether its example people can be signed in without a password.
    """

    url: str
    var: Path
    log: Path
    process: subprocess.Popen[bytes]
    demo: bool = False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(script: Path, folder: Path, *, ready: str, env: Mapping[str, str] | None = None) -> Server:
    """Run `streamlit run script` and return when `ready` (a path) answers 200."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    var, log = folder / "var", folder / "server.log"
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    environment = {**os.environ, "SIGAP_VAR": str(var), "PYTHONPATH": str(ROOT), **(env or {})}
    environment.pop("SIGAP_DB", None)
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    server = Server(url, var, log, process, (env or {}).get("SIGAP_DEMO") == "1")
    give_up = monotonic() + START_S
    while not _answers(url + ready):
        try:
            process.wait(timeout=0.1)
        except subprocess.TimeoutExpired:
            if monotonic() < give_up:
                continue
            stop(server)
        pytest.fail(f"{script.name} did not start:\n{log.read_text(errors='replace')}")
    return server


def sign_in(context: BrowserContext, url: str, role: str) -> None:
    """Let a browser session be the demonstration's example person of this role."""
    login = example_login(CAST[Role(role)])
    answer = context.request.post(f"{url}/masuk/contoh", form={"login": login}, max_redirects=0)
    assert answer.status == 303, answer.text()


def sign_in_as(context: BrowserContext, url: str, login: str, password: str) -> None:
    """Let a browser session be somebody with an account."""
    form = {"login": login, "password": password}
    answer = context.request.post(f"{url}/masuk", form=form, max_redirects=0)
    assert answer.status == 303, answer.text()


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a thread of its own: Playwright keeps the loop of this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def stop(server: Server) -> None:
    server.process.terminate()
    try:
        server.process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()
