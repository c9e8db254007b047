"""Notices to agencies over real servers: each channel, each way to fail, answers, and a restart between."""

import email
import email.policy
import hashlib
import hmac
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import trustme
from builders import ANI, DEDI, FAJAR
from center_builders import REPORT, Clock, S, a_stored_case, at, ref, settings
from peers import PATIENCE_S, HttpPeer, http_peer, mail_peer, reply
from starlette.applications import Starlette
from starlette.routing import Mount
from test_api import serving

from api.app import build_api
from database import cases
from domain.case import Case
from domain.errors import BadInput, IllegalMove, MissingForStep, NotPermitted
from domain.notices import LEASE_S, RETRY_S, DeliveryState, Failure, NoticeDelivery, NoticeKind, Way
from domain.words import CallClass, Channel, NoticeMethod, NoticeResult, Outcome
from services import channels, coordination, exits, intake, monitoring, notify, senders, workers
from services.center import Center, Settings, close_center, open_center
from services.notify import Answer, BadLink, Courier

D = DeliveryState
SECRET = "rahasia-uji-0123456789"
PLANTED = ("Siti", "Aminah", "0812", "3456", "7890", "terbalik")
OK = reply(200, b"{}")


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    yield open_center(settings(tmp_path))
    close_center()


@pytest.fixture
def peer() -> Iterator[HttpPeer]:
    with http_peer() as found:
        yield found


@pytest.fixture
def clock() -> Clock:
    return Clock(at(5))


