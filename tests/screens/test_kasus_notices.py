"""Kasus: the pre-alert by one button, calls that no channel could make, and how each notice went."""

from pathlib import Path

from open_cases import BUDI, ago, classified
from peers import http_peer, reply
from streamlit.testing.v1 import AppTest
from test_kasus import key, open_tab, press, stored, told

from domain.case import Case
from domain.notices import DeliveryState, NoticeKind
from domain.words import NoticeMethod, NoticeResult, Role
from services import coordination, notify
from services.center import Center
from services.change import CaseRef
from services.channels import FILE
from services.notify import Courier
from ui.parts import now
from ui.state import OPEN_CASE


def opened(page, case: Case, role: Role = Role.DISPATCHER) -> AppTest:
    return page("kasus", role, **{OPEN_CASE: case.case_id}).run()


def has(test: AppTest, case: Case, name: str) -> bool:
    return any(button.key == key(case, name) for button in test.button)


def channel(center: Center, url: str, agency: str = "MEDIS") -> None:
    (center.settings.data_dir / FILE).write_text(
        f'[[channels]]\nagency = "{agency}"\nkind = "webhook"\nurl = "{url}"\n', encoding="utf-8"
    )


def sent_all(center: Center) -> None:
    courier = Courier(center, now)
    courier.look()
    assert courier.settle(20)
    courier.close()


def test_the_pre_alert_is_given_by_one_button_and_then_gone(center: Center, page) -> None:
    case = classified(center)
    test = opened(page, case)
    assert "Bersiap, belum berangkat: " in told(test)
    press(test, case, "pre_alert")
    assert not test.exception
    lines = [line for line in stored(center, case).agencies if line.required]
    assert lines
    assert all(line.pre_alerted_at is not None and line.notified_at is None for line in lines)
    assert not has(test, case, "pre_alert")
    queued = notify.deliveries(center, case.case_id)
    assert {one.agency for one in queued} == {line.code for line in lines}
    assert {one.kind for one in queued} == {NoticeKind.PRE_ALERT}
    text = told(open_tab(test, case, "agencies"))
    assert "peringatan awal" in text


def test_a_duty_officer_is_offered_no_pre_alert_and_nobody_before_step_2(center: Center, page) -> None:
    case = classified(center)
    assert not has(opened(page, case, Role.DUTY_OFFICER), case, "pre_alert")
    bare = classified(center, type_code=None)
    assert not has(opened(page, bare), bare, "pre_alert")


def test_whom_no_channel_reaches_is_a_call_with_its_number_until_it_is_made(center: Center, page) -> None:
    case = classified(center)
    case = coordination.notify(center, now(), BUDI, CaseRef(case.case_id), ("MEDIS",))
    test = opened(page, case)
    text = told(test)
    assert "Telepon MEDIS: pemberitahuan" in text
    assert "nomor belum diisi" in text
    (call,) = notify.phone_tasks(center, case)
    press(test, case, f"called_{call.delivery_id}")
    assert not test.exception
    assert "Telepon MEDIS: pemberitahuan" not in told(test)
    assert stored(center, case).notice("MEDIS").method is NoticeMethod.PHONE
    (done,) = notify.deliveries(center, case.case_id)
    assert (done.told_by, done.state) == ("Uji", DeliveryState.SENT)
    assert "oleh Uji" in told(open_tab(test, case, "agencies"))


def test_a_failing_channel_is_told_in_words_with_the_number(center: Center, page) -> None:
    case = classified(center)
    with http_peer() as peer:
        peer.replies["/x"] = reply(500)
        channel(center, f"{peer.url}/x")
        case = coordination.notify(center, ago(0), BUDI, CaseRef(case.case_id), ("MEDIS",))
        sent_all(center)
    test = opened(page, case)
    text = told(open_tab(test, case, "agencies"))
    assert "belum berhasil: kesalahan pada sistem penerima (500); dicoba lagi" in text.replace("\\", "")
    assert "nomor belum diisi" in text


def test_a_delivered_notice_shows_its_time(center: Center, page) -> None:
    case = classified(center)
    with http_peer() as peer:
        peer.replies["/x"] = reply(200, b'{"acknowledged": true}')
        channel(center, f"{peer.url}/x")
        case = coordination.notify(center, ago(0), BUDI, CaseRef(case.case_id), ("MEDIS",))
        sent_all(center)
    test = opened(page, case)
    text = told(open_tab(test, case, "agencies")).replace("\\", "")
    assert "✓✓ Pemberitahuan, Sistem instansi: diterima" in text
    assert stored(center, case).notice("MEDIS").result is NoticeResult.ACKNOWLEDGED
    assert "Menyanggupi" in text


def test_a_pre_alert_that_nobody_telephoned_is_not_said_to_have_been_given_by_telephone(
    center: Center, page
) -> None:
    case = classified(center)
    case = notify.pre_alert(center, ago(1), BUDI, CaseRef(case.case_id))
    coordination.notify(center, now(), BUDI, CaseRef(case.case_id))
    text = told(open_tab(opened(page, case), case, "agencies"))
    assert "– Peringatan awal, Telepon: tidak ditelepon" in text.replace("\\", "")


def test_a_bad_settings_file_is_told_to_the_dispatcher(center: Center, page) -> None:
    Path(center.settings.data_dir / FILE).write_text('[[channels]]\nagency = "XX"\nkind = "screen"\n')
    case = classified(center)
    warnings = " ".join(str(one.value) for one in opened(page, case).warning).replace("\\", "")
    assert "channels.toml" in warnings
    assert "channels[1].agency" in warnings
