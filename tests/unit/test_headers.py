"""Every answer carries the security headers: pages, data, frames, refusals, failures."""

import re
from collections.abc import Callable

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from services.origin import Trust, networks
from ui import headers, shell
from ui.headers import SecurityHeaders, page_policy, script_hashes

PLAIN = Trust()


def answer(make: Callable[[], Response]) -> Callable[[Request], Response]:
    return lambda _request: make()


def fail(_request: Request) -> Response:
    raise RuntimeError("broken")


def own(_request: Request) -> Response:
    return HTMLResponse(
        "x", headers={"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-cache"}
    )


def cookies(_request: Request) -> Response:
    made = JSONResponse({}, headers={"Access-Control-Allow-Origin": "*"})
    made.set_cookie("one", "1")
    made.set_cookie("two", "2", secure=True)
    return made


def client(trust: Trust = PLAIN, base_url: str = "http://sigap") -> TestClient:
    routes = [
        Route("/", answer(lambda: HTMLResponse(shell.html()))),
        Route("/api/v1/cases", answer(lambda: JSONResponse([]))),
        Route("/media/foto.jpg", answer(lambda: Response(b"x", media_type="image/jpeg"))),
        Route("/component/map/index.html", answer(lambda: HTMLResponse("<html>"))),
        Route("/masuk", answer(lambda: HTMLResponse("<form>"))),
        Route("/own", own),
        Route("/cookies", cookies),
        Route("/broken", fail),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(SecurityHeaders, page=shell.html, trust=trust)])
    return TestClient(app, base_url=base_url, raise_server_exceptions=False)


def directives(policy: str) -> dict[str, list[str]]:
    return {name: sources for name, *sources in (part.split() for part in policy.split(";"))}


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/cases", "/component/map/index.html", "/own", "/broken", "/none"]
)
def test_every_answer_carries_them(path: str) -> None:
    found = client().get(path).headers
    assert found["x-content-type-options"] == "nosniff"
    assert found["referrer-policy"] == "same-origin"
    assert found["cross-origin-opener-policy"] == "same-origin"
    assert found["cross-origin-resource-policy"] == "same-origin"
    assert "geolocation=(self)" in found["permissions-policy"]
    assert "microphone=()" in found["permissions-policy"]
    assert "default-src 'none'" in found["content-security-policy"]
    assert "strict-transport-security" not in found


def test_a_screen_runs_only_scripts_from_here_and_the_two_that_are_part_of_the_page() -> None:
    policy = directives(client().get("/").headers["content-security-policy"])
    assert policy["script-src"][:2] == ["'self'", "blob:"]
    assert len(policy["script-src"]) == 4
    assert all(source.startswith("'sha256-") for source in policy["script-src"][2:])
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"} & set(policy["script-src"])
    for name in ("connect-src", "frame-src", "form-action", "frame-ancestors"):
        assert policy[name] == ["'self'"], name
    assert policy["object-src"] == ["'none'"]


def test_a_failure_says_that_it_was_one_and_no_more() -> None:
    answer = client().get("/broken")
    assert (answer.status_code, answer.text) == (500, headers.FAILED)


def test_a_changed_script_of_the_page_is_not_allowed_by_the_old_hash() -> None:
    one, other = script_hashes("<script>a()</script>"), script_hashes("<script>b()</script>")
    assert one != other
    assert one in page_policy("<script>a()</script>")


def test_only_the_frame_of_a_map_may_build_scripts() -> None:
    for path in ("/", "/api/v1/cases", "/media/foto.jpg", "/masuk", "/none"):
        scripts = directives(client().get(path).headers["content-security-policy"]).get("script-src", [])
        assert not {"'unsafe-inline'", "'unsafe-eval'"} & set(scripts), path
    frame = directives(client().get("/component/map/index.html").headers["content-security-policy"])
    assert "'unsafe-eval'" in frame["script-src"]
    assert frame["connect-src"] == ["'self'"]
    assert frame["frame-ancestors"] == ["'self'"]


def test_a_file_opened_as_a_page_runs_nothing() -> None:
    found = client().get("/media/foto.jpg").headers
    assert directives(found["content-security-policy"]) == directives(headers.NOTHING)
    assert "sandbox" in found["content-security-policy"]


@pytest.mark.parametrize("path", ["/api/v1/cases", "/media/foto.jpg", "/masuk"])
def test_what_may_be_personal_is_not_kept_by_the_browser(path: str) -> None:
    assert client().get(path).headers["cache-control"] == "no-store"


def test_an_answer_with_a_policy_of_its_own_keeps_it() -> None:
    found = client().get("/own").headers
    assert found["content-security-policy"] == "default-src 'none'"
    assert found["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    ("trust", "base_url", "told", "expected"),
    [
        (Trust(), "http://sigap", {}, False),
        (Trust(), "http://sigap", {"X-Forwarded-Proto": "https"}, False),
        (Trust(), "https://sigap", {}, True),
        (Trust(behind_tls=True), "http://sigap", {}, True),
    ],
)
def test_over_tls_browsers_are_told_to_stay_there_and_cookies_with_them(
    trust: Trust, base_url: str, told: dict[str, str], expected: bool
) -> None:
    answer = client(trust, base_url).get("/cookies", headers=told)
    assert ("strict-transport-security" in answer.headers) is expected
    one, two = answer.headers.get_list("set-cookie")
    assert bool(re.search(r"; secure\b", one, re.IGNORECASE)) is expected
    assert len(re.findall(r"; secure\b", two, re.IGNORECASE)) == 1


def test_no_other_site_may_read_an_answer() -> None:
    assert "access-control-allow-origin" not in client().get("/cookies").headers


def test_a_trusted_proxys_word_counts_for_tls() -> None:
    # Starlette's test client is the peer "testclient", which is no address and so no proxy.
    trust = Trust(networks("10.0.0.1"))
    found = client(trust).get("/", headers={"X-Forwarded-Proto": "https"}).headers
    assert "strict-transport-security" not in found
