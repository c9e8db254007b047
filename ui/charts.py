"""Charts on screens: the theme's colours, the reader's words and numbers, and files of every picture."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache, partial
from typing import Literal

import altair as alt
import streamlit as st
from babel.dates import format_date as babel_date
from babel.dates import get_day_names
from babel.numbers import get_decimal_symbol, get_group_symbol

from analytics import charts
from analytics.chart_data import Unit, to_csv
from analytics.charts import PRINT, Look, Mark
from services.analysis import INTERVAL_WORDS, Spread
from ui import parts
from ui.i18n import (
    _,
    format_date,
    format_datetime,
    format_number,
    language,
    timezone,
)
from ui.review_filter import Selection, area_label
from ui.words import agency_name, plain, type_label

FILES: tuple[tuple[Literal["png", "svg", "csv"], str], ...] = (
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("csv", "text/csv"),
)
"""Extension and media type of what a chart can be taken as."""
_SECONDS_BELOW_S = 120
# Each part would be checked when it is made, too.
alt.utils.schemapi.disable_debug_mode()

# Names that Streamlit's theme resolves in the browser: they follow it without a run.
_SCREEN = Look(
    main="blue",
    second="orange",
    third="violet",
    text="gray",
    good="green",
    warn="yellow",
    bad="red",
)


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart or a table: what it is called, what it says, how it is drawn in a look, its figures.

    `name`: part of the names of its files. `n`: from how many, in words. `definition`: what exactly is shown.
    `told`: the chart in words, for those who do not see it. `rows`: the lines of its CSV. `wide`: it has a
    width of its own.
    """

    name: str
    title: str
    n: str
    definition: str
    told: str
    build: partial[alt.LayerChart]
    rows: Sequence[Mapping[str, object]]
    wide: bool = False


def screen_look() -> Look:
    """Return the look of charts on this screen."""
    return _signed(_SCREEN)


def print_look() -> Look:
    """Return the look of pictures: light, with the numbers of the reader's language."""
    return _signed(PRINT)


def _signed(look: Look) -> Look:
    code = language()
    return charts.with_signs(look, get_decimal_symbol(code), get_group_symbol(code))


def draw(picture: Picture, chosen: Selection) -> None:
    """Draw a chart with its title, its definition on hover, and its files."""
    head(picture, chosen)
    show(picture)


def show(picture: Picture) -> None:
    """Draw a chart alone."""
    look, build = screen_look(), picture.build
    asked = _Asked(repr((build.func.__qualname__, build.args, build.keywords, look)), build, look)
    st.vega_lite_chart(json.loads(_spec(asked)), alt=f"{picture.title}: {picture.told}")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A picture that is asked for: the same figures in the same look are the same picture."""

    figures: str
    build: partial[alt.LayerChart] = field(compare=False)
    look: Look = field(compare=False)


@lru_cache(maxsize=128)
def _spec(asked: _Asked) -> str:
    """Return a picture's Vega-Lite as JSON; kept, because making it takes longer than reading its figures."""
    # Checked against Vega-Lite's schema by the tests, not in every run: that takes longer than the drawing.
    return json.dumps(asked.build(asked.look).to_dict(validate=False))


