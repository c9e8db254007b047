"""A case: everything known of one call for help, as an immutable value.

Reporter's name, full number and words are not here: they live apart as `Private` (UU 27/2022), so
that they can be erased after retention while the facts of the case stay. Times are timezone-aware.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from domain.sop import Sop
from domain.words import (
    CallClass,
    CaseStatus,
    Channel,
    Domain,
    Mode,
    NoticeMethod,
    NoticeResult,
    Outcome,
    Role,
    StepState,
)
from geo.points import LonLat


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a name as signed in, and the role acted in.

    account: the sign-in name, or what stands for it (a token's or device's id); "" for Sigap itself.
    on_behalf_of: the person in whose place it is done; "" for oneself.
    """

    name: str
    role: Role
    account: str = ""
    on_behalf_of: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for an empty name."""
        if not self.name.strip():
            raise ValueError("an actor needs a name")


@dataclass(frozen=True, slots=True)
class Private:
    """Personal data of a case, kept apart from it; `callback_number` is None when not given."""

    narrative: str
    reporter_name: str | None = None
    callback_number: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """The report itself (SOP steps 1 and 2). `reporter_ref` is a keyed hash, never the number."""

    channel: Channel
    received_at: datetime
    ended_at: datetime
    reporter_ref: str | None = None
    reporter_phone_masked: str | None = None
    no_number_reason: str | None = None
    reporter_named: bool = False
    anonymous_reason: str | None = None
    proposed_class: CallClass | None = None
    proposed_by: str | None = None
    call_class: CallClass | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    previous_classes: tuple[CallClass, ...] = ()
    callback_attempts: tuple[datetime, ...] = ()
    closing_note: str | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """What happened. `victims_unknown` is the answer “belum diketahui”; None means not asked yet."""

    type_code: str | None = None
    domain: Domain | None = None
    priority: int | None = None
    victims_estimate: int | None = None
    victims_unknown: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a priority outside 1 to 4 or a negative number of victims."""
        if self.priority is not None and self.priority not in (1, 2, 3, 4):
            raise ValueError("priority is 1, 2, 3 or 4")
        if self.victims_estimate is not None and self.victims_estimate < 0:
            raise ValueError("victims_estimate must not be negative")


@dataclass(frozen=True, slots=True)
class Location:
    """Where: WGS 84 degrees, or only words with a kelurahan or waters. Distances in metres."""

    place_text: str = ""
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    adm_code: str | None = None
    kelurahan: str | None = None
    kecamatan: str | None = None
    water_area: str | None = None
    jurisdiction: str | None = None
    shore_distance_m: float | None = None

    @property
    def point(self) -> LonLat | None:
        """The coordinates (WGS 84), or None while only words are known."""
        return None if self.lon is None or self.lat is None else LonLat(self.lon, self.lat)

    @property
    def is_placed(self) -> bool:
        """Whether coordinates, or place words with kelurahan, waters or authority, are known (guard 3)."""
        known_area = self.adm_code or self.water_area or self.jurisdiction
        on_map = self.lon is not None and self.lat is not None
        return on_map or bool(self.place_text.strip() and known_area)


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One of the nine SOP steps as it went for this case."""

    no: int
    target_s: int
    state: StepState = StepState.PENDING
    role: Role | None = None
    user: str | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    overrun_reason: str | None = None
    skip_reason: str | None = None

    @property
    def elapsed_s(self) -> int | None:
        """Whole seconds from start to finish; None while either is missing."""
        if self.started_at is None or self.finished_at is None:
            return None
        return int((self.finished_at - self.started_at).total_seconds())


@dataclass(frozen=True, slots=True)
class Forwarding:
    """Step 3: the report was passed on to a leading officer (BPBD, SAR)."""

    agency: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class AgencyNotice:
    """Step 4: one line of the coordination checklist.

    `pre_alerted_at`: when it was told to stand by, before any order (peringatan awal, domain.md 1.3). What
    became of each message on each channel is not here: it is in the outbox (`domain.notices`).
    """

    code: str
    required: bool
    notified_at: datetime | None = None
    method: NoticeMethod | None = None
    acknowledged_at: datetime | None = None
    result: NoticeResult | None = None
    note: str | None = None
    waived_reason: str | None = None
    pre_alerted_at: datetime | None = None

    @property
    def is_settled(self) -> bool:
        """Whether guard 4 holds for this agency: notified with a result, or waived with a reason."""
        return bool(self.waived_reason) or (
            self.notified_at is not None and self.method is not None and self.result is not None
        )


@dataclass(frozen=True, slots=True)
class Assignment:
    """Step 5: one unit of this case, from proposal to cleared."""

    unit_code: str
    agency: str
    kind: str
    mode: Mode
    personnel: int
    proposed_at: datetime
    proposed_by: str
    distance_m: float | None = None
    eta_s: float | None = None
    method: str | None = None
    approved_at: datetime | None = None
    approved_by: str | None = None
    dispatched_at: datetime | None = None
    departed_at: datetime | None = None
    arrived_at: datetime | None = None
    cleared_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None
    moved_to: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether the unit is still this case's."""
        return self.cleared_at is None and self.withdrawn_at is None

    @property
    def is_estimated(self) -> bool:
        """Whether distance and time were promised as a rough estimate; whoever shows them must say so."""
        return self.method == "estimate"

    @property
    def is_committed(self) -> bool:
        """Whether the unit was sent and is still this case's."""
        return self.is_active and self.dispatched_at is not None


