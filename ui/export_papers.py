"""Ekspor, papers: registers, lists, handover, and blank forms for an outage."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

import streamlit as st

from domain.case import Actor
from domain.permissions import Action
from services import access_log, monitoring, papers, records
from services.access_log import Seen, Way
from services.review import Filter
from ui import parts, state
from ui.duty import allowed
from ui.i18n import _, format_datetime, timezone
from ui.words import plain

SCOPE = "papers"
_FORMS_SHOWN = 20


def tab(actor: Actor | None) -> None:
    """Draw every paper with what it needs to know."""
    left, right = st.columns(2)
    with left:
        with parts.panel("paper_day", _("Buku Register satu hari")):
            _day(actor)
        with parts.panel("paper_prank", _("Daftar Panggilan Prank/Ghost")):
            _prank(actor)
        with parts.panel("paper_month", _("Rekapitulasi bulanan")):
            _month()
    with right:
        with parts.panel("paper_shift", _("Serah Terima Piket")):
            _shift(actor)
        with parts.panel("paper_forms", _("Formulir Darurat untuk saat padam")):
            _forms(actor)


def _day(actor: Actor | None) -> None:
    today = parts.now().astimezone(timezone()).date()
    day = st.date_input(_("Hari"), today, max_value=today, format="DD/MM/YYYY", key=state.field(SCOPE, "day"))
    name = f"buku-register-{day}.pdf"

    def make() -> bytes:
        made = papers.day_register(parts.here(), parts.now(), day)
        _note(actor, _midnight(day), _midnight(day + timedelta(days=1)))
        return made

    _paper("register", name, make)


def _prank(actor: Actor | None) -> None:
    today = parts.now().astimezone(timezone()).date()
    chosen = st.date_input(
        _("Masa"),
        (today - timedelta(days=30), today),
        max_value=today,
        format="DD/MM/YYYY",
        key=state.field(SCOPE, "prank"),
    )
    days = chosen if isinstance(chosen, tuple) else (chosen,)
    first, last = (days[0], days[-1]) if days else (today, today)

    def make() -> bytes:
        made = papers.prank_list(parts.here(), parts.now(), first, last)
        _note(actor, _midnight(first), _midnight(last + timedelta(days=1)))
        return made

    _paper(
        "prank",
        f"prank-ghost-{first}-{last}.pdf",
        make,
    )


def _note(actor: Actor | None, since: datetime, until: datetime) -> None:
    """Note that a list of the calls of a time was made on paper."""
    n = records.total(parts.here(), Filter(since=since, until=until))
    if actor is not None and n:
        access_log.note(
            parts.here(), parts.now(), actor, Seen.CALLERS, Way.PAPER, cases=n, period=(since, until)
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone())


def _month() -> None:
    today = parts.now().astimezone(timezone()).date()
    before = today.replace(day=1) - timedelta(days=1)
    with st.container(horizontal=True):
        year = st.number_input(_("Tahun"), 2000, 2200, before.year, key=state.field(SCOPE, "year"))
        month = st.number_input(_("Bulan"), 1, 12, before.month, key=state.field(SCOPE, "month"))
    outside = st.toggle(_("Untuk luar: jumlah 1 dan 2 ditulis <3"), True, key=state.field(SCOPE, "outside"))
    name = f"rekapitulasi-{int(year)}-{int(month):02d}{'' if outside else '-internal'}.pdf"
    _paper(
        "month",
        name,
        lambda: papers.month_recap(parts.here(), parts.now(), int(year), int(month), for_outside=outside),
    )


def _shift(actor: Actor | None) -> None:
    st.caption(
        _("Untuk ditandatangani dengan tangan. Yang ditandatangani di layar dicetak dari Piket, Riwayat.")
    )
    now = parts.now().astimezone(timezone())
    with st.container(horizontal=True):
        day = st.date_input(
            _("Mulai piket, hari"),
            (now - timedelta(hours=12)).date(),
            format="DD/MM/YYYY",
            key=state.field(SCOPE, "shift-day"),
        )
        at = st.time_input(
            _("jam"),
            time((now - timedelta(hours=12)).hour),
            key=state.field(SCOPE, "shift-time"),
        )
    outgoing = st.text_input(
        _("Yang menyerahkan"),
        actor.name if actor else "",
        key=state.field(SCOPE, "outgoing"),
        max_chars=80,
    )
    incoming = st.text_input(_("Yang menerima"), key=state.field(SCOPE, "incoming"), max_chars=80)
    since = datetime.combine(day, at, timezone())

    def make() -> bytes:
        made = papers.shift_handover(parts.here(), parts.now(), since, outgoing=outgoing, incoming=incoming)
        _note(actor, since, parts.now())
        return made

    _paper(
        "shift",
        f"serah-terima-{since:%Y%m%d-%H%M}.pdf",
        make,
    )


def _forms(actor: Actor | None) -> None:
    st.caption(
        _("Cetak sebelum dibutuhkan. Tiap lembar bernomor; isi yang tertulis dientri sebagai entri susulan.")
    )
    if not allowed(actor, Action.TAKE_CALL):
        return
    count = st.number_input(_("Jumlah lembar"), 1, papers.MOST_FORMS, 10, key=state.field(SCOPE, "count"))

    def issue() -> bytes:
        serials = papers.issue_forms(parts.here(), parts.now(), actor, int(count))
        return papers.emergency_forms(parts.here(), serials)

    _paper("forms", "formulir-darurat.pdf", issue, label=_("Terbitkan nomor"))
    issued = papers.issued_forms(parts.here(), _FORMS_SHOWN)
    if not issued:
        return
    open_ones = [one.serial for one in issued if one.case_id is None]
    st.caption(
        _("Terbit terakhir {serial}, {time}.").format(
            serial=issued[0].serial, time=format_datetime(issued[0].issued_at)
        )
    )
    if open_ones:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            serial = st.selectbox(_("Formulir yang dientri"), open_ones, key=state.field(SCOPE, "serial"))
            number = st.text_input(
                _("Nomor panggilan atau register"), key=state.field(SCOPE, "entered"), max_chars=40
            )
            pressed = st.button(_("Tautkan"), key=state.field(SCOPE, "enter"))
        if pressed and serial is not None:
            _enter(actor, serial, number)


def _enter(actor: Actor, serial: str, number: str) -> None:
    case_id = monitoring.find(parts.here(), number)
    if case_id is None:
        words = _("Kasus {number} tidak ditemukan. Entri dahulu di Penerimaan, lalu tulis nomornya di sini.")
        st.error(words.format(number=plain(number or "–")))
        return
    parts.act(
        lambda: papers.enter_form(parts.here(), parts.now(), actor, serial, case_id),
        _("{serial} tertaut.").format(serial=serial),
    )


def _paper(name: str, file_name: str, make: Callable[[], bytes], *, label: str | None = None) -> None:
    """Offer a paper that is made when it is asked for; what is refused is said in its place."""
    made = state.field(SCOPE, f"made-{name}")
    with st.container(horizontal=True):
        if st.button(label or _("Siapkan"), key=state.field(SCOPE, f"make-{name}")):
            st.session_state.pop(made, None)
            with parts.refusals():
                st.session_state[made] = (file_name, make())
        kept = st.session_state.get(made)
        if kept is not None:
            st.download_button(
                _("Unduh {name}").format(name=kept[0]),
                kept[1],
                file_name=kept[0],
                mime="application/pdf",
                on_click="ignore",
                key=state.field(SCOPE, f"get-{name}"),
            )