def head(picture: Picture, chosen: Selection) -> None:
    """Draw the title of a picture with its definition, n and period on hover, and its files beside it."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(
            f"**{plain(picture.title)}** · {picture.n}",
            help=plain(f"{picture.definition} {period(chosen)}; {picture.n}."),
            width="content",
        )
        downloads(picture, chosen)


def downloads(picture: Picture, chosen: Selection) -> None:
    """Offer a picture as PNG, SVG and CSV; each is made only when its button is pressed."""
    makers = file_makers(picture, chosen)
    with st.popover(_("Unduh"), icon=":material/download:", key=f"files_{picture.name}"):
        for extension, media_type in FILES:
            st.download_button(
                extension.upper(),
                data=makers[extension],
                file_name=f"sigap-{picture.name}-{chosen.first:%Y%m%d}-{chosen.last:%Y%m%d}.{extension}",
                mime=media_type,
                on_click="ignore",
                width="stretch",
                key=f"file_{picture.name}_{extension}",
            )


def file_makers(picture: Picture, chosen: Selection) -> dict[str, Callable[[], bytes]]:
    """Return what makes each file, by its extension.

    They run on a thread of their own, which knows no reader: every word is chosen here.
    """
    lines = (f"{period(chosen)} · {picture.n}", picture.definition, source())
    width = None if picture.wide else charts.PRINT_WIDTH
    make = partial(_titled, picture.build, print_look(), picture.title, lines, width)
    dated = [
        {**row, "first_day": chosen.first.isoformat(), "last_day": chosen.last.isoformat()}
        for row in picture.rows
    ]
    return {
        "png": lambda: charts.to_png(make()),
        "svg": lambda: charts.to_svg(make()).encode("utf-8"),
        "csv": partial(to_csv, dated),
    }


def _titled(
    build: Callable[[Look], alt.LayerChart], look: Look, title: str, lines: Sequence[str], width: int | None
) -> alt.LayerChart:
    return charts.titled(build(look), title, lines, width=width)


def period(chosen: Selection) -> str:
    """Return days and filters in words: “30 hari, 1 Nov 2026 sampai 30 Nov 2026, hanya Darat”."""
    scope = [_(domain.label) for domain in chosen.domains]
    scope += [type_label(code) for code in chosen.type_codes]
    scope += [area_label(code) for code in chosen.areas]
    scope += [agency_name(code) for code in chosen.agencies]
    if chosen.cell:
        scope.append(_("satu sel peta"))
    return _("{days} hari, {first} sampai {last}{scope}").format(
        days=chosen.days,
        first=day(chosen.first),
        last=day(chosen.last),
        scope=_(", hanya {scope}").format(scope=", ".join(scope)) if scope else "",
    )


def source() -> str:
    """Return where the figures come from, and that they are an example where they are one."""
    here = parts.here()
    told = _("Sumber: kasus tercatat di Sigap, {city}; diambil {time}.").format(
        city=here.pack.city.name, time=format_datetime(parts.now())
    )
    return " · ".join((_("DATA CONTOH — bukan kejadian nyata"), told)) if here.is_demo else told


def day(of: date) -> str:
    """Return a day of the city's calendar: “30 Nov 2026”."""
    return format_date(datetime.combine(of, time(12), tzinfo=timezone()))


def month(of: date) -> str:
    """Return a month in short: “Nov 26”."""
    return babel_date(of, "MMM yy", locale=language())


def weekday(number: int, *, short: bool = False) -> str:
    """Return the name of a day of the week, 1 Monday to 7 Sunday."""
    return str(get_day_names("abbreviated" if short else "wide", locale=language())[number - 1])


def unit_of(spread: Spread) -> Unit:
    """Return what times of an interval are drawn in: seconds where they are short, else minutes."""
    typical = spread.standard_s if spread.standard_s is not None else spread.p90_s
    if typical is not None and typical < _SECONDS_BELOW_S:
        return Unit(1, _("dtk"))
    return Unit(60, _("mnt"))


def amount(value_s: float | None, unit: Unit) -> str:
    """Return a time with its unit: “12,4 mnt”, “8,0 dtk”; a dash where nothing was measured."""
    return "–" if value_s is None else f"{format_number(value_s / unit.size_s, 1)} {unit.sign}"


def standard(value_s: int | None, unit: Unit) -> str:
    """Return a standard with its unit, a decimal only where it has one; that there is none in words."""
    if value_s is None:
        return _("tanpa standar")
    return f"{format_number(value_s / unit.size_s, 0 if value_s % unit.size_s == 0 else 1)} {unit.sign}"


def n_words(n: int) -> str:
    """Return from how many: “n = 31”."""
    return _("n = {n}").format(n=format_number(n))


def interval_title(name: str, what: str) -> str:
    """Return the title of a picture of one interval."""
    return f"{_(INTERVAL_WORDS[name])}: {what}"


def axis_title(name: str, unit: Unit) -> str:
    """Return what an axis of an interval's times is called."""
    return f"{_(INTERVAL_WORDS[name])} ({unit.sign})"


def standard_mark(spread: Spread, unit: Unit) -> tuple[Mark, ...]:
    """Return the standard as a line to draw; nothing where there is none."""
    if spread.standard_s is None:
        return ()
    told = _("standar {standard}").format(standard=standard(spread.standard_s, unit))
    return (Mark(spread.standard_s, told, dashed=True),)
