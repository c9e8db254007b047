"""The table of personal data is whole: each kind has a rule and a reader, each column is decided."""

from pathlib import Path

from center_builders import KOTA_UJI

from citypack import load_city_pack
from database.connection import Database
from domain.personal_data import COLUMNS, HOLDINGS, NOT_PERSONAL, Kind, holding


def stored_columns(folder: Path) -> set[tuple[str, str]]:
    db = Database.open(folder / "sigap.duckdb")
    try:
        rows = db.read().rows(
            "SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables "
            "USING (table_schema, table_name) WHERE table_schema = 'main' AND table_type = 'BASE TABLE'"
        )
    finally:
        db.close()
    return {(table, column) for table, column in rows}


def test_every_column_of_the_database_is_decided_personal_or_not(tmp_path: Path) -> None:
    """A new column fails here until `domain.personal_data` says whether it tells of a person."""
    stored = stored_columns(tmp_path)
    innocent = {(table, column) for table, columns in NOT_PERSONAL.items() for column in columns}
    assert stored - COLUMNS.keys() - innocent == set(), "decide: COLUMNS or NOT_PERSONAL"
    assert (COLUMNS.keys() | innocent) - stored == set(), "these columns are gone"
    assert COLUMNS.keys() & innocent == set()


def test_every_kind_has_one_line_with_a_rule_of_retention_and_somebody_who_may_see_it() -> None:
    assert sorted(one.kind for one in HOLDINGS) == sorted(Kind)
    city = load_city_pack(KOTA_UJI).city
    for kind in Kind:
        line = holding(kind)
        assert line.kept.words and line.purpose and line.basis and line.roles, kind
        for name in filter(None, (line.kept.days, line.kept.prank_days)):
            assert getattr(city, name) > 0, kind


def test_every_table_with_a_kind_is_named_on_its_line() -> None:
    for (table, _), kind in COLUMNS.items():
        where = holding(kind).where
        assert table in where or kind is Kind.OFFICERS, (table, kind)
