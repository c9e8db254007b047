"""What `test_crash` kills: streams changes through the services and acknowledges each when it is stored.

Started once; it imports everything, then forks a child for each line `<folder> <run>` that it reads, so
that a child is at work within a moment. Lines out: `pid <n>` · `ack <case> <version> <digest>` · `dead`.
"""

import hashlib
import os
import sys
import threading
from datetime import timedelta
from itertools import count
from pathlib import Path

from builders import ANI, PUTRI
from center_builders import BOAT, PUMP, at, ref, settings, way

from database import reads
from database.codec import to_json
from domain.case import Case
from domain.words import Channel, Outcome
from services import exits, intake
from services.center import Center, open_center


def acknowledge(case: Case) -> None:
    """Say that this version is stored, with the digest of the case as it is."""
    digest = hashlib.sha256(to_json(case)).hexdigest()
    os.write(1, f"ack {case.case_id} {case.version} {digest}\n".encode())


def stream(center: Center, unit: str, start: float) -> None:
    """Carry one case after the other to its end, for ever."""
    for turn in count():
        minute = start + 40 * turn
        case = intake.open_call(center, at(minute), ANI, Channel.CALL_112)
        acknowledge(case)
        for _, moves in way(minute, unit):
            for move in moves:
                case = move(center, case)
                acknowledge(case)


def work(folder: Path, run: int) -> None:
    """Call off what the crash before left under way, then stream from two threads."""
    center = open_center(settings(folder))
    start = 100_000.0 * run
    for case in reads.open_cases(center.db.read()):
        if case.active_units:
            now = max(at(start), case.status_at + timedelta(hours=1))
            acknowledge(exits.call_off(center, now, PUTRI, ref(case), Outcome.CANCELLED, "listrik padam"))
    other = threading.Thread(target=stream, args=(center, PUMP, start + 7))
    other.start()
    stream(center, BOAT, start)


def main() -> None:
    """Fork a child for every line."""
    for line in sys.stdin:
        folder, run = line.rsplit(maxsplit=1)
        pid = os.fork()
        if pid == 0:
            work(Path(folder), int(run))
        os.write(1, f"pid {pid}\n".encode())
        os.waitpid(pid, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    main()
