"""Every measure on fifty thousand made cases in DuckDB, beside pandas and numpy told from the definitions.

The peer knows no DuckDB and no `received_local`: it takes the city's clock from the time in UTC, the
kecamatan from the code's parts, and quantiles from `numpy.quantile` of raw values.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import h3
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analytics import measures
from analytics.facts import CASE_FACTS
from analytics.selection import By, Selection, Shift, chosen, rescues
from benchmarks import synthetic
from benchmarks.synthetic import Wanted
from citypack import load_city_pack
from database import cases as stored
from database import facts
from database.codec import from_json
from database.connection import Database
from database.facts import EmbeddedEngine
from domain.facts import INTERVALS
from domain.statistics import VICTIMS
from services.center import DEFAULT_CITY, Center, Settings, close_center, open_center

WANTED = Wanted(cities=1, cases=50_000, years=2, seed=11, until=date(2026, 3, 1), rescues=0.45)
SHIFTS = (Shift("pagi", 8), Shift("sore", 16), Shift("malam", 0))
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    folder = tmp_path_factory.mktemp("peer")
    made = open_center(Settings(folder, folder / "sigap.duckdb", demo=True))
    assert synthetic.fill(made.db, synthetic.blocks(WANTED, made.pack), made.pack, states=False) == 50_000
    yield made
    close_center()


@pytest.fixture(scope="module")
def ask(center: Center) -> Callable[[Any], Rows]:
    return EmbeddedEngine(center.db).rows


@pytest.fixture(scope="module")
def cases() -> pd.DataFrame:
    """The same cases, without ever having been in a database."""
    table = synthetic.table(WANTED, load_city_pack(DEFAULT_CITY)).drop_columns(["received_local"])
    frame = table.to_pandas()
    # Words, cells and lists as Python's own, None where there is none: to take them apart is the peer's work.
    for field in table.schema:
        if not pa.types.is_integer(field.type) or field.name.startswith("h3_"):
            frame[field.name] = pd.Series(table[field.name].to_pylist(), dtype=object)
    frame["clock"] = table["received_at"].to_pandas().dt.tz_convert("Asia/Makassar")
    codes = table["adm_code"].to_pylist()
    frame["kecamatan_code"] = pd.Series(
        [None if code is None else code.rsplit(".", 1)[0] for code in codes], dtype=object
    )
    return frame


# --- the peer ----------------------------------------------------------------------------------------------


SELECTIONS = {
    "all": Selection(),
    "a period": Selection(datetime(2025, 6, 1, 3, tzinfo=UTC), datetime(2025, 9, 15, 17, tzinfo=UTC)),
    "sea, and land of one type": Selection(domains=("sea", "land"), type_codes=("S-CAP", "L-FIR1", "L-RTA")),
    "a kecamatan and a kelurahan elsewhere": Selection(kecamatan=("65.71.01",), kelurahan=("65.71.03.1006",)),
    "a kecamatan at night": Selection(kecamatan=("65.71.01",), hours=(22, 23, 0, 1, 2)),
    "two kelurahan": Selection(kelurahan=("65.71.01.1001", "65.71.02.1003"), call_classes=("normal",)),
    "fire and ambulance": Selection(agencies=("PMK", "MEDIS"), cities=("65.71",)),
    "no such city": Selection(cities=("22.01",)),
}


def picked(cases: pd.DataFrame, name: str, *, merged: bool = False) -> pd.DataFrame:
    wanted = SELECTIONS[name]
    keep = np.ones(len(cases), dtype=bool) if merged else np.array(cases.status != "merged")
    if wanted.since:
        keep &= (cases.clock >= wanted.since).to_numpy()
    if wanted.until:
        keep &= (cases.clock < wanted.until).to_numpy()
    for column, values in (
        ("city", wanted.cities),
        ("domain", wanted.domains),
        ("type_code", wanted.type_codes),
        ("call_class", wanted.call_classes),
    ):
        if values:
            keep &= np.array([value in values for value in cases[column].to_list()])
    if wanted.kecamatan or wanted.kelurahan:
        inside = [code in wanted.kelurahan for code in cases.adm_code.to_list()]
        around = [code in wanted.kecamatan for code in cases.kecamatan_code.to_list()]
        keep &= np.array(inside) | np.array(around)
    if wanted.hours:
        keep &= cases.clock.dt.hour.isin(wanted.hours).to_numpy()
    if wanted.agencies:
        keep &= np.array([any(u["agency"] in wanted.agencies for u in units) for units in cases.units])
    return cases[keep]


def key(cases: pd.DataFrame, by: By) -> list[Any]:
    clock = cases.clock.dt
    if by is By.DAY:
        return list(clock.date)
    if by is By.MONTH:
        return [day.replace(day=1) for day in clock.date]
    if by is By.HOUR:
        return clock.hour.to_list()
    if by is By.WEEKDAY:
        return [day.isoweekday() for day in clock.date]
    if by is By.SHIFT:
        return ["malam" if hour < 8 else "pagi" if hour < 16 else "sore" for hour in clock.hour]
    if by is By.KECAMATAN:
        return cases.kecamatan_code.to_list()
    return cases[by.value].to_list()


def groups(
    cases: pd.DataFrame, by: Sequence[By], columns: Sequence[str]
) -> dict[tuple[Any, ...], pd.DataFrame]:
    """The rows of each group by its keys; all of them without a key, be there any or not."""
    if not by:
        return {(): cases[columns]}
    places: dict[tuple[Any, ...], list[int]] = {}
    for place, found in enumerate(zip(*(key(cases, one) for one in by), strict=True)):
        places.setdefault(found, []).append(place)
    few = cases[columns]
    return {found: few.iloc[rows] for found, rows in places.items()}


def units_of(cases: pd.DataFrame) -> pd.DataFrame:
    """A row for each unit that was sent, with the fields of its case under `case_` and its own."""
    told = [
        {**unit, "case_id": case_id, "type_code": kind, "outcome": outcome}
        for case_id, kind, outcome, units in zip(
            cases.case_id, cases.type_code, cases.outcome, cases.units, strict=True
        )
        for unit in units
    ]
    names = [
        "case_id",
        "agency",
        "unit_code",
        "turnout_s",
        "travel_s",
        "busy_s",
        "first_response_s",
        "outcome",
    ]
    return pd.DataFrame(told, columns=[*names, "type_code"])


def known(column: pd.Series) -> np.ndarray:
    return column.dropna().to_numpy(dtype=np.float64)


def summary(column: Any, standard_s: int | None) -> dict[str, Any]:
    raw = known(column)
    some = len(raw) > 0
    return {
        "n": len(raw),
        "mean_s": math.fsum(raw) / len(raw) if some else None,
        "median_s": float(np.quantile(raw, 0.5, method="linear")) if some else None,
        "p90_s": float(np.quantile(raw, 0.9, method="linear")) if some else None,
        "within": None if standard_s is None else int((raw <= standard_s).sum()),
    }


def compare(rows: Rows, by: Sequence[str], expected: dict[tuple[Any, ...], dict[str, Any]]) -> None:
    """Counts are the same, the rest to 1e-9 of itself; the groups are the same and come in order."""
    found = {tuple(row[name] for name in by): row for row in rows}
    assert len(found) == len(rows)
    assert set(found) == set(expected)
    for group, figures in expected.items():
        for name, value in figures.items():
            got = found[group][name]
            if isinstance(value, float):
                assert got == pytest.approx(value, rel=1e-9), (group, name)
            else:
                assert got == value, (group, name, got, value)
                assert got is None or type(got) is type(value), (group, name)
    if by:
        complete = [group for group in found if None not in group]
        assert complete == sorted(complete)


# --- the measures ------------------------------------------------------------------------------------------

CASE_KEYS = [one for one in By if one not in (By.AGENCY, By.UNIT)]


@pytest.mark.parametrize("by", [(), *[(one,) for one in CASE_KEYS], (By.MONTH, By.DOMAIN)])
def test_counts(ask: Callable[[Any], Rows], cases: pd.DataFrame, by: tuple[By, ...]) -> None:
    rows = ask(measures.counts(chosen(CASE_FACTS, Selection(), merged=True), by, SHIFTS))
    expected = {}
    for group, part in groups(cases, by, ["call_class", "lon"]).items():
        classes = Counter(part.call_class.fillna("undecided"))
        names = ("normal", "prank", "ghost", "information", "undecided")
        expected[group] = {
            "n": len(part),
            **{f"n_{name}": classes[name] for name in names},
            "n_placed": int(part.lon.notna().sum()),
        }
    compare(rows, [one.value for one in by], expected)


@pytest.mark.parametrize("name", SELECTIONS)
@pytest.mark.parametrize("merged", [False, True])
def test_counts_of_selections(
    ask: Callable[[Any], Rows], cases: pd.DataFrame, name: str, merged: bool
) -> None:
    rows = ask(measures.counts(chosen(CASE_FACTS, SELECTIONS[name], merged=merged), (By.HOUR,)))
    expected = {
        group: {"n": len(part), "n_prank": int((part.call_class == "prank").sum())}
        for group, part in groups(picked(cases, name, merged=merged), (By.HOUR,), ["call_class"]).items()
    }
    compare(rows, ["hour"], expected)
    assert expected or name == "no such city"


def test_a_cell_holds_what_lies_in_it(ask: Callable[[Any], Rows], cases: pd.DataFrame) -> None:
    placed = cases[cases.lon.notna() & (cases.status != "merged")]
    for resolution in (6, 7, 8, 9):
        names = [
            h3.latlng_to_cell(lat, lon, resolution) for lat, lon in zip(placed.lat, placed.lon, strict=True)
        ]
        cell, n = Counter(names).most_common(1)[0]
        (row,) = ask(
            measures.counts(chosen(CASE_FACTS, Selection(resolution=resolution, cell=h3.str_to_int(cell))))
        )
        assert row["n"] == n


@pytest.mark.parametrize("name", SELECTIONS)
@pytest.mark.parametrize("standard_s", [None, 900])
def test_intervals_all_at_once_and_each_alone(
    ask: Callable[[Any], Rows], cases: pd.DataFrame, name: str, standard_s: int | None
) -> None:
    rows = chosen(CASE_FACTS, SELECTIONS[name])
    part = picked(cases, name)
    part = part[part.call_class == "normal"]
    (together,) = ask(measures.intervals(rows, dict.fromkeys(INTERVALS, standard_s)))
    for interval in INTERVALS:
        expected = summary(part[interval], standard_s)
        told = {figure: together[f"{interval}:{figure}"] for figure in expected}
        compare([told], [], {(): expected})
        compare(ask(measures.interval(rows, interval, standard_s)), [], {(): expected})


@pytest.mark.parametrize("interval", ["response_s", "alarm_answering_s", "on_scene_s"])
@pytest.mark.parametrize(
    "by",
    [
        (By.MONTH,),
        (By.HOUR,),
        (By.SHIFT,),
        (By.KECAMATAN,),
        (By.KELURAHAN,),
        (By.TYPE,),
        (By.H3_7,),
        (By.DOMAIN, By.WEEKDAY),
    ],
)
def test_an_interval_by_case(
    ask: Callable[[Any], Rows], cases: pd.DataFrame, interval: str, by: tuple[By, ...]
) -> None:
    rows = ask(measures.interval(chosen(CASE_FACTS, Selection()), interval, 900, by, SHIFTS))
    part = picked(cases, "all")
    part = part[part.call_class == "normal"]
    expected = {group: summary(some[interval], 900) for group, some in groups(part, by, [interval]).items()}
    compare(rows, [one.value for one in by], expected)


@pytest.mark.parametrize("name", ["a period", "fire and ambulance", "no such city"])
@pytest.mark.parametrize("by", [By.AGENCY, By.UNIT])
@pytest.mark.parametrize("interval", ["turnout_s", "travel_s", "response_s"])
def test_an_interval_by_agency_and_unit_is_the_units_own(
    ask: Callable[[Any], Rows], cases: pd.DataFrame, name: str, by: By, interval: str
) -> None:
    rows = ask(measures.interval(chosen(CASE_FACTS, SELECTIONS[name]), interval, 900, (by,)))
    part = picked(cases, name)
    units = units_of(part[part.call_class == "normal"])
    column = "first_response_s" if interval == "response_s" else interval
    expected = {(code,): summary(some[column], 900) for code, some in units.groupby(by.value)}
    compare(rows, [by.value], expected)


@pytest.mark.parametrize("agency", ["PMK", "SAR", "NONE"])
def test_the_response_of_an_agency(ask: Callable[[Any], Rows], cases: pd.DataFrame, agency: str) -> None:
    rows = ask(measures.agency_response(chosen(CASE_FACTS, SELECTIONS["a period"]), agency, 900))
    part = picked(cases, "a period")
    units = units_of(part[part.call_class == "normal"])
    compare(rows, [], {(): summary(units[units.agency == agency].first_response_s, 900)})


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_distribution_loses_no_value(
    ask: Callable[[Any], Rows], cases: pd.DataFrame, interval: str
) -> None:
    rows = ask(measures.distribution(chosen(CASE_FACTS, SELECTIONS["a period"]), interval))
    part = picked(cases, "a period")
    raw = known(part[part.call_class == "normal"][interval])
    expected = sorted(Counter(raw.astype(int).tolist()).items())
    assert [(row["value_s"], row["n"]) for row in rows] == expected


@pytest.mark.parametrize("name", SELECTIONS)
def test_steps(ask: Callable[[Any], Rows], cases: pd.DataFrame, name: str) -> None:
    rows = ask(measures.steps(chosen(CASE_FACTS, SELECTIONS[name])))
    assert [row["step"] for row in rows] == list(range(1, 10))
    part = picked(cases, name)
    for row in rows:
        no = row["step"]
        done = part[part[f"step{no}_s"].notna()]
        took, target = known(done[f"step{no}_s"]), known(done[f"target{no}_s"])
        told = summary(done[f"step{no}_s"], None)
        expected = {"n": len(took), "in_time": int((took <= target).sum())}
        expected |= {figure: told[figure] for figure in ("median_s", "p90_s")}
        compare([{figure: row[figure] for figure in expected}], [], {(): expected})


def test_reasons_of_overruns(ask: Callable[[Any], Rows], cases: pd.DataFrame) -> None:
    rows = ask(measures.overrun_reasons(chosen(CASE_FACTS, SELECTIONS["a period"])))
    part = picked(cases, "a period")
    told = Counter((one["step"], one["reason"]) for reasons in part.overrun_reasons for one in reasons)
    assert {(row["step"], row["reason"]): row["n"] for row in rows} == dict(told)
    order = [(-row["n"], row["step"], row["reason"]) for row in rows]
    assert order == sorted(order) and len(order) > 20


@pytest.mark.parametrize("name", ["a period", "fire and ambulance", "no such city"])
@pytest.mark.parametrize("by", [(By.AGENCY,), (By.UNIT,), (By.AGENCY, By.UNIT)])
def test_work_of_units(
    ask: Callable[[Any], Rows], cases: pd.DataFrame, name: str, by: tuple[By, ...]
) -> None:
    rows = ask(measures.unit_work(chosen(CASE_FACTS, SELECTIONS[name]), by))
    units = units_of(picked(cases, name))
    names = [one.value for one in by]
    expected = {
        group: {
            "n": len(some),
            "busy_s": int(known(some.busy_s).sum()),
            "n_open": int(some.busy_s.isna().sum()),
        }
        for group, some in units.groupby(names)
    }
    compare(rows, names, expected)


@pytest.mark.parametrize("by", [(), (By.MONTH,), (By.SHIFT,), (By.TYPE,)])
def test_what_false_reports_took(ask: Callable[[Any], Rows], cases: pd.DataFrame, by: tuple[By, ...]) -> None:
    rows = ask(measures.wasted(chosen(CASE_FACTS, Selection()), by, SHIFTS))
    part = picked(cases, "all")
    part = part[part.outcome == "false_report"]
    expected = {}
    for group, some in groups(part, by, ["case_id", "type_code", "outcome", "units"]).items():
        units = units_of(some)
        expected[group] = {
            "n": len(some),
            "n_units": len(units),
            "busy_s": int(known(units.busy_s).sum()),
        }
    compare(rows, [one.value for one in by], expected)


@pytest.mark.parametrize("by", [By.AGENCY, By.UNIT])
def test_what_false_reports_took_of_each_agency_and_unit(
    ask: Callable[[Any], Rows], cases: pd.DataFrame, by: By
) -> None:
    rows = ask(measures.wasted(chosen(CASE_FACTS, Selection()), (by,)))
    part = picked(cases, "all")
    units = units_of(part[part.outcome == "false_report"])
    expected = {
        (code,): {
            "n": len(set(some.case_id)),
            "n_units": len(some),
            "busy_s": int(known(some.busy_s).sum()),
        }
        for code, some in units.groupby(by.value)
    }
    compare(rows, [by.value], expected)


@pytest.mark.parametrize("by", [(), (By.DOMAIN,), (By.MONTH,), (By.KELURAHAN,)])
def test_victims(ask: Callable[[Any], Rows], cases: pd.DataFrame, by: tuple[By, ...]) -> None:
    rows = ask(measures.victims(chosen(CASE_FACTS, Selection()), by))
    part = picked(cases, "all")
    part = part[part.call_class == "normal"]
    expected = {
        group: {
            "n": int(some.victims_total.notna().sum()),
            "total": int(known(some.victims_total).sum()),
            **{name: int(known(some[f"victims_{name}"]).sum()) for name in VICTIMS},
        }
        for group, some in groups(part, by, ["victims_total", *(f"victims_{n}" for n in VICTIMS)]).items()
    }
    compare(rows, [one.value for one in by], expected)


@pytest.mark.parametrize("resolution", [6, 8])
def test_places_that_call_again(ask: Callable[[Any], Rows], cases: pd.DataFrame, resolution: int) -> None:
    rows = ask(measures.repeats(chosen(CASE_FACTS, Selection()), resolution, 3))
    part = picked(cases, "all")
    part = part[part.call_class == "normal"]
    column = part[f"h3_{resolution}"]
    expected = {}
    for cell, some in part[column.notna()].groupby(column[column.notna()]):
        if len(some) >= 3:
            times = some.clock.dt.tz_convert("UTC")
            expected[(cell,)] = {"n": len(some), "at": (times.min(), times.max())}
    found = {(row["cell"],): row for row in rows}
    assert set(found) == set(expected) and len(found) > 3
    for cell, told in expected.items():
        assert found[cell]["n"] == told["n"]
        assert (found[cell]["first_at"], found[cell]["last_at"]) == told["at"]
    order = [(-row["n"], row["cell"]) for row in rows]
    assert order == sorted(order)


def test_missing_stamps_and_late_entries(ask: Callable[[Any], Rows], cases: pd.DataFrame) -> None:
    wanted = chosen(CASE_FACTS, SELECTIONS["a period"])
    part = picked(cases, "a period")
    part = part[part.call_class == "normal"]
    told = Counter(stamp for stamps in part.missing_stamps for stamp in stamps)
    rows = ask(measures.missing_stamps(wanted))
    assert [(row["stamp"], row["n"]) for row in rows] == sorted(told.items()) and len(told) == 6
    (late,) = ask(measures.late_entries(rescues(wanted)))
    entries = known(part.late_entries).astype(int)
    assert late == {"n": len(part), "n_late": int((entries > 0).sum()), "entries": int(entries.sum())}


@pytest.mark.parametrize("frame", [None, By.HOUR, By.MONTH])
def test_cells(ask: Callable[[Any], Rows], cases: pd.DataFrame, frame: By | None) -> None:
    rows = ask(measures.cells(chosen(CASE_FACTS, Selection()), 7, 900, frame))
    part = picked(cases, "all")
    part = part[part.h3_7.notna()]
    by = (By.H3_7,) if frame is None else (By.H3_7, frame)
    expected = {
        group: {
            "n": len(some),
            "n_timed": int(some.response_s.notna().sum()),
            "n_late": int((known(some.response_s) > 900).sum()),
        }
        for group, some in groups(part, by, ["response_s"]).items()
    }
    compare(rows, ["cell", *([] if frame is None else [frame.value])], expected)


def test_what_is_asked_wrongly_is_refused() -> None:
    with pytest.raises(ValueError, match="unit_work"):
        measures.counts(CASE_FACTS, (By.AGENCY,))
    with pytest.raises(ValueError, match="no interval"):
        measures.interval(CASE_FACTS, "step1_s", None)
    with pytest.raises(ValueError, match="no interval"):
        measures.distribution(CASE_FACTS, "lon")
    with pytest.raises(ValueError, match="of their own"):
        measures.interval(CASE_FACTS, "alarm_processing_s", None, (By.AGENCY,))
    with pytest.raises(ValueError, match="agency or unit"):
        measures.unit_work(CASE_FACTS, (By.HOUR,))
    with pytest.raises(ValueError, match="shifts"):
        measures.counts(CASE_FACTS, (By.SHIFT,))


@pytest.mark.parametrize(
    "zone", ["Asia/Makassar", "Asia/Jayapura", "Europe/Amsterdam", "Australia/Lord_Howe"]
)
def test_the_citys_clock_is_that_of_its_zone(tmp_path: Path, zone: str) -> None:
    """Also where clocks are put forward and back, which in Indonesia they are not."""
    db = Database.open(tmp_path / "sigap.duckdb")
    rows = synthetic.blocks(Wanted(cities=1, cases=2_000, years=1, seed=3), load_city_pack(DEFAULT_CITY))
    synthetic.fill(db, rows, load_city_pack(DEFAULT_CITY), states=False)
    facts.install(db, "65.71", ZoneInfo(zone), is_example=True)
    found = EmbeddedEngine(db).rows(CASE_FACTS.select("received_at", "received_local"))
    db.close()
    assert len(found) == 2_000
    for row in found:
        assert row["received_local"] == row["received_at"].astimezone(ZoneInfo(zone)).replace(tzinfo=None)


# --- the made cases themselves -----------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_rows_whatever_else_is_asked_for() -> None:
    pack = load_city_pack(DEFAULT_CITY)
    wanted = Wanted(cities=2, cases=3_000, years=1, seed=5)
    whole = synthetic.table(wanted, pack)
    for size in (1, 77):
        parts = synthetic.in_batches(synthetic.blocks(Wanted(2, 300, 1, 5), pack), size)
        assert all(part.rows.num_rows <= size for part in parts)
    again = list(synthetic.in_batches(synthetic.blocks(wanted, pack), 100))
    assert pa.concat_tables(one.rows for one in again).equals(whole)
    assert not synthetic.table(Wanted(2, 3_000, 1, 6), pack).equals(whole)
    (own,) = {one for one in whole["city"].to_pylist() if one == "65.71"}
    assert whole.num_rows == 6_000 and set(whole["city"].to_pylist()) == {own, "22.01"}
    assert set(whole["is_example"].to_pylist()) == {True}


def test_made_cases_are_in_the_proportions_of_the_sources(cases: pd.DataFrame) -> None:
    normal = cases[cases.call_class == "normal"]
    of = Counter(normal.type_code)
    rescues_ = len(normal)
    sea = sum(n for code, n in of.items() if code.startswith(("S-", "A-", "L-MIS", "L-DRN")))
    # Events of 2025: 59 fires and 15 land fires, 545 ODNK, 20 SAR, 314 other disasters, 73 accidents.
    for found, events in (
        (of["L-FIR1"] + of["L-FIR2"], 74),
        (of["L-ANI"] + of["L-TRP"] + of["L-CRO"], 545),
        (sea, 20),
        (of["L-LND"] + of["L-FLD"], 314),
        (of["L-RTA"], 73),
    ):
        share = events / 1026
        assert found / rescues_ == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / rescues_))


def stored_state(center: Center, case_id: str) -> str:
    return center.db.read().rows("SELECT state FROM case_archive WHERE case_id = ?", case_id)[0][0]


def test_a_database_of_made_cases_holds_cases_that_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "made" / "sigap.duckdb"
    assert synthetic.open_filled(path, Wanted(1, 500, 1, until=date(2026, 11, 1))) == 500
    made = open_center(Settings(path.parent, path, demo=True))
    try:
        rows = made.db.read().rows(
            "SELECT case_id::VARCHAR, call_no, status, type_code, state FROM case_archive"
        )
        assert len({row[1] for row in rows}) == 500
        for case_id, call_no, status, type_code, state in rows:
            case = from_json(state)
            assert (case.case_id, case.call_no, case.status) == (case_id, call_no, status)
            assert case.incident.type_code == type_code
        newest = made.db.read().rows(
            "SELECT case_id::VARCHAR FROM case_archive ORDER BY received_at DESC LIMIT 9"
        )
        assert all(
            stored.rebuilt(made.db.read(), one) == from_json(stored_state(made, one)) for (one,) in newest
        )
    finally:
        close_center()
