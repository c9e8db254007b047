"""What is logged says where and what kind, and never what an exception or another library carries."""

import asyncio
import importlib
import io
import json
import logging
import re
import threading
import warnings
from collections.abc import Iterator

import duckdb
import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import BadInput, Need, StoreUnavailable
from services import logs

NAME, NUMBER, STORY = "Siti Rahmawati", "0812-3456-7890", "perahu terbalik dekat rumahnya"
SECRETS = (NAME, "Rahmawati", NUMBER, STORY)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What one handler writes of everything that is logged."""
    stream, root = io.StringIO(), logging.getLogger()
    made, level = logs.handler(logs.JSON, stream), root.level
    root.addHandler(made)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(made)
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class Form(pydantic.BaseModel):
    """Something with a field that a person fills in."""

    victims: int


def an_error(kind: str) -> BaseException:
    """Return an error as it is caught, with planted words in its text, cause, context, notes and locals."""
    story = f"{NAME} ({NUMBER}): {STORY}"
    try:
        if kind == "value":
            raise ValueError(story)
        if kind == "key":
            {}[story]
        if kind == "pydantic":
            Form(victims=story)
        if kind == "ours":
            raise BadInput("callback_number", "Nomor", Need("“{value}” bukan nomor", value=story))
        if kind == "database":
            duckdb.sql(f"SELECT CAST('{story}' AS INTEGER)").fetchall()
        if kind == "file":
            open(f"/tidak ada/{story}")  # noqa: SIM115, PTH123
        if kind == "group":
            raise ExceptionGroup(story, [ValueError(story)])
        try:
            raise KeyError(story)
        except KeyError as error:
            error.add_note(story)
            raise RuntimeError(story) from error
    except BaseException as error:
        return error
    raise AssertionError(kind)


@pytest.mark.parametrize("kind", ["value", "key", "pydantic", "ours", "database", "file", "group", "chain"])
@pytest.mark.parametrize("logger", ["services.intake", "streamlit.error_util", "uvicorn.error", "asyncio"])
def test_no_text_of_an_error_is_written(
    written: io.StringIO, kind: str, logger: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What `give_to_root` does for a process, here for this test alone: others may have imported the library.
    for name in (logger, logger.partition(".")[0]):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
    error = an_error(kind)
    logging.getLogger(logger).error("it failed", exc_info=error)
    logging.getLogger(logger).error("it failed: %s", error)
    text = written.getvalue()
    assert not [one for one in SECRETS if one in text]
    first = lines(written)[0]
    assert first["trace"][-1]["type"].rpartition(".")[2] == type(error).__name__
    assert any("test_logs.py" in frame or ":" in frame for frame in first["trace"][-1]["frames"])


@given(st.text(min_size=12, max_size=40))
@settings(max_examples=30, deadline=None)
def test_whatever_an_exception_says_stays_out(text: str) -> None:
    told = "«" + text + "»"
    record = logging.LogRecord("pandas.core", logging.ERROR, __file__, 1, "bad %s", (told,), None)
    try:
        raise ValueError(told)
    except ValueError as error:
        record.exc_info = (ValueError, error, error.__traceback__)
    for formatter in (logs.JsonLines(), logs.TextLines()):
        line = formatter.format(record)
        assert "«" not in line
    assert "\n" not in logs.JsonLines().format(record)


def test_the_trace_names_causes_first_and_our_lines(written: io.StringIO) -> None:
    reference = logs.failed(logging.getLogger("ui.failure"), "a screen failed", an_error("chain"))
    (line,) = lines(written)
    assert line["reference"] == reference
    assert re.fullmatch(r"\d{3}-\d{3}", reference)
    assert [one["type"] for one in line["trace"]] == ["KeyError", "RuntimeError"]
    assert line["level"] == "ERROR"
    assert line["message"] == "a screen failed"


def test_the_text_of_a_machines_trouble_is_told(written: io.StringIO) -> None:
    log = logging.getLogger("services.live")
    log.error("full", exc_info=StoreUnavailable(path="sigap.duckdb", reason=Need("penuh"), todo=Need("")))
    log.error("full", exc_info=OSError(28, "No space left on device", f"/var/{NAME}"))
    full, space = lines(written)
    assert "penuh" in full["trace"][0]["text"]
    assert space["trace"][0]["text"] == "No space left on device"


def test_every_refusal_that_is_told_in_full_exists() -> None:
    for full_name in logs.ABOUT_THE_MACHINE:
        module, _, name = full_name.rpartition(".")
        assert issubclass(getattr(importlib.import_module(module), name), Exception)


def test_others_tell_warnings_and_numbers_only(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info('%s - "GET %s"', NAME, "/?token=rahasia")
    logging.getLogger("httpx").info("HTTP Request: GET https://x/bot123:rahasia")
    logging.getLogger("streamlit.web").warning("port %d of %s", 8501, NAME)
    logging.getLogger("streamlit.web").warning(f"the key 'nama' has {NAME}")
    logging.getLogger("asyncio").error(f"Task exception\nfuture: <Task {STORY}>")
    told = [line["message"] for line in lines(written)]
    assert told == ["port 8501 of …", "the key", "Task exception"]
    assert "rahasia" not in written.getvalue()
    assert all(line["at"] for line in lines(written))


def test_a_task_a_thread_and_a_warning_come_into_the_log_without_their_words(written: io.StringIO) -> None:
    async def forgotten() -> None:
        async def fails() -> None:
            raise an_error("value")

        task = asyncio.create_task(fails())
        await asyncio.wait([task])
        del task

    asyncio.run(forgotten())
    hooks = threading.excepthook, warnings.showwarning
    threading.excepthook, warnings.showwarning = logs._thread_died, logs._warned
    try:

        def work() -> None:
            raise an_error("key")

        thread = threading.Thread(target=work, name="services.alarms")
        thread.start()
        thread.join()
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = logs._warned
            warnings.warn(STORY, UserWarning, stacklevel=1)
    finally:
        threading.excepthook, warnings.showwarning = hooks
    text = written.getvalue()
    assert not [one for one in SECRETS if one in text]
    told = {line["message"]: line for line in lines(written)}
    died = told["thread services.alarms ended by an error"]
    assert re.fullmatch(r"\d{3}-\d{3}", died["reference"])
    assert any(message.startswith("UserWarning at ") for message in told)
    assert any(line["logger"] == "asyncio" and line.get("trace") for line in told.values())
