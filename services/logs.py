"""What this process writes down of itself: one line a record on standard error, without personal data.

A text that an exception carries may hold a name, a number or what a caller said, and so may what other
libraries log. Written down are therefore the kind of an exception and where it came from; its text only where
the kind is known to be about the machine. Of other libraries' records only warnings and errors are kept, of
what they fill in only numbers, and always the line of code that speaks: whoever needs the rest can reproduce
it there.
"""

import json
import logging
import os
import re
import secrets
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

ROOT = Path(__file__).resolve().parent.parent
OURS = (
    "analytics",
    "api",
    "app",
    "citypack",
    "database",
    "domain",
    "export",
    "geo",
    "pages",
    "services",
    "ui",
)
JSON, TEXT = "json", "text"
MOST_CAUSES = 8

_log = logging.getLogger(__name__)
_OUR_FILES = tuple(f"{ROOT / name}{end}" for name in OURS for end in (os.sep, ".py"))
ABOUT_THE_MACHINE = frozenset(
    {
        "analytics.engine.EngineUnavailable",
        "domain.errors.BadCityPack",
        "domain.errors.StoreNotWritten",
        "domain.errors.StoreUnavailable",
        "export.errors.DropFailed",
        "geo.errors.BadLayer",
        "geo.errors.BadRoads",
        "services.center.CenterClosed",
        "services.channels.BadChannels",
        "services.dkisp.BadDkisp",
        "services.engines.BadArchiveSetting",
        "services.origin.BadProxies",
        "ui.assets.AssetsMissing",
    }
)
"""Refusals that tell of files, settings and programs; those of cases tell what somebody entered."""

_STORE = ("IOException", "FatalException", "TransactionException", "ConnectionException")
_QUOTED = re.compile(r"""(["'])(?:(?!\1).)*\1""")
_VALUE = re.compile(r"[\n<({\[='\"“‘:]")
"""Where a text that was filled in already may begin to tell a value."""


def new_reference() -> str:
    """Return a number to read out by telephone: six digits, such as `482-915`."""
    number = secrets.randbelow(1_000_000)
    return f"{number // 1000:03}-{number % 1000:03}"


def failed(logger: logging.Logger, message: str, error: BaseException, *args: object) -> str:
    """Log an unexpected error with its trace; return the reference under which it is found."""
    reference = new_reference()
    logger.error(message, *args, exc_info=error, extra={"reference": reference})
    return reference


def trace(error: BaseException) -> list[dict[str, Any]]:
    """Return what may be told of an error and of its causes, the first cause first.

    Each: `type`; `text` where it is about the machine only; `frames`, our own and the one that raised.
    """
    return [
        {"type": _kind(one), **({"text": text} if (text := _text(one)) else {}), "frames": list(_frames(one))}
        for one in reversed(list(_causes(error)))
    ]


def entry(record: logging.LogRecord) -> dict[str, Any]:
    """Return what is written of a record."""
    told: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "message": _message(record),
    }
    if reference := getattr(record, "reference", None):
        told["reference"] = reference
    if not is_ours(record.name):
        told["at"] = f"{_short(record.pathname)}:{record.lineno}"
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        told["trace"] = trace(error)
    return told


def is_ours(logger: str) -> bool:
    """Return whether a logger is Sigap's own."""
    return logger.partition(".")[0] in OURS


class JsonLines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(entry(record), ensure_ascii=False)


class TextLines(logging.Formatter):
    """A record for a terminal: the same, its trace on lines of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the lines."""
        told = entry(record)
        where = told.get("reference") or told.get("at")
        head = f"{told['time']} {told['level']} {told['logger']}: {told['message']}"
        lines = [f"{head} [{where}]" if where else head]
        for one in told.get("trace", ()):
            lines.append(f"  {one['type']}: {one['text']}" if "text" in one else f"  {one['type']}")
            lines += [f"    {frame}" for frame in one["frames"]]
        return "\n".join(lines)


def is_worth(record: logging.LogRecord) -> bool:
    """Return whether a record is written: ours from INFO on, others' from WARNING on."""
    return record.levelno >= (logging.INFO if is_ours(record.name) else logging.WARNING)


def handler(kind: str, stream: TextIO | None = None) -> logging.Handler:
    """Return what writes records of a kind (`json`, `text`); standard error by default."""
    made = logging.StreamHandler(stream or sys.stderr)
    made.setFormatter(TextLines() if kind == TEXT else JsonLines())
    made.addFilter(is_worth)
    return made


