"""The short ways to the API: the same answers as by the long ones, and nothing else comes through."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from center_builders import settings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from api.app import build_api
from api.doorway import Doorway
from domain.case import Actor
from domain.limits import Limits
from domain.scopes import Scope as TokenScope
from domain.words import Role
from services import tokens
from services.center import Center, close_center, open_center
from ui.parts import now

POINT = {"type": "Point", "coordinates": [117.59, 3.3]}


@pytest.fixture
def center(tmp_path: Path):
    yield open_center(settings(tmp_path))
    close_center()


@pytest.fixture
def client(center: Center):
    def other(_request: Request) -> PlainTextResponse:
        return PlainTextResponse("elsewhere", 418)

    elsewhere = Starlette(routes=[Route("/{path:path}", other)])
    admin = Actor("Fajar", Role.ADMIN, "fajar")
    token = tokens.make(center, now(), admin, "uji", frozenset(TokenScope)).text
    doorway = Doorway(elsewhere, build_api(Limits(scale=1e6, free_strikes=10**6)))
    with TestClient(doorway, headers={"authorization": f"Bearer {token}"}) as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/api", "/apix/v1/health", "/kasus", "/x/api/v1/health"])
def test_what_is_not_the_apis_goes_on(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 418


def test_the_api_answers_and_knows_its_own_address(client: TestClient) -> None:
    assert client.get("/api/v1/health").status_code == 200
    assert client.get("/api/tidak-ada").status_code == 404
    assert "/v1/positions" in client.get("/api/openapi.json").json()["paths"]
    assert client.get("/api/openapi.json").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"type": "Feature"}',
        json.dumps({"type": "Feature", "geometry": POINT, "properties": {"unit_code": "UJI-1"}}).encode(),
        json.dumps({"type": "Feature", "geometry": POINT, "properties": {}}).encode(),
        json.dumps({"type": "FeatureCollection", "features": []}).encode(),
        b"[" * 200 + b"]" * 200,
        b'{"type": "Feature", "geometry": {"type": "Point", "coordinates": ["a", null]}}',
    ],
)
def test_a_position_is_answered_alike_by_the_short_and_the_long_way(client: TestClient, body: bytes) -> None:
    def answer(query: str) -> tuple[int, Any, set[str]]:
        told = client.post(f"/api/v1/positions{query}", content=body)
        return told.status_code, told.json(), set(told.headers) - {"content-length"}

    assert answer("") == answer("?source=geojson")


def test_other_methods_and_queries_go_the_long_way(client: TestClient) -> None:
    assert client.get("/api/v1/positions").status_code == 405
    assert client.post("/api/v1/positions?source=lain", json={}).status_code == 422


def test_a_websocket_to_the_api_is_turned_away(center: Center) -> None:
    sent: list[dict[str, Any]] = []

    async def knock() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {"type": "websocket", "path": "/api/v1/health", "headers": [], "query_string": b""}
        await Doorway(build_api(), build_api())(scope, receive, send)

    asyncio.run(knock())
    assert [one["type"] for one in sent] == ["websocket.close"]
