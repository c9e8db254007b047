"""Pimpinan, reach: which kelurahan lie outside the response standard, now and if a post is added.

The post stands in the address only (`?pos=`): a click, a drag, written coordinates and the proposal all put
it there, and the page is drawn from it.
"""

from collections.abc import Callable, Mapping
from typing import Literal

import streamlit as st

from domain.coverage import CoverageStandard
from domain.errors import BadInput, Need, SigapError
from domain.words import N_
from geo.errors import GeoError
from geo.points import LonLat, parse_coordinates
from services import posts
from services.posts import PLACE_DIGITS, Crew, Past, Question, Site
from ui import parts, review_coverage_map
from ui.i18n import _, format_number, timezone
from ui.review_coverage_map import Colours
from ui.review_coverage_words import basis, definition, rows, sentence, vehicle
from ui.review_filter import Selection
from ui.state import (
    CLICK,
    REACH_CLICK,
    REACH_COLOURS,
    REACH_MAP,
    REACH_MOVED,
    REACH_POST,
    REACH_POST_SHOWN,
    REACH_POST_TEXT,
    REACH_PROPOSED,
    REACH_REFUSED,
    REACH_SHIFT,
    REACH_SINCE,
    REACH_STANDARD,
    REACH_VEHICLE,
    field,
)
from ui.words import coordinate_example, plain

REPORT, ORDER = "laporan", "perintah"
DAY, NIGHT = "siang", "malam"


def show(chosen: Selection) -> None:
    """Draw this part of Pimpinan for a selection."""
    _board(posts.past(parts.here(), chosen.measured(timezone())))


@st.fragment
def _board(past: Past) -> None:
    """Draw all of it; a drag runs only this, with what the cases tell as it was read for the page."""
    _take_click()
    _write_address()
    site = _site()
    told = st.container()
    question, crew = _switches(past, site)
    post = (site, crew) if site is not None and crew is not None else None
    found = posts.reached(parts.here(), parts.now(), past, question, post)
    shown = site if post is not None else None
    with told:
        st.markdown(f"#### {plain(sentence(past, question, found, shown))}", help=plain(definition(question)))
        st.caption(plain(basis(past, question, found, crew if post is not None else None)))
        _say_proposed(past, question, crew, shown)
    refused = st.session_state.get(REACH_REFUSED)
    if refused is not None:
        parts.say_refusal(refused, told)
    where, table = st.columns([11, 10])
    with where, st.container(border=True):
        switch, words = st.columns([5, 6], vertical_alignment="center")
        with switch:
            colours = _colours(shown)
        words.caption(review_coverage_map.legend(colours, is_estimate=found.reach.is_estimate))
        review_coverage_map.show(
            found.reach.zones, colours, found.stations, shown, st.session_state.get(REACH_CLICK)
        )
        st.caption(
            _("Geser pos baru, atau klik peta untuk memindahkannya.")
            if shown
            else _("Klik peta untuk menaruh pos baru.")
        )
    with table, st.container(border=True):
        st.html(rows(found.reach.zones, past, with_post=shown is not None))


# --- the switches ---------------------------------------------------------------------------------


def _switches(past: Past, site: Site | None) -> tuple[Question, Crew | None]:
    """Draw the switches in one row; return the question, and what a new post would send."""
    here = parts.here()
    standards = {one.capability: one for one in here.pack.city.coverage}
    what, since, shift, kind, place, propose, remove = st.columns(
        [5, 5, 4, 4, 6, 5, 3], vertical_alignment="bottom"
    )
    with what:
        standard = standards[
            _switch(_("Standar"), {code: one.label for code, one in standards.items()}, REACH_STANDARD)
        ]
    with since:
        start = _switch(_("Dihitung sejak"), {REPORT: N_("Laporan"), ORDER: N_("Perintah")}, REACH_SINCE)
    with shift:
        time = _switch(_("Waktu siap"), {DAY: N_("Siang"), NIGHT: N_("Malam")}, REACH_SHIFT)
    question = Question(standard, start == REPORT, time == DAY)
    with kind:
        crew = _crew(standard)
    with place:
        _coordinates(site)
    propose.button(
        _("Usulkan tempat"),
        key="reach_propose",
        icon=":material/add_location_alt:",
        type="primary",
        on_click=_propose,
        args=(past, question, crew),
        disabled=crew is None,
        width="stretch",
    )
    remove.button(
        _("Hapus pos"),
        key="reach_remove",
        on_click=_stand,
        args=(None,),
        disabled=REACH_POST not in st.query_params,
        width="stretch",
    )
    if crew is None:
        st.warning(
            _(
                "Belum ada unit darat terdaftar dengan kemampuan “{label}”, sehingga pos baru tidak dapat "
                "dihitung. Daftarkan unit di Registri."
            ).format(label=plain(_(standard.label)))
        )
    return question, crew


def _switch(
    label: str,
    options: Mapping[str, str],
    key: str,
    label_visibility: Literal["visible", "collapsed"] = "visible",
) -> str:
    chosen: str = st.segmented_control(
        label,
        list(options),
        format_func=lambda code: _(options[code]),
        default=next(iter(options)),
        required=True,
        key=key,
        bind="query-params",
        label_visibility=label_visibility,
    )
    return chosen


