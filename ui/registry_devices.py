"""Registri, position devices: which phone or tracker reports for which unit; made, shown once, revoked."""

from datetime import datetime

import streamlit as st

from domain.case import Actor
from domain.errors import BadInput, SigapError
from domain.permissions import Action, may
from services import devices, registry
from services.devices import NewDevice, StoredDevice
from ui import device_links, parts, state
from ui.duty import allowed
from ui.i18n import _, format_datetime, format_duration
from ui.state import DEVICE_FORM, DEVICE_SHOWN
from ui.words import plain

SCOPE = "device"
HEIGHT = 640
QR_WIDTH = 230


def tab(actor: Actor | None) -> None:
    """Draw the register of devices."""
    left, right = st.columns([11, 9])
    with left:
        _listing(actor)
    with right:
        if not allowed(actor, Action.EDIT_DEVICES):
            return
        new: NewDevice | None = st.session_state.get(DEVICE_SHOWN)
        # Whoever takes over the desk has no business with a token that somebody else left on the screen.
        if new is not None and new.device.made_by == actor.name:
            _shown_once(new)
        else:
            _form(actor)


def _listing(actor: Actor | None) -> None:
    """Draw the devices by unit, those in use first."""
    known, now = devices.listed(parts.here()), parts.now()
    with_old = st.toggle(_("Tampilkan yang dicabut"), key=state.field(SCOPE, "revoked"))
    rows = [one for one in known if with_old or one.revoked_at is None]
    if not rows:
        st.info(
            _(
                "Belum ada alat posisi. Buat satu di sebelah kanan; HP atau pelacak itu lalu melapor untuk "
                "unitnya."
            )
        )
        return
    with st.container(height=HEIGHT, border=False):
        for one in rows:
            with st.container(border=True, key=f"device_{one.device_id}"):
                _row(actor, one, now)


def _row(actor: Actor | None, one: StoredDevice, now: datetime) -> None:
    words, button = st.columns([4, 1], vertical_alignment="center")
    made = _("dibuat {at} oleh {by}").format(at=format_datetime(one.made_at), by=plain(one.made_by))
    trust = _("urutan {n}, berlaku {age}").format(n=one.priority, age=format_duration(one.max_age_s))
    words.markdown(f"**{plain(one.unit_code)}** · {plain(one.label)}  \n{_standing(one, now)}")
    words.caption(f"{made} · {trust}")
    if one.revoked_at is not None or actor is None or not may(actor.role, Action.EDIT_DEVICES):
        return
    with button.popover(_("Cabut …"), key=state.field(SCOPE, f"ask-{one.device_id}")):
        st.markdown(
            _("**{label}** ({unit}) tidak dapat melapor lagi, dan halaman Regu di HP itu terkunci.").format(
                label=plain(one.label), unit=plain(one.unit_code)
            )
        )
        if st.button(_("Cabut sekarang"), key=state.field(SCOPE, f"revoke-{one.device_id}"), type="primary"):
            parts.act(
                lambda: devices.revoke(parts.here(), parts.now(), actor, one.device_id),
                _("{label} dicabut.").format(label=one.label),
            )


def _standing(one: StoredDevice, now: datetime) -> str:
    """Return what is known of a device: revoked, its last position, why one was refused; word and shape."""
    if one.revoked_at is not None:
        return "■ " + _("dicabut {at}").format(at=format_datetime(one.revoked_at))
    live = parts.here().live
    if live.device(one.device_id) is None:
        return "■ " + _("unitnya sudah dipensiunkan; laporannya tidak diterima")
    newest, refused = live.newest_of(one.device_id), live.refused_of(one.device_id)
    if newest is None:
        told = "○ " + _("belum pernah melapor")
    else:
        age_s = newest.age_s(now)
        sign = "●" if age_s <= one.max_age_s else "▲"
        told = f"{sign} " + _("posisi {age} lalu lewat {source}").format(
            age=format_duration(age_s), source=_(newest.source.label)
        )
    if refused is not None and (newest is None or refused[1] >= newest.received_at):
        told += "  \n▲ " + _("terakhir ditolak {at}: {why}").format(
            at=format_datetime(refused[1]), why=_(refused[0].label)
        )
    return told


