"""Random walks through the procedure: legal and illegal moves, by anybody, at any time.

Half of the moves are the natural next one, so that walks come far; the others are anything at all. After
each, the oracle (`oracle_procedure`) looks at the case, and the store must agree with it to the letter.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from builders import (
    ANI,
    DEDI,
    FAJAR,
    INCIDENT,
    LOCATION,
    ONE_SAFE,
    PEOPLE,
    PUTRI,
    SARI,
    T0,
    plan,
    proposed,
    sop,
)
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test
from oracle_procedure import lost, passed, plain, standing

from database import cases
from database.codec import changes, fold
from database.connection import Database
from domain.case import Actor, Attachment, Case, Incident, Location, Reasons, Victims
from domain.errors import SigapError
from domain.moves import call, coordination, exits, record, response
from domain.permissions import Action, may
from domain.words import CallClass, CaseStatus, Channel, NoticeMethod, NoticeResult, Outcome, StepState

S = CaseStatus
SOP = sop()
UNITS = ("SAR-RIB-02", "AMB-112-03", "PMK-BRT-01")
BRACES = re.compile(r"[{}]")

people = st.sampled_from(PEOPLE)
texts = st.sampled_from(("alasan", "teks lain", "", "   "))
picks = st.integers(0, 11)
forth = st.integers(0, 240)
stretches = st.lists(picks, max_size=24)
anytime = st.one_of(st.integers(-3600, 1800), forth)


def _pick(options, n):
    return tuple(options)[n % len(tuple(options))]


def _report(case: Case, who: Actor, at: datetime, text: str, n: int) -> Case:
    full = n % 3 != 0
    case = call.record_report(
        case,
        who,
        at,
        narrative=text or "Orang di air" if full else text,
        reporter_ref="h:1" if full else None,
        reporter_phone_masked="•••789" if full else None,
        no_number_reason=None if full else text,
        reporter_named=n % 2 == 0,
        anonymous_reason=None if n % 2 == 0 else text,
        incident=INCIDENT if full else Incident(victims_estimate=None, victims_unknown=n % 2 == 0),
        location=LOCATION if full else Location(place_text=text),
    )
    return coordination.seed_checklist(case, plan()) if full else case


def _details(case: Case, who: Actor, at: datetime, text: str, n: int) -> Case:
    incident = _pick((INCIDENT, Incident(), Incident(type_code="S-MOB", priority=2), None), n)
    places = (LOCATION, Location(), Location(place_text=text, adm_code="65.71"), Location(lon=117.6), None)
    case = call.update_details(
        case,
        who,
        at,
        incident=incident,
        location=_pick(places, n),
        reporter_named=_pick((True, False, None), n),
        anonymous_reason=text,
    )
    return coordination.seed_checklist(case, plan()) if case.incident.type_code else case


def _unit_of(case: Case, n: int) -> str:
    held = [unit.unit_code for unit in case.active_units]
    return _pick(held, n) if held and n % 4 else _pick(UNITS, n)


def _agency_of(case: Case, n: int) -> str:
    return _pick([line.code for line in case.agencies] or ["SAR"], n) if n % 5 else "TIDAK-ADA"


def _photo(at: datetime, who: Actor, n: int) -> Attachment:
    return Attachment(f"{n:064x}", "foto.jpg", "image/jpeg", 100, at, who.name)


def _victims(n: int) -> Victims:
    return _pick((ONE_SAFE, Victims(injured_severe=1, total=1), Victims(safe=1, total=3), Victims()), n)


MOVES = {
    Action.TAKE_CALL: _report,
    Action.PROPOSE_CLASS: lambda c, who, at, text, n: call.propose_class(c, who, at, _pick(CallClass, n)),
    Action.CLASSIFY: lambda c, who, at, text, n: call.classify(
        c, who, at, _pick(CallClass, n), SOP, text or None
    ),
    Action.LOG_CALLBACK: lambda c, who, at, text, n: call.log_callback(c, who, at),
    Action.CLOSE_CALL: lambda c, who, at, text, n: call.close_call(c, who, at, text, SOP),
    Action.RECLASSIFY: lambda c, who, at, text, n: call.reclassify(c, who, at, _pick(CallClass, n), text),
    Action.UPDATE_DETAILS: _details,
    Action.FORWARD: lambda c, who, at, text, n: call.forward(c, who, at, _pick(SOP.forward_to, n)),
    Action.VERIFY: lambda c, who, at, text, n: call.verify(c, who, at, SOP, text or None),
    Action.PRE_ALERT: lambda c, who, at, text, n: coordination.pre_alert(c, who, at),
    Action.NOTIFY: lambda c, who, at, text, n: coordination.notify(
        c, who, at, (_agency_of(c, n), _agency_of(c, n + 1), _agency_of(c, n)), _pick(NoticeMethod, n)
    ),
    Action.ANSWER_NOTICE: lambda c, who, at, text, n: coordination.answer_notice(
        c, who, at, _agency_of(c, n), _pick(NoticeResult, n), text
    ),
    Action.WAIVE_AGENCY: lambda c, who, at, text, n: coordination.waive_agency(
        c, who, at, _agency_of(c, n), text
    ),
    Action.COORDINATE: lambda c, who, at, text, n: coordination.coordinate(c, who, at, SOP),
    Action.PROPOSE_UNITS: lambda c, who, at, text, n: response.propose_units(
        c,
        who,
        at,
        tuple(proposed(_pick(UNITS, n + k)) for k in range(n % 4)) + ((proposed(UNITS[0]),) * (n % 3)),
    ),
    Action.WITHDRAW_UNIT: lambda c, who, at, text, n: response.withdraw_unit(
        c, who, at, _unit_of(c, n), text
    ),
    Action.APPROVE_UNITS: lambda c, who, at, text, n: response.approve_units(
        c, who, at, None if n % 2 else (_unit_of(c, n),)
    ),
    Action.NAME_COMMANDER: lambda c, who, at, text, n: response.name_commander(c, who, at, text, SOP),
    "depart": lambda c, who, at, text, n: response.depart(c, who, at, _unit_of(c, n), SOP),
    "arrive": lambda c, who, at, text, n: response.arrive(c, who, at, _unit_of(c, n)),
    "clear": lambda c, who, at, text, n: response.clear(c, who, at, _unit_of(c, n)),
    Action.SITREP: lambda c, who, at, text, n: response.add_sitrep(c, who, at, text),
    Action.ATTACH: lambda c, who, at, text, n: response.attach(c, who, at, _photo(at, who, n % 2)),
    "reasons": lambda c, who, at, text, n: response.give_reasons(
        c, who, at, Reasons(*(text if k == n % 3 else None for k in range(3)))
    ),
    "overrun": lambda c, who, at, text, n: response.give_overrun_reason(c, who, at, n, text),
    Action.UPDATE_CONDITION: lambda c, who, at, text, n: response.update_condition(c, who, at, text),
    Action.FINISH_MONITORING: lambda c, who, at, text, n: response.finish_monitoring(c, who, at, SOP),
    Action.RECORD_OUTCOME: lambda c, who, at, text, n: record.record_outcome(
        c, who, at, outcome=_pick((*Outcome, None), n), victims=_victims(n), casualty_destination=text
    ),
    Action.REGISTER: lambda c, who, at, text, n: record.register(c, who, at, f"2026/{n:06d}", SOP),
    Action.PRINT_FORM: lambda c, who, at, text, n: record.print_form(c, who, at, SOP),
    Action.DELIVER: lambda c, who, at, text, n: record.queued(c, at, "x.json", "ab" * 32),
    Action.RECORD_RECEIPT: lambda c, who, at, text, n: record.record_receipt(
        c, who, at, text, "ab" * 32, SOP
    ),
    Action.OVERRIDE_RECEIPT: lambda c, who, at, text, n: record.override_receipt(c, who, at, text, SOP),
    Action.CLOSE: lambda c, who, at, text, n: record.close(c, who, at, text, SOP),
    Action.CANCEL: lambda c, who, at, text, n: exits.call_off(
        c, who, at, _pick((Outcome.CANCELLED, Outcome.FALSE_REPORT, Outcome.PRANK), n), text, "2026/900000"
    ),
    Action.HAND_OVER: lambda c, who, at, text, n: exits.hand_over(c, who, at, "SAR", text),
    Action.REOPEN: lambda c, who, at, text, n: exits.reopen(c, who, at, text),
}


def natural(case: Case, n: int):
    """Return the natural next move of a case as (action, move, who); None when there is none."""
    steps, call_class = case.steps, case.call.call_class
    text = "ada"
    if case.status is S.RECEIVED:
        if steps[0].state is not StepState.DONE:
            return "report", lambda at: _report(case, ANI, at, text, 4), ANI
        if case.call.proposed_class is None:
            wanted = CallClass.NORMAL if n < 9 else _pick(CallClass, n)
            return "propose", lambda at: call.propose_class(case, ANI, at, wanted), ANI
        return "classify", lambda at: call.classify(case, DEDI, at, case.call.proposed_class, SOP), DEDI
    if case.status is S.CLASSIFIED and call_class is not CallClass.NORMAL:
        if not case.call.callback_attempts:
            return "callback", lambda at: call.log_callback(case, ANI, at), ANI
        return "close call", lambda at: call.close_call(case, DEDI, at, text, SOP), DEDI
    if case.status is S.CLASSIFIED:
        untold = [code for code in SOP.forward_to if code not in {f.agency for f in case.forwardings}]
        if case.incident != INCIDENT or case.location != LOCATION or not case.call.reporter_named:
            return "details", lambda at: _details(case, ANI, at, text, 0), ANI
        if untold:
            return "forward", lambda at: call.forward(case, DEDI, at, untold[0]), DEDI
        return "verify", lambda at: call.verify(case, DEDI, at, SOP), DEDI
    if case.status is S.VERIFIED:
        open_lines = [line for line in case.agencies if line.required and not line.is_settled]
        if any(line.notified_at is None for line in open_lines):
            codes = tuple(line.code for line in open_lines)
            return "notify", lambda at: coordination.notify(case, DEDI, at, codes, NoticeMethod.PHONE), DEDI
        if open_lines:
            code, answer = open_lines[0].code, _pick(NoticeResult, n)
            return "answer", lambda at: coordination.answer_notice(case, ANI, at, code, answer, text), ANI
        return "coordinate", lambda at: coordination.coordinate(case, DEDI, at, SOP), DEDI
    if case.status in (S.COORDINATED, S.RESPONDING, S.MONITORING):
        return _natural_operation(case, n, text)
    if case.status is S.UPDATING:
        if not case.current_condition:
            return "condition", lambda at: response.update_condition(case, DEDI, at, text), DEDI
        if case.victims is None or case.outcome is None:
            outcome = _pick((Outcome.RESCUED, Outcome.NOT_FOUND), n)
            return (
                "outcome",
                lambda at: record.record_outcome(case, DEDI, at, outcome=outcome, victims=ONE_SAFE),
                DEDI,
            )
        return "register", lambda at: record.register(case, ANI, at, f"2026/{n:06d}", SOP), ANI
    if case.status is S.REGISTERED:
        return _natural_record(case, n, text)
    if case.status is S.CLOSED and call_class is CallClass.NORMAL:
        return "reopen", lambda at: exits.reopen(case, SARI, at, text), SARI
    if case.status is S.CLOSED:
        return "reclassify", lambda at: call.reclassify(case, SARI, at, _pick(CallClass, n), text), SARI
    return None


def _natural_operation(case: Case, n: int, text: str):
    waiting = [u for u in case.active_units if u.dispatched_at is None]
    still = [u for u in case.committed_units if u.departed_at is None]
    under_way = [u for u in case.committed_units if u.departed_at is not None]
    if waiting:
        return "approve", lambda at: response.approve_units(case, PUTRI, at), PUTRI
    if not case.active_units and (case.status is not S.MONITORING or n == 0):
        wanted = tuple(proposed(code) for code in UNITS[: 1 + n % 2])
        return "propose units", lambda at: response.propose_units(case, PUTRI, at, wanted), PUTRI
    if not case.on_scene_commander and n % 2:
        return "commander", lambda at: response.name_commander(case, PUTRI, at, text, SOP), PUTRI
    if still:
        return "depart", lambda at: response.depart(case, FAJAR, at, still[0].unit_code, SOP), FAJAR
    coming = [u for u in under_way if u.arrived_at is None]
    if coming and n % 4:
        return "arrive", lambda at: response.arrive(case, FAJAR, at, coming[0].unit_code), FAJAR
    if n % 4 == 1:
        return "sitrep", lambda at: response.add_sitrep(case, FAJAR, at, text), FAJAR
    if not case.on_scene_commander:
        return "commander", lambda at: response.name_commander(case, PUTRI, at, text, SOP), PUTRI
    if under_way:
        return "clear", lambda at: response.clear(case, FAJAR, at, under_way[0].unit_code), FAJAR
    if not case.reasons.no_documentation:
        reasons = Reasons(text if n % 2 else None, text if n % 3 else None, text)
        return "reasons", lambda at: response.give_reasons(case, DEDI, at, reasons), DEDI
    if n % 5 == 2:
        return "reasons", lambda at: response.give_reasons(case, DEDI, at, Reasons(text, text, text)), DEDI
    return "finish", lambda at: response.finish_monitoring(case, DEDI, at, SOP), DEDI


def _natural_record(case: Case, n: int, text: str):
    if case.form_printed_at is None and n % 2:
        return "print", lambda at: record.print_form(case, ANI, at, SOP), ANI
    if case.delivery is None:
        return "deliver", lambda at: record.queued(case, at, "x.json", "ab" * 32), ANI
    if case.form_printed_at is None:
        return "print", lambda at: record.print_form(case, ANI, at, SOP), ANI
    if case.delivery.receipt_id is None and n % 3:
        return "receipt", lambda at: record.record_receipt(case, DEDI, at, text, "ab" * 32, SOP), DEDI
    if case.delivery.receipt_id is None and case.delivery.override_reason is None:
        return "override", lambda at: record.override_receipt(case, SARI, at, text, SOP), SARI
    return "close", lambda at: record.close(case, DEDI, at, text, SOP), DEDI


class Ledger:
    """Keeps cases in memory as the store would: present state and trail, by the same codec."""

    def __init__(self) -> None:
        self.now: dict[str, Case] = {}
        self.trail: dict[str, list] = {}

    def save(self, old: Case | None, new: Case, who: Actor, at: datetime) -> Case:
        self.trail.setdefault(new.case_id, []).append(changes(old, new))
        new = replace(new, version=(old.version if old else 0) + 1)
        self.now[new.case_id] = new
        return new

    def get(self, case_id: str) -> Case:
        return self.now[case_id]

    def check(self, case: Case) -> None:
        assert fold(self.trail[case.case_id]) == case
        assert len(self.trail[case.case_id]) == case.version


class Store:
    """Keeps cases in a real DuckDB file."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def save(self, old: Case | None, new: Case, who: Actor, at: datetime) -> Case:
        with self.db.write() as writer:
            stored = cases.load(writer, new.case_id) if old else None
            assert stored is None or stored.case == old
            return cases.save(
                writer,
                stored,
                new,
                actor=who,
                action=Action.UPDATE_DETAILS,
                occurred_at=at,
                entered_at=max(at, T0 + timedelta(days=30)),
            ).case

    def get(self, case_id: str) -> Case:
        return cases.get(self.db.read(), case_id)

    def check(self, case: Case) -> None:
        reader = self.db.read()
        trail = cases.events(reader, case.case_id)
        assert cases.get(reader, case.case_id) == case
        assert cases.rebuilt(reader, case.case_id) == case
        assert len(trail) == case.version
        assert [event.seq for event in trail] == sorted({event.seq for event in trail})
        tables = [
            name
            for name in ("case_open", "case_archive")
            for _ in reader.rows(f"SELECT 1 FROM {name} WHERE case_id = ?", UUID(case.case_id))
        ]
        assert tables == ["case_open" if case.is_open else "case_archive"]
        assert reader.row("SELECT count(*), max(seq), count(DISTINCT seq) FROM event") == (
            *(self.db.newest_event_seq(),) * 3,
        )