def install() -> None:
    """Write everything that this process logs so, as `SIGAP_LOG` says (`json`, the default, or `text`).

    Threads that die, warnings and errors that nobody caught come into the log too.
    """
    kind = os.environ.get("SIGAP_LOG", "").strip().lower() or JSON
    root = logging.getLogger()
    root.handlers[:] = [handler(kind)]
    root.setLevel(logging.INFO)
    for name in list(logging.root.manager.loggerDict):
        give_to_root(logging.getLogger(name))
    threading.excepthook = _thread_died
    sys.excepthook = _nobody_caught
    warnings.showwarning = _warned
    if kind not in (JSON, TEXT):
        _log.warning("SIGAP_LOG is neither json nor text; json is written")


def give_to_root(logger: logging.Logger) -> None:
    """Take a logger's own ways of writing from it: its records go to the one handler."""
    logger.handlers[:] = []
    # It tells of each request at INFO, which is dropped; not to be asked for it saves each request time.
    logger.propagate = logger.name != "uvicorn.access"


def _thread_died(told: threading.ExceptHookArgs) -> None:
    name = told.thread.name if told.thread is not None else "?"
    if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
        failed(_log, "thread %s ended by an error", told.exc_value, name.partition("(")[0].strip())


def _nobody_caught(
    kind: type[BaseException], error: BaseException, where: TracebackType | None
) -> None:  # pragma: no cover - the process ends with it
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, where)
    else:
        failed(_log, "the process ends by an error", error)


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _log.warning("%s at %s:%s", category.__name__, _short(filename), lineno)


def _message(record: logging.LogRecord) -> str:
    if is_ours(record.name):
        return _ours(record)
    text = str(record.msg)
    if not record.args:
        # uvicorn's own are fixed sentences, and the reason for which Sigap did not start.
        whole = record.name == "uvicorn.error"
        return text.partition("\n")[0] if whole else _VALUE.split(text)[0].strip()
    args = record.args
    kept = {k: _number(v) for k, v in args.items()} if isinstance(args, dict) else tuple(map(_number, args))
    try:
        return str(text % kept).partition("\n")[0]
    except (TypeError, ValueError):
        return text.partition("\n")[0]


def _ours(record: logging.LogRecord) -> str:
    args = record.args
    if not isinstance(args, tuple):
        return record.getMessage()
    told = tuple(describe(one) if isinstance(one, BaseException) else one for one in args)
    return str(record.msg) % told if told else str(record.msg)


def describe(error: BaseException) -> str:
    """Return the kind of an error, with its text where it is about the machine."""
    text = _text(error)
    return f"{_kind(error)}: {text}" if text else _kind(error)


def _number(value: object) -> object:
    return value if isinstance(value, int | float) else "…"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, what caused it, and the first of each group, without going round in circles."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen and len(seen) < MOST_CAUSES:
        seen.add(id(now))
        yield now
        if isinstance(now, BaseExceptionGroup):
            now = now.exceptions[0]
        elif now.__cause__ is not None:
            now = now.__cause__
        else:
            now = None if now.__suppress_context__ else now.__context__


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _text(error: BaseException) -> str:
    """Return the text of an error that is about files, addresses or settings of this machine; else ""."""
    kind = type(error)
    if f"{kind.__module__}.{kind.__qualname__}" in ABOUT_THE_MACHINE:
        return _QUOTED.sub("…", str(error))
    if "duckdb" in kind.__module__ and kind.__name__ in _STORE:
        # What it quotes may be a value of a row.
        return _QUOTED.sub("…", str(error).partition("\n")[0])[:300]
    if isinstance(error, OSError):
        return str(error.strerror or "")
    return ""


def _frames(error: BaseException) -> Iterator[str]:
    stack = list(traceback.walk_tb(error.__traceback__))
    for k, (frame, line) in enumerate(stack):
        file = frame.f_code.co_filename
        if file.startswith(_OUR_FILES) or k == len(stack) - 1:
            yield f"{_short(file)}:{line} {frame.f_code.co_qualname}"


def _short(file: str) -> str:
    """Return a path from Sigap's folder, or from that of the packages."""
    _, packages, inside = file.rpartition(f"site-packages{os.sep}")
    return inside if packages else file.removeprefix(f"{ROOT}{os.sep}")