def _form(actor: Actor) -> None:
    """Draw the form for a new device."""
    center = parts.here()
    number = st.session_state.get(DEVICE_FORM, 0)

    def key(name: str) -> str:
        return state.field(f"{SCOPE}-{number}", name)

    st.markdown("#### " + _("Alat baru"))
    with st.form(key("form")):
        unit = st.selectbox(
            _("Unit"), sorted(registry.units(center)), None, key=key("unit_code"), placeholder=_("pilih")
        )
        label = st.text_input(
            _("Nama alat"),
            key=key("label"),
            max_chars=devices.LONGEST_LABEL,
            placeholder=_("mis. HP komandan regu"),
        )
        one, two = st.columns(2)
        priority = one.number_input(
            _("Urutan dipercaya"),
            1,
            9,
            1,
            key=key("priority"),
            help=_("Bila sebuah unit punya beberapa alat, yang bernomor kecil dipercaya lebih dahulu."),
        )
        age_s = two.number_input(
            _("Umur posisi paling tua (dtk)"),
            5,
            86_400,
            center.pack.city.device_max_age_s,
            step=30,
            key=key("max_age_s"),
            help=_("Posisi yang lebih tua mengalah pada alat lain yang posisinya baru."),
        )
        pressed = st.form_submit_button(_("Buat alat"), type="primary")
    if not pressed:
        return
    try:
        new = devices.make(
            center,
            parts.now(),
            actor,
            unit or "",
            label,
            priority=int(priority),
            max_age_s=int(age_s),
        )
    except BadInput as refused:
        if refused.field == "unit_code" and not unit:
            st.error(_("Pilih unit yang dilaporkan alat ini."))
            return
        parts.say_refusal(refused)
        return
    except SigapError as refused:
        parts.say_refusal(refused)
        return
    st.session_state[DEVICE_SHOWN] = new
    st.session_state[DEVICE_FORM] = number + 1
    st.rerun()


def _shown_once(new: NewDevice) -> None:
    """Show a new device's token and what to scan; afterwards nobody can read the token again."""
    base = device_links.base_of(st.context.url or "")
    found = device_links.links(base, new.device.unit_code, new.token)
    st.markdown(f"#### {plain(new.device.unit_code)} · {plain(new.device.label)}")
    st.warning(
        _("Token ini hanya tampil sekali. Pindai sekarang; bila hilang, cabut alat ini dan buat lagi.")
    )
    if device_links.is_local(base):
        st.warning(
            _(
                "Alamat {base} hanya sampai ke komputer ini. Buka Sigap lewat alamat yang dapat dicapai HP, "
                "lalu buat alatnya dari sana."
            ).format(base=plain(base))
        )
    elif not device_links.is_secure(base):
        st.warning(
            _(
                "Tanpa HTTPS browser HP tidak memberi posisi dan halaman Regu tidak terbuka tanpa jaringan. "
                "Pakai HTTPS, atau Traccar Client dan OwnTracks."
            )
        )
    crew, traccar, owntracks = st.tabs([_("Halaman Regu"), "Traccar Client", "OwnTracks"])
    with crew:
        st.image(device_links.qr(found.crew), width=QR_WIDTH)
        st.caption(_("Pindai dengan kamera HP regu; halaman itu lalu terpasang untuk unitnya."))
        st.code(found.crew, language=None, wrap_lines=True)
    with traccar:
        st.image(device_links.qr(found.traccar), width=QR_WIDTH)
        st.caption(_("Pindai dengan kamera HP yang sudah memasang Traccar Client, atau isikan sendiri:"))
        _settings({_("Alamat server"): found.traccar_url, _("Pengenal alat"): new.token})
    with owntracks:
        st.image(device_links.qr(found.owntracks), width=QR_WIDTH)
        st.caption(
            _("Pindai dengan kamera HP yang sudah memasang OwnTracks, atau isikan sendiri (mode HTTP):")
        )
        _settings(
            {
                _("Alamat server"): found.owntracks_url,
                _("Nama pengguna"): new.device.unit_code,
                _("Kata sandi"): new.token,
            }
        )
    st.caption(_("Aplikasi lain (GeoJSON, ATAK) memakai token ini di /api/v1/positions dan /api/cot."))
    if st.button(_("Sudah dipindai, tutup"), type="primary", key=state.field(SCOPE, "close")):
        del st.session_state[DEVICE_SHOWN]
        st.rerun()


def _settings(values: dict[str, str]) -> None:
    for name, value in values.items():
        st.caption(name)
        st.code(value, language=None, wrap_lines=True)
