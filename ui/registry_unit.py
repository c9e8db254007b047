"""Registri, units: list, form, and whether a unit is ready."""

import streamlit as st

from domain.case import Actor
from domain.permissions import Action
from domain.units import UnitState
from domain.words import Mode, UnitStatus
from services import registry
from services.registry import Entry
from ui import parts
from ui.duty import allowed
from ui.i18n import _
from ui.registry_entry import Opened, Row, headline, listing, opened_entry, retire, save
from ui.registry_form import Form, agency_label
from ui.review_figures import SHAPES
from ui.words import capability_name, plain

MODE_SIGNS = {mode: {d.value: s for d, s in SHAPES.items()}.get(mode.value, "●") for mode in Mode}
"""Sign of what a unit moves on: that of the matra, a dot on foot."""
KMH, KNOT = "speed_kmh", "speed_kn"


def tab(actor: Actor | None) -> None:
    """Draw the register of units."""
    entries = registry.entries(parts.here(), "unit")
    states = {state.unit.unit_code: state for state in registry.unit_states(parts.here(), parts.now())}
    left, right = st.columns([11, 9])
    with right:
        can_edit = allowed(actor, Action.EDIT_REGISTRY)
    with left:
        listing(
            "unit",
            entries,
            lambda entry: _list_row(entry, states.get(entry.code)),
            add=_("Unit baru") if can_edit else None,
            height=640,
        )
    opened = opened_entry("unit")
    with right:
        if opened is None:
            st.info(_("Pilih satu baris untuk melihat atau mengubah unit."))
            return
        headline(opened, entries, _("Unit baru"))
        if opened.entry is not None and opened.entry.code in states:
            _readiness(actor, opened, states[opened.entry.code])
        _form(actor, opened, can_edit)
        if actor is not None and can_edit:
            words = _("Unit yang dipensiunkan tidak diusulkan lagi; kasus lama tetap memuatnya.")
            retire(opened, actor, words)


def _list_row(entry: Entry, state: UnitState | None) -> Row:
    row, mode = entry.row, Mode(entry.row["mode"])
    return {
        _("Kode"): entry.code,
        _("Jenis"): _kind_name(row["kind"]),
        _("Instansi"): row["agency"],
        _("Gerak"): _mode_label(mode),
        _("Pos"): row["station"],
        _("Status"): _(state.status.label) if state else "–",
        _("Asal data"): _("contoh") if row["example"] else _("resmi"),
    }


def _mode_label(mode: Mode) -> str:
    return f"{MODE_SIGNS[mode]} {_(mode.label)}"


def _kind_name(code: str) -> str:
    return parts.here().pack.kinds.get(code, code)


def _form(actor: Actor | None, opened: Opened, can_edit: bool) -> None:
    form = Form(opened, can_edit=can_edit)
    with st.form(opened.key("form")):
        new = _identity(form) | _abilities(form) | _numbers(form) | _limits(form)
        new["example"] = form.tick("example", _("Contoh: kode atau angka ini belum bersumber resmi"), True)
        pressed = form.submit()
    if pressed and actor is not None:
        save(opened, actor, lambda: new, form.refuse)


def _identity(form: Form) -> Row:
    pack, stations = parts.here().pack, registry.stations(parts.here())
    one, two, three = st.columns([3, 3, 2])
    with one:
        code = form.text("unit_code", _("Kode unit"), limit=40, fixed=True)
    with two:
        kind = form.choice("kind", _("Jenis unit"), sorted(pack.kinds, key=_kind_name), _kind_name)
    with three:
        mode = form.choice(
            "mode", _("Matra gerak"), [mode.value for mode in Mode], lambda code: _mode_label(Mode(code))
        )
    one, two = st.columns(2)
    with one:
        agency = form.choice("agency", _("Instansi"), list(pack.agencies), agency_label)
    with two:
        station = form.choice(
            "station",
            _("Pos"),
            sorted(stations),
            lambda code: f"{code} · {stations[code].name}" if code in stations else code,
        )
    return {
        "unit_code": code,
        "kind": kind or "",
        "mode": mode or "",
        "agency": agency or "",
        "station": station or "",
    }


def _abilities(form: Form) -> Row:
    known = {*parts.here().pack.capabilities, *form.row.get("capabilities", ())}
    chosen = st.multiselect(
        _("Kemampuan"),
        sorted(known, key=capability_name),
        form.row.get("capabilities", []),
        format_func=capability_name,
        key=form.opened.key("capabilities"),
        disabled=form.off,
        placeholder=_("pilih sedikitnya satu"),
    )
    form.place("capabilities")
    return {"capabilities": list(chosen)}


