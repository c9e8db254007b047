"""One working-out of a case's suggestion for every open screen of Pengerahan.

When something is stored, every Pengerahan is drawn anew in the same seconds, and several officers look at the
same case. The first works out who is nearest and what other cases need, the others draw the same. It is used
only while nothing was stored and it is younger than two seconds: where units are may be that old here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services import joint, suggestion
from services.center import Center
from services.joint import Advice
from services.monitoring import Board, BoardRow
from services.suggestion import Suggested
from ui.dispatch_case import takes_units
from ui.shared_reading import Shared

KEEP = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Reading:
    """Who may go to a case, and what it should leave to others, as worked out of a board at a moment."""

    found: Suggested
    better: Advice | None
    version: int
    at: datetime

    def holds(self, version: int, at: datetime) -> bool:
        """Return whether it still is so at `at`, on a board of this version."""
        return self.version == version and timedelta(0) <= at - self.at < KEEP


class Readings:
    """The newest reading of each case, for all screens."""

    def __init__(self) -> None:
        """Start without any."""
        self._shared: Shared[tuple[datetime, str], Reading] = Shared()

    def of(self, center: Center, at: datetime, row: BoardRow, board: Board) -> Reading:
        """Return what is known of a case of a board. Raises what `services.suggestion.suggest_for` raises."""
        return self._shared.of(
            (center.started_at, row.case.case_id),
            lambda kept: kept.holds(board.version, at),
            lambda: _read(center, at, row, board),
        )


def _read(center: Center, at: datetime, row: BoardRow, board: Board) -> Reading:
    found = suggestion.suggest_for(center, at, row.case)
    weighed = [other.case for other in board.rows if other is not row and takes_units(other.case)]
    # The board's version: a change that came in since shows a newer one at the next look.
    return Reading(found, joint.advice(center, at, row.case, found, weighed), board.version, at)


shared = Readings()
