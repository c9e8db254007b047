"""Akses, personal data: what is held and why, who saw it, what people asked, what to do after a breach."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from html import escape

import streamlit as st

from domain.case import Actor
from domain.errors import SigapError
from domain.permissions import Action, may
from domain.personal_data import BACKUPS, BREACH_STEPS
from domain.subject import Subject
from services import access_log, monitoring, personal_data, subject
from services.access_log import Noted, Wanted
from services.subject import Copied, Part, Request, RequestKind, RequestState
from ui import parts, state
from ui.duty import allowed
from ui.i18n import _, format_datetime, format_number, sentence, timezone
from ui.words import plain

SCOPE = "personal"
TAB = state.field(SCOPE, "tab")
HEIGHT = 470
_DAYS = 7


def draw(actor: Actor) -> None:
    """Draw the four parts, each only when it is open."""
    names = [_("Yang disimpan"), _("Siapa melihat"), _("Permintaan pemilik data"), _("Bila data bocor")]
    tabs = st.tabs(names, key=TAB, on_change="rerun")
    for tab, part in zip(tabs, (_held, _looks, _requests, _breach), strict=True):
        if tab.open:
            with tab:
                part(actor)


# --- what is held ---------------------------------------------------------------------------------------


def _held(actor: Actor) -> None:
    rows = []
    for one in personal_data.held(parts.here(), actor):
        line = one.line
        rows.append(
            (
                f"{_(line.kind.label)} ({_(line.whose.label)})",
                _(line.purpose),
                _(line.basis),
                _(line.where),
                ", ".join(_(role.label) for role in line.roles),
                _period(one),
                _(line.leaves),
                "–" if one.count is None else format_number(one.count),
            )
        )
    head = (
        _("Apa"),
        _("Untuk apa"),
        _("Dasar"),
        _("Di mana"),
        _("Yang dapat melihat"),
        _("Disimpan"),
        _("Diberikan kepada"),
        _("Sekarang"),
    )
    with st.container(height=HEIGHT, border=False):
        _table(head, rows)
    st.caption(_(BACKUPS))
    st.caption(
        _("[M] dan contoh: periksa bersama pejabat pelindungan data dan jadwal retensi arsip (JRA) kota.")
    )


def _period(one: personal_data.Held) -> str:
    words = _(one.line.kept.words)
    if one.days is None:
        return words
    told = _("{n} hari {words}").format(n=format_number(one.days), words=words)
    if one.prank_days is None:
        return told
    return _("{told}; prank dan ghost {n} hari").format(told=told, n=format_number(one.prank_days))


# --- who saw it -----------------------------------------------------------------------------------------


def _looks(actor: Actor) -> None:
    if not allowed(actor, Action.SEE_ACCESS_LOG):
        return
    with st.container(horizontal=True):
        since, until = _period_asked("looks")
        person = st.text_input(_("Nama, akun, atau token"), key=state.field(SCOPE, "person"), max_chars=60)
        number = st.text_input(
            _("Nomor panggilan atau register"), key=state.field(SCOPE, "number"), max_chars=40
        )
    case_id = None
    if number.strip():
        case_id = monitoring.find(parts.here(), number)
        if case_id is None:
            st.error(_("Kasus {number} tidak ditemukan. Periksa nomornya.").format(number=plain(number)))
            return
    for one in access_log.strange(parts.here(), actor, since, until):
        st.warning(
            _("▲ {name}: {rule} ({n}), {since} sampai {until}. Tanyakan alasannya.").format(
                name=plain(one.name),
                rule=_(one.rule.label),
                n=format_number(one.most),
                since=format_datetime(one.since),
                until=format_datetime(one.until),
            )
        )
    found = access_log.listed(parts.here(), actor, Wanted(since, until, person, case_id))
    if not found:
        st.info(_("Tidak ada yang tercatat melihat data pribadi pada masa dan pilihan ini."))
        return
    with st.container(height=HEIGHT, border=False):
        _table(
            (_("Kapan"), _("Siapa"), _("Kasus"), _("Apa"), _("Cara"), _("Alasan")),
            [_look(one) for one in found],
        )
    if len(found) == access_log.SHOWN:
        st.caption(_("{n} terbaru; persempit masa atau pilihannya.").format(n=format_number(len(found))))


def _look(one: Noted) -> tuple[str, ...]:
    look = one.look
    who = f"{look.name} · {_(look.role.label)}"
    if look.account:
        who += f" · {look.account}"
    if look.on_behalf_of:
        who += " · " + _("a.n. {name}").format(name=look.on_behalf_of)
    what = one.call_no or "–"
    if look.case_id is None and look.cases:
        what = _("{n} kasus").format(n=format_number(look.cases))
    elif one.was_closed:
        what = _("{call_no} (selesai)").format(call_no=what)
    return (format_datetime(look.at), who, what, _(look.seen.label), _(look.way.label), look.reason or "–")


# --- requests -------------------------------------------------------------------------------------------


def _requests(actor: Actor) -> None:
    if not allowed(actor, Action.SEE_ACCESS_LOG):
        return
    left, right = st.columns([11, 9])
    with left, st.container(height=HEIGHT + 80, border=False):
        every = subject.listed(parts.here(), actor)
        if not every:
            st.info(_("Belum ada permintaan. Jawab setiap permintaan dalam 3×24 jam."))
        for one in every:
            with st.container(border=True, key=f"request_{one.request_id}"):
                _request(actor, one)
    with right, parts.panel("request_new", _("Catat permintaan")):
        if allowed(actor, Action.SUBJECT_REQUEST):
            _take(actor)


def _take(actor: Actor) -> None:
    form = state.field(SCOPE, "form")
    number = st.session_state.get(form, 0)

    def key(name: str) -> str:
        return state.field(SCOPE, f"new-{name}-{number}")

    kind = st.selectbox(
        _("Yang diminta"), [*RequestKind], index=0, format_func=lambda one: _(one.label), key=key("kind")
    )
    name = st.text_input(_("Nama"), key=key("name"), max_chars=80)
    phone = st.text_input(_("Nomor telepon"), key=key("phone"), max_chars=40)
    how = st.text_input(
        _("Cara identitas diperiksa"),
        key=key("how"),
        max_chars=200,
        help=_("Misalnya: KTP diperlihatkan, atau nomor ditelepon balik. Jangan tulis NIK."),
    )
    today = parts.now().astimezone(timezone()).date()
    day = st.date_input(_("Diterima"), today, max_value=today, format="DD/MM/YYYY", key=key("day"))
    if not st.button(_("Catat"), type="primary", key=key("take")):
        return
    asked = None if day == today else datetime.combine(day, time(), timezone())
    with parts.refusals():
        who = subject.subject_of(name, phone)
        subject.take(parts.here(), parts.now(), actor, kind, who, how, asked)
        st.session_state[form] = number + 1
        st.session_state[state.NOTICE] = _("Permintaan dicatat.")
        st.rerun()


def _request(actor: Actor, one: Request) -> None:
    mark = "●" if one.state is not RequestState.OPEN else "▲" if one.is_late(parts.now()) else "○"
    st.markdown(f"{mark} **{_(one.kind.label)}** · {plain(one.subject)} · {_(one.state.label)}")
    st.caption(
        _("diterima {asked} · batas {due} · dicatat {by} · {how}").format(
            asked=format_datetime(one.asked_at),
            due=format_datetime(one.due_at),
            by=plain(one.taken_by),
            how=plain(one.checked_how),
        )
    )
    if one.outcome:
        st.text(one.outcome)
    if not may(actor.role, Action.SUBJECT_REQUEST):
        return
    letter = subject.dkisp_notice(parts.here(), parts.now(), one)
    if letter:
        with st.popover(_("Surat untuk DKISP"), key=state.field(SCOPE, f"letter-{one.request_id}")):
            st.code(letter, language=None, wrap_lines=True)
    copied: Copied | None = st.session_state.get(_key(one, "copied"))
    if copied is not None:
        _downloads(one, copied)
    if one.state is RequestState.OPEN:
        with st.expander(_("Kerjakan"), key=_key(one, "work")):
            _work(actor, one)


def _downloads(one: Request, copied: Copied) -> None:
    with st.container(horizontal=True):
        for label, content, kind in (
            (_("Unduh PDF"), copied.pdf, "pdf"),
            (_("Unduh JSON"), copied.json, "json"),
        ):
            st.download_button(
                label,
                content,
                file_name=f"salinan-data-{one.request_id[:8]}.{kind}",
                mime=f"application/{kind}",
                on_click="ignore",
                key=_key(one, kind),
            )
        if st.button(_("Sudah diserahkan"), key=_key(one, "given")):
            del st.session_state[_key(one, "copied")]
            st.rerun()


def _work(actor: Actor, one: Request) -> None:
    """Search anew with the full name and number, which the register does not hold; pick; do what is asked."""
    st.caption(_("Tulis lagi nama dan nomornya; register hanya menyimpan yang disamarkan."))
    name = st.text_input(_("Nama"), key=_key(one, "name"), max_chars=80)
    phone = st.text_input(_("Nomor telepon"), key=_key(one, "phone"), max_chars=40)
    found_key = _key(one, "found")
    try:
        who = subject.subject_of(name, phone) if name.strip() or phone.strip() else None
    except SigapError as error:
        parts.say_refusal(error)
        return
    if st.button(_("Cari"), key=_key(one, "find"), disabled=who is None) and who is not None:
        with parts.refusals():
            found = subject.find(parts.here(), parts.now(), actor, one.request_id, who)
            st.session_state[found_key] = (who.masked, found)
    kept = st.session_state.get(found_key)
    if kept is not None and who is not None and kept[0] == who.masked:
        lines = {each.case_id: _candidate(each) for each in kept[1]}
        if not lines:
            st.info(_("Tidak ada kasus yang memuat orang ini."))
        picked = st.multiselect(
            _("Kasus yang memang tentang orang ini"),
            list(lines),
            format_func=lambda case_id: lines[case_id],
            key=_key(one, "picked"),
        )
        if picked:
            _answer(actor, one, who, picked)
    _refusal(actor, one)


def _candidate(one: subject.Candidate) -> str:
    standing = _("masih ditangani") if one.is_open else _("selesai")
    who = " ".join(filter(None, (one.name, one.phone)))
    part = _(one.part.label)
    if one.part is Part.MENTIONED:
        part = _("{part}; pelapor {who}").format(part=part, who=who or "–")
    else:
        part = f"{part} {who}"
    return f"{one.call_no} · {format_datetime(one.received_at)} · {one.area or '–'} · {part} · {standing}"


def _answer(actor: Actor, one: Request, who: Subject, picked: list[str]) -> None:
    center, now = parts.here(), parts.now()
    if one.kind is RequestKind.COPY:
        if st.button(_("Buat salinan"), type="primary", key=_key(one, "copy")):
            with parts.refusals():
                made = subject.copy(center, now, actor, one.request_id, who, picked)
                st.session_state[_key(one, "copied")] = made
                st.rerun()
    elif one.kind is RequestKind.RECTIFY:
        name = st.text_input(_("Nama yang benar"), key=_key(one, "new_name"), max_chars=80)
        phone = st.text_input(_("Nomor yang benar"), key=_key(one, "new_phone"), max_chars=40)
        if st.button(_("Perbaiki"), type="primary", key=_key(one, "rectify"), disabled=len(picked) != 1):
            parts.act(
                lambda: subject.rectify(
                    center, now, actor, one.request_id, who, picked[0], name=name, phone=phone
                ),
                _("Data diperbaiki."),
            )
    else:
        sure = st.checkbox(_("Penghapusan tidak dapat dibatalkan."), key=_key(one, "sure"))
        if st.button(_("Hapus"), type="primary", key=_key(one, "erase"), disabled=not sure):
            with parts.refusals():
                done = subject.erase(center, now, actor, one.request_id, who, picked)
                st.session_state[state.NOTICE] = done.request.outcome
                st.rerun()


def _refusal(actor: Actor, one: Request) -> None:
    with st.popover(_("Tolak …"), key=_key(one, "refusal")):
        why = st.text_input(_("Alasan dan dasarnya"), key=_key(one, "why"), max_chars=300)
        if st.button(_("Tolak permintaan"), key=_key(one, "refuse")):
            parts.act(
                lambda: subject.refuse(parts.here(), parts.now(), actor, one.request_id, why),
                _("Permintaan ditolak dengan alasan."),
            )


def _key(one: Request, name: str) -> str:
    return state.field(SCOPE, f"{name}-{one.request_id}")


# --- after a breach -------------------------------------------------------------------------------------


def _breach(actor: Actor) -> None:
    left, right = st.columns([10, 10])
    with left:
        rows = [
            (str(number), _(step.what), _(step.who), _(step.within))
            for number, step in enumerate(BREACH_STEPS, start=1)
        ]
        _table((_("No"), _("Langkah"), _("Oleh"), _("Kapan")), rows)
    with right, parts.panel("breach_reach", _("Yang terlihat oleh satu akun atau token")):
        if allowed(actor, Action.SEE_ACCESS_LOG):
            _reach(actor)


def _reach(actor: Actor) -> None:
    since, until = _period_asked("breach")
    people = access_log.people(parts.here(), actor, since, until)
    names = {person: f"{name} · {person} · {format_number(n)}" for person, name, n in people}
    chosen = st.multiselect(
        _("Akun atau token"),
        list(names),
        format_func=lambda person: names[person],
        key=state.field(SCOPE, "breached"),
    )
    found = []
    for person in chosen:
        try:
            one = personal_data.reached(parts.here(), actor, person, since, until)
        except SigapError as error:
            st.error(plain(sentence(error)))
            return
        found.append(one)
        st.markdown(
            _("**{person}**: data pribadi dari paling banyak **{n} kasus** ({kinds}).").format(
                person=plain(person),
                n=format_number(one.cases),
                kinds=", ".join(_(kind.label) for kind in one.seen),
            )
        )
        if one.call_nos:
            st.caption(", ".join(one.call_nos))
    st.caption(_("Teks pemberitahuan untuk diisi:"))
    st.code(personal_data.breach_notice(parts.here(), parts.now(), found), language=None, wrap_lines=True)


# --- alike ----------------------------------------------------------------------------------------------


def _period_asked(name: str) -> tuple[datetime, datetime]:
    """Ask for a period of days, both included; return it as (included, excluded)."""
    today = parts.now().astimezone(timezone()).date()
    chosen = st.date_input(
        _("Masa"),
        (today - timedelta(days=_DAYS), today),
        max_value=today,
        format="DD/MM/YYYY",
        key=state.field(SCOPE, f"period-{name}"),
    )
    days = chosen if isinstance(chosen, tuple) else (chosen,)
    first, last = (days[0], days[-1]) if days else (today, today)
    return _midnight(first), _midnight(last + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    titles = "".join(f"<th>{escape(title)}</th>" for title in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    st.html(f'<table class="sigap-outbox"><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table>')
