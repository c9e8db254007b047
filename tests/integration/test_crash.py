"""Killed with -9 in the middle of a stream of changes, Sigap loses no change that it acknowledged.

The same database is crashed again and again, a new one begun every 40 times: `SIGAP_CRASHES` times, 20 unless
told (400 in `make faults`).
"""

import os
import random

import pytest
from builders import WAY
from faults_victim import Victim, check, tell, tries

CRASHES = int(os.environ.get("SIGAP_CRASHES") or tries(20, 400))


@pytest.fixture
def victim():
    started = Victim()
    yield started
    started.end()


def test_no_acknowledged_change_is_lost_however_often_the_process_is_killed(tmp_path, victim):
    chance = random.Random(WAY.sop.number)
    total = busy = gone = 0
    for run in range(1, CRASHES + 1):
        during_start = run % 5 == 0
        folder = tmp_path / str(run // 40)
        acknowledged = victim.crash(
            folder,
            run,
            first_ack=not during_start,
            after_s=chance.uniform(0.0, 0.15 if during_start else 0.5),
        )
        total += len(acknowledged)
        busy += len(acknowledged) > 3
        gone += check(folder, acknowledged)
    tell("kill -9 at a random moment, a fifth during start", CRASHES, total, gone, "by itself")
    assert gone == 0
    assert total >= CRASHES
    assert busy >= CRASHES // 4
