"""Where in a TOML text a key stands; `tomllib` reads values but keeps no line numbers."""

import re

Key = str | int
KeyPath = tuple[Key, ...]

_HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_ASSIGN = re.compile(r"""\s*(?P<key>(?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([\w-]+)""")


def line_of(text: str, path: KeyPath) -> int | None:
    """Return the line (from 1) of the longest known beginning of `path`, or None if none is known.

    A missing key is thus placed at the header of its table.
    """
    known = _positions(text)
    for length in range(len(path), 0, -1):
        if path[:length] in known:
            return known[path[:length]]
    return None


def _positions(text: str) -> dict[KeyPath, int]:
    """Return the line of every table header, key and array item."""
    lines = text.splitlines()
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    n = 0
    while n < len(lines):
        if header := _HEADER.match(lines[n]):
            table = _parts(header["name"])
            if header["open"] == "[[":
                counts[table] = counts.get(table, -1) + 1
                found.setdefault(table, n + 1)
                table = (*table, counts[table])
            found[table] = n + 1
        elif assign := _ASSIGN.match(lines[n]):
            path = (*table, *_parts(assign["key"]))
            found[path] = n + 1
            n = _skip_value(lines, n, assign.end(), path, found)
        n += 1
    return found


def _parts(name: str) -> KeyPath:
    return tuple("".join(groups) for groups in _PART.findall(name))


def _skip_value(lines: list[str], n: int, column: int, path: KeyPath, found: dict[KeyPath, int]) -> int:
    """Return the line index where the value ends, noting the line of each item of an array."""
    depth, item, awaiting, quote = 0, 0, False, ""
    while n < len(lines):
        line = lines[n]
        while column < len(line):
            rest = line[column:]
            if quote:
                if rest.startswith("\\") and quote[0] == '"':
                    column += 1
                elif rest.startswith(quote):
                    column += len(quote) - 1
                    quote = ""
            elif rest[0] == "#":
                break
            elif not rest[0].isspace():
                if awaiting and depth == 1 and rest[0] not in "],":
                    found[(*path, item)] = n + 1
                    awaiting = False
                if rest[0] in "\"'":
                    quote = rest[0] * 3 if rest.startswith(rest[0] * 3) else rest[0]
                    column += len(quote) - 1
                elif rest[0] in "[{":
                    depth += 1
                    awaiting = depth == 1 or awaiting
                elif rest[0] in "]}":
                    depth -= 1
                elif rest[0] == "," and depth == 1:
                    item, awaiting = item + 1, True
            column += 1
        if depth == 0 and len(quote) != 3:
            return n
        n, column = n + 1, 0
        quote = quote if len(quote) == 3 else ""
    return n
