"""Akses, trail: who did what when, whether the chain is whole, and the trail as a file."""

import io
from datetime import date, datetime, time, timedelta
from html import escape

import streamlit as st

from domain.case import Actor
from domain.permissions import Action
from services import monitoring, trail
from services.trail import Checked, Entry, Wanted
from ui import parts, state
from ui.case_trail import who_did
from ui.duty import allowed
from ui.event_words import action_label
from ui.i18n import _, format_date, format_datetime, format_number, format_time, timezone
from ui.words import plain

SCOPE = "trail"
HEIGHT = 520
_CHECKED = state.field(SCOPE, "checked")
_PAGES = state.field(SCOPE, "pages")
_FILE = state.field(SCOPE, "file")
_DAYS = 30


def draw(actor: Actor) -> None:
    """Draw the check, the list and the export."""
    if not allowed(actor, Action.CHECK_TRAIL):
        return
    left, right = st.columns([13, 7])
    with left:
        wanted = _filter()
        _listing(actor, wanted)
    with right:
        with parts.panel("trail_check", _("Keutuhan jejak")):
            _check(actor)
        with parts.panel("trail_export", _("Ekspor jejak")):
            _export(actor, wanted)


# --- the list -------------------------------------------------------------------------------------------


def _filter() -> Wanted:
    today = parts.now().astimezone(timezone()).date()
    period, person, action, what = st.columns([3, 2, 3, 2])
    chosen = period.date_input(
        _("Masa dicatat"),
        (today - timedelta(days=_DAYS), today),
        max_value=today,
        format="DD/MM/YYYY",
        key=state.field(SCOPE, "period"),
    )
    days = chosen if isinstance(chosen, tuple) and chosen else (today - timedelta(days=_DAYS), today)
    who = person.text_input(
        _("Petugas"),
        key=state.field(SCOPE, "person"),
        max_chars=80,
        help=_("Sebagian nama, akun, atau yang diwakili."),
    )
    kind = action.selectbox(
        _("Tindakan"),
        list(Action),
        index=None,
        format_func=lambda one: _(one.label),
        placeholder=_("Semua"),
        key=state.field(SCOPE, "action"),
    )
    number = what.text_input(
        _("Kasus"),
        key=state.field(SCOPE, "what"),
        max_chars=80,
        help=_("Nomor panggilan atau register, kode unit, atau pengenal lain."),
    )
    entity_id = (monitoring.find(parts.here(), number.strip()) or number.strip()) if number else ""
    return Wanted(
        _start(days[0]),
        _start(days[-1] + timedelta(days=1)),
        who or "",
        kind.value if kind else "",
        entity_id,
    )


def _listing(actor: Actor, wanted: Wanted) -> None:
    pages: tuple[Wanted, list[int]] = st.session_state.get(_PAGES, (wanted, []))
    starts = pages[1] if pages[0] == wanted else []
    found = trail.page(parts.here(), actor, wanted, starts[-1] if starts else None)
    if not found:
        st.info(_("Tidak ada peristiwa pada pilihan ini."))
    with st.container(height=HEIGHT):
        st.html(f'<ol class="sigap-trail">{"".join(_row(one) for one in found)}</ol>')
    with st.container(horizontal=True):
        if st.button(_("Lebih baru"), disabled=not starts, key=state.field(SCOPE, "newer")):
            st.session_state[_PAGES] = (wanted, starts[:-1])
            st.rerun()
        more = len(found) == trail.PAGE
        if st.button(_("Lebih lama"), disabled=not more, key=state.field(SCOPE, "older")):
            st.session_state[_PAGES] = (wanted, [*starts, found[-1].seq])
            st.rerun()


def _row(one: Entry) -> str:
    at = f"{format_date(one.entered_at)} {format_time(one.entered_at, seconds=True)}"
    action = action_label(one.action)
    about = one.call_no or f"{one.entity} {one.entity_id}"
    return (
        f"<li><time>{escape(at)}</time><b>{escape(action)}</b>"
        f"<span>{escape(f'{format_number(one.seq)} · {about}')}</span>"
        f"<i>{escape(who_did(one.actor, one.account, one.role, one.on_behalf_of))}</i></li>"
    )


# --- the check ------------------------------------------------------------------------------------------


