"""Every fault tried for real, many times, and a table of what was lost: `make faults`.

The tests of the faults (tests/integration/test_crash.py, test_faults_*.py) do the work and check each
outcome; here they run with many tries and write what they counted. `SIGAP_FAULTS`: the share of the
full number of tries, 1 unless told; `SIGAP_CRASHES`: kills at random moments, 400 unless told.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.machine import describe

ROOT = Path(__file__).resolve().parents[1]
_TESTS = ROOT / "tests" / "integration"
_COLUMNS = ("fault", "tries", "acknowledged", "lost", "back")
_HEADS = ("Fault", "Tried", "Acknowledged", "Lost", "How Sigap came back")


def rows_of(log: Path) -> list[dict[str, object]]:
    """Return the lines that the tests wrote."""
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []


def table(rows: list[dict[str, object]]) -> str:
    """Return the table as Markdown."""
    lines = [_HEADS, tuple("---" for _ in _HEADS), *(tuple(str(row[c]) for c in _COLUMNS) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Run everything; return 0 when nothing acknowledged was lost and every test held."""
    started, load = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "faults.jsonl"
        files = [
            str(_TESTS / "test_crash.py"),
            *sorted(map(str, _TESTS.glob("test_faults_*.py")), reverse=True),
        ]
        command = [sys.executable, "-m", "pytest", "-q", "-rs", f"--basetemp={folder}/tests", *files]
        environment = {"SIGAP_FAULTS": "1", **os.environ, "SIGAP_FAULTS_LOG": str(log)}
        ended = subprocess.run(command, cwd=ROOT, env=environment, check=False)
        rows = rows_of(log)
    print(f"\n{describe()}; load at the start {load:.1f}; {time.monotonic() - started:.0f} s\n")
    print(table(rows))
    lost = sum(int(str(row["lost"])) for row in rows)
    tried = sum(int(str(row["tries"])) for row in rows)
    held = ended.returncode == 0 and lost == 0 and bool(rows)
    print(f"\n{tried} tries, {lost} acknowledged changes lost: {'held' if held else 'MISSED'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
