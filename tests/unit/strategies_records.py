"""A tiny procedure and plan of no real city, one whole sea rescue, and every case a walk can reach.

Words that people say are made around planted names and numbers, so that a test can look for them in
whatever leaves the command center.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from domain.case import Actor, Attachment, Case, Incident, Location, Private, Reasons, Victims
from domain.errors import SigapError
from domain.identity import mask_phone, reporter_ref, uuid7
from domain.moves import call, coordination, exits, record, response
from domain.response_plan import IncidentType, Requirement, ResponsePlan
from domain.sop import Sop, SopStep
from domain.units import Unit
from domain.words import (
    HANDLED_OUTCOMES,
    CallClass,
    Channel,
    Domain,
    Mode,
    NoticeMethod,
    NoticeResult,
    Outcome,
    Role,
    SarClass,
)
from export.record import Letterhead, Producer, RecordContext

KEY = b"a key for the tests only"
WITA = ZoneInfo("Asia/Makassar")
START = datetime(2026, 1, 13, 23, 58, 10, 654321, tzinfo=UTC)

REPORTER = "Zulkarnaen Wiratmaja"
NUMBER = "0812-7345-9678"
PLANTED = ("zulkarnaen", "wiratmaja", "081273459678", "81273459678", "73459678", "sulastriningsih")
"""What must never leave, as it would be found in text reduced to letters and digits."""

TAKER = Actor("petugas-satu", Role.CALL_TAKER)
DISPATCHER = Actor("petugas-dua", Role.DISPATCHER)
OFFICER = Actor("perwira-satu", Role.DUTY_OFFICER)
CREW = Actor("regu-satu", Role.FIELD_OFFICER)
SUPERVISOR = Actor("penyelia-satu", Role.SUPERVISOR)
ACTORS = (TAKER, DISPATCHER, OFFICER, CREW, SUPERVISOR)

MINUTES = (2, 2, 2, 2, 15, 15, 2, 2, 2)
SOP = Sop(
    number="7/UJI/2026",
    name="Prosedur Uji",
    made="1 Januari 2026",
    revised="2 Januari 2026",
    effective="3 Januari 2026",
    note="",
    forward_to=("BPBD", "SAR"),
    sitrep_interval_s=900,
    soon_share=0.8,
    steps=tuple(
        SopStep(no, f"Kegiatan ke-{no}", "Masukan", "Hasil", minutes * 60, (Role.DISPATCHER,), ())
        for no, minutes in enumerate(MINUTES, start=1)
    ),
)

PLAN = ResponsePlan(
    {
        "S-MOB": IncidentType(
            code="S-MOB",
            label="Orang jatuh atau tenggelam",
            domain=Domain.SEA,
            priority=1,
            lead="SAR",
            required=(Requirement("SAR", "rib"), Requirement("MEDIS", "ambulance")),
            optional=(Requirement("PMI", condition="bila perlu"),),
            sar_class=SarClass.KMM,
        ),
        "L-FIR": IncidentType(
            code="L-FIR",
            label="Kebakaran",
            domain=Domain.LAND,
            priority=1,
            lead="PMK",
            required=(Requirement("PMK", "fire_engine", 2),),
            linked_sop="SOP Kebakaran",
        ),
        "L-SUI": IncidentType(
            code="L-SUI",
            label="Percobaan bunuh diri",
            domain=Domain.LAND,
            priority=1,
            lead="POLRI",
            required=(Requirement("POLRI"),),
            sensitive=True,
        ),
    }
)

CONTEXT = RecordContext(
    producer=Producer("TCC-UJI", "0.0.1"),
    timezone=WITA,
    sop=SOP,
    plan=PLAN,
    letterhead=Letterhead(
        lines=("PEMERINTAH KOTA UJI", "DINAS CONTOH", "COMMAND CENTER UJI"),
        phone="112",
        website="uji.example",
    ),
    agencies={"SAR": "Kantor Pencarian dan Pertolongan", "MEDIS": "Tim Medis", "BPBD": "BPBD Uji"},
    kinds={"rib": "Perahu RIB", "ambulance": "Ambulans", "fire_engine": "Mobil pompa"},
)

UNITS = (
    Unit("SAR-RIB-02", "SAR", "rib", Mode.SEA, frozenset({"rib"}), "DERMAGA", 29.6, 1200, 1200, 6),
    Unit("AMB-112-03", "MEDIS", "ambulance", Mode.LAND, frozenset({"ambulance"}), "POS", 40, 120, 120, 3),
    Unit("PMK-01", "PMK", "fire_engine", Mode.LAND, frozenset({"fire_engine"}), "MAKO", 35, 90, 150, 5),
)

PRIVATE = Private(
    narrative=(
        "Kakak saya terbawa arus di Pantai Amal, terlihat 200 m dari dermaga. Saya Zulkarnaen, "
        "hubungi 0812 7345 9678 atau +62 812.7345.9678. Korban bernama Sulastriningsih, baju merah."
    ),
    reporter_name=REPORTER,
    callback_number=NUMBER,
)

PLACE = Location(
    place_text="Depan rumah Zulkarnaen, Pantai Amal RT 4",
    lon=117.680013,
    lat=3.300027,
    accuracy_m=200.0,
    water_area="Perairan Pantai Amal",
    jurisdiction="65.71",
    shore_distance_m=310.0,
)

PHOTO = Attachment(
    "ab" * 32, "zulkarnaen.jpg", "image/jpeg", 245_000, START + timedelta(minutes=70), CREW.name
)


def after(minutes: float) -> datetime:
    """The time so many minutes after the call was received."""
    return START + timedelta(minutes=minutes)


def opened(received_at: datetime = START, channel: Channel = Channel.CALL_112, no: int = 1) -> Case:
    return call.open_call(
        uuid7(received_at, bytes([no] * 10)), f"P2026-{no:06d}", channel, TAKER, received_at, SOP
    )


def reported(case: Case, at: datetime, private: Private, incident: Incident, place: Location) -> Case:
    number = private.callback_number
    return call.record_report(
        case,
        TAKER,
        at,
        narrative=private.narrative,
        reporter_ref=reporter_ref(KEY, number) if number else None,
        reporter_phone_masked=mask_phone(number) if number else None,
        no_number_reason=None if number else "nomor tidak tampil",
        reporter_named=private.reporter_name is not None,
        anonymous_reason=None if private.reporter_name else "tidak mau menyebut",
        incident=incident,
        location=place,
    )


def verified_rescue() -> Case:
    """A person in the water, verified, all agencies told."""
    case = reported(opened(), after(1.5), PRIVATE, Incident("S-MOB", Domain.SEA, 1, 1), PLACE)
    case = call.propose_class(case, TAKER, after(1.6), CallClass.NORMAL)
    case = call.classify(case, DISPATCHER, after(1.8), CallClass.NORMAL, SOP)
    case = coordination.seed_checklist(case, PLAN.types["S-MOB"])
    for agency in SOP.forward_to:
        case = call.forward(case, TAKER, after(2.5), agency)
    return call.verify(case, DISPATCHER, after(3), SOP)


def registered_rescue() -> Case:
    """The whole rescue up to the register number: what step 8 hands over."""
    case = coordination.notify(
        verified_rescue(), DISPATCHER, after(3.2), ("SAR", "MEDIS"), NoticeMethod.RADIO
    )
    for agency in ("SAR", "MEDIS"):
        case = coordination.answer_notice(case, DISPATCHER, after(3.5), agency, NoticeResult.ACKNOWLEDGED)
    case = coordination.coordinate(case, DISPATCHER, after(4), SOP)
    boat, ambulance = UNITS[0], UNITS[1]
    case = response.propose_units(
        case,
        OFFICER,
        after(5),
        (
            response.ProposedUnit(boat, 21_400.0, 2640.0, "water"),
            response.ProposedUnit(ambulance, None, None, None),
        ),
    )
    case = response.approve_units(case, OFFICER, after(6))
    case = response.name_commander(case, OFFICER, after(6.5), "Kapten Regu", SOP)
    case = response.depart(case, CREW, after(16), boat.unit_code, SOP)
    case = response.depart(case, CREW, after(17), ambulance.unit_code, SOP)
    case = response.add_sitrep(case, CREW, after(30), "Perahu melewati tanjung, ombak 1 m", boat.unit_code)
    case = response.arrive(case, CREW, after(59.8), boat.unit_code)
    case = response.add_sitrep(
        case, CREW, after(66), "Zulkarnaen menunjuk lokasi, 0812/7345/9678.", boat.unit_code
    )
    case = response.attach(case, CREW, after(70), PHOTO)
    case = response.clear(case, CREW, after(90), boat.unit_code)
    case = response.clear(case, CREW, after(91), ambulance.unit_code)
    case = response.give_reasons(case, DISPATCHER, after(91), Reasons(late_sitrep="sinyal radio hilang"))
    case = response.update_condition(case, DISPATCHER, after(91), "Korban selamat, dibawa ke puskesmas")
    case = response.finish_monitoring(case, DISPATCHER, after(92), SOP)
    case = record.record_outcome(
        case, DISPATCHER, after(93), outcome=Outcome.RESCUED, victims=Victims(safe=1, total=1)
    )
    return record.register(case, TAKER, after(93.5), "2026/000123", SOP)


def closed_rescue() -> Case:
    """The same rescue after DKISP's receipt, its paper archived."""
    case = record.print_form(registered_rescue(), TAKER, after(94), SOP)
    case = record.queued(case, after(94.5), "2026/01/14/x_r1.json", "cd" * 32)
    case = record.record_receipt(case, TAKER, after(100), "DKISP-77", "cd" * 32, SOP)
    return record.close(case, DISPATCHER, after(101), "Lemari 3, map Januari", SOP)