@pytest.fixture
def courier(center: Center, clock: Clock) -> Iterator[Courier]:
    found = Courier(center, clock)
    yield found
    found.close()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give channels less time than in real life, so that a test of a hanging one is short."""
    monkeypatch.setattr(senders, "TOTAL_S", 1.0)
    monkeypatch.setattr(senders, "CONNECT_S", 0.5)


def write(center: Center, text: str) -> None:
    (center.settings.data_dir / channels.FILE).write_text(text, encoding="utf-8")


def webhook(agency: str, url: str, more: str = "") -> str:
    return f'[[channels]]\nagency = "{agency}"\nkind = "webhook"\nurl = "{url}"\n{more}\n'


def classified(center: Center, place_text: str = "Muara") -> Case:
    """A normal call whose place words may hold what nobody but the center should read."""
    case = intake.open_call(center, at(0), ANI, Channel.CALL_112)
    report = replace(REPORT, location=replace(REPORT.location, place_text=place_text))
    case = intake.record_report(center, at(1), ANI, ref(case), report)
    return intake.classify(center, at(2), DEDI, ref(case), CallClass.NORMAL)


def told(center: Center, case: Case) -> Case:
    return coordination.notify(center, at(5), DEDI, ref(case))


def carry(courier: Courier) -> int:
    """Send what is due and wait until every result is stored."""
    started = courier.look()
    assert courier.settle(PATIENCE_S)
    return started


def sent(center: Center, case: Case, agency: str = "LAUT") -> list[NoticeDelivery]:
    return [one for one in notify.deliveries(center, case.case_id) if one.agency == agency]


def last(center: Center, case: Case, agency: str = "LAUT") -> NoticeDelivery:
    return sent(center, case, agency)[-1]


def answers(center: Center, case: Case) -> int:
    events = cases.events(center.db.read(), case.case_id)
    return sum(event.action == "answer_notice" for event in events)


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# --- each channel ---------------------------------------------------------------------------------


def test_a_webhook_gets_the_notice_signed_and_without_the_reporter(center, peer, courier, clock) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap", f'secret = "{SECRET}"'))
    case = told(center, classified(center, "rumah Siti Aminah, 0812-3456-7890, dekat muara"))
    carry(courier)
    (got,) = peer.at("/sigap")
    stamp = got.headers["x-sigap-timestamp"]
    wanted = hmac.new(SECRET.encode(), stamp.encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert got.headers["x-sigap-signature"] == f"sha256={wanted}"
    assert int(stamp) == int(clock.now.timestamp())
    assert not [word for word in PLANTED if word in got.body.decode()]
    assert (got.json["schema"], got.json["kind"], got.json["call_no"]) == (
        "sigap.notice.v1",
        "notify",
        case.call_no,
    )
    assert (got.json["lon"], got.json["lat"], got.json["priority"]) == (131.0, -5.9, 1)
    assert got.json["asked"] == ["1 Perahu"]
    assert "muara" in got.json["place"]
    assert "Orang di laut" in got.json["text"]
    assert got.json["ack_url"] is None
    one = last(center, case)
    assert got.headers["idempotency-key"] == got.json["delivery_id"] == one.delivery_id
    assert (one.state, one.queued_at, one.sent_at, one.delivered_at) == (
        D.DELIVERED,
        at(5),
        clock.now,
        clock.now,
    )
    assert carry(courier) == 0


def test_a_telegram_bot_gets_the_words_and_opens_no_link(center, peer, courier) -> None:
    peer.replies["/bot123:abc/sendMessage"] = reply(200, b'{"ok": true}')
    write(
        center,
        f'[sigap]\npublic_url = "https://sigap.contoh.go.id/"\n[telegram]\napi = "{peer.url}"\n'
        'token = "123:abc"\n[[channels]]\nagency = "LAUT"\nkind = "telegram"\nchat_id = "-1001"\n',
    )
    case = told(center, classified(center))
    carry(courier)
    (got,) = peer.at("/bot123:abc/sendMessage")
    one = last(center, case)
    assert got.json["chat_id"] == "-1001"
    assert got.json["link_preview_options"] == {"is_disabled": True}
    assert f"https://sigap.contoh.go.id/api/v1/notices/{one.delivery_id}/ack?key=" in got.json["text"]
    assert (one.state, one.delivered_at) == (D.SENT, None)


def test_telegram_saying_no_is_a_failure_though_the_status_is_200(center, peer, courier) -> None:
    peer.replies["/bot1:a/sendMessage"] = reply(200, b'{"ok": false}')
    write(
        center,
        f'[telegram]\napi = "{peer.url}"\ntoken = "1:a"\n'
        '[[channels]]\nagency = "LAUT"\nkind = "telegram"\nchat_id = "1"\n',
    )
    case = told(center, classified(center))
    carry(courier)
    assert [(one.way, one.state) for one in sent(center, case)] == [
        (Way.TELEGRAM, D.FAILED),
        (Way.PHONE, D.QUEUED),
    ]


def mail_settings(port: int, more: str = "starttls = false") -> str:
    return (
        f'[smtp]\nhost = "localhost"\nport = {port}\nsender = "sigap@contoh.go.id"\n{more}\n'
        '[[channels]]\nagency = "LAUT"\nkind = "email"\nto = ["piket@contoh.go.id", "posko@contoh.go.id"]\n'
    )


def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, trusted: bool) -> ssl.SSLContext:
    """A certificate for localhost, trusted by this process or not."""
    ca = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("localhost").configure_cert(context)
    if trusted:
        ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return context


def test_a_mail_goes_over_starttls_with_a_login_to_everyone(center, courier, tmp_path, monkeypatch) -> None:
    tls = authority(tmp_path, monkeypatch, trusted=True)
    with mail_peer(tls, password="kata-sandi") as box:
        write(center, mail_settings(box.port, 'user = "sigap"\npassword = "kata-sandi"'))
        case = told(center, classified(center, "rumah Siti Aminah 0812 3456 7890"))
        carry(courier)
        (mail,) = box.mails
        assert box.logins == [("sigap", "kata-sandi")]
    assert mail.rcpt_tos == ["piket@contoh.go.id", "posko@contoh.go.id"]
    message = email.message_from_bytes(mail.content, policy=email.policy.default)
    one = last(center, case)
    assert message["Message-ID"] == f"<{one.delivery_id}@sigap>"
    assert message["Subject"] == f"PEMBERITAHUAN {case.call_no}: Orang di laut"
    words = message.get_content()
    assert "Diminta: 1 Perahu." in words
    assert not [word for word in PLANTED if word in f"{message['Subject']} {words}"]
    assert one.state is D.SENT


def test_a_wrong_password_is_told_and_falls_back(center, courier, tmp_path, monkeypatch) -> None:
    tls = authority(tmp_path, monkeypatch, trusted=True)
    with mail_peer(tls, password="lain") as box:
        write(center, mail_settings(box.port, 'user = "sigap"\npassword = "kata-sandi"'))
        case = told(center, classified(center))
        carry(courier)
        assert box.mails == []
    first, second = sent(center, case)
    assert (first.failure, second.way) == (Failure.LOGIN, Way.PHONE)


@pytest.mark.parametrize("offers_tls", [True, False])
def test_no_mail_and_no_password_go_over_a_line_that_is_not_safe(
    center, courier, tmp_path, monkeypatch, offers_tls
) -> None:
    tls = authority(tmp_path, monkeypatch, trusted=False) if offers_tls else None
    with mail_peer(tls, password="kata-sandi") as box:
        write(center, mail_settings(box.port, 'user = "sigap"\npassword = "kata-sandi"'))
        case = told(center, classified(center))
        carry(courier)
        assert (box.mails, box.logins) == ([], [])
    assert sent(center, case)[0].failure is Failure.UNSAFE


@pytest.mark.parametrize(
    ("code", "failure", "state"),
    [("550 tidak ada", Failure.REJECTED, D.FAILED), ("451 nanti", Failure.BUSY, D.QUEUED)],
)
def test_a_refused_mail_is_given_up_or_tried_again(center, courier, code, failure, state) -> None:
    with mail_peer() as box:
        box.refuse = code
        write(center, mail_settings(box.port))
        case = told(center, classified(center))
        carry(courier)
    first = sent(center, case)[0]
    assert (first.failure, first.detail, first.state) == (failure, code[:3], state)


def test_a_mail_server_that_drips_is_cut_off(center, courier, short) -> None:
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        line, _ = server.accept()
        with line:
            while not ended.wait(0.1):
                try:
                    line.sendall(b"2")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        write(center, mail_settings(server.getsockname()[1]))
        case = told(center, classified(center))
        carry(courier)
        ended.set()
        thread.join()
    assert sent(center, case)[0].failure is Failure.TIMEOUT


def test_an_agency_at_the_screen_is_told_by_it_at_once(center, courier) -> None:
    write(center, '[[channels]]\nagency = "LAUT"\nkind = "screen"\n')
    case = told(center, classified(center))
    assert (last(center, case).way, last(center, case).state) == (Way.SCREEN, D.SENT)
    assert carry(courier) == 0


# --- each failure ---------------------------------------------------------------------------------


def test_an_error_is_tried_three_times_within_two_minutes_and_then_told(center, peer, courier, clock) -> None:
    peer.replies["/sigap"] = reply(503)
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))
    carry(courier)
    for wait_s in RETRY_S:
        clock.forward(wait_s - 1)
        assert carry(courier) == 0, "before its time nothing is tried"
        clock.forward(1)
        assert carry(courier) == 1
    assert len(peer.at("/sigap")) == 3
    assert len({got.json["delivery_id"] for got in peer.at("/sigap")}) == 1
    first, second = sent(center, case)
    assert (first.state, first.attempts, first.failure, first.detail) == (
        D.FAILED,
        3,
        Failure.SERVER_ERROR,
        "503",
    )
    assert clock.now - at(5) <= timedelta(minutes=2)
    assert (second.way, second.is_task) == (Way.PHONE, True)
    event = reads_last_notice(center)
    assert (event.entity_id, event.after["failed"], event.after["next"]) == (
        case.call_no,
        "server_error",
        "phone",
    )


def reads_last_notice(center: Center):
    return next(event for event in monitoring.feed(center) if event.entity == "notice")


def test_a_passing_error_needs_no_second_channel(center, peer, courier, clock) -> None:
    peer.replies["/sigap"] = reply(429)
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))
    carry(courier)
    assert last(center, case).failure is Failure.BUSY
    peer.replies["/sigap"] = OK
    clock.forward(RETRY_S[0])
    carry(courier)
    (one,) = sent(center, case)
    assert (one.state, one.attempts, one.failure) == (D.DELIVERED, 2, None)


@pytest.mark.parametrize(("status", "failure"), [(404, Failure.REJECTED), (302, Failure.REDIRECTED)])
def test_what_cannot_pass_falls_back_at_once_and_no_redirect_is_followed(
    center, peer, courier, status, failure
) -> None:
    peer.replies["/sigap"] = reply(status, Location=f"{peer.url}/lain")
    write(center, webhook("LAUT", f"{peer.url}/sigap") + webhook("LAUT", f"{peer.url}/kedua"))
    case = told(center, classified(center))
    carry(courier)
    carry(courier)
    first, second = sent(center, case)
    assert (first.state, first.failure, first.attempts) == (D.FAILED, failure, 1)
    assert (second.way, second.rank, second.state) == (Way.WEBHOOK, 1, D.DELIVERED)
    assert peer.at("/lain") == []


@pytest.mark.parametrize("manner", ["hang", "drip"])
def test_a_channel_that_never_ends_is_cut_off(center, peer, courier, short, manner) -> None:
    peer.replies["/sigap"] = getattr(peer, manner)
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))
    carry(courier)
    assert (last(center, case).failure, last(center, case).state) == (Failure.TIMEOUT, D.QUEUED)


def test_an_answer_without_end_is_read_no_further_than_its_beginning(center, peer, courier) -> None:
    peer.replies["/sigap"] = peer.endless
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))
    carry(courier)
    assert last(center, case).state is D.DELIVERED


def test_nobody_there_and_a_bad_certificate_are_different_things(center, courier, peer) -> None:
    write(
        center,
        webhook("LAUT", f"http://127.0.0.1:{closed_port()}/")
        + webhook("KLINIK", peer.url.replace("http:", "https:") + "/"),
    )
    case = told(center, classified(center))
    carry(courier)
    assert last(center, case).failure is Failure.UNREACHABLE
    assert sent(center, case, "KLINIK")[0].failure is Failure.UNSAFE


def test_one_that_hangs_delays_no_other(center, peer, courier) -> None:
    peer.replies["/laut"] = peer.hang
    write(center, webhook("LAUT", f"{peer.url}/laut") + webhook("KLINIK", f"{peer.url}/klinik"))
    case = told(center, classified(center))
    assert courier.look() == 2
    peer.await_at("/laut")
    peer.await_at("/klinik")
    assert last(center, case).state is D.QUEUED, "the first still hangs"
    assert courier.look() == 0, "and is not sent a second time meanwhile"
    peer.release.set()
    assert courier.settle(PATIENCE_S)
    assert last(center, case, "KLINIK").state is D.DELIVERED


# --- settings -------------------------------------------------------------------------------------


def test_without_a_file_the_dispatcher_telephones(center, courier) -> None:
    case = told(center, classified(center))
    assert carry(courier) == 0
    calls = notify.phone_tasks(center, case)
    assert [(call.agency, notify.phone_of(center, call.agency)) for call in calls] == [
        ("KLINIK", "112"),
        ("LAUT", None),
    ]
    assert notify.problem(center) is None
    notify.telephoned(center, at(6), DEDI, ref(case), calls[1].delivery_id)
    with pytest.raises(BadInput, match="Dedi"):
        notify.telephoned(center, at(7), ANI, ref(case), calls[1].delivery_id)
    with pytest.raises(NotPermitted):
        notify.telephoned(center, at(7), FAJAR, ref(case), calls[0].delivery_id)
    now = monitoring.get(center, case.case_id)
    assert (now.notice("LAUT").method, now.notice("LAUT").notified_at) == (NoticeMethod.PHONE, at(5))
    assert now.notice("KLINIK").method is NoticeMethod.SCREEN
    assert [call.agency for call in notify.phone_tasks(center, now)] == ["KLINIK"]
    now = coordination.answer(center, at(7), DEDI, ref(now), "KLINIK", NoticeResult.ACKNOWLEDGED)
    assert notify.phone_tasks(center, now) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            '[[channels]]\nagency = "LAUT"\nkind = "webhook"\nurl = "ftp://x/"\n',
            ("channels[1].url", "baris 4"),
        ),
        ('[[channels]]\nagency = "LAUT"\nkind = "webhook"\nurl = "http://a:b@x/"\n', ("channels[1].url",)),
        ('[[channels]]\nagency = "LAUT"\nkind = "webhook"\n', ("channels[1].url", "belum diisi")),
        ('[[channels]]\nagency = "XYZ"\nkind = "screen"\n', ("channels[1].agency", "XYZ", "LAUT")),
        ('[[channels]]\nagency = "LAUT"\nkind = "email"\nto = ["a@b.id"]\n', ("[smtp]",)),
        (mail_settings(25, 'user = "x"\npassword = "y"\nstarttls = false'), ("smtp.starttls", "baris")),
        ('[telegram]\ntoken = "kunci sangat rahasia"\n', ("telegram.token", "baris 2")),
        ('[telegram]\ntoken = "kunci sangat rahasia\n', ("baris 2",)),
        ("[smtp]\nhots = 1\n", ("smtp.hots", "tidak dikenal")),
    ],
)
def test_a_bad_file_is_named_with_its_key_and_the_telephone_remains(center, courier, text, says) -> None:
    write(center, text)
    found = notify.problem(center)
    assert found is not None
    sentence = found.sentence()
    assert all(word in sentence for word in (*says, channels.FILE))
    assert "kunci sangat rahasia" not in sentence
    case = told(center, classified(center))
    assert carry(courier) == 0
    assert {call.way for call in notify.phone_tasks(center, case)} == {Way.PHONE}
    write(center, '[[channels]]\nagency = "LAUT"\nkind = "screen"\n# diperbaiki\n')
    assert notify.problem(center) is None


def test_a_demonstration_uses_no_channel_of_real_work_and_says_what_it_is(
    tmp_path: Path, peer, clock
) -> None:
    (tmp_path / channels.FILE).write_text(webhook("LAUT", f"{peer.url}/sungguhan"), encoding="utf-8")
    here = settings(tmp_path)
    demo = Settings(tmp_path, tmp_path / "demo" / "sigap.duckdb", here.city_dir, demo=True)
    center = open_center(demo)
    try:
        case = told(center, classified(center))
        courier = Courier(center, clock)
        assert carry(courier) == 0
        courier.close()
        assert last(center, case).way is Way.PHONE
        assert last(center, case).notice.text.startswith("CONTOH")
    finally:
        close_center()
    assert peer.at("/sungguhan") == []


def test_a_channel_taken_out_of_the_file_falls_back(center, peer, courier) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))
    write(center, "# kosong\n")
    carry(courier)
    first, second = sent(center, case)
    assert (first.failure, second.way) == (Failure.UNSET, Way.PHONE)
    assert peer.at("/sigap") == []


# --- what is queued, and what is dropped ----------------------------------------------------------


@pytest.mark.parametrize("method", [one for one in NoticeMethod if one is not NoticeMethod.SCREEN])
def test_what_a_person_told_is_not_sent_again(center, method) -> None:
    case = classified(center)
    case = coordination.notify(center, at(5), DEDI, ref(case), method=method)
    assert notify.deliveries(center, case.case_id) == ()


def test_an_entry_made_afterwards_sends_nothing(center) -> None:
    case = classified(center)
    case = coordination.notify(center, at(30), DEDI, ref(case), occurred_at=at(5))
    assert notify.deliveries(center, case.case_id) == ()


def test_an_agency_told_once_is_sent_one_message(center, peer, courier) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, told(center, classified(center)))
    carry(courier)
    assert (len(peer.at("/sigap")), len(sent(center, case))) == (1, 1)


def test_a_refused_change_queues_nothing(center) -> None:
    case = classified(center)
    with pytest.raises(NotPermitted):
        coordination.notify(center, at(5), FAJAR, ref(case))
    assert notify.deliveries(center, case.case_id) == ()


def test_an_answer_by_telephone_ends_the_trying(center, peer, courier, clock) -> None:
    peer.replies["/sigap"] = reply(500)
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))
    carry(courier)
    coordination.answer(center, at(6), DEDI, ref(case), "LAUT", NoticeResult.ACKNOWLEDGED)
    clock.forward(300)
    carry(courier)
    assert len(peer.at("/sigap")) == 1
    assert [one.state for one in sent(center, case)] == [D.DROPPED]


def test_a_case_called_off_sends_nothing_more(center, peer, courier) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = a_stored_case(center, S.VERIFIED)
    case = told(center, case)
    exits.call_off(center, at(6), DEDI, ref(case), Outcome.CANCELLED, "batal")
    carry(courier)
    assert peer.at("/sigap") == []
    assert last(center, case).state is D.DROPPED


def test_a_pre_alert_orders_nobody_and_is_a_record_of_its_own(center, peer, courier) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = classified(center)
    case = notify.pre_alert(center, at(3), DEDI, ref(case))
    line = case.notice("LAUT")
    assert (line.pre_alerted_at, line.notified_at, line.is_settled) == (at(3), None, False)
    assert cases.events(center.db.read(), case.case_id)[-1].action == "pre_alert"
    carry(courier)
    (got,) = peer.at("/sigap")
    assert got.json["kind"] == "pre_alert"
    assert got.json["text"].startswith("PERINGATAN AWAL, belum diperintahkan berangkat.")
    again = notify.pre_alert(center, at(4), DEDI, ref(case))
    assert again.version == case.version, "told once"
    case = told(center, case)
    carry(courier)
    assert [one.json["kind"] for one in peer.at("/sigap")] == ["pre_alert", "notify"]


def test_a_pre_alert_that_did_not_go_yet_never_comes_after_the_order(center, peer, courier) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, notify.pre_alert(center, at(3), DEDI, ref(classified(center))))
    carry(courier)
    assert [got.json["kind"] for got in peer.at("/sigap")] == ["notify"]
    assert [(one.kind, one.state) for one in sent(center, case)] == [
        (NoticeKind.PRE_ALERT, D.DROPPED),
        (NoticeKind.NOTIFY, D.DELIVERED),
    ]


def test_a_pre_alert_waits_for_step_2(center) -> None:
    case = intake.open_call(center, at(0), ANI, Channel.CALL_112)
    case = intake.record_report(center, at(1), ANI, ref(case), REPORT)
    with pytest.raises(IllegalMove):
        notify.pre_alert(center, at(2), DEDI, ref(case))
    case = intake.classify(center, at(2), DEDI, ref(case), CallClass.GHOST)
    with pytest.raises(MissingForStep):
        notify.pre_alert(center, at(3), DEDI, ref(case))
    assert notify.deliveries(center, case.case_id) == ()


# --- answers --------------------------------------------------------------------------------------


def test_a_webhook_may_answer_at_once(center, peer, courier, clock) -> None:
    peer.replies["/sigap"] = reply(200, b'{"acknowledged": true}')
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))
    carry(courier)
    line = monitoring.get(center, case.case_id).notice("LAUT")
    assert (line.result, line.acknowledged_at) == (NoticeResult.ACKNOWLEDGED, clock.now)
    assert cases.events(center.db.read(), case.case_id)[-1].actor == "instansi (tautan)"
    assert last(center, case).acknowledged_at == clock.now


def test_an_answer_that_is_refused_does_not_send_the_message_again(center, peer, courier, clock) -> None:
    def answer(handler) -> None:
        # While the agency answers, the case is called off: nobody has to answer any more.
        now = monitoring.get(center, case.case_id)
        exits.call_off(center, clock.now, DEDI, ref(now), Outcome.CANCELLED, "batal")
        reply(200, b'{"acknowledged": true}')(handler)

    peer.replies["/sigap"] = answer
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, a_stored_case(center, S.VERIFIED))
    carry(courier)
    assert (last(center, case).state, answers(center, case)) == (D.DELIVERED, 0)
    clock.now = at(60)
    assert carry(courier) == 0
    assert len(peer.at("/sigap")) == 1


@pytest.fixture
def live_center(tmp_path: Path) -> Iterator[Center]:
    """A center whose links are of now, because the API reads the real clock."""
    yield open_center(settings(tmp_path))
    close_center()


def linked(center: Center, kind: NoticeKind = NoticeKind.NOTIFY, minutes_ago: float = 1) -> tuple[Case, str]:
    """A case told in this very time, and the path of LAUT's link."""
    write(center, '[sigap]\npublic_url = "https://x.id"\n')
    now = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    case = intake.open_call(center, now, ANI, Channel.CALL_112)
    report = replace(REPORT, location=replace(REPORT.location, place_text="<script>Muara"))
    case = intake.record_report(center, now, ANI, ref(case), report)
    case = intake.classify(center, now, DEDI, ref(case), CallClass.NORMAL)
    give = notify.pre_alert if kind is NoticeKind.PRE_ALERT else coordination.notify
    case = give(center, now, DEDI, ref(case))
    address = notify.link(center, channels.load(center), last(center, case))
    assert address is not None
    return case, address.removeprefix("https://x.id")


