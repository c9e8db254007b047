"""What runs an expression: the embedded database, or a cluster over the archives of many cities."""

from typing import Any, Protocol

from ibis.expr.types import Table

from domain.errors import SigapError
from domain.words import N_


class EngineUnavailable(SigapError):
    """What should run the measures cannot: a program, a folder or a cluster is missing."""

    template = N_("Statistik tidak dapat dihitung dengan {engine}: {reason}. {todo}")


class Engine(Protocol):
    """Something that holds a table `case_facts` (`analytics.facts`)."""

    @property
    def name(self) -> str:
        """What people call it."""
        ...

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """Return the rows of an expression, each by the names of its columns; numbers as Python's own."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...