# --- every reachable case ------------------------------------------------------------------------

_PHRASES = st.sampled_from(
    (
        "tolong cepat, air naik",
        "Zulkarnaen di sini",
        "saya WIRATMAJA",
        "nomor 0812-7345-9678",
        "+62 812 7345 9678",
        "(0812) 7345.9678",
        "korban bernama Sulastriningsih",
        "dekat rumah Pak Sulastriningsih",
        "Zul\u200bkarnaen",
        "=HYPERLINK(1)",
        'kata "petik", koma; titik',
        "baris\nbaru\tdan\r\x00 kendali",
        "#include sys.read \\ $x$ [y] *z* <a> @b",
        "😀 mengapung 20 m",
    )
)
WORDS = st.lists(_PHRASES, min_size=1, max_size=4).map(". ".join)
_REASON = st.one_of(st.none(), WORDS)
_COUNTS = st.integers(0, 3)
_KINDS = st.one_of(st.none(), st.sampled_from((*PLAN.types, "L-OLD")))


@st.composite
def privates(draw: st.DrawFn) -> Private:
    """What a caller said: named or not, with a number or without."""
    return Private(
        narrative=draw(WORDS),
        reporter_name=draw(st.sampled_from((REPORTER, "Wiratmaja, Zulkarnaen (H.)", REPORTER.upper()))),
        callback_number=draw(st.sampled_from((NUMBER, "+62 812 7345 9678", "6281273459678"))),
    )


