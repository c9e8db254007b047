"""What all tests share: hypothesis without a clock, and quick tests before slow ones."""

from pathlib import Path

import pytest
from hypothesis import settings

# The machine is shared: how long one example takes says nothing about the code.
settings.register_profile("sigap", deadline=None, print_blob=True)
settings.load_profile("sigap")

# Playwright keeps an event loop in the main thread until its session ends, so browsers come last.
_ORDER = ("unit", "integration", "screens", "browser")
_TESTS = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _ORDER.index(item.path.relative_to(_TESTS).parts[0]))
