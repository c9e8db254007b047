"""What the tests of crashes kill: streams changes through the services and acknowledges each once stored.

Started once; it imports everything, then forks a child for each line `<folder>\t<run>\t<options>` that it
reads, so that a child is at work within a moment. Lines out: `pid <n>` · `ack <case> <version> <digest>` ·
`dead <wait status>`. Options, each `name=value`:

- `fsize`: the child dies in the write() that would make a file longer than so many bytes, after the part of
  it that still fits (RLIMIT_FSIZE, with SIGXFSZ left to the system).
- `log`: the log goes into the file when it is so many bytes long (default: Sigap's own 4 MB).
- `hold`: it goes on with the next case where a change is refused (disk full).
- `big`: first store so many positions in one change, then take the log into the file while others store.
"""

import hashlib
import os
import resource
import signal
import sys
import threading
from datetime import timedelta
from itertools import count
from pathlib import Path

from builders import ANI, PUTRI
from center_builders import BOAT, PUMP, at, ref, settings, way
from duckdb import TransactionException

from database import positions, reads
from database.codec import to_json
from domain.case import Case
from domain.errors import SigapError
from domain.positions import Fix, Source
from domain.words import Channel, Outcome
from geo.points import LonLat
from services import exits, intake
from services.center import Center, open_center


def acknowledge(case: Case) -> None:
    """Say that this version is stored, with the digest of the case as it is."""
    digest = hashlib.sha256(to_json(case)).hexdigest()
    os.write(1, f"ack {case.case_id} {case.version} {digest}\n".encode())


def stream(center: Center, unit: str, start: float, hold: bool = False) -> None:
    """Carry one case after the other to its end, for ever; `hold`: also where changes are refused."""
    for turn in count():
        try:
            carry(center, unit, start + 40 * turn)
        except SigapError:
            if not hold:
                raise


def carry(center: Center, unit: str, minute: float) -> None:
    """Carry a case from its call to its end."""
    case = intake.open_call(center, at(minute), ANI, Channel.CALL_112)
    acknowledge(case)
    for _, moves in way(minute, unit):
        for move in moves:
            case = move(center, case)
            acknowledge(case)


def swell(center: Center, rows: int, start: float) -> None:
    """Make the log long, then take it into the file; again and again. A file `taking` marks how long."""
    statement, taking = center.db._connection.cursor(), center.settings.var_dir / "taking"
    for turn in count():
        with center.db.write() as writer:
            positions.append(
                writer,
                [
                    Fix(BOAT, "alat", Source.CREW, LonLat(131.0, -5.9), at(start + turn), at(start + n / 1e4))
                    for n in range(rows)
                ],
            )
        taking.touch()
        # Others store beside it: refused while they do, so again until it may.
        while True:
            try:
                statement.execute("CHECKPOINT")
                break
            except TransactionException:
                continue
        taking.unlink()


def work(folder: Path, run: int, options: dict[str, int]) -> None:
    """Call off what the crash before left under way, then stream from two threads."""
    if "fsize" in options:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (options["fsize"], options["fsize"]))
    center = open_center(settings(folder))
    if "log" in options:
        center.db._connection.execute(f"SET GLOBAL checkpoint_threshold = '{options['log']} bytes'")
    start = 100_000.0 * run
    for case in reads.open_cases(center.db.read()):
        if case.active_units:
            now = max(at(start), case.status_at + timedelta(hours=1))
            acknowledge(exits.call_off(center, now, PUTRI, ref(case), Outcome.CANCELLED, "listrik padam"))
    others = [threading.Thread(target=stream, args=(center, PUMP, start + 7, "hold" in options))]
    if "big" in options:
        others.append(threading.Thread(target=swell, args=(center, options["big"], start)))
    for other in others:
        other.start()
    stream(center, BOAT, start, "hold" in options)


def main() -> None:
    """Fork a child for every line."""
    for line in sys.stdin:
        folder, run, told = line.rstrip("\n").split("\t")
        options = {name: int(value) for name, _, value in (one.partition("=") for one in told.split())}
        pid = os.fork()
        if pid == 0:
            work(Path(folder), int(run), options)
        os.write(1, f"pid {pid}\n".encode())
        _, status = os.waitpid(pid, 0)
        os.write(1, f"dead {status}\n".encode())


if __name__ == "__main__":
    main()
