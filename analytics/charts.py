"""Charts from plain data: the same for a screen, a downloaded picture and a printed report.

Every function takes figures, the words that are to be read (in the reader's language) and a `Look`, and
returns an Altair chart that holds its own data: nothing is loaded from anywhere. Colours stand in the
`color` channel only, so that a screen may give names that its theme resolves. State has a shape and a word
besides its colour. `to_svg` and `to_png` need no browser and no network.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil
from textwrap import wrap
from typing import Any

import altair as alt
import vl_convert

from analytics.chance import LEAST, Limits, Verdict
from analytics.chart_data import Bins, Judged, Unit

Row = dict[str, Any]
HEIGHT = 260
PRINT_WIDTH = 680
_LINE_SIGNS = 126
_LABEL_TURNS = 0.78
BULLET_MOST = 2.2
_UP, _DOWN = "triangle-up", "triangle-down"
_UP_TWICE = "M-1,0L0,-1L1,0ZM-1,1L0,0L1,1Z"
_DOWN_TWICE = "M-1,0L0,1L1,0ZM-1,-1L0,0L1,-1Z"


@dataclass(frozen=True, slots=True)
class Look:
    """Colours, the signs of numbers, and Vega's `config`; `ramp` is a scale's range, from few to many.

    `main`, `second`, `third`: series; `text`: words and rules; `good`, `warn`, `bad`: states.
    `pointed`: somebody may point at the chart, so that it needs more than what is seen.
    """

    main: str
    second: str
    third: str
    text: str
    good: str
    warn: str
    bad: str
    ramp: str | Sequence[str] = "ramp"
    decimal: str = ","
    thousands: str = "."
    config: Mapping[str, Any] = field(default_factory=dict)
    pointed: bool = True

    @property
    def series(self) -> tuple[str, str, str]:
        """The colours of lines, in order."""
        return self.main, self.second, self.third


_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
_QUIET: dict[str, Any] = {"labelColor": "#50606f", "titleColor": "#50606f", "labelFontSize": 11}
PRINT = Look(
    main="#0b62c4",
    second="#8a5a1e",
    third="#6b3fb5",
    text="#50606f",
    good="#137547",
    warn="#7d5200",
    bad="#b71c1c",
    ramp=("#e4eefa", "#9cc3ee", "#0b62c4", "#06346a"),
    pointed=False,
    config={
        "font": _FONT,
        "background": "#ffffff",
        "padding": 16,
        "axis": {
            **_QUIET,
            "ticks": False,
            "domain": False,
            "gridColor": "#dde4ea",
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "labelPadding": 6,
            "titlePadding": 10,
        },
        "axisBand": {"grid": False},
        "legend": {**_QUIET, "titleFontSize": 12, "titleFontWeight": 400},
        "title": {
            "anchor": "start",
            "color": "#16212d",
            "fontSize": 15,
            "subtitleColor": "#50606f",
            "subtitleFontSize": 11,
            "subtitlePadding": 6,
            "offset": 14,
        },
        "view": {"stroke": None},
    },
)
"""A light look for pictures and paper: the colours of the light theme."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A time that is drawn as a line with its label; the standard is `dashed`."""

    value_s: float
    label: str
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class HistogramWords:
    """What a histogram says: axes, each of the bins, `over` above the bar of what took longer."""

    time: str
    number: str
    bins: Sequence[str]
    over: str
    share: str


@dataclass(frozen=True, slots=True)
class Line:
    """A fractile curve: its name and (seconds, share 0 to 1)."""

    name: str
    points: Sequence[tuple[int, float]]


@dataclass(frozen=True, slots=True)
class CurveWords:
    """What a fractile curve says."""

    time: str
    share: str
    line: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a matrix: from `n` cases; `value` is its colour, `told` the value in words."""

    row: str
    column: str
    n: int
    value: float
    told: str


@dataclass(frozen=True, slots=True)
class MatrixWords:
    """What a matrix says. Where `count`, its values are the numbers themselves: none of them is few."""

    value: str
    column: str
    number: str
    count: bool = False


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a trend; `label` may have two lines, None where nothing was measured."""

    label: str
    n: int
    median_s: float | None
    p90_s: float | None


