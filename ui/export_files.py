"""Ekspor, files: a period's cases for other programs, and statistics without personal data."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import streamlit as st

from domain.case import Actor
from services import records, statistics
from services.review import Filter
from ui import parts, state
from ui.i18n import _, format_number, timezone
from ui.review_list import case_files

SCOPE = "files"


def tab(_actor: Actor | None) -> None:
    """Draw both halves."""
    left, right = st.columns(2)
    with left, parts.panel("files_cases", _("Kasus satu masa")):
        _cases()
    with right, parts.panel("files_statistics", _("Statistik tanpa data pribadi")):
        _statistics()


def _cases() -> None:
    today = parts.now().astimezone(timezone()).date()
    first, last = _period(today - timedelta(days=30), today, "cases")
    wanted = Filter(since=_start(first), until=_start(last + timedelta(days=1)))
    n = records.total(parts.here(), wanted)
    if n == 0:
        st.info(_("Tidak ada laporan pada masa ini."))
        return
    st.caption(_("{n} laporan").format(n=format_number(n)))
    if n > records.EXPORT_LIMIT:
        st.warning(
            _("Paling banyak {limit} laporan per berkas; lebih dari itu pakai arsip (README).").format(
                limit=format_number(records.EXPORT_LIMIT)
            )
        )
    case_files(wanted, first, last)


def _statistics() -> None:
    today = parts.now().astimezone(timezone()).date()
    yesterday, this_month = today - timedelta(days=1), today.replace(day=1)
    first, last = _period(yesterday - timedelta(days=29), yesterday, "daily")
    _file(
        "kejadian_harian",
        lambda: statistics.daily(parts.here(), parts.now(), first, last + timedelta(days=1)),
    )
    months = int(st.number_input(_("Bulan penuh terakhir"), 1, 120, 12, key=state.field(SCOPE, "months")))
    _file(
        "kejadian_bulanan",
        lambda: statistics.monthly(parts.here(), parts.now(), _months_before(this_month, months), this_month),
    )
    st.caption(_("Jumlah 1 dan 2 ditulis <3, dan angka lain yang dapat membukanya ikut ditutup."))


def _file(kind: statistics.Kind, make: Callable[[], bytes]) -> None:
    """Offer a file that is made when it is asked for, and its description; a refusal is said in its place."""
    made = state.field(SCOPE, f"made-{kind}")
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(_("Siapkan {name}").format(name=kind), key=state.field(SCOPE, f"make-{kind}")):
            st.session_state.pop(made, None)
            with parts.refusals():
                st.session_state[made] = make()
        if made in st.session_state:
            st.download_button(
                _("Unduh {name}").format(name=kind),
                st.session_state[made],
                file_name=f"{kind}.csv",
                mime="text/csv",
                on_click="ignore",
                key=state.field(SCOPE, f"get-{kind}"),
            )
        st.download_button(
            _("Metadata"),
            data=lambda: statistics.metadata(parts.here(), kind),
            file_name=f"{kind}.metadata.json",
            mime="application/json",
            on_click="ignore",
            key=state.field(SCOPE, f"meta-{kind}"),
        )


def _period(first: date, last: date, name: str) -> tuple[date, date]:
    """Ask for a period, both days included; half a choice means one day."""
    chosen = st.date_input(
        _("Masa"),
        (first, last),
        max_value=last,
        format="DD/MM/YYYY",
        key=state.field(SCOPE, f"period-{name}"),
    )
    days = chosen if isinstance(chosen, tuple) else (chosen,)
    return (days[0], days[-1]) if days else (first, last)


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), timezone())


def _months_before(month: date, n: int) -> date:
    whole = month.year * 12 + month.month - 1 - n
    return date(whole // 12, whole % 12 + 1, 1)