class Walk(RuleBasedStateMachine):
    """Up to three cases at once, so that some can be merged."""

    def __init__(self) -> None:
        super().__init__()
        self.book = self.open_book()
        self.clock = T0
        self.cases: list[Case] = []

    def open_book(self):
        return Ledger()

    @initialize(n=picks, ns=stretches)
    def the_phone_rings(self, n, ns):
        self._open(n)
        self.a_stretch_of_natural_moves(len(self.cases) - 1, ns, 60)

    @rule(n=picks, ns=stretches, seconds=forth)
    def it_rings_again(self, n, ns, seconds):
        if len(self.cases) < 3:
            self.clock += timedelta(seconds=seconds)
            self._open(n)
            self.a_stretch_of_natural_moves(len(self.cases) - 1, ns, seconds)

    @rule(which=picks, n=picks, seconds=forth)
    def the_natural_next_move(self, which, n, seconds):
        self._natural(which, n, seconds)

    @rule(which=picks, ns=stretches, seconds=forth)
    def a_stretch_of_natural_moves(self, which, ns, seconds):
        for n in ns:
            self._natural(which, n, seconds)

    @rule(which=picks, name=st.sampled_from(tuple(MOVES)), who=people, seconds=anytime, text=texts, n=picks)
    def anything_by_anybody(self, which, name, who, seconds, text, n):
        case = _pick(self.cases, which)
        self._attempt(case, who, self._at(seconds), lambda at: MOVES[name](case, who, at, text, n))

    @rule(which=picks, first=st.integers(0, len(MOVES) - 1), seconds=anytime, n=picks)
    def the_first_possible_of_some_moves(self, which, first, seconds, n):
        """Try moves by the right role from `first` on until one is possible: reaches what is rarely legal."""
        at = self._at(seconds)
        for name in (*MOVES, *MOVES)[first : first + len(MOVES) // 2]:
            case = _pick(self.cases, which)
            if self._attempt(case, _right_person(name), at, lambda at, c=case, m=name: _try(m, c, at, n)):
                return

    @rule(which=picks, other=picks, who=st.sampled_from((DEDI, DEDI, PUTRI)), seconds=anytime)
    def a_merge(self, which, other, who, seconds):
        case, primary, at = _pick(self.cases, which), _pick(self.cases, other), self._at(seconds)
        try:
            merged, kept = exits.merge(case, primary, who, at)
        except SigapError as error:
            self._refused(error, case)
            self._refused(error, primary)
            return
        if kept != primary:
            self._accepted(primary, kept, who, at)
        self._accepted(case, merged, who, at)

    def teardown(self) -> None:
        for case in self.cases:
            self.book.check(case)

    def _open(self, n: int) -> None:
        number = f"P-2026-{len(self.cases) + 1:06d}"
        case = call.open_call(str(uuid4()), number, _pick(Channel, n), ANI, self.clock, SOP)
        stored = self.book.save(None, case, ANI, self.clock)
        self.cases.append(stored)
        self._judge(None, stored)

    def _natural(self, which: int, n: int, seconds: int) -> None:
        case = _pick(self.cases, which)
        found = natural(case, n)
        if found is not None:
            _name, move, who = found
            self._attempt(case, who, self._at(seconds), move)

    def _at(self, seconds: int) -> datetime:
        at = self.clock + timedelta(seconds=seconds)
        self.clock = max(at, self.clock)
        return at

    def _attempt(self, case: Case, who: Actor, at: datetime, move) -> bool:
        try:
            new = move(at)
        except SigapError as error:
            self._refused(error, case)
            return False
        if new == case:
            return False
        self._accepted(case, new, who, at)
        return True

    def _refused(self, error: SigapError, case: Case) -> None:
        sentence = error.sentence()
        assert sentence == str(error)
        assert len(sentence) > 20
        assert not BRACES.search(sentence)
        assert self.book.get(case.case_id) == case

    def _accepted(self, old: Case, new: Case, who: Actor, at: datetime) -> None:
        stored = self.book.save(old, new, who, at)
        assert stored == replace(new, version=old.version + 1)
        assert self.book.get(old.case_id) == stored
        self.cases = [stored if case.case_id == old.case_id else case for case in self.cases]
        self._judge(old, stored)

    def _judge(self, old: Case | None, new: Case) -> None:
        was, becomes = plain(old) if old else None, plain(new)
        broken = passed(was, becomes, SOP.forward_to, SOP.sitrep_interval_s) + standing(becomes)
        assert broken + (lost(was, becomes) if was else []) == []


def _try(name: Action | str, case: Case, at: datetime, n: int) -> Case:
    return MOVES[name](case, _right_person(name), at, "alasan", n)


def _right_person(name: Action | str) -> Actor:
    action = {
        "depart": Action.UNIT_PROGRESS,
        "arrive": Action.UNIT_PROGRESS,
        "clear": Action.UNIT_PROGRESS,
    }.get(name, Action.GIVE_REASON if name in ("reasons", "overrun") else name)
    return next(person for person in PEOPLE if may(person.role, action))


class TestWalksInMemory(Walk.TestCase):
    settings = settings(max_examples=120, stateful_step_count=30, report_multiple_bugs=False)


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory):
    db = Database.open(tmp_path_factory.mktemp("walks") / "walks.duckdb")
    yield db
    db.close()


def test_walks_lose_nothing_in_the_real_store(shared_store):
    class StoredWalk(Walk):
        def open_book(self):
            return Store(shared_store)

    run_state_machine_as_test(
        StoredWalk, settings=settings(max_examples=30, stateful_step_count=20, report_multiple_bugs=False)
    )
