"""Open screens, as the server sees them: websocket clients that ask again whenever a browser would.

No browser is started: twenty of them would take the two cores that are to be measured. What is measured is
when the server has sent what changed.
"""

import asyncio
import time
from dataclasses import dataclass, field

import httpx
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

CALL_EVERY_S = 60.0
"""Fifty times what Tarakan takes on a busy day (30 calls, domain.md 2); nobody decides them: they pile up."""


@dataclass
class Watched:
    """Calls that were taken (their words, when) and how long each screen took to have each."""

    calls: dict[str, float] = field(default_factory=dict)
    delays_s: list[float] = field(default_factory=list)
    missing: int = 0


async def screens(port: int, count: int, end: float, token: str, watched: Watched) -> None:
    """Keep `count` screens of Pemantauan open until `end` (monotonic); take a call now and then."""
    told = cookie(port, "budi")
    await asyncio.gather(
        _calls(port, end, token, watched), *(_Screen(port, watched, told).run(end) for _ in range(count))
    )


def cookie(port: int, login: str) -> str:
    """Sign an example person of a demonstration in; return the cookie header."""
    answer = httpx.post(f"http://127.0.0.1:{port}/masuk/contoh", data={"login": login}, timeout=30)
    if answer.status_code != 303:
        raise RuntimeError(f"{login} could not sign in: {answer.status_code}")
    return answer.headers["set-cookie"].partition(";")[0]


async def _calls(port: int, end: float, token: str, watched: Watched) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30) as client:
        number = 0
        await asyncio.sleep(8)
        while time.monotonic() < end - 15:
            number += 1
            words = f"Papan uji {number:04d}x"
            told = {"channel": "radio", "narrative": "uji", "place_text": words}
            answer = await client.post("/api/v1/calls", json=told)
            answer.raise_for_status()
            watched.calls[words] = time.monotonic()
            await asyncio.sleep(CALL_EVERY_S)


class _Screen:
    """One session: it asks for the page, and again for each part that wants to be drawn every few seconds."""

    def __init__(self, port: int, watched: Watched, cookie: str) -> None:
        self._port, self._watched, self._cookie = port, watched, cookie
        self._had: set[str] = set()
        self._again: dict[str, asyncio.Task[None]] = {}

    async def run(self, end: float) -> None:
        address = f"ws://127.0.0.1:{self._port}/_stcore/stream"
        headers = {"Cookie": self._cookie}
        async with websockets.connect(
            address, subprotocols=["streamlit"], additional_headers=headers, max_size=None
        ) as line:
            await self._ask(line)
            while (left := end - time.monotonic()) > 0:
                try:
                    message = await asyncio.wait_for(line.recv(), left)
                except TimeoutError:
                    break
                self._look(message if isinstance(message, bytes) else message.encode())
                self._follow(line, ForwardMsg.FromString(message))
        self._watched.missing += len(set(self._watched.calls) - self._had)
        for task in self._again.values():
            task.cancel()

    async def _ask(self, line: websockets.ClientConnection, fragment: str = "") -> None:
        message = BackMsg()
        message.rerun_script.query_string = ""
        if fragment:
            message.rerun_script.fragment_id = fragment
            message.rerun_script.is_auto_rerun = True
        await line.send(message.SerializeToString())

    def _look(self, message: bytes) -> None:
        now = time.monotonic()
        for words, taken in self._watched.calls.items():
            if words not in self._had and words.encode() in message:
                self._had.add(words)
                self._watched.delays_s.append(now - taken)

    def _follow(self, line: websockets.ClientConnection, message: ForwardMsg) -> None:
        if message.HasField("new_session") and not message.metadata.run.fragment_ids:
            for task in self._again.values():
                task.cancel()
            self._again = {}
        if message.HasField("auto_rerun"):
            wanted = message.auto_rerun
            # A part says again in each of its runs how often it wants to be drawn; a browser keeps one timer.
            if wanted.fragment_id not in self._again:
                every = self._every(line, wanted.interval, wanted.fragment_id)
                self._again[wanted.fragment_id] = asyncio.create_task(every)

    async def _every(self, line: websockets.ClientConnection, interval_s: float, fragment: str) -> None:
        while True:
            await asyncio.sleep(interval_s)
            await self._ask(line, fragment)
