"""An older Sigap meets a file of a newer one: it says so and changes nothing."""

import hashlib
from pathlib import Path

import duckdb
import pytest

from database.connection import Database
from database.migrations import MIGRATIONS
from domain.errors import StoreUnavailable


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_newer_file_is_refused_by_name_and_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "sigap.duckdb"
    Database.open(file).close()
    with duckdb.connect(str(file)) as newer:
        newer.execute("INSERT INTO migration (name) VALUES ('998_halte'), ('999_masa_depan')")
    before = digest(file)
    with pytest.raises(StoreUnavailable) as refused:
        Database.open(file)
    told = str(refused.value)
    assert "sigap.duckdb" in told
    assert "998_halte" in told
    assert "999_masa_depan" in told
    assert digest(file) == before
    with duckdb.connect(str(file)) as again:
        again.execute("DELETE FROM migration WHERE name LIKE '99%'")
    Database.open(file).close()


def test_an_older_file_is_brought_forward(tmp_path: Path) -> None:
    file = tmp_path / "sigap.duckdb"
    Database.open(file).close()
    newest = MIGRATIONS[-1].__name__.lstrip("_")
    with duckdb.connect(str(file)) as opened:
        assert opened.execute("SELECT max(name) FROM migration").fetchall() == [(newest,)]
