"""The one process: screens, HTTP API, map assets, and the database they share.

Start it with `streamlit run app.py` (or `make run`).
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import streamlit as st
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from api import metrics
from api.app import build_api
from api.doorway import Doorway
from api.problems import Failures
from services import accounts, demo, heap, origin, workers
from services.center import Center, Settings, close_center, open_center
from services.rehearsal import CAST
from ui import assets, crew_page, failure, light_messages, run_order, shell, sign_in
from ui.guard import OWNER, Guard
from ui.headers import SecurityHeaders

SWITCH_S = 0.0005
"""How soon a screen that is being drawn lets the event loop on, which answers a thousand positions a second.

With Python's 5 ms each of them would wait so long for every screen that is at work.
"""


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the command center and start its workers before the first screen; end them after the last."""
    assets.require_installed()
    origin.configured()
    config.set_option("server.trustedUserHeaders", {OWNER: "account"})
    center = open_center(Settings.from_environment())
    try:
        _people(center)
        demo.keep_token(center, datetime.now(UTC))
        with workers.running(center):
            print(f"Sigap: http://localhost:{st.get_option('server.port')}", flush=True)
            yield
    finally:
        close_center()


def _people(center: Center) -> None:
    """See to it that somebody can sign in: a demonstration's example people, or the first administrator."""
    now = datetime.now(UTC)
    if center.settings.demo:
        accounts.make_examples(center, now, tuple(CAST.values()))
    elif (first := accounts.first_start(center, now)) is not None:
        # Shown this once: only its hash is kept, and it must be changed at the first sign-in.
        print(
            f"Akun pertama: {first.account.login}, kata sandi sekali pakai: {first.password}\n"
            "First account and its one-time password; they are not shown again (make admin makes a new one).",
            flush=True,
        )


class PlainRefusal:
    """Says why Sigap did not start in one sentence instead of a traceback.

    Starlette reports a failed start with the whole traceback; only the sentence of the reason goes on (that
    of an error of the program has a reference to its trace), and the server stops with an exit code that is
    not zero.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the traceback."""

        async def send_sentence(message: Message) -> None:
            reason = sys.exception()
            if message["type"] == "lifespan.startup.failed" and reason is not None:
                message = {**message, "message": failure.not_started(reason)}
            await send(message)

        await self.app(scope, receive, send_sentence if scope["type"] == "lifespan" else send)


failure.install_logs()
sys.setswitchinterval(SWITCH_S)
heap.share_heaps()
run_order.install()
light_messages.install()
app = st.App(
    "ui/main.py",
    routes=[
        assets.mount(),
        *metrics.routes(),
        *crew_page.routes(),
        *sign_in.routes(),
        *shell.routes(),
    ],
    middleware=[
        Middleware(metrics.Timed),
        Middleware(SecurityHeaders, page=shell.html),
        Middleware(PlainRefusal),
        Middleware(Failures, answer=failure.page),
        Middleware(Guard),
        Middleware(Doorway, api=build_api()),
    ],
    lifespan=lifespan,
    on_script_error=failure.show,
)
