"""One working-out of a case's suggestion for every open screen of Pengerahan.

When something is stored, every Pengerahan is drawn anew in the same seconds, and several officers look at the
same case. The first works out who is nearest and what other cases need, the others draw the same. It is used
only while nothing was stored and it is younger than two seconds: where units are may be that old here.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from services import joint, monitoring, suggestion
from services.center import Center
from services.joint import Advice
from services.monitoring import Board, BoardRow
from services.suggestion import Suggested
from ui.dispatch_case import takes_units

KEEP = timedelta(seconds=2)
MOST = 100
"""So many cases are remembered; the one asked for longest ago goes first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Who may go to a case, and what it should leave to others, as worked out at a moment."""

    found: Suggested
    better: Advice | None
    at: datetime
    version: int
    started_at: datetime

    def holds(self, center: Center, version: int, at: datetime) -> bool:
        """Return whether it still is so at `at`, when the stored version is `version`."""
        fresh = timedelta(0) <= at - self.at < KEEP
        return fresh and self.version == version and self.started_at == center.started_at


class _Place:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: Reading | None = None


class Readings:
    """The newest reading of each case; of the threads that ask for one case one works, the others wait."""

    def __init__(self) -> None:
        """Start without any."""
        self._lock = threading.Lock()
        self._places: OrderedDict[str, _Place] = OrderedDict()

    def of(self, center: Center, at: datetime, row: BoardRow, board: Board) -> Reading:
        """Return what is known of a case of a board. Raises what `services.suggestion.suggest_for` raises."""
        place = self._place(row.case.case_id)
        with place.lock:
            kept = place.kept
            if kept is not None and kept.holds(center, board.version, at):
                return kept
            made = place.kept = _read(center, at, row, board)
            return made

    def _place(self, case_id: str) -> _Place:
        with self._lock:
            place = self._places.setdefault(case_id, _Place())
            self._places.move_to_end(case_id)
            while len(self._places) > MOST:
                self._places.popitem(last=False)
            return place


def _read(center: Center, at: datetime, row: BoardRow, board: Board) -> Reading:
    found = suggestion.suggest_for(center, at, row.case)
    weighed = [other.case for other in board.rows if other is not row and takes_units(other.case)]
    better = joint.advice(center, at, row.case, found, weighed)
    return Reading(found, better, at, monitoring.version(center), center.started_at)


shared = Readings()
