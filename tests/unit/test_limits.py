"""Rates, pauses and nesting: what one sender may ask of the API."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limiter import Limiter, address_key
from domain.limits import Limits, Rate, Strikes, is_too_deep, strike, take

RATES = st.builds(Rate, st.just("uji"), st.floats(0.1, 100), st.integers(1, 200).map(float))
STEPS = st.lists(st.tuples(st.floats(0, 5), st.integers(1, 20).map(float)), max_size=60)


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@given(RATES, STEPS)
def test_never_more_than_the_burst_and_what_flowed_in(rate: Rate, steps: list[tuple[float, float]]) -> None:
    bucket, now_s, got = None, 0.0, 0.0
    for pause_s, cost in steps:
        now_s += pause_s
        taken = take(bucket, rate, now_s, cost)
        bucket = taken.bucket
        got += cost if taken.allowed else 0
        assert 0 <= bucket.left <= rate.burst
        assert got <= rate.burst + now_s * rate.per_s + 1e-6


@given(RATES, STEPS)
def test_after_the_wait_that_was_told_it_is_allowed_and_not_much_before(
    rate: Rate, steps: list[tuple[float, float]]
) -> None:
    bucket, now_s = None, 0.0
    for pause_s, cost in steps:
        now_s += pause_s
        taken = take(bucket, rate, now_s, cost)
        bucket = taken.bucket
        if not taken.allowed and cost <= rate.burst:
            assert take(bucket, rate, now_s + taken.wait_s + 1e-6, cost).allowed
            assert not take(bucket, rate, now_s + taken.wait_s * 0.99 - 1e-6, cost).allowed


def test_a_refusal_takes_nothing() -> None:
    rate = Rate("uji", 1, 5)
    some = take(None, rate, 0, 3)
    refused = take(some.bucket, rate, 0, 3)
    assert not refused.allowed
    assert take(refused.bucket, rate, 0, 2).allowed


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    rate = Rate("uji", 10, 5)
    empty = take(None, rate, 100, 5).bucket
    assert not take(empty, rate, 50).allowed


def test_wrong_credentials_pause_longer_each_time_and_are_forgiven() -> None:
    limits, seen, pauses = Limits(), Strikes(), []
    for _ in range(limits.free_strikes):
        seen = strike(seen, limits, 0)
    assert seen.until_s < 0
    for _ in range(10):
        seen = strike(seen, limits, 0)
        pauses.append(seen.until_s)
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    later = limits.forgive_s * limits.free_strikes * 2
    assert strike(seen, limits, later).until_s < later


def test_senders_are_remembered_up_to_a_number_and_the_longest_unused_is_forgotten() -> None:
    limiter, rate = Limiter(Limits(most_senders=100), Clock()), Rate("uji", 1, 1)
    for n in range(1000):
        limiter.charge(f"a{n}", rate)
        limiter.wrong(f"a{n}")
    assert len(limiter) <= 200
    assert not limiter.charge("a999", rate).taken.allowed
    assert limiter.charge("a0", rate).taken.allowed, "forgotten, so it starts afresh"


def test_the_headers_say_what_is_left_and_when_to_come_again() -> None:
    limiter, rate = Limiter(Limits(), Clock()), Rate("uji", 2, 10)
    first = dict(limiter.charge("a", rate, 4).headers())
    assert first == {b"ratelimit-policy": b'"uji";q=10;w=5', b"ratelimit": b'"uji";r=6;t=2'}
    refused = dict(limiter.charge("a", rate, 9).headers())
    assert (refused[b"ratelimit"], refused[b"retry-after"]) == (b'"uji";r=6;t=2', b"2")


def test_rates_of_one_sender_do_not_mix_and_neither_do_senders() -> None:
    limiter = Limiter(Limits(), Clock())
    one, other = Rate("satu", 1, 1), Rate("dua", 1, 1)
    assert limiter.charge("a", one).taken.allowed
    assert not limiter.charge("a", one).taken.allowed
    assert limiter.charge("a", other).taken.allowed
    assert limiter.charge("b", one).taken.allowed


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("?", "?", True),
    ],
)
def test_one_ipv6_network_is_one_sender(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same


JSON = st.recursive(
    st.none() | st.integers() | st.text('[]{}"\\ab', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text('[{"x', max_size=3), inner, max_size=3)
    ),
    max_leaves=30,
)


def depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max((depth(one) for one in inner), default=0)


@given(JSON, st.integers(0, 6))
def test_the_depth_of_json_is_that_of_its_values_whatever_its_words_hold(value: object, deepest: int) -> None:
    assert is_too_deep(json.dumps(value).encode(), deepest) is (depth(value) > deepest)


def test_a_million_brackets_are_too_deep() -> None:
    assert is_too_deep(b"[" * 1_000_000, 32)
    assert not is_too_deep(b"[" + b"{}," * 300_000 + b"1]", 32)
