"""One reading of the board for every open screen of Pemantauan.

When a call comes in, every board is drawn anew in the same second. Each would read the same cases and the
same units; the first reads them, the others wait that moment and draw what it read. What somebody stored is
always seen at once, and so is every moment at which a clock turns; where units are may be a second old here,
while the map itself reads positions without the board.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from services import alarms, monitoring
from services.center import Center
from services.monitoring import Board
from ui import live
from ui.shared_reading import Shared

KEEP = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Reading:
    """A board as it was at a moment, and until when nothing on it turns by itself (None: until stored)."""

    board: Board
    at: datetime
    until: datetime | None

    def holds(self, version: int, at: datetime) -> bool:
        """Return whether it still is the board at `at`, when the stored version is `version`."""
        fresh = timedelta(0) <= at - self.at < KEEP
        return fresh and self.board.version == version and (self.until is None or at < self.until)


class Readings:
    """The newest reading of a center, for all screens."""

    def __init__(self) -> None:
        """Start without one."""
        self._shared: Shared[datetime, Reading] = Shared(most=1)

    def of(self, center: Center, at: datetime) -> Reading:
        """Return the board at `at`."""
        return self._shared.of(
            center.started_at,
            lambda kept: kept.holds(monitoring.version(center), at),
            lambda: _read(center, at),
        )


def _read(center: Center, at: datetime) -> Reading:
    board = monitoring.board(center, at)
    word = alarms.next_word(center, at, board.cases)
    return Reading(board, at, live.earliest([*live.board_turns(center, board, at), word], at))


shared = Readings()
