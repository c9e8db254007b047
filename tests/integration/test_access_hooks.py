"""Every way by which personal data is shown or leaves notes a look: screen, paper, file, API, command."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import DEDI, SARI
from center_builders import a_stored_case, at, settings
from starlette.testclient import TestClient

from api.app import build_api
from database import cases
from database.migrations import _016_access_log
from domain.access_log import Seen, Way
from domain.case import Actor, Case
from domain.scopes import Scope
from domain.words import CaseStatus, Role
from services import access_log, archive, monitoring, tokens
from services.access_log import Wanted
from services.center import Center, close_center, open_center

ADMIN = Actor("Adi", Role.ADMIN)


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    opened = open_center(settings(tmp_path))
    yield opened
    close_center()


@pytest.fixture
def case(center: Center) -> Case:
    return a_stored_case(center, CaseStatus.RESPONDING)


def noted(center: Center) -> list[tuple[Seen, Way, str, str | None]]:
    found = access_log.listed(center, SARI, Wanted())
    return [(one.look.seen, one.look.way, one.look.account, one.look.case_id) for one in found]


def test_a_full_record_by_a_token_is_noted_and_a_minimal_one_is_not(center: Center, case: Case) -> None:
    scopes = (Scope.RECORDS_READ, Scope.RECORDS_FULL)
    made = tokens.make(center, center.started_at, ADMIN, "Walidata", scopes)
    client = TestClient(build_api(), headers={"authorization": f"Bearer {made.text}"})
    assert client.get(f"/v1/cases/{case.case_id}/record").status_code == 200
    assert noted(center) == []
    assert client.get(f"/v1/cases/{case.case_id}/record?profile=full").status_code == 200
    (found,) = noted(center)
    assert found == (Seen.RECORD, Way.API, f"token:{made.stored.grant.token_id}", case.case_id)


def test_an_archive_by_the_command_is_noted(
    center: Center, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = center.settings.var_dir
    close_center()
    for name, value in (
        ("SIGAP_VAR", folder),
        ("SIGAP_DB", center.settings.db_path),
        ("SIGAP_DEMO", "0"),
    ):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("SIGAP_CITY", str(center.settings.city_dir))
    monkeypatch.setattr("sys.argv", ["archive", str(tmp_path / "arsip")])
    assert archive.main() == 0
    again = open_center(center.settings)
    assert [(seen, way) for seen, way, _, _ in noted(again)] == [(Seen.ARCHIVE, Way.COMMAND)]
    assert [one.look.cases for one in access_log.listed(again, SARI, Wanted())] == [1]


def test_a_reveal_that_cannot_be_stored_shows_nothing(center: Center, case: Case) -> None:
    with center.db.write() as writer:
        writer.execute("ALTER TABLE access_log RENAME TO access_log_away")
    with pytest.raises(Exception, match="access_log"):
        monitoring.reveal(center, at(30), DEDI, case.case_id, "call_back")


def test_reveals_from_before_the_log_are_taken_over_from_the_trail(center: Center, case: Case) -> None:
    monitoring.reveal(center, at(30), DEDI, case.case_id, "call_back")
    monitoring.reveal(center, at(31), SARI, case.case_id, "pengaduan")
    with center.db.write() as writer:
        writer.execute("DROP TABLE access_log")
        writer.execute("DROP TABLE subject_request")
        _016_access_log(writer.cursor)
    found = access_log.listed(center, SARI, Wanted())
    assert [(one.look.at, one.look.name, one.look.seen) for one in found] == [
        (at(31), "Sari", Seen.IDENTITY),
        (at(30), "Dedi", Seen.CALL_BACK),
    ]
    assert cases.get(center.db.read(), case.case_id).call_no == found[0].call_no
