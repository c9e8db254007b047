"""Playing one operation back on the map in accelerated time: calls, clocks, tracks, decisions.

The browser gets the whole course once and plays it without the server (static/components/replay.js, with
static/playback.js on the map).
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import folium
import streamlit as st

from domain.errors import NotFound
from domain.playback import Kind, Moment, Piece, Scene, StepLine, UnitLine, Way
from domain.words import CallClass, CaseStatus, Domain, Mode, StepState, UnitStatus, Urgency
from services import monitoring, playback
from services.playback import Timeline
from services.review import CaseLine, case_lines
from ui import maps, parts
from ui.i18n import (
    SOURCE,
    _,
    format_date,
    format_datetime,
    format_duration,
    format_number,
    format_time,
    language,
    timezone,
)
from ui.review_filter import Selection
from ui.review_list import NEWEST
from ui.state import REPLAY_CASE, REPLAY_QUERY
from ui.words import plain, step_name, type_label

Since = Callable[[datetime], int]
"""Milliseconds from the begin to a time."""
HEIGHT = 610
_FOLDER = Path(__file__).parent / "static" / "components"
_SIGNS = {
    Kind.CALL: "●",
    Kind.NOTICE: "◇",
    Kind.DECISION: "■",
    Kind.UNIT: "▲",
    Kind.REPORT: "○",
    Kind.ALARM: "!",
    Kind.OVERRUN: "×",
    Kind.RECORD: "□",
}
_HTML = """
<section class="replay">
  <div class="bar">
    <button type="button" class="prev">◀◀</button>
    <button type="button" class="play"></button>
    <button type="button" class="next">▶▶</button>
    <div class="speeds" role="group"></div>
    <label class="skip"><input type="checkbox"><span></span></label>
  </div>
  <div class="time">
    <span class="clock"></span><span class="zone"></span><span class="date"></span>
    <span class="jumped" role="status"></span><span class="passed"></span><span class="total"></span>
  </div>
  <div class="line">
    <div class="ticks" aria-hidden="true"></div><input class="slider" type="range" min="0" step="1">
  </div>
  <div class="steps"></div>
  <ul class="units"></ul>
  <ol class="moments"></ol>
  <div class="keys"></div>
