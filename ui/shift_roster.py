"""Piket, roster: the week as one table of days, shifts and roles; a supervisor plans a watch beside it."""

from collections.abc import Callable
from datetime import date, timedelta
from html import escape
from pathlib import Path

import streamlit as st

from domain import duty as rules
from domain.case import Actor
from domain.errors import Need
from domain.permissions import Action, may
from domain.words import Role
from services import duty
from services.duty import Desk, Week
from ui import parts, shift_words, state
from ui.duty import who_may
from ui.i18n import _, format_datetime, plural
from ui.state import DUTY_EDIT, DUTY_WEEK, NOTICE
from ui.words import plain

SCOPE = "roster"
CSS = Path(__file__).parent / "static" / "roster.css"
_WEEK = timedelta(days=7)


def draw(actor: Actor) -> None:
    """Draw the week and, for who may, the form that changes it."""
    center, now = parts.here(), parts.now()
    today = duty.today(center, now)
    first = _choose_week(today)
    week = duty.week(center, now, first)
    left, right = st.columns([13, 5])
    with left:
        if week.is_empty:
            st.caption("○ " + _("Pekan ini belum ada jadwal."))
        st.html(_table(week, today))
        for need in week.warnings:
            st.caption("▲ " + plain(need.sentence(_, format_datetime)))
    with right:
        if may(actor.role, Action.EDIT_ROSTER):
            _form(actor, week, today)
        else:
            st.caption(who_may(Action.EDIT_ROSTER))


def _choose_week(today: date) -> date:
    """Draw the buttons that turn the weeks; return the Monday to show."""
    shown: date = st.session_state.get(DUTY_WEEK) or rules.monday(today)
    with st.container(horizontal=True, vertical_alignment="center", key="duty_weeks"):
        for name, label, wanted in (
            ("before", _("‹ Pekan sebelumnya"), shown - _WEEK),
            ("this", _("Pekan ini"), rules.monday(today)),
            ("after", _("Pekan berikutnya ›"), shown + _WEEK),
        ):
            if st.button(label, key=state.field(SCOPE, name)):
                st.session_state[DUTY_WEEK] = wanted
                st.rerun()
        last = shown + timedelta(days=6)
        st.markdown(f"**{shift_words.day_name(shown)} – {shift_words.day_name(last)} {last.year}**")
    return shown


def _table(week: Week, today: date) -> str:
    """Return the week: a column a day, a block of rows a shift, a row a role; what runs is marked twice."""
    today_word, shift_word = _("hari ini"), escape(_("Giliran"))
    days = "".join(
        f'<th scope="col"{_mark(day, today)}>{escape(shift_words.day_name(day))}'
        f"{_tag(today_word) if day == today else ''}</th>"
        for day in week.days
    )
    blocks = "".join(_block(week, code, label, today) for code, label in week.shifts)
    current = " current" if today in week.days else ""
    head = f'<tr><th scope="col">{shift_word}</th>{days}</tr>'
    return f'<div class="sigap-roster{current}"><table><thead>{head}</thead>{blocks}</table></div>'


def _block(week: Week, code: str, label: str, today: date) -> str:
    desks = [week.desk(day, code) for day in week.days]
    hours = escape(shift_words.watch_hours(desks[0].watch))
    head = "".join(f"<td{_mark(desk.watch.day, today, desk)}>{_head(desk)}</td>" for desk in desks)
    rows = "".join(
        f'<tr><th scope="row">{escape(_(role.label))}</th>'
        + "".join(f"<td{_mark(desk.watch.day, today, desk)}>{_cell(desk, role)}</td>" for desk in desks)
        + "</tr>"
        for role in rules.ROSTERED
    )
    return (
        f'<tbody><tr class="head"><th scope="rowgroup">{escape(label)}<small>{hours}</small></th>{head}</tr>'
        f"{rows}</tbody>"
    )


def _head(desk: Desk) -> str:
    """Return where a watch stands; of one that is not over also whether it has people enough."""
    told = escape(shift_words.standing(desk)) if desk.people or desk.is_now else ""
    if desk.is_now:
        told = _tag(_("sekarang")) + " " + told
    return told or "○ " + escape(_("kosong"))


def _cell(desk: Desk, role: Role) -> str:
    names = "<br>".join(escape(one.name) for one in desk.of(role))
    missing = next((gap.missing for gap in desk.gaps if gap.role is role), 0)
    if missing and not desk.is_over:
        lacking = escape(_("kurang {n}").format(n=missing))
        names += ("<br>" if names else "") + f"<em>▲ {lacking}</em>"
    return names or "<i>–</i>"


