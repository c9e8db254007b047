"""How long a connection may take to say what it wants: uvicorn itself waits for ever (slowloris).

Many connections that send a header a letter a minute would use up the process's file handles. Each request's
head must be whole `HEAD_S` after it began, and its body `BODY_S` after that; a connection that is slower is
closed. A websocket is not measured once its head is there.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http import httptools_impl

HEAD_S = 15.0
BODY_S = 180.0
"""Ten megabytes of photo at half a megabit a second."""


class PatientProtocol(httptools_impl.HttpToolsProtocol):
    """uvicorn's HTTP protocol with an end to its patience."""

    head_s = HEAD_S
    body_s = BODY_S
    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first head."""
        super().connection_made(transport)
        self._wait(self.head_s)

    def on_message_begin(self) -> None:
        """Begin to wait for a head: the next one of a kept connection."""
        super().on_message_begin()
        self._wait(self.head_s)

    def on_headers_complete(self) -> None:
        """Begin to wait for the body."""
        self._wait(None if self.parser.should_upgrade() else self.body_s)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait no more: the request is whole."""
        self._wait(None)
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more: nobody is there."""
        self._wait(None)
        super().connection_lost(exc)

    def _wait(self, seconds: float | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        self._limit = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
