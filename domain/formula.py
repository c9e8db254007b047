"""Texts that a spreadsheet would run instead of show (OWASP, CSV injection)."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def runs_as_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula; spaces in front do not stop it."""
    return text.lstrip(" ").startswith(STARTS)


def shown(value: object) -> object:
    """Return a value for a CSV's cell: a text that would run gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and runs_as_formula(value) else value
