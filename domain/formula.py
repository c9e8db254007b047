"""Texts that a spreadsheet would run instead of show (OWASP, CSV injection)."""

STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def runs_as_formula(text: str) -> bool:
    """Return whether a spreadsheet may take a text for a formula; spaces in front do not stop it."""
    return text.lstrip(" ").startswith(STARTS)