@pytest.fixture
def http(live_center: Center) -> Iterator[httpx.Client]:
    with (
        serving(Starlette(routes=[Mount("/api", build_api())])) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield client


def test_opening_a_link_changes_nothing_and_its_button_answers_once(live_center, http) -> None:
    case, path = linked(live_center)
    page = http.get(path)
    assert (page.status_code, "Kami menyanggupi" in page.text) == (200, True)
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in page.text
    assert not [word for word in PLANTED if word in page.text]
    assert answers(live_center, case) == 0
    assert Answer.RECORDED.label in http.post(path).text
    stored = monitoring.get(live_center, case.case_id)
    assert stored.notice("LAUT").result is NoticeResult.ACKNOWLEDGED
    assert Answer.ALREADY.label in http.post(path).text
    assert Answer.ALREADY.label in http.get(path).text
    assert answers(live_center, case) == 1
    assert monitoring.get(live_center, case.case_id) == stored
    event = cases.events(live_center.db.read(), case.case_id)[-1]
    assert (event.actor, event.action) == ("instansi (tautan)", "answer_notice")


def test_many_presses_at_once_are_one_answer(live_center, http) -> None:
    case, path = linked(live_center)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(lambda _: http.post(path).text, range(16)))
    assert sum(Answer.RECORDED.label in page for page in pages) == 1
    assert sum(Answer.ALREADY.label in page for page in pages) == 15
    assert answers(live_center, case) == 1


