"""Planted names and numbers are in nothing that leaves the center: files, records, papers, API, links, logs.

A name is planted in every text that a person can write, the reporter's number in several spellings. What is
looked for is found in any case and however digits are set apart, in unpacked and decoded content.
"""

import io
import json
import logging
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import get_args

import geopandas
import pytest
from api_builders import a_token
from builders import ANI, DEDI, FAJAR, PUTRI, SARI, a_photo
from center_builders import BOAT, DOCTOR, REPORT, T0, at, ref, settings
from paper_reading import text_of
from peers import PATIENCE_S, Got, http_peer
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from api.app import build_api
from database import cases
from database.reads import Filter
from domain.case import Case, Reasons, Victims
from domain.notices import NoticeKind
from domain.words import CallClass, Channel, NoticeResult, Outcome
from services import (
    alarms,
    archive,
    assignment,
    channels,
    closing,
    coordination,
    crew_order,
    delivery,
    exits,
    handling,
    intake,
    live_map,
    monitoring,
    notify,
    outbox,
    papers,
    playback,
    records,
    retention,
    statistics,
)
from services.assignment import Progress, Promise
from services.center import Center, close_center, open_center
from services.records import Format
from ui.review_replay import message

REPORTER = "Siti Rahmawati"
SPELLINGS = (
    "0812-3456-7890",
    "+62 812 3456 7890",
    "62812.3456.7890",
    "(0812) 34567890",
    "0812 34 56 78 90",
    "０８１２３４５６７８９０",
    "0812\u200b3456\u200b7890",
)
OTHERS = "Pak Hasanudin, ibu Maimunah dan korban bernama Junaidi (0853 1111 2222, hasan@contoh.id)"
"""People who are not the reporter: told by a title, “bernama”, or the form of a number or address."""
NAMES = ("siti", "rahmawati", "hasanudin", "maimunah", "junaidi", "hasan@contoh")
NUMBERS = ("81234567890", "85311112222")
LATER = at(60)


def everywhere(where: str) -> str:
    """Return a text as careless as texts are, with who and what is looked for in it."""
    return f"{where}: kata {REPORTER} ({SPELLINGS[hash_of(where)]}), juga {OTHERS}"


def hash_of(text: str) -> int:
    return sum(map(ord, text)) % len(SPELLINGS)


def found_in(content: bytes | str) -> list[str]:
    """Return what of the planted names and numbers is in some content, however written."""
    text = content.decode("utf-8", "ignore") if isinstance(content, bytes) else content
    text = unicodedata.normalize("NFKC", text)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf").casefold()
    digits = re.sub(r"(?<=\d)[\s().+_-]{1,3}(?=\d)", "", text)
    names = [name for name in NAMES if re.search(rf"(?<![a-z]){re.escape(name)}(?![a-z])", text)]
    return names + [number for number in NUMBERS if number in digits]


