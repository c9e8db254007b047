"""Akses, API tokens: which programs may ask what until when; made, shown once, revoked."""

from datetime import datetime, timedelta

import streamlit as st

from domain.case import Actor
from domain.errors import SigapError
from domain.permissions import Action, may
from domain.scopes import LONGEST_DAYS, LONGEST_LABEL, UNIT_SCOPES, USUAL_DAYS, Scope
from services import registry, tokens
from services.tokens import NewToken, StoredToken
from ui import parts, state
from ui.duty import allowed
from ui.i18n import _, format_datetime, format_duration
from ui.state import TOKEN_FORM, TOKEN_SHOWN
from ui.words import plain

SCOPE = "token"
HEIGHT = 640
SOON = timedelta(days=14)


def draw(actor: Actor) -> None:
    """Draw the tokens, and for an admin the form for a new one."""
    left, right = st.columns([11, 9])
    with left:
        _listing(actor)
    with right:
        if not allowed(actor, Action.EDIT_TOKENS):
            return
        new: tuple[tuple[str, str], NewToken] | None = st.session_state.get(TOKEN_SHOWN)
        # Whoever takes over the desk has no business with a token that somebody else left on the screen.
        if new is not None and new[0] == (actor.account, actor.name):
            _shown_once(new[1])
        else:
            _form(actor)


def _listing(actor: Actor) -> None:
    """Draw the tokens that count, with a switch for those that no longer do."""
    now = parts.now()
    with_old = st.toggle(_("Tampilkan yang dicabut dan habis masa"), key=state.field(SCOPE, "old"))
    rows = [one for one in tokens.listed(parts.here()) if with_old or one.grant.is_good(now)]
    if not rows:
        st.info(_("Belum ada token yang berlaku. Sistem lain memerlukan satu untuk memakai API (/api/docs)."))
        return
    with st.container(height=HEIGHT, border=False):
        for one in rows:
            with st.container(border=True, key=f"token_{one.grant.token_id}"):
                _row(actor, one, now)


def _row(actor: Actor, one: StoredToken, now: datetime) -> None:
    grant = one.grant
    words, button = st.columns([4, 1], vertical_alignment="center")
    unit = _("semua unit") if grant.unit_code is None else plain(grant.unit_code)
    words.markdown(f"**{plain(grant.label)}** · {unit}  \n{_standing(one, now)}")
    words.markdown("\n".join(f"- `{scope}` {_(scope.label)}" for scope in sorted(grant.scopes)))
    words.caption(
        _("dibuat {at} oleh {by} · {used}").format(
            at=format_datetime(one.made_at), by=plain(one.made_by), used=_used(one, now)
        )
    )
    if not grant.is_good(now) or not may(actor.role, Action.EDIT_TOKENS):
        return
    with button.popover(_("Cabut …"), key=state.field(SCOPE, f"ask-{grant.token_id}")):
        st.markdown(_("Program yang memakai **{label}** langsung ditolak.").format(label=plain(grant.label)))
        if st.button(_("Cabut sekarang"), key=state.field(SCOPE, f"revoke-{grant.token_id}"), type="primary"):
            parts.act(
                lambda: tokens.revoke(parts.here(), parts.now(), actor, grant.token_id),
                _("{label} dicabut.").format(label=grant.label),
            )


def _standing(one: StoredToken, now: datetime) -> str:
    """Return whether a token counts and until when; word and shape."""
    grant = one.grant
    if grant.revoked_at is not None:
        return "■ " + _("dicabut {at}").format(at=format_datetime(grant.revoked_at))
    until = format_datetime(grant.expires_at)
    if now >= grant.expires_at:
        return "■ " + _("habis masa {at}").format(at=until)
    if grant.expires_at - now < SOON:
        return "▲ " + _("segera habis masa: {at}").format(at=until)
    return "● " + _("berlaku sampai {at}").format(at=until)


def _used(one: StoredToken, now: datetime) -> str:
    if one.used_at is None:
        return _("belum pernah dipakai")
    age_s = max(0.0, (now - one.used_at).total_seconds())
    return _("terakhir dipakai {age} lalu").format(age=format_duration(age_s))


def _form(actor: Actor) -> None:
    """Draw the form for a new token."""
    center = parts.here()
    number = st.session_state.get(TOKEN_FORM, 0)

    def key(name: str) -> str:
        return state.field(f"{SCOPE}-{number}", name)

    st.markdown("#### " + _("Token baru"))
    with st.form(key("form")):
        label = st.text_input(
            _("Nama token"),
            key=key("label"),
            max_chars=LONGEST_LABEL,
            placeholder=_("mis. Tombol panik kota"),
        )
        scopes = st.multiselect(
            _("Cakupan"),
            list(Scope),
            format_func=lambda scope: f"{scope} · {_(scope.label)}",
            key=key("scopes"),
            placeholder=_("pilih"),
        )
        one, two = st.columns(2)
        unit = one.selectbox(
            _("Hanya untuk unit"),
            sorted(registry.units(center)),
            None,
            key=key("unit_code"),
            placeholder=_("semua unit"),
            help=_("Token satu unit hanya dapat: {scopes}.").format(scopes=", ".join(sorted(UNIT_SCOPES))),
        )
        days = two.number_input(_("Masa berlaku (hari)"), 1, LONGEST_DAYS, USUAL_DAYS, key=key("days"))
        pressed = st.form_submit_button(_("Buat token"), type="primary")
    if not pressed:
        return
    try:
        new = tokens.make(center, parts.now(), actor, label, scopes, unit_code=unit, days=int(days))
    except SigapError as refused:
        parts.say_refusal(refused)
        return
    st.session_state[TOKEN_SHOWN] = (actor.account, actor.name), new
    st.session_state[TOKEN_FORM] = number + 1
    st.rerun()


def _shown_once(new: NewToken) -> None:
    """Show a new token with its button to copy; afterwards nobody can read it again."""
    grant = new.stored.grant
    st.markdown(f"#### {plain(grant.label)}")
    st.warning(_("Token ini hanya tampil sekali. Salin sekarang; bila hilang, cabut lalu buat lagi."))
    st.code(new.text, language=None, wrap_lines=True)
    st.caption(_("Program mengirimnya pada setiap permintaan sebagai:"))
    st.code("Authorization: Bearer …", language=None)
    st.caption(_("Berlaku sampai {at}.").format(at=format_datetime(grant.expires_at)))
    if st.button(_("Sudah disalin, tutup"), type="primary", key=state.field(SCOPE, "close")):
        del st.session_state[TOKEN_SHOWN]
        st.rerun()
