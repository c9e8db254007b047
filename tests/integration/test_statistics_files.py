"""`kejadian_harian` and `kejadian_bulanan` from stored cases: exact, of whole periods, nobody in them."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas
import pytest
from builders import DEDI, a_call_closed_as, a_case_at
from center_builders import settings

from database import cases
from domain.case import Case, Incident, Location, Victims
from domain.errors import BadInput
from domain.permissions import Action
from domain.statistics import ALL, DIMENSIONS
from domain.words import CallClass, CaseStatus, Domain
from export.statistics import COLUMNS
from services import statistics
from services.center import Center, close_center, open_center

S = CaseStatus
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 1)
DISTRICT = Location("Pasar", 131.0, -5.9, adm_code="99.01.01.1001", kelurahan="A", jurisdiction="99.01")
SEA = Location("Muara", 131.0, -5.9, water_area="Perairan Uji", jurisdiction="99.01")
OTHER_CITY = Location("Jauh", 131.0, -5.9, adm_code="98.02.01.1001", jurisdiction="98.02")
FAR_SEA = Location("Lepas", 131.0, -5.9, water_area="Laut lepas", jurisdiction="98.02")
IN_WORDS = Location("Entah", jurisdiction="luar")
FIRE, DROWNING = ("API", Domain.LAND), ("AIR", Domain.SEA)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


def keep(
    center: Center,
    received_at: datetime,
    place: Location = DISTRICT,
    kind: tuple[str, Domain] = FIRE,
    *,
    response_s: int = 1200,
    victims: Victims | None = None,
    base: Case | None = None,
) -> Case:
    """Store a closed case that was received at a time; its first unit arrived `response_s` later."""
    case = base or a_case_at(S.CLOSED)
    arrived = received_at + timedelta(seconds=response_s)
    case = replace(
        case,
        case_id=str(uuid4()),
        call=replace(case.call, received_at=received_at),
        incident=Incident(kind[0], kind[1], 1) if base is None else Incident(),
        location=place if base is None else Location(),
        assignments=tuple(replace(unit, arrived_at=arrived) for unit in case.assignments),
        victims=victims if victims is not None else case.victims,
    )
    with center.db.write() as writer:
        cases.save(
            writer, None, case, actor=DEDI, action=Action.CLOSE, occurred_at=received_at, entered_at=NOW
        )
    return case


def rows(content: bytes) -> dict[tuple[str, ...], dict[str, str]]:
    read = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    assert tuple(read.fieldnames or ()) == COLUMNS
    return {tuple(row[name] for name in DIMENSIONS): row for row in read}


def total(**which: str) -> tuple[str, ...]:
    return tuple(which.get(name, ALL) for name in DIMENSIONS)


def noon(day: int, month: int = 1) -> datetime:
    return datetime(2026, month, day, 3, tzinfo=UTC)


def test_median_and_percentile_are_exact_and_from_raw_rows(center: Center) -> None:
    times = [300, 640, 905, 1000, 1730, 2400, 7]
    for n, seconds in enumerate(times):
        keep(center, noon(n + 1, 1 + n % 2), response_s=seconds)
    found = rows(statistics.monthly(center, NOW, FIRST, LAST))
    whole = found[total()]
    assert float(whole["median_response_s"]) == np.median(times)
    assert float(whole["p90_response_s"]) == round(float(np.quantile(times, 0.9)), 1)
    assert (whole["n_cases"], whole["n_response_le_900"]) == ("7", "3")
    january = [seconds for n, seconds in enumerate(times) if n % 2 == 0]
    detail = found["2026-01", "99.01.01", "land", "API", "normal"]
    assert float(detail["median_response_s"]) == np.median(january)
    assert float(detail["p90_response_s"]) == round(float(np.quantile(january, 0.9)), 1)


def test_units_steps_and_victims_are_summed(center: Center) -> None:
    for n in range(3):
        hurt = Victims(safe=1, injured_minor=n, injured_severe=1, dead=n, missing=2, total=4 + 2 * n)
        case = keep(center, noon(5 + n), victims=hurt)
    (row,) = [
        row for key, row in rows(statistics.monthly(center, NOW, FIRST, LAST)).items() if ALL not in key
    ]
    in_time = center.db.read().row(
        f"SELECT {' + '.join(f'(step{n}_s <= target{n}_s)::INTEGER' for n in range(1, 10))} "
        "FROM case_archive WHERE case_id = ?",
        case.case_id,
    )
    assert in_time is not None and row["n_steps_on_time"] == str(3 * in_time[0])
    assert row["n_units"] == "3"
    victims = [
        row[f"victims_{name}"] for name in ("safe", "injured_minor", "injured_severe", "dead", "missing")
    ]
    assert victims == ["3", "3", "3", "3", "6"]


def test_district_sea_outside_and_unknown_are_told_apart(center: Center) -> None:
    for day in (1, 2, 3):
        for place, kind in ((DISTRICT, FIRE), (SEA, DROWNING), (OTHER_CITY, FIRE), (FAR_SEA, DROWNING)):
            keep(center, noon(day), place, kind)
        keep(center, noon(day), IN_WORDS, FIRE)
        keep(center, noon(day), base=a_call_closed_as(CallClass.PRANK))
    found = rows(statistics.monthly(center, NOW, FIRST, LAST))
    assert {name: found[total(adm3=name)]["n_cases"] for name in ("99.01.01", "laut", "luar", "-")} == {
        "99.01.01": "3",
        "laut": "3",
        "luar": "9",
        "-": "3",
    }
    assert found["2026-01", "-", "-", "-", "prank"]["n_cases"] == "3"


def test_a_day_is_the_citys_day(center: Center) -> None:
    """`kota_uji` lies nine hours east of Greenwich."""
    midnight = datetime(2026, 1, 9, 15, tzinfo=UTC)
    for seconds in (-1, -2, -3, 0, 1, 2, 3):
        keep(center, midnight + timedelta(seconds=seconds))
    found = rows(statistics.daily(center, NOW, date(2026, 1, 9), date(2026, 1, 11)))
    assert (found[total(period="2026-01-09")]["n_cases"], found[total(period="2026-01-10")]["n_cases"]) == (
        "3",
        "4",
    )
    assert (
        rows(statistics.daily(center, NOW, date(2026, 1, 10), date(2026, 1, 11)))[total()]["n_cases"] == "4"
    )


def test_a_repeated_report_counts_once(center: Center) -> None:
    for n in range(4):
        keep(center, noon(n + 1))
    keep(center, noon(9), base=a_case_at(S.MERGED))
    assert rows(statistics.monthly(center, NOW, FIRST, LAST))[total()]["n_cases"] == "4"


def test_two_cases_give_a_file_that_says_few_and_none_an_empty_one(center: Center) -> None:
    assert rows(statistics.daily(center, NOW, FIRST, LAST)) == {}
    keep(center, noon(1))
    keep(center, noon(2))
    found = rows(statistics.daily(center, NOW, FIRST, LAST))
    assert list(found) == [total()]
    assert set(found[total()].values()) == {ALL, "<3", "x"}


@pytest.mark.parametrize(
    ("since", "until", "why"),
    [
        (date(2026, 5, 1), date(2026, 6, 2), "belum selesai"),
        (date(2026, 5, 1), date(2026, 5, 1), "kosong"),
        (date(2026, 5, 2), date(2026, 5, 1), "kosong"),
    ],
)
def test_only_days_that_are_over_are_told(center: Center, since: date, until: date, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        statistics.daily(center, NOW, since, until)


def test_today_is_the_citys_today(center: Center) -> None:
    late = datetime(2026, 5, 31, 15, 0, tzinfo=UTC)
    statistics.daily(center, late, date(2026, 5, 31), date(2026, 6, 1))
    with pytest.raises(BadInput, match="2026-05-31"):
        statistics.daily(center, late - timedelta(seconds=1), date(2026, 5, 31), date(2026, 6, 1))


def test_months_are_whole(center: Center) -> None:
    with pytest.raises(BadInput, match="2026-01-02"):
        statistics.monthly(center, NOW, date(2026, 1, 2), LAST)
    with pytest.raises(BadInput, match="2026-02-28"):
        statistics.monthly(center, NOW, FIRST, date(2026, 2, 28))


def test_a_file_is_read_by_pandas_and_holds_no_place_person_or_text(center: Center) -> None:
    for n in range(12):
        keep(center, noon(n + 1), *((DISTRICT, FIRE) if n % 3 else (SEA, DROWNING)))
    content = statistics.daily(center, NOW, FIRST, LAST)
    assert list(pandas.read_csv(io.BytesIO(content))) == list(COLUMNS)
    for secret in (b"131", b"Pasar", b"Muara", b"h:abc", b"789", b"Letda", b"Ani", b"Dedi"):
        assert secret not in content


def test_the_description_has_every_field_of_satu_data_and_says_what_is_open(center: Center) -> None:
    told = json.loads(statistics.metadata(center, "kejadian_bulanan"))
    wanted = (
        "judul",
        "konsep",
        "definisi",
        "klasifikasi",
        "ukuran",
        "satuan",
        "metode",
        "periode",
        "cakupan",
    )
    wanted += ("kode_referensi", "produsen", "walidata", "kontak", "lisensi", "versi")
    assert set(wanted) <= set(told)
    assert told["belum_ditetapkan"] == sorted(name for name in wanted if told[name] is None)
    assert "walidata" in told["belum_ditetapkan"]
    assert set(told["ukuran"]) == set(told["satuan"]) == set(COLUMNS) - set(DIMENSIONS)
    assert told["klasifikasi"]["adm3"]["99.01.01"]
    daily = json.loads(statistics.metadata(center, "kejadian_harian"))
    assert daily["periode"].startswith("hari kalender") and told["periode"].startswith("bulan kalender")
