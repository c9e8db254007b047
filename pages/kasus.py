"""Kasus: one case whole: nine clocks, the next step and what it needs, details, and the trail."""

import streamlit as st

from domain.errors import SigapError
from services import monitoring
from ui import clocks, parts
from ui.case_finder import finder, open_list
from ui.case_head import exits_menu, heading
from ui.case_notices import notices_panel
from ui.case_sheet import CaseSheet, open_sheet, tell_draft, tell_overtaken, watch
from ui.case_steps import next_steps
from ui.case_tabs import tabs
from ui.i18n import sentence
from ui.session import require_actor
from ui.words import plain


def draw(sheet: CaseSheet) -> None:
    clocks.strip(sheet.case, sheet.view.clocks, sheet.now, key=f"strip-{sheet.case.case_id}")
    watch(sheet.case.case_id, sheet.case.version)
    tell_overtaken(sheet)
    tell_draft(sheet)
    steps, details = st.columns([4, 7])
    with steps:
        notices_panel(sheet)
        next_steps(sheet)
    with details:
        tabs(sheet)


parts.notice()
on_duty = require_actor()
board = monitoring.board(parts.here(), parts.now())
case_id = parts.chosen_case()
opened = None
if case_id:
    try:
        opened = open_sheet(case_id, on_duty)
    except SigapError as error:
        st.warning(plain(sentence(error)))
if opened is None:
    finder(board.rows)
    open_list(board.rows)
else:
    head, search, menu = st.columns([12, 9, 3], vertical_alignment="center")
    with head:
        heading(opened)
    with search:
        finder(board.rows)
    with menu:
        exits_menu(opened)
    draw(opened)
