"""What the month's paper and the shift's paper say: figures and open work, read within their bounds."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from analytics.selection import By, Selection
from database import papers as store
from domain import alarms as alarm_rules
from domain import guards
from domain.alarms import AlarmRules
from domain.case import Case
from domain.handover import Summary
from domain.outbox import Outgoing, SendState
from domain.response_plan import ResponsePlan
from domain.units import UnitState
from domain.words import CallClass, Channel, Domain, Label, Outcome, StepState, UnitStatus
from export.paper import handover, recap
from services import alarms, analysis, monitoring, notify, outbox, registry, weather
from services.analysis import Spread
from services.center import Center
from services.monitoring import BoardRow

PRANKS = (CallClass.PRANK.value, CallClass.GHOST.value)
UNKNOWN = "belum dicatat"
UNDECIDED = "belum ditetapkan"
ELSEWHERE = "Perairan, luar kota, atau belum dicatat"


def month(center: Center, first: date) -> recap.Recap:
    """Return the figures of the month that begins on `first`, local days, from raw rows."""
    zone = center.pack.city.timezone
    days = monthrange(first.year, first.month)[1]
    since = datetime.combine(first, time.min, tzinfo=zone)
    until = datetime.combine(first + timedelta(days=days), time.min, tzinfo=zone)
    calls = Selection(since=since, until=until)
    incidents = replace(calls, call_classes=(CallClass.NORMAL.value,))
    per_day, per_hour = [0] * days, [0] * 24
    for day, counts in analysis.counts_by(center, calls, By.DAY):
        per_day[day.day - 1] = counts.n
    for hour, counts in analysis.counts_by(center, calls, By.HOUR):
        per_hour[hour] = counts.n
    by_domain = _named(_counted(center, incidents, By.DOMAIN), Domain)
    times = {name: _times(spread) for name, spread in analysis.intervals(center, calls).items()}
    kelurahan = {code: entry.name for code, entry in center.pack.kelurahan.items()}
    return recap.Recap(
        month=first,
        calls=sum(per_day),
        incidents=sum(n for _, n in by_domain),
        by_class=_named(_counted(center, calls, By.CLASS), CallClass, UNDECIDED),
        by_channel=_named(_counted(center, calls, By.CHANNEL), Channel),
        by_domain=by_domain,
        by_type=_types(center, incidents, by_domain),
        by_kelurahan=_most_first(
            (kelurahan.get(code or "", ELSEWHERE), n) for code, n in _counted(center, incidents, By.KELURAHAN)
        ),
        by_outcome=_named(_counted(center, incidents, By.OUTCOME), Outcome, "masih berjalan"),
        per_day=per_day,
        per_hour=per_hour,
        intervals={analysis.INTERVAL_WORDS[name]: took for name, took in times.items()},
        response=times["response_s"],
        fire=_times(analysis.fire_response(center, calls)),
        steps=[
            recap.Step(
                step.no,
                center.pack.sop.step(step.no).activity,
                step.target_s,
                step.n,
                step.in_time,
                step.median_s,
            )
            for step in analysis.steps(center, incidents)
        ],
    )


def _times(spread: Spread) -> recap.Response:
    return recap.Response(
        spread.n, spread.mean_s, spread.median_s, spread.p90_s, spread.within, spread.standard_s
    )


def _counted(center: Center, wanted: Selection, by: By) -> list[tuple[str | None, int]]:
    """Return counts by code, most first: of calls merged ones too, of incidents without them."""
    merged = not wanted.call_classes
    found = analysis.counts_by(center, wanted, by, merged=merged)
    return sorted(((key, counts.n) for key, counts in found), key=lambda one: (-one[1], one[0] or ""))


def _most_first(counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return counts by name, those of one name together, most first."""
    together: Counter[str] = Counter()
    for name, n in counts:
        together[name] += n
    return sorted(together.items(), key=lambda one: (-one[1], one[0]))


def shift(center: Center, now: datetime, since: datetime, outgoing: str, incoming: str) -> handover.Shift:
    """Return what the shift from `since` to `now` leaves behind."""
    reader = center.db.read()
    board = monitoring.board(center, now)
    counts = _counted(center, Selection(since=since, until=now), By.CLASS)
    return handover.Shift(
        since=since,
        until=now,
        calls=_named(counts, CallClass, UNDECIDED),
        open_cases=_open_cases(center, now, board.rows),
        out_of_service=_out_of_service(center, board.units),
        alarms=[
            handover.Ringing(
                one.alarm.kind.label,
                one.alarm.text.sentence() + (" (sudah lewat)" if one.passed else ""),
                one.alarm.call_no,
                one.raised_at,
            )
            for one in alarms.listed(center, now)
        ],
        unanswered=_unanswered(center, board.cases),
        weather=weather.current(center, now),
        pranks=store.calls(reader, since, now, PRANKS),
        outgoing=outgoing,
        incoming=incoming,
        held=_held(center, board.units, {row.case.case_id: row.case.call_no for row in board.rows}),
        deliveries=_deliveries(center, now),
    )


