"""Being built."""

from ui.review_filter import Selection


def show(chosen: Selection) -> None:
    """Draw this part of Pimpinan for a selection."""
