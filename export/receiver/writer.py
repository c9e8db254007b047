"""Group commit: requests wait together for one transaction, so that the disk is asked once for many."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from export.receiver.store import Arrived, Held, Store

MOST_TOGETHER = 64

TOGETHER_S = 0.003
"""How long the first waits for others, seconds: a commit costs about the same for one as for ten."""

Waiting = tuple[Arrived, asyncio.Future[Held]]


class Writer:
    """The one who stores: takes what waits, commits it, then tells everybody what is held."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """Keep the store and the clock that gives the time of receipt."""
        self._store = store
        self._clock = clock
        self._waiting: asyncio.Queue[Waiting] = asyncio.Queue()

    async def keep(self, arrived: Arrived) -> Held:
        """Return what is held of a revision once it is on disk. Raises StoreFailed."""
        told: asyncio.Future[Held] = asyncio.get_running_loop().create_future()
        self._waiting.put_nowait((arrived, told))
        return await told

    async def run(self) -> None:
        """Store what comes, until cancelled."""
        while True:
            together = [await self._waiting.get()]
            await asyncio.sleep(TOGETHER_S)
            while len(together) < MOST_TOGETHER and not self._waiting.empty():
                together.append(self._waiting.get_nowait())
            await self._store_together(together)

    async def _store_together(self, together: Sequence[Waiting]) -> None:
        arrived = [one for one, _ in together]
        try:
            kept = await asyncio.to_thread(self._store.keep, arrived, self._clock())
        except Exception as error:
            # Whatever it is belongs to those who wait, and must not end the one who stores.
            for _, told in together:
                # A request that was cancelled meanwhile waits no more.
                if not told.done():
                    told.set_exception(error)
            return
        for (_, told), held in zip(together, kept, strict=True):
            if not told.done():
                told.set_result(held)
