"""What leadership's figures cost: each measure by the number of cases, the page, its payload, and Spark.

Made cases (`benchmarks.synthetic`) of one city over ten years, up to now. Without their JSON, which no
measure and nothing on the page reads.
"""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from math import isclose
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

import httpx
from playwright.sync_api import Page, Response, WebSocket, sync_playwright
from streamlit.testing.v1 import AppTest

from benchmarks import synthetic
from benchmarks.leadership_measures import MEASURES, Cost, cost, plain
from benchmarks.leadership_peer import Peer
from benchmarks.machine import free_port, timed
from benchmarks.synthetic import Wanted
from database.facts import ArchiveEngine, EmbeddedEngine
from domain.case import Actor
from domain.words import Role
from services.center import Center, Settings, close_center, open_center
from ui.review_sections import SECTIONS
from ui.screens import SCREENS
from ui.state import ACTOR, REVIEW_PERIOD, REVIEW_SECTION

ROOT = Path(__file__).resolve().parent.parent
SPARK = ROOT / ".venv-spark" / "bin" / "python"
CASES = (10_000, 100_000, 1_000_000, 10_000_000)
PEER_AT = PAGE_AT = 1_000_000
YEARS = 10
LIMITS_S = {1_000_000: 0.2, 10_000_000: 1.5}
PAGE_MS = 700.0
PAGE_RUNS = 9
LONG_YEARS = 9
PAYLOAD_MB = 1.5
QUIET_S = 2.0


def run(folder: Path, most: int) -> bool:
    """Measure with every number of cases up to `most`; return whether the limits were held."""
    # A script run without a browser says so once a line.
    for name in ("streamlit", "streamlit.runtime.scriptrunner_utils.script_run_context"):
        logging.getLogger(name).setLevel(logging.ERROR)
    sizes = [size for size in CASES if size <= most]
    if not sizes:
        print(
            f"\nLeadership: NOT measured, {most:,} is fewer than the smallest number of cases, {CASES[0]:,}"
        )
        return True
    print(
        f"\nLeadership: made cases of one city over {YEARS} years, calls of all classes in true proportions"
    )
    found: dict[int, dict[str, Cost]] = {}
    held = True
    for size in sizes:
        with _filled(folder / str(size), Wanted(1, size, YEARS, until=_until())) as center:
            found[size] = {name: cost(EmbeddedEngine(center.db), one) for name, one in MEASURES.items()}
            if size == PAGE_AT:
                held &= _page(center)
        if size == PAGE_AT:
            held &= _payload(folder / str(size))
    held &= _curve(found)
    if PEER_AT in found:
        held &= _peer(found[PEER_AT])
        with _filled(folder / "rescues", Wanted(1, PEER_AT, YEARS, until=_until(), rescues=1.0)) as center:
            dearest = max(
                ((cost(EmbeddedEngine(center.db), one), name) for name, one in MEASURES.items()),
                key=lambda pair: pair[0].wall_s,
            )
        print(
            f"were each of {PEER_AT:,} calls a rescue, the dearest measure would be {dearest[1]}: "
            f"{dearest[0].wall_s * 1000:.0f} ms (no limit)"
        )
    return held & _spark(folder / "archive", sizes[-1])


def _until() -> date:
    """Return the first day of the next month: the newest cases are of these days, as the page shows them."""
    today = datetime.now(UTC).date()
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def _settings(folder: Path) -> Settings:
    return Settings(folder, folder / "demo" / "sigap.duckdb", demo=True)


@contextmanager
def _filled(folder: Path, wanted: Wanted) -> Iterator[Center]:
    """Make the database and open it again, as after a restart."""
    settings = _settings(folder)
    began = perf_counter()
    synthetic.open_filled(settings.db_path, wanted, states=False)
    size_mb = settings.db_path.stat().st_size / 1e6
    print(f"  {wanted.cases:,} cases made and stored in {perf_counter() - began:.0f} s, {size_mb:.0f} MB")
    center = open_center(settings)
    yield center
    close_center()


def _curve(found: Mapping[int, Mapping[str, Cost]]) -> bool:
    """Print each measure by number of cases; return whether each number held its limit."""
    print("  DuckDB, median of 5 in ms by the clock (of the processor), over all cases")
    print(f"    {'':<28}" + "".join(f"{size:>20,}" for size in found))
    for name in MEASURES:
        figures = (found[size][name] for size in found)
        told = (f"{one.wall_s * 1000:.1f} ({one.processor_s * 1000:.1f})" for one in figures)
        print(f"    {name:<28}" + "".join(f"{text:>20}" for text in told))
    held = True
    for size, limit_s in LIMITS_S.items():
        if size not in found:
            print(f"  {size:,} cases: NOT measured (left out)")
            continue
        slow = [name for name, one in found[size].items() if one.wall_s > limit_s]
        held &= not slow
        verdict = f"MISSED by {', '.join(slow)}" if slow else "held"
        print(f"  {size:,} cases, limit {limit_s * 1000:.0f} ms for each measure: {verdict}")
    return held


