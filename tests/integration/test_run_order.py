"""A screen's runs in their order: what a finished run has to tell arrives, whenever a part asks again."""

import asyncio
import textwrap
from collections.abc import Iterator
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


def test_a_run_goes_to_a_runner_that_began_while_it_waited() -> None:
    class Ended:
        def request_rerun(self, rerun_data: RerunData) -> bool:
            raise AssertionError("an ended runner is not asked")

    class Begun:
        def __init__(self) -> None:
            self.taken: list[RerunData] = []

        def request_rerun(self, rerun_data: RerunData) -> bool:
            self.taken.append(rerun_data)
            return True

    class Loop:
        def __init__(self) -> None:
            self.waiting: list[object] = []

        def call_later(self, delay: float, callback: object) -> None:
            assert delay > 0
            self.waiting.append(callback)

    started: list[RerunData] = []
    loop, begun, run = Loop(), Begun(), RerunData(fragment_id="part")
    current: list[run_order.Runner] = [Ended()]
    run_order.start_in_order(lambda: current[0], loop, started.append, run)
    loop.waiting.pop()()  # type: ignore[operator]
    assert len(loop.waiting) == 1, "it waits on while the ended runner is still there"
    current[0] = begun
    loop.waiting.pop()()  # type: ignore[operator]
    assert begun.taken == [run] and not started and not loop.waiting
