"""Who gets into the API: with nothing, with every kind of credentials, too often, too large; by real HTTP."""

import json
import logging
import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from api_builders import TOKENS_ADMIN, a_token, bearer
from center_builders import BOAT, PUMP
from center_builders import settings as uji
from fastapi.routing import iter_route_contexts
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Receive, Send
from starlette.types import Scope as AsgiScope
from test_api import serving

from api.app import build_api
from api.gate import address_of
from database import cases
from domain.accounts import Account, Session, SignedIn, Source
from domain.case import Actor
from domain.errors import NotPermitted
from domain.limits import LIMITS, Limit, Limits, Rate
from domain.permissions import may
from domain.scopes import ACCESS, Scope
from domain.words import Role
from services import demo, devices, live_map, token_command, tokens
from services.center import Center, Settings, close_center, open_center
from ui.guard import SESSION

NOBODY = "0199c5e0-7d1a-7c40-9a51-3f1b2a7d9e10"
FILLED = {"case_id": NOBODY, "delivery_id": NOBODY, "unit_code": BOAT, "mode": "land"}
GUARDED = [(key, access) for key, access in ACCESS.items() if not access.public]
OPEN = {
    "/v1/health",
    "/v1/ready",
    "/v1/schema/tcc.case.v1",
    "/v1/layers/coast.geojson",
    "/v1/layers/kelurahan.geojson",
}


def utc() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def center(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Center]:
    yield open_center(uji(tmp_path_factory.mktemp("access")))
    close_center()


@pytest.fixture(scope="module")
def client(center: Center) -> Iterator[httpx.Client]:
    """A client of a real server that counts nobody's requests."""
    with (
        serving(Starlette(routes=[Mount("/api", build_api(Limits(scale=1e6, free_strikes=10**6)))])) as url,
        httpx.Client(base_url=f"{url}/api", timeout=30) as found,
    ):
        yield found


def ask(client: httpx.Client, key: tuple[str, str], **more: object) -> httpx.Response:
    return client.request(key[0], key[1].format(**FILLED), **more)  # type: ignore[arg-type]


# --- default deny -----------------------------------------------------------------------------------


def routes() -> set[tuple[str, str]]:
    app = build_api()
    return {
        (method, found.path)
        for found in iter_route_contexts(app.routes)
        for method in found.methods or ()
        if method != "HEAD"
    }


def test_every_route_of_the_api_says_what_it_asks_for_and_every_line_has_its_route() -> None:
    assert routes() == set(ACCESS)


def test_every_address_is_found_again_and_only_as_one_entry() -> None:
    for _, address in ACCESS:
        assert address_of(address.format(**FILLED)) == address
    assert address_of("/v1/cases/a/b") == ""
    assert address_of("/v1/health/") == ""


def test_only_these_are_open_to_everybody(client: httpx.Client) -> None:
    assert {address for (_, address), access in ACCESS.items() if access.public} == OPEN
    for address in sorted(OPEN):
        # Without its workers this center is not ready, and says so.
        assert client.get(address).status_code == (503 if address == "/v1/ready" else 200), address


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer sgp_salah"}, {"Authorization": "Basic eDp5"}]
)
def test_nothing_else_answers_without_credentials(client: httpx.Client, headers: dict[str, str]) -> None:
    for key, access in GUARDED:
        answer = ask(client, key, headers=headers)
        wanted = 403 if access.inside == "link" else 401
        assert answer.status_code == wanted, (key, answer.text)
        if wanted == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/unknown", "/v1/cases/", "/v1//cases", "/v1/cases%2f", "/V1/cases", "/v1/health/../cases",
        "/../v1/cases", "/v1/layers/coast.geojson/", "/v1/cases;x=/v1/health",
        "/v1/layers/isochrones/coast.geojson",
        "/",
    ],
)  # fmt: skip
def test_no_spelling_of_an_address_gets_past(client: httpx.Client, path: str) -> None:
    url = httpx.URL(f"{client.base_url}".rstrip("/") + "/").copy_with(raw_path=b"/api" + path.encode())
    assert httpx.get(url, timeout=30).status_code in (401, 404)
    assert httpx.get(url, timeout=30, headers={"X-Original-URL": "/v1/health"}).status_code in (401, 404)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_other_method_gets_in(client: httpx.Client, method: str) -> None:
    assert client.request(method, "/v1/cases").status_code == 401
    assert client.request(method, "/v1/calls").status_code == 401