@dataclass(frozen=True, slots=True)
class SuggestedUnit:
    """One unit as it was suggested: what the plan asked of it, and when it was promised (s, method)."""

    unit_code: str
    agency: str
    fills: tuple[str, ...]
    eta_s: float
    method: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Step 5: what was suggested at one moment, what the officer chose, and why where they differ."""

    at: datetime
    by: str
    alarm_level: int
    suggested: tuple[SuggestedUnit, ...]
    chosen: tuple[str, ...]
    reason: str | None = None

    @property
    def passed_over(self) -> tuple[str, ...]:
        """Codes of the suggested units that were not chosen."""
        return tuple(unit.unit_code for unit in self.suggested if unit.unit_code not in self.chosen)

    @property
    def added(self) -> tuple[str, ...]:
        """Codes of the chosen units that were not suggested."""
        suggested = {unit.unit_code for unit in self.suggested}
        return tuple(code for code in self.chosen if code not in suggested)


@dataclass(frozen=True, slots=True)
class Sitrep:
    """Step 6: one situation report."""

    no: int
    at: datetime
    by: str
    text: str
    unit_code: str | None = None


@dataclass(frozen=True, slots=True)
class CrewWord:
    """Step 6: a crew was heard from and is well; resets its welfare clock and nobody else's."""

    unit_code: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """Step 6: a documentation file, stored by its SHA-256 outside the database."""

    sha256: str
    name: str
    content_type: str
    size_bytes: int
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Victims:
    """Step 7: the reconciled count. `minors` counts among the total, not beside it."""

    safe: int = 0
    injured_minor: int = 0
    injured_severe: int = 0
    dead: int = 0
    missing: int = 0
    total: int = 0
    minors: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError for a negative count."""
        if min(self.safe, self.injured_minor, self.injured_severe, self.dead, self.missing) < 0:
            raise ValueError("counts must not be negative")
        if self.total < 0 or self.minors < 0:
            raise ValueError("counts must not be negative")

    @property
    def reconciles(self) -> bool:
        """Whether safe + injured + dead + missing = total, and minors fit in it (guard 7)."""
        parts = self.safe + self.injured_minor + self.injured_severe + self.dead + self.missing
        return parts == self.total and self.minors <= self.total


@dataclass(frozen=True, slots=True)
class Handover:
    """The operation was handed to another agency; the case stays open with daily updates."""

    agency: str
    reference: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Step 8: the record as handed over; pending until DKISP's receipt is known."""

    path: str
    digest: str
    written_at: datetime
    revision: int
    receipt_id: str | None = None
    receipt_at: datetime | None = None
    override_reason: str | None = None
    override_by: str | None = None


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why something that guard 6 asks for is missing."""

    no_arrival: str | None = None
    late_sitrep: str | None = None
    no_documentation: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """The whole case. `status_at` is when the status was last set; `version` counts stored changes.

    `alarm_level`: how much of the response plan is asked for (levels add up); `proposals`: what was
    suggested beside what was chosen, oldest first. `welfare_s`: how often each crew of this case must be
    heard from, seconds; None leaves it to incident type, agency and city. `answered_at`: when the call was
    answered, where the telephone system told when it rang (`call.received_at`); None where it was received by
    being answered.
    """

    case_id: str
    call_no: str
    status: CaseStatus
    status_at: datetime
    call: Call
    incident: Incident
    location: Location
    steps: tuple[StepRecord, ...]
    forwardings: tuple[Forwarding, ...] = ()
    agencies: tuple[AgencyNotice, ...] = ()
    alarm_level: int = 1
    proposals: tuple[Proposal, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    on_scene_commander: str | None = None
    sitreps: tuple[Sitrep, ...] = ()
    crew_words: tuple[CrewWord, ...] = ()
    welfare_s: int | None = None
    answered_at: datetime | None = None
    attachments: tuple[Attachment, ...] = ()
    reasons: Reasons = Reasons()
    current_condition: str | None = None
    outcome: Outcome | None = None
    outcome_reason: str | None = None
    victims: Victims | None = None
    casualty_destination: str | None = None
    handover: Handover | None = None
    register_no: str | None = None
    revision: int = 1
    form_printed_at: datetime | None = None
    delivery: Delivery | None = None
    archive_location: str | None = None
    signed_off_by: str | None = None
    merged_into: str | None = None
    reopened_count: int = 0
    version: int = 0

    def __post_init__(self) -> None:
        """Raise ValueError unless the case carries the nine steps in order."""
        if [step.no for step in self.steps] != list(range(1, 10)):
            raise ValueError("a case has nine step records, 1 to 9 in order")
        if self.alarm_level < 1:
            raise ValueError("the first alarm level is 1")

    def step(self, no: int) -> StepRecord:
        """Return step record `no` (1 to 9)."""
        return self.steps[no - 1]

    def with_step(self, step: StepRecord) -> "Case":
        """Return the case with that step record in place of the old one."""
        return replace(self, steps=tuple(step if old.no == step.no else old for old in self.steps))

    def notice(self, code: str) -> AgencyNotice | None:
        """Return the checklist line of an agency, or None."""
        return next((notice for notice in self.agencies if notice.code == code), None)

    def active_assignment(self, unit_code: str) -> Assignment | None:
        """Return the unit's active assignment in this case, or None."""
        return next((a for a in self.assignments if a.unit_code == unit_code and a.is_active), None)

    @property
    def active_units(self) -> tuple[Assignment, ...]:
        """Units that are still this case's, proposed ones included."""
        return tuple(a for a in self.assignments if a.is_active)

    @property
    def committed_units(self) -> tuple[Assignment, ...]:
        """Units that were dispatched and not yet cleared."""
        return tuple(a for a in self.assignments if a.is_committed)

    @property
    def is_open(self) -> bool:
        """Whether work on the case may go on."""
        return self.status not in (CaseStatus.CLOSED, CaseStatus.MERGED)