class Kept(logging.Handler):
    """Keeps every line that anything logs, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(levelname)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass(frozen=True)
class World:
    """A center with planted cases, what a webhook got, and everything that was logged."""

    center: Center
    closed: Case
    prank: Case
    called_off: Case
    running: Case
    got: list[Got]
    logged: list[str]


def report(where: str) -> intake.Report:
    place = replace(REPORT.location, place_text=everywhere("tempat"))
    return replace(
        REPORT,
        narrative=everywhere(where),
        callback_number=SPELLINGS[1],
        reporter_name=REPORTER,
        location=place,
    )


def send(center: Center, now: datetime) -> None:
    """Let agencies be told what is queued, before anybody answers."""
    courier = notify.Courier(center, lambda: now)
    courier.look()
    assert courier.settle(PATIENCE_S)
    courier.close()


def to_monitoring(center: Center, start: float, unit: str) -> Case:
    def when(minute: float) -> datetime:
        return at(start + minute)

    case = intake.open_call(center, when(0), ANI, Channel.CALL_112)
    case = intake.record_report(center, when(1), ANI, ref(case), report("kronologi"))
    case = intake.propose_class(center, when(1), ANI, ref(case), CallClass.NORMAL)
    case = intake.classify(
        center, when(4), DEDI, ref(case), CallClass.NORMAL, overrun_reason=everywhere("terlambat")
    )
    case = notify.pre_alert(center, when(4), DEDI, ref(case))
    send(center, when(4))
    case = intake.forward(center, when(5), DEDI, ref(case), "LAUT")
    case = intake.verify(center, when(8), DEDI, ref(case), overrun_reason=everywhere("verifikasi"))
    case = coordination.notify(center, when(9), DEDI, ref(case))
    send(center, when(9))
    for code in ("LAUT", "KLINIK"):
        case = coordination.answer(
            center, when(9), DEDI, ref(case), code, NoticeResult.ACKNOWLEDGED, everywhere("jawaban")
        )
    case = coordination.coordinate(center, when(10), DEDI, ref(case))
    case = assignment.propose(center, when(11), PUTRI, ref(case), (Promise(unit, 900.0, 300.0, "estimate"),))
    case = assignment.approve(center, when(11), PUTRI, ref(case))
    case = assignment.name_commander(center, when(11), PUTRI, ref(case), "Letda Rudi")
    return assignment.record_progress(center, when(12), FAJAR, ref(case), unit, Progress.DEPART)


def to_closed(center: Center, start: float) -> Case:
    def when(minute: float) -> datetime:
        return at(start + minute)

    case = to_monitoring(center, start, BOAT)
    case = exits.hand_over(center, when(13), PUTRI, ref(case), "Basarnas", everywhere("rujukan"))
    case = assignment.record_progress(center, when(14), FAJAR, ref(case), BOAT, Progress.ARRIVE)
    case = handling.add_sitrep(center, when(15), FAJAR, ref(case), everywhere("laporan situasi"))
    name = f"{REPORTER} 0812-3456-7890.jpg"
    case = handling.attach(center, when(15), FAJAR, ref(case), name, a_photo())
    case = assignment.record_progress(center, when(16), FAJAR, ref(case), BOAT, Progress.CLEAR)
    reasons = Reasons(everywhere("tidak tiba"), everywhere("laporan terlambat"), everywhere("tanpa foto"))
    case = handling.give_reasons(center, when(17), DEDI, ref(case), reasons)
    case = handling.finish_monitoring(center, when(17), DEDI, ref(case))
    case = handling.update_condition(center, when(18), DEDI, ref(case), everywhere("kondisi"))
    case = handling.record_outcome(
        center,
        when(18),
        DEDI,
        ref(case),
        Outcome.RESCUED,
        Victims(safe=2, total=2),
        everywhere("tujuan korban"),
    )
    case = closing.register(center, when(19), ANI, ref(case))
    case = closing.print_form(center, when(19), ANI, ref(case))
    case = closing.override_receipt(center, when(20), SARI, ref(case), everywhere("tanpa bukti"))
    return closing.close(center, when(21), DEDI, ref(case), everywhere("lemari"))


def a_prank(center: Center, start: float) -> Case:
    case = intake.take_call(center, at(start), ANI, Channel.CALL_112, report("prank"))
    case = intake.propose_class(center, at(start), ANI, ref(case), CallClass.PRANK)
    case = intake.classify(center, at(start + 1), DEDI, ref(case), CallClass.PRANK)
    return intake.close_call(center, at(start + 2), DEDI, ref(case), everywhere("catatan penutup"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    handler, root = Kept(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    center = open_center(settings(tmp_path_factory.mktemp("tanpa nama")))
    try:
        with http_peer() as peer:
            (center.settings.data_dir / channels.FILE).write_text(
                '[sigap]\npublic_url = "https://sigap.contoh.go.id"\n'
                f'[[channels]]\nagency = "LAUT"\nkind = "webhook"\nurl = "{peer.url}/sigap"\n',
                encoding="utf-8",
            )
            closed = to_closed(center, 0)
            prank = a_prank(center, 25)
            running = to_monitoring(center, 30, BOAT)
            handling.add_sitrep(center, at(45), FAJAR, ref(running), everywhere("laporan situasi"))
            called_off = to_monitoring(center, 31, DOCTOR)
            called_off = exits.call_off(
                center, at(46), PUTRI, ref(called_off), Outcome.FALSE_REPORT, everywhere("laporan palsu")
            )
            got = list(peer.at("/sigap"))
        monitoring.reveal(center, at(47), SARI, closed.case_id, everywhere("dibuka"))
        alarms.raise_due(center, LATER)
        for one in alarms.listed(center, LATER):
            alarms.acknowledge(center, LATER, SARI, one.alarm.key, everywhere("alarm"))
        retention.hold(center, LATER, SARI, closed.case_id, everywhere("penahanan"))
        carrier = delivery.Courier(center, lambda: LATER)
        carrier.look()
        carrier.close()
        running = monitoring.get(center, running.case_id)
        yield World(center, closed, prank, called_off, running, got, handler.lines)
    finally:
        close_center()
        root.setLevel(level)
        root.removeHandler(handler)


def all_cases(world: World) -> tuple[Case, ...]:
    return world.closed, world.prank, world.called_off, world.running


def test_what_is_looked_for_was_really_planted_and_is_found(world: World) -> None:
    """Otherwise everything below would pass on empty cases."""
    for case in all_cases(world):
        private = cases.get_private(world.center.db.read(), case.case_id)
        assert set(found_in(f"{private.narrative} {private.reporter_name}")) == {*NAMES, *NUMBERS}
        assert "81234567890" in (private.callback_number or "")
    for spelling in SPELLINGS:
        assert found_in(f"nomor {spelling}.") == ["81234567890"]
        assert found_in(f"nomor {spelling}.".encode()) == ["81234567890"]
    assert found_in("SITI, Rahmawati;") == ["siti", "rahmawati"]
    assert found_in("situasi, kesitian") == []


@pytest.mark.parametrize("kind", get_args(Format))
def test_no_export_of_many_cases_names_anybody(world: World, kind: Format) -> None:
    content = records.export(world.center, LATER, Filter(), kind)
    assert found_in(content) == []
    assert found_in(unpacked(content, kind)) == []


def unpacked(content: bytes, kind: str) -> str:
    """Return what is inside a packed format, as its readers see it."""
    if kind == "geoparquet":
        frame = geopandas.read_parquet(io.BytesIO(content))
        assert len(frame) == 4
        return frame.to_csv()
    if kind == "xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return " ".join(book.read(name).decode("utf-8", "ignore") for name in book.namelist())
    return content.decode()


@pytest.mark.parametrize("profile", get_args(records.Profile))
def test_no_record_names_anybody(world: World, profile: records.Profile) -> None:
    for case in all_cases(world):
        assert found_in(records.record_file(world.center, LATER, case.case_id, profile)) == []
        assert found_in(records.eido_file(world.center, LATER, case.case_id, profile)) == []


def test_no_printed_report_names_anybody(world: World) -> None:
    for case in all_cases(world):
        pdf = papers.case_report(world.center, LATER, case)
        text = text_of(pdf)
        assert case.call_no in text or case.case_id in text
        assert found_in_squeezed(text) == []
        assert found_in(pdf) == []


def test_no_list_on_paper_names_anybody(world: World) -> None:
    day = LATER.astimezone(world.center.pack.city.timezone).date()
    sheets = [
        papers.day_register(world.center, LATER, day),
        papers.prank_list(world.center, LATER, day, day),
        papers.month_recap(world.center, LATER, day.year, day.month),
        papers.shift_handover(world.center, LATER, LATER - timedelta(hours=8)),
    ]
    for pdf in sheets:
        assert found_in_squeezed(text_of(pdf)) == []


def found_in_squeezed(text: str) -> list[str]:
    """Return what is found in a text without white space, where words have no ends."""
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u200b", "")
    digits = re.sub(r"[().+_-]", "", text)
    # `siti` is also inside ordinary words; the others are not.
    return [name for name in NAMES[1:] if name in text] + [n for n in NUMBERS if n in digits]


def test_no_bulk_archive_names_anybody(world: World, tmp_path: Path) -> None:
    archive.write_archive(world.center, LATER, tmp_path / "arsip")
    files = [file for file in (tmp_path / "arsip").rglob("*") if file.is_file()]
    tables = [file for file in files if file.suffix == ".parquet"]
    assert tables
    for file in files:
        assert found_in(str(file.relative_to(tmp_path))) == []
        assert found_in(file.read_bytes()) == []
    for file in tables:
        assert found_in(geopandas.read_parquet(file).to_csv()) == []


def test_no_statistic_names_anybody(world: World) -> None:
    after = LATER + timedelta(days=40)
    for content in (
        statistics.daily(world.center, after, T0.date(), date(2031, 4, 1)),
        statistics.monthly(world.center, after, date(2031, 3, 1), date(2031, 4, 1)),
        statistics.metadata(world.center, "kejadian_harian"),
        statistics.metadata(world.center, "kejadian_bulanan"),
    ):
        assert found_in(content) == []


def test_nothing_in_the_outbox_names_anybody_in_bytes_or_in_file_names(world: World) -> None:
    sent = outbox.of_case(world.center, world.closed.case_id)
    assert sent
    for one in sent:
        assert found_in(outbox.exact_bytes(world.center, one.record_id, one.revision)) == []
    files = [file for file in world.center.outbox_dir.rglob("*") if file.is_file()]
    assert any(file.suffix == ".json" for file in files)
    files += [file for file in world.center.attachments_dir.rglob("*") if file.is_file()]
    for file in files:
        assert found_in(str(file.relative_to(world.center.settings.var_dir))) == []
        assert found_in(file.read_bytes()) == []


def test_no_agency_is_told_a_name_by_webhook_or_in_a_link(world: World) -> None:
    assert len(world.got) >= 4, "a pre-alert and a notice of each case"
    for one in world.got:
        assert found_in(f"{one.path} {dict(one.headers)}") == []
        assert found_in(one.body) == []
    ways = channels.load(world.center)
    told = notify.deliveries(world.center, world.running.case_id)
    assert {one.kind for one in told} == {NoticeKind.PRE_ALERT, NoticeKind.NOTIFY}
    for one in told:
        assert (
            found_in(f"{one.notice.subject} {one.notice.text} {notify.link(world.center, ways, one)}") == []
        )


def test_no_answer_of_the_api_names_anybody(world: World) -> None:
    token = a_token(world.center)
    paths = ["cases", "units", "live.geojson", "health"]
    for case in all_cases(world):
        paths += [f"cases/{case.case_id}", f"cases/{case.case_id}/record"]
        paths += [f"cases/{case.case_id}/record?profile=full"]
    with TestClient(Starlette(routes=[Mount("/api", build_api())])) as client:
        for path in paths:
            answer = client.get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200, path
            assert found_in(f"{answer.url} {dict(answer.headers)} {answer.text}") == [], path


def test_no_map_and_no_crew_is_told_a_name(world: World) -> None:
    assert found_in(live_map.picture(world.center, LATER).body) == []
    assert found_in(live_map.cot_events(world.center, LATER)) == []
    order = crew_order.duty(world.center, LATER, BOAT).order
    assert order is not None
    assert found_in(f"{order.place_text} {order.narrative}") == []


def test_no_playback_names_anybody(world: World) -> None:
    """Reasons of decisions and of overruns are told in it, masked; nothing else that people write."""
    for case in all_cases(world):
        told = json.dumps(message(playback.timeline(world.center, LATER, case.case_id)), ensure_ascii=False)
        assert case.call_no in told
        assert found_in(told) == []
    whole = message(playback.timeline(world.center, LATER, world.closed.case_id))
    assert "•••" in json.dumps(whole, ensure_ascii=False), "some were told"


def test_the_trail_holds_no_identity_beside_what_people_wrote_into_the_case(world: World) -> None:
    """Name, number and narrative are kept apart; a number in free words is what somebody typed there."""
    for case in all_cases(world):
        for event in cases.events(world.center.db.read(), case.case_id):
            flat = {**event.before, **event.after}
            call = {k: v for k, v in (flat.get("call") or {}).items() if k != "closing_note"}
            assert found_in(f"{event.entity_id} {event.action} {event.actor} {call}") == []
            assert "kronologi" not in str(flat)


def test_what_the_feed_of_all_screens_shows_names_nobody(world: World) -> None:
    """It shows time, kind, number of the case or unit, and who did it; of an alarm also its kind."""
    for event in monitoring.feed(world.center, 500):
        shown = f"{event.action} {event.entity_id} {event.actor} {event.role} {event.after.get('kind')}"
        assert found_in(shown) == []


def test_a_holds_event_has_its_reason_without_names(world: World) -> None:
    told = [event for event in monitoring.feed(world.center, 500) if event.entity == "retention"]
    assert len(told) == 1
    assert told[0].after["reason"].startswith("penahanan")
    assert found_in(str(told[0].after)) == []


def test_a_broken_case_is_logged_without_what_is_in_it(world: World) -> None:
    """A state that cannot be read is the one moment at which a reader's error could quote it."""
    state = world.center.db.read().row("SELECT state FROM case_open WHERE case_id = ?", world.running.case_id)
    assert state is not None and set(found_in(state[0])) >= {"siti", "81234567890"}
    before = len(world.logged)
    try:
        spoil(world.center, world.running.case_id, state[0].replace('"status":', '"no_status":', 1))
        alarms.raise_due(world.center, LATER)
        live_map.picture(world.center, LATER)
    finally:
        spoil(world.center, world.running.case_id, state[0])
    told = world.logged[before:]
    assert any(world.running.case_id in line for line in told)
    assert [line for line in told if found_in(line)] == []


def spoil(center: Center, case_id: str, state: str) -> None:
    with center.db.write() as writer:
        writer.execute("UPDATE case_open SET state = ? WHERE case_id = ?", state, case_id)


def test_nothing_was_logged_that_names_anybody(world: World) -> None:
    """Runs last: all the tests above were logged too, HTTP client and server among them."""
    assert any("httpx" in line or "httpcore" in line or "asyncio" in line for line in world.logged)
    assert [line for line in world.logged if found_in(line)] == []
