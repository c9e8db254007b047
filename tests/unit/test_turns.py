"""Screens take turns: so many at once, in their order, and whoever is asked for something is let go."""

import threading
from collections.abc import Callable
from contextlib import ExitStack

import pytest

from ui.turns import Turns


class Asked(Exception):
    """Somebody pressed something on the screen that waits."""


def fail() -> None:
    raise AssertionError("nobody had to wait")


def in_threads(turns: Turns, names: list[str], done: list[str], began: Callable[[str], None]) -> None:
    """Let each take a turn in a thread of its own, and come to wait one after the other."""
    threads = []
    for name in names:
        waits = threading.Event()

        def take(name: str = name, waits: threading.Event = waits) -> None:
            with turns.turn(waits.set):
                began(name)
                done.append(name)

        threads.append(threading.Thread(target=take))
        threads[-1].start()
        assert waits.wait(5)
    turns._give_back()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()


def test_so_many_are_let_through_at_once() -> None:
    turns = Turns(3)
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(turns.turn(fail))
        with pytest.raises(Asked), turns.turn(_asked):
            raise AssertionError("a fourth came through")
    with turns.turn(fail):
        pass


def _asked() -> None:
    raise Asked


def test_who_waited_first_goes_first_and_one_at_a_time() -> None:
    turns, done = Turns(1), list[str]()
    inside = 0

    def began(_name: str) -> None:
        nonlocal inside
        inside += 1
        assert inside - len(done) == 1

    turns._take(fail)
    in_threads(turns, ["a", "b", "c", "d"], done, began)
    assert done == ["a", "b", "c", "d"]
    with turns.turn(fail):
        pass


def test_a_turn_is_given_back_whatever_happens_in_it() -> None:
    turns = Turns(1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), turns.turn(fail):
            raise ZeroDivisionError


def test_who_is_let_go_while_waiting_takes_nobodys_turn() -> None:
    turns = Turns(1)
    with turns.turn(fail):
        for _ in range(3):
            with pytest.raises(Asked), turns.turn(_asked):
                raise AssertionError("it came through")
    with turns.turn(fail):
        pass


def test_who_is_let_go_in_the_moment_of_its_turn_passes_it_on() -> None:
    turns = Turns(1)
    turns._take(fail)

    def asked_too_late() -> None:
        turns._give_back()
        raise Asked

    with pytest.raises(Asked), turns.turn(asked_too_late):
        raise AssertionError("it came through")
    with turns.turn(fail):
        pass


def test_no_turn_begins_while_somebody_is_at_work() -> None:
    turns, began = Turns(1, gives_way_s=60), list[str]()
    waits = threading.Event()

    def draw() -> None:
        with turns.turn(waits.set):
            began.append("by itself")

    thread = threading.Thread(target=draw)
    with turns.at_work(), turns.at_work():
        thread.start()
        assert waits.wait(5)
        assert not began
    thread.join(5)
    assert began == ["by itself"]


def test_a_busy_room_keeps_no_screen_waiting_for_ever() -> None:
    turns = Turns(1, gives_way_s=0.1)
    with turns.at_work(), turns.turn(lambda: None):
        pass


def test_who_is_let_go_while_giving_way_gives_the_turn_back() -> None:
    turns = Turns(1, gives_way_s=60)
    with turns.at_work(), pytest.raises(Asked), turns.turn(_asked):
        raise AssertionError("it came through")
    with turns.turn(fail):
        pass


def test_a_screen_that_hangs_stops_no_other() -> None:
    turns = Turns(1, patience_s=0.1)
    with turns.turn(fail):
        for _ in range(3):
            with turns.turn(lambda: None):
                pass
        with pytest.raises(Asked), turns.turn(_asked):
            raise AssertionError("who went without a turn gave one back")
    with turns.turn(fail):
        pass
