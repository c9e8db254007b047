"""What a screen says when its script fails: one sentence in the reader's language, never a traceback."""

from datetime import UTC, datetime

import streamlit as st

from domain.errors import SigapError
from geo.errors import GeoError
from ui.i18n import _, format_datetime
from ui.parts import say_refusal


def show(error: Exception) -> bool:
    """Say on the screen that it failed (`st.App(on_script_error=…)`); Streamlit has logged the traceback.

    Returns True: Streamlit's own English box is not wanted.
    """
    if isinstance(error, SigapError | GeoError):
        say_refusal(error)
    else:
        st.error(
            _(
                "Layar ini gagal ditampilkan karena kesalahan program ({time}). Data yang sudah tersimpan "
                "tidak hilang. Muat ulang halaman; bila terulang, laporkan waktu ini kepada pengelola Sigap."
            ).format(time=format_datetime(datetime.now(UTC)))
        )
    return True
