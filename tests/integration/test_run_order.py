"""A screen's runs in their order: what a finished run has to tell arrives, whenever a part asks again."""

import asyncio
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime, RuntimeConfig
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.script_data import ScriptData
from streamlit.runtime.scriptrunner import RerunData
from streamlit.runtime.scriptrunner.script_cache import ScriptCache

from ui import run_order

SCRIPT = """
    import streamlit as st

    @st.fragment(run_every=2)
    def bar():
        st.write("bar")

    bar()
    st.write("the last line of the board")

    @st.fragment(run_every=3)
    def look():
        st.write("look")

    look()
    """


@pytest.fixture
def streamlit_alone(script: Path) -> Iterator[None]:
    """Keep a runtime for the sessions; put Streamlit's own way of starting runs back afterwards."""
    before, runtime = AppSession._create_scriptrunner, Runtime._instance
    Runtime._instance = None
    Runtime(
        RuntimeConfig(str(script), MemoryMediaFileStorage("/media"), MemoryUploadedFileManager("/upload"))
    )
    yield
    AppSession._create_scriptrunner = before  # type: ignore[method-assign]
    Runtime._instance = runtime


def told_to_a_browser(script: Path) -> list[ForwardMsg]:
    """Draw a page, then let a part's timer ask just when the run has ended and nothing of it was told yet."""

    async def draw() -> list[ForwardMsg]:
        session = AppSession(
            ScriptData(str(script), is_hello=False),
            MemoryUploadedFileManager("/upload"),
            ScriptCache(),
            lambda: None,
            {},
        )
        session.request_rerun(None)
        await _ended(session)
        timers = [m.auto_rerun.fragment_id for m in session.flush_browser_queue() if m.HasField("auto_rerun")]

        # Somebody stored something: the page is drawn anew, while the event loop is busy with other screens.
        session.request_rerun(None)
        runner = session._scriptrunner
        assert runner is not None and runner._script_thread is not None
        runner._script_thread.join()
        asked = BackMsg()
        asked.rerun_script.fragment_id = timers[0]
        asked.rerun_script.is_auto_rerun = True
        session.request_rerun(asked.rerun_script)
        await _ended(session)
        return session.flush_browser_queue()

    return asyncio.run(draw())


async def _ended(session: AppSession) -> None:
    """Wait until nothing of the session runs or waits to run."""
    for _ in range(50):
        while session._scriptrunner is not None:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.002)


def words(messages: list[ForwardMsg]) -> list[str]:
    """Return the texts that were drawn."""
    return [
        m.delta.new_element.markdown.body
        for m in messages
        if m.HasField("delta") and m.delta.new_element.HasField("markdown")
    ]


def timers(messages: list[ForwardMsg]) -> list[float]:
    """Return how often the page's parts want to be drawn anew, in seconds."""
    return [m.auto_rerun.interval for m in messages if m.HasField("auto_rerun")]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "page.py"
    path.write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    return path


def test_a_run_is_told_whole_though_a_part_asks_before_it_was_told(
    script: Path, streamlit_alone: None
) -> None:
    run_order.install()
    told = told_to_a_browser(script)
    assert "the last line of the board" in words(told)
    assert timers(told) == [2, 3], "without its timer a screen would never be drawn anew"
    assert words(told)[-1] == "bar", "the part that asked is drawn after the page"


def test_streamlit_alone_still_loses_it(script: Path, streamlit_alone: None) -> None:
    """Once this fails, Streamlit has mended it and `ui.run_order` can go."""
    told = told_to_a_browser(script)
    assert timers(told) == []


class Runner:
    """A runner that has ended, or is at work and takes what comes."""

    def __init__(self, *, ended: bool) -> None:
        self.ended = ended
        self.taken: list[RerunData] = []

    def request_rerun(self, rerun_data: RerunData) -> bool:
        if not self.ended:
            self.taken.append(rerun_data)
        return not self.ended


class Loop:
    """An event loop whose clock stands: what is to be called later is called by hand."""

    def __init__(self) -> None:
        self.later: list[Callable[[], None]] = []

    def call_later(self, delay: float, callback: Callable[[], None]) -> None:
        assert delay > 0
        self.later.append(callback)

    def go_on(self) -> None:
        waiting, self.later = self.later, []
        for callback in waiting:
            callback()


class Session:
    """A session with one runner, which has ended and is not told yet."""

    def __init__(self) -> None:
        self.runner: Runner | None = Runner(ended=True)
        self.loop = Loop()
        self.begun: list[RerunData] = []
        self.runs = run_order.InOrder(lambda: self.runner, self.loop, self._start)

    def _start(self, run: RerunData) -> None:
        self.begun.append(run)
        self.runner = Runner(ended=False)


def test_a_run_goes_to_a_runner_that_began_while_it_waited() -> None:
    session, run, begun = Session(), RerunData(fragment_id="part"), Runner(ended=False)
    session.runs.ask(run)
    session.loop.go_on()
    assert len(session.loop.later) == 1, "it waits on while the ended runner is still there"
    session.runner = begun
    session.loop.go_on()
    assert begun.taken == [run] and not session.begun and not session.loop.later


@pytest.mark.parametrize("told_before", ["the click", "the look", "the end"])
def test_a_click_is_not_overtaken_by_the_timer_that_waited_before_it(told_before: str) -> None:
    """The timer's run holds the box as it was before the click; run after it, it takes the click back."""
    session = Session()
    timer, click, later = (RerunData(fragment_id=name) for name in ("timer", "click", "later"))
    session.runs.ask(timer)
    if told_before == "the click":
        session.runner = None
    session.runs.ask(click)
    if told_before == "the look":
        session.runner = None
        session.loop.go_on()
    session.runs.ask(later)
    if told_before == "the end":
        session.runner = None
    session.loop.go_on()
    assert session.runner is not None
    assert session.begun + session.runner.taken == [timer, click, later]
    assert not session.loop.later


def test_a_start_that_begins_nothing_holds_up_nobody() -> None:
    """As when the browser has gone."""
    loop, asked = Loop(), list[RerunData]()
    runs = run_order.InOrder(lambda: None, loop, asked.append)
    for name in ("one", "two"):
        runs.ask(RerunData(fragment_id=name))
    assert [run.fragment_id for run in asked] == ["one", "two"] and not loop.later
