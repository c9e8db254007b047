"""The response plan: which agencies and capabilities an incident type calls for (domain.md 6)."""

from dataclasses import dataclass, field, replace

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
    """One row of the plan: the lead agency first in `required`; `optional` each under its condition.

    `alarms`: what each alarm level above the first adds; levels add up, so that alarm 3 asks for
    `required`, `alarms[0]` and `alarms[1]`. `welfare_s`: how often a crew at such an incident must be heard
    from, seconds; None where the agency's or the city's cadence holds.
    """

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
    alarms: tuple[tuple[Requirement, ...], ...] = ()
    welfare_s: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError for a priority outside 1 to 4 or an empty list of requirements."""
        if self.priority not in (1, 2, 3, 4):
            raise ValueError("priority is 1, 2, 3 or 4")
        if not self.required:
            raise ValueError("an incident type needs at least one required agency")
        if not all(self.alarms):
            raise ValueError("an alarm level must add something")

    @property
    def top_alarm(self) -> int:
        """The highest alarm level that the plan knows; 1 where it has only one."""
        return 1 + len(self.alarms)

    def at_alarm(self, level: int) -> "IncidentType":
        """Return the type as it stands at an alarm level: needs of all levels up to it, added up.

        A level beyond the highest asks for no more than the highest. Raises ValueError below 1.
        """
        if level < 1:
            raise ValueError("the first alarm level is 1")
        needs: dict[tuple[str, str | None, str | None], Requirement] = {}
        for need in (*self.required, *(need for added in self.alarms[: level - 1] for need in added)):
            key = (need.agency, need.capability, need.condition)
            before = needs.get(key)
            # A notice is given once however often it is asked for; units add up.
            if before is None or need.capability is None:
                needs.setdefault(key, need)
            else:
                needs[key] = replace(before, count=before.count + need.count)
        return replace(self, required=tuple(needs.values()), alarms=())

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