def _peer(found: Mapping[str, Cost]) -> bool:
    """Print what pandas takes for the same on the same rows; return whether it counted the same cases."""
    pack_rows = Wanted(1, PEER_AT, YEARS, until=_until())
    pack = synthetic.load_city_pack(synthetic.DEFAULT_CITY)
    peer = Peer(block.rows for block in synthetic.blocks(pack_rows, pack))
    print(
        f"  beside pandas and numpy, {PEER_AT:,} rows in memory, times in ms and how often DuckDB is as fast"
    )
    wrong = []
    for name, action in peer.measures().items():
        times = []
        for _ in range(3):
            start = perf_counter()
            counted = action()
            times.append(perf_counter() - start)
        ours, theirs = found[name].wall_s, sorted(times)[1]
        if counted != _counted(found[name].rows):
            wrong.append(f"{name} ({counted:,} and {_counted(found[name].rows):,})")
        print(f"    {name:<28}{ours * 1000:10.1f}{theirs * 1000:10.1f}{theirs / ours:8.1f} ×")
    print(f"  the same cases counted: {'NO: ' + ', '.join(wrong) if wrong else 'yes'}")
    return not wrong


def _counted(rows: Sequence[Mapping[str, Any]]) -> int:
    """Return how many cases, units, steps or words a measure counted in all."""
    keys = [key for key in rows[0] if key == "n" or key.endswith(":n")] if rows else []
    if "n_late" in (rows[0] if rows else {}) and "entries" in rows[0]:
        keys = ["n_late"]
    return sum(int(row[key]) for row in rows for key in keys)


# --- the page ----------------------------------------------------------------------------------------------


def _periods(today: date) -> tuple[tuple[str, tuple[date, date] | None], ...]:
    """Return the periods that the page is asked for: as it opens, and the longest that it can choose."""
    return ("30 days", None), (f"{LONG_YEARS} years", (date(today.year - LONG_YEARS, 1, 1), today))


def _page(center: Center) -> bool:
    """Time the script of the page for each section and period; return whether each held the limit."""
    file = next(screen.file for screen in SCREENS if screen.name == "pimpinan")
    today = datetime.now(UTC).astimezone(center.pack.city.timezone).date()
    held = True
    for words, period in _periods(today):
        for section in SECTIONS:
            test = AppTest.from_file(str(file), default_timeout=300)
            test.session_state[ACTOR] = Actor("Ukur", Role.SUPERVISOR)
            test.session_state[REVIEW_SECTION] = section.name
            if period is not None:
                test.session_state[REVIEW_PERIOD] = period

            def once(_run: int, test: AppTest = test) -> None:
                test.run()
                if test.exception:
                    raise RuntimeError(test.exception[0].value)

            figure = timed(
                f"  Pimpinan, {section.name}, {words} of {PAGE_AT:,} cases", PAGE_RUNS, once, PAGE_MS
            )
            # A value that the screen cannot take is put back without a word: then another page was timed.
            shown = tuple(test.date_input[0].value)
            if period is not None and shown != period or test.session_state[REVIEW_SECTION] != section.name:
                raise RuntimeError(f"asked for {section.name}, {period}, the page showed {shown}")
            print(figure)
            held &= figure.held
    return held


class _Received:
    """What a browser gets: `live` bytes for this session, `assets` that it keeps for every session."""

    def __init__(self, page: Page) -> None:
        self.live = self.assets = 0
        self.at = perf_counter()
        page.on("websocket", self._socket)
        page.on("response", self._response)

    def _socket(self, socket_: WebSocket) -> None:
        socket_.on("framereceived", self._frame)

    def _frame(self, frame: str | bytes) -> None:
        self.live += len(frame)
        self.at = perf_counter()

    def _response(self, response: Response) -> None:
        try:
            size = len(response.body())
        except Exception as error:
            # A redirect or a request that the page gave up has no body.
            print(f"    not counted: {response.url} ({type(error).__name__})")
            return
        if response.request.resource_type in ("xhr", "fetch"):
            self.live += size
        else:
            self.assets += size
        self.at = perf_counter()


def _payload(folder: Path) -> bool:
    """Open each section in Chromium on the real server; return whether none sends more than the limit."""
    held = True
    with _served(folder) as address, sync_playwright() as playwright:
        found = os.environ.get("SIGAP_CHROMIUM", "/usr/bin/chromium")
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        for words, period in _periods(datetime.now(UTC).date()):
            for section in SECTIONS:
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                got = _Received(page)
                asked = [(REVIEW_SECTION, section.name)]
                asked += [(REVIEW_PERIOD, day.isoformat()) for day in period or ()]
                page.goto(f"{address}/pimpinan?{urlencode(asked)}")
                _settled(page, got)
                _require_shown(page, section.label, period)
                good = got.live <= PAYLOAD_MB * 1e6
                held &= good
                print(
                    f"  payload of Pimpinan, {section.name}, {words}: {got.live / 1e6:.2f} MB "
                    f"(limit {PAYLOAD_MB} MB: {'held' if good else 'MISSED'}), "
                    f"assets that a browser keeps {got.assets / 1e6:.1f} MB"
                )
                page.close()
        browser.close()
    return held


