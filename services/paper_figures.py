"""What the month's paper and the shift's paper say: figures and open work, read within their bounds."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

from database import papers as store
from database import reads
from database.reads import Filter
from domain import alarms as alarm_rules
from domain.alarms import AlarmRules
from domain.case import Case
from domain.units import UnitState
from domain.words import CallClass, CaseStatus, Channel, Domain, Label, Outcome, UnitStatus
from export.paper import handover, recap
from services import alarms, monitoring, notify, registry, weather
from services.center import Center
from services.monitoring import BoardRow

PRANKS = (CallClass.PRANK.value, CallClass.GHOST.value)
NOT_MERGED = tuple(status.value for status in CaseStatus if status is not CaseStatus.MERGED)
UNKNOWN = "belum dicatat"
UNDECIDED = "belum ditetapkan"
ELSEWHERE = "Perairan, luar kota, atau belum dicatat"


def month(center: Center, first: date) -> recap.Recap:
    """Return the figures of the month that begins on `first`, local days, from raw rows."""
    zone = center.pack.city.timezone
    days = monthrange(first.year, first.month)[1]
    since = datetime.combine(first, time.min, tzinfo=zone)
    until = datetime.combine(first + timedelta(days=days), time.min, tzinfo=zone)
    reader = center.db.read()
    calls = Filter(since=since, until=until)
    incidents = Filter(since=since, until=until, statuses=NOT_MERGED, call_classes=(CallClass.NORMAL.value,))
    per_day, per_hour = [0] * days, [0] * 24
    for at in store.received(reader, since, until):
        local = at.astimezone(zone)
        per_day[local.day - 1] += 1
        per_hour[local.hour] += 1
    by_domain = _named(reads.count_by(reader, "domain", incidents), Domain)
    times = reads.response_times(reader, incidents, center.pack.city.fire_response_s)
    return recap.Recap(
        month=first,
        calls=sum(per_day),
        incidents=reads.total(reader, incidents),
        by_class=_named(reads.count_by(reader, "call_class", calls), CallClass, UNDECIDED),
        by_channel=_named(reads.count_by(reader, "channel", calls), Channel),
        by_domain=by_domain,
        by_type=_types(center, since, until, by_domain),
        by_kelurahan=[(name or ELSEWHERE, n) for name, n in reads.count_by(reader, "kelurahan", incidents)],
        by_outcome=_named(reads.count_by(reader, "outcome", incidents), Outcome, "masih berjalan"),
        per_day=per_day,
        per_hour=per_hour,
        response=recap.Response(
            times.n, times.median_s, times.p90_s, times.within, center.pack.city.fire_response_s
        ),
        steps=[
            recap.Step(
                share.no,
                center.pack.sop.step(share.no).activity,
                center.pack.sop.sitrep_interval_s
                if share.no == 6
                else center.pack.sop.step(share.no).target_s,
                share.n,
                share.in_time,
                share.median_s,
            )
            for share in reads.step_shares(reader, incidents)
        ],
    )


def shift(center: Center, now: datetime, since: datetime, outgoing: str, incoming: str) -> handover.Shift:
    """Return what the shift from `since` to `now` leaves behind."""
    reader = center.db.read()
    board = monitoring.board(center, now)
    counts = reads.count_by(reader, "call_class", Filter(since=since, until=now))
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
    )


def _named(
    counts: Iterable[tuple[str | None, int]], words: type[Label], unknown: str = UNKNOWN
) -> list[tuple[str, int]]:
    """Return counts by code as counts by what people read."""
    return [(unknown if code is None else words(code).label, n) for code, n in counts]


def _types(
    center: Center, since: datetime, until: datetime, by_domain: Sequence[tuple[str, int]]
) -> dict[str, list[tuple[str, int]]]:
    """Return the counts of types under each domain that has incidents, both most first."""
    known, reader = registry.snapshot(center).all_types, center.db.read()
    groups: dict[str, list[tuple[str, int]]] = {}
    for name, _ in by_domain:
        domains = tuple(domain.value for domain in Domain if domain.label == name)
        if not domains:
            continue
        within = Filter(since, until, domains, (), NOT_MERGED, (CallClass.NORMAL.value,))
        groups[name] = [
            (f"{known[code].label} ({code})" if code in known else code or UNKNOWN, n)
            for code, n in reads.count_by(reader, "type_code", within)
        ]
    return groups


def _open_cases(center: Center, now: datetime, rows: Iterable[BoardRow]) -> list[handover.OpenCase]:
    rules = alarms.rules(center)
    return [handover.OpenCase(row.case, row.clocks, _next_due(center, row.case, rules, now)) for row in rows]


def _next_due(center: Center, case: Case, rules: AlarmRules, now: datetime) -> tuple[str, datetime] | None:
    """Return what rings next if nobody does anything."""
    planned = alarm_rules.planned(case, center.pack.sop, rules, now)
    first = next((alarm for alarm in planned if alarm.due_at > now), None)
    return None if first is None else (first.text.sentence(), first.due_at)


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
