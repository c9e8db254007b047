"""The standard operating procedure as data: header and nine timed steps (SOP 1067/62/PM/2021)."""

from dataclasses import dataclass

from domain.words import Role


@dataclass(frozen=True, slots=True)
class SopStep:
    """One row of the SOP's table; `target_s` is its standard time in seconds."""

    no: int
    activity: str
    inputs: str
    output: str
    target_s: int
    lead: tuple[Role, ...]
    support: tuple[Role, ...]

    def __post_init__(self) -> None:
        """Raise ValueError for a step without number, standard time or lead."""
        if self.no < 1 or self.target_s <= 0 or not self.lead:
            raise ValueError("a step needs a number from 1, a standard time above 0 s and a leading role")


@dataclass(frozen=True, slots=True)
class Sop:
    """The whole procedure. Dates are kept as printed; nothing is computed from them (domain.md 1.1)."""

    number: str
    name: str
    made: str
    revised: str
    effective: str
    note: str
    forward_to: tuple[str, ...]
    sitrep_interval_s: int
    soon_share: float
    steps: tuple[SopStep, ...]

    def __post_init__(self) -> None:
        """Raise ValueError unless the steps are numbered 1 to 9 in order."""
        if [step.no for step in self.steps] != list(range(1, 10)):
            raise ValueError("the procedure has nine steps, numbered 1 to 9 in order")

    def step(self, no: int) -> SopStep:
        """Return step `no` (1 to 9)."""
        return self.steps[no - 1]

    @property
    def total_s(self) -> int:
        """Sum of the nine standard times, seconds (44 min as printed)."""
        return sum(step.target_s for step in self.steps)
