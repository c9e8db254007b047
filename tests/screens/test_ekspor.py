"""Ekspor: every tab, every button's effect, and who may press it."""

import json
from datetime import UTC, datetime, timedelta

import open_cases as cases
import pytest
from center_builders import a_receipt
from dkisp_peer import dkisp_peer
from open_cases import ANI, BUDI, CITRA
from streamlit.testing.v1 import AppTest

from domain.case import Case
from domain.outbox import SendState
from domain.words import CallClass, Channel, Outcome, Role
from services import closing, dkisp, exits, intake, monitoring, outbox, papers, retention
from services.center import Center
from services.change import CaseRef
from services.delivery import Courier
from ui.state import EXPORT_TAB, field

TABS = ["Kirim DKISP", "Cocokkan hari", "Berkas & statistik", "Cetak", "Data pribadi"]
KEY = "kunci-uji-" + "0" * 30


def ref(case: Case) -> CaseRef:
    return CaseRef(case.case_id, case.version)


def registered(center: Center) -> Case:
    """A call that was called off before anybody left: registered, its record in the outbox."""
    case = cases.coordinated(center, cases.classified(center))
    return exits.call_off(center, cases.ago(0), CITRA, ref(case), Outcome.CANCELLED, "dibatalkan")


def opened(page, tab: str, role: Role = Role.CALL_TAKER) -> AppTest:
    test: AppTest = page("ekspor", role, **{EXPORT_TAB: tab}).run()
    assert not test.exception
    return test


def told(test: AppTest) -> str:
    kinds = (test.markdown, test.caption, test.info, test.warning, test.error, test.success)
    html = [one.proto.body for one in test.get("html")]
    return "\n".join([*(one.value for kind in kinds for one in kind), *html])


def press(test: AppTest, key: str) -> AppTest:
    test.button(key=key).click().run()
    assert not test.exception
    return test


def carried(center: Center, url: str | None) -> None:
    """Let the sender do its rounds until nothing moves."""
    if url is not None:
        text = f'url = "{url}"\nkey_id = "sigap"\nkey = "{KEY}"\n'
        (center.settings.data_dir / dkisp.FILE).write_text(text)
    courier = Courier(center, lambda: cases.ago(0))
    while courier.look():
        courier.settle(20)
    courier.close()


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("role", [Role.CALL_TAKER, Role.SUPERVISOR, Role.AUDITOR], ids=str)
def test_every_tab_is_drawn_for_everyone_with_and_without_cases(center: Center, page, tab, role) -> None:
    opened(page, tab, role)
    registered(center)
    opened(page, tab, role)


# --- the outbox -------------------------------------------------------------------------------------


def test_the_outbox_says_what_waits_and_shows_the_exact_bytes(center: Center, page) -> None:
    case = registered(center)
    test = opened(page, TABS[0])
    assert case.register_no in told(test)
    assert "Menunggu dikirim" in told(test)
    assert "Alamat DKISP belum diatur" in told(test)
    assert {one.label: one.value for one in test.metric}["Menunggu dikirim"] == "1"
    test.selectbox(key=field("outbox", "chosen")).set_value((case.case_id, 1)).run()
    assert test.code[0].value == outbox.exact_bytes(center, case.case_id, 1).decode()
    assert case.delivery.digest in told(test)


def test_what_is_in_trouble_stands_first_and_is_sent_again_by_a_person(center: Center, page) -> None:
    case = registered(center)
    with dkisp_peer() as peer:
        peer.manners = ["invalid"]
        carried(center, peer.url)
    test = opened(page, TABS[0])
    assert "victims.total: kosong" in told(test)
    assert {one.label: one.value for one in test.metric}["Perlu ditangani"] == "1"
    test.selectbox(key=field("outbox", "chosen")).set_value((case.case_id, 1)).run()
    press(test, field("outbox", "resend"))
    (one,) = outbox.of_case(center, case.case_id)
    assert (one.state, one.trouble) == (SendState.QUEUED, None)


