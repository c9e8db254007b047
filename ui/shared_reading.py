"""What many screens would each read or work out in the same second: one does, the others take the same."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST = 100


class _Place(Generic[V]):
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: V | None = None


class Shared(Generic[K, V]):
    """The newest reading of each key; of the threads that ask for one key one reads, the others wait."""

    def __init__(self, most: int = MOST) -> None:
        """Start without any; of more than `most` keys the one asked for longest ago is forgotten."""
        self._most = most
        self._lock = threading.Lock()
        self._places: OrderedDict[K, _Place[V]] = OrderedDict()

    def of(self, key: K, holds: Callable[[V], bool], read: Callable[[], V]) -> V:
        """Return what is kept of a key while it `holds`, else what `read` gives (or raises)."""
        place = self._place(key)
        with place.lock:
            if place.kept is None or not holds(place.kept):
                place.kept = read()
            return place.kept

    def _place(self, key: K) -> _Place[V]:
        with self._lock:
            place = self._places.setdefault(key, _Place())
            self._places.move_to_end(key)
            while len(self._places) > self._most:
                self._places.popitem(last=False)
            return place
