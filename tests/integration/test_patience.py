"""A connection that says what it wants a letter at a time is closed; others are served meanwhile."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from ui.patience import PatientProtocol


class Hasty(PatientProtocol):
    """The same with little patience, so that the tests need none."""

    head_s = 0.4
    body_s = 0.8


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    app = Starlette(routes=[Route("/", echo, methods=["GET", "POST"])])
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, http=Hasty, log_level="error", lifespan="off"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)


def left_open(port: int, begun: bytes) -> bytes:
    """Send a beginning and no more; return what came until the server closed."""
    with socket.create_connection(("127.0.0.1", port), 5) as slow:
        slow.settimeout(5)
        slow.sendall(begun)
        parts = []
        while part := slow.recv(4096):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: sigap\r\nX-Slow: ",
        b"POST / HTTP/1.1\r\nHost: sigap\r\nContent-Length: 1000\r\n\r\n12345",
    ],
    ids=["nothing", "head", "body"],
)
def test_a_request_that_does_not_become_whole_is_closed(port: int, begun: bytes) -> None:
    assert b"200 OK" not in left_open(port, begun)


def test_a_kept_connection_may_not_dawdle_with_its_second_request(port: int) -> None:
    got = left_open(port, b"GET / HTTP/1.1\r\nHost: sigap\r\n\r\nGET / HTTP/1.1\r\nHos")
    assert got.count(b"200 OK") == 1


def test_who_speaks_up_is_served(port: int) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        for size in (0, 1, 300_000):
            assert client.post("/", content=b"x" * size).text == str(size)
