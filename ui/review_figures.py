"""The period in one sentence and in six figures, each with its n, its definition, and the period before."""

from dataclasses import dataclass

import streamlit as st

from analytics import chance
from analytics.chance import Interval, Verdict
from domain.words import N_, Domain
from services.analysis import Period, Spread, median_change, share_change
from ui import charts
from ui.i18n import _, format_number, format_percent
from ui.review_filter import Selection

SHAPES = {Domain.LAND: "■", Domain.SEA: "◆", Domain.AIR: "▲"}
"""Sign of each matra, the same as on the map."""
NOTHING = "–"

VERDICTS = {
    Verdict.FEW: N_("terlalu sedikit untuk dibandingkan"),
    Verdict.USUAL: N_("bedanya dalam batas kebetulan"),
    Verdict.LOW: N_("turun, di luar batas kebetulan 95 persen"),
    Verdict.HIGH: N_("naik, di luar batas kebetulan 95 persen"),
    Verdict.VERY_LOW: N_("turun nyata, di luar batas 99,8 persen"),
    Verdict.VERY_HIGH: N_("naik nyata, di luar batas 99,8 persen"),
}
"""What a comparison says: never a bare arrow."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One card: what it is, its value, what it is counted from, the period before, its exact definition."""

    label: str
    value: str
    basis: str
    before: str
    definition: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A period and the one of the same length right before it, each of `days` days."""

    now: Period
    then: Period
    days: int


def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent; a dash where the whole is nothing."""
    return format_percent(part / whole) if whole else NOTHING


def minutes(duration_s: float | None) -> str:
    """Return seconds as minutes with one decimal; a dash where nothing was measured."""
    return NOTHING if duration_s is None else format_number(duration_s / 60, 1)


def whole_minutes(duration_s: float) -> str:
    """Return a standard in minutes, with a decimal only where it has one."""
    return format_number(duration_s / 60, 0 if duration_s % 60 == 0 else 1)


def sentence(found: Period, chosen: Selection) -> str:
    """Return the period in one sentence."""
    counted = _("{period}: {total} laporan masuk, {normal} di antaranya permintaan penyelamatan").format(
        period=charts.period(chosen),
        total=format_number(found.counts.n),
        normal=format_number(found.counts.normal),
    )
    times = found.response.spread
    if times.median_s is None:
        return _("{counted}; belum ada unit yang tiba di lokasi.").format(counted=counted)
    return _(
        "{counted}; unit pertama tiba dalam {median} menit (median), {share} dalam {standard} menit."
    ).format(
        counted=counted,
        median=minutes(times.median_s),
        share=share(times.within or 0, times.n),
        standard=whole_minutes(times.standard_s or 0),
    )


def figures(pair: Pair) -> tuple[Figure, ...]:
    """Return the six figures."""
    return (
        _reports(pair),
        _pranks(pair),
        _response(pair),
        _within(pair),
        _steps(pair),
        _fire(pair),
    )


