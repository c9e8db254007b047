"""The outbox for DKISP over real HTTP and as files: once, whole, receipted, whatever the other side does."""

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from builders import AGUS, ANI, DEDI, FAJAR, SARI, a_photo
from center_builders import Clock, S, a_receipt, a_stored_case, at, receipted, ref, settings
from dkisp_peer import DkispPeer, dkisp_peer

from database import cases
from domain import alarms as alarm_rules
from domain.alarms import AlarmKind
from domain.case import Actor, Case
from domain.errors import BadInput, MissingForStep, NotFound, NotPermitted
from domain.outbox import Outgoing, SendState, Trouble
from domain.words import Outcome, StepState
from export import dkisp as client
from services import alarms, closing, delivery, dkisp, exits, handling, monitoring, outbox
from services.center import Center, close_center, open_center
from services.delivery import Courier

PATIENCE_S = 20.0
KEY = "kunci-uji-" + "0" * 30


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


@pytest.fixture
def peer() -> Iterator[DkispPeer]:
    with dkisp_peer() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock(at(30))


@pytest.fixture
def courier(center: Center, clock: Clock) -> Iterator[Courier]:
    found = Courier(center, clock)
    yield found
    found.close()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give DKISP less time than in real life, so that a test of a hanging one is short."""
    monkeypatch.setattr(client, "TOTAL_S", 0.5)


def point(center: Center, url: str, more: str = f'key_id = "sigap"\nkey = "{KEY}"\n') -> None:
    (center.settings.data_dir / dkisp.FILE).write_text(f'url = "{url}"\n{more}', encoding="utf-8")


def registered(center: Center, start: float = 0) -> Case:
    return a_stored_case(center, S.REGISTERED, start)


def present(center: Center, case: Case) -> Outgoing:
    return outbox.of_case(center, case.case_id)[-1]


def carry(courier: Courier) -> int:
    started = courier.look()
    courier.settle(PATIENCE_S)
    return started


def await_answers(courier: Courier, n: int) -> None:
    """Wait until at least so many started attempts have their answers."""
    until = time.monotonic() + PATIENCE_S
    while sum(future.done() for future in courier._running.values()) < n:
        assert time.monotonic() < until, "no answer came"
        time.sleep(0.01)


def now_of(center: Center, case: Case) -> Case:
    return monitoring.get(center, case.case_id)


# --- queueing ---------------------------------------------------------------------------------------


def test_registering_queues_the_record_in_the_same_transaction(center: Center) -> None:
    case = registered(center)
    one = present(center, case)
    body = outbox.exact_bytes(center, case.case_id, 1)
    assert (one.state, one.queued_at, one.revision) == (SendState.QUEUED, at(22), 1)
    assert one.digest == hashlib.sha256(body).hexdigest() == case.delivery.digest
    told = json.loads(body)
    assert (told["record_id"], told["register_no"], told["revision"]) == (case.case_id, case.register_no, 1)
    assert cases.rebuilt(center.db.read(), case.case_id) == case


def test_a_refused_registration_queues_nothing(center: Center) -> None:
    case = a_stored_case(center, S.UPDATING)
    with pytest.raises(MissingForStep):
        closing.register(center, at(22), ANI, ref(case))
    assert outbox.of_case(center, case.case_id) == []


def test_a_record_that_cannot_be_stored_registers_nothing(center: Center) -> None:
    registered(center)  # one that is stored, so that numbers are in use
    case = a_stored_case(center, S.UPDATING, 100)
    case = handling.update_condition(center, at(122), DEDI, ref(case), "Selamat")
    with center.db.write() as writer:
        # What a disk does that fails in the middle: the outbox takes nothing, so nothing is registered.
        writer.execute("ALTER TABLE outbox RENAME TO outbox_gone")
    case = handling.record_outcome(
        center, at(122), DEDI, ref(case), Outcome.RESCUED, handling.Victims(safe=1, total=1)
    )
    with pytest.raises(Exception, match="outbox"):
        closing.register(center, at(122), ANI, ref(case))
    assert now_of(center, case).register_no is None
    with center.db.write() as writer:
        writer.execute("ALTER TABLE outbox_gone RENAME TO outbox")
    assert closing.register(center, at(123), ANI, ref(case)).register_no == "UJI-0002-2031"


def test_a_case_called_off_before_anybody_left_is_queued_too(center: Center) -> None:
    case = a_stored_case(center, S.VERIFIED)
    case = exits.call_off(center, at(8), DEDI, ref(case), Outcome.CANCELLED, "pelapor membatalkan")
    assert present(center, case).digest == case.delivery.digest


def test_a_document_that_comes_after_sending_is_the_next_revision(center: Center) -> None:
    case = receipted(center, registered(center), at(23))
    case = handling.attach(center, at(40), FAJAR, ref(case), "akhir.jpg", a_photo("akhir"))
    first, second = outbox.of_case(center, case.case_id)
    assert (first.state, second.state, case.revision) == (SendState.RECEIPTED, SendState.QUEUED, 2)
    assert second.digest == case.delivery.digest != first.digest
    assert len(json.loads(outbox.exact_bytes(center, case.case_id, 2))["documents"]) == 2


def test_a_reason_given_after_sending_is_the_next_revision_only_where_the_record_holds_it(
    center: Center,
) -> None:
    case = registered(center)
    case = handling.give_overrun_reason(center, at(40), DEDI, ref(case), 8, "antre")
    assert case.revision == 1
    case = handling.give_overrun_reason(center, at(41), DEDI, ref(case), 3, "sinyal putus")
    assert (case.revision, present(center, case).revision) == (2, 2)


def test_a_reopened_case_sends_the_next_revision(center: Center) -> None:
    case = a_stored_case(center, S.CLOSED)
    case = exits.reopen(center, at(30), SARI, ref(case), "korban kedua")
    assert [one.revision for one in outbox.of_case(center, case.case_id)] == [1]
    case = handling.update_condition(center, at(31), DEDI, ref(case), "Selesai")
    case = handling.give_reasons(center, at(31), DEDI, ref(case), handling.Reasons("-", "radio", "-"))
    case = handling.finish_monitoring(center, at(32), DEDI, ref(case))
    case = handling.record_outcome(
        center, at(32), DEDI, ref(case), Outcome.RESCUED, handling.Victims(safe=2, total=2)
    )
    case = closing.register(center, at(33), ANI, ref(case))
    assert [one.revision for one in outbox.of_case(center, case.case_id)] == [1, 2]
    assert case.register_no == "UJI-0001-2031"


def test_what_was_registered_before_there_was_an_outbox_is_adopted_once(center: Center) -> None:
    case = registered(center)
    with center.db.write() as writer:
        writer.execute("DELETE FROM outbox")
        writer.execute("DELETE FROM outbox_state")
    assert delivery.adopt(center, at(60)) == 1
    assert delivery.adopt(center, at(61)) == 0
    case = now_of(center, case)
    assert present(center, case).digest == case.delivery.digest
    assert cases.rebuilt(center.db.read(), case.case_id) == case


# --- over HTTP --------------------------------------------------------------------------------------


def test_a_record_goes_once_and_its_receipt_makes_step_8_green(
    center: Center, peer: DkispPeer, courier: Courier
) -> None:
    point(center, peer.url)
    case = registered(center)
    case = closing.print_form(center, at(23), ANI, ref(case))
    assert case.step(8).state is StepState.IN_PROGRESS
    assert carry(courier) == 1
    body = outbox.exact_bytes(center, case.case_id, 1)
    assert peer.stored == {(case.case_id, 1): body}
    ((path, headers, packed),) = peer.requests
    assert path == f"/v1/cases/{case.case_id}/revisions/1"
    assert headers["idempotency-key"] == f"{case.case_id}/1/{hashlib.sha256(body).hexdigest()}"
    assert headers["content-encoding"] == "gzip"
    assert 'keyid="sigap"' in headers["signature-input"]
    assert len(packed) < len(body)
    one, case = present(center, case), now_of(center, case)
    assert one.state is SendState.RECEIPTED
    assert case.delivery.receipt_id == one.receipt.receipt_id == f"BT-{one.digest[:12]}"
    assert (case.step(8).state, case.step(8).finished_at) == (StepState.DONE, at(30))
    assert cases.rebuilt(center.db.read(), case.case_id) == case
    assert carry(courier) == 0, "a receipted revision is not sent again"


@pytest.mark.parametrize(
    ("manner", "trouble"),
    [
        ("500", Trouble.SERVER),
        ("cut", Trouble.CUT),
        ("half", Trouble.CUT),
        ("lost", Trouble.CUT),
        ("hang", Trouble.TIMEOUT),
        ("denied", Trouble.DENIED),
        ("moved", Trouble.DENIED),
    ],
)
@pytest.mark.usefixtures("short")
def test_what_may_pass_is_tried_again_later_and_then_arrives_once(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock, manner: str, trouble: Trouble
) -> None:
    point(center, peer.url)
    case = registered(center)
    peer.manners = [manner]
    carry(courier)
    one = present(center, case)
    assert (one.state, one.trouble, one.attempts) == (SendState.QUEUED, trouble, 1)
    assert one.next_at > clock.now
    assert now_of(center, case).delivery.receipt_id is None
    assert carry(courier) == 0, "not before its time"
    clock.now = one.next_at
    carry(courier)
    one = present(center, case)
    assert (one.state, one.attempts, one.trouble) == (SendState.RECEIPTED, 2, None)
    assert len(peer.stored) == 1


def test_a_receiver_that_asks_for_time_gets_it(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    case = registered(center)
    peer.manners = ["busy"]
    carry(courier)
    one = present(center, case)
    assert (one.trouble, one.next_at) == (Trouble.BUSY, clock.now + timedelta(seconds=120))


def test_nobody_there_waits_and_loses_nothing(center: Center, courier: Courier, clock: Clock) -> None:
    with dkisp_peer() as gone:
        url = gone.url
    point(center, url)
    case = registered(center)
    for _ in range(6):
        carry(courier)
        clock.now += timedelta(minutes=20)
    one = present(center, case)
    assert (one.state, one.trouble, one.attempts) == (SendState.QUEUED, Trouble.UNREACHABLE, 6)
    with dkisp_peer() as back:
        point(center, back.url)
        carry(courier)
    assert present(center, case).state is SendState.RECEIPTED


def test_five_hundred_for_an_hour_is_asked_ever_more_rarely_and_then_receipted(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    case = registered(center)
    peer.manner_of[case.case_id] = "500"
    waits = []
    while clock.now < at(90):
        carry(courier)
        one = present(center, case)
        assert (one.state, one.trouble) == (SendState.QUEUED, Trouble.SERVER)
        waits.append(one.next_at - clock.now)
        clock.now = one.next_at
    assert len(waits) < 20, "an hour is not hammered at"
    assert waits[0] <= timedelta(seconds=5) < waits[-1] <= timedelta(minutes=15)
    assert outbox.counts(center, clock.now).late == 1
    peer.manner_of.clear()
    carry(courier)
    assert present(center, case).state is SendState.RECEIPTED
    assert len(peer.stored) == 1


@pytest.mark.parametrize(
    ("manner", "trouble", "says"),
    [
        ("conflict", Trouble.CONFLICT, "cdcdcdcdcdcdcdcd"),
        ("invalid", Trouble.INVALID, "victims.total: kosong"),
        ("wrong", Trouble.BAD_RECEIPT, "efefefefefefefef"),
    ],
)
def test_what_needs_a_person_stands_in_trouble_until_a_person_acts(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock, manner: str, trouble: Trouble, says: str
) -> None:
    point(center, peer.url)
    case = registered(center)
    peer.manners = [manner]
    carry(courier)
    one = present(center, case)
    assert (one.state, one.trouble) == (SendState.TROUBLE, trouble)
    assert says in one.detail
    assert now_of(center, case).delivery.receipt_id is None
    clock.now += timedelta(days=2)
    assert carry(courier) == 0
    assert outbox.counts(center, clock.now).trouble == 1
    with pytest.raises(NotPermitted):
        outbox.resend(center, clock.now, AGUS, case.case_id, 1)
    outbox.resend(center, clock.now, DEDI, case.case_id, 1)
    carry(courier)
    assert present(center, case).state is SendState.RECEIPTED
    with pytest.raises(BadInput, match="sudah berbukti"):
        outbox.resend(center, clock.now, DEDI, case.case_id, 1)


def test_a_late_answer_and_a_second_one_are_one_receipt(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    case = registered(center)
    peer.manners = ["late"]
    assert courier.look() == 1
    clock.now += timedelta(minutes=30)
    assert courier.look() == 0, "an attempt that is under way is not made twice"
    outbox.take_receipt(center, clock.now, DEDI, a_receipt(case, clock.now, "USB-1"))
    peer.release.set()
    courier.settle(PATIENCE_S)
    assert present(center, case).receipt.receipt_id == "USB-1", "what was settled stays as it was"
    receipts = [e for e in cases.events(center.db.read(), case.case_id) if e.action == "record_receipt"]
    assert len(receipts) == 1


def test_one_that_hangs_holds_up_no_other(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    hanging, other = registered(center), registered(center, 40)
    peer.manner_of[hanging.case_id] = "hang"
    clock.now = at(70)
    assert courier.look() == 2
    await_answers(courier, 1)
    courier.look()
    assert present(center, other).state is SendState.RECEIPTED
    assert courier.waits_for == 1
    third = registered(center, 80)
    clock.now = at(110)
    assert courier.look() == 1
    await_answers(courier, 1)
    courier.look()
    assert present(center, third).state is SendState.RECEIPTED


def test_a_receiver_whose_clock_is_wrong_is_believed_what_it_holds_not_when(
    center: Center, peer: DkispPeer, courier: Courier
) -> None:
    point(center, peer.url)
    case = closing.print_form(center, at(23), ANI, ref(registered(center)))
    carry(courier)
    case = now_of(center, case)
    assert present(center, case).receipt.received_at.year == 2031
    assert case.step(8).finished_at == at(30), "the procedure is timed by our own clock"


def test_the_receipt_of_an_older_revision_does_not_settle_the_newer(center: Center) -> None:
    case = registered(center)
    old = a_receipt(case, at(41))
    case = handling.attach(center, at(40), FAJAR, ref(case), "akhir.jpg", a_photo("akhir"))
    outbox.take_receipt(center, at(41), DEDI, old)
    first, second = outbox.of_case(center, case.case_id)
    assert (first.state, second.state) == (SendState.RECEIPTED, SendState.QUEUED)
    assert now_of(center, case).delivery.receipt_id is None


@pytest.mark.parametrize(
    "told",
    [
        b'{"errors": ["bad \\ud800"]}',
        b'{"errors": ["a\\u0000b"], "digest": "\\ud800"}',
        b"\xff",
        b'{"errors": 7}',
    ],
)
def test_words_that_cannot_be_stored_hold_up_nobody(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock, told: bytes
) -> None:
    point(center, peer.url)
    bad, good = registered(center), registered(center, 40)
    clock.now = at(70)
    peer.manner_of[bad.case_id] = "told"
    peer.told = told
    carry(courier)
    assert present(center, good).state is SendState.RECEIPTED
    assert (present(center, bad).state, present(center, bad).trouble) == (SendState.TROUBLE, Trouble.INVALID)


def test_one_answer_that_cannot_be_stored_keeps_no_other_from_it(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    bad, good = registered(center), registered(center, 40)
    with center.db.write() as writer:
        writer.execute("UPDATE case_open SET state = '{}' WHERE case_id = ?", bad.case_id)
        writer.next_event_seq()
    clock.now = at(70)
    carry(courier)
    assert present(center, good).state is SendState.RECEIPTED
    third = registered(center, 80)
    clock.now = at(110)
    carry(courier)
    assert present(center, third).state is SendState.RECEIPTED


@pytest.mark.usefixtures("short")
def test_a_head_that_drips_is_cut_off(center: Center, peer: DkispPeer, courier: Courier) -> None:
    point(center, peer.url)
    case = registered(center)
    peer.manners = ["drip"]
    carry(courier)
    assert present(center, case).trouble is Trouble.TIMEOUT


def test_one_burst_of_failures_is_one_pause_and_a_person_or_other_settings_end_it(
    center: Center, peer: DkispPeer, clock: Clock
) -> None:
    with dkisp_peer() as gone:
        url = gone.url
    point(center, url)
    for k in range(6):
        registered(center, 30 * k)
    clock.now = at(300)
    courier = Courier(center, clock, connections=2)
    carry(courier)
    assert courier.look() == 0
    pause = courier._pause_until
    assert pause is not None and pause - clock.now <= timedelta(seconds=5)
    outbox.resend(center, clock.now, DEDI, outbox.in_state(center, SendState.QUEUED)[0].record_id, 1)
    assert carry(courier) == 1, "somebody asked"
    point(center, peer.url)
    for one in outbox.in_state(center, SendState.QUEUED):
        outbox.resend(center, clock.now, DEDI, one.record_id, 1)
    center.send_now.clear()
    carry(courier)
    courier.close()
    assert len(peer.stored) == 6


def test_a_receiver_that_asks_for_time_gets_it_for_all_that_wait(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    first, second = registered(center), registered(center, 40)
    peer.manner_of[first.case_id] = "busy"
    clock.now = at(70)
    carry(courier)
    assert present(center, second).state is SendState.RECEIPTED, "it was under way"
    third = registered(center, 80)
    clock.now = at(70) + timedelta(seconds=119)
    assert courier.look() == 0
    clock.now = at(110)
    peer.manner_of.clear()
    carry(courier)
    assert {present(center, one).state for one in (first, third)} == {SendState.RECEIPTED}


def test_a_clock_that_was_set_back_does_not_keep_records_for_days(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    case = registered(center)
    clock.now = at(0) - timedelta(days=2)
    carry(courier)
    assert present(center, case).state is SendState.RECEIPTED


def test_a_replaced_revision_that_was_refused_is_nobodys_trouble(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock
) -> None:
    point(center, peer.url)
    case = registered(center)
    peer.manners = ["invalid"]
    carry(courier)
    assert outbox.counts(center, clock.now).trouble == 1
    handling.attach(center, clock.now, FAJAR, ref(case), "akhir.jpg", a_photo("akhir"))
    carry(courier)
    first, second = outbox.of_case(center, case.case_id)
    assert (first.state, second.state) == (SendState.TROUBLE, SendState.RECEIPTED)
    assert outbox.counts(center, clock.now + timedelta(hours=3)).trouble == 0
    assert outbox.counts(center, clock.now + timedelta(hours=3)).late == 0
    assert outbox.in_state(center, SendState.TROUBLE) == []


def test_a_case_that_cannot_be_read_keeps_no_other_from_being_adopted(center: Center) -> None:
    bad, good = registered(center), registered(center, 40)
    with center.db.write() as writer:
        writer.execute("DELETE FROM outbox")
        writer.execute("DELETE FROM outbox_state")
        writer.execute(
            "UPDATE case_open SET state = json_object('revision', 1) WHERE case_id = ?", bad.case_id
        )
        writer.next_event_seq()
    assert delivery.adopt(center, at(100)) == 1
    assert len(outbox.of_case(center, good.case_id)) == 1


def test_a_clock_before_the_registration_adopts_nothing_by_halves(center: Center) -> None:
    case = registered(center)
    with center.db.write() as writer:
        writer.execute("DELETE FROM outbox")
        writer.execute("DELETE FROM outbox_state")
    assert delivery.adopt(center, at(1)) == 0
    assert outbox.of_case(center, case.case_id) == []
    assert delivery.adopt(center, at(100)) == 1


def test_many_that_fail_make_the_sender_pause_instead_of_asking_for_each(
    center: Center, peer: DkispPeer, clock: Clock
) -> None:
    point(center, peer.url)
    for k in range(4):
        registered(center, 30 * k)
    clock.now = at(200)
    courier = Courier(center, clock, connections=2)
    peer.manners = ["500"] * 4
    carry(courier)
    asked = len(peer.requests)
    registered(center, 120)
    assert carry(courier) == 0, "nobody answers well: wait"
    assert len(peer.requests) == asked
    clock.now += timedelta(minutes=30)
    carry(courier)
    courier.close()
    assert len(peer.stored) == 5


# --- settings ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('url = "ftp://dkisp"\n', "url"),
        ('url = "https://x"\nkey_id = "a"\n', "key_id"),
        ('url = "https://x"\nclient_cert = "a.pem"\nclient_key = "a.pem"\n', "client_cert"),
        ('url = "https://x"\nkey_id = "a"\nkey = "rahasia-pendek"\n', "key"),
        ("url = \n", "TOML"),
    ],
)
def test_bad_settings_are_named_without_secrets_and_nothing_is_lost(
    center: Center, courier: Courier, caplog: pytest.LogCaptureFixture, text: str, says: str
) -> None:
    (center.settings.data_dir / dkisp.FILE).write_text(text)
    case = registered(center)
    with pytest.raises(dkisp.BadDkisp) as told:
        outbox.destination(center)
    assert says in str(told.value)
    with caplog.at_level(logging.DEBUG):
        assert carry(courier) == 0
    assert "rahasia-pendek" not in str(told.value) + caplog.text
    assert present(center, case).state is SendState.QUEUED


# --- as files -----------------------------------------------------------------------------------------


def test_without_an_address_the_record_is_dropped_with_checksum_and_manifest(
    center: Center, courier: Courier
) -> None:
    case = registered(center)
    assert carry(courier) == 1
    one = present(center, case)
    file = center.outbox_dir / one.path
    assert (one.state, file.read_bytes()) == (
        SendState.DROPPED,
        outbox.exact_bytes(center, case.case_id, 1),
    )
    assert file.with_name(file.name + ".sha256").read_text().split() == [one.digest, file.name]
    lines = [json.loads(line) for line in (file.parent / "manifest.jsonl").read_text().splitlines()]
    assert lines[0]["record_id"] == case.case_id
    assert lines[-1] == {"day": one.day, "count": 1}
    assert carry(courier) == 0


def test_a_receipt_laid_beside_the_file_is_read_and_verified(
    center: Center, courier: Courier, clock: Clock
) -> None:
    case = closing.print_form(center, at(23), ANI, ref(registered(center)))
    carry(courier)
    laid = center.outbox_dir / delivery.receipt_path(present(center, case).path)

    def look() -> Outgoing:
        clock.now += timedelta(seconds=11)
        carry(courier)
        return present(center, case)

    laid.write_bytes(a_receipt(case, at(31))[:50])
    assert look().state is SendState.DROPPED, "it may still be half written"
    one = look()
    assert (one.state, one.trouble) == (SendState.TROUBLE, Trouble.BAD_RECEIPT)
    laid.write_bytes(a_receipt(case, at(31), digest="ab" * 32))
    assert "abababab" in look().detail
    assert outbox.counts(center, clock.now).trouble == 1
    laid.write_bytes(a_receipt(case, at(31), "BT-77"))
    clock.now += timedelta(seconds=11)
    carry(courier)
    assert present(center, case).receipt.receipt_id == "BT-77"
    assert now_of(center, case).step(8).state is StepState.DONE


def test_a_manifest_that_was_not_written_is_written_by_the_next_start(
    center: Center, courier: Courier, clock: Clock
) -> None:
    case = registered(center)
    carry(courier)
    manifest = (center.outbox_dir / present(center, case).path).parent / "manifest.jsonl"
    whole = manifest.read_bytes()
    manifest.unlink()
    again = Courier(center, clock)
    again.look()
    again.close()
    assert manifest.read_bytes() == whole


def test_what_was_dropped_goes_over_http_once_there_is_an_address(
    center: Center, peer: DkispPeer, courier: Courier
) -> None:
    case = registered(center)
    carry(courier)
    point(center, peer.url)
    carry(courier)
    assert present(center, case).state is SendState.RECEIPTED


def test_a_folder_that_cannot_be_written_is_said_and_tried_again(
    center: Center, courier: Courier, clock: Clock
) -> None:
    center.outbox_dir.write_text("a file where the folder should be")
    case = registered(center)
    carry(courier)
    one = present(center, case)
    assert (one.state, one.trouble) == (SendState.QUEUED, Trouble.DISK)
    center.outbox_dir.unlink()
    clock.now = one.next_at
    carry(courier)
    assert present(center, case).state is SendState.DROPPED


# --- receipts by hand ---------------------------------------------------------------------------------


def test_a_receipt_that_proves_nothing_is_refused(center: Center) -> None:
    case = registered(center)
    for content in (b"", b"[]", b"{}", b"\xff", a_receipt(case, at(30), received_at="kemarin")):
        with pytest.raises(BadInput, match="tidak terbaca"):
            outbox.take_receipt(center, at(30), DEDI, content)
    for other in ({"digest": "ab" * 32}, {"status": "rejected"}):
        with pytest.raises(BadInput, match="tidak cocok"):
            outbox.take_receipt(center, at(30), DEDI, a_receipt(case, at(30), **other))
    with pytest.raises(NotFound):
        outbox.take_receipt(center, at(30), DEDI, a_receipt(case, at(30), revision=2))
    with pytest.raises(NotPermitted):
        outbox.take_receipt(center, at(30), AGUS, a_receipt(case, at(30)))
    assert present(center, case).receipt is None


# --- reconciling --------------------------------------------------------------------------------------


@pytest.mark.parametrize("by_file", [False, True])
def test_a_day_is_compared_with_what_dkisp_lists(
    center: Center, peer: DkispPeer, courier: Courier, clock: Clock, by_file: bool
) -> None:
    point(center, peer.url)
    same, missing, other = registered(center), registered(center, 40), registered(center, 80)
    clock.now = at(200)
    carry(courier)
    del peer.stored[missing.case_id, 1]
    peer.stored[other.case_id, 1] = b"lain"
    peer.stored["0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10", 1] = b"dari tempat lain"
    day = date.fromisoformat(present(center, same).day)
    if by_file:
        content = "\n".join(json.dumps(peer.receipt(*key)) for key in peer.stored).encode()
        found = outbox.reconciled_with(center, DEDI, day, content)
    else:
        found = outbox.reconciled(center, clock.now, DEDI, day)
    assert [one.record_id for one in found.same] == [same.case_id]
    assert [one.record_id for one in found.missing] == [missing.case_id]
    assert [one.record_id for one, _there in found.different] == [other.case_id]
    assert [one.record_id for one in found.unknown] == ["0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10"]
    assert not found.agrees


def test_a_list_that_cannot_be_had_is_said(center: Center, clock: Clock) -> None:
    with pytest.raises(outbox.NoDkisp, match="belum diatur"):
        outbox.reconciled(center, clock.now, DEDI, date(2031, 3, 5))
    with dkisp_peer() as gone:
        point(center, gone.url)
    with pytest.raises(outbox.DayNotListed, match="tidak terhubung"):
        outbox.reconciled(center, clock.now, DEDI, date(2031, 3, 5))
    with pytest.raises(BadInput, match="tidak terbaca"):
        outbox.reconciled_with(center, DEDI, date(2031, 3, 5), b"bukan JSON")


# --- the alarm ----------------------------------------------------------------------------------------


def test_an_hour_without_a_receipt_is_an_alarm_until_there_is_one(center: Center) -> None:
    case = registered(center)

    def ringing(minute: float) -> bool:
        rules = alarms.rules(center)
        due = alarm_rules.due(now_of(center, case), center.pack.sop, rules, at(minute))
        return any(one.kind is AlarmKind.RECEIPT for one in due)

    assert [ringing(minute) for minute in (81.9, 82)] == [False, True]
    alarms.raise_due(center, at(82))
    (one,) = [one for one in alarms.listed(center, at(82)) if one.alarm.kind is AlarmKind.RECEIPT]
    assert str(one.alarm.text) == "Data kasus belum berbukti terima DKISP setelah 60 mnt"
    assert outbox.counts(center, at(83)).late == 1
    receipted(center, case, at(84))
    assert not ringing(90)
    assert outbox.counts(center, at(90)).late == 0


def test_every_role_but_those_who_look_at_the_outbox_is_refused(center: Center) -> None:
    case = registered(center)
    person: Actor
    for person in (FAJAR, AGUS):
        with pytest.raises(NotPermitted):
            outbox.reconciled_with(center, person, date(2031, 3, 5), b"")
        with pytest.raises(NotPermitted):
            outbox.resend(center, at(30), person, case.case_id, 1)
