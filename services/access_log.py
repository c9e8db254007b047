"""Who saw personal data: noted in memory, written once a second; a reveal is stored before it is shown.

The same person seeing the same again within ten minutes is one look (`domain.access_log.SAME_LOOK`), but for
revealed identities and copies for data subjects: each of these counts. Looks are kept for the city's
`access_log_days`.
"""

import logging
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from database import access_log as store
from database import cases
from database.access_log import Wanted
from database.connection import Writer
from domain.access_log import LONGEST_REASON, Look, Noted, Seen, Unusual, Way, look_of, unusual
from domain.access_log import SAME_LOOK as SAME
from domain.case import Actor, Private
from domain.permissions import Action, require
from export.redact import redact
from services import wall_clock

if TYPE_CHECKING:
    from services.center import Center

__all__ = [
    "LookBox",
    "Noted",
    "Seen",
    "Unusual",
    "Wanted",
    "Way",
    "flush",
    "listed",
    "note",
    "people",
    "reached",
    "run",
    "store_now",
    "strange",
]

FLUSH_EVERY_S = 1.0
FORGET_EVERY_S = 3600.0
MOST_WAITING = 100_000
SHOWN = 300
LOOKED_THROUGH = 20_000
"""So many looks are searched for unusual use, the newest of the time asked for."""
_log = logging.getLogger(__name__)


class LookBox:
    """Looks that are not stored yet, and which were noted lately."""

    def __init__(self) -> None:
        """Hold none."""
        self._lock = threading.Lock()
        self._waiting: list[Look] = []
        self._noted: dict[tuple[object, ...], datetime] = {}

    def take(self, look: Look) -> bool:
        """Note a look; return False for one that counts as seen already."""
        with self._lock:
            last = self._noted.get(look.same)
            if last is not None and timedelta(0) <= look.at - last < SAME:
                return False
            self._noted[look.same] = look.at
            self._waiting.append(look)
            if len(self._waiting) > MOST_WAITING:
                del self._waiting[: MOST_WAITING // 10]
                _log.error("the store takes no looks: the oldest %d that waited are lost", MOST_WAITING // 10)
            return True

    def hand_over(self) -> list[Look]:
        """Return what waits; it waits no more."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            if waiting:
                newest = waiting[-1].at
                self._noted = {key: at for key, at in self._noted.items() if newest - at < SAME}
            return waiting

    def take_back(self, looks: Sequence[Look]) -> None:
        """Let looks wait on that could not be stored."""
        with self._lock:
            self._waiting = [*looks, *self._waiting]


def note(
    center: "Center",
    now: datetime,
    actor: Actor,
    seen: Seen,
    way: Way,
    *,
    case_id: str | None = None,
    cases: int = 1,
    period: tuple[datetime | None, datetime | None] = (None, None),
) -> None:
    """Note that somebody sees personal data now; asks memory only."""
    center.looks.take(look_of(actor, now, seen, way, case_id=case_id, cases=cases, period=period))


def store_now(
    writer: Writer,
    now: datetime,
    actor: Actor,
    seen: Seen,
    way: Way,
    *,
    case_ids: Sequence[str] = (),
    reason: str = "",
) -> None:
    """Store looks inside a transaction, before anything is shown; with no case: one at none in particular.

    Names and numbers are masked in the reason, those of each case's reporter too.
    """
    looks = []
    for case_id in case_ids or (None,):
        private = cases.get_private(writer, case_id) if case_id else Private(narrative="")
        told = redact(reason, private, LONGEST_REASON) or ""
        looks.append(look_of(actor, now, seen, way, case_id=case_id, reason=told, cases=1 if case_id else 0))
    store.append(writer, looks)


def flush(center: "Center") -> int:
    """Store what waits; return how many. What cannot be stored waits on. Raises StoreUnavailable."""
    waiting = center.looks.hand_over()
    if not waiting:
        return 0
    try:
        with center.db.write() as writer:
            store.append(writer, waiting)
    except BaseException:
        center.looks.take_back(waiting)
        raise
    return len(waiting)


def forget_old(center: "Center", now: datetime) -> int:
    """Delete looks and answered requests that are older than the pack keeps them; return how many looks.

    None after the machine's clock was set: they may only look old.
    """
    if wall_clock.is_doubtful(center, now):
        return 0
    before = now - timedelta(days=center.pack.city.access_log_days)
    with center.db.write() as writer:
        return store.forget(writer, before)


def run(center: "Center", stop: threading.Event) -> None:
    """Worker: store looks once a second, let go of old ones; at the end store the last."""
    forget_in_s = FORGET_EVERY_S
    while True:
        ended = stop.wait(FLUSH_EVERY_S)
        try:
            flush(center)
            forget_in_s -= FLUSH_EVERY_S
            if forget_in_s <= 0:
                forget_in_s = FORGET_EVERY_S
                forget_old(center, datetime.now(UTC))
        except Exception:
            # Whatever it is, the next second tries again: a dead writer would lose every later look.
            _log.exception("looks wait: the store takes none")
        if ended:
            return


# --- reading --------------------------------------------------------------------------------------------


def listed(center: "Center", actor: Actor, wanted: Wanted, limit: int = SHOWN) -> list[Noted]:
    """Return the newest looks that are wanted. Raises NotPermitted."""
    require(actor, Action.SEE_ACCESS_LOG)
    flush(center)
    return store.looks(center.db.read(), wanted, limit)


def strange(center: "Center", actor: Actor, since: datetime, until: datetime) -> list[Unusual]:
    """Return unusual use within a time, newest first. Raises NotPermitted."""
    require(actor, Action.SEE_ACCESS_LOG)
    flush(center)
    return unusual(store.looks(center.db.read(), Wanted(since, until), LOOKED_THROUGH))


def people(center: "Center", actor: Actor, since: datetime, until: datetime) -> list[tuple[str, str, int]]:
    """Return who looked in a time: account or name, name, looks; the most first. Raises NotPermitted."""
    require(actor, Action.SEE_ACCESS_LOG)
    flush(center)
    return store.people(center.db.read(), since, until)


def reached(
    center: "Center", actor: Actor, person: str, since: datetime, until: datetime, limit: int = SHOWN
) -> tuple[int, list[str]]:
    """Return of how many cases an account or token saw personal data at most, and their newest call numbers.

    For a breach: which persons may be affected. Raises NotPermitted.
    """
    require(actor, Action.SEE_ACCESS_LOG)
    flush(center)
    return store.reached(center.db.read(), person, since, until, limit)
