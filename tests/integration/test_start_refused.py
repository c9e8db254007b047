"""What the process does when it must not start: one sentence, an exit code, nothing half open."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", "0"]
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "SIGAP_VAR": str(tmp_path / "var"), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_city_pack_that_is_not_there_is_named_without_a_traceback(tmp_path):
    ended = start(tmp_path, SIGAP_CITY=str(tmp_path / "no-city"))
    assert ended.returncode not in (0, None)
    assert "Paket kota" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
    assert "Sigap: http" not in ended.stdout


def test_a_database_that_cannot_be_opened_is_named_without_a_traceback(tmp_path):
    folder = tmp_path / "a-folder.duckdb"
    folder.mkdir()
    ended = start(tmp_path, SIGAP_DB=str(folder))
    assert ended.returncode not in (0, None)
    assert "Basis data" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def test_a_folder_that_cannot_be_made_is_not_said_to_have_vanished(tmp_path):
    ended = start(tmp_path, SIGAP_DB="/proc/sigap/sigap.duckdb")
    assert ended.returncode not in (0, None)
    assert "foldernya /proc/sigap tidak dapat dibuat" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout
