"""The documented incidents and the example data go through the real services, and say what they are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from database import cases, reads
from database.reads import Filter
from domain.words import CaseStatus, Outcome, StepState
from export.schema import validate_record
from services import demo, monitoring, registry
from services.center import DEFAULT_CITY, Center, Settings, close_center, open_center
from services.replay import FolderInUse, replay

PACKS = Path(__file__).parents[1] / "packs"


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(Settings(tmp_path, tmp_path / "sigap.duckdb", PACKS / "kota_uji", demo=True))
    close_center()


def test_every_documented_incident_ends_in_a_record_that_fits_its_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert replay(tmp_path) == 0
    told = capsys.readouterr().out
    assert told.count("== D") == 8
    assert told.count("record sesuai skema tcc.case.v1") == 8
    assert "jam menurut sumber" in told
    assert told.count("jam contoh") == 7, "only D6's hours are in its source"

    center = open_center(Settings(tmp_path, tmp_path / "sigap.duckdb", DEFAULT_CITY))
    try:
        found = [case for case, _ in reads.cases_of(center.db.read(), Filter(), 20)]
        for case in found:
            assert cases.rebuilt(center.db.read(), case.case_id) == case
    finally:
        close_center()
    assert {case.status for case in found} == {CaseStatus.CLOSED}
    assert all(step.state in (StepState.DONE, StepState.SKIPPED) for case in found for step in case.steps)
    by_date = {f"{case.call.received_at:%Y-%m-%d}": case for case in found}
    assert by_date["2025-07-21"].outcome is Outcome.FALSE_REPORT
    assert by_date["2025-09-09"].assignments[0].arrived_at == datetime(2025, 9, 9, 11, 38, tzinfo=UTC)
    files = sorted((tmp_path / "outbox").rglob("*.json"))
    assert len(files) == 8
    for file in files:
        validate_record(json.loads(file.read_text(encoding="utf-8")))


def test_a_boat_sent_round_the_island_has_its_true_way_in_the_record(tmp_path: Path) -> None:
    replay(tmp_path)
    records = [json.loads(f.read_text(encoding="utf-8")) for f in (tmp_path / "outbox").rglob("*.json")]
    amal = next(r for r in records if r["call"]["received_at"].startswith("2025-10-08"))
    boats = {unit["unit_code"]: unit["distance_km"] for unit in amal["units"] if unit["agency"] == "SAR"}
    assert boats
    assert all(km > 15 for km in boats.values())


def test_example_data_says_so_and_is_made_once(center: Center, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "CLOSED", 8)
    now = datetime(2026, 1, 14, 3, 0, tzinfo=UTC)
    assert demo.seed(center, now) == 13
    assert demo.seed(center, now) == 0
    reader = center.db.read()
    words = [private.narrative for _, private in reads.cases_of(reader, Filter(), 100)]
    assert len(words) == 13
    assert all(text.startswith("[CONTOH]") for text in words)
    assert registry.is_demo(center.db)
    statuses = {row.case.status for row in monitoring.board(center, now).rows}
    assert statuses == {
        CaseStatus.RECEIVED,
        CaseStatus.CLASSIFIED,
        CaseStatus.VERIFIED,
        CaseStatus.RESPONDING,
        CaseStatus.MONITORING,
    }


def test_a_demonstration_lies_apart_from_real_cases(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SIGAP_VAR", str(tmp_path))
    monkeypatch.delenv("SIGAP_DB", raising=False)
    monkeypatch.setenv("SIGAP_DEMO", "1")
    example = Settings.from_environment()
    monkeypatch.setenv("SIGAP_DEMO", "0")
    real = Settings.from_environment()
    assert (real.db_path, real.data_dir) == (tmp_path / "sigap.duckdb", tmp_path)
    assert (example.db_path, example.data_dir) == (tmp_path / "demo" / "sigap.duckdb", tmp_path / "demo")


def test_a_database_of_examples_stays_marked_when_opened_as_real(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path / "x.duckdb", PACKS / "kota_uji")
    registry.mark_demo(open_center(settings).db, datetime.now(UTC))
    close_center()
    assert open_center(settings).is_demo
    close_center()


def test_a_replay_never_clears_a_folder_that_holds_something_else(tmp_path: Path) -> None:
    (tmp_path / "sigap.duckdb").write_text("milik orang")
    with pytest.raises(FolderInUse, match="tidak ada yang dihapus"):
        replay(tmp_path)
    assert (tmp_path / "sigap.duckdb").read_text() == "milik orang"
