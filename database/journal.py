"""What was changed, statement by statement, in the order in which it was stored.

All writing goes through one lock (`database.connection`), so that the same statements, run in the same
order on the same rows, give the same rows again. For that a statement may depend on nothing but its
parameters and the tables: no `now()`, no `random()`; a test looks for them.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

MOST_BYTES = 64 * 2**20
"""More than so much is not kept for a follower who does not come: about an hour of heavy duty."""
_STATEMENT_BYTES = 200


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its parameters; with `rows` it appends them to the table `sql`."""

    sql: str
    params: tuple[Any, ...] = ()
    rows: pa.Table | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One stored transaction: its place in this journal (from 1), the newest event then, what was run."""

    position: int
    seq: int
    statements: tuple[Statement, ...]


class Journal:
    """The changes of one open database since `start`, until they are taken; safe from any thread."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self._guard = threading.Lock()
        self._changes: list[Change] = []
        self._bytes = 0
        self._position = 0
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """Whether every change since `start` is here or was taken; False too once there was too much."""
        return self._is_on

    def start(self) -> int:
        """Keep what is changed from now on, if that is not so already; return the present position.

        To be called while nothing can be stored, or the position means nothing.
        """
        with self._guard:
            self._is_on = True
            return self._position

    def stop(self) -> None:
        """Keep nothing more: what follows cannot be told without a new beginning."""
        with self._guard:
            self._is_on = False
            self._changes, self._bytes = [], 0

    def add(self, statements: Sequence[Statement], seq: int) -> None:
        """Keep one transaction that was just stored; only its writer calls this."""
        if not statements:
            return
        with self._guard:
            self._position += 1
            if not self._is_on:
                return
            self._bytes += sum(_size(one) for one in statements)
            self._changes.append(Change(self._position, seq, tuple(statements)))
            if self._bytes > MOST_BYTES:
                self._is_on = False
                self._changes, self._bytes = [], 0

    def take(self) -> list[Change]:
        """Return what was changed since the last time, oldest first."""
        with self._guard:
            taken, self._changes, self._bytes = self._changes, [], 0
        return taken

    def give_back(self, changes: Sequence[Change]) -> bool:
        """Put back what was taken and could not be kept elsewhere; False when the journal has ended since."""
        with self._guard:
            if not self._is_on:
                return False
            self._changes = [*changes, *self._changes]
            self._bytes += sum(_size(one) for change in changes for one in change.statements)
            if self._bytes > MOST_BYTES:
                self._is_on = False
                self._changes, self._bytes = [], 0
            return self._is_on


def _size(one: Statement) -> int:
    rows = 0 if one.rows is None else int(one.rows.nbytes)
    return _STATEMENT_BYTES + rows + sum(_length(value) for value in one.params)


def _length(value: Any) -> int:
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(_length(item) for item in value)
    return 16