@dataclass(frozen=True, slots=True)
class TrendWords:
    """What a trend says."""

    month: str
    time: str
    median: str
    p90: str
    number: str


@dataclass(frozen=True, slots=True)
class JudgedWords:
    """What shares against chance say: axes, the middle line, the limits, a word for each verdict."""

    group: str
    number: str
    share: str
    center: str
    inner: str
    outer: str
    state: str
    verdicts: Mapping[Verdict, str]


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the procedure against its standard; `told` stands under its label."""

    label: str
    n: int
    median_s: float | None
    p90_s: float | None
    standard_s: float
    told: str


@dataclass(frozen=True, slots=True)
class StepWords:
    """What the bullet chart of the steps says."""

    step: str
    times: str
    median: str
    p90: str
    standard: str
    number: str


def histogram(
    bins: Bins, marks: Sequence[Mark], unit: Unit, words: HistogramWords, look: Look
) -> alt.LayerChart:
    """Return how often each time occurred, the marks drawn in; what took longer stands at the end, paler."""
    drawn = [(low, high, k, told) for (low, high, k), told in zip(bins.rows, words.bins, strict=True)]
    end = bins.end_s
    if bins.over:
        drawn.append((end, end + bins.width_s, bins.over, words.over))
        end += bins.width_s
    rows: list[Row] = [
        {
            "low": low / unit.size_s,
            "high": high / unit.size_s,
            "n": k,
            "share": 100 * k / bins.n,
            "over": low >= bins.end_s,
            "told": told,
        }
        for low, high, k, told in drawn
    ]
    most = max(row["n"] for row in rows)
    # Room for the labels to the right of their lines.
    end = max([end, *(ceil(mark.value_s / _LABEL_TURNS) for mark in marks)])
    scale = alt.Scale(domain=[0, end / unit.size_s], nice=False)
    axis = alt.Axis(
        tickCount=10,
        grid=False,
        labelFlush=True,
        labelExpr=f"datum.value > {bins.end_s / unit.size_s} ? '' : datum.label",
    )
    x = alt.X("low:Q", bin="binned", scale=scale, title=words.time, axis=axis)
    bars = (
        _of(rows)
        .mark_bar(binSpacing=1)
        .encode(
            x=x,
            x2="high:Q",
            y=alt.Y(
                "n:Q",
                title=words.number,
                scale=alt.Scale(domain=[0, most * 1.3], nice=False),
                axis=alt.Axis(tickMinStep=1, tickCount=5),
            ),
            color=alt.value(look.main),
            opacity=alt.condition("datum.over", alt.value(0.45), alt.value(1)),
            tooltip=[
                alt.Tooltip("told:N", title=words.time),
                alt.Tooltip("n:Q", title="n", format=",d"),
                alt.Tooltip("share:Q", title=f"{words.share} (%)", format=",.1f"),
            ],
        )
    )
    layers: list[alt.Chart] = [bars]
    if bins.over:
        told = _of([rows[-1]]).mark_text(align="right", dy=-8, dx=4)
        layers.append(
            told.encode(x=alt.X("high:Q", scale=scale), y="n:Q", text="told:N", color=alt.value(look.text))
        )
    return _finished([*layers, *_rules(marks, unit, end, look)], look)


def curve(
    lines: Sequence[Line], end_s: int, marks: Sequence[Mark], unit: Unit, words: CurveWords, look: Look
) -> alt.LayerChart:
    """Return the share that took at most so long, a line for each; drawn as far as `end_s`."""
    rows: list[Row] = [
        {"line": line.name, "t": time_s / unit.size_s, "share": 100 * share}
        for line in lines
        for time_s, share in _reaching(line.points, end_s)
    ]
    names = [line.name for line in lines]
    color = alt.Color(
        "line:N",
        sort=names,
        title=None,
        scale=alt.Scale(domain=names, range=list(look.series[: len(names)])),
        legend=alt.Legend(orient="top", symbolType="stroke", labelLimit=420),
    )
    base = _of(rows).encode(
        x=alt.X(
            "t:Q",
            title=words.time,
            scale=alt.Scale(domain=[0, end_s / unit.size_s], nice=False),
            axis=alt.Axis(tickCount=10, grid=False),
        ),
        y=alt.Y("share:Q", title=words.share, scale=alt.Scale(domain=[0, 100]), axis=_percent()),
    )
    tooltip = [
        alt.Tooltip("line:N", title=words.line),
        alt.Tooltip("t:Q", title=unit.sign, format=",.1f"),
        alt.Tooltip("share:Q", title="%", format=",.1f"),
    ]
    dashes = [[1, 0], [6, 3], [2, 2]]
    dash = alt.StrokeDash(
        "line:N", sort=names, scale=alt.Scale(domain=names, range=dashes[: len(names)]), legend=None
    )
    drawn = base.mark_line(interpolate="step-after", clip=True, strokeWidth=2).encode(
        color=color, strokeDash=dash, order="t:Q"
    )
    touched = base.mark_point(opacity=0, size=90, clip=True, filled=True).encode(tooltip=tooltip)
    layers = [drawn, touched] if look.pointed else [drawn]
    return _finished([*layers, *_rules(marks, unit, end_s, look)], look)


def matrix(
    cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], words: MatrixWords, look: Look
) -> alt.LayerChart:
    """Return a matrix of colours; a cell of fewer than `chance.LEAST` cases is a small square."""
    values: list[Row] = [
        {"row": c.row, "column": c.column, "n": c.n, "value": c.value, "told": c.told} for c in cells
    ]
    base = _of(values).encode(
        x=alt.X(
            "column:N",
            sort=list(columns),
            title=words.column,
            scale=alt.Scale(domain=list(columns)),
            axis=alt.Axis(labelAngle=0, labelOverlap=True),
        ),
        y=alt.Y("row:N", sort=list(rows), title=None, scale=alt.Scale(domain=list(rows)), axis=alt.Axis()),
        color=alt.Color(
            "value:Q",
            title=words.value,
            scale=alt.Scale(
                range=look.ramp if isinstance(look.ramp, str) else list(look.ramp), zero=words.count
            ),
            legend=alt.Legend(orient="right", gradientLength=130, format=",.1~f"),
        ),
        tooltip=[
            alt.Tooltip("row:N", title="·"),
            alt.Tooltip("column:N", title=words.column),
            alt.Tooltip("told:N", title=words.value),
            alt.Tooltip("n:Q", title=words.number, format=",d"),
        ],
    )
    if words.count:
        layers = [base.mark_rect(cornerRadius=1)]
    else:
        layers = [
            base.transform_filter(f"datum.n >= {LEAST}").mark_rect(cornerRadius=1),
            base.transform_filter(f"datum.n < {LEAST}").mark_point(
                shape="square", filled=True, size=60, opacity=1
            ),
        ]
    return _finished([*layers], look, height=alt.Step(26))


def trend(
    months: Sequence[Month], standard: Mark | None, unit: Unit, words: TrendWords, look: Look
) -> alt.LayerChart:
    """Return median and 90th percentile by month, and the standard."""
    order = [month.label for month in months]
    rows: list[Row] = [
        {"month": month.label, "kind": name, "t": value / unit.size_s, "n": month.n}
        for month in months
        for name, value in ((words.median, month.median_s), (words.p90, month.p90_s))
        if value is not None
    ]
    kinds = [words.median, words.p90]
    most = max([row["t"] for row in rows] + ([standard.value_s / unit.size_s] if standard else []))
    base = _of(rows).encode(
        x=_months(order, words.month),
        y=alt.Y("t:Q", title=words.time, scale=alt.Scale(domain=[0, most * 1.1]), axis=alt.Axis(tickCount=5)),
        color=alt.Color(
            "kind:N",
            title=None,
            sort=kinds,
            scale=alt.Scale(domain=kinds, range=[look.main, look.second]),
            legend=alt.Legend(orient="top"),
        ),
    )
    points = base.mark_point(filled=True, size=70, opacity=1).encode(
        shape=alt.Shape(
            "kind:N", sort=kinds, title=None, scale=alt.Scale(domain=kinds, range=["circle", "diamond"])
        ),
        tooltip=[
            alt.Tooltip("month:N", title=words.month),
            alt.Tooltip("kind:N", title="·"),
            alt.Tooltip("t:Q", title=unit.sign, format=",.1f"),
            alt.Tooltip("n:Q", title=words.number, format=",d"),
        ],
    )
    layers = [base.mark_line(strokeWidth=2), points]
    if standard:
        layers += _across(standard.value_s / unit.size_s, standard.label, look.bad)
    return _finished([*layers], look)


def months_of_shares(
    points: Sequence[tuple[str, Judged | None]], words: JudgedWords, look: Look
) -> alt.LayerChart:
    """Return a p-chart: the share by month, each between its own limits around the whole period's share.

    points: label of the month and what is known, None where nothing was measured.
    """
    order = [label for label, _one in points]
    known = [(label, one) for label, one in points if one is not None]
    rows = [_judged_row(one, words) | {"month": label} for label, one in known]
    base = _of(rows).encode(x=_months(order, words.group))
    y = _share_axis(words)
    limits = [
        base.mark_bar(opacity=opacity, cornerRadius=1).encode(
            x=alt.X("month:N", sort=order, scale=alt.Scale(domain=order, paddingInner=inner)),
            y=alt.Y(f"{low}:Q", scale=alt.Scale(domain=[0, 100])),
            y2=f"{high}:Q",
            color=alt.value(look.text),
        )
        for low, high, opacity, inner in (
            ("outer_low", "outer_high", 0.18, 0.5),
            ("low", "high", 0.28, 0.5),
        )
    ]
    drawn = base.encode(y=y)
    line = drawn.mark_line(strokeWidth=1.5).encode(color=alt.value(look.main))
    dots = drawn.mark_point(filled=True, size=110, opacity=1).encode(**_states(words, look))
    center = _across(100 * known[0][1].limits.center, words.center, look.text) if known else []
    named = _named(drawn, look, dy=-12)
    return _finished([*limits, *center, line, dots, named], look)


def funnel(
    groups: Sequence[Judged], limits: Sequence[tuple[int, Limits]], words: JudgedWords, look: Look
) -> alt.LayerChart:
    """Return each group's share against its n, between the limits; those outside have their names."""
    edges: list[Row] = [
        {"n": n, "limit": 100 * value, "kind": kind, "side": side}
        for n, around in limits
        for kind, side, value in (
            (words.outer, "low", around.outer_low),
            (words.outer, "high", around.outer_high),
            (words.inner, "low", around.low),
            (words.inner, "high", around.high),
        )
    ]
    most = limits[-1][0]
    x = alt.X("n:Q", title=words.number, scale=alt.Scale(domain=[0, 1.06 * most], nice=False), axis=_whole())
    kinds = [words.inner, words.outer]
    dashes = alt.Scale(domain=kinds, range=[[5, 3], [1, 0]])
    lines = (
        _of(edges)
        .mark_line(strokeWidth=1, clip=True)
        .encode(
            x=x,
            y=alt.Y("limit:Q", scale=alt.Scale(domain=[0, 100])),
            detail="side:N",
            strokeDash=alt.StrokeDash(
                "kind:N", sort=kinds, title=None, scale=dashes, legend=alt.Legend(orient="top")
            ),
            color=alt.value(look.text),
        )
    )
    rows = [_judged_row(one, words) for one in groups]
    dots = _of(rows).encode(x=x, y=_share_axis(words))
    marks = dots.mark_point(filled=True, size=100, opacity=1).encode(**_states(words, look))
    center = limits[0][1].center * 100
    middle = _of([{"y": center, "n": most, "told": words.center}])
    rule = middle.mark_rule(strokeWidth=1.2).encode(
        y=alt.Y("y:Q", scale=alt.Scale(domain=[0, 100])), color=alt.value(look.text)
    )
    told = middle.mark_text(align="right", dx=-4, dy=-7).encode(
        x=alt.X("n:Q"), y=alt.Y("y:Q"), text="told:N", color=alt.value(look.text)
    )
    return _finished([lines, rule, told, marks, _named(dots, look, dy=-13)], look, height=340)


