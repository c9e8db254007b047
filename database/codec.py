"""Cases as JSON, and the difference between two of them.

An event stores exactly the keys that changed, with their values before and after. Collections are
keyed by their place (`steps/5`, `assignments/2`), so that a change of one unit does not
copy the others. Folding a case's events gives its present state again (`fold`), which a test checks.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from domain.case import Case

_CASE = TypeAdapter(Case)
_COLLECTIONS = (
    "steps",
    "forwardings",
    "agencies",
    "proposals",
    "assignments",
    "sitreps",
    "crew_words",
    "attachments",
)
Flat = dict[str, Any]


def to_json(case: Case) -> bytes:
    """Return the case as JSON bytes."""
    return _CASE.dump_json(case)


def parsed(state: str | bytes) -> Case:
    """Return the case stored as JSON, read anew: for those who read many cases once."""
    return _CASE.validate_json(state)


@lru_cache(maxsize=512)
def from_json(state: str | bytes) -> Case:
    """Return the case stored as JSON; a case cannot change, so one that was read lately is read once."""
    return _CASE.validate_json(state)


def flatten(case: Case | None) -> Flat:
    """Return the case as one flat dictionary of JSON values; None gives the empty one."""
    if case is None:
        return {}
    flat: Flat = {}
    for name, value in _CASE.dump_python(case, mode="json").items():
        if name in _COLLECTIONS:
            for index, item in enumerate(value, start=1):
                flat[f"{name}/{index}"] = item
        elif name != "version":
            flat[name] = value
    return flat


def changes(old: Case | None, new: Case) -> tuple[Flat, Flat]:
    """Return (before, after): only the keys whose values differ."""
    was, becomes = flatten(old), flatten(new)
    keys = [key for key in {**was, **becomes} if was.get(key) != becomes.get(key)]
    before = {key: was[key] for key in keys if key in was}
    after = {key: becomes[key] for key in keys if key in becomes}
    return before, after


def fold(patches: Iterable[tuple[Flat, Flat]]) -> Case:
    """Return the case that a series of (before, after) patches builds, its version their number.

    Raises ValueError when a patch does not fit what came before it: an event is missing or changed.
    """
    flat: Flat = {}
    version = 0
    for before, after in patches:
        if any(flat.get(key) != value for key, value in before.items()):
            raise ValueError(f"event {version + 1} does not follow from the events before it")
        for key in before.keys() - after.keys():
            del flat[key]
        flat.update(after)
        version += 1
    return replace(_unflatten(flat), version=version)


def _unflatten(flat: Flat) -> Case:
    nested: Flat = {name: [] for name in _COLLECTIONS}
    members: dict[str, dict[int, Any]] = {name: {} for name in _COLLECTIONS}
    for key, value in flat.items():
        name, slash, index = key.partition("/")
        if slash:
            members[name][int(index)] = value
        else:
            nested[name] = value
    for name, items in members.items():
        nested[name] = [items[index] for index in sorted(items)]
    return _CASE.validate_python(nested, strict=False)