@st.composite
def locations(draw: st.DrawFn) -> Location:
    """On land, at sea, or nowhere yet."""
    lon, lat = draw(st.floats(117.3, 117.9)), draw(st.floats(3.05, 3.65))
    text = draw(st.one_of(st.just(""), WORDS))
    return draw(
        st.sampled_from(
            (
                Location(place_text=text),
                Location(place_text=text, adm_code="99.01.01.1001", kelurahan="Uji", kecamatan="Contoh"),
                replace(PLACE, place_text=text, lon=lon, lat=lat),
                Location(text, lon, lat, None, "99.01.01.1001", "Uji", "Contoh", None, "99.01"),
            )
        )
    )


@st.composite
def incidents(draw: st.DrawFn) -> Incident:
    """From nothing asked yet to all known."""
    return Incident(
        type_code=draw(_KINDS),
        domain=draw(st.one_of(st.none(), st.sampled_from(Domain))),
        priority=draw(st.one_of(st.none(), st.integers(1, 4))),
        victims_estimate=draw(st.one_of(st.none(), _COUNTS)),
        victims_unknown=draw(st.booleans()),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Case, Private]:
    """A case that a walk of legal moves reached, from ringing to closed, with what its caller said.

    A walk follows one of the ways of the procedure, stops somewhere, and wanders a little; refused moves
    leave the case as it was.
    """
    walk = _Walk(draw, draw(privates()))
    way = draw(st.sampled_from(_WAYS))
    moves = way[: draw(st.sampled_from((*range(len(way)), *[len(way)] * 8)))]
    for move in (*moves, *draw(st.lists(st.sampled_from(_MOVES), max_size=5))):
        walk.try_move(move)
    return walk.case, walk.private


