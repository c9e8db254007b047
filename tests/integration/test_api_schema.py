"""The API keeps to its own OpenAPI document: Schemathesis for seconds (`make fuzz`: for minutes)."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fuzzing import Target, fuzz, target

from domain.scopes import ACCESS, Access

LONGEST_S, FEW_S = 60, 2
"""The first only bounds a machine that is very busy: the cases are counted."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    with target(Path(tmp_path_factory.mktemp("fuzz"))) as found:
        yield found


def test_a_system_with_every_scope_finds_no_fault(at: Target) -> None:
    ran = fuzz(at, at.system, LONGEST_S, ("examples", "coverage"))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"Tested: {sum(map(len, json.loads(at.document.read_text())['paths'].values()))}" in ran.stdout


def test_a_phone_finds_no_fault(at: Target) -> None:
    ran = fuzz(at, at.device, FEW_S, ("coverage",), "--include-tag", "crew", "--include-tag", "positions")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_nobody_finds_no_fault_and_gets_in_nowhere(at: Target) -> None:
    ran = fuzz(at, None, FEW_S, ("coverage",))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_a_hole_would_be_found(at: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the document calls guarded, and the gate lets everybody into."""
    monkeypatch.setitem(ACCESS, ("GET", "/v1/units"), Access(public=True))
    ran = fuzz(at, at.system, FEW_S, ("coverage",), "--include-path", "/v1/units")
    assert ran.returncode == 1
    assert "API accepts requests without authentication" in ran.stdout
