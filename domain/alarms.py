"""What must be heard before it is late: running steps, silent crews, and the fire standard.

Alarms follow from stored times alone. Each has a key made of those times, so that a restart neither
loses one nor rings one twice. Only a call for help is raised by whoever calls.

Warn before late: at 80 % whoever leads the step, at 100 % the duty officer,
at 150 % the supervisor. Step 6's clock is the interval between situation reports and starts again with
each of them, so each silence has alarms of its own. A crew under way or on scene must be heard from at
its cadence; one missed word is shown, two missed words are an alarm. For what the fire agency leads,
report to arrival (15 minutes, Permendagri 114/2018) runs beside the procedure's own clocks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain.case import Assignment, Case
from domain.clock import step_clocks
from domain.errors import Need
from domain.outbox import UNRECEIPTED_S
from domain.sop import Sop
from domain.stages import between
from domain.words import N_, CallClass, CaseStatus, Label, Role, StepState

RAISED = "alarm_raised"
"""The trail's word for an alarm that began to ring."""
RAISED_LABEL = N_("Alarm berbunyi")
SUPERVISOR_SHARE = 1.5
MISSED_TO_ALARM = 2


class AlarmKind(Label):
    """What an alarm is about; the members stand worst first."""

    HELP = "help", N_("Butuh bantuan")
    WELFARE = "welfare", N_("Regu tanpa kabar")
    FIRE_100 = "fire_100", N_("Standar kebakaran terlewat")
    STEP_150 = "step_150", N_("Jauh terlambat")
    STEP_100 = "step_100", N_("Terlambat")
    FIRE_80 = "fire_80", N_("Standar kebakaran hampir habis")
    RECEIPT = "receipt", N_("Belum ada bukti terima")
    STEP_80 = "step_80", N_("Hampir terlambat")


