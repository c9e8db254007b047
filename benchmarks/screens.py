"""Server time of the screens with few and with many closed cases, and how soon the first page is usable."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

from playwright.sync_api import Error, Page, sync_playwright
from streamlit.testing.v1 import AppTest

from benchmarks import many
from benchmarks.machine import Figure, free_port, timed
from domain.case import Actor
from domain.words import Role, UnitStatus
from services.center import Center, Settings, close_center, open_center
from services.monitoring import board
from services.registry import set_service, unit_states
from services.rehearsal import CAST
from services.ways import ways
from ui.parts import now
from ui.screens import SCREENS
from ui.state import ACTOR, OPEN_CASE

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MS = 300.0
GROWTH = 1.3
FIRST_PAGE_S = 5.0
OPEN = 50
RUNS = 25
CHROMIUM = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


def run(folder: Path, small: int, large: int) -> bool:
    """Measure both sizes side by side; return whether every limit was held."""
    # A script run without a browser says so once a line.
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").setLevel(logging.ERROR)
    figures: dict[str, dict[int, Figure]] = {}
    for closed in (small, large):
        with _filled(folder / str(closed), closed) as center:
            for figure in _screens(center):
                print(figure)
                figures.setdefault(figure.name, {})[closed] = figure
    held = True
    for name, by_size in figures.items():
        ratio = by_size[large].at(0.5) / by_size[small].at(0.5)
        good = ratio <= GROWTH and by_size[large].held
        held &= good
        verdict = "held" if good else "MISSED"
        print(
            f"{name}: {large:,} closed / {small:,} closed = {ratio:.2f} (medians; limit {GROWTH}): {verdict}"
        )
    first_s = _first_page(folder / str(large))
    good = first_s <= FIRST_PAGE_S
    print(
        f"first page usable after start, {large:,} closed: {first_s:.1f} s (limit {FIRST_PAGE_S:.0f} s): "
        f"{'held' if good else 'MISSED'}"
    )
    return held and good


@contextmanager
def _filled(folder: Path, closed: int) -> Iterator[Center]:
    """Open a center with that many closed cases, as after a restart."""
    settings = _settings(folder)
    print(f"\n{many.fill(open_center(settings), closed, OPEN)}")
    close_center()
    center = open_center(settings)
    ways(center)
    yield center
    close_center()


def _settings(folder: Path) -> Settings:
    return Settings(folder, folder / "demo" / "sigap.duckdb", demo=True)


def _screens(center: Center) -> Iterator[Figure]:
    """Time whole script runs of the board and of one case."""
    case_id = board(center, now()).rows[0].case.case_id
    state = {ACTOR: Actor("Ukur", Role.DISPATCHER), OPEN_CASE: case_id}
    files = {screen.name: screen.file for screen in SCREENS}
    spare = next(s.unit.unit_code for s in unit_states(center, now()) if s.status is UnitStatus.AVAILABLE)

    def change(run: int) -> None:
        """Store something before each run, as in duty: nothing kept from the last run is of use."""
        set_service(center, now(), CAST[Role.DISPATCHER], spare, "ukur" if run % 2 == 0 else None)

    for name in ("pemantauan", "kasus"):
        test = AppTest.from_file(str(files[name]), default_timeout=60)
        for key, value in state.items():
            test.session_state[key] = value

        def run_once(_run: int, test: AppTest = test) -> None:
            test.run()
            if test.exception:
                raise RuntimeError(test.exception[0].value)

        yield timed(f"screen {name}, {OPEN} open cases: script run", RUNS, run_once, LIMIT_MS, change)


def _first_page(folder: Path) -> float:
    """Start the real server on a filled database; return seconds until the board stands in Chromium."""
    port = free_port()
    environment = {**os.environ, "SIGAP_VAR": str(folder), "SIGAP_DEMO": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("SIGAP_DB", None)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with sync_playwright() as playwright:
        found = os.environ.get("SIGAP_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM))
        page = browser.new_page()
        start = perf_counter()
        with (folder / "server.log").open("wb") as log:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            while not _open(page, port):
                if server.poll() is not None:
                    raise RuntimeError((folder / "server.log").read_text(errors="replace"))
            page.locator(".card").first.wait_for(timeout=60_000)
            return perf_counter() - start
        finally:
            browser.close()
            server.terminate()
            server.wait(20)


def _open(page: Page, port: int) -> bool:
    """Ask for the page; False while nobody answers yet."""
    try:
        page.goto(f"http://127.0.0.1:{port}/")
    except Error:
        page.wait_for_timeout(50)
        return False
    return True