def fresh_steps(sop: Sop) -> tuple[StepRecord, ...]:
    """Return nine pending step records with the procedure's standard times."""
    return tuple(
        StepRecord(step.no, sop.sitrep_interval_s if step.no == 6 else step.target_s) for step in sop.steps
    )


def first_time(times: tuple[datetime | None, ...]) -> datetime | None:
    """Return the earliest known time, or None."""
    known = [at for at in times if at is not None]
    return min(known) if known else None


@dataclass(frozen=True, slots=True)
class Intervals:
    """The case's intervals in whole seconds; None where a stamp is missing (domain.md 3.3)."""

    processing_s: int | None
    turnout_s: int | None
    travel_s: int | None
    response_s: int | None
    on_scene_s: int | None


def deployed(case: Case) -> tuple[Assignment, ...]:
    """Return the units that were dispatched for this case.

    A unit that a merge passed on to the primary case is listed there with all its times, not here.
    """
    return tuple(
        unit for unit in case.assignments if unit.dispatched_at is not None and unit.moved_to is None
    )


def intervals(case: Case) -> Intervals:
    """Derive the intervals: received → first dispatch → first departure → first arrival → last cleared.

    Turnout and travel are those of the unit that arrived first (NFORS: first arriving unit), so that
    processing + turnout + travel may differ from the response when another unit was sent first.
    """
    sent = [a for a in case.assignments if a.dispatched_at is not None]
    arrived = sorted((a for a in sent if a.arrived_at), key=lambda a: (a.arrived_at, a.unit_code))
    lead = arrived[0] if arrived else min(sent, key=lambda a: (a.dispatched_at, a.unit_code), default=None)
    first_dispatch = first_time(tuple(a.dispatched_at for a in sent))
    first_arrival = lead.arrived_at if lead else None
    cleared = [a.cleared_at for a in arrived if a.cleared_at is not None]
    last_cleared = max(cleared) if cleared and len(cleared) == len(arrived) else None
    return Intervals(
        processing_s=seconds_between(case.call.received_at, first_dispatch),
        turnout_s=seconds_between(lead.dispatched_at, lead.departed_at) if lead else None,
        travel_s=seconds_between(lead.departed_at, lead.arrived_at) if lead else None,
        response_s=seconds_between(case.call.received_at, first_arrival),
        on_scene_s=seconds_between(first_arrival, last_cleared),
    )


def seconds_between(start: datetime | None, end: datetime | None) -> int | None:
    """Return whole seconds; None where a stamp is missing, or where a merge brought an earlier one."""
    if start is None or end is None or end < start:
        return None
    return int((end - start).total_seconds())
