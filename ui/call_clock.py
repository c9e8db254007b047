"""The running clock of a call: it counts up from the ringing phone, in the browser."""

from datetime import datetime
from pathlib import Path
from typing import Literal

import streamlit as st

from domain.words import Urgency
from ui.i18n import _
from ui.parts import here

_FOLDER = Path(__file__).parent / "static" / "components"
_clock = st.components.v2.component(
    "sigap_call",
    html='<div class="call"><span class="label"></span><span class="figure"></span>'
    '<span class="word"></span></div>',
    css=(_FOLDER / "call.css").read_text(encoding="utf-8"),
    js=(_FOLDER / "clock.js").read_text(encoding="utf-8") + (_FOLDER / "call.js").read_text(encoding="utf-8"),
)


def call_clock(
    received_at: datetime,
    target_s: int,
    now: datetime,
    key: str,
    label: str = "",
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Show how long ago the call was received, and what is left of `target_s`, a standard from then (s)."""
    start = _ms(received_at)
    _clock(
        key=key,
        data={
            "label": label or _("Jam panggilan"),
            "start": start,
            "due": start + target_s * 1000,
            "target": target_s,
            "soon": here().pack.sop.soon_share,
            "now": _ms(now),
            "words": {urgency.value: _(urgency.label) for urgency in Urgency},
        },
        width=width,
    )


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
