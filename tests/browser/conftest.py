"""The real process and a real Chromium that may reach nothing but this machine."""

import subprocess
from collections.abc import Callable, Iterator
from urllib.parse import urlparse

import pytest
from harness import LOCAL, ROOT, Server, sign_in, start, stop
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Error,
    Page,
    Route,
    WebSocketRoute,
    expect,
    sync_playwright,
)

WAIT_MS = 15_000

CHROMIUM = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Sigap with example data, the same for all browser tests of a run."""
    running = start(
        ROOT / "app.py",
        tmp_path_factory.mktemp("sigap"),
        ready="/api/v1/health",
        env={"SIGAP_DEMO": "1"},
    )
    yield running
    stop(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium of the machine (tools/chromium.sh finds or installs it)."""
    found = subprocess.run(
        ["sh", ROOT / "tools" / "chromium.sh"], stdout=subprocess.PIPE, text=True, check=True
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found.stdout.strip(), args=list(CHROMIUM))
        yield chromium
        chromium.close()


@pytest.fixture
def new_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Page]]:
    """A function that opens one more page, in a browser session of its own.

    Where the test has a demonstration (`server`), its dispatcher is signed in; `role=None` leaves it signed
    out.

    The test fails when any of its pages asked for something outside, had a JavaScript error, or did what its
    content security policy forbids.
    """
    outside: list[str] = []
    errors: list[str] = []
    forbidden: list[str] = []
    contexts = []

    def only_local(route: Route) -> None:
        if urlparse(route.request.url).hostname in LOCAL:
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    def only_local_socket(route: WebSocketRoute) -> None:
        if urlparse(route.url).hostname in LOCAL:
            route.connect_to_server()
        else:
            outside.append(route.url)
            route.close()

    def note(error: Error) -> None:
        errors.append(str(error))

    def note_policy(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            forbidden.append(message.text)

    def open_page(role: str | None = "dispatcher", **options: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(WAIT_MS)
        context.route("**/*", only_local)
        context.route_web_socket("**/*", only_local_socket)
        context.on("weberror", lambda web: note(web.error))
        context.on("console", note_policy)
        running = request.getfixturevalue("server") if "server" in request.fixturenames else None
        if role is not None and isinstance(running, Server) and running.demo:
            sign_in(context, running.url, role)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert not outside, f"asked outside this machine: {outside}"
    assert not errors, f"JavaScript errors: {errors}"
    assert not forbidden, f"against the content security policy: {forbidden}"


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """One page of 1440 × 900."""
    return new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Put what the server printed beside a failure."""
    report = yield
    running = getattr(item, "funcargs", {}).get("server")
    if report.failed and isinstance(running, Server):
        report.sections.append(("Sigap's log", running.log.read_text(errors="replace")[-8000:]))
    return report
