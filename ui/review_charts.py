"""Counts as bars with their numbers, and the nine SOP steps against their standard times."""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape

import streamlit as st

from analytics import charts
from domain.clock import urgency
from domain.words import N_, Domain, Outcome, Urgency
from services.analysis import Counts, StepFigures
from ui import charts as drawn
from ui import parts
from ui.charts import Picture
from ui.i18n import _, format_duration, format_number
from ui.review_figures import SHAPES, share, whole_minutes
from ui.review_filter import Selection
from ui.words import step_name, type_label

MOST_ROWS = 10
Counted = Sequence[tuple[str | None, Counts]]
_VERDICTS = {
    Urgency.SAFE: N_("dalam standar"),
    Urgency.SOON: N_("mendekati standar"),
    Urgency.LATE: N_("melebihi standar"),
}
# The bar of a step ends at twice its standard, so that the standard stands in the middle of every row.
_BAR_STANDARDS = 2


def bars_picture(name: str, title: str, rows: Sequence[tuple[str, int]]) -> Picture:
    """Return counts as horizontal bars, most first, each with its number; at most ten, the rest together."""
    shown = list(rows[:MOST_ROWS])
    if rest := rows[MOST_ROWS:]:
        shown.append((_("{n} lainnya").format(n=len(rest)), sum(n for _label, n in rest)))
    told = [(label, n, format_number(n)) for label, n in shown]
    return Picture(
        name,
        title,
        drawn.n_words(sum(n for _label, n in rows)),
        _("Semua laporan yang diterima lewat saluran apa pun."),
        "; ".join(f"{label} {number}" for label, _n, number in told),
        partial(charts.bars, told, title),
        [{"label": label, "n": n} for label, n in rows],
    )


def counts(by_domain: Counted, by_type: Counted, by_outcome: Counted, chosen: Selection) -> None:
    """Draw the counts by matra, by incident type and by outcome of a selection, side by side."""
    pictures = (
        bars_picture("laporan-matra", _("Laporan menurut matra"), _most_first(by_domain, domain_label)),
        bars_picture("laporan-jenis", _("Laporan menurut jenis"), _most_first(by_type, type_label)),
        bars_picture("laporan-hasil", _("Laporan menurut hasil"), _most_first(by_outcome, _outcome_label)),
    )
    for column, picture in zip(st.columns([3, 5, 4]), pictures, strict=True):
        with column, st.container(border=True, height="stretch"):
            drawn.draw(picture, chosen)


def _most_first(counted: Counted, label: Callable[[str | None], str]) -> list[tuple[str, int]]:
    found = [(label(code), counts.n) for code, counts in counted]
    return sorted(found, key=lambda row: (-row[1], row[0]))


def domain_label(code: str | None) -> str:
    """Return a matra with its sign, as on the map."""
    if code is None:
        return _("Matra belum diketahui")
    return f"{SHAPES[Domain(code)]} {_(Domain(code).label)}"


def _outcome_label(code: str | None) -> str:
    return _("Belum ada hasil") if code is None else _(Outcome(code).label)


def steps_picture(found: Sequence[StepFigures]) -> Picture:
    """Return the nine steps as a bullet chart: median and P90, each in times of its own standard."""
    rows = [charts.Step(_step_label(s), s.n, s.median_s, s.p90_s, s.target_s, _step_told(s)) for s in found]
    words = charts.StepWords(
        _("Langkah"), _("kali waktu standar"), _("median"), "P90", _("waktu standar"), "n"
    )
    return Picture(
        "langkah-sop",
        _("Sembilan langkah SOP"),
        _("{n} langkah selesai").format(n=format_number(sum(step.n for step in found))),
        _(
            "Lama setiap langkah dibandingkan dengan waktu standarnya sendiri (di dalam kurung); lebih dari "
            "{most} kali digambar di tepi. Persen: bagian yang tepat waktu. Langkah 6 dinilai menurut jeda "
            "terlama antara dua laporan situasi."
        ).format(most=format_number(charts.BULLET_MOST, 1)),
        "; ".join(f"{row.label}: {row.told}" for row in rows),
        partial(charts.bullet, rows, words),
        [
            {
                "step": step.no,
                "n": step.n,
                "in_time": step.in_time,
                "median_s": step.median_s,
                "p90_s": step.p90_s,
                "standard_s": step.target_s,
            }
            for step in found
        ],
    )


def _step_label(step: StepFigures) -> str:
    return _("{no}. {name} ({standard} mnt)").format(
        no=step.no, name=step_name(step.no), standard=whole_minutes(step.target_s)
    )


def _step_told(step: StepFigures) -> str:
    if step.median_s is None or step.p90_s is None:
        return _("belum ada yang selesai")
    return _("{median} · P90 {p90} · {share} dari n = {n}").format(
        median=format_duration(step.median_s),
        p90=format_duration(step.p90_s),
        share=share(step.in_time, step.n),
        n=format_number(step.n),
    )


def steps(found: Sequence[StepFigures]) -> None:
    """Draw the nine steps: median against the standard, share in time, n."""
    heads = (_("Langkah"), _("Median dan standar"), _("Median"), _("Standar"), _("Tepat waktu"), "n")
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in heads)
    body = "".join(_step_row(step) for step in found)
    st.html(f'<table class="sigap-steps"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')
    st.caption(
        _(
            "Garis tegak = waktu standar. n = langkah yang selesai. Langkah 6 dinilai menurut jeda terlama "
            "antara dua laporan situasi, bukan lama operasi."
        )
    )


def _step_row(step: StepFigures) -> str:
    sop, standard_s = parts.here().pack.sop, step.target_s
    name = f'<th scope="row">{step.no}. {escape(step_name(step.no))}</th>'
    standard = f"<td>{escape(format_duration(standard_s))}</td>"
    if step.median_s is None:
        nothing = escape(_("belum ada yang selesai"))
        cells = f'<td class="sigap-step-none">{nothing}</td><td>–</td>{standard}<td>–</td><td>0</td>'
        return f"<tr>{name}{cells}</tr>"
    state = urgency(step.median_s, standard_s, sop.soon_share)
    width = 100 * min(1.0, step.median_s / (_BAR_STANDARDS * standard_s))
    bar = (
        f'<div class="sigap-step-bar" style="--ink:var(--sigap-{state.value})" aria-hidden="true">'
        f'<i style="width:{width:.1f}%"></i><b></b></div>'
        f'<span style="color:var(--sigap-{state.value})">{escape(_(_VERDICTS[state]))}</span>'
    )
    return (
        f"<tr>{name}<td>{bar}</td><td>{escape(format_duration(step.median_s))}</td>{standard}"
        f"<td>{share(step.in_time, step.n)}</td><td>{format_number(step.n)}</td></tr>"
    )