def bullet(steps: Sequence[Step], words: StepWords, look: Look) -> alt.LayerChart:
    """Return the steps, each in times of its own standard: a bar to the median, a diamond at P90.

    The standard is the line at 1. What took more than `BULLET_MOST` times the standard ends there.
    """
    rows: list[Row] = [_bullet_row(step) for step in steps]
    known = [row for row in rows if row["n"]] or rows[:1]
    axis = alt.Axis(labelExpr=r"split(datum.label, '\n')", labelLimit=420, labelOverlap=False, domain=False)
    y = alt.Y("step:N", sort=[row["step"] for row in rows], title=None, axis=axis)
    scale = alt.Scale(domain=[0, BULLET_MOST], nice=False)
    marks = alt.Axis(values=[0, 0.5, 1, 1.5, 2], format=",.1~f")
    x = alt.X("median:Q", scale=scale, title=words.times, axis=marks)
    kinds = [words.median, words.p90]
    legend = alt.Legend(orient="top")
    color = alt.Color(
        "kind:N",
        title=None,
        sort=kinds,
        scale=alt.Scale(domain=kinds, range=[look.main, look.second]),
        legend=legend,
    )
    shape = alt.Shape(
        "kind:N",
        title=None,
        sort=kinds,
        scale=alt.Scale(domain=kinds, range=["square", "diamond"]),
        legend=legend,
    )
    tooltip = [
        alt.Tooltip("told:N", title=words.step),
        alt.Tooltip("n:Q", title=words.number, format=",d"),
    ]
    # A layer of all rows keeps the place of a step that was never finished.
    places = _of(rows).mark_rule(opacity=0).encode(y=y)
    bars = (
        _of([{**row, "kind": words.median} for row in known])
        .mark_bar(height=12)
        .encode(x=x, y=y, color=color, tooltip=tooltip)
    )
    ends = (
        _of([{**row, "kind": words.p90} for row in known])
        .mark_point(filled=True, size=110, opacity=1)
        .encode(x=alt.X("p90:Q", scale=scale), y=y, color=color, shape=shape, tooltip=tooltip)
    )
    line = _of([{"at": 1, "told": words.standard}]).encode(x="at:Q", color=alt.value(look.bad))
    rule = line.mark_rule(strokeWidth=2, strokeDash=[6, 4])
    named = line.mark_text(align="left", dx=5).encode(y=alt.value(-6), text="told:N")
    return _finished([places, bars, rule, named, ends], look, height=alt.Step(38))


