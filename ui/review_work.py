"""Pimpinan, the work itself: steps and why they overran, units, waste, pranks, victims, repeats, stamps."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import streamlit as st

from analytics.selection import By
from analytics.selection import Selection as Wanted
from domain.facts import Stamp
from domain.words import N_
from geo.cells import cell_middle
from services import analysis, places, registry
from services.analysis import Counts, OverrunReason, Stamps, StepFigures, VictimFigures, Workload
from ui import charts, parts, review_charts
from ui.i18n import _, format_date, format_number, format_percent, timezone
from ui.review_figures import NOTHING, share
from ui.review_filter import Selection, pick_cell
from ui.words import agency_name, plain, step_name

REASONS_SHOWN = 12
REPEATS_SHOWN = 12
LEAST_REPEATS = 3
REPEAT_CELLS = 9
"""H3 resolution of a place that calls again: cells of about 0.1 km²."""

VICTIM_WORDS = {
    "safe": N_("Selamat"),
    "injured_minor": N_("Luka ringan"),
    "injured_severe": N_("Luka berat"),
    "dead": N_("Meninggal dunia"),
    "missing": N_("Hilang"),
}


def show(chosen: Selection) -> None:
    """Draw how the work went in a selection that holds cases."""
    here, wanted = parts.here(), chosen.measured(timezone())
    found = analysis.steps(here, wanted)
    left, right = st.columns([11, 10])
    with left, st.container(border=True, key="work_steps"):
        charts.head(review_charts.steps_picture(found), chosen)
        review_charts.steps(found)
    with right, parts.panel("work_reasons", _("Mengapa langkah melewati standar"), stretch=True):
        _reasons(found, analysis.overrun_reasons(here, wanted))
    left, right = st.columns([11, 10])
    with left, parts.panel("work_units", _("Beban kerja unit"), stretch=True):
        _units(wanted)
    with right, parts.panel("work_pranks", _("Prank, ghost, dan laporan palsu"), stretch=True):
        _pranks(wanted)
    left, middle, right = st.columns(3)
    with left, parts.panel("work_victims", _("Korban"), stretch=True):
        _victims(analysis.victims(here, wanted))
    with middle, parts.panel("work_repeats", _("Tempat yang berulang"), stretch=True):
        _repeats(wanted)
    with right, parts.panel("work_stamps", _("Waktu yang hilang atau terlambat dicatat"), stretch=True):
        _stamps(analysis.stamps(here, wanted))


def _reasons(steps: Sequence[StepFigures], reasons: Sequence[OverrunReason]) -> None:
    over = {step.no: step.n - step.in_time for step in steps}
    told: Counter[int] = Counter()
    for one in reasons:
        told[one.step] += one.n
    if not sum(over.values()):
        st.info(_("Tidak ada langkah yang melewati standarnya dalam pilihan ini."))
        return
    rows = [
        {
            _("Langkah"): f"{one.step}. {step_name(one.step)}",
            _("Alasan"): one.reason,
            _("Kali"): one.n,
        }
        for one in reasons[:REASONS_SHOWN]
    ]
    if rows:
        _table(rows, key="work_reasons_table")
    without = sum(max(0, n - told[no]) for no, n in over.items())
    st.caption(
        _("{over} langkah melewati standar; {without} di antaranya belum diberi alasan.").format(
            over=format_number(sum(over.values())), without=format_number(without)
        )
    )


def _units(wanted: Wanted) -> None:
    units = Counter(unit.agency for unit in registry.snapshot(parts.here()).units.values())
    found = [one for one in analysis.workload(parts.here(), wanted, units) if one.sent or one.units]
    _table([_unit_row(one) for one in found], key="work_units_table")
    st.caption(
        _(
            "Pemakaian = jam sibuk (dikerahkan sampai selesai) dibagi unit terdaftar × jam periode (unit "
            "hour utilisation). Jadwal jaga tidak diketahui: setiap unit terdaftar dianggap "
            "siaga terus, sehingga angka sebenarnya paling sedikit sebesar ini. Belum selesai = dikerahkan "
            "tanpa waktu selesai."
        )
    )


def _unit_row(one: Workload) -> dict[str, Any]:
    return {
        _("Instansi"): agency_name(one.agency),
        _("Unit"): one.units,
        _("Dikerahkan"): one.sent,
        _("Jam sibuk"): format_number(one.busy_s / 3600, 1),
        _("Pemakaian"): NOTHING if one.utilisation is None else format_percent(one.utilisation, 1),
        _("Belum selesai"): one.still_out,
    }


def _pranks(wanted: Wanted) -> None:
    months = analysis.counts_by(parts.here(), wanted, By.MONTH)
    _table([_prank_row(month, counts) for month, counts in months], key="work_pranks_table")
    lost = analysis.wasted(parts.here(), wanted)
    if lost.n:
        st.markdown(
            _("**{n} laporan palsu** menyita {units} unit selama {minutes} menit unit.").format(
                n=format_number(lost.n),
                units=format_number(lost.units),
                minutes=format_number(lost.busy_s / 60),
            )
        )
    else:
        st.caption(_("Tidak ada laporan palsu yang menyita unit dalam pilihan ini."))
    st.caption(
        _(
            "Prank dan ghost: bagian dari laporan yang jenisnya sudah ditetapkan (n). Menit unit: dari "
            "dikerahkan sampai selesai atau ditarik, dijumlahkan atas semua unit ke laporan palsu."
        )
    )


def _prank_row(month: Any, counts: Counts) -> dict[str, Any]:
    return {
        _("Bulan"): f"{month:%Y-%m}",
        _("Prank"): share(counts.prank, counts.decided),
        _("Ghost"): share(counts.ghost, counts.decided),
        "n": counts.decided,
    }


def _victims(found: VictimFigures) -> None:
    if not found.n:
        st.info(_("Belum ada kasus yang jumlah korbannya dicatat (langkah 7)."))
        return
    rows = [
        {_("Hasil"): _(label), _("Orang"): found.by_outcome[name]} for name, label in VICTIM_WORDS.items()
    ]
    _table(rows, key="work_victims_table")
    st.caption(
        _("{total} korban pada n = {n} kasus yang jumlah korbannya sudah dicatat.").format(
            total=format_number(found.total), n=format_number(found.n)
        )
    )


def _repeats(wanted: Wanted) -> None:
    found = analysis.repeats(parts.here(), wanted, REPEAT_CELLS, LEAST_REPEATS)[:REPEATS_SHOWN]
    if not found:
        st.info(
            _("Tidak ada tempat (0,1 km²) dengan {least} permintaan penyelamatan atau lebih.").format(
                least=LEAST_REPEATS
            )
        )
        return
    for one in found:
        place = places.place_at(parts.here(), cell_middle(one.cell), "")
        name = place.kelurahan or place.water_area or _("luar kota")
        words, button = st.columns([5, 2], vertical_alignment="center")
        words.markdown(
            _("**{n}×** {place} · {first} sampai {last}").format(
                n=format_number(one.n),
                place=plain(name),
                first=format_date(one.first_at),
                last=format_date(one.last_at),
            )
        )
        button.button(
            _("Lihat"), key=f"repeat-{one.cell}", on_click=pick_cell, args=(one.cell,), width="stretch"
        )
    st.caption(_("Sel H3 sekitar 0,1 km² dengan sedikitnya {least} kasus.").format(least=LEAST_REPEATS))


def _stamps(found: Stamps) -> None:
    rows = [
        {_("Yang tidak ada"): _(stamp.label), _("Kasus"): found.missing[stamp]}
        for stamp in Stamp
        if found.missing.get(stamp)
    ]
    if rows:
        _table(rows, key="work_stamps_table")
    else:
        st.success(_("Setiap kasus teregister memiliki semua waktunya."))
    st.caption(
        _(
            "Kasus teregister yang waktunya tidak ada tidak ikut dalam ukuran itu; n setiap angka "
            "menunjukkannya. {late} dari {n} kasus punya entri susulan (dicatat lebih dari 1 menit setelah "
            "terjadi), {entries} entri seluruhnya."
        ).format(
            late=format_number(found.late_cases),
            n=format_number(found.n),
            entries=format_number(found.late_entries),
        )
    )


def _table(rows: Sequence[dict[str, Any]], *, key: str) -> None:
    st.dataframe(
        list(rows),
        key=key,
        hide_index=True,
        width="stretch",
        column_config={_("Instansi"): st.column_config.TextColumn(width=250)},
    )
