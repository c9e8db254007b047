"""The cases behind the figures: a list to open them from, and files of the whole selection."""

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any, Literal

import streamlit as st

from domain.case import Actor
from domain.words import PRIORITIES, CaseStatus, Outcome
from services import access_log, records
from services.access_log import Seen, Way
from services.review import CaseLine, Filter, case_lines
from ui import parts, session
from ui.i18n import _, format_number, timezone
from ui.review_charts import domain_label
from ui.review_filter import Selection
from ui.screens import SCREENS
from ui.state import REVIEW_LIST
from ui.words import type_label

NEWEST = 200
FORMATS: tuple[tuple[records.Format, str, str, str], ...] = (
    ("xlsx", "Excel", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("csv", "CSV", "csv", "text/csv"),
    ("geojson", "GeoJSON", "geojson", "application/geo+json"),
    ("geoparquet", "GeoParquet", "parquet", "application/vnd.apache.parquet"),
    ("kml", "KML", "kml", "application/vnd.google-earth.kml+xml"),
    ("eido", "EIDO (dipetakan)", "eido.json", "application/json"),
)
"""Format, name on the button, file extension, media type."""


def downloads(chosen: Selection, total: int) -> None:
    """Offer the whole selection as files; each is made only when its button is pressed."""
    wanted = chosen.wanted(timezone())
    label = _("Unduh {n} laporan").format(n=format_number(min(total, records.EXPORT_LIMIT)))
    with st.popover(label, icon=":material/download:"):
        case_files(wanted, chosen.first, chosen.last, width="stretch")
        if total > records.EXPORT_LIMIT:
            st.caption(
                _("Paling banyak {limit} laporan, yang terlama lebih dahulu; persempit rentangnya.").format(
                    limit=format_number(records.EXPORT_LIMIT)
                )
            )


def case_files(
    wanted: Filter, first: date, last: date, *, width: Literal["content", "stretch"] = "content"
) -> None:
    """Offer the cases of a selection in every format, and say what is not in them."""
    with st.container(horizontal=width == "content", key="case_files"):
        for kind, name, extension, media_type in FORMATS:
            st.download_button(
                name,
                data=partial(taken, session.require_actor(), wanted, kind),
                file_name=f"sigap-{first:%Y%m%d}-{last:%Y%m%d}.{extension}",
                mime=media_type,
                on_click="ignore",
                width=width,
                key=f"case_file_{kind}",
            )
    st.caption(_("Data minimal tcc.case.v1: tanpa nama dan tanpa nomor telepon utuh."))


def taken(actor: Actor, wanted: Filter, kind: records.Format) -> bytes:
    """Return the selection as one file, and note who took it."""
    period = (wanted.since, wanted.until)
    n = min(records.total(parts.here(), wanted), records.EXPORT_LIMIT)
    if n:
        access_log.note(parts.here(), parts.now(), actor, Seen.CASES, Way.FILE, cases=n, period=period)
    return file_of(wanted, kind)


def file_of(wanted: Filter, kind: records.Format) -> bytes:
    """Return the selection as one file. Runs on a thread of its own, away from the page."""
    return records.export(parts.here(), parts.now(), wanted, kind)


def cases(chosen: Selection) -> None:
    """Draw the newest cases; a chosen row can be opened. Nothing where there is none."""
    wanted = chosen.wanted(timezone())
    lines = case_lines(parts.here(), wanted, NEWEST)
    if not lines:
        return
    total = len(lines) if len(lines) < NEWEST else records.total(parts.here(), wanted)
    title, button = st.columns([5, 2], vertical_alignment="center")
    if total > len(lines):
        shown = _("**{n} laporan terbaru** dari {total}").format(n=len(lines), total=format_number(total))
    else:
        shown = _("**Semua {n} laporan**, terbaru di atas").format(n=len(lines))
    title.markdown(shown + _(" · pilih satu baris untuk membukanya"))
    table = st.dataframe(
        _rows(lines),
        key=REVIEW_LIST,
        hide_index=True,
        height=300,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            _("Diterima"): st.column_config.DatetimeColumn(
                format="YYYY-MM-DD HH:mm", timezone=str(timezone())
            )
        },
    )
    # A selection made in a longer list outlives it for one run.
    picked = [lines[row] for row in table["selection"]["rows"] if row < len(lines)]
    if picked:
        line = picked[0]
        with button:
            if st.button(_("Buka {number}").format(number=line.call_no), type="primary", width="stretch"):
                parts.choose_case(line.case_id)
                st.switch_page(next(s.file for s in SCREENS if s.name == "kasus"))


def _rows(lines: Sequence[CaseLine]) -> list[dict[str, Any]]:
    """Return the lines of the list; each word is looked up once, for there may be two hundred of them."""
    heads = (
        _("Nomor"),
        _("Diterima"),
        _("Matra"),
        _("Jenis"),
        _("Prioritas"),
        _("Lokasi"),
        _("Status"),
        _("Hasil"),
    )
    domains = {line.domain: domain_label(line.domain) for line in lines}
    types = {line.type_code: type_label(line.type_code) for line in lines}
    priorities = {code: f"{code} {_(label)}" for code, label in PRIORITIES.items()}
    statuses = {status.value: _(status.label) for status in CaseStatus}
    outcomes = {outcome.value: _(outcome.label) for outcome in Outcome}
    return [
        dict(
            zip(
                heads,
                (
                    line.register_no or line.call_no,
                    line.received_at,
                    domains[line.domain],
                    types[line.type_code],
                    priorities[line.priority] if line.priority else "–",
                    line.kelurahan or line.water_area or "–",
                    statuses[line.status],
                    outcomes[line.outcome] if line.outcome else "–",
                ),
                strict=True,
            )
        )
        for line in lines
    ]
