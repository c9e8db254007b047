"""Ten cases written down by hand, and for each measure what they come to, worked out beside it.

| case | status | class | type, domain | local time | kelurahan | ring → answer | first dispatch | response |
|---|---|---|---|---|---|---|---|---|
| 0 | closed | normal | L-FIR1 land | Mon 5 Jan 2026 07:59:59 | …01.1001 | 10 | 200 | 600 |
| 1 | closed | normal | L-FIR1 land | Mon 5 Jan 2026 08:00:00 | …01.1001 | 20 | 300 | 900 |
| 2 | closed | normal | L-RTA land | Sun 11 Jan 2026 15:59:00 | …02.1001 | – | 100 | 901 |
| 3 | closed | normal | S-CAP sea | Sun 11 Jan 2026 16:00:00 | – | 30 | 400 | 4000 |
| 4 | closed | normal | L-FIR1 land | Sun 1 Feb 2026 00:00:00 | …01.1001 | – | – | – |
| 5 | closed | normal | L-RTA land | Sun 1 Feb 2026 23:59:59 | …02.1002 | 15 | 250 | 1000 |
| 6 | merged | normal | L-FIR1 land | Mon 5 Jan 2026 08:01:00 | …01.1001 | 12 | 210 | 700 |
| 7 | closed | prank | – | Mon 5 Jan 2026 20:00:00 | – | 5 | – | – |
| 8 | closed | ghost | – | Tue 6 Jan 2026 03:00:00 | – | 6 | – | – |
| 9 | received | undecided | – | Wed 7 Jan 2026 12:00:00 | – | – | – | – |

Times of UTC are eight hours earlier: case 4 came on 31 January in UTC. Case 5 was a false report.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest

from analytics import measures
from analytics.facts import CASE_FACTS, COLUMNS, TABLE
from analytics.selection import By, Selection, Shift, chosen, rescues

SHIFTS = (Shift("pagi", 8), Shift("sore", 16), Shift("malam", 0))
WEST, EAST = 618834385567219711, 618834397448896511
"""Two H3 cells of resolution 9: of cases 0, 1, 4 and 6, and of 2 and 5."""


def unit(
    code: str, agency: str, turnout: int | None, travel: int | None, busy: int | None, first: int | None
):
    return {
        "unit_code": code,
        "agency": agency,
        "kind": "car",
        "mode": "land",
        "turnout_s": turnout,
        "travel_s": travel,
        "busy_s": busy,
        "first_response_s": first,
    }


P1, P2, M1, S1 = ("P1", "PMK"), ("P2", "PMK"), ("M1", "MEDIS"), ("S1", "SAR")


def row(no: int, at: str, **told: Any) -> dict[str, Any]:
    local = datetime.fromisoformat(at)
    made: dict[str, Any] = dict.fromkeys(COLUMNS)
    made |= {f"target{n}_s": 900 if n in (5, 6) else 120 for n in range(1, 10)}
    made |= {
        "case_id": f"case-{no}",
        "city": "65.71",
        "is_example": True,
        "status": "closed",
        "channel": "112",
    }
    made |= {"received_local": local, "received_at": local.replace(tzinfo=UTC) - timedelta(hours=8)}
    made |= {"units": [], "overrun_reasons": [], "missing_stamps": [], "late_entries": 0, "n_units": 0}
    made |= {"unit_busy_s": 0}
    unknown = set(told) - set(COLUMNS)
    assert not unknown, unknown
    return made | told


def fire(code: str) -> dict[str, Any]:
    return {"call_class": "normal", "type_code": code, "domain": "sea" if code == "S-CAP" else "land"}


WEST_PLACE = {"adm_code": "65.71.01.1001", "lon": 117.58, "lat": 3.3, "h3_9": WEST}
EAST_PLACE = {"lon": 117.63, "lat": 3.3, "h3_9": EAST}

ROWS = [
    row(
        0,
        "2026-01-05 07:59:59",
        **fire("L-FIR1"),
        **WEST_PLACE,
        outcome="rescued",
        alarm_answering_s=10,
        alarm_processing_s=200,
        alarm_handling_s=210,
        turnout_s=90,
        travel_s=300,
        response_s=600,
        on_scene_s=3000,
        n_units=2,
        unit_busy_s=6000,
        units=[unit(*P1, 90, 300, 3500, 600), unit(*P2, 100, 400, 2500, None)],
        step1_s=100,
        step5_s=800,
        victims_total=3,
        victims_safe=2,
        victims_injured_minor=1,
        victims_injured_severe=0,
        victims_dead=0,
        victims_missing=0,
    ),
    row(
        1,
        "2026-01-05 08:00:00",
        **fire("L-FIR1"),
        **WEST_PLACE,
        outcome="evacuated",
        alarm_answering_s=20,
        alarm_processing_s=300,
        alarm_handling_s=320,
        turnout_s=110,
        travel_s=500,
        response_s=900,
        on_scene_s=1000,
        n_units=2,
        unit_busy_s=4000,
        units=[unit(*M1, 110, 500, 4000, 900), unit(*P1, 60, None, None, None)],
        step1_s=120,
        step5_s=1000,
        overrun_reasons=[{"step": 5, "reason": "Jalan tertutup"}],
        victims_total=0,
        victims_safe=0,
        victims_injured_minor=0,
        victims_injured_severe=0,
        victims_dead=0,
        victims_missing=0,
        missing_stamps=["arrived", "cleared"],
        late_entries=2,
    ),
    row(
        2,
        "2026-01-11 15:59:00",
        **fire("L-RTA"),
        **EAST_PLACE,
        adm_code="65.71.02.1001",
        outcome="rescued",
        alarm_processing_s=100,
        turnout_s=None,
        travel_s=None,
        response_s=901,
        n_units=1,
        unit_busy_s=2000,
        units=[unit(*M1, None, None, 2000, 901)],
        step1_s=121,
        step5_s=900,
        overrun_reasons=[{"step": 1, "reason": "Penelepon panik"}],
        victims_total=1,
        victims_safe=0,
        victims_injured_minor=0,
        victims_injured_severe=0,
        victims_dead=1,
        victims_missing=0,
        missing_stamps=["departed", "answered"],
    ),
    row(
        3,
        "2026-01-11 16:00:00",
        **fire("S-CAP"),
        water_area="Perairan Pantai",
        lon=117.55,
        lat=3.2,
        outcome="not_found",
        alarm_answering_s=30,
        alarm_processing_s=400,
        alarm_handling_s=430,
        turnout_s=1200,
        travel_s=2400,
        response_s=4000,
        on_scene_s=9000,
        n_units=1,
        unit_busy_s=12000,
        units=[unit(*S1, 1200, 2400, 12000, 4000)],
        step1_s=60,
        overrun_reasons=[{"step": 5, "reason": "Gelombang tinggi"}, {"step": 6, "reason": "Sinyal hilang"}],
        step5_s=1500,
        victims_total=2,
        victims_safe=1,
        victims_injured_minor=0,
        victims_injured_severe=0,
        victims_dead=0,
        victims_missing=1,
        late_entries=1,
    ),
    row(
        4,
        "2026-02-01 00:00:00",
        **fire("L-FIR1"),
        **WEST_PLACE,
        outcome="no_action",
        missing_stamps=["answered", "dispatched"],
    ),
    row(
        5,
        "2026-02-01 23:59:59",
        **fire("L-RTA"),
        **EAST_PLACE,
        adm_code="65.71.02.1002",
        outcome="false_report",
        alarm_answering_s=15,
        alarm_processing_s=250,
        alarm_handling_s=265,
        turnout_s=100,
        travel_s=600,
        response_s=1000,
        on_scene_s=100,
        n_units=3,
        unit_busy_s=3300,
        units=[
            unit(*P2, 100, 600, 1500, 1000),
            unit(*P1, 130, 700, 1800, None),
            unit(*M1, 80, None, None, None),
        ],
        step1_s=90,
        overrun_reasons=[{"step": 5, "reason": "Jalan tertutup"}],
        step5_s=950,
        missing_stamps=["arrived", "cleared"],
    ),
    row(
        6,
        "2026-01-05 08:01:00",
        **fire("L-FIR1"),
        **WEST_PLACE,
        status="merged",
        alarm_answering_s=12,
        alarm_processing_s=210,
        alarm_handling_s=222,
        response_s=700,
        n_units=1,
        unit_busy_s=999,
        units=[unit(*P1, 90, 200, 999, 700)],
        step1_s=500,
        late_entries=9,
    ),
    row(7, "2026-01-05 20:00:00", call_class="prank", outcome="prank", alarm_answering_s=5, step1_s=40),
    row(8, "2026-01-06 03:00:00", call_class="ghost", outcome="ghost", alarm_answering_s=6, step1_s=130),
    row(9, "2026-01-07 12:00:00", status="received", channel="whatsapp"),
]
EVERY = chosen(CASE_FACTS, Selection())
WITH_MERGED = chosen(CASE_FACTS, Selection(), merged=True)
MONDAY, NEXT_SUNDAY, FEBRUARY = date(2026, 1, 5), date(2026, 1, 11), date(2026, 2, 1)


@pytest.fixture(scope="module")
def ask() -> Iterator[Any]:
    table = pa.Table.from_pylist(ROWS, schema=ibis.schema(COLUMNS).to_pyarrow())
    connection = duckdb.connect()
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    connection.register(TABLE, table)

    def rows(expression: Any) -> list[tuple[Any, ...]]:
        return connection.execute(str(ibis.to_sql(expression, dialect="duckdb"))).fetchall()

    yield rows
    connection.close()


def test_counts(ask: Any) -> None:
    # All ten: seven normal (0 to 6, with coordinates), a prank, a ghost, no information, one undecided.
    assert ask(measures.counts(WITH_MERGED)) == [(10, 7, 1, 1, 0, 1, 7)]
    # Without the merged one.
    assert ask(measures.counts(EVERY)) == [(9, 6, 1, 1, 0, 1, 6)]
    # 07:59:59 is still the night's; 08:00 and 15:59 the morning's, with 12:00; 16:00, 20:00, 23:59:59 the
    # evening's; 00:00 and 03:00 the night's.
    by_shift = ask(measures.counts(EVERY, (By.SHIFT,), SHIFTS))
    assert [(shift, n) for shift, n, *_ in by_shift] == [("malam", 3), ("pagi", 3), ("sore", 3)]
    watches = [(watch, hour) for watch, hour, *_ in ask(measures.counts(EVERY, (By.SHIFT, By.HOUR), SHIFTS))]
    assert watches[:3] == [("malam", 0), ("malam", 3), ("malam", 7)]
    assert watches[3:] == [("pagi", 8), ("pagi", 12), ("pagi", 15), ("sore", 16), ("sore", 20), ("sore", 23)]
    # The city's days: case 4 came on 1 February here, on 31 January in UTC.
    by_month = ask(measures.counts(EVERY, (By.MONTH,)))
    assert [(month, n) for month, n, *_ in by_month] == [(date(2026, 1, 1), 7), (FEBRUARY, 2)]
    by_day = ask(measures.counts(EVERY, (By.DAY,)))
    assert [(day, n) for day, n, *_ in by_day] == [
        (MONDAY, 3),
        (date(2026, 1, 6), 1),
        (date(2026, 1, 7), 1),
        (NEXT_SUNDAY, 2),
        (FEBRUARY, 2),
    ]
    # Monday 5 January thrice, Tuesday, Wednesday, and four on Sundays.
    by_weekday = ask(measures.counts(EVERY, (By.WEEKDAY,)))
    assert [(day, n) for day, n, *_ in by_weekday] == [(1, 3), (2, 1), (3, 1), (7, 4)]
    by_hour = ask(measures.counts(EVERY, (By.HOUR,)))
    hours = [0, 3, 7, 8, 12, 15, 16, 20, 23]
    assert [(hour, n) for hour, n, *_ in by_hour] == [(hour, 1) for hour in hours]
    by_kecamatan = {code: n for code, n, *_ in ask(measures.counts(EVERY, (By.KECAMATAN,)))}
    assert by_kecamatan == {"65.71.01": 3, "65.71.02": 2, None: 4}


def test_intervals(ask: Any) -> None:
    # Responses 600, 900, 901, 1000, 4000: mean 7401 / 5; median the third. The 90th percentile lies at
    # place 0.9 × 4 = 3.6: 1000 + 0.6 × 3000. Within 900: 600 and 900.
    assert ask(measures.interval(EVERY, "response_s", 900)) == [
        (5, pytest.approx(1480.2), 901, pytest.approx(2800), 2)
    ]
    # Answering 10, 15, 20, 30 (the prank's 5 and ghost's 6 are no rescue's): mean 75 / 4, median 17.5, 90th
    # percentile at 2.7: 20 + 0.7 × 10. Within 15: two.
    answering = (4, 18.75, 17.5, pytest.approx(27), 2)
    assert ask(measures.interval(EVERY, "alarm_answering_s", 15)) == [answering]
    # Turnout 90, 100, 110, 1200: mean 1500 / 4, median 105, at 2.7: 110 + 0.7 × 1090. No standard.
    turnout = (4, 375, 105, pytest.approx(873), None)
    (both,) = ask(measures.intervals(EVERY, {"alarm_answering_s": 15, "turnout_s": None}))
    assert both == (*answering, *turnout)
    # By month: 600, 900, 901, 4000 in January, median 900.5; 90th percentile at 2.7: 901 + 0.7 × 3099.
    # February: case 4 has none, so 1000 alone.
    assert ask(measures.interval(EVERY, "response_s", 900, (By.MONTH,))) == [
        (date(2026, 1, 1), 4, 1600.25, 900.5, pytest.approx(3070.3), 2),
        (FEBRUARY, 1, 1000, 1000, 1000, 0),
    ]


def test_the_times_of_agencies_and_units_are_their_own(ask: Any) -> None:
    # PMK first arrived after 600 (case 0) and 1000 (case 5); in case 1 it never did. MEDIS after 900 and 901.
    assert ask(measures.interval(EVERY, "response_s", 900, (By.AGENCY,))) == [
        ("MEDIS", 2, 900.5, 900.5, pytest.approx(900.9), 1),
        ("PMK", 2, 800, 800, pytest.approx(960), 1),
        ("SAR", 1, 4000, 4000, 4000, 0),
    ]
    assert ask(measures.agency_response(EVERY, "PMK", 900)) == [(2, 800, 800, pytest.approx(960), 1)]
    assert ask(measures.agency_response(EVERY, "PLN", 900)) == [(0, None, None, None, 0)]
    # P1 took 90, 60 and 130 to leave; P2 100 and 100.
    turnout = {code: figures for code, *figures in ask(measures.interval(EVERY, "turnout_s", 90, (By.UNIT,)))}
    assert turnout["P1"] == [3, pytest.approx(280 / 3), 90, pytest.approx(122), 2]
    assert turnout["P2"] == [2, 100, 100, 100, 0]


def test_a_distribution(ask: Any) -> None:
    assert ask(measures.distribution(EVERY, "response_s")) == [
        (600, 1),
        (900, 1),
        (901, 1),
        (1000, 1),
        (4000, 1),
    ]
    assert ask(measures.distribution(chosen(CASE_FACTS, Selection(hours=(4,))), "response_s")) == []


def test_steps(ask: Any) -> None:
    found = {step: figures for *figures, step in ask(measures.steps(EVERY))}
    # Step 1 of eight: 40 60 90 100 120 121 130, seven finished; 120 is in time, 121 is not.
    # Median 100; 90th percentile at 5.4: 121 + 0.4 × 9.
    assert found[1] == [7, 5, 100, pytest.approx(124.6)]
    # Step 5: 800 900 950 1000 1500; two in time, 90th percentile at 3.6: 1000 + 0.6 × 500.
    assert found[5] == [5, 2, 950, pytest.approx(1300)]
    assert found[2] == [0, 0, None, None]
    reasons = [(5, "Jalan tertutup", 2), (1, "Penelepon panik", 1), (5, "Gelombang tinggi", 1)]
    assert ask(measures.overrun_reasons(EVERY)) == [*reasons, (6, "Sinyal hilang", 1)]


def test_work_of_units(ask: Any) -> None:
    # PMK: P1 and P2 (case 0), P1 (1, still out), P2 and P1 (5): 3500 + 2500 + 1500 + 1800.
    # MEDIS: 4000 + 2000, and case 5 still out. The merged case's 999 are its primary's to tell.
    assert ask(measures.unit_work(EVERY)) == [
        ("MEDIS", 3, 6000, 1),
        ("PMK", 5, 9300, 1),
        ("SAR", 1, 12000, 0),
    ]
    assert ask(measures.unit_work(EVERY, (By.UNIT,)))[1:3] == [("P1", 3, 5300, 1), ("P2", 2, 4000, 0)]


def test_what_a_false_report_took(ask: Any) -> None:
    assert ask(measures.wasted(EVERY)) == [(1, 3, 3300)]
    assert ask(measures.wasted(EVERY, (By.AGENCY,))) == [("MEDIS", 1, 1, 0), ("PMK", 1, 2, 3300)]
    assert ask(measures.wasted(chosen(CASE_FACTS, Selection(domains=("sea",))))) == [(0, 0, 0)]


def test_victims(ask: Any) -> None:
    # Counted in 0, 1, 2, 3: 3 + 0 + 1 + 2 persons; safe 2 + 1, lightly injured 1, dead 1, missing 1.
    assert ask(measures.victims(EVERY)) == [(4, 6, 3, 1, 0, 1, 1)]
    assert ask(measures.victims(EVERY, (By.DOMAIN,))) == [
        ("land", 3, 4, 2, 1, 0, 1, 0),
        ("sea", 1, 2, 1, 0, 0, 0, 1),
    ]


def test_places_that_call_again(ask: Any) -> None:
    # The west cell: cases 0, 1 and 4 (6 was merged); the east cell: 2 and 5. Times are UTC.
    west = (WEST, 3, datetime(2026, 1, 4, 23, 59, 59, tzinfo=UTC), datetime(2026, 1, 31, 16, tzinfo=UTC))
    assert ask(measures.repeats(EVERY, 9, 3)) == [west]
    assert [(cell, n) for cell, n, *_ in ask(measures.repeats(EVERY, 9, 2))] == [(WEST, 3), (EAST, 2)]


def test_stamps_and_late_entries(ask: Any) -> None:
    stamps = [("answered", 2), ("arrived", 2), ("cleared", 2), ("departed", 1), ("dispatched", 1)]
    assert ask(measures.missing_stamps(EVERY)) == stamps
    # Cases 1 and 3 of six rescues: two entries and one.
    assert ask(measures.late_entries(rescues(EVERY))) == [(6, 2, 3)]
    assert ask(measures.late_entries(chosen(CASE_FACTS, Selection(hours=(4,))))) == [(0, 0, 0)]


def test_cells(ask: Any) -> None:
    # West: 600 and 900 in time, case 4 without a time. East: 901 and 1000, both late.
    assert ask(measures.cells(EVERY, 9, 900)) == [(WEST, 3, 2, 0), (EAST, 2, 2, 2)]
    assert ask(measures.cells(EVERY, 9, 900, By.MONTH)) == [
        (WEST, date(2026, 1, 1), 2, 2, 0),
        (WEST, FEBRUARY, 1, 0, 0),
        (EAST, date(2026, 1, 1), 1, 1, 1),
        (EAST, FEBRUARY, 1, 1, 1),
    ]


@pytest.mark.parametrize(
    ("wanted", "cases"),
    [
        (Selection(since=datetime(2026, 1, 31, 16, tzinfo=UTC)), {4, 5}),
        (Selection(until=datetime(2026, 1, 31, 16, tzinfo=UTC)), {0, 1, 2, 3, 7, 8, 9}),
        (Selection(cities=("65.71",)), {0, 1, 2, 3, 4, 5, 7, 8, 9}),
        (Selection(cities=("65.01",)), set()),
        (Selection(domains=("sea",)), {3}),
        (Selection(type_codes=("L-RTA", "S-CAP")), {2, 3, 5}),
        (Selection(kecamatan=("65.71.02",)), {2, 5}),
        (Selection(kelurahan=("65.71.02.1001",)), {2}),
        (Selection(call_classes=("prank", "ghost")), {7, 8}),
        (Selection(agencies=("MEDIS",)), {1, 2, 5}),
        (Selection(agencies=("MEDIS", "SAR")), {1, 2, 3, 5}),
        (Selection(hours=(7, 8, 23)), {0, 1, 5}),
        (Selection(resolution=9, cell=EAST), {2, 5}),
        (Selection(domains=("land",), agencies=("PMK",), kecamatan=("65.71.01",)), {0, 1}),
    ],
)
def test_selections(ask: Any, wanted: Selection, cases: set[int]) -> None:
    found = ask(chosen(CASE_FACTS, wanted).select("case_id"))
    assert {row[0] for row in found} == {f"case-{no}" for no in cases}