</section>
"""


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


_replay = st.components.v2.component(
    "sigap_replay", html=_HTML, css=_text("replay.css"), js=_text("clock.js") + _text("replay.js")
)


def show(chosen: Selection) -> None:
    """Draw the choice of a case and its playback."""
    lines = case_lines(parts.here(), chosen.wanted(timezone()), NEWEST)
    case_id = _choose(lines)
    if case_id is None:
        return
    course = _course(parts.here().started_at, monitoring.version(parts.here()), case_id, parts.now())
    _head(course)
    left, right = st.columns([11, 10])
    with left:
        _answer = maps.show(_map(), key="replay_map", height=HEIGHT)
    with right:
        _replay(key="replay", data=message(course), height=HEIGHT)
    st.caption(" ".join(_notes(course)))


def _choose(lines: Sequence[CaseLine]) -> str | None:
    """Draw the list of cases; return the id of the chosen one, which the address may name by any number."""
    titles = {line.case_id: _title(line) for line in lines}
    asked = str(st.query_params.get(REPLAY_QUERY, "")).strip()
    found = _found(asked, titles) if asked else _first(lines)
    if asked and found is None:
        st.warning(
            _("Kasus “{number}” tidak ditemukan. Tulis nomor panggilan atau nomor register lengkap.").format(
                number=plain(asked)
            )
        )
    if found is not None and found not in titles:
        titles[found] = _("{number} · di luar pilihan").format(
            number=monitoring.get(parts.here(), found).call_no
        )
    st.session_state[REPLAY_CASE] = found
    st.selectbox(
        _("Kasus yang diputar ulang"),
        list(titles),
        index=None,
        format_func=lambda case_id: titles.get(case_id, case_id),
        key=REPLAY_CASE,
        on_change=_picked,
        placeholder=_("Pilih kasus, atau tulis nomornya"),
        label_visibility="collapsed",
        accept_new_options=True,
    )
    if found is None and not asked:
        st.info(_("Tidak ada kasus dalam pilihan ini. Perpanjang rentang tanggal, atau tulis nomor kasus."))
    return found


def _picked() -> None:
    picked = st.session_state[REPLAY_CASE]
    if picked:
        st.query_params[REPLAY_QUERY] = picked
    else:
        st.query_params.pop(REPLAY_QUERY, None)


def _found(asked: str, known: dict[str, str]) -> str | None:
    if asked in known:
        return asked
    by_number = monitoring.find(parts.here(), asked)
    if by_number is not None:
        return by_number
    try:
        return monitoring.get(parts.here(), asked).case_id
    except NotFound:
        return None


def _first(lines: Sequence[CaseLine]) -> str | None:
    """Return the newest request for help; where there is none the newest call."""
    rescues = (line.case_id for line in lines if line.call_class == CallClass.NORMAL.value)
    return next(rescues, lines[0].case_id if lines else None)


def _title(line: CaseLine) -> str:
    parts_of = [
        line.register_no or line.call_no,
        type_label(line.type_code),
        line.kelurahan or line.water_area or "",
        f"{format_date(line.received_at)} {format_time(line.received_at)}",
        _(CaseStatus(line.status).label),
    ]
    if line.register_no:
        parts_of.append(line.call_no)
    return " · ".join(part for part in parts_of if part)


@st.cache_data(max_entries=20, show_spinner=False)
def _course(started_at: datetime, version: int, case_id: str, _now: datetime) -> Timeline:
    """Return the course of a case; made again once something was stored, so that a view stands still."""
    return playback.timeline(parts.here(), _now, case_id)


def _head(course: Timeline) -> None:
    words = [
        course.call_no,
        type_label(course.type_code),
        course.area or _("lokasi belum diketahui"),
        _(course.status.label),
        _("{begin} sampai {end}").format(
            begin=format_datetime(course.begin), end=format_datetime(course.end)
        ),
    ]
    if course.is_open:
        words.append(_("masih berjalan"))
    st.markdown(f"**{plain(words[0])}** · " + plain(" · ".join(words[1:])))


def _map() -> folium.Map:
    """Return the map, the same for every case: what moves is drawn by the browser."""
    city_map = maps.with_files(maps.city_map(), "playback.js")
    shapes = {mode.value: maps.unit_shape(mode) for mode in Mode}
    statuses = {}
    for status in UnitStatus:
        ink, filling, dash = maps.unit_look(status)
        statuses[status.value] = {"ink": ink, "filling": filling, "dash": dash}
    city_map.add_child(maps.ScriptCall("sigapPlayback.start", {"shapes": shapes, "statuses": statuses}))
    return city_map


def _notes(course: Timeline) -> list[str]:
    """Return what the playback is made from, and what it cannot show."""
    words = [
        _("Waktu kejadian, bukan waktu pencatatan; catatan yang menyusul ditandai."),
        _("Tanpa nama, nomor, dan kronologi; alasan disamarkan."),
    ]
    if course.tracks is not None:
        days = format_number(parts.here().pack.city.position_days)
        words.append(_(course.tracks.label).format(days=days))
    if any(unit.steps for unit in course.units):
        words.append(
            _(
                "Unit tanpa posisi berada di posnya sampai berangkat dan di lokasi sejak tiba; "
                "di antaranya tidak digambar."
            )
        )
    if not any(scene.place for scene in course.scenes):
        words.append(_("Kasus ini tanpa koordinat, sehingga tidak tergambar."))
    return words


# --- the message to the browser -------------------------------------------------------------------------


def message(course: Timeline) -> dict[str, Any]:
    """Return all that the browser needs, in its reader's language; times in milliseconds from the begin."""

    def ms(at: datetime) -> int:
        return round((at - course.begin).total_seconds() * 1000)

    sop = parts.here().pack.sop
    begin = round(course.begin.timestamp() * 1000)
    left_out = _("{n} kejadian rutin tidak ditampilkan.").format(n=format_number(course.left_out))
    return {
        "id": course.case_id,
        "title": course.call_no,
        "begin": begin,
        "end": begin + ms(course.end),
        "zone": str(timezone()),
        "soon": sop.soon_share,
        "steps": [_step(line, ms) for line in course.steps],
        "moments": [_moment(moment, ms) for moment in course.moments],
        "left_out": left_out if course.left_out else "",
        "scenes": [_scene(scene, ms) for scene in course.scenes],
        "units": [_unit(unit, course.begin, ms) for unit in course.units],
        "pauses": [[ms(since), ms(until)] for since, until in course.pauses],
        "words": _words(),
    }