class _Walk:
    """A case on its way: each move with a random later time and random words."""

    def __init__(self, draw: st.DrawFn, private: Private) -> None:
        self.draw = draw
        self.private = private
        self.now = START + timedelta(microseconds=draw(st.integers(0, 999_999)))
        self.case = opened(self.now, draw(st.sampled_from(Channel)))

    def try_move(self, name: str) -> None:
        self.now += timedelta(
            seconds=self.draw(st.integers(0, 4000)), microseconds=self.draw(st.integers(0, 999_999))
        )
        try:
            self.case = getattr(self, name)()
        except SigapError:
            return

    def words(self) -> str:
        return self.draw(WORDS)

    def unit_code(self) -> str:
        return self.draw(st.sampled_from(UNITS)).unit_code

    def report(self) -> Case:
        incident, place = self.draw(incidents()), self.draw(locations())
        return reported(self.case, self.now, self.private, incident, place)

    def complete(self) -> Case:
        incident = Incident(self.draw(st.sampled_from(tuple(PLAN.types))), Domain.SEA, 1, 1)
        case = call.update_details(self.case, TAKER, self.now, incident=incident, location=PLACE)
        return coordination.seed_checklist(case, PLAN.types[str(incident.type_code)])

    def propose_class(self) -> Case:
        return call.propose_class(self.case, TAKER, self.now, self.draw(st.sampled_from(CallClass)))

    def normal(self) -> Case:
        return call.classify(self.case, DISPATCHER, self.now, CallClass.NORMAL, SOP, self.draw(_REASON))

    def classify(self) -> Case:
        return call.classify(self.case, DISPATCHER, self.now, self.draw(st.sampled_from(CallClass)), SOP)

    def callback(self) -> Case:
        return call.log_callback(self.case, TAKER, self.now)

    def close_call(self) -> Case:
        return call.close_call(self.case, DISPATCHER, self.now, self.words(), SOP)

    def reclassify(self) -> Case:
        return call.reclassify(
            self.case, DISPATCHER, self.now, self.draw(st.sampled_from(CallClass)), self.words()
        )

    def forward(self) -> Case:
        case = call.forward(self.case, TAKER, self.now, "BPBD")
        return call.forward(case, TAKER, self.now, "SAR")

    def verify(self) -> Case:
        return call.verify(self.case, DISPATCHER, self.now, SOP, self.draw(_REASON))

    def notify(self) -> Case:
        codes = tuple(line.code for line in self.case.agencies)
        return coordination.notify(
            self.case, DISPATCHER, self.now, codes, self.draw(st.sampled_from(NoticeMethod))
        )

    def answers(self) -> Case:
        case = self.case
        for line in case.agencies:
            result = self.draw(st.sampled_from(NoticeResult))
            case = coordination.answer_notice(case, DISPATCHER, self.now, line.code, result, self.words())
        return case

    def waive(self) -> Case:
        code = self.draw(st.sampled_from(("SAR", "MEDIS", "PMK", "POLRI")))
        return coordination.waive_agency(self.case, DISPATCHER, self.now, code, self.words())

    def coordinate(self) -> Case:
        return coordination.coordinate(self.case, DISPATCHER, self.now, SOP)

    def propose(self) -> Case:
        metres = self.draw(st.one_of(st.none(), st.floats(0, 400_000)))
        chosen = self.draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=3, unique=True))
        lines = tuple(response.ProposedUnit(unit, metres, metres, "estimate") for unit in chosen)
        return response.propose_units(self.case, OFFICER, self.now, lines)

    def withdraw(self) -> Case:
        return response.withdraw_unit(self.case, OFFICER, self.now, self.unit_code(), self.words())

    def approve(self) -> Case:
        return response.approve_units(self.case, OFFICER, self.now)

    def commander(self) -> Case:
        return response.name_commander(self.case, OFFICER, self.now, "Kapten Regu", SOP)

    def depart(self) -> Case:
        return self.each_unit(lambda case, code: response.depart(case, CREW, self.now, code, SOP))

    def arrive(self) -> Case:
        return self.each_unit(lambda case, code: response.arrive(case, CREW, self.now, code))

    def clear(self) -> Case:
        return self.each_unit(lambda case, code: response.clear(case, CREW, self.now, code))

    def each_unit(self, move) -> Case:
        case = self.case
        for unit in self.case.committed_units:
            case = move(case, unit.unit_code)
        return case

    def sitrep(self) -> Case:
        return response.add_sitrep(self.case, CREW, self.now, self.words(), self.unit_code())

    def attach(self) -> Case:
        return response.attach(self.case, CREW, self.now, replace(PHOTO, added_at=self.now))

    def reasons(self) -> Case:
        given = Reasons(self.words(), self.words(), self.words())
        return response.give_reasons(self.case, DISPATCHER, self.now, given)

    def condition(self) -> Case:
        return response.update_condition(self.case, DISPATCHER, self.now, self.words())

    def finish_monitoring(self) -> Case:
        return response.finish_monitoring(self.case, DISPATCHER, self.now, SOP, self.draw(_REASON))

    def outcome(self) -> Case:
        safe, hurt, dead = self.draw(_COUNTS), self.draw(_COUNTS), self.draw(_COUNTS)
        total = safe + hurt + dead
        victims = Victims(safe, hurt, 0, dead, 0, total, self.draw(st.integers(0, total)))
        outcome = self.draw(st.sampled_from(HANDLED_OUTCOMES))
        return record.record_outcome(
            self.case,
            DISPATCHER,
            self.now,
            outcome=outcome,
            victims=victims,
            casualty_destination=self.words(),
        )

    def register(self) -> Case:
        return record.register(self.case, TAKER, self.now, "2026/000007", SOP)

    def print_form(self) -> Case:
        return record.print_form(self.case, TAKER, self.now, SOP)

    def deliver(self) -> Case:
        return record.queued(self.case, self.now, "2026/01/14/x_r1.json", "cd" * 32)

    def receipt(self) -> Case:
        return record.record_receipt(self.case, TAKER, self.now, "DKISP-77", "cd" * 32, SOP)

    def override(self) -> Case:
        return record.override_receipt(self.case, SUPERVISOR, self.now, self.words(), SOP)

    def close(self) -> Case:
        return record.close(self.case, DISPATCHER, self.now, self.words(), SOP)

    def call_off(self) -> Case:
        outcome = self.draw(st.sampled_from((Outcome.CANCELLED, Outcome.FALSE_REPORT)))
        return exits.call_off(self.case, OFFICER, self.now, outcome, self.words(), "2026/000008")

    def hand_over(self) -> Case:
        return exits.hand_over(self.case, OFFICER, self.now, self.words(), self.words())

    def reopen(self) -> Case:
        return exits.reopen(self.case, SUPERVISOR, self.now, self.words())

    def merge_away(self) -> Case:
        primary = opened(self.now - timedelta(minutes=5), no=2)
        primary = reported(primary, self.now, self.private, self.draw(incidents()), PLACE)
        primary = call.classify(primary, DISPATCHER, self.now, CallClass.NORMAL, SOP)
        return exits.merge(self.case, primary, DISPATCHER, self.now)[0]

    def merge_in(self) -> Case:
        """Take over an older report whose unit was sent before this call was even received."""
        return exits.merge(_older_with_units(), self.case, DISPATCHER, self.now)[1]