# --- scopes -----------------------------------------------------------------------------------------


def test_a_token_opens_what_its_scope_names_and_nothing_else(center: Center, client: httpx.Client) -> None:
    held = {scope: bearer(a_token(center, scope)) for scope in Scope}
    for key, access in GUARDED:
        if access.inside:
            continue
        for scope, headers in held.items():
            status = ask(client, key, headers=headers).status_code
            if access.scope is None:
                wrong = 401 if access.device else None
                assert (status == 401) is (wrong == 401), (key, scope, status)
            else:
                assert (status == 403) is (scope is not access.scope), (key, scope, status)


def test_the_refusal_names_the_scope_in_the_language_asked(center: Center, client: httpx.Client) -> None:
    token = bearer(a_token(center, Scope.UNITS_READ))
    told = client.get("/v1/cases", headers=token)
    assert (told.status_code, told.json()["type"]) == (403, "urn:sigap:lacks-scope")
    assert "cases:read" in told.json()["detail"]
    assert told.headers["www-authenticate"] == 'Bearer error="insufficient_scope", scope="cases:read"'
    english = client.get("/v1/cases", headers={**token, "Accept-Language": "fr, en;q=0.8, id;q=0.2"}).json()
    assert "cases:read" in english["detail"]
    unknown = client.get("/v1/cases", headers={**token, "Accept-Language": "fr"}).json()
    assert unknown["detail"] == told.json()["detail"]


def test_the_full_record_asks_for_more(center: Center, client: httpx.Client) -> None:
    read = bearer(a_token(center, Scope.RECORDS_READ))
    both = bearer(a_token(center, Scope.RECORDS_READ, Scope.RECORDS_FULL))
    path = f"/v1/cases/{NOBODY}/record"
    for query in (
        "profile=full",
        "profile=full&profile=minimal",
        "profile=minimal&profile=full",
        "pro%66ile=ful%6C",
    ):
        assert client.get(f"{path}?{query}", headers=read).status_code == 403, query
        assert client.get(f"{path}?{query}", headers=both).status_code == 404, query
    assert client.get(path, headers=read).status_code == 404


def test_what_a_token_changes_is_under_its_name(center: Center, client: httpx.Client) -> None:
    new = tokens.make(center, utc(), TOKENS_ADMIN, "Tombol Panik", {Scope.CALLS_WRITE})
    call = {"channel": "panic_button", "narrative": "Tombol ditekan"}
    case_id = client.post("/v1/calls", json=call, headers=bearer(new.text)).json()["case_id"]
    (first, *_) = cases.events(center.db.read(), case_id)
    assert (first.actor, first.role) == ("Tombol Panik", Role.CALL_TAKER)


def feature(unit: str | None, lon: float = 131.0) -> dict[str, object]:
    told = {"reported_at": utc().isoformat()} | ({} if unit is None else {"unit_code": unit})
    return {"type": "Feature", "geometry": {"type": "Point", "coordinates": [lon, -5.9]}, "properties": told}


def test_a_token_of_a_unit_speaks_for_and_about_that_unit_only(center: Center, client: httpx.Client) -> None:
    own = bearer(a_token(center, unit=BOAT))
    both = {"type": "FeatureCollection", "features": [feature(PUMP), feature(None), feature(PUMP)]}
    answer = client.post("/v1/positions", json=both, headers=own).json()
    assert answer["accepted"] == 1
    assert [(one["index"], one["reason"]) for one in answer["rejected"]] == [
        (0, "unknown_device"),
        (2, "unknown_device"),
    ]
    assert set(center.live.markers(utc())) == {BOAT}
    assert [one["unit_code"] for one in client.get("/v1/units", headers=own).json()["units"]] == [BOAT]
    assert client.get(f"/v1/tracks/{BOAT}", headers=own).status_code == 200
    other = client.get(f"/v1/tracks/{PUMP}", headers=own)
    assert (other.status_code, other.json()["type"]) == (403, "urn:sigap:other-unit")
    assert client.get("/v1/live.geojson", headers=own).status_code == 403


