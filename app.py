"""The one process: screens, HTTP API, map assets, and the database they share.

Start it with `streamlit run app.py` (or `make run`).
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.app import build_api
from domain.errors import SigapError
from geo.errors import GeoError
from services import heap, workers
from services.center import Settings, close_center, open_center
from ui import assets, crew_page, failure, run_order, shell


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the command center and start its workers before the first screen; end them after the last."""
    assets.require_installed()
    center = open_center(Settings.from_environment())
    try:
        with workers.running(center):
            print(f"Sigap: http://localhost:{st.get_option('server.port')}", flush=True)
            yield
    finally:
        close_center()


class PlainRefusal:
    """Says why Sigap did not start in one sentence instead of a traceback.

    Starlette reports a failed start with the whole traceback; when the reason is one that a person is
    meant to read, only its sentence goes on, and the server stops with an exit code that is not zero.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the traceback."""

        async def send_sentence(message: Message) -> None:
            reason = sys.exception()
            if message["type"] == "lifespan.startup.failed" and isinstance(reason, SigapError | GeoError):
                message = {**message, "message": str(reason)}
            await send(message)

        await self.app(scope, receive, send_sentence if scope["type"] == "lifespan" else send)


heap.share_heaps()
run_order.install()
app = st.App(
    "ui/main.py",
    routes=[assets.mount(), Mount("/api", build_api()), *crew_page.routes(), *shell.routes()],
    middleware=[Middleware(PlainRefusal)],
    lifespan=lifespan,
    on_script_error=failure.show,
)
