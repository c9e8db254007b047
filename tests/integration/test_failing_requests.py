"""A request whose code fails: a sentence with a reference to the caller, the trace to the log."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from center_builders import settings
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from api import problems
from services import logs
from services.center import close_center, open_center
from ui import failure

STORY = "Siti Rahmawati 0812-3456-7890 jatuh ke laut"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream, root = io.StringIO(), logging.getLogger()
    made = logs.handler(logs.JSON, stream)
    root.addHandler(made)
    yield stream
    root.removeHandler(made)


@pytest.fixture
def client() -> Iterator[TestClient]:
    """An API and a page, each with an address that fails and one that does not."""
    api = FastAPI()
    problems.install(api)

    @api.get("/gagal/{number}")
    def fails(number: str) -> None:
        raise ValueError(f"{STORY} {number}")

    @api.get("/baik")
    def works() -> str:
        return "baik"

    async def page(_request: Request) -> PlainTextResponse:
        raise KeyError(STORY)

    app = Starlette(
        routes=[Mount("/api", api), Route("/halaman", page)],
        middleware=[Middleware(problems.Failures, answer=failure.page)],
    )
    with TestClient(app) as made:
        yield made


def test_the_api_answers_a_problem_whose_reference_is_in_the_log(
    client: TestClient, written: io.StringIO
) -> None:
    answer = client.get("/api/gagal/0812?nama=Siti")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == problems.PROBLEM_JSON
    told = problems.Problem.model_validate(answer.json())
    assert told.reference
    assert told.reference in told.detail
    (line,) = [json.loads(one) for one in written.getvalue().splitlines()]
    assert line["reference"] == told.reference
    assert line["message"] == "a request to /gagal/{number} failed"
    assert line["trace"][-1]["type"] == "ValueError"
    for secret in ("Siti", "0812", "jatuh"):
        assert secret not in written.getvalue()
        assert secret not in answer.text
    assert client.get("/api/baik").json() == "baik"


def test_a_page_that_fails_says_so_with_its_reference(client: TestClient, written: io.StringIO) -> None:
    answer = client.get("/halaman")
    (line,) = [json.loads(one) for one in written.getvalue().splitlines()]
    assert answer.status_code == 500
    assert line["reference"] in answer.text
    assert "Siti" not in answer.text + written.getvalue()


def test_a_start_that_fails_by_a_fault_names_a_reference_and_by_a_refusal_its_sentence(
    written: io.StringIO, tmp_path
) -> None:
    sentence = failure.not_started(ValueError(STORY))
    (line,) = [json.loads(one) for one in written.getvalue().splitlines()]
    assert line["reference"] in sentence
    assert "Siti" not in sentence + written.getvalue()
    folder = tmp_path / "sigap.duckdb"
    folder.mkdir()
    with pytest.raises(Exception, match="Basis data") as refused:
        open_center(settings(tmp_path))
    assert failure.not_started(refused.value) == str(refused.value)
    close_center()