EVERYONE = (Role.CALL_TAKER, Role.DISPATCHER, Role.DUTY_OFFICER, Role.SUPERVISOR)
"""Whose attention a call for help takes."""
_SEVERITY = {kind: place for place, kind in enumerate(AlarmKind)}
_RUNNING = between(CaseStatus.RECEIVED, CaseStatus.MONITORING)


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """The city's numbers: how often an alarm rings, how often a crew must be heard from, the fire standard.

    Seconds. Cadences by agency code and by incident type hold only those that have one of their own.
    `fire_types`: codes of the incident types that `fire_agency` leads.
    """

    repeat_s: int
    welfare_s: int
    agency_welfare_s: Mapping[str, int] = field(default_factory=dict)
    type_welfare_s: Mapping[str, int] = field(default_factory=dict)
    fire_agency: str = ""
    fire_types: frozenset[str] = frozenset()
    fire_response_s: int = 900

    def __post_init__(self) -> None:
        """Raise ValueError unless every number of seconds is above 0."""
        every = (self.repeat_s, self.welfare_s, self.fire_response_s)
        if min(*every, *self.agency_welfare_s.values(), *self.type_welfare_s.values()) <= 0:
            raise ValueError("intervals, cadences and standards are above 0 s")


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing to be heard: when it is due, counted from `counts_from` against `limit_s`, and by whom.

    `limit_s`: the step's standard, the crew's cadence or the fire standard, seconds.
    """

    kind: AlarmKind
    case_id: str
    call_no: str
    roles: tuple[Role, ...]
    counts_from: datetime
    limit_s: int
    due_at: datetime
    step: int | None = None
    unit_code: str | None = None

    @property
    def key(self) -> str:
        """What makes it this alarm and no other; made of stored facts only."""
        about = self.unit_code or self.step or "-"
        return f"{self.kind.value}/{self.case_id}/{about}/{self.counts_from.astimezone(UTC).isoformat()}"

    @property
    def text(self) -> Need:
        """What to say, with its numbers."""
        if self.kind is AlarmKind.HELP:
            return Need(N_("{unit} butuh bantuan"), unit=self.unit_code)
        limit = span(self.limit_s)
        if self.kind is AlarmKind.WELFARE:
            return Need(
                N_("{unit}: dua kali tanpa kabar, seharusnya tiap {limit}"), unit=self.unit_code, limit=limit
            )
        share = (self.due_at - self.counts_from) / timedelta(seconds=self.limit_s)
        numbers = {"step": self.step, "limit": limit, "share": f"{round(share * 100)} %"}
        return Need((_SITREP_TEXTS if self.step == 6 else _TEXTS)[self.kind], **numbers)


_TEXTS = {
    AlarmKind.STEP_80: N_("Langkah {step}: {share} dari {limit} sudah lewat"),
    AlarmKind.STEP_100: N_("Langkah {step} melewati standar {limit}"),
    AlarmKind.STEP_150: N_("Langkah {step}: sudah {share} dari standar {limit}"),
    AlarmKind.RECEIPT: N_("Data kasus belum berbukti terima DKISP setelah {limit}"),
    AlarmKind.FIRE_80: N_("Belum ada unit pemadam tiba: {share} dari {limit} sudah lewat"),
    AlarmKind.FIRE_100: N_("Belum ada unit pemadam tiba dalam {limit} sejak laporan"),
}
_SITREP_TEXTS = {
    AlarmKind.STEP_80: N_("Laporan situasi: {share} dari {limit} sudah lewat"),
    AlarmKind.STEP_100: N_("Laporan situasi terlambat, paling lama tiap {limit}"),
    AlarmKind.STEP_150: N_("Laporan situasi: {share} dari {limit}, belum juga ada"),
}


@dataclass(frozen=True, slots=True)
class Welfare:
    """How long a crew has been silent: its last word, its cadence (s), and the words missed since."""

    unit_code: str
    last_word: datetime
    cadence_s: int
    missed: int

    @property
    def expected_at(self) -> datetime:
        """When the next word should come, or should have come."""
        return self.last_word + timedelta(seconds=self.cadence_s)


@dataclass(frozen=True, slots=True)
class FireClock:
    """The running fire standard of a case: from the report until a unit of the fire agency arrives."""

    case_id: str
    call_no: str
    received_at: datetime
    standard_s: int

    @property
    def due_at(self) -> datetime:
        """When the standard is used up."""
        return self.received_at + timedelta(seconds=self.standard_s)


def help_alarm(case: Case, unit_code: str, at: datetime) -> Alarm:
    """Return the alarm of a crew that called for help; it never passes, somebody must acknowledge it."""
    return Alarm(AlarmKind.HELP, case.case_id, case.call_no, EVERYONE, at, 0, at, unit_code=unit_code)


Answered = Mapping[tuple[str, str], datetime]
"""When somebody last acknowledged that a crew is silent, by case id and unit code."""
_NEVER: Answered = {}


def due(
    case: Case, sop: Sop, rules: AlarmRules, now: datetime, answered: Answered = _NEVER
) -> tuple[Alarm, ...]:
    """Return the alarms that are due at `now`, in the order in which they became due."""
    return tuple(alarm for alarm in planned(case, sop, rules, now, answered) if alarm.due_at <= now)


def planned(
    case: Case, sop: Sop, rules: AlarmRules, now: datetime, answered: Answered = _NEVER
) -> tuple[Alarm, ...]:
    """Return every alarm of what is running at `now`, due or still to come, by due time.

    An alarm that rang and is no longer among them has passed: its step is finished, its crew was heard.
    A crew that stays silent after its alarm was acknowledged rings again two words later.
    """
    if not case.is_open:
        return ()
    alarms = [
        *_step_alarms(case, sop, now),
        *_welfare_alarms(case, rules, now, answered),
        *_fire_alarms(case, sop, rules),
        *_receipt_alarms(case),
    ]
    return tuple(sorted(alarms, key=lambda alarm: (alarm.due_at, alarm.key)))


def welfare(case: Case, rules: AlarmRules, now: datetime) -> tuple[Welfare, ...]:
    """Return the silence of every crew that is under way or on scene, by unit code."""
    states = []
    for unit in case.assignments if case.is_open else ():
        if unit.departed_at is None or not unit.is_active:
            continue
        last, cadence_s = last_word(case, unit, now), welfare_cadence_s(case, unit.agency, rules)
        missed = max(0, (now - last) // timedelta(seconds=cadence_s))
        states.append(Welfare(unit.unit_code, last, cadence_s, missed))
    return tuple(sorted(states, key=lambda state: state.unit_code))


def welfare_cadence_s(case: Case, agency: str, rules: AlarmRules) -> int:
    """Return how often a crew of this agency must be heard from in this case, seconds.

    The most specific wins: the case's own, that of its incident type, the agency's, the city's.
    """
    of_type = rules.type_welfare_s.get(case.incident.type_code or "")
    return case.welfare_s or of_type or rules.agency_welfare_s.get(agency) or rules.welfare_s


def last_word(case: Case, unit: Assignment, now: datetime) -> datetime:
    """Return when a departed crew was last heard: departure, its own report, its own word.

    Nobody else's word counts for it, nor a report of the operation as a whole, nor what its track shows: a
    vehicle that stands where it should says nothing of its crew.
    """
    if unit.departed_at is None:
        raise ValueError(f"{unit.unit_code} has not departed")
    heard = [
        *(report.at for report in case.sitreps if report.unit_code == unit.unit_code),
        *(word.at for word in case.crew_words if word.unit_code == unit.unit_code),
    ]
    return max((unit.departed_at, *(at for at in heard if at <= now)))


def fire_clock(case: Case, rules: AlarmRules) -> FireClock | None:
    """Return the running fire standard of a case; None where it does not apply or is decided.

    It runs for a call that may be real, of a type that the fire agency leads, until a unit of that agency
    arrives or the operation ends. A reopened case had its arrival, or its reason for none.
    """
    applies = case.incident.type_code in rules.fire_types and case.reopened_count == 0
    if not applies or case.status not in _RUNNING:
        return None
    if case.call.call_class not in (None, CallClass.NORMAL) or _first_arrival(case, rules.fire_agency):
        return None
    return FireClock(case.case_id, case.call_no, case.call.received_at, rules.fire_response_s)


def rings(raised_at: datetime, now: datetime, repeat_s: int) -> int:
    """Return how often an alarm has rung: at once, and every `repeat_s` since."""
    return 1 + max(0, (now - raised_at) // timedelta(seconds=repeat_s))


def worst_first(alarm: Alarm) -> tuple[int, datetime, str]:
    """Return the place of an alarm in a list: the worse kind first, of one kind the older."""
    return (_SEVERITY[alarm.kind], alarm.due_at, alarm.key)


def span(seconds: int) -> Need:
    """Return a length of time in whole minutes where it has them, else in seconds."""
    if seconds % 60 == 0:
        return Need(N_("{minutes} mnt"), minutes=seconds // 60)
    return Need(N_("{seconds} dtk"), seconds=seconds)


def _step_alarms(case: Case, sop: Sop, now: datetime) -> list[Alarm]:
    alarms = []
    for clock in step_clocks(case, sop, now):
        if clock.state is not StepState.IN_PROGRESS or clock.counts_from is None:
            continue
        for kind, share, roles in (
            (AlarmKind.STEP_80, sop.soon_share, sop.step(clock.no).lead),
            (AlarmKind.STEP_100, 1.0, (Role.DUTY_OFFICER,)),
            (AlarmKind.STEP_150, SUPERVISOR_SHARE, (Role.SUPERVISOR,)),
        ):
            due_at = clock.counts_from + timedelta(seconds=share * clock.target_s)
            alarms.append(
                Alarm(
                    kind,
                    case.case_id,
                    case.call_no,
                    roles,
                    clock.counts_from,
                    clock.target_s,
                    due_at,
                    step=clock.no,
                )
            )
    return alarms


def _welfare_alarms(case: Case, rules: AlarmRules, now: datetime, answered: Answered) -> list[Alarm]:
    alarms = []
    for state in welfare(case, rules, now):
        since = max(state.last_word, answered.get((case.case_id, state.unit_code), state.last_word))
        alarms.append(
            Alarm(
                AlarmKind.WELFARE,
                case.case_id,
                case.call_no,
                (Role.DUTY_OFFICER,),
                since,
                state.cadence_s,
                since + timedelta(seconds=MISSED_TO_ALARM * state.cadence_s),
                unit_code=state.unit_code,
            )
        )
    return alarms


def _fire_alarms(case: Case, sop: Sop, rules: AlarmRules) -> list[Alarm]:
    clock = fire_clock(case, rules)
    if clock is None:
        return []
    return [
        Alarm(
            kind,
            case.case_id,
            case.call_no,
            roles,
            clock.received_at,
            clock.standard_s,
            clock.received_at + timedelta(seconds=share * clock.standard_s),
        )
        for kind, share, roles in (
            (AlarmKind.FIRE_80, sop.soon_share, (Role.DISPATCHER,)),
            (AlarmKind.FIRE_100, 1.0, (Role.DUTY_OFFICER,)),
        )
    ]


def _receipt_alarms(case: Case) -> list[Alarm]:
    """A record that DKISP has not acknowledged within the hour must be looked after (domain.md 3.3)."""
    sent = case.delivery
    if case.status is not CaseStatus.REGISTERED or sent is None or sent.receipt_id or sent.override_reason:
        return []
    roles = (Role.DISPATCHER, Role.SUPERVISOR)
    due_at = sent.written_at + timedelta(seconds=UNRECEIPTED_S)
    return [
        Alarm(AlarmKind.RECEIPT, case.case_id, case.call_no, roles, sent.written_at, UNRECEIPTED_S, due_at, 8)
    ]


def _first_arrival(case: Case, agency: str) -> datetime | None:
    arrivals = [a.arrived_at for a in case.assignments if a.agency == agency and a.arrived_at is not None]
    return min(arrivals, default=None)