def test_the_dispatchers_entry_and_the_link_are_one_answer_together(live_center, http) -> None:
    case, path = linked(live_center)
    now = datetime.now(UTC)
    coordination.answer(live_center, now, DEDI, ref(case), "LAUT", NoticeResult.ACKNOWLEDGED)
    assert Answer.ALREADY.label in http.post(path).text
    assert answers(live_center, case) == 1


@pytest.mark.parametrize(
    ("result", "says", "stored"),
    [
        (NoticeResult.DECLINED, Answer.OTHERWISE, NoticeResult.DECLINED),
        (NoticeResult.ESCALATED, Answer.RECORDED, NoticeResult.ACKNOWLEDGED),
    ],
)
def test_a_link_overrules_silence_but_no_refusal(live_center, http, result, says, stored) -> None:
    case, path = linked(live_center)
    coordination.answer(live_center, datetime.now(UTC), DEDI, ref(case), "LAUT", result, "alasan")
    assert says.label in http.post(path).text
    assert monitoring.get(live_center, case.case_id).notice("LAUT").result is stored


def test_a_pre_alert_link_says_received_and_settles_nothing(live_center, http) -> None:
    case, path = linked(live_center, NoticeKind.PRE_ALERT)
    assert "Sudah kami terima" in http.get(path).text
    assert Answer.RECORDED.label in http.post(path).text
    line = monitoring.get(live_center, case.case_id).notice("LAUT")
    assert (line.result, line.notified_at) == (None, None)
    one = last(live_center, case)
    assert (one.state, one.acknowledged_at is not None) == (D.DELIVERED, True)
    assert Answer.ALREADY.label in http.post(path).text


