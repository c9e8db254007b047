"""Counts as bars with their numbers, and the nine SOP steps against their standard times."""

from collections.abc import Callable, Sequence
from html import escape

import altair as alt
import streamlit as st

from domain.clock import urgency
from domain.words import N_, Domain, Outcome, Urgency
from services.analysis import Counts, StepFigures
from ui import parts
from ui.i18n import _, format_duration, format_number
from ui.review_figures import SHAPES, share
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


def bars(title: str, rows: Sequence[tuple[str, int]]) -> None:
    """Draw counts as horizontal bars, most first, each with its number; at most ten, the rest together."""
    shown = list(rows[:MOST_ROWS])
    if rest := rows[MOST_ROWS:]:
        shown.append((_("{n} lainnya").format(n=len(rest)), sum(n for _label, n in rest)))
    values = [{"label": label, "n": n, "text": format_number(n), "ink": "n"} for label, n in shown]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        x=alt.X("n:Q", axis=None, scale=alt.Scale(domain=[0, 1.15 * max(n for _label, n in shown)])),
        y=alt.Y(
            "label:N",
            sort=[label for label, _n in shown],
            title=None,
            axis=alt.Axis(labelLimit=260, labelFontSize=13, labelOverlap=False, ticks=False, domain=False),
        ),
        tooltip=[alt.Tooltip("label:N", title=title), alt.Tooltip("text:N", title="n")],
    )
    # "category" is the name of the theme's own colours: they follow it in the browser, no run is needed.
    ink = alt.Color("ink:N", scale=alt.Scale(range="category"), legend=None)
    number = base.mark_text(align="left", dx=5, fontSize=13).encode(text="text:N", color=ink)
    chart = alt.layer(base.mark_bar(height=14).encode(color=ink), number).properties(height=alt.Step(24))
    st.markdown(f"**{title}**")
    told = "; ".join(f"{label} {format_number(n)}" for label, n in shown)
    st.altair_chart(chart, alt=f"{title}: {told}")


def counts(by_domain: Counted, by_type: Counted, by_outcome: Counted) -> None:
    """Draw the counts by matra, by incident type and by outcome, side by side."""
    left, middle, right = st.columns([3, 5, 4])
    with left, st.container(border=True, height="stretch"):
        bars(_("Laporan menurut matra"), _most_first(by_domain, domain_label))
    with middle, st.container(border=True, height="stretch"):
        bars(_("Laporan menurut jenis"), _most_first(by_type, type_label))
    with right, st.container(border=True, height="stretch"):
        bars(_("Laporan menurut hasil"), _most_first(by_outcome, _outcome_label))


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