def _numbers(form: Form) -> Row:
    speed, measure, day, night, people = st.columns([3, 3, 3, 3, 2])
    value = speed.number_input(
        _("Kecepatan"),
        0.0,
        value=float(form.row.get(KMH) or form.row.get(KNOT) or 0.0),
        step=1.0,
        format="%.1f",
        key=form.opened.key("speed"),
        disabled=form.off,
        help=_("Kecepatan rencana untuk seluruh perjalanan, bukan dari brosur."),
    )
    unit = measure.selectbox(
        _("Satuan"),
        [KMH, KNOT],
        1 if KNOT in form.row else 0,
        format_func=lambda name: _("km/jam") if name == KMH else _("knot"),
        key=form.opened.key("measure"),
        disabled=form.off,
    )
    turnout = _("Dari perintah sampai berangkat, detik.")
    with day:
        day_s = form.whole("turnout_day_s", _("Siap siang (dtk)"), 300, step=30, hint=turnout)
    with night:
        night_s = form.whole("turnout_night_s", _("Siap malam (dtk)"), 300, step=30, hint=turnout)
    with people:
        personnel = form.whole("personnel", _("Personel"), 0)
    form.place(KMH, KNOT, "turnout_day_s", "turnout_night_s", "personnel")
    return {
        unit: float(value),
        "turnout_day_s": day_s,
        "turnout_night_s": night_s,
        "personnel": personnel,
    }


def _limits(form: Form) -> Row:
    """Draw what keeps a unit from going, and the boat that a vehicle carries."""
    crew, endurance, sea = st.columns(3)
    with crew:
        crew_min = form.whole(
            "crew_min", _("Awak paling sedikit"), 1, hint=_("Dengan awak kurang dari ini tidak berangkat.")
        )
    with endurance:
        endurance_min = form.maybe(
            "endurance_min",
            _("Daya jelajah (menit)"),
            10,
            hint=_("Paling lama di perjalanan: pergi, bekerja, dan pulang. Kosong: tidak membatasi."),
        )
    with sea:
        sea_limit_m = form.maybe(
            "sea_limit_m",
            _("Batas gelombang (m)"),
            0.5,
            hint=_("Gelombang signifikan tertinggi untuk bekerja. Kosong: tidak diketahui."),
        )
    form.place("crew_min", "endurance_min", "sea_limit_m")
    sail, launch = st.columns(2)
    with sail:
        sail_kn = form.maybe(
            "sail_kn",
            _("Perahu yang dibawa (knot)"),
            1.0,
            hint=_("Kecepatan perahu yang dibawa kendaraan darat ini. Kosong: tidak membawa perahu."),
        )
    with launch:
        launch_s = form.whole(
            "launch_s",
            _("Menurunkan perahu (dtk)"),
            0,
            step=30,
            hint=_("Dari tiba di dermaga sampai perahu yang dibawa mengapung, detik."),
        )
    form.place("sail_kn", "launch_s")
    return {
        "crew_min": crew_min,
        "endurance_min": endurance_min,
        "sea_limit_m": sea_limit_m,
        "sail_kn": sail_kn,
        "launch_s": launch_s,
    }


def _readiness(actor: Actor | None, opened: Opened, state: UnitState) -> None:
    """Say what the unit does now; who may, takes it out of service with a reason or back into it."""
    code, ready = state.unit.unit_code, state.status in (UnitStatus.AVAILABLE, UnitStatus.RETURNING)
    with st.container(border=True):
        words = _("Status sekarang: **{status}**").format(status=_(state.status.label))
        st.markdown(f"{words} · {plain(state.reason)}" if state.reason else words)
        if not ready and state.status is not UnitStatus.OUT_OF_SERVICE:
            st.caption(_("Sedang dipakai sebuah kasus ({by}).").format(by=plain(state.held_by or "–")))
            return
        if not allowed(actor, Action.SET_UNIT_SERVICE):
            return
        if state.status is UnitStatus.RETURNING:
            _ready_again(actor, code, opened.key("at_station"), _("Sudah di pos / Siaga"))
        if ready:
            left, right = st.columns([3, 2], vertical_alignment="bottom")
            reason = left.text_input(_("Alasan tidak siap"), key=opened.key("reason"), max_chars=120)
            if right.button(_("Nyatakan tidak siap"), key=opened.key("out"), width="stretch"):
                _set_service(actor, code, reason, _("{code} dinyatakan tidak siap.").format(code=code))
        else:
            _ready_again(actor, code, opened.key("back"), _("Nyatakan siap kembali"))


def _ready_again(actor: Actor, code: str, key: str, label: str) -> None:
    if st.button(label, key=key):
        _set_service(actor, code, None, _("{code} siaga kembali.").format(code=code))


def _set_service(actor: Actor, code: str, reason: str | None, done: str) -> None:
    parts.act(lambda: registry.set_service(parts.here(), parts.now(), actor, code, reason), done)