def test_who_may_not_send_is_told_who_may(center: Center, page) -> None:
    case = registered(center)
    test = opened(page, TABS[0], Role.AUDITOR)
    test.selectbox(key=field("outbox", "chosen")).set_value((case.case_id, 1)).run()
    assert not [one for one in test.button if one.key == field("outbox", "resend")]
    assert "Mengirim data ke DKISP: oleh Call Taker" in told(test)


def give(test: AppTest, content: bytes) -> None:
    uploader = test.file_uploader(key=field("outbox", "receipt-0"))
    uploader.upload("a.receipt.json", content, "application/json").run()


def test_a_receipt_from_a_file_is_checked_and_stored(center: Center, page) -> None:
    case = registered(center)
    case = closing.print_form(center, datetime.now(UTC), ANI, ref(case))
    test = opened(page, TABS[0])
    bad = a_receipt(case, cases.ago(0), digest="ab" * 32)
    test.file_uploader(key=field("outbox", "receipt-0")).upload(
        "a.receipt.json", bad, "application/json"
    ).run()
    press(test, field("outbox", "take"))
    assert "tidak cocok" in test.error[0].value
    good = a_receipt(case, cases.ago(0), "BT-9")
    test.file_uploader(key=field("outbox", "receipt-0")).upload(
        "b.receipt.json", good, "application/json"
    ).run()
    press(test, field("outbox", "take"))
    assert monitoring.get(center, case.case_id).delivery.receipt_id == "BT-9"
    assert [one.receipt.receipt_id for one in outbox.of_case(center, case.case_id)] == ["BT-9"]


def test_settings_that_cannot_be_used_are_said_on_the_screen(center: Center, page) -> None:
    (center.settings.data_dir / dkisp.FILE).write_text('url = "ftp://x"\n')
    test = opened(page, TABS[0])
    assert "dkisp.toml tidak dipakai, url (baris 1)" in test.error[0].value


# --- reconciling ------------------------------------------------------------------------------------


def test_a_day_is_compared_with_dkisp_and_with_its_file(center: Center, page) -> None:
    case = registered(center)
    day = outbox.of_case(center, case.case_id)[0].day
    with dkisp_peer() as peer:
        carried(center, peer.url)
        test = opened(page, TABS[1])
        test.date_input(key=field("reconcile", "day")).set_value(cases.ago(0).date().fromisoformat(day)).run()
        assert "1 berkas pada hari itu, 1 berbukti terima" in told(test)
        press(test, field("reconcile", "ask"))
        assert "Sama: 1 berkas" in test.success[0].value
        peer.stored.clear()
        press(test, field("reconcile", "ask"))
        assert "1 tidak ada di DKISP" in told(test)
    press(test, field("reconcile", "ask"))
    assert "DKISP tidak terhubung" in test.error[0].value
    held = {"record_id": case.case_id, "revision": 1, "digest": "ab" * 32, "receipt_id": "x"}
    test.file_uploader(key=field("reconcile", "file")).upload(
        "hari.jsonl", json.dumps(held).encode(), "application/json"
    ).run()
    press(test, field("reconcile", "read"))
    assert "1 lain isi" in told(test)


# --- files ------------------------------------------------------------------------------------------


def test_files_are_offered_for_a_period_with_cases_only(center: Center, page) -> None:
    assert "Tidak ada laporan" in told(opened(page, TABS[2]))
    registered(center)
    test = opened(page, TABS[2])
    assert "1 laporan" in told(test)
    labels = {one.label for one in test.get("download_button")}
    assert {"Excel", "CSV", "GeoJSON", "GeoParquet", "KML", "EIDO (dipetakan)"} <= labels


@pytest.mark.parametrize("kind", ["kejadian_harian", "kejadian_bulanan"])
def test_statistics_are_made_when_they_are_asked_for(center: Center, page, kind: str) -> None:
    test = press(opened(page, TABS[2]), field("files", f"make-{kind}"))
    assert test.session_state[field("files", f"made-{kind}")].startswith(b"period,")
    assert f"Unduh {kind}" in {one.label for one in test.get("download_button")}


