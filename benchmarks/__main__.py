"""Run the measurements: `make bench`."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    archive,
    delivery,
    leadership,
    live,
    machine,
    paper,
    roads,
    screens,
    stages,
    start,
    suggestions,
    water,
)


def main() -> int:
    """Print the machine and every figure; return 1 when a limit was missed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--small", type=int, default=1_000, help="closed cases of the small database")
    parser.add_argument("--large", type=int, default=100_000, help="closed cases of the large database")
    parser.add_argument(
        "--cases", type=int, default=10_000_000, help="most cases that leadership's figures are measured on"
    )
    parser.add_argument("--osm", type=Path, help="an OpenStreetMap extract to measure the roads on")
    parser.add_argument("--live", type=int, default=600, help="seconds that a thousand units report; 0: none")
    options = parser.parse_args()
    print(machine.describe())
    folder = Path(tempfile.mkdtemp(prefix="sigap-bench-"))
    try:
        held = [
            stages.run(folder / "stages"),
            water.run(folder / "water"),
            roads.run(folder / "roads", options.osm),
            suggestions.run(folder / "suggestions"),
            start.run(folder / "start"),
            screens.run(folder, options.small, options.large),
            paper.run(folder / "paper"),
            archive.run(folder / "archive", options.large),
            delivery.run(folder / "delivery"),
            leadership.run(folder / "leadership", options.cases),
            *([live.run(folder / "live", options.live)] if options.live else []),
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
