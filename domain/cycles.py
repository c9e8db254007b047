"""Cycles through a table of counts: one case more here, one fewer there, and every total stays as it was.

What `domain.suppression` proves its tables with. A key is cut into a row and a column so that every total is
of whole rows or of whole columns; a cycle takes turns between details of a row and of a column (the network
view of two-way tables, L. H. Cox, Journal of the American Statistical Association 90, 1995).
"""

import heapq
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.statistics import ADM3, CLASS, DOMAIN, LEAST, PERIOD, Counts, Cycle, Key

ZERO_COST, HIDE_COST = 1, 3
"""An empty detail told as `<3` costs readers less than a number that they do not get."""


@dataclass(frozen=True, slots=True)
class Way:
    """Two halves of a key that every total belongs to one of: a cycle between them changes no total."""

    row: Callable[[Key], Hashable]
    column: Callable[[Key], Hashable]
    key: Callable[[tuple[str, ...], tuple[str, ...]], Key]


WAYS = (
    # Cases of the same period change everything else.
    Way(lambda k: k[:1], lambda k: k[1:], lambda r, c: (r[0], c[0], c[1], c[2], c[3])),
    # Cases change their district.
    Way(
        lambda k: (k[ADM3],),
        lambda k: (k[PERIOD], *k[DOMAIN:]),
        lambda r, c: (c[0], r[0], c[1], c[2], c[3]),
    ),
    # Cases change their domain and type.
    Way(
        lambda k: k[DOMAIN:CLASS],
        lambda k: (k[PERIOD], k[ADM3], k[CLASS]),
        lambda r, c: (c[0], c[1], r[0], r[1], c[2]),
    ),
)


class Table:
    """The counts, which details are not told, and where one case more or less would not be seen.

    `moved`: details that another table is already known to differ in.
    """

    def __init__(self, counts: Mapping[Key, int], around: Counts | None = None) -> None:
        """Start with all small ones untold; `around`: the whole that shows what can be, if this is a part."""
        self.counts = counts
        self.small = {key for key, n in counts.items() if n < LEAST}
        self.hidden: set[Key] = set()
        self.moved: set[Key] = set()
        self._places = {key[1:3] for key in around or counts}
        self._kinds = {key[2:4] for key in around or counts}
        self._lines = {way: _Lines(way, counts) for way in WAYS}

    def lines(self, way: Way) -> "_Lines":
        """Return the rows and columns of a way."""
        return self._lines[way]

    def open(self, cells: Iterable[Key]) -> None:
        """Do not tell these any more."""
        for key in cells:
            if key not in self.small and key not in self.hidden:
                (self.hidden if self.counts.get(key, 0) >= LEAST else self.small).add(key)
                for lines in self._lines.values():
                    lines.add(key)

    def cost(self, key: Key, step: int, may_open: bool) -> int | None:
        """Return what it costs that `step` (+1 or −1) at a detail is not seen; None when it cannot be."""
        n = self.counts.get(key, 0)
        if key in self.small:
            return 0 if 0 <= n + step < LEAST else None
        if key not in self.hidden and not may_open:
            return None
        if n >= LEAST:
            # Who knows the method knows that what is hidden is at least LEAST.
            return (0 if key in self.hidden else HIDE_COST) if n + step >= LEAST else None
        # An empty one: only where such a thing can be, by what the table shows of places and of types.
        likely = key[1:3] in self._places and key[2:4] in self._kinds
        return ZERO_COST if step > 0 and likely else None


class _Lines:
    """The rows and columns of one way; each row's details by column, and each column's by row."""

    def __init__(self, way: Way, counts: Iterable[Key]) -> None:
        self._way = way
        self.ends: tuple[dict[Hashable, dict[Hashable, Key]], dict[Hashable, dict[Hashable, Key]]] = ({}, {})
        for key in sorted(counts):
            self.add(key)

    def add(self, key: Key) -> None:
        """Take a detail in."""
        row, column = self._way.row(key), self._way.column(key)
        self.ends[0].setdefault(row, {})[column] = key
        self.ends[1].setdefault(column, {})[row] = key

    def all_from(self, side: int, name: Hashable) -> Iterator[tuple[Hashable, Key]]:
        """Return every detail of a row (side 0) or column (1), those without a case included."""
        for end in self.ends[1 - side]:
            row, column = (name, end) if side == 0 else (end, name)
            yield end, self._way.key(row, column)  # type: ignore[arg-type]