def _mark(day: date, today: date, desk: Desk | None = None) -> str:
    """Return the classes of a cell: today and before (a narrow screen begins today), and what runs."""
    names = [
        *(["today"] if day == today else []),
        *(["past"] if day < today else []),
        *(["now"] if desk is not None and desk.is_now else []),
    ]
    return f' class="{" ".join(names)}"' if names else ""


def _tag(words: str) -> str:
    return f"<b>◆ {escape(words)}</b>"


# --- changing it ------------------------------------------------------------------------------------------


def _form(actor: Actor, week: Week, today: date) -> None:
    """Draw the people of one watch, to be changed and saved as a whole."""
    center, now = parts.here(), parts.now()
    open_desks = [desk for desk in week.desks if not desk.is_over]
    if not open_desks:
        st.caption(_("Pekan ini sudah lewat; jadwalnya tidak dapat diubah lagi."))
        return
    st.markdown("**" + _("Susun jadwal") + "**")
    days = list(dict.fromkeys(desk.watch.day for desk in open_desks))
    day = st.selectbox(
        _("Hari"), days, format_func=shift_words.day_name, key=state.field(SCOPE, f"day-{week.first}")
    )
    of_day = {desk.watch.shift: desk for desk in open_desks if desk.watch.day == day}
    shift = st.segmented_control(
        _("Giliran"),
        list(of_day),
        format_func=lambda code: of_day[code].shift,
        default=next((code for code, desk in of_day.items() if desk.is_now), next(iter(of_day))),
        required=True,
        key=state.field(SCOPE, f"shift-{day}"),
    )
    desk = of_day[shift]
    form = f"{SCOPE}-{desk.watch.key}-{st.session_state.get(DUTY_EDIT, 0)}"
    seen_key = state.field(form, "seen")
    seen = st.session_state.setdefault(seen_key, desk.people)
    chosen = {role: _picker(form, role, [one for one in seen if one.role is role]) for role in rules.ROSTERED}
    if shift_words.lacking(desk):
        st.caption("▲ " + shift_words.lacking(desk))
    with st.container(horizontal=True):
        if st.button(_("Simpan giliran"), key=state.field(form, "save"), type="primary"):
            _save(lambda: duty.plan(center, now, actor, day, shift, chosen, seen), desk.label)
        if desk.people != seen and st.button(_("Muat ulang isian"), key=state.field(form, "again")):
            _another_form()
            st.rerun()
        if st.button(_("Salin pekan lalu"), key=state.field(SCOPE, f"copy-{week.first}")):
            _copy(actor, week.first)
    st.caption(_("Salin pekan lalu hanya mengisi giliran yang masih kosong dan belum selesai."))


def _picker(form: str, role: Role, own: list[rules.Entry]) -> list[str]:
    """Draw who is planned in a role: the accounts that have it, and who stands there already."""
    names = {one.login: one.name for one in duty.people(parts.here(), role)}
    names |= {one.login: one.name for one in own}
    return st.multiselect(
        _(role.label),
        sorted(names, key=lambda login: names[login].casefold()),
        [one.login for one in own],
        format_func=lambda login: names[login],
        key=state.field(form, role.value),
        placeholder=_("pilih"),
    )


def _save(plan: Callable[[], tuple[Need, ...]], label: str) -> None:
    with parts.refusals():
        warnings = plan()
        _another_form()
        st.session_state[NOTICE] = _joined(_("Jadwal {watch} disimpan.").format(watch=label), warnings)
        st.rerun()


def _copy(actor: Actor, first: date) -> None:
    with parts.refusals():
        copied = duty.copy_last_week(parts.here(), parts.now(), actor, first)
        _another_form()
        filled = plural("{n} giliran diisi.", "{n} giliran diisi.", copied.watches).format(n=copied.watches)
        st.session_state[NOTICE] = _joined(filled, (*copied.left_out, *copied.warnings))
        st.rerun()


def _joined(done: str, warnings: tuple[Need, ...]) -> str:
    return " ".join([done, *("▲ " + need.sentence(_, format_datetime) for need in warnings)])


def _another_form() -> None:
    st.session_state[DUTY_EDIT] = st.session_state.get(DUTY_EDIT, 0) + 1
