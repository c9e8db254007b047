"""The response plan: which agencies and capabilities an incident type calls for (domain.md 6)."""

from dataclasses import dataclass, field

from domain.words import Domain, SarClass


@dataclass(frozen=True, slots=True)
class Requirement:
    """`count` units of `agency` with `capability`; without a capability the agency is only notified."""

    agency: str
    capability: str | None = None
    count: int = 1
    condition: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a count below one."""
        if self.count < 1:
            raise ValueError("count must be at least 1")


@dataclass(frozen=True, slots=True)
class IncidentType:
    """One row of the plan: the lead agency first in `required`; `optional` each under its condition."""

    code: str
    label: str
    domain: Domain
    priority: int
    lead: str
    required: tuple[Requirement, ...]
    optional: tuple[Requirement, ...] = ()
    sar_class: SarClass | None = None
    search: tuple[str, ...] = ()
    linked_sop: str | None = None
    sensitive: bool = False
    note: str | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a priority outside 1 to 4 or an empty requirement list."""
        if self.priority not in (1, 2, 3, 4):
            raise ValueError("priority is 1, 2, 3 or 4")
        if not self.required:
            raise ValueError("an incident type needs at least one required agency")

    @property
    def required_agencies(self) -> tuple[str, ...]:
        """Agency codes that must be notified or waived with a reason, the lead first, each once."""
        return tuple(dict.fromkeys([self.lead, *(need.agency for need in self.required)]))

    @property
    def optional_agencies(self) -> tuple[str, ...]:
        """Agency codes named only under a condition."""
        required = set(self.required_agencies)
        return tuple(dict.fromkeys(need.agency for need in self.optional if need.agency not in required))


@dataclass(frozen=True, slots=True)
class ResponsePlan:
    """All incident types by code."""

    types: dict[str, IncidentType] = field(default_factory=dict)

    def search(self, text: str) -> list[IncidentType]:
        """Return the types whose code, label or local words contain every word of `text`."""
        words = text.casefold().split()
        return [
            kind
            for kind in self.types.values()
            if all(word in " ".join((kind.code, kind.label, *kind.search)).casefold() for word in words)
        ]
