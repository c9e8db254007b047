"""The chain's encoding is unambiguous, and a link says what is wrong with it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from domain.trail import (
    ENTITY,
    ERASURE,
    GENESIS,
    LOSS,
    Anchor,
    Claim,
    Fault,
    Line,
    Walk,
    content_digest,
    encode,
    link,
    microseconds,
    time_of,
)

AT = datetime(2031, 3, 5, tzinfo=UTC)
few = settings(max_examples=60)
numbers = st.integers(-(2**62), 2**62)
# Letters that an encoding without lengths would take for its own.
words = st.text("a1:,‖\x00é", max_size=6)
fields = st.tuples(numbers, numbers, numbers, *[words] * 7, st.binary(min_size=32, max_size=32))


@few
@given(fields, fields)
def test_no_two_events_are_encoded_alike(one, other):
    assert (encode(*one) == encode(*other)) == (one == other)


@few
@given(st.lists(words, min_size=7, max_size=7), st.integers(0, 5), st.integers(0, 6))
def test_a_letter_moved_from_one_field_to_the_next_gives_other_bytes(told, which, cut):
    both = told[which] + told[which + 1]
    moved = [*told[:which], both[:cut], both[cut:], *told[which + 2 :]]
    assume(moved != told)
    digest = bytes(32)
    assert encode(1, 2, 3, *told, digest) != encode(1, 2, 3, *moved, digest)


@few
@given(st.binary(min_size=16, max_size=16), words, words, st.integers(0, 12))
def test_a_letter_moved_from_before_to_after_gives_another_digest(salt, before, after, cut):
    both = before + after
    assume(both[:cut] != before)
    assert content_digest(salt, before, after) != content_digest(salt, both[:cut], both[cut:])


def test_the_same_content_under_another_salt_cannot_be_recognised():
    assert content_digest(bytes(16), "{}", "{}") != content_digest(b"1" * 16, "{}", "{}")


@few
@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from((-8, 0, 7)))
def test_a_time_is_told_to_the_microsecond_in_whatever_zone(at, hours):
    assert time_of(microseconds(at)) == at
    assert microseconds(at + timedelta(microseconds=1)) == microseconds(at) + 1


def test_the_hash_of_a_known_event_is_what_another_program_reckons():
    """Reckoned with sha256sum and printf."""
    digest = content_digest(bytes(range(16)), "{}", '{"a": "é"}')
    assert digest.hex() == KNOWN_DIGEST
    told = ("Ani", "ani", "", "call_taker", "case", "x", "take_call")
    encoded = encode(1, 0, 1_000_000, *told, digest)
    assert encoded.startswith(b"1:1,1:0,7:1000000,3:Ani,3:ani,0:,10:call_taker,4:case,1:x,9:take_call,32:")
    assert link(GENESIS, encoded).hex() == KNOWN_HASH


KNOWN_DIGEST = "e127b5c119bc4dd1a9b4e6a9a9c7db297043f04d2d9618bdec27139140658e5c"
KNOWN_HASH = "855e7614b2797d53aab6eb5b919e9b5e44a961101e2ce14618f36c7a50d3aa4c"


def chained(*told, entity="case", entity_id="x"):
    """Return events with these contents."""
    lines, prev = [], GENESIS
    for seq, after in enumerate(told, start=1):
        salt = bytes([seq]) * 16
        digest = content_digest(salt, "{}", after)
        who = ("Ani", "ani", "", "call_taker", entity, entity_id, "take_call")
        mine = link(prev, encode(seq, seq, seq, *who, digest))
        lines.append(Line(seq, seq, seq, *who, "{}", after, salt, digest, prev, mine))
        prev = mine
    return lines


def walked(lines, anchors=(), claims=(), own=None, **more):
    walk = Walk(anchors, **more)
    known, own = dict(claims), own or {}
    for line in lines:
        if not walk.take(line, known.get(line.seq), own.get(line.seq)):
            break
    return walk.found()


def broken(found):
    return (found.broken.seq, found.broken.fault) if found.broken else None


LINES = chained("{}", '{"a": 1}', '{"a": 2}', '{"a": 3}')
OTHER = {
    "occurred_us": 9,
    "entered_us": 9,
    "actor": "Budi",
    "account": "budi",
    "on_behalf_of": "Sari",
    "role": "admin",
    "entity": "unit",
    "entity_id": "y",
    "action": "close",
    "digest": bytes(32),
    "hash": bytes(32),
}


def test_a_whole_chain_is_whole():
    found = walked(LINES)
    assert (found.is_whole, found.events, found.newest_seq, found.newest_hash) == (True, 4, 4, LINES[3].hash)
    assert (found.first_at, found.last_at) == (time_of(1), time_of(4))


@pytest.mark.parametrize("name", OTHER)
def test_each_changed_field_is_found_where_it_was_changed(name):
    changed = [*LINES[:1], LINES[1]._replace(**{name: OTHER[name]}), *LINES[2:]]
    assert broken(walked(changed)) == (2, Fault.FIELDS)


@pytest.mark.parametrize("change", [{"before": "[]"}, {"after": "{} "}, {"salt": bytes(16)}])
def test_changed_content_is_found(change):
    changed = [*LINES[:2], LINES[2]._replace(**change), LINES[3]]
    assert broken(walked(changed)) == (3, Fault.CONTENT)


def test_an_event_taken_out_put_in_or_exchanged_is_found():
    one, two, three, four = LINES
    assert broken(walked([one, three, four])) == (2, Fault.MISSING)
    assert broken(walked([one, two, two, three])) == (2, Fault.DOUBLED)
    assert broken(walked([one, three._replace(seq=2), two._replace(seq=3), four])) == (2, Fault.LINK)
    assert broken(walked([one, two._replace(prev_hash=bytes(32)), three])) == (2, Fault.LINK)
    put_in = chained("{}", "{}")[1]
    assert broken(walked([one, put_in, three._replace(seq=3), four])) == (3, Fault.LINK)


def anchor(place, seq, digest):
    return Anchor(place, seq, digest, AT)


def test_an_end_cut_off_and_a_chain_written_anew_are_seen_by_an_anchor_alone():
    assert walked(LINES[:2]).is_whole
    lost = walked(LINES[:2], [anchor(0, 1, LINES[0].hash), anchor(1, 4, LINES[3].hash)])
    assert (broken(lost), lost.broken.anchor.seq) == ((3, Fault.END), 4)
    anew = chained("{}", '{"a": 9}', '{"a": 2}', '{"a": 3}')
    assert walked(anew).is_whole
    assert broken(walked(anew, [anchor(0, 3, LINES[2].hash)])) == (3, Fault.ANCHOR)
    assert walked(LINES, [anchor(0, 3, LINES[2].hash), anchor(1, 4, LINES[3].hash)]).anchors == 2


def test_an_accepted_loss_covers_the_anchors_before_it_and_no_later_ones():
    gone = chained("{}", '{"a": 1}', '{"x": 0}', '{"x": 1}', '{"x": 2}')
    anchors = [anchor(0, 2, LINES[1].hash), anchor(1, 5, gone[4].hash)]
    kept = chained("{}", '{"a": 1}', "{}", "{}", "{}")
    kept = [*kept[:2], *(line._replace() for line in kept[2:])]
    told = {3: {"kept": 2, "lost": 5, "anchors": 2}}

    def as_loss(lines):
        lines = [*lines]
        line = lines[2]
        who = (*line[3:7], ENTITY, LOSS, line.action)
        hash_ = link(line.prev_hash, encode(3, 3, 3, *who, line.digest))
        lines[2] = Line(3, 3, 3, *who, *line[10:15], hash_)
        prev = hash_
        for n in (3, 4):
            mine = link(prev, encode(*lines[n][:10], lines[n].digest))
            lines[n] = lines[n]._replace(prev_hash=prev, hash=mine)
            prev = mine
        return lines

    kept = as_loss(kept)
    assert broken(walked(kept, anchors)) == (5, Fault.ANCHOR)
    found = walked(kept, anchors, own=told)
    assert (found.is_whole, found.losses) == (True, 1)
    later = [*anchors, anchor(2, 4, bytes(32))]
    assert broken(walked(kept, later, own=told)) == (4, Fault.ANCHOR)
    assert broken(walked(kept[:4], [*anchors, anchor(2, 5, kept[4].hash)], own=told)) == (5, Fault.END)


def test_an_erasure_is_believed_only_from_a_later_event_and_for_its_digest():
    salt, after = b"s" * 16, '{"a": "[dihapus]"}'
    now = content_digest(salt, "{}", after)
    erased = [*LINES[:1], LINES[1]._replace(after=after, salt=salt), *LINES[2:]]
    found = walked(erased, claims={2: Claim(4, now)})
    assert (found.is_whole, found.erased) == (True, 1)
    assert broken(walked(erased, claims={2: Claim(4, bytes(32))})) == (2, Fault.CONTENT)
    assert broken(walked(erased, claims={2: Claim(2, now)})) == (2, Fault.CONTENT)
    assert broken(walked(erased)) == (2, Fault.CONTENT)
    assert broken(walked(LINES, claims={2: Claim(4, now)})) == (2, Fault.CONTENT), "what was erased is back"


def test_an_event_of_the_trail_itself_cannot_be_erased():
    salt, after = b"s" * 16, "{}"
    lines = chained('{"seqs": []}', entity=ENTITY, entity_id=ERASURE)
    changed = [lines[0]._replace(after=after, salt=salt)]
    assert broken(walked(changed, claims={1: Claim(9, content_digest(salt, "{}", after))})) == (
        1,
        Fault.CONTENT,
    )


def test_a_stretch_without_what_erased_in_it_says_that_it_cannot_tell():
    erased = [*LINES[:1], LINES[1]._replace(after="{}"), *LINES[2:]]
    found = walked(erased, claims={2: Claim(9, None)}, is_part=True)
    assert (found.is_whole, found.unproven, found.erased) == (True, 1, 0)
    assert broken(walked(erased, claims={2: Claim(9, None)})) == (2, Fault.CONTENT)