def _check(actor: Actor) -> None:
    st.caption(
        _("Setiap peristiwa memuat sidik peristiwa sebelumnya. Pemeriksaan membaca semuanya dari awal.")
    )
    if st.button(_("Periksa rantai"), type="primary", key=state.field(SCOPE, "check")):
        bar = st.progress(0.0)

        def tell(done: int, of: int) -> None:
            bar.progress(min(1.0, done / max(1, of)))

        with parts.refusals():
            found = trail.verify(parts.here(), actor, tell)
            st.session_state[_CHECKED] = (parts.now(), found)
        bar.empty()
    kept: tuple[datetime, Checked] | None = st.session_state.get(_CHECKED)
    if kept is not None:
        _said(*kept)


def _said(at: datetime, found: Checked) -> None:
    broken = found.broken
    if broken is None:
        st.success(
            _("Rantai utuh: {n} peristiwa.").format(n=format_number(found.events)),
            icon=":material/check_circle:",
        )
    else:
        text = _("Rantai putus pada peristiwa {seq}: {fault}.").format(
            seq=format_number(broken.seq), fault=_(broken.fault.label)
        )
        if broken.anchor is not None:
            text += " " + _("Jangkar {at} mencatat sampai nomor {seq}.").format(
                at=format_datetime(broken.anchor.at), seq=format_number(broken.anchor.seq)
            )
        st.error(text, icon=":material/link_off:")
        st.markdown(
            _("Jangan ubah apa pun. Simpan berkasnya, cadangan, dan jangkar, lalu panggil pengelola.")
        )
    lines = [_("Diperiksa {at}.").format(at=format_datetime(at))]
    if found.first_at is not None and found.last_at is not None:
        lines.append(
            _("Dari {first} sampai {last}.").format(
                first=format_datetime(found.first_at), last=format_datetime(found.last_at)
            )
        )
    lines.append(_("{n} jangkar di luar basis data dibandingkan.").format(n=format_number(found.anchors)))
    if found.losses:
        lines.append(_("{n} kehilangan pernah diterima.").format(n=format_number(found.losses)))
    st.caption(" ".join(lines))
    st.code(found.newest_hash.hex(), language=None, wrap_lines=True)
    if found.erased:
        st.caption(
            _("{n} peristiwa kehilangan data pribadi dengan catatan:").format(n=format_number(found.erased))
        )
        for one in reversed(found.erasures):
            st.caption(
                _("{at} oleh {name}: {n} isi").format(
                    at=format_datetime(one.at), name=plain(one.actor), n=format_number(one.events)
                )
            )


# --- the export -----------------------------------------------------------------------------------------


def _export(actor: Actor, wanted: Wanted) -> None:
    if not allowed(actor, Action.EXPORT_TRAIL):
        return
    contents = st.checkbox(
        _("Sertakan isi perubahan (dapat memuat kalimat tentang orang)"), key=state.field(SCOPE, "contents")
    )
    st.caption(
        _(
            "Berkas bukti memuat setiap peristiwa masa itu dan dapat diperiksa tanpa Sigap; "
            "tabel memuat yang disaring. Ekspor dicatat di jejak."
        )
    )
    for name, label, write, mime in (
        ("jsonl", _("Siapkan berkas bukti"), trail.write_lines, "application/jsonl"),
        ("csv", _("Siapkan tabel CSV"), trail.write_table, "text/csv"),
    ):
        if st.button(label, key=state.field(SCOPE, f"make-{name}")):
            st.session_state.pop(_FILE, None)
            out = io.BytesIO()
            with parts.refusals():
                told = write(parts.here(), parts.now(), actor, out, wanted, contents=contents)
                file = f"jejak-{told.first_seq}-{told.last_seq}.{name}"
                st.session_state[_FILE] = (actor, file, mime, out.getvalue())
    made: tuple[Actor, str, str, bytes] | None = st.session_state.get(_FILE)
    # Whoever takes over the desk gets no file that somebody else asked for.
    if made is not None and made[0] == actor:
        st.download_button(
            _("Unduh {name}").format(name=made[1]),
            made[3],
            file_name=made[1],
            mime=made[2],
            on_click="ignore",
            key=state.field(SCOPE, "get"),
        )


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), timezone())