def _bullet_row(step: Step) -> Row:
    def times(value_s: float | None) -> float:
        return min(BULLET_MOST, (value_s or 0) / step.standard_s)

    told = f"{step.label}\n{step.told}"
    return {
        "step": told,
        "told": told.replace("\n", ": "),
        "n": step.n,
        "median": times(step.median_s),
        "p90": times(step.p90_s),
    }


def bars(rows: Sequence[tuple[str, int, str]], what: str, look: Look) -> alt.LayerChart:
    """Return counts (label, n, n in words) as level bars in their order, each with its number."""
    values: list[Row] = [{"label": label, "n": n, "told": told} for label, n, told in rows]
    most = max(n for _label, n, _told in rows)
    axis = alt.Axis(labelLimit=260, labelFontSize=13, labelOverlap=False, ticks=False, domain=False)
    base = _of(values).encode(
        x=alt.X("n:Q", axis=None, scale=alt.Scale(domain=[0, 1.25 * max(1, most)])),
        y=alt.Y("label:N", sort=[label for label, _n, _told in rows], title=None, axis=axis),
        color=alt.value(look.main),
        tooltip=[alt.Tooltip("label:N", title=what), alt.Tooltip("told:N", title="n")],
    )
    number = base.mark_text(align="left", dx=5, fontSize=13).encode(text="told:N")
    return _finished([base.mark_bar(height=14), number], look, height=alt.Step(24))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], look: Look) -> alt.LayerChart:
    """Return a table as a picture, a rule under each line; a text before empty cells reaches over them."""
    widths = [
        max(len(row[i]) for row in (head, *rows) if i + 1 == len(row) or any(row[i + 1 :]))
        for i in range(len(head))
    ]
    starts = [sum(width + 3 for width in widths[:i]) for i in range(len(widths))]
    placed: list[Row] = [
        {"x": start, "y": y, "told": text, "head": y == 0}
        for y, row in enumerate([head, *rows])
        for start, text in zip(starts, row, strict=True)
    ]
    x = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, starts[-1] + widths[-1]], nice=False))
    y = alt.Y("y:O", axis=None)
    words = (
        _of(placed)
        .mark_text(align="left", fontSize=11)
        .encode(x=x, y=y, text="told:N", color=alt.value(look.text))
    )
    lined = (
        _of([{"y": index} for index in range(len(rows) + 1)])
        .mark_rule(opacity=0.35, yOffset=11)
        .encode(y=y, color=alt.value(look.text))
    )
    wide = 6.1 * (starts[-1] + widths[-1])
    return _finished([lined, words], look, height=alt.Step(22)).properties(width=wide)


