"""What runs the measures: the embedded database, or an archive's folder; and what is said where it cannot."""

import sys
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from center_builders import S, a_stored_case, settings

from analytics import measures
from analytics.engine import EngineUnavailable
from analytics.facts import CASE_FACTS
from analytics.selection import By, Selection
from analytics.spark import SparkEngine
from database.facts import ArchiveEngine, EmbeddedEngine
from export.archive import partition
from services import analysis, engines
from services.archive import write_archive
from services.center import ROOT, Settings, close_center, open_center

EVERYTHING = Selection()
COUNTED = measures.counts(CASE_FACTS, (By.CITY,))


@pytest.fixture
def opened(tmp_path):
    """Open a center with an archive setting; its archive's folder has a quote in its name."""

    def make(archive="", **other):
        chosen = replace(
            settings(tmp_path / "var"), archive=archive, archive_dir=tmp_path / "kota's arsip", **other
        )
        return open_center(chosen)

    yield make
    close_center()


def archived(center):
    write_archive(center, datetime(2031, 4, 1, tzinfo=UTC), center.settings.archive_folder)
    return center.settings.archive_folder


# --- which engine --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value", ["", "duckdb", "local", "local[*]", "local[2]", "spark://h:7077", "spark://a:1,b.c:2"]
)
def test_what_can_be_named_is_known(value):
    engines.require_known(value)


@pytest.mark.parametrize(
    "value",
    ["DuckDB", "local[0]", "local[]", "spark://h", "spark://h:x", "http://h:7077", "local[*] ", "yarn"],
)
def test_what_is_no_engine_stops_the_start_with_a_sentence(opened, tmp_path, value):
    with pytest.raises(engines.BadArchiveSetting, match=r"SIGAP_ARCHIVE berisi .*spark://nama:7077"):
        opened(value)
    assert not (tmp_path / "var").exists(), "nothing was opened"


def test_the_environment_says_which_engine_and_folder(monkeypatch, tmp_path):
    for name in ("SIGAP_ARCHIVE", "SIGAP_ARCHIVE_DIR", "SIGAP_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SIGAP_VAR", str(tmp_path))
    assert Settings.from_environment().archive_folder == tmp_path / "archive"
    monkeypatch.setenv("SIGAP_ARCHIVE", "local[*]")
    monkeypatch.setenv("SIGAP_ARCHIVE_DIR", str(tmp_path / "bersama"))
    found = Settings.from_environment()
    assert (found.archive, found.archive_folder) == ("local[*]", tmp_path / "bersama")


def test_without_a_setting_the_database_itself_is_asked(opened):
    center = opened()
    a_stored_case(center, S.CLOSED)
    assert isinstance(analysis.engine(center), EmbeddedEngine)
    assert analysis.counts(center, EVERYTHING).n == 1


def test_the_archive_is_asked_and_not_the_database(opened):
    center = opened("duckdb")
    a_stored_case(center, S.CLOSED)
    archived(center)
    a_stored_case(center, S.VERIFIED, start=90)
    assert analysis.counts(center, EVERYTHING).n == 1
    assert analysis.engine(center) is analysis.engine(center), "one engine a center"
    archived(center)
    assert analysis.counts(center, EVERYTHING).n == 2, "the month was written anew"
    engine = analysis.engine(center)
    close_center()
    with pytest.raises(Exception, match="closed"):
        engine.rows(COUNTED)


def test_example_data_is_marked_in_every_row(opened):
    center = opened(demo=True)
    a_stored_case(center, S.CLOSED)
    rows = ArchiveEngine(archived(center)).rows(CASE_FACTS)
    assert [row["is_example"] for row in rows] == [True]


# --- what cannot be asked ------------------------------------------------------------------------


def test_an_empty_folder_is_said_and_looked_at_again(opened):
    center = opened("duckdb")
    a_stored_case(center, S.CLOSED)
    with pytest.raises(
        EngineUnavailable, match=r"kota's arsip tidak memuat kasus.*python -m services.archive"
    ):
        analysis.counts(center, EVERYTHING)
    archived(center)
    assert analysis.counts(center, EVERYTHING).n == 1