def handed_over(center: Center, now: datetime, since: datetime) -> Summary:
    """Return the same as the plain facts that are signed: nothing in it leads to a caller."""
    plan = ResponsePlan(registry.snapshot(center).all_types)
    return handover.summarised(shift(center, now, since, "", ""), plan).kept


def _named(
    counts: Iterable[tuple[str | None, int]], words: type[Label], unknown: str = UNKNOWN
) -> list[tuple[str, int]]:
    """Return counts by code as counts by what people read."""
    return [(unknown if code is None else words(code).label, n) for code, n in counts]


def _types(
    center: Center, incidents: Selection, by_domain: Sequence[tuple[str, int]]
) -> dict[str, list[tuple[str, int]]]:
    """Return the counts of types under each domain that has incidents, both most first."""
    known = registry.snapshot(center).all_types
    groups: dict[str, list[tuple[str, int]]] = {}
    for name, _ in by_domain:
        domains = tuple(domain.value for domain in Domain if domain.label == name)
        if not domains:
            continue
        within = replace(incidents, domains=domains)
        groups[name] = [
            (f"{known[code].label} ({code})" if code in known else code or UNKNOWN, n)
            for code, n in _counted(center, within, By.TYPE)
        ]
    return groups


def _open_cases(center: Center, now: datetime, rows: Iterable[BoardRow]) -> list[handover.OpenCase]:
    rules = alarms.rules(center)
    return [
        handover.OpenCase(
            row.case, row.clocks, _next_due(center, row.case, rules, now), _needs(center, row.case, now)
        )
        for row in rows
    ]


def _needs(center: Center, case: Case, now: datetime) -> tuple[str, ...]:
    """Return what the step that runs still lacks."""
    running = [step.no for step in case.steps if step.state is StepState.IN_PROGRESS]
    if not running:
        return ()
    return tuple(str(need) for need in guards.missing(case, min(running), center.pack.sop, now))


def _next_due(center: Center, case: Case, rules: AlarmRules, now: datetime) -> tuple[str, datetime] | None:
    """Return what rings next if nobody does anything."""
    planned = alarm_rules.planned(case, center.pack.sop, rules, now)
    first = next((alarm for alarm in planned if alarm.due_at > now), None)
    return None if first is None else (first.text.sentence(), first.due_at)


def _held(
    center: Center, units: Iterable[UnitState], call_nos: Mapping[str, str]
) -> list[tuple[str, str, str, str]]:
    names = center.pack.agencies
    return [
        (
            state.unit.unit_code,
            names[state.unit.agency].name if state.unit.agency in names else state.unit.agency,
            state.status.label,
            call_nos.get(state.case_id, "–"),
        )
        for state in units
        if state.case_id is not None and state.status is not UnitStatus.OUT_OF_SERVICE
    ]


def _deliveries(center: Center, now: datetime) -> list[tuple[str, str, datetime]]:
    """Return each record that DKISP refused, cannot get, or has not receipted in time, the oldest first."""
    found = [
        (line.register_no or line.call_no, _delivery_words(line.outgoing), line.outgoing.queued_at)
        for state in (SendState.TROUBLE, SendState.QUEUED, SendState.DROPPED)
        for line in outbox.lines(center, state)
        if state is SendState.TROUBLE or line.outgoing.trouble is not None or line.outgoing.late(now)
    ]
    return sorted(found, key=lambda one: one[2])


def _delivery_words(one: Outgoing) -> str:
    return one.state.label if one.trouble is None else f"{one.state.label}: {one.trouble.label}"


def _out_of_service(center: Center, units: Iterable[UnitState]) -> list[tuple[str, str, str]]:
    names = center.pack.agencies
    return [
        (
            state.unit.unit_code,
            names[state.unit.agency].name if state.unit.agency in names else state.unit.agency,
            state.reason or "–",
        )
        for state in units
        if state.status is UnitStatus.OUT_OF_SERVICE
    ]


def _unanswered(center: Center, open_cases: Iterable[Case]) -> list[handover.Unanswered]:
    """Return each agency that a case waits for: to be telephoned first, then told without an answer."""
    names = center.pack.agencies
    found: dict[tuple[str, str], handover.Unanswered] = {}
    for case in open_cases:
        for task in notify.phone_tasks(center, case):
            name = names[task.agency].name if task.agency in names else task.agency
            found.setdefault(
                (case.call_no, task.agency), handover.Unanswered(case.call_no, name, task.queued_at, True)
            )
        for line in case.agencies:
            if line.notified_at is None or line.is_settled:
                continue
            name = names[line.code].name if line.code in names else line.code
            found.setdefault(
                (case.call_no, line.code),
                handover.Unanswered(case.call_no, name, line.notified_at, False),
            )
    return sorted(found.values(), key=lambda one: (not one.task, one.told_at, one.call_no, one.agency))
