"""A call that leads to a forbidden address ends on the open connection, before anything was sent."""

import asyncio
import socket
import threading
from contextlib import suppress
from ipaddress import ip_network

import httpx
import pytest

from export.outgoing import ForbiddenAddress, require_allowed, watched

SECRET = b"isi pesan"


async def post(url: str, extensions: dict) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        await client.post(url, content=SECRET, extensions=extensions)


def test_nothing_is_sent_to_an_address_that_is_never_called() -> None:
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(5)

        def take() -> None:
            connection, _ = listening.accept()
            got.append(b"connected")
            # It may be cut off rather than closed.
            with connection, suppress(ConnectionError):
                connection.settimeout(5)
                got.append(connection.recv(1000))

        peer = threading.Thread(target=take)
        peer.start()
        # What is forbidden by rule cannot be reached from a test machine: here it is the loopback.
        forbidden = watched([ip_network("127.0.0.0/8")])
        with pytest.raises(ForbiddenAddress):
            asyncio.run(post(f"http://localhost:{listening.getsockname()[1]}/", forbidden))
        peer.join(5)
    assert b"".join(got) == b"connected"


def test_the_address_that_was_reached_counts_and_not_the_name() -> None:
    with pytest.raises(ForbiddenAddress):
        require_allowed("169.254.169.254")
    require_allowed("127.0.0.1")