# --- papers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["register", "prank", "month", "shift"])
def test_every_paper_is_made_when_it_is_asked_for(center: Center, page, name: str) -> None:
    registered(center)
    test = press(opened(page, TABS[3]), field("papers", f"make-{name}"))
    file_name, content = test.session_state[field("papers", f"made-{name}")]
    assert content.startswith(b"%PDF")
    assert f"Unduh {file_name}" in {one.label for one in test.get("download_button")}


def test_a_paper_that_is_refused_is_said(center: Center, page) -> None:
    test = opened(page, TABS[3])
    today = cases.ago(0).date()
    test.date_input(key=field("papers", "prank")).set_value((today - timedelta(days=300), today)).run()
    press(test, field("papers", "make-prank"))
    assert "Masa: harus 1 sampai 92 hari" in test.error[0].value


def test_blank_forms_have_numbers_of_their_own_and_one_is_entered_once(center: Center, page) -> None:
    case = registered(center)
    test = opened(page, TABS[3])
    test.number_input(key=field("papers", "count")).set_value(2).run()
    press(test, field("papers", "make-forms"))
    first, second = sorted(one.serial for one in papers.issued_forms(center))
    test.selectbox(key=field("papers", "serial")).set_value(first)
    test.text_input(key=field("papers", "entered")).set_value("P0000-1")
    press(test, field("papers", "enter"))
    assert "tidak ditemukan" in test.error[0].value
    test.text_input(key=field("papers", "entered")).set_value(case.call_no)
    press(test, field("papers", "enter"))
    assert {one.serial: one.case_id for one in papers.issued_forms(center)} == {
        first: case.case_id,
        second: None,
    }


# --- personal data ----------------------------------------------------------------------------------


def test_identities_whose_time_is_over_are_listed_and_erased_only_on_a_persons_word(
    center: Center, page
) -> None:
    old = cases.ago(60 * 24 * 100)
    case = intake.open_call(center, old, ANI, Channel.CALL_112)
    report = intake.Report("suara anak-anak", callback_number="0812 3456 7890", anonymous_reason="-")
    case = intake.record_report(center, old, ANI, ref(case), report)
    case = intake.propose_class(center, old, ANI, ref(case), CallClass.PRANK)
    case = intake.classify(center, old, BUDI, ref(case), CallClass.PRANK)
    case = intake.close_call(center, old, BUDI, ref(case), "iseng")
    kept = intake.open_call(center, old, ANI, Channel.CALL_112)
    kept = intake.record_report(center, old, ANI, ref(kept), report)
    kept = intake.propose_class(center, old, ANI, ref(kept), CallClass.PRANK)
    kept = intake.classify(center, old, BUDI, ref(kept), CallClass.PRANK)
    kept = intake.close_call(center, old, BUDI, ref(kept), "iseng")

    test = opened(page, TABS[4], Role.SUPERVISOR)
    assert "**2 kasus** lewat masa simpan" in told(test)
    test.text_input(key=field("retention", "number")).set_value(kept.call_no)
    press(test, field("retention", "hold"))
    assert "kosong" in test.error[0].value
    test.text_input(key=field("retention", "reason")).set_value("Permintaan Polres 12/2026")
    press(test, field("retention", "hold"))
    assert [one.call_no for one in retention.holds(center)] == [kept.call_no]
    assert "**1 kasus** lewat masa simpan; 1 ditahan" in told(test)

    assert test.button(key=field("retention", "run")).disabled
    test.checkbox(key=field("retention", "sure")).check().run()
    press(test, field("retention", "run"))
    assert retention.plan(center, cases.ago(0)).due == ()
    assert len(retention.plan(center, cases.ago(0)).held) == 1

    test.text_input(key=field("retention", f"why-{kept.case_id}")).set_value("perkara selesai")
    press(test, field("retention", f"release-{kept.case_id}"))
    assert retention.holds(center) == ()


def test_only_the_supervisor_holds(center: Center, page) -> None:
    test = opened(page, TABS[4], Role.CALL_TAKER)
    assert "oleh Penyelia" in told(test)
    assert not [one for one in test.button if one.key == field("retention", "hold")]
