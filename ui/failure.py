"""What a screen says when its script fails: one sentence in the reader's language, never a traceback.

The trace is in the log under the number that the sentence names; the other screens go on.
"""

import logging
from html import escape

import streamlit as st
import streamlit.logger
from starlette.responses import HTMLResponse, Response

from domain.errors import SigapError
from geo.errors import GeoError
from services import counters, logs
from ui.i18n import _
from ui.parts import say_refusal

_log = logging.getLogger(__name__)


def show(error: Exception) -> bool:
    """Say on the screen that it failed, and log it (`st.App(on_script_error=…)`).

    Returns True: Streamlit's own English box is not wanted.
    """
    if isinstance(error, SigapError | GeoError):
        _log.warning("a screen ended with a refusal", exc_info=error)
        say_refusal(error)
    else:
        counters.FAILURES.inc()
        st.error(sentence(logs.failed(_log, "a screen failed", error)))
    return True


def sentence(reference: str) -> str:
    """Return what a person reads who met an error of the program."""
    return _(
        "Layar ini gagal ditampilkan karena kesalahan program. Nomor rujukan: {reference}. Data yang sudah "
        "tersimpan tidak hilang, dan layar lain tetap dapat dipakai. Muat ulang halaman; bila terulang, "
        "sebutkan nomor ini kepada pengelola Sigap."
    ).format(reference=reference)


def page(reference: str) -> Response:
    """Return the page for a request outside of the screens and the API that failed."""
    text = (
        f"Halaman ini gagal karena kesalahan program. Nomor rujukan: {reference}. Data yang sudah tersimpan "
        "tidak hilang. Muat ulang; bila terulang, sebutkan nomor ini kepada pengelola Sigap."
    )
    body = f'<!doctype html><html lang="id"><meta charset="utf-8"><title>Sigap</title><p>{escape(text)}</p>'
    return HTMLResponse(body, 500, headers={"cache-control": "no-store"})


def not_started(error: BaseException) -> str:
    """Log why Sigap did not start, where that is an error of the program; return the sentence for it."""
    if isinstance(error, SigapError | GeoError):
        return str(error)
    reference = logs.failed(_log, "Sigap did not start", error)
    return f"Sigap tidak dapat mulai karena kesalahan program. Nomor rujukan: {reference}."


def install_logs() -> None:
    """Write Streamlit's records as all others, also those of loggers that it makes later.

    Each of its loggers has a handler of its own. Its trace of a failed screen is left out: `show` logs it,
    with the reference.
    """
    streamlit.logger.setup_formatter = logs.give_to_root
    logs.install()
    logging.getLogger("streamlit.error_util").addFilter(_is_not_told_twice)


def _is_not_told_twice(record: logging.LogRecord) -> bool:
    return record.msg != "Uncaught app execution"