def test_a_link_that_is_not_ours_or_too_old_opens_nothing(live_center, http) -> None:
    case, path = linked(live_center)
    address, key = path.split("?key=")
    until, mark = key.split(".")
    other = last(live_center, case, "KLINIK").delivery_id
    for bad in (
        f"{address}",
        f"{address}?key={until}.{'0' * 64}",
        f"{address}?key={int(until) + 1}.{mark}",
        f"{address}?key=²{until}.{mark}",
        address.replace(last(live_center, case).delivery_id, other) + f"?key={key}",
    ):
        for page in (http.get(bad), http.post(bad)):
            assert page.status_code == 403
            assert case.call_no not in page.text
    day_after = datetime.now(UTC) + timedelta(hours=25)
    with pytest.raises(BadLink):
        notify.answer_by_link(live_center, day_after, last(live_center, case).delivery_id, key)
    assert answers(live_center, case) == 0


def test_a_link_of_a_case_that_is_over_asks_for_nothing(live_center, http) -> None:
    case, path = linked(live_center)
    main, _ = linked(live_center)
    exits.merge(live_center, datetime.now(UTC), DEDI, ref(case), ref(main))
    assert Answer.OVER.label in http.post(path).text


# --- a restart in between -------------------------------------------------------------------------


def test_what_was_queued_before_a_restart_is_sent_once_after_it(tmp_path: Path, peer, clock) -> None:
    center = open_center(settings(tmp_path))
    write(center, webhook("LAUT", f"{peer.url}/laut") + webhook("KLINIK", f"{peer.url}/klinik"))
    case = told(center, classified(center))
    close_center()
    assert peer.at("/laut") == []
    for _ in range(2):
        center = open_center(settings(tmp_path))
        courier = Courier(center, clock)
        clock.forward(1)
        carry(courier)
        courier.close()
        assert {one.state for one in notify.deliveries(center, case.case_id)} == {D.DELIVERED}
        close_center()
    assert (len(peer.at("/laut")), len(peer.at("/klinik"))) == (1, 1)


