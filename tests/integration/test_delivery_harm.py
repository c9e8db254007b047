"""A receiver that fails in every way and a sender killed again and again: both sides end with the same."""

from pathlib import Path

from benchmarks.delivery import Pace, drain


def test_what_dkisp_holds_is_what_was_sent_after_every_kind_of_harm(tmp_path: Path) -> None:
    outcome = drain(tmp_path, 120, seed=11, kills=5, pace=Pace(1.0, 0.05, 0.3))
    assert outcome.whole, str(outcome)
    assert set(outcome.harm) == {"well", "refuse", "hang", "cut", "500", "lost", "twice"}, outcome.harm
