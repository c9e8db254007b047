"""Akses, accounts: who may sign in and as what; made with a one-time password that is shown once."""

import streamlit as st

from domain.accounts import LONGEST_NAME, Account, Source
from domain.case import Actor
from domain.errors import SigapError
from domain.permissions import Action, may
from domain.words import Role
from services import accounts
from services.accounts import NewAccount
from ui import parts, state
from ui.duty import allowed
from ui.i18n import _, format_datetime
from ui.state import ACCOUNT_FORM, ACCOUNT_SHOWN
from ui.words import plain

SCOPE = "account"
HEIGHT = 640


def draw(actor: Actor) -> None:
    """Draw the accounts, and for an admin what may be done to them."""
    left, right = st.columns([11, 9])
    with left:
        _listing(actor)
    with right:
        if not allowed(actor, Action.EDIT_ACCOUNTS):
            return
        new: tuple[str, NewAccount] | None = st.session_state.get(ACCOUNT_SHOWN)
        # Whoever takes over the desk has no business with a password that somebody else left on the screen.
        if new is not None and new[0] == actor.account:
            _shown_once(new[1])
        else:
            _form(actor)


def _listing(actor: Actor) -> None:
    every = parts.here().session_box.accounts()
    with_old = st.toggle(_("Tampilkan yang nonaktif"), key=state.field(SCOPE, "disabled"))
    with st.container(height=HEIGHT, border=False):
        for one in every:
            if one.is_active or with_old:
                with st.container(border=True, key=f"account_{one.account_id}"):
                    _row(actor, one)


def _row(actor: Actor, one: Account) -> None:
    words, buttons = st.columns([4, 1], vertical_alignment="center")
    roles = ", ".join(_(role.label) for role in one.roles)
    words.markdown(f"**{plain(one.name)}** · {roles} · {_standing(one)}")
    words.caption(
        _("{login} · dibuat {at} oleh {by}").format(
            login=plain(one.login), at=format_datetime(one.made_at), by=plain(one.made_by)
        )
    )
    if not may(actor.role, Action.EDIT_ACCOUNTS):
        return
    with buttons.popover(_("Ubah …"), key=state.field(SCOPE, f"more-{one.account_id}")):
        _change(actor, one)


def _standing(one: Account) -> str:
    """Return whether an account is in use and how it signs in; word and shape."""
    if not one.is_active:
        return "■ " + _("nonaktif")
    told = "● " + _("aktif")
    if one.source is Source.OIDC:
        return f"{told} · {_(one.source.label)}"
    if one.must_change:
        told = "▲ " + _("menunggu masuk pertama")
    if one.totp_secret is not None:
        told += " · " + _("kode dua langkah")
    if one.failures:
        told += " · ▲ " + _("{n} kali salah sandi").format(n=one.failures)
    return told


def _change(actor: Actor, one: Account) -> None:
    """Draw what may be done to an account."""

    def key(name: str) -> str:
        return state.field(SCOPE, f"{name}-{one.account_id}")

    center, now = parts.here(), parts.now()
    name = st.text_input(_("Nama"), one.name, key=key("name"), max_chars=LONGEST_NAME)
    roles = st.multiselect(
        _("Tugas"), list(Role), list(one.roles), format_func=lambda r: _(r.label), key=key("roles")
    )
    if st.button(_("Simpan"), key=key("save"), type="primary"):
        parts.act(
            lambda: accounts.change(center, now, actor, one.account_id, name, roles),
            _("Akun {login} disimpan.").format(login=one.login),
        )
    if one.is_active:
        if one.source is Source.LOCAL and st.button(_("Kata sandi sementara"), key=key("reset")):
            with parts.refusals():
                st.session_state[ACCOUNT_SHOWN] = (
                    actor.account,
                    accounts.reset(center, now, actor, one.account_id),
                )
                st.rerun()
        if st.button(_("Nonaktifkan"), key=key("disable")):
            parts.act(
                lambda: accounts.set_active(center, now, actor, one.account_id, False),
                _("Akun {login} dinonaktifkan; semua sesinya berakhir.").format(login=one.login),
            )
    elif st.button(_("Aktifkan"), key=key("enable")):
        parts.act(
            lambda: accounts.set_active(center, now, actor, one.account_id, True),
            _("Akun {login} diaktifkan.").format(login=one.login),
        )


def _form(actor: Actor) -> None:
    """Draw the form for a new account."""
    number = st.session_state.get(ACCOUNT_FORM, 0)

    def key(name: str) -> str:
        return state.field(f"{SCOPE}-{number}", name)

    st.markdown("#### " + _("Akun baru"))
    with st.form(key("form")):
        name = st.text_input(_("Nama"), key=key("name"), max_chars=LONGEST_NAME)
        login = st.text_input(
            _("Nama masuk"),
            key=key("login"),
            max_chars=40,
            help=_("Huruf kecil, angka, titik, garis. Tidak dapat diganti lagi."),
        )
        roles = st.multiselect(
            _("Tugas"),
            list(Role),
            format_func=lambda r: _(r.label),
            key=key("roles"),
            help=_("Tugas pertama adalah tugas saat masuk; yang lain dapat dipilih di kanan atas."),
            placeholder=_("pilih"),
        )
        pressed = st.form_submit_button(_("Buat akun"), type="primary")
    if not pressed:
        return
    try:
        new = accounts.make(parts.here(), parts.now(), actor, login, name, roles)
    except SigapError as refused:
        parts.say_refusal(refused)
        return
    st.session_state[ACCOUNT_SHOWN] = (actor.account, new)
    st.session_state[ACCOUNT_FORM] = number + 1
    st.rerun()


def _shown_once(new: NewAccount) -> None:
    """Show a one-time password; afterwards nobody can read it again."""
    st.markdown("#### " + _("Kata sandi sementara untuk {name}").format(name=plain(new.account.name)))
    st.code(f"{new.account.login}\n{new.password}", language=None)
    st.info(
        _(
            "Hanya ditampilkan sekali. Berikan kepada orangnya sendiri; saat masuk pertama ia membuat kata "
            "sandi sendiri."
        )
    )
    if st.button(_("Sudah dicatat"), key=state.field(SCOPE, "noted"), type="primary"):
        del st.session_state[ACCOUNT_SHOWN]
        st.rerun()
