"""Cuaca: what is known of wave and wind, and telling it anew. Boats and aircraft are checked against it."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from domain.case import Actor
from domain.errors import SigapError
from domain.permissions import Action
from domain.weather import Weather
from services import weather
from ui.duty import allowed
from ui.i18n import _, format_number, format_time
from ui.parts import here, now, say_refusal
from ui.state import NOTICE, field
from ui.words import plain

WAVE, WIND, WIND_FROM = (field("weather", name) for name in ("wave_m", "wind_kn", "wind_from_deg"))
REFUSAL = field("weather", "refusal")
"""Why the last telling was refused; stays while the page is drawn anew, until the next one."""


def weather_popover(actor: Actor | None) -> None:
    """Draw a button that says the weather in short; behind it what is known, and the form to tell it."""
    told = weather.current(here(), now())
    with st.popover(_short(told), icon=":material/air:", key="weather"):
        st.markdown(plain(weather_sentence(told)))
        if not allowed(actor, Action.SET_WEATHER):
            return
        # Empty each time: an old wave must not be told again as if somebody had just seen it.
        with st.form("weather_form", border=False):
            wave, wind, wind_from = st.columns(3)
            _number(wave, _("Gelombang (m)"), WAVE, 0.1, _("Gelombang signifikan, mis. dari BMKG."))
            _number(wind, _("Angin (knot)"), WIND, 1.0, _("0 berarti tanpa angin."))
            from_ = _("Dari mana angin bertiup, derajat dari utara: 90 timur, 180 selatan, 270 barat.")
            _number(wind_from, _("Angin dari (°)"), WIND_FROM, 10.0, from_)
            st.caption(_("Yang dikosongkan dianggap tidak diketahui."))
            st.form_submit_button(
                _("Catat cuaca"), type="primary", on_click=_tell, args=(actor, _("Cuaca dicatat"))
            )
        if REFUSAL in st.session_state:
            say_refusal(st.session_state[REFUSAL])


def weather_sentence(told: Weather | None) -> str:
    """Return what is known, by whom since when, and what is therefore not checked."""
    if told is None:
        return _("Cuaca belum diisi: batas laut dan angin tidak diperiksa")
    time = f"{format_time(told.observed_at)} {here().pack.city.timezone_label}"
    by = _("dicatat {time} oleh {by}").format(time=time, by=told.observed_by)
    return " · ".join((_wave(told), _wind(told), by))


def _wave(told: Weather) -> str:
    if told.wave_m is None:
        return _("Gelombang tidak diketahui: batas laut tidak diperiksa")
    return _("Gelombang {wave} m").format(wave=format_number(told.wave_m, 1))


def _wind(told: Weather) -> str:
    direction, speed_kn = told.wind
    if told.wind_kn is None:
        return _("angin tidak diketahui: tidak diperiksa")
    if direction is None:
        return _("tanpa angin")
    return _("angin {speed} kn dari {direction}°").format(
        speed=format_number(speed_kn), direction=format_number(direction)
    )


def _short(told: Weather | None) -> str:
    if told is None:
        return _("Cuaca belum diisi")
    wave = "–" if told.wave_m is None else format_number(told.wave_m, 1)
    wind = "–" if told.wind_kn is None else format_number(told.wind_kn)
    return _("Cuaca: {wave} m, {wind} kn").format(wave=wave, wind=wind)


def _number(place: DeltaGenerator, label: str, key: str, step: float, hint: str) -> None:
    """Draw one empty number; the rules of the domain say what it may be."""
    decimals = "%.1f" if step < 1 else "%.0f"
    place.number_input(label, value=None, step=step, format=decimals, key=key, placeholder="–", help=hint)


def _tell(actor: Actor, done: str) -> None:
    st.session_state.pop(REFUSAL, None)
    wave_m, wind_kn, wind_from_deg = (st.session_state[key] for key in (WAVE, WIND, WIND_FROM))
    try:
        weather.tell(here(), now(), actor, wave_m=wave_m, wind_from_deg=wind_from_deg, wind_kn=wind_kn)
    except SigapError as error:
        st.session_state[REFUSAL] = error
        return
    for key in (WAVE, WIND, WIND_FROM):
        st.session_state[key] = None
    st.session_state[NOTICE] = done