def titled(
    chart: alt.LayerChart, title: str, lines: Sequence[str], *, width: int | None = PRINT_WIDTH
) -> alt.LayerChart:
    """Return a chart for a picture of its own: with its title, and lines on period, n and source under it."""
    told = [part for line in lines for part in wrap(line, _LINE_SIGNS)]
    heading = alt.TitleParams(text=title, subtitle=told)
    return chart.properties(title=heading) if width is None else chart.properties(title=heading, width=width)


def to_svg(chart: alt.LayerChart) -> str:
    """Return a chart as SVG. It holds its data; any address in it is refused, not asked."""
    return vl_convert.vegalite_to_svg(_spec(chart), vl_version=_VEGA_LITE, allowed_base_urls=[])


def to_png(chart: alt.LayerChart, scale: float = 2) -> bytes:
    """Return a chart as PNG, `scale` pixels for each of the chart's; any address in it is refused."""
    return vl_convert.vegalite_to_png(_spec(chart), vl_version=_VEGA_LITE, scale=scale, allowed_base_urls=[])


def _spec(chart: alt.LayerChart) -> str:
    """Return a chart as Vega-Lite, the sign of the sea as one that the fonts inside vl-convert have."""
    return json.dumps(chart.to_dict(validate=False), ensure_ascii=False).replace("◆", "♦")