def cards(pair: Pair, chosen: Selection) -> None:
    """Draw the six figures in one row."""
    for column, figure in zip(st.columns(6), figures(pair), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.metric(figure.label, figure.value, help=f"{figure.definition} {charts.period(chosen)}.")
            st.caption(figure.basis)
            st.caption(figure.before)


def _reports(pair: Pair) -> Figure:
    now, then = pair.now.counts, pair.then.counts
    basis = _("{normal} normal, {undecided} belum ditetapkan").format(
        normal=format_number(now.normal), undecided=format_number(now.undecided)
    )
    return Figure(
        _("Laporan masuk"),
        format_number(now.n),
        basis,
        _before(pair, format_number(then.n), chance.change_of_count(now.n, then.n, pair.days, pair.days)),
        _(
            "Semua laporan yang diterima dalam rentang ini lewat saluran apa pun: normal, prank, ghost, "
            "informasi, laporan ganda yang digabung, dan kasus yang masih terbuka."
        ),
    )


def _pranks(pair: Pair) -> Figure:
    now, then = pair.now.counts, pair.then.counts
    n, n_then = now.prank + now.ghost, then.prank + then.ghost
    basis = _("{prank} prank, {ghost} ghost dari n = {n}").format(
        prank=format_number(now.prank), ghost=format_number(now.ghost), n=format_number(now.decided)
    )
    return Figure(
        _("Prank dan ghost"),
        share(n, now.decided),
        basis,
        _before(
            pair,
            share(n_then, then.decided),
            chance.change_of_share(n, now.decided, n_then, then.decided),
            then.decided,
        ),
        _(
            "Bagian panggilan prank atau ghost di antara laporan yang jenis panggilannya sudah ditetapkan "
            "(langkah 2 SOP). n = laporan yang sudah ditetapkan."
        ),
    )


def _response(pair: Pair) -> Figure:
    times, then = pair.now.response.spread, pair.then.response.spread
    standard_s = times.standard_s or 0
    unmet = _("n = {n} · standar {standard} mnt").format(
        n=format_number(times.n), standard=whole_minutes(standard_s)
    )
    met, missed = _("memenuhi"), _("melebihi")
    verdicts = [
        f"{name} {met if value <= standard_s else missed}"
        for name, value in ((_("median"), times.median_s), ("P90", times.p90_s))
        if value is not None
    ]
    value = NOTHING
    if times.n:
        value = _("{median} · {p90} mnt").format(median=minutes(times.median_s), p90=minutes(times.p90_s))
    return Figure(
        _("Waktu tanggap median · P90"),
        value,
        ": ".join([unmet, ", ".join(verdicts)]) if verdicts else unmet,
        _before(
            pair,
            _("{median} · {p90} mnt").format(median=minutes(then.median_s), p90=minutes(then.p90_s))
            if then.n
            else NOTHING,
            median_change(times, pair.now.response.median, then),
            then.n,
        ),
        _(
            "Dari laporan diterima sampai unit pertama tiba di lokasi, dalam menit. Separuh kasus tiba "
            "sebelum median, sembilan dari sepuluh sebelum P90; keduanya dihitung dari setiap kasus, bukan "
            "dari rata-rata. n = kasus yang unitnya sudah tiba. Standar: SPM kebakaran; di laut perjalanan "
            "saja dapat melebihinya."
        )
        + _interval_words(pair),
    )


def _interval_words(pair: Pair) -> str:
    median, p90 = pair.now.response.median, pair.now.response.p90
    if median is None or p90 is None:
        return ""
    return " " + _("Selang kepercayaan 95 persen (bootstrap): median {median} mnt, P90 {p90} mnt.").format(
        median=between(median), p90=between(p90)
    )


def between(interval: Interval) -> str:
    """Return an interval of seconds as minutes: “9,1–12,4”."""
    return f"{minutes(interval.low)}–{minutes(interval.high)}"


def _within(pair: Pair) -> Figure:
    times, then = pair.now.response.spread, pair.then.response.spread
    standard = whole_minutes(times.standard_s or 0)
    return Figure(
        _("Tiba dalam {standard} menit").format(standard=standard),
        share(times.within or 0, times.n),
        _("{within} dari n = {n} kasus").format(
            within=format_number(times.within or 0), n=format_number(times.n)
        ),
        _before(pair, share(then.within or 0, then.n), share_change(times, then), then.n),
        _(
            "Bagian kasus yang unit pertamanya tiba paling lambat {standard} menit setelah laporan diterima. "
            "n = kasus yang unitnya sudah tiba."
        ).format(standard=standard),
    )


def _steps(pair: Pair) -> Figure:
    now, then = pair.now, pair.then
    verdict = chance.change_of_share(now.steps_in_time, now.steps_done, then.steps_in_time, then.steps_done)
    return Figure(
        _("Langkah SOP tepat waktu"),
        share(now.steps_in_time, now.steps_done),
        _("{in_time} dari n = {n} langkah").format(
            in_time=format_number(now.steps_in_time), n=format_number(now.steps_done)
        ),
        _before(pair, share(then.steps_in_time, then.steps_done), verdict, then.steps_done),
        _(
            "Bagian langkah SOP yang selesai dalam waktu standarnya, kesembilan langkah dijumlahkan. "
            "n = langkah yang selesai; yang dilewati tidak dihitung. Langkah 6 dinilai menurut jeda terlama "
            "antara dua laporan situasi."
        ),
    )


def _fire(pair: Pair) -> Figure:
    now, then = pair.now.fire, pair.then.fire
    standard_s = now.standard_s or 0
    basis = _("n = {n} · standar {standard} mnt").format(
        n=format_number(now.n), standard=whole_minutes(standard_s)
    )
    if now.mean_s is not None:
        basis += ": " + (_("memenuhi") if now.mean_s <= standard_s else _("melebihi"))
    return Figure(
        _("Rerata tanggap kebakaran"),
        _("{minutes} mnt").format(minutes=minutes(now.mean_s)) if now.n else NOTHING,
        basis,
        _before(
            pair,
            _("{minutes} mnt").format(minutes=minutes(then.mean_s)) if then.n else NOTHING,
            _share_words(now, then),
            then.n,
        ),
        _(
            "Rata-rata dari laporan diterima sampai unit pertama instansi pemadam tiba, kejadian mendesak "
            "yang dipimpinnya (SPM kebakaran: 15 menit, rata-rata). Perbandingan memakai bagian yang tiba "
            "dalam standar. n = kejadian yang unit pemadamnya sudah tiba."
        ),
    )


def _share_words(now: Spread, then: Spread) -> Verdict:
    """Return how lateness changed: fewer in time is a rise of what people wait."""
    turned = {
        Verdict.LOW: Verdict.HIGH,
        Verdict.HIGH: Verdict.LOW,
        Verdict.VERY_LOW: Verdict.VERY_HIGH,
        Verdict.VERY_HIGH: Verdict.VERY_LOW,
    }
    verdict = share_change(now, then)
    return turned.get(verdict, verdict)


def _before(pair: Pair, value: str, verdict: Verdict, n: int | None = None) -> str:
    told = value if n is None else _("{value}, n = {n}").format(value=value, n=format_number(n))
    return _("{days} hari sebelumnya {value}: {verdict}").format(
        days=pair.days, value=told, verdict=_(VERDICTS[verdict])
    )
