"""Pemantauan: the dispatcher's first screen; every open case, every clock, every unit (SOP step 6)."""

import streamlit as st

from domain.permissions import Action, may
from services import monitoring
from services.monitoring import Board
from ui import (
    clocks,
    goto,
    live,
    live_units,
    maps,
    parts,
    session,
    wall,
    watch_alarms,
    watch_feed,
    watch_map,
    watch_reading,
    watch_track,
    watch_units,
)
from ui.i18n import _

MAP_HEIGHT = 520
FEED_LENGTH = 15


def draw_map(board: Board, *, on_wall: bool = False) -> None:
    """Show where it happens; the map keeps its place while incidents and units move on it."""
    center, zoom = watch_map.view(board.rows)
    city_map = live_units.add_to(maps.city_map(bounds=watch_map.whole_city()), parts.here())
    maps.show(
        wall.large(city_map) if on_wall else city_map,
        key="wall_map" if on_wall else "watch_map",
        height=wall.MAP_HEIGHT if on_wall else MAP_HEIGHT,
        center=center,
        zoom=zoom,
        groups=[
            watch_map.incidents(board.rows),
            watch_map.units_at_work(board),
            live_units.key_group(parts.here(), parts.now()),
        ],
    )
    missing = watch_map.unplaced(board.rows)
    if missing:
        st.caption(_("Belum berkoordinat, tidak tampak di peta: {cases}").format(cases=", ".join(missing)))


def draw_cases(board: Board) -> None:
    """Show the open cases, worst first; a click opens one."""
    if not board.rows:
        with st.container(border=True, key="watch_empty"):
            title = _("Tidak ada kasus terbuka")
            st.markdown(f"**{title}**")
            st.write(_("Panggilan baru dicatat di Penerimaan dan langsung tampil di sini."))
            if may(session.require_actor().role, Action.OPEN_INTAKE) and st.button(
                _("Buka Penerimaan"), key="watch_to_intake"
            ):
                goto.screen("penerimaan")
        return
    with st.container(key="watch_board"):
        opened = clocks.board(board.rows, parts.now(), key="watch_cases")
    if opened:
        goto.case(opened)


def draw_wall(board: Board) -> None:
    """Show the board to a whole room."""
    wall.style()
    left, right = st.columns([58, 42])
    with left:
        draw_map(board, on_wall=True)
    with right:
        wall.board(board)


def draw_desk(board: Board) -> None:
    """Show everything that a dispatcher watches and works with."""
    center, at = parts.here(), parts.now()
    left, right = st.columns([54, 46])
    with left, st.container(key="watch_left"):
        draw_map(board)
        with st.container(horizontal=True, vertical_alignment="center", key="watch_units_head"):
            title = _("Unit menurut instansi")
            st.markdown(f"**{title}**")
            watch_units.readiness(board.units, session.require_actor())
            wall.enter_button()
        with st.container(key="watch_units"):
            watch_units.table(board.units)
            watch_track.arrivals()
    with right, st.container(key="watch_right"):
        watch_feed.figures(board, at)
        watch_alarms.panel()
        watch_alarms.late_words(board, at)
        watch_feed.decisions(watch_feed.waiting(board))
        watch_track.confirmations()
        draw_cases(board)
        watch_alarms.fire_standard(board, at)
        with parts.panel("watch_feed", _("Peristiwa terakhir")):
            watch_feed.feed(monitoring.feed(center, FEED_LENGTH), board)


def draw() -> None:
    """Draw the screen from one reading of the board."""
    parts.notice()
    session.require_actor()
    found = watch_reading.shared.of(parts.here(), parts.now())
    (draw_wall if wall.is_on() else draw_desk)(found.board)
    live.redraw_when_changed(found.board.version, found.until)


draw()
