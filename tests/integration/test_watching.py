"""What the machine room is told: ready or why not, and figures without anybody's data."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import ANI
from center_builders import REPORT, T0, settings
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from api import metrics as metrics_api
from api.app import build_api
from domain.errors import StoreUnavailable
from domain.words import Channel
from services import intake, metrics, readiness, workers
from services.center import Center, close_center, open_center

PATIENCE_S = 20


@pytest.fixture
def center(tmp_path: Path) -> Iterator[Center]:
    opened = open_center(settings(tmp_path))
    yield opened
    close_center()


def waits(_center: Center, stop: threading.Event) -> None:
    while not stop.wait(0.01):
        pass


def test_ready_while_the_store_and_the_workers_work(center: Center) -> None:
    before = center.db.newest_event_seq()
    with workers.running(center, (waits,)):
        found = readiness.look(center)
    assert found.reasons == ()
    assert found.is_ready
    assert found.schema[:3].isdigit()
    assert center.db.newest_event_seq() == before
    assert "000_probe" not in found.schema


def test_not_ready_without_workers_and_when_one_ended(center: Center) -> None:
    assert readiness.look(center).reasons == ("workers: none runs",)
    ended = threading.Event()

    def ends(_center: Center, _stop: threading.Event) -> None:
        ended.set()

    ends.__module__ = "services.pergi"
    with workers.running(center, (waits, ends)):
        assert ended.wait(PATIENCE_S)
        (thread,) = [one for one in threading.enumerate() if one.name == "services.pergi"] or [None]
        if thread is not None:
            thread.join(PATIENCE_S)
        assert readiness.look(center).reasons == ("worker pergi: ended",)
        alive = {
            sample.labels["worker"]: sample.value
            for sample in samples(center)
            if sample.name == "sigap_worker_alive"
        }
    assert alive == {"test_watching": 1, "pergi": 0}


def test_a_worker_that_does_not_come_back_hangs_one_that_waits_long_does_not(center: Center) -> None:
    entered, let_go = threading.Event(), threading.Event()

    def waits_long(_center: Center, stop: threading.Event) -> None:
        stop.wait(3600)

    def hangs(_center: Center, stop: threading.Event) -> None:
        stop.wait(0)
        entered.set()
        let_go.wait(PATIENCE_S)

    hangs.__module__ = "services.macet"
    with workers.running(center, (waits_long, hangs)):
        assert entered.wait(PATIENCE_S)
        by_name = {one.name: one for one in workers.states()}
        later = {one.name: one for one in workers.states()}
        assert later["macet"].overdue_s >= by_name["macet"].overdue_s > 0
        assert later["test_watching"].overdue_s == 0
        let_go.set()


def test_a_store_that_takes_nothing_is_not_ready(center: Center) -> None:
    center.db.refuse(StoreUnavailable(path="sigap.duckdb", reason="uji", todo=""))
    with workers.running(center, (waits,)):
        (reason,) = readiness.look(center).reasons
    assert reason.startswith("database: ")
    assert readiness._disk(center.settings.var_dir / "tidak ada")[0].startswith("disk: ")


def test_the_api_says_ready_and_503(center: Center) -> None:
    with TestClient(Starlette(routes=[Mount("/api", build_api())])) as client:
        refused = client.get("/api/v1/ready")
        assert refused.status_code == 503
        assert refused.json()["reasons"] == ["workers: none runs"]
        with workers.running(center, (waits,)):
            answer = client.get("/api/v1/ready")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ready"


def samples(center: Center) -> list:
    text = metrics.exposition(center).decode()
    return [sample for family in text_string_to_metric_families(text) for sample in family.samples]


def test_figures_follow_what_happens_and_name_nobody(center: Center) -> None:
    def figures() -> dict[str, float]:
        told = {one.name: one.value for one in samples(center) if not one.labels}
        by_status = [one for one in samples(center) if one.name == "sigap_open_cases"]
        return told | {"open": sum(one.value for one in by_status)}

    before = figures()
    case = intake.take_call(center, T0, ANI, Channel.CALL_112, REPORT)
    after = figures()
    assert after["open"] == before["open"] + 1 == 1
    assert after["sigap_calls_total"] == 1
    assert after["sigap_events"] == center.db.newest_event_seq() > 0
    assert after["sigap_write_transaction_seconds_count"] > before["sigap_write_transaction_seconds_count"]
    assert after["sigap_database_up"] == 1
    assert after["sigap_disk_free_bytes"] > 0
    text = metrics.exposition(center).decode()
    for word in (case.call_no, case.case_id, ANI.name, REPORT.reporter_name, "08123456", "Muara"):
        assert word not in text


def app() -> Starlette:
    return Starlette(
        routes=[
            *metrics_api.routes(),
            Mount("/api", build_api()),
            Route("/kasus/{number}", lambda _request: PlainTextResponse("ya")),
        ],
        middleware=[Middleware(metrics_api.Timed)],
    )


def test_figures_are_for_this_machine_only(center: Center) -> None:
    with TestClient(app(), client=("127.0.0.1", 50000)) as here:
        assert here.get("/metrics").status_code == 200
        assert (
            here.get("/metrics", headers={"Accept": "*/*"}).headers["content-type"].startswith("text/plain")
        )
    with TestClient(app(), client=("203.0.113.9", 50000)) as elsewhere:
        for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}, {"Forwarded": "for=127.0.0.1"}):
            refused = elsewhere.get("/metrics", headers=headers)
            assert refused.status_code == 403
            assert "sigap_" not in refused.text


def test_requests_are_timed_by_template_not_by_path(center: Center) -> None:
    with TestClient(app(), client=("127.0.0.1", 50000)) as client:
        client.get("/api/v1/health")
        client.get("/kasus/0812-3456-7890?nama=Siti")
        client.get("/api/v1/Siti")
        client.get("/Siti-Rahmawati")
        client.request("SITI", "/api/v1/health")
        text = client.get("/metrics").text
    assert "Siti" not in text
    assert "SITI" not in text
    assert "0812-3456" not in text
    routes = {
        sample.labels["route"]
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "sigap_http_request_duration_seconds_count"
    }
    assert {"/api/v1/health", "/kasus/{number}", "none"} <= routes