def test_a_token_stops_at_its_end_and_at_once_when_it_is_revoked(
    center: Center, client: httpx.Client
) -> None:
    new = tokens.make(center, utc(), TOKENS_ADMIN, "Sementara", {Scope.UNITS_READ}, days=1)
    over = tokens.make(center, utc() - timedelta(days=2), TOKENS_ADMIN, "Lewat", {Scope.UNITS_READ}, days=1)
    assert client.get("/v1/units", headers=bearer(new.text)).status_code == 200
    assert client.get("/v1/units", headers=bearer(over.text)).status_code == 401
    tokens.revoke(center, utc(), TOKENS_ADMIN, new.stored.grant.token_id)
    assert client.get("/v1/units", headers=bearer(new.text)).status_code == 401


def test_a_device_opens_its_own_and_nothing_else(center: Center, client: httpx.Client) -> None:
    phone = bearer(devices.make(center, utc(), TOKENS_ADMIN, BOAT, "HP").token)
    for key, access in GUARDED:
        if not access.inside and key[1] not in ("/openapi.json", "/docs"):
            status = ask(client, key, headers=phone).status_code
            assert (status == 401) is (not access.device), (key, status)


def test_the_key_of_a_screen_reads_the_map_and_nothing_else(center: Center, client: httpx.Client) -> None:
    key = live_map.key(center, utc())
    old = live_map.key(center, utc() - timedelta(days=1))
    for asked, access in GUARDED:
        if not access.inside:
            assert (ask(client, asked, params={"key": key}).status_code == 401) is (not access.key), asked
            assert ask(client, asked, params={"key": old}).status_code == 401


class SignedInAs:
    """Stands where `ui.guard` does: says who the browser is."""

    def __init__(self, app: ASGIApp, role: Role, *, must_change: bool = False) -> None:
        self.app = app
        account = Account("a-1", "dedi", "Dedi", (role,), Source.LOCAL, utc(), "Ade", must_change=must_change)
        self.who = SignedIn(account, Session("s-1", "", "a-1", role, utc(), utc(), "", ""))

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        await self.app({**scope, SESSION: self.who}, receive, send)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.usefixtures("center")
def test_a_signed_in_person_reads_what_the_role_may_and_changes_nothing(role: Role) -> None:
    app = SignedInAs(build_api(Limits(scale=1e6)), role)
    with TestClient(app) as browser:
        for (method, address), access in GUARDED:
            if access.inside:
                continue
            status = browser.request(method, address.format(**FILLED)).status_code
            if method != "GET" or not (access.actions or access.signed_in):
                assert status == 401, (method, address)
            else:
                allowed = access.signed_in or any(may(role, action) for action in access.actions)
                assert (status == 403) is (not allowed), (address, status)


@pytest.mark.usefixtures("center")
def test_who_must_still_change_the_one_time_password_reads_nothing() -> None:
    with TestClient(SignedInAs(build_api(), Role.AUDITOR, must_change=True)) as browser:
        assert browser.get("/v1/cases").status_code == 401


# --- how often --------------------------------------------------------------------------------------


@pytest.fixture
def narrow(center: Center) -> Iterator[httpx.Client]:
    """A client of a server with small limits, whose time hardly goes on."""
    slow = Rate("slow", 0.001, 3)
    limits = Limits(
        strangers=Rate("strangers", 0.001, 4),
        free_strikes=2,
        by_address=dict.fromkeys(ACCESS, Limit(slow))
        | {("POST", "/v1/positions"): LIMITS["POST", "/v1/positions"]},
    )
    with (
        serving(Starlette(routes=[Mount("/api", build_api(limits))])) as url,
        httpx.Client(base_url=f"{url}/api") as found,
    ):
        yield found


def test_each_token_has_its_own_allowance_and_is_told_when_to_come_again(
    center: Center, narrow: httpx.Client
) -> None:
    one, other = bearer(a_token(center)), bearer(a_token(center))
    left = [narrow.get("/v1/units", headers=one).headers["ratelimit"] for _ in range(3)]
    assert [re.search(r"r=(\d+)", told).group(1) for told in left] == ["2", "1", "0"]  # type: ignore[union-attr]
    refused = narrow.get("/v1/units", headers=one)
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:sigap:too-often")
    assert 900 <= int(refused.headers["retry-after"]) <= 1000
    assert refused.headers["ratelimit-policy"].startswith('"slow";q=3')
    assert narrow.get("/v1/units", headers=other).status_code == 200


