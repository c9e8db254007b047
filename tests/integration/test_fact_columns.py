"""The facts of a case stand beside it from the moment it is stored, and old files get them too."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from builders import AMB, RIB, a_case_at, at
from center_builders import keep

from analytics.facts import CASE_FACTS, COLUMNS
from citypack import load_city_pack
from database import cases, fact_columns, facts
from database.connection import Database
from domain.case import Case, Location, Reasons, Victims
from domain.facts import fact_row
from domain.words import CaseStatus
from services.center import DEFAULT_CITY

S = CaseStatus
ZONE = load_city_pack(DEFAULT_CITY).city.timezone


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = Database.open(tmp_path / "sigap.duckdb")
    yield opened
    opened.close()


def numbered(case: Case, number: int) -> Case:
    return replace(case, case_id=f"0199c5e0-7d1a-7c40-9a51-{number:012d}", call_no=f"C{number}")


def several() -> list[Case]:
    """Cases of many kinds: with and without units, place, victims, reasons, reports."""
    placed = Location(place_text="Contoh", lon=117.59, lat=3.31, adm_code="65.71.03.1001")
    closed = a_case_at(S.CLOSED, units=(RIB, AMB))
    arrived = tuple(
        replace(unit, arrived_at=at(20 + n), cleared_at=at(50)) for n, unit in enumerate(closed.assignments)
    )
    late = replace(closed.step(3), finished_at=at(59), overrun_reason="antre, lama")
    found = [
        a_case_at(S.RECEIVED),
        a_case_at(S.MONITORING, units=(RIB, AMB)),
        replace(closed, location=placed, assignments=arrived, victims=Victims(safe=2, dead=1, total=3)),
        replace(closed.with_step(late), reasons=Reasons(late_sitrep="radio mati"), answered_at=at(0.1)),
    ]
    return [numbered(case, n) for n, case in enumerate(found)]


def stored_columns(db: Database) -> dict[str, dict[str, Any]]:
    names = ", ".join(fact_columns.COLUMNS)
    rows = db.read().rows(f"SELECT case_id::VARCHAR, {names} FROM case_all")
    return {row[0]: dict(zip(fact_columns.COLUMNS, row[1:], strict=True)) for row in rows}


def test_the_columns_are_the_facts_of_the_stored_case(db: Database) -> None:
    for case in several():
        keep(db, case)

    assert stored_columns(db) == {case.case_id: fact_row(case, 0) for case in several()}


def test_every_change_brings_the_columns_along(db: Database) -> None:
    first, _, placed, _ = several()
    stored = keep(db, first)
    for change in (a_case_at(S.MONITORING, units=(RIB,)), placed, a_case_at(S.MONITORING, units=(RIB, AMB))):
        stored = keep(db, numbered(change, 0), stored)
        assert stored_columns(db) == {stored.case.case_id: fact_row(stored.case, 0)}


def test_late_entries_are_counted_over_the_whole_trail(db: Database) -> None:
    case = several()[1]
    stored = keep(db, case, late_s=61)
    stored = keep(db, replace(case, current_condition="tenang"), stored, late_s=60)
    keep(db, replace(case, current_condition="ramai"), cases.load(db.read(), case.case_id), late_s=600)

    assert stored_columns(db)[case.case_id]["late_entries"] == 2


def test_a_file_from_before_the_facts_gets_them(tmp_path: Path) -> None:
    path = tmp_path / "lama.duckdb"
    db = Database.open(path)
    for n, case in enumerate(several()):
        keep(db, case, late_s=61 * (n % 2))
    wanted = stored_columns(db)
    db.close()
    connection = duckdb.connect(str(path))
    connection.execute("DROP VIEW case_all")
    for table in ("case_open", "case_archive"):
        for name in fact_columns.COLUMNS:
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {name}")
    connection.execute("CREATE VIEW case_all AS SELECT * FROM case_open UNION ALL BY NAME FROM case_archive")
    connection.execute("DELETE FROM migration WHERE name BETWEEN '010' AND '012'")
    connection.close()

    db = Database.open(path)
    try:
        assert stored_columns(db) == wanted
        assert [row["late_entries"] for row in stored_columns(db).values()].count(1) == 2
    finally:
        db.close()


def test_the_table_of_facts_has_the_documented_columns_and_the_citys_clock(db: Database) -> None:
    case = several()[2]
    keep(db, case)
    facts.install(db, "65.71", ZONE, is_example=True)
    (row,) = facts.run(db.read(), CASE_FACTS)

    assert list(row) == list(COLUMNS)
    assert (row["city"], row["is_example"], row["case_id"]) == ("65.71", True, case.case_id)
    assert row["received_local"] == case.call.received_at.astimezone(ZONE).replace(tzinfo=None)


def test_the_table_of_facts_follows_the_city_that_opens_the_file(db: Database) -> None:
    keep(db, several()[0])
    for city in ("65.71", "kota 'lain"):
        facts.install(db, city, ZONE, is_example=False)
        assert facts.run(db.read(), CASE_FACTS)[0]["city"] == city