_Node = tuple[int, Hashable]
"""A row (0) or a column (1), by name."""


def unopened(table: Table, ways: Sequence[Way], key: Key) -> Cycle:
    """Return a shortest cycle through a detail by what is untold already; nothing where there is none."""
    for way in ways:
        for step in (-1, 1):
            if table.cost(key, step, may_open=False) == 0 and (cycle := _walk(table, way, key, step)):
                return cycle
    return []


def _walk(table: Table, way: Way, key: Key, step: int) -> Cycle:
    """Return a shortest cycle in which `key` changes by `step`, by breadth.

    From a row the way goes on by the opposite step in one of its columns, from a column by `step` in one of
    its rows: so every row and column keeps its sum.
    """
    lines = table.lines(way)
    start, goal = (0, way.row(key)), (1, way.column(key))
    came: dict[_Node, tuple[_Node, Key]] = {start: (start, key)}
    nodes = [start]
    for node in nodes:
        side, name = node
        for end, cell in lines.ends[side][name].items():
            there = (1 - side, end)
            if there in came or cell == key:
                continue
            if table.cost(cell, step if side else -step, may_open=False) is None:
                continue
            came[there] = node, cell
            if there == goal:
                return _signed(key, step, _cells(came, there))
            nodes.append(there)
    return []


def opened(table: Table, ways: Sequence[Way], key: Key) -> Cycle:
    """Return a cheapest cycle through a detail, of whatever must be opened for it; nothing if none is."""
    best: tuple[int, Cycle] | None = None
    for way in ways:
        for step in (-1, 1):
            if table.cost(key, step, may_open=False) != 0 or (best and best[0] <= ZERO_COST):
                # Without opening anything there was no cycle, so that nothing can be cheaper than this.
                continue
            found = _cheapest(table, way, key, step)
            if found is not None and (best is None or found[0] < best[0]):
                best = found
    return best[1] if best else []


def _cheapest(table: Table, way: Way, key: Key, step: int) -> tuple[int, Cycle] | None:
    """Return a cheapest cycle in which `key` changes by `step`, after its cost.

    Dijkstra's algorithm on the graph of `_walk`, with every detail that could be opened.
    """
    lines = table.lines(way)
    start, goal = (0, way.row(key)), (1, way.column(key))
    best: dict[_Node, int] = {start: 0}
    came: dict[_Node, tuple[_Node, Key]] = {start: (start, key)}
    heap = [(0, start)]
    while heap:
        spent, node = heapq.heappop(heap)
        if node == goal:
            return spent, _signed(key, step, _cells(came, node))
        if spent > best[node]:
            continue
        side, name = node
        for end, cell in lines.all_from(side, name):
            there = (1 - side, end)
            known = best.get(there)
            if cell == key or (known is not None and known <= spent):
                continue
            cost = table.cost(cell, step if side else -step, may_open=True)
            if cost is None or (known is not None and known <= spent + cost):
                continue
            best[there] = spent + cost
            came[there] = node, cell
            if there == goal and spent + cost <= ZERO_COST:
                return spent + cost, _signed(key, step, _cells(came, there))
            heapq.heappush(heap, (spent + cost, there))
    return None


def _signed(key: Key, step: int, others: Iterable[Key]) -> Cycle:
    """Return a cycle from its details in order: one more and one fewer take turns."""
    return [(key, step), *((cell, step if n % 2 else -step) for n, cell in enumerate(others))]


def _cells(came: Mapping[_Node, tuple[_Node, Key]], node: _Node) -> Iterator[Key]:
    """Return the details of the way back from a node to where it began."""
    while came[node][0] != node:
        node, cell = came[node]
        yield cell