def test_an_attempt_cut_off_is_made_again_under_the_same_id_three_times_at_most(
    center, peer, clock, monkeypatch
) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    case = told(center, classified(center))

    def cut_off(*_args: object) -> None:
        raise SystemExit  # as a process that ends between sending and storing

    courier = Courier(center, clock)
    monkeypatch.setattr(courier, "_finish", cut_off)
    for n in range(1, 4):
        assert courier.look() == 1
        peer.await_at("/sigap", n)
        assert courier.settle(PATIENCE_S)
        clock.forward(LEASE_S - 1)
        assert courier.look() == 0
        clock.forward(1)
    courier.close()
    assert len({got.json["delivery_id"] for got in peer.at("/sigap")}) == 1
    after = Courier(center, clock)
    assert carry(after) == 0
    after.close()
    first, second = sent(center, case)
    assert (first.state, first.failure, second.way) == (D.FAILED, Failure.INTERRUPTED, Way.PHONE)


def test_the_worker_sends_by_itself_and_ends_when_told(center, peer) -> None:
    write(center, webhook("LAUT", f"{peer.url}/sigap"))
    with workers.running(center, [notify.run]):
        now = datetime.now(UTC)
        case = intake.open_call(center, now, ANI, Channel.CALL_112)
        case = intake.record_report(center, now, ANI, ref(case), REPORT)
        case = intake.classify(center, now, DEDI, ref(case), CallClass.NORMAL)
        case = coordination.notify(center, datetime.now(UTC), DEDI, ref(case))
        peer.await_at("/sigap")
    assert last(center, case).state is D.DELIVERED
    assert notify.run in workers.WORKERS
