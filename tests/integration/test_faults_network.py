"""The network to DKISP refuses, hangs, is cut and loses answers, hundreds of times (`make faults`)."""

import pytest
from faults_victim import tell, tries

from benchmarks.delivery import Pace, drain


@pytest.mark.skipif(not tries(0, 1), reason="only in make faults; a shorter run is test_delivery_harm")
def test_both_sides_hold_the_same_after_hundreds_of_cuts(tmp_path):
    outcome = drain(tmp_path, 1_500, seed=17, kills=25, pace=Pace(1.0, 0.05, 0.3), outage_s=3)
    harm = {kind: n for kind, n in outcome.harm.items() if kind != "well"}
    told = ", ".join(f"{kind} {n}" for kind, n in sorted(harm.items()))
    lost = outcome.missing + outcome.different + outcome.unreceipted + outcome.not_noted
    tell(
        f"network to DKISP: {told}; sender killed {outcome.kills} times; 3 s nobody there",
        sum(harm.values()) + outcome.kills,
        outcome.records,
        lost,
        "by itself; both sides equal, nothing twice",
    )
    assert outcome.whole, str(outcome)
