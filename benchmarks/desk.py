"""A browser's half of a Streamlit session, without a browser: it knows the widgets by their words and presses
them.

Thirty real browsers would take the two cores that are to be measured. What is sent and received is what a
browser sends and receives: the whole state of the widgets, a press, the parts that are drawn anew by
themselves.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE_S = 30.0
_TEXTS = ("text_input", "text_area")


class ScreenFailed(Exception):
    """A screen showed an error, or did not answer in time."""


class NotThere(Exception):
    """No widget with these words is on the screen."""


@dataclass
class Actions:
    """How long each kind of action took until all was drawn, seconds; and what went wrong."""

    took_s: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def note(self, name: str, seconds: float) -> None:
        """Keep one measurement."""
        self.took_s.setdefault(name, []).append(seconds)


@dataclass
class _Widget:
    kind: str
    id: str
    label: str
    options: tuple[str, ...] = ()
    form: str = ""
    run: str = ""
    disabled: bool = False


class Desk:
    """One session at one address."""

    def __init__(self, line: websockets.ClientConnection, actions: Actions, who: str) -> None:
        self.who = who
        self._line, self._actions = line, actions
        self._widgets: dict[str, _Widget] = {}
        self._values: dict[str, WidgetState] = {}
        self._texts: dict[str, str] = {}
        self._again: dict[str, tuple[float, float]] = {}
        self._query, self._page, self._page_hash = "", "", ""
        self._pages: dict[str, bool] = {}
        self._kinds: dict[str, str] = {}
        self._done = asyncio.Event()
        self._failed, self._this = "", ""
        self._kept: dict[str, ForwardMsg] = {}
        self._lock = asyncio.Lock()
        self._reader = asyncio.create_task(self._read())
        self._timer = asyncio.create_task(self._redraw())

    async def close(self) -> None:
        """End the session."""
        for task in (self._reader, self._timer):
            task.cancel()
            with suppress(asyncio.CancelledError, websockets.ConnectionClosed):
                await task

    @property
    def query(self) -> dict[str, str]:
        """What the address says behind its question mark."""
        return dict(parse_qsl(self._query))

    @property
    def text(self) -> str:
        """Everything that is written on the screen."""
        return "\n".join(self._texts.values())

    @property
    def offered(self) -> list[str]:
        """The words of every button that can be pressed, in the order they came; each once."""
        found = [one.label for one in self._widgets.values() if one.kind == "button" and not one.disabled]
        return list(dict.fromkeys(found))

    @property
    def kinds(self) -> set[str]:
        """The kinds of elements that are on the screen, as Streamlit's protocol names them."""
        return set(self._kinds.values()) - {"empty"}

    @property
    def inputs(self) -> list[str]:
        """The words of every other input."""
        return [one.label for one in self._widgets.values() if one.kind != "button"]

    @property
    def screens(self) -> list[str]:
        """The addresses that the navigation shows, in its order."""
        return [address for address, hidden in self._pages.items() if not hidden]

    def options(self, label: str) -> tuple[str, ...]:
        """Return the entries of a list or a row of tabs; none where it is not there."""
        return next((one.options for one in self._widgets.values() if one.label.startswith(label)), ())

    async def open(self, name: str, page: str, query: str = "") -> None:
        """Go to a screen, as somebody who types its address or presses its name."""
        async with self._lock:
            self._widgets, self._values, self._texts, self._again, self._kinds = {}, {}, {}, {}, {}
            self._page, self._page_hash, self._query = page, "", query
            await self._timed(name)

    async def fill(self, label: str, text: str) -> None:
        """Write into a field and leave it."""
        async with self._lock:
            widget = self._find(label, *_TEXTS, "number_input")
            state = self._set(widget)
            if widget.kind == "number_input":
                state.double_value = float(text)
            else:
                state.string_value = text
            if not widget.form:
                await self._timed("mengisi kolom")

    async def choose(self, label: str, option: str) -> None:
        """Choose the entry of a list that begins with `option`."""
        async with self._lock:
            widget = self._find(label, "selectbox", "radio", "button_group")
            found = next((one for one in widget.options if one.startswith(option)), None)
            if found is None:
                raise NotThere(f"{label}: {option}")
            state = self._set(widget)
            if widget.kind == "button_group":
                state.string_array_value.data.append(found)
            else:
                state.string_value = found
            if not widget.form:
                await self._timed("memilih")

    def has(self, label: str) -> bool:
        """Whether a button with these words is there."""
        return any(one.kind == "button" and one.label.startswith(label) for one in self._widgets.values())

    async def press(self, name: str, label: str) -> None:
        """Press the first button that begins with these words; `name`: the action in the table."""
        async with self._lock:
            widget = self._find(label, "button")
            state = WidgetState(id=widget.id, trigger_value=True)
            await self._timed(name, state)

    async def until(self, seen: Callable[[], bool], what: str) -> None:
        """Wait until the screen shows something, drawn by itself."""
        end = time.monotonic() + PATIENCE_S
        while not seen():
            if time.monotonic() > end:
                raise ScreenFailed(f"{self.who}: not seen: {what}")
            await asyncio.sleep(0.2)

    def _find(self, label: str, *kinds: str) -> _Widget:
        found = [one for one in self._widgets.values() if one.kind in kinds and one.label.startswith(label)]
        if not found:
            raise NotThere(label)
        return found[0]

    def _set(self, widget: _Widget) -> WidgetState:
        state = WidgetState(id=widget.id)
        self._values[widget.id] = state
        return state

    async def _timed(self, name: str, pressed: WidgetState | None = None) -> None:
        started = time.monotonic()
        await self._run(pressed)
        self._actions.note(name, time.monotonic() - started)

    async def _run(self, pressed: WidgetState | None = None, fragment: str = "") -> None:
        self._done.clear()
        message = BackMsg()
        script = message.rerun_script
        script.query_string = self._query
        # As a browser: by its name only until the server has said which page it is.
        if self._page_hash:
            script.page_script_hash = self._page_hash
        else:
            script.page_name = self._page
        script.widget_states.widgets.extend(self._values.values())
        if pressed is not None:
            script.widget_states.widgets.append(pressed)
        if fragment:
            script.fragment_id, script.is_auto_rerun = fragment, True
        await self._line.send(message.SerializeToString())
        try:
            await asyncio.wait_for(self._done.wait(), PATIENCE_S)
        except TimeoutError:
            asked = "a part's own look" if fragment else "a press" if pressed is not None else "a page"
            raise ScreenFailed(f"{self.who}: {asked} was not answered in {PATIENCE_S:.0f} s") from None
        if self._failed:
            words, self._failed = self._failed, ""
            raise ScreenFailed(f"{self.who}: {words}")

    async def _redraw(self) -> None:
        """Ask again for each part that wants to be drawn every few seconds."""
        while True:
            await asyncio.sleep(0.25)
            now = time.monotonic()
            due = [(at, part, every) for part, (at, every) in self._again.items() if at <= now]
            for _, part, every in sorted(due):
                self._again[part] = now + every, every
                async with self._lock:
                    if part in self._again:
                        try:
                            await self._run(fragment=part)
                        except ScreenFailed as failed:
                            self._actions.errors.append(str(failed))

    async def _read(self) -> None:
        try:
            async for raw in self._line:
                message = ForwardMsg.FromString(raw if isinstance(raw, bytes) else raw.encode())
                if message.WhichOneof("type") == "ref_hash":
                    # A large message that this session already had.
                    again = ForwardMsg()
                    again.CopyFrom(self._kept[message.ref_hash])
                    again.metadata.CopyFrom(message.metadata)
                    message = again
                elif message.hash and message.metadata.cacheable:
                    self._kept[message.hash] = message
                self._take(message)
        except websockets.ConnectionClosed as closed:
            self._actions.errors.append(f"{self.who}: the connection ended: {closed}")
            self._failed = "the connection ended"
            self._done.set()

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session" and not message.metadata.run.fragment_ids:
            self._again, self._this = {}, message.metadata.run.script_run_id
        elif kind == "auto_rerun":
            wanted = message.auto_rerun
            self._again.setdefault(wanted.fragment_id, (time.monotonic() + wanted.interval, wanted.interval))
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "navigation":
            self._page_hash = message.navigation.page_script_hash
            self._pages = {one.url_pathname: one.is_hidden for one in message.navigation.app_pages}
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            self._element(message)
        elif kind == "script_finished":
            # A run that asks for another (st.rerun) is not what the person waits for.
            if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                # What a whole run did not draw again is gone from the screen.
                self._widgets = {at: one for at, one in self._widgets.items() if one.run == self._this}
            if message.script_finished in (
                ForwardMsg.FINISHED_SUCCESSFULLY,
                ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
            ):
                self._done.set()
            elif message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                self._failed = "the script does not compile"
                self._done.set()

    def _element(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        place = "/".join(map(str, message.metadata.delta_path))
        part = getattr(element, kind)
        self._kinds[place] = kind
        if kind == "exception":
            self._failed = "an exception was shown"
        elif kind == "alert":
            self._texts[place] = part.body
            if "kesalahan program" in part.body:
                self._failed = part.body
        elif kind in ("markdown", "html"):
            self._texts[place] = part.body
        elif kind in ("button", "selectbox", "radio", "button_group", "number_input", *_TEXTS):
            options = tuple(part.options) if kind in ("selectbox", "radio") else ()
            if kind == "button_group":
                options = tuple(one.content for one in part.options)
            widget = _Widget(kind, part.id, part.label, options, part.form_id, self._this, part.disabled)
            self._widgets[place] = widget
            if kind in ("number_input", *_TEXTS) and (part.set_value or part.id not in self._values):
                self._values[part.id] = _shown(kind, part)
            return
        self._widgets.pop(place, None)


def _shown(kind: str, part: Any) -> WidgetState:
    """Return what a browser tells of a field that nobody has written into."""
    state = WidgetState(id=part.id)
    source = "value" if part.set_value else "default"
    if part.HasField(source):
        if kind == "number_input":
            state.double_value = getattr(part, source)
        else:
            state.string_value = getattr(part, source)
    return state


@asynccontextmanager
async def at(port: int, cookie: str, actions: Actions, who: str) -> AsyncIterator[Desk]:
    """Open a session of somebody who is signed in."""
    async with websockets.connect(
        f"ws://127.0.0.1:{port}/_stcore/stream",
        subprotocols=["streamlit"],
        additional_headers={"Cookie": cookie},
        max_size=None,
        open_timeout=60,
    ) as line:
        desk = Desk(line, actions, who)
        try:
            yield desk
        finally:
            await desk.close()
