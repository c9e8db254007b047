"""The period in one sentence and in six figures, each with its n and its definition."""

from dataclasses import dataclass
from datetime import date, datetime, time

import streamlit as st

from domain.words import CallClass, Domain
from services.review import Review
from ui.i18n import _, format_date, format_number, format_percent, timezone
from ui.review_filter import Selection
from ui.words import type_label

SHAPES = {Domain.LAND: "■", Domain.SEA: "◆", Domain.AIR: "▲"}
"""Sign of each matra, the same as on the map."""
NOTHING = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """One card: what it is, its value, what it is counted from, and its exact definition."""

    label: str
    value: str
    basis: str
    definition: str


def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent; a dash where the whole is nothing."""
    return format_percent(part / whole) if whole else NOTHING


def minutes(duration_s: float | None) -> str:
    """Return seconds as minutes with one decimal; a dash where nothing was measured."""
    return NOTHING if duration_s is None else format_number(duration_s / 60, 1)


def of_class(found: Review, *classes: CallClass) -> int:
    """Return how many reports were decided to be of one of these classes."""
    return sum(n for code, n in found.by_class if code in {c.value for c in classes})


def sentence(found: Review, chosen: Selection) -> str:
    """Return the period in one sentence."""
    scope = [_(domain.label) for domain in chosen.domains]
    scope += [type_label(code) for code in chosen.type_codes]
    period = _("{days} hari, {first} sampai {last}{scope}").format(
        days=chosen.days,
        first=_day(chosen.first),
        last=_day(chosen.last),
        scope=_(", hanya {scope}").format(scope=", ".join(scope)) if scope else "",
    )
    counted = _("{period}: {total} laporan masuk, {normal} di antaranya permintaan penyelamatan").format(
        period=period,
        total=format_number(found.total),
        normal=format_number(of_class(found, CallClass.NORMAL)),
    )
    if found.response.median_s is None:
        return _("{counted}; belum ada unit yang tiba di lokasi.").format(counted=counted)
    return _(
        "{counted}; unit pertama tiba dalam {median} menit (median), {share} dalam {standard} menit."
    ).format(
        counted=counted,
        median=minutes(found.response.median_s),
        share=share(found.response.within, found.response.n),
        standard=_standard(found),
    )


def figures(found: Review) -> tuple[Figure, ...]:
    """Return the six figures."""
    return (_reports(found), _pranks(found), _response(found), _within(found), _steps(found), _domains(found))


def cards(found: Review) -> None:
    """Draw the six figures in one row."""
    for column, figure in zip(st.columns(6), figures(found), strict=True):
        with column, st.container(border=True, height="stretch"):
            st.metric(figure.label, figure.value, help=figure.definition)
            st.caption(figure.basis)


def _reports(found: Review) -> Figure:
    normal, undecided = of_class(found, CallClass.NORMAL), found.total - of_class(found, *CallClass)
    basis = _("{normal} normal, {undecided} belum ditetapkan").format(
        normal=format_number(normal), undecided=format_number(undecided)
    )
    return Figure(
        _("Laporan masuk"),
        format_number(found.total),
        basis,
        _(
            "Semua laporan yang diterima dalam rentang ini lewat saluran apa pun: normal, prank, ghost, "
            "informasi, laporan ganda yang digabung, dan kasus yang masih terbuka."
        ),
    )


def _pranks(found: Review) -> Figure:
    n, decided = of_class(found, CallClass.PRANK, CallClass.GHOST), of_class(found, *CallClass)
    basis = _("{prank} prank, {ghost} ghost dari n = {n}").format(
        prank=format_number(of_class(found, CallClass.PRANK)),
        ghost=format_number(of_class(found, CallClass.GHOST)),
        n=format_number(decided),
    )
    return Figure(
        _("Prank dan ghost"),
        share(n, decided),
        basis,
        _(
            "Bagian panggilan prank atau ghost di antara laporan yang jenis panggilannya sudah ditetapkan "
            "(langkah 2 SOP). n = laporan yang sudah ditetapkan."
        ),
    )


def _response(found: Review) -> Figure:
    times = found.response
    unmet = _("n = {n} · standar {standard} mnt").format(n=format_number(times.n), standard=_standard(found))
    met, missed = _("memenuhi"), _("melebihi")
    verdicts = [
        f"{name} {met if value <= found.response_standard_s else missed}"
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
        _(
            "Dari laporan diterima sampai unit pertama tiba di lokasi, dalam menit. Separuh kasus tiba "
            "sebelum median, sembilan dari sepuluh sebelum P90; keduanya dihitung dari setiap kasus, bukan "
            "dari rata-rata. n = kasus yang unitnya sudah tiba. Standar: SPM kebakaran; di laut perjalanan "
            "saja dapat melebihinya."
        ),
    )


def _within(found: Review) -> Figure:
    times = found.response
    return Figure(
        _("Tiba dalam {standard} menit").format(standard=_standard(found)),
        share(times.within, times.n),
        _("{within} dari n = {n} kasus").format(within=format_number(times.within), n=format_number(times.n)),
        _(
            "Bagian kasus yang unit pertamanya tiba paling lambat {standard} menit setelah laporan diterima. "
            "n = kasus yang unitnya sudah tiba."
        ).format(standard=_standard(found)),
    )


def _steps(found: Review) -> Figure:
    n, in_time = sum(step.n for step in found.steps), sum(step.in_time for step in found.steps)
    return Figure(
        _("Langkah SOP tepat waktu"),
        share(in_time, n),
        _("{in_time} dari n = {n} langkah").format(in_time=format_number(in_time), n=format_number(n)),
        _(
            "Bagian langkah SOP yang selesai dalam waktu standarnya, kesembilan langkah dijumlahkan. "
            "n = langkah yang selesai; yang dilewati tidak dihitung. Langkah 6 dinilai menurut jeda terlama "
            "antara dua laporan situasi."
        ),
    )


def _domains(found: Review) -> Figure:
    counts = {domain: dict(found.by_domain).get(domain.value, 0) for domain in Domain}
    known = sum(counts.values())
    value = NOTHING
    if known:
        value = " ".join(f"{SHAPES[d]} {format_number(100 * n / known)}" for d, n in counts.items()) + " %"
    words = ", ".join(f"{SHAPES[d]} {_(d.label)} {format_number(n)}" for d, n in counts.items())
    return Figure(
        _("Menurut matra"),
        value,
        _("{words} dari n = {n}").format(words=words, n=format_number(known)),
        _(
            "Bagian laporan di darat, di laut, dan di udara; ketiganya dibulatkan sendiri-sendiri. "
            "n = laporan yang matranya diketahui."
        ),
    )


def _standard(found: Review) -> str:
    whole = found.response_standard_s % 60 == 0
    return format_number(found.response_standard_s / 60, 0 if whole else 1)


def _day(day: date) -> str:
    return format_date(datetime.combine(day, time(12), tzinfo=timezone()))
