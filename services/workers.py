"""What runs beside the screens as long as the command center is open: each worker in a thread of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from services import alarms, delivery, live, notify, warm
from services.center import Center

Worker = Callable[[Center, threading.Event], None]
"""Works until the event is set, and then soon returns."""

WORKERS: tuple[Worker, ...] = (warm.run, live.run, alarms.run, notify.run, delivery.run)


@contextmanager
def running(center: Center, workers: Sequence[Worker] = WORKERS) -> Iterator[None]:
    """Run the workers while the block runs; at its end none of them touches the center any more."""
    stop = threading.Event()
    threads = [threading.Thread(target=work, args=(center, stop), name=work.__module__) for work in workers]
    try:
        for thread in threads:
            thread.start()
        yield
    finally:
        stop.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