_VEGA_LITE = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])


def _of(rows: list[Row]) -> alt.Chart:
    # Altair copies lists with all that is in them each time a chart is refined, but no tuple.
    return alt.Chart(alt.InlineData(values=tuple(rows)))


def _finished(layers: Sequence[alt.Chart], look: Look, height: int | alt.Step = HEIGHT) -> alt.LayerChart:
    signs = {"decimal": look.decimal, "thousands": look.thousands, "grouping": [3], "currency": ["Rp ", ""]}
    found: alt.LayerChart = (
        alt.LayerChart(layer=list(layers))
        .properties(height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))
        .configure(locale={"number": signs}, **look.config)
    )
    return found


def _percent() -> alt.Axis:
    return alt.Axis(labelExpr="datum.label + ' %'", tickCount=5)


def _whole() -> alt.Axis:
    return alt.Axis(tickMinStep=1, format=",d", grid=False)


def _rules(marks: Sequence[Mark], unit: Unit, end_s: int, look: Look) -> list[alt.Chart]:
    """Return the marks as upright lines with their labels.

    Each line begins at its label, and the later one lies lower: no label is crossed by a line.
    """
    drawn = []
    shown = sorted((mark for mark in marks if mark.value_s <= end_s), key=lambda mark: mark.value_s)
    for place, mark in enumerate(shown):
        left = mark.value_s > _LABEL_TURNS * end_s
        ink = alt.value(look.bad if mark.dashed else look.text)
        row = _of([{"at": mark.value_s / unit.size_s, "told": mark.label}]).encode(x="at:Q", color=ink)
        top = 16 * place
        drawn += [
            row.mark_rule(
                strokeWidth=2 if mark.dashed else 1.2, strokeDash=[6, 4] if mark.dashed else [1, 0]
            ).encode(y=alt.value(top), y2=alt.value("height")),
            row.mark_text(align="right" if left else "left", dx=-5 if left else 5, fontSize=12).encode(
                y=alt.value(top + 7), text="told:N"
            ),
        ]
    return drawn