def test_strangers_are_limited_by_address_and_wrong_tokens_pause_it_but_not_who_has_a_right_one(
    center: Center, narrow: httpx.Client
) -> None:
    good, wrong = bearer(a_token(center)), bearer("sgp_salah")
    assert [narrow.get("/v1/units", headers=wrong).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert int(narrow.get("/v1/units", headers=wrong).headers["retry-after"]) >= 1
    assert narrow.get("/v1/units", headers=good).status_code == 200
    asked = [narrow.get("/v1/units").status_code for _ in range(3)]
    assert asked[-1] == 429


def test_a_thousand_units_a_second_are_not_held_up_in_one_request_or_many(
    center: Center, narrow: httpx.Client
) -> None:
    system = bearer(a_token(center))
    many = {"type": "FeatureCollection", "features": [feature("X")] * 1000}
    statuses = {narrow.post("/v1/positions", json=many, headers=system).status_code for _ in range(4)}
    assert statuses == {422}, "none is a unit of ours, and none was asked too often"
    alone = {narrow.post("/v1/positions", json=feature("X"), headers=system).status_code for _ in range(200)}
    assert alone == {422}


def test_more_positions_than_a_system_may_send_are_refused(center: Center, narrow: httpx.Client) -> None:
    system = bearer(a_token(center))
    one = {"type": "Feature"}
    many = json.dumps({"type": "FeatureCollection", "features": [one] * 5000}).encode()
    answers = [narrow.post("/v1/positions", content=many, headers=system) for _ in range(12)]
    assert 429 in {answer.status_code for answer in answers}
    assert int(answers[-1].headers.get("retry-after", 1)) >= 1


# --- how large --------------------------------------------------------------------------------------


WITH_BODY = [
    (key, LIMITS.get(key, Limit())) for key in ACCESS if key[0] == "POST" and "notices" not in key[1]
]


@pytest.mark.parametrize(("key", "limit"), WITH_BODY)
def test_a_body_that_is_too_long_is_refused_by_its_length_and_while_it_comes(
    center: Center, client: httpx.Client, key: tuple[str, str], limit: Limit
) -> None:
    phone = devices.make(center, utc(), TOKENS_ADMIN, BOAT, "HP").token
    headers = bearer(phone if ACCESS[key].device or ACCESS[key].inside else a_token(center))
    params = {"id": phone, "token": phone}
    most = limit.most_bytes

    def parts() -> Iterator[bytes]:
        for _ in range(most // 10_000 + 2):
            yield b" " * 10_000

    told = ask(client, key, headers=headers, params=params, content=b" " * (most + 1))
    assert (told.status_code, told.json()["type"]) == (413, "urn:sigap:body-too-large")
    if key[1] != "/v1/crew/photos":  # no more is read of a photo than it may be long
        assert ask(client, key, headers=headers, params=params, content=parts()).status_code == 413


@pytest.mark.parametrize("key", [key for key, limit in LIMITS.items() if limit.is_json])
@pytest.mark.parametrize(
    ("body", "status"),
    [(b'{"a":' * 33 + b"1" + b"}" * 33, 400), (b"[" * 60_000, 400), ('{"a":1}'.encode("utf-16"), 400)],
)
def test_json_that_is_too_deep_or_no_utf_8_is_refused(
    center: Center, client: httpx.Client, key: tuple[str, str], body: bytes, status: int
) -> None:
    phone = devices.make(center, utc(), TOKENS_ADMIN, BOAT, "HP").token
    headers = bearer(phone if ACCESS[key].device or ACCESS[key].inside else a_token(center))
    answer = ask(
        client,
        key,
        headers={**headers, "Content-Type": "application/json"},
        params={"token": phone},
        content=body,
    )
    assert answer.status_code == status, answer.text


def test_a_long_address_and_many_parameters_are_refused(center: Center, client: httpx.Client) -> None:
    headers = bearer(a_token(center))
    assert client.get("/v1/cases", params={"x": "y" * 9000}, headers=headers).status_code == 414
    assert client.get("/v1/cases?" + "&" * 200, headers=headers).status_code == 400
    assert client.get("/v1/health", params={"x": "y" * 9000}).status_code == 414


def test_too_many_positions_at_once_are_refused_with_a_sentence(center: Center, client: httpx.Client) -> None:
    many = {"type": "FeatureCollection", "features": [0] * 5001}
    answer = client.post("/v1/positions", json=many, headers=bearer(a_token(center)))
    assert answer.status_code == 422
    assert "5000" in answer.json()["detail"]


# --- at rest ----------------------------------------------------------------------------------------


def test_a_token_is_nowhere_but_in_the_answer(center: Center, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    new = tokens.make(center, utc(), TOKENS_ADMIN, "Rahasia", {Scope.UNITS_READ})
    secret, hashed = new.text.removeprefix(tokens.PREFIX), new.stored.token_hash
    assert re.fullmatch(r"sgp_[A-Za-z0-9_-]{43}", new.text)
    trail = json.dumps(
        [
            [e.entity, e.entity_id, e.action, e.before, e.after]
            for e in cases.latest_events(center.db.read(), 50)
        ]
    )
    assert "Rahasia" in trail
    for text in (trail, repr(new), repr(center.token_box), caplog.text):
        assert secret not in text
    assert hashed not in trail
    center.db.read().rows("SELECT 1")
    for file in center.settings.var_dir.rglob("*"):
        if file.is_file():
            assert secret.encode() not in file.read_bytes(), file


def test_when_it_was_used_is_kept_a_minute_late_at_most(center: Center) -> None:
    new = tokens.make(center, utc(), TOKENS_ADMIN, "Dipakai", {Scope.UNITS_READ})

    def used() -> datetime | None:
        return next(one.used_at for one in tokens.listed(center) if one.grant == new.stored.grant)

    assert used() is None
    at = utc()
    assert center.token_box.find(new.text, at) is not None
    assert used() == at
    center.token_box.flush(center.db)
    assert used() == at
    assert center.token_box.flush(center.db) == 0


# --- the command ------------------------------------------------------------------------------------


def test_the_command_makes_lists_and_revokes_where_no_screen_is(
    tmp_path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    close_center()
    monkeypatch.setenv("SIGAP_VAR", str(tmp_path))
    monkeypatch.setenv("SIGAP_DEMO", "0")
    monkeypatch.setenv("SIGAP_CITY", str(uji(tmp_path).city_dir))

    def command(*told: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services.tokens", *told], capture_output=True, text=True
        )

    scopes = ("--scope", "cases:read", "--scope", "units:read")
    made = command("make", "--label", "DKISP", *scopes, "--days", "30")
    assert made.returncode == 0, made.stderr
    assert "hentikan Sigap" in made.stderr
    center = open_center(Settings.from_environment())
    try:
        found = center.token_box.find(made.stdout.strip(), utc())
        assert found is not None
        assert (found.label, found.scopes) == ("DKISP", {Scope.CASES_READ, Scope.UNITS_READ})
        refused = command("list")
        assert refused.returncode == 1
        assert "sedang dipakai proses lain" in refused.stderr
        assert "Traceback" not in refused.stderr
    finally:
        close_center()
    assert token_command.main(["revoke", found.token_id], utc()) == 0
    assert token_command.main(["list"], utc()) == 0
    assert f"{found.token_id} dicabut" in capsys.readouterr().out
    assert token_command.main(["make", "--label", "x", "--scope", "all", "--days", "400"], utc()) == 1
    assert "harus 1 sampai 365 hari" in capsys.readouterr().err


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AUDITOR])
def test_only_an_admin_makes_and_revokes_tokens(tmp_path, role: Role) -> None:
    somebody = Actor("Dedi", role)
    center = open_center(uji(tmp_path))
    try:
        new = tokens.make(center, utc(), TOKENS_ADMIN, "Sistem", {Scope.UNITS_READ})
        with pytest.raises(NotPermitted):
            tokens.make(center, utc(), somebody, "Sistem", {Scope.UNITS_READ})
        with pytest.raises(NotPermitted):
            tokens.revoke(center, utc(), somebody, new.stored.grant.token_id)
        assert center.token_box.find(new.text, utc()) is not None
    finally:
        close_center()


def test_only_example_data_keeps_a_token_in_a_file_of_its_owner(tmp_path) -> None:
    for is_demo in (False, True):
        found = replace(uji(tmp_path), demo=is_demo, db_path=tmp_path / f"{is_demo}.duckdb")
        center = open_center(found)
        try:
            path = demo.keep_token(center, utc())
            assert (path is not None) is is_demo
            assert any(tmp_path.rglob("api-token")) is is_demo
            if path is not None:
                text = path.read_text().strip()
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
                assert center.token_box.find(text, utc()).scopes == set(Scope)  # type: ignore[union-attr]
                demo.keep_token(center, utc())
                assert path.read_text().strip() == text, "kept while it counts"
        finally:
            close_center()
