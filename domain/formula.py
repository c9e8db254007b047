"""Texts that a spreadsheet would run instead of show (OWASP, CSV injection): one place for every writer."""

import re
from collections.abc import Iterable

STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
UNKNOWN = "-"
# A spreadsheet set to another list sign (`;` in Indonesia) or to tabs divides a line there, quotes or not.
_CELL_WITHIN = re.compile("([;\t\r\n][ '\"]*)(?=[=+\\-@＝＋－＠])")


def runs_as_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula; spaces and quotes in front do not stop it.

    A dash alone is none: it stands for what is not known.
    """
    return text != UNKNOWN and text.lstrip(' "').startswith(STARTS)


def shown(value: object) -> object:
    """Return a value for a CSV's cell: what would run gets an apostrophe in front, also within the text.

    Within: behind a semicolon, tab or new line, where a spreadsheet may begin another cell. Numbers and times
    stay what they are.
    """
    if not isinstance(value, str):
        return value
    quiet = _CELL_WITHIN.sub(r"\1'", value)
    return f"'{quiet}" if runs_as_formula(quiet) else quiet


def row(values: Iterable[object]) -> list[object]:
    """Return a CSV's line whose texts run nowhere."""
    return [shown(value) for value in values]