def _step(line: StepLine, ms: Since) -> dict[str, Any]:
    standard = _("standar {time}").format(time=format_duration(line.target_s))
    return {
        "no": line.no,
        "name": step_name(line.no),
        "title": f"{line.no}. {step_name(line.no)} · {standard}",
        "target": line.target_s,
        "pieces": [_piece(piece, ms) for piece in line.pieces],
    }


def _piece(piece: Piece, ms: Since) -> list[Any]:
    counts_from = None if piece.counts_from is None else ms(piece.counts_from)
    urgency = piece.urgency.value if piece.urgency else ""
    return [ms(piece.at), piece.state.value, counts_from, piece.took_s, urgency]


def _moment(moment: Moment, ms: Since) -> list[Any]:
    late = ""
    if moment.entered_at is not None:
        late = _("entri susulan, dicatat {time}").format(time=format_datetime(moment.entered_at))
    who = _(moment.role.label) if moment.role else ""
    details = [need.sentence(_, format_datetime) for need in moment.details]
    return [ms(moment.at), moment.kind.value, moment.title.sentence(_, format_datetime), who, details, late]


def _scene(scene: Scene, ms: Since) -> list[Any]:
    domain = scene.domain.value if scene.domain else ""
    if scene.place is None:
        return [ms(scene.at), None, None, domain]
    return [ms(scene.at), round(scene.place.lon, 5), round(scene.place.lat, 5), domain]


def _unit(unit: UnitLine, begin: datetime, ms: Since) -> dict[str, Any]:
    station = unit.station
    return {
        "code": unit.unit_code,
        "mode": unit.mode.value,
        "station": [round(station.lat, 5), round(station.lon, 5)] if station else None,
        "steps": [[ms(step.at), step.status.value if step.status else ""] for step in unit.steps],
        "spots": [[ms(spot.at), spot.where.value] for spot in unit.spots],
        "ways": [packed(way, begin) for way in unit.ways],
    }


def packed(way: Way, begin: datetime) -> list[int]:
    """Return seconds since `begin`, longitude and latitude × 100 000 of each position, as differences."""
    flat: list[int] = []
    before = (0, 0, 0)
    for fix in way:
        seconds = round((fix.reported_at - begin).total_seconds())
        now = seconds, round(fix.position.lon * 100_000), round(fix.position.lat * 100_000)
        flat += [a - b for a, b in zip(now, before, strict=True)]
        before = now
    return flat


def _words() -> dict[str, Any]:
    return {
        "locale": "id-ID" if language() == SOURCE else "en-GB",
        "zone": parts.here().pack.city.timezone_label,
        "play": _("Putar"),
        "pause": _("Jeda"),
        "prev": _("Kejadian sebelumnya (panah kiri)"),
        "next": _("Kejadian berikutnya (panah kanan)"),
        "speed": _("Kecepatan"),
        "slider": _("Waktu"),
        "skip": _("Lompati jeda"),
        "jumped": _("melompati {time}"),
        "keys": _("Spasi: putar atau jeda. Panah kiri dan kanan: kejadian sebelum dan sesudahnya."),
        "station": _("posisi pos"),
        "last": _("terakhir {time}"),
        "no_track": _("tanpa jejak"),
        "urgency": {urgency.value: _(urgency.label) for urgency in Urgency},
        "states": {state.value: _(state.label) for state in StepState},
        "statuses": {status.value: _(status.label) for status in UnitStatus},
        "modes": {mode.value: _(mode.label) for mode in Mode},
        "domains": {domain.value: _(domain.label) for domain in Domain},
        "kinds": {kind.value: _(kind.label) for kind in Kind},
        "signs": {kind.value: sign for kind, sign in _SIGNS.items()},
    }