def _reaching(points: Sequence[tuple[int, float]], end_s: int) -> list[tuple[int, float]]:
    """Return the points up to the end, and the last share carried on to it."""
    kept = [point for point in points if point[0] <= end_s]
    return [*kept, (end_s, kept[-1][1])] if kept else []


def _months(order: list[str], title: str) -> alt.X:
    return alt.X(
        "month:N",
        sort=order,
        title=title,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(labelAngle=0, labelExpr=r"split(datum.label, '\n')", labelOverlap=True, labelLimit=0),
    )


def _across(value: float, label: str, ink: str) -> list[alt.Chart]:
    """Return a level line over all months with its label at the left."""
    row = _of([{"y": value, "told": label}])
    return [
        row.mark_rule(strokeWidth=1.5, strokeDash=[6, 4]).encode(y="y:Q", color=alt.value(ink)),
        row.mark_text(align="left", dx=2, dy=-7).encode(
            x=alt.value(0), y="y:Q", text="told:N", color=alt.value(ink)
        ),
    ]


def _share_axis(words: JudgedWords) -> alt.Y:
    return alt.Y("share:Q", title=words.share, scale=alt.Scale(domain=[0, 100]), axis=_percent())


def _judged_row(one: Judged, words: JudgedWords) -> Row:
    limits = one.limits
    return {
        "group": one.name,
        "n": one.n,
        "within": one.within,
        "share": 100 * one.share,
        "state": words.verdicts[one.verdict],
        "named": one.name if one.outside else "",
        "outer_low": 100 * limits.outer_low,
        "low": 100 * limits.low,
        "high": 100 * limits.high,
        "outer_high": 100 * limits.outer_high,
    }


def _states(words: JudgedWords, look: Look) -> dict[str, Any]:
    """Return shape, colour and tooltip of a share against chance."""
    signs = {
        Verdict.USUAL: ("circle", look.main),
        Verdict.FEW: ("cross", look.text),
        Verdict.HIGH: (_UP, look.good),
        Verdict.VERY_HIGH: (_UP_TWICE, look.good),
        Verdict.LOW: (_DOWN, look.warn),
        Verdict.VERY_LOW: (_DOWN_TWICE, look.bad),
    }
    domain = [words.verdicts[verdict] for verdict in signs]
    legend = alt.Legend(orient="bottom", columns=2, labelLimit=260, symbolOpacity=1)
    return {
        "color": alt.Color(
            "state:N",
            sort=domain,
            title=None,
            scale=alt.Scale(domain=domain, range=[ink for _shape, ink in signs.values()]),
            legend=legend,
        ),
        "shape": alt.Shape(
            "state:N",
            sort=domain,
            title=None,
            scale=alt.Scale(domain=domain, range=[shape for shape, _ink in signs.values()]),
            legend=legend,
        ),
        "tooltip": [
            alt.Tooltip("group:N", title=words.group),
            alt.Tooltip("share:Q", title=f"{words.share} (%)", format=",.1f"),
            alt.Tooltip("n:Q", title="n", format=",d"),
            alt.Tooltip("state:N", title=words.state),
        ],
    }


def _named(dots: alt.Chart, look: Look, dy: int) -> alt.Chart:
    named: alt.Chart = (
        dots.transform_filter("datum.named != ''")
        .mark_text(dy=dy, fontSize=12)
        .encode(text="named:N", color=alt.value(look.text))
    )
    return named


def with_signs(look: Look, decimal: str, thousands: str) -> Look:
    """Return a look with the signs of another language's numbers."""
    return replace(look, decimal=decimal, thousands=thousands)