def _settled(page: Page, got: _Received) -> None:
    """Wait until the script has run and nothing more comes."""
    page.locator("[data-testid=stApp]").wait_for(timeout=60_000)
    page.get_by_test_id("stButtonGroup").first.wait_for(timeout=120_000)
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for(timeout=300_000)
    while perf_counter() - got.at < QUIET_S:
        page.wait_for_timeout(200)


def _require_shown(page: Page, label: str, period: tuple[date, date] | None) -> None:
    """Raise RuntimeError where the page shows another section or period than it was asked for."""
    chosen = page.locator("[data-testid=stButtonGroup] [aria-checked=true]").all_inner_texts()
    days = page.get_by_test_id("stDateInput").inner_text() + " ".join(
        str(one.input_value()) for one in page.locator("[data-testid=stDateInput] input").all()
    )
    if label not in chosen or (period is not None and str(period[0].year) not in days):
        raise RuntimeError(f"asked for {label}, {period}, the page showed {chosen}, {days}")


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "SIGAP_VAR": str(folder), "SIGAP_DEMO": "1", "PYTHONPATH": str(ROOT)}
    environment.pop("SIGAP_DB", None)
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.headless", "true"]
    log = folder / "server.log"
    address = f"http://127.0.0.1:{port}"
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
    try:
        give_up = perf_counter() + 120
        while not _answers(f"{address}/_stcore/health"):
            if server.poll() is not None or perf_counter() > give_up:
                raise RuntimeError(log.read_text(errors="replace"))
        yield address
    finally:
        server.terminate()
        server.wait(60)


def _answers(address: str) -> bool:
    try:
        return httpx.get(address, timeout=5).status_code == 200
    except httpx.TransportError:
        return False


# --- a cluster ---------------------------------------------------------------------------------------------


def _spark(folder: Path, size: int) -> bool:
    """Run the measures on Spark and on DuckDB over one archive; return whether the figures are the same."""
    if not SPARK.exists():
        print("  Spark: NOT measured, .venv-spark is not there (make test-spark makes it)")
        return True
    pack = synthetic.load_city_pack(synthetic.DEFAULT_CITY)
    cities = 10
    began = perf_counter()
    wanted = Wanted(cities, size // cities, YEARS, until=_until())
    count = synthetic.write_archive(folder, wanted, pack)
    files = [path.stat().st_size for path in folder.rglob("*.parquet")]
    print(
        f"  archive of {cities} cities, {count:,} cases in {perf_counter() - began:.0f} s: "
        f"{len(files):,} files, {sum(files) / 1e6:.0f} MB, {sum(files) / count:.0f} bytes a case"
    )
    engine = ArchiveEngine(folder)
    ours = {name: cost(engine, one, runs=1) for name, one in MEASURES.items()}
    engine.close()
    answer = folder / "_spark.json"
    done = subprocess.run(
        [str(SPARK), "-m", "benchmarks.leadership_measures", str(folder), str(answer)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"  Spark: NOT measured, it ended with {done.returncode}: {done.stderr.strip()[-600:]}")
        return False
    told = json.loads(answer.read_text())
    print(f"  Spark local[*]: ready with the first figure after {told['ready_s']:.1f} s; then, in ms")
    print(f"    {'':<28}{'Spark':>12}{'DuckDB, same archive':>24}")
    differ = []
    for name, one in told["measures"].items():
        print(f"    {name:<28}{one['wall_s'] * 1000:12.0f}{ours[name].wall_s * 1000:24.0f}")
        if not _same(one["rows"], plain(ours[name].rows)):
            differ.append(name)
    print(f"  the same figures from both: {'NO: ' + ', '.join(differ) if differ else 'yes'}")
    return not differ


def _same(rows: Sequence[Mapping[str, Any]], others: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the figures are the same, in whatever order the groups come."""
    if len(rows) != len(others):
        return False
    pairs = zip(sorted(rows, key=_order), sorted(others, key=_order), strict=True)
    return all(_equal(row[name], other[name]) for row, other in pairs for name in row)


def _order(row: Mapping[str, Any]) -> str:
    return json.dumps([value for value in row.values() if not isinstance(value, float)], default=str)


def _equal(value: Any, other: Any) -> bool:
    if isinstance(value, float) or isinstance(other, float):
        return value is not None and other is not None and isclose(value, other, rel_tol=1e-9)
    return bool(value == other)