_MOVES = tuple(
    name
    for name, move in vars(_Walk).items()
    if callable(move)
    and not name.startswith("_")
    and name not in ("try_move", "words", "unit_code", "each_unit")
)
_VERIFIED = ("report", "propose_class", "normal", "complete", "forward", "verify")
_COORDINATED = (*_VERIFIED, "notify", "answers", "coordinate")
_SENT = (*_COORDINATED, "propose", "approve", "commander", "depart", "sitrep")
_WATCHED = (*_SENT, "arrive", "attach", "reasons", "clear", "condition", "finish_monitoring")
_CLOSED = (*_WATCHED, "outcome", "register", "print_form", "deliver", "receipt", "close")
_HANDED_OVER = (*_SENT, "hand_over", "attach", "reasons", "clear", "condition", "finish_monitoring")
_WAYS = (
    _CLOSED,
    (*_CLOSED, "reopen", "condition", "attach", "reasons", "finish_monitoring", "outcome", "register"),
    (*_HANDED_OVER, "outcome", "register", "print_form", "deliver", "override", "close"),
    (*_SENT, "call_off", "outcome", "condition", "register"),
    (*_VERIFIED, "call_off", "print_form", "deliver"),
    ("report", "propose_class", "classify", "callback", "close_call"),
    (*_COORDINATED, "merge_away"),
    (*_SENT, "merge_in", "arrive", "attach", "reasons", "clear", "finish_monitoring"),
)


def _older_with_units() -> Case:
    """An older report of the same thing; its boat was dispatched half an hour before `START`."""
    begun = START - timedelta(minutes=40)
    case = reported(opened(begun, no=3), begun, PRIVATE, Incident("S-MOB", Domain.SEA, 1, 1), PLACE)
    case = call.classify(case, DISPATCHER, begun, CallClass.NORMAL, SOP)
    case = coordination.seed_checklist(case, PLAN.types["S-MOB"])
    case = call.forward(call.forward(case, TAKER, begun, "BPBD"), TAKER, begun, "SAR")
    case = call.verify(case, DISPATCHER, begun, SOP)
    for code in ("SAR", "MEDIS"):
        case = coordination.waive_agency(case, DISPATCHER, begun, code, "sudah di lokasi")
    case = coordination.coordinate(case, DISPATCHER, begun, SOP)
    case = response.propose_units(
        case, OFFICER, begun, (response.ProposedUnit(UNITS[0], 900.0, 60.0, "water"),)
    )
    return response.approve_units(case, OFFICER, START - timedelta(minutes=30))


def letters_and_digits(text: str) -> str:
    """Return the text with everything else taken out, lower case: how a planted word is looked for."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())