def test_what_failed_slowly_is_not_tried_again_at_once(opened):
    """Spark waits a minute for a cluster that does not answer: not once for every screen."""
    center, now = opened("duckdb"), [0.0]

    def slow():
        now[0] += engines.SLOW_S
        return now[0]

    box = engines.EngineBox(slow)
    with pytest.raises(EngineUnavailable) as first:
        box.get(center)
    a_stored_case(center, S.CLOSED)
    archived(center)
    with pytest.raises(EngineUnavailable) as again:
        box.get(center)
    assert str(again.value) == str(first.value)
    now[0] += engines.AGAIN_S
    assert box.get(center).rows(COUNTED)[0]["n"] == 1
    box.close()


def test_a_city_of_an_older_archive_is_named_with_what_it_lacks(opened):
    center = opened()
    a_stored_case(center, S.CLOSED)
    folder = archived(center)
    engine = ArchiveEngine(folder)
    (kept,) = folder.rglob("*.parquet")
    older = folder / partition("64.72", 2025, 12)
    older.parent.mkdir(parents=True)
    pq.write_table(pq.ParquetFile(kept).read().drop_columns("late_entries"), older)
    with pytest.raises(EngineUnavailable, match=r"city=64\.72/year=2025.* tidak memuat kolom late_entries"):
        engine.rows(COUNTED)
    older.write_bytes(b"half a file")
    with pytest.raises(EngineUnavailable, match=r"city=64\.72/year=2025.* bukan berkas Parquet yang utuh"):
        engine.rows(COUNTED)
    older.unlink()
    assert len(engine.rows(COUNTED)) == 1


def test_cities_lie_beside_each_other_and_their_codes_stay_words(opened):
    center = opened()
    a_stored_case(center, S.CLOSED, start=0)
    folder = archived(center)
    (kept,) = folder.rglob("*.parquet")
    other = folder / partition("65.70", 2031, 3)
    other.parent.mkdir(parents=True)
    rows = pq.ParquetFile(kept).read()
    pq.write_table(pa.concat_tables([rows, rows]), other)
    found = ArchiveEngine(folder).rows(COUNTED)
    assert [(row["city"], row["n"]) for row in found] == sorted(
        [(center.pack.city.adm_code, 1), ("65.70", 2)]
    ), "65.70 is no number"


def test_without_java_spark_says_what_to_install(opened, monkeypatch):
    center = opened()
    a_stored_case(center, S.CLOSED, start=0)
    folder = archived(center)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(EngineUnavailable, match=r"Java tidak ditemukan .*Pasang Java 17"):
        SparkEngine("local[1]", folder)


def test_without_pyspark_spark_says_what_to_install(opened, monkeypatch, tmp_path):
    center = opened()
    a_stored_case(center, S.CLOSED, start=0)
    folder = archived(center)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "java").touch()
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(EngineUnavailable, match=r"modul pyspark\S* belum terpasang.*requirements-spark.txt"):
        SparkEngine("local[1]", folder)


def test_without_an_archive_spark_does_not_even_start(tmp_path):
    with pytest.raises(EngineUnavailable, match=r"tidak memuat kasus.*SIGAP_ARCHIVE_DIR"):
        SparkEngine("local[1]", tmp_path)


def test_both_locked_lists_name_the_same_versions():
    """What the comparison runs on is what Sigap runs on."""

    def named(name):
        lines = (ROOT / name).read_text().splitlines()
        return dict(line.split("==") for line in lines if "==" in line)

    ours, spark = named("requirements.txt") | named("requirements-dev.txt"), named("requirements-spark.txt")
    differing = {name for name in spark.keys() & ours.keys() if spark[name] != ours[name]}
    assert not differing
    assert spark.keys() - ours.keys() == {"pyspark", "py4j"}