def _crew(standard: CoverageStandard) -> Crew | None:
    crews = {crew.kind: crew for crew in posts.crews(parts.here(), standard)}
    if not crews:
        return None
    kind = st.selectbox(
        _("Kendaraan pos baru"),
        list(crews),
        format_func=lambda kind: vehicle(crews[kind]),
        key=field(REACH_VEHICLE, standard.capability),
    )
    return crews[kind]


def _coordinates(site: Site | None) -> None:
    """Draw the input of the post's coordinates; it says where the post stands, however it came there."""
    state, stands = st.session_state, _address(site.place) if site is not None else ""
    if state.get(REACH_POST_SHOWN) != stands or REACH_POST_TEXT not in state:
        state[REACH_POST_SHOWN] = stands
        state[REACH_POST_TEXT] = f"{site.place.lat:.5f}, {site.place.lon:.5f}" if site is not None else ""
    st.text_input(
        _("Koordinat pos baru"), key=REACH_POST_TEXT, on_change=_written, placeholder=coordinate_example()
    )


def _colours(site: Site | None) -> Colours:
    """Draw the switch of the map's colours; without a post there is only one thing to show."""
    if site is None:
        st.markdown(_("**Terjangkau sekarang**"))
        return Colours.NOW
    labels = {Colours.AFTER: N_("Dengan pos"), Colours.GAIN: N_("Kenaikan"), Colours.NOW: N_("Sekarang")}
    named = {one.value: label for one, label in labels.items()}
    return Colours(_switch(_("Warna peta"), named, REACH_COLOURS, label_visibility="collapsed"))


# --- where the post stands ------------------------------------------------------------------------


def _site() -> Site | None:
    """Return where the address puts the post; a line says so when that cannot be."""
    asked = st.query_params.get(REACH_POST)
    if not asked:
        return None
    try:
        return posts.site(parts.here(), _asked(asked))
    except (SigapError, GeoError) as error:
        parts.say_refusal(error)
        return None


def _asked(text: str) -> LonLat:
    """Return the place of an address. Raises BadInput or BadCoordinate."""
    try:
        lon, lat = (float(part) for part in text.split(","))
    except ValueError as error:
        raise BadInput(
            REACH_POST,
            N_("Pos pada alamat"),
            Need(
                N_("“{text}” tidak dapat dibaca. Tulis bujur,lintang dalam derajat, misalnya {example}."),
                text=text,
                example=_address(parts.here().pack.city.map_center),
            ),
        ) from error
    return LonLat(lon, lat)


def _address(place: LonLat) -> str:
    return f"{place.lon:.{PLACE_DIGITS}f},{place.lat:.{PLACE_DIGITS}f}"


def _put(find: Callable[[], Site]) -> None:
    """Put the post at the place that `find` gives; a refused one leaves it where it is and says why."""
    try:
        site = find()
    except (SigapError, GeoError) as error:
        st.session_state[REACH_REFUSED] = error
        return
    _stand(site)


def _stand(site: Site | None) -> None:
    """Let the post stand there from now on, or nowhere; the input of coordinates follows."""
    state = st.session_state
    state.pop(REACH_REFUSED, None)
    state.pop(REACH_POST_SHOWN, None)
    state[REACH_MOVED] = "" if site is None else _address(site.place)


def _write_address() -> None:
    """Write into the address where the post was put; what a fragment's callback writes no browser gets."""
    moved = st.session_state.pop(REACH_MOVED, None)
    if moved:
        st.query_params[REACH_POST] = moved
    elif moved is not None:
        st.query_params.pop(REACH_POST, None)


def _take_click() -> None:
    """Put the post at a new click or drag; before anything is drawn, so that it is drawn once."""
    state = st.session_state
    click = (state.get(REACH_MAP) or {}).get("last_clicked")
    at = state.pop(CLICK, (click["lng"], click["lat"]) if click else None)
    if at is None or at == state.get(REACH_CLICK):
        return
    state[REACH_CLICK] = at
    _put(lambda: posts.site(parts.here(), LonLat(*at)))


def _written() -> None:
    text, here = st.session_state[REACH_POST_TEXT], parts.here()
    if text.strip():
        _put(lambda: posts.site(here, parse_coordinates(text, here.pack.area)))
    else:
        _stand(None)


def _propose(past: Past, question: Question, crew: Crew) -> None:
    """Put the post where it helps most, and remember for the words what it was an answer to."""
    found = posts.proposal(parts.here(), past, question, crew)
    answer = (found.site, found.tried) if found is not None else None
    st.session_state[REACH_PROPOSED] = ((past, question, crew), answer)
    if answer is not None:
        _stand(answer[0])


def _say_proposed(past: Past, question: Question, crew: Crew | None, site: Site | None) -> None:
    """Say that the post stands where it helps most, or that it would help nowhere; only while that holds."""
    asked, answer = st.session_state.get(REACH_PROPOSED, (None, None))
    if asked != (past, question, crew):
        return
    if answer is None:
        st.info(_("Tidak ada tempat yang menambah bagian kota yang terjangkau dengan kendaraan ini."))
    elif answer[0] == site:
        words = _("Usulan: dari {tried} tempat yang diuji, pos di sini menambah paling banyak.").format(
            tried=format_number(answer[1])
        )
        if not posts.knows_roads(parts.here()):
            words += " " + _("Tanpa data jalan, tempatnya dapat jauh dari jalan: periksa di lapangan.")
        st.info(words)
