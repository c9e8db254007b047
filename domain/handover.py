"""What one watch leaves to the next, as plain facts: on the screen, in the store, and on the paper alike.

No caller is in it: calls and cases are named by call number and register number, places by kelurahan or
waters. Words are those of the paper, Indonesian.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.duty import HandoverState, Passing, Signer, Watch

SCHEMA = "sigap.handover.v1"


@dataclass(frozen=True, slots=True)
class OpenLine:
    """An open case. step: the lowest that runs, None when none does; clock: how it stands to its standard.

    late: whether that clock has run out. needs: what the step still lacks; next_due: what rings next.
    """

    call_no: str
    register_no: str
    received_at: datetime
    kind: str
    priority: str
    place: str
    status: str
    step: int | None
    clock: str
    late: bool
    needs: tuple[str, ...]
    units: tuple[str, ...]
    next_due: str = ""
    next_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit that is held or out of service: whose, in which state, for which call, why."""

    unit_code: str
    agency: str
    state: str
    call_no: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """An alarm that nobody acknowledged."""

    kind: str
    words: str
    call_no: str
    raised_at: datetime


@dataclass(frozen=True, slots=True)
class UnansweredLine:
    """An agency that was told and did not answer, or must still be telephoned (`task`)."""

    call_no: str
    agency: str
    told_at: datetime
    task: bool


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A record that DKISP has not got: which case, what is wrong, since when it is to be sent."""

    number: str
    words: str
    since: datetime


@dataclass(frozen=True, slots=True)
class WeatherLine:
    """The weather as it was told; metres, degrees from true north, knots."""

    observed_at: datetime
    observed_by: str
    wave_m: float | None = None
    wind_from_deg: float | None = None
    wind_kn: float | None = None


@dataclass(frozen=True, slots=True)
class PrankLine:
    """A prank or ghost call. number: masked, code: of a number that called more than once; "" when kept."""

    call_no: str
    received_at: datetime
    call_class: str
    number: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything that is handed over, from `since` to `until`. calls: of the watch, by class in words."""

    since: datetime
    until: datetime
    calls: tuple[tuple[str, int], ...] = ()
    open_cases: tuple[OpenLine, ...] = ()
    units: tuple[UnitLine, ...] = ()
    alarms: tuple[AlarmLine, ...] = ()
    unanswered: tuple[UnansweredLine, ...] = ()
    deliveries: tuple[DeliveryLine, ...] = ()
    weather: WeatherLine | None = None
    pranks: tuple[PrankLine, ...] = ()

    @property
    def kept(self) -> "Summary":
        """The summary as it is stored: without anything that leads to a caller."""
        return replace(self, pranks=tuple(replace(one, number="", code="") for one in self.pranks))


@dataclass(frozen=True, slots=True)
class Document:
    """What the leaver signs: the watch, the summary as it stood, the notes, and to whom (login and name).

    label: what people call the watch. to_login "": whoever comes next.
    """

    handover_id: str
    watch: Watch
    label: str
    leaver: Signer
    to_login: str
    to_name: str
    written_at: datetime
    notes: str
    summary: Summary
    schema: str = SCHEMA


@dataclass(frozen=True, slots=True)
class Handover:
    """A document with its SHA-256 (hex, of its stored bytes), and what became of it.

    taker: who accepted, refused or (as leaver) withdrew it; reason: why it was refused.
    """

    document: Document
    sha256: str
    state: HandoverState
    taker: Signer | None = None
    answered_at: datetime | None = None
    reason: str = ""

    @property
    def passing(self) -> Passing:
        """What decides where watches stand."""
        return Passing(self.document.watch, self.state)

    @property
    def settles(self) -> bool:
        """Whether its watch may have no other: it waits, or was accepted."""
        return self.state in (HandoverState.WAITING, HandoverState.ACCEPTED)
