"""The form of Penerimaan: what a call taker asks, in the order of the questions, while talking.

Every input lives under the key of its own call, so that two calls do not mix and another page loses
nothing. Only the four buttons at the bottom store something.
"""

from collections.abc import Mapping

import streamlit as st

from domain.case import Actor, Case, Location
from domain.errors import SigapError, StaleCase
from domain.permissions import Action, may
from domain.words import N_, CallClass, CaseStatus, StepState
from geo.errors import GeoError
from services import exits, intake, monitoring
from services.change import CaseRef
from services.intake import Report
from ui import drafts, incident_inputs, location_picker, parts
from ui.call_clock import call_clock
from ui.duty import who_may
from ui.i18n import _, plural, sentence
from ui.intake_nearby import nearby_block, nearby_markers
from ui.links import CALL_QUERY
from ui.location_picker import forget, place_inputs, place_map, zone_line
from ui.state import CALL, SAVED, field
from ui.words import plain

MAP_HEIGHT = 420
NUMBER, NO_NUMBER, REPORTER, ANONYMOUS, NARRATIVE = (
    "callback_number",
    "no_number_reason",
    "reporter_name",
    "anonymous_reason",
    "narrative",
)
_VERSION, _FACTS = "version", "facts_at_begin"
HELD = (
    NUMBER,
    NO_NUMBER,
    REPORTER,
    ANONYMOUS,
    NARRATIVE,
    *incident_inputs.HELD,
    *location_picker.HELD,
    _VERSION,
    _FACTS,
)
"""What of the form survives a reload; the version too, so that nobody's work is overwritten by it."""

DONE = {
    CallClass.NORMAL: N_("Jenis ditetapkan: Normal. Lanjutkan verifikasi pada halaman Kasus."),
    CallClass.PRANK: N_("Jenis ditetapkan: Prank. Tutup dengan catatan pada halaman Kasus."),
    CallClass.GHOST: N_("Jenis ditetapkan: Ghost. Catat telepon balik, lalu tutup pada halaman Kasus."),
    CallClass.INFORMATION: N_("Jenis ditetapkan: Informasi. Tutup dengan catatan pada halaman Kasus."),
}


def scope_of(case: Case) -> str:
    """Return the name under which a call's inputs are kept."""
    return f"call-{case.case_id}"


def open_form(case_id: str) -> None:
    """Show the form of this call here, and keep it in the address so that a reload finds it again."""
    st.session_state[CALL] = case_id
    st.session_state.pop(SAVED, None)
    st.query_params[CALL_QUERY] = case_id


def leave_form() -> None:
    """Go back to the list of calls; what was typed stays (`ui.drafts`)."""
    st.session_state.pop(CALL, None)
    st.query_params.pop(CALL_QUERY, None)


def is_writable(case: Case) -> bool:
    """Whether the report of this call may still be written down; its class may be decided already."""
    open_step = case.step(1).state is not StepState.DONE
    return case.status is CaseStatus.RECEIVED or (case.status is CaseStatus.CLASSIFIED and open_step)


def was_begun(case: Case) -> bool:
    """Whether somebody began to write down this call here."""
    drafts.recall(scope_of(case), scope_of(case))
    return field(scope_of(case), _VERSION) in st.session_state


def call_form(case: Case, actor: Actor) -> None:
    """Draw the form of one opened call."""
    with st.container(key="intake"):
        _form(case, actor)


def received_cases() -> list[Case]:
    """Return the calls that nobody has written down or whose class nobody has decided, the oldest first."""
    rows = monitoring.board(parts.here(), parts.now()).rows
    received = [row.case for row in rows if is_writable(row.case)]
    return sorted(received, key=lambda case: case.call.received_at)


def unwritten_calls() -> list[Case]:
    """Return the calls that nobody has written down yet, the oldest first."""
    return [case for case in received_cases() if case.step(1).state is not StepState.DONE]


def _form(case: Case, actor: Actor) -> None:
    scope, now = scope_of(case), parts.now()
    drafts.recall(scope, scope)
    st.session_state.setdefault(field(scope, _VERSION), case.version)
    st.session_state.setdefault(field(scope, _FACTS), (case.incident, case.location))
    incident_inputs.begin(scope, case.incident, case.location)
    with st.container(horizontal=True, vertical_alignment="center", key="intake_head"):
        call_clock(case.call.received_at, case.step(1).target_s, now, key=f"clock-{case.case_id}")
        st.markdown(f"**{case.call_no}** · {_(case.call.channel.label)}")
        others = len(unwritten_calls()) - 1
        if others > 0:
            st.markdown(
                plural(
                    "▲ {n} panggilan lain belum dicatat", "▲ {n} panggilan lain belum dicatat", others
                ).format(n=others)
            )
        st.button(_("Ke daftar panggilan"), on_click=leave_form)
    drafts.tell(scope, lambda: _empty(case))
    left, right = st.columns([9, 11])
    with left:
        _who(scope)
        st.text_area(
            _("Kronologi"),
            key=field(scope, NARRATIVE),
            height=200,
            max_chars=4000,
            placeholder=_("Apa yang terjadi, siapa, di mana, keadaan korban — kata-kata pelapor."),
            persist_state="session",
        )
        incident_inputs.type_input(scope)
        incident_inputs.victims_and_priority(scope)
        place = place_inputs(scope, case.location)
    with right:
        domain = incident_inputs.domain_input(scope, place)
        point = place.point
        near = intake.nearby_cases(parts.here(), now, point, domain, case.case_id) if point and domain else []
        place_map(scope, place, domain, height=MAP_HEIGHT, others=nearby_markers(near))
        zone_line(place)
        incident_inputs.side_line(scope, place)
        nearby_block(near, actor, lambda primary: _merge(case, actor, place, primary))
    drafts.hold(scope, scope, HELD)
    _buttons(case, actor, place)
    if st.session_state[field(scope, _FACTS)] == (case.incident, case.location):
        # Whatever changed, it is on the screen now, and nothing that this form writes was touched.
        st.session_state[field(scope, _VERSION)] = case.version


def _empty(case: Case) -> None:
    """Let the form begin anew: with the facts of the call, and no words."""
    scope = scope_of(case)
    for name in (NUMBER, NO_NUMBER, REPORTER, ANONYMOUS, NARRATIVE):
        st.session_state[field(scope, name)] = ""
    for name in (_VERSION, _FACTS):
        st.session_state.pop(field(scope, name), None)
    incident_inputs.reset(scope, case.incident, case.location)
    location_picker.reset(scope, case.location)


def _who(scope: str) -> None:
    """Ask for the number, or why there is none, and for the name, or why there is none."""
    number, no_number = st.columns(2)
    typed = number.text_input(
        _("Nomor panggil balik"),
        key=field(scope, NUMBER),
        max_chars=24,
        live="0.4s",
        placeholder="0812 3456 7890",
        persist_state="session",
    )
    no_number.text_input(
        _("Alasan bila tidak ada nomor"),
        key=field(scope, NO_NUMBER),
        max_chars=120,
        placeholder=_("nomor tersembunyi, radio, datang langsung"),
        persist_state="session",
    )
    _history(typed)
    name, anonymous = st.columns(2)
    name.text_input(_("Nama pelapor"), key=field(scope, REPORTER), max_chars=80, persist_state="session")
    anonymous.text_input(
        _("Alasan bila anonim"),
        key=field(scope, ANONYMOUS),
        max_chars=120,
        placeholder=_("menolak menyebut nama"),
        persist_state="session",
    )


def _history(number: str) -> None:
    """Say at once what this number did lately."""
    center = parts.here()
    days = center.pack.city.prank_history_days
    counts = intake.history_of_number(center, parts.now(), number)
    if counts is None:
        st.caption(_("Riwayat nomor {days} hari terakhir muncul di sini.").format(days=days))
    elif not counts:
        st.caption(_("Belum ada panggilan lain dari nomor ini dalam {days} hari.").format(days=days))
    elif counts.get(CallClass.PRANK.value):
        st.markdown(f":red[**▲ {history_words(counts, days)}**]")
    else:
        st.markdown(history_words(counts, days))


def history_words(counts: Mapping[str, int], days: int) -> str:
    """Return “3 panggilan prank, 1 panggilan normal dalam 30 hari”, pranks first."""
    order = [CallClass.PRANK, CallClass.GHOST, CallClass.NORMAL, CallClass.INFORMATION]
    known = [(_(kind.label).lower(), counts[kind.value]) for kind in order if kind.value in counts]
    undecided = [(_("belum ditetapkan"), counts[""])] if "" in counts else []
    said = ", ".join(_("{n} panggilan {kind}").format(n=n, kind=kind) for kind, n in (*known, *undecided))
    return _("{calls} dalam {days} hari").format(calls=said, days=days)


def _report(scope: str, place: Location) -> Report:
    """Return what is typed now."""
    text = {
        name: str(st.session_state.get(field(scope, name)) or "")
        for name in (NARRATIVE, NUMBER, NO_NUMBER, REPORTER, ANONYMOUS)
    }
    return Report(
        narrative=text[NARRATIVE],
        callback_number=text[NUMBER],
        no_number_reason=text[NO_NUMBER],
        reporter_name=text[REPORTER],
        anonymous_reason=text[ANONYMOUS],
        incident=incident_inputs.incident(scope),
        location=place,
    )


def _buttons(case: Case, actor: Actor, place: Location) -> None:
    """Draw the four classes with their keys; each stores the report and proposes or decides the class."""
    if case.step(1).state is StepState.DONE:
        st.warning(
            _("Laporan panggilan ini sudah dicatat oleh {user}. Lanjutkan pada halaman Kasus.").format(
                user=case.step(1).user
            )
        )
        return
    if not may(actor.role, Action.TAKE_CALL):
        st.caption(who_may(Action.TAKE_CALL))
        return
    if case.call.call_class is not None:
        _report_only(case, actor, place, case.call.call_class)
        return
    decides = may(actor.role, Action.CLASSIFY)
    columns = st.columns(len(CallClass))
    for number, (column, kind) in enumerate(zip(columns, CallClass, strict=True), start=1):
        clicked = column.button(
            _(kind.label),
            key=f"class-{kind.value}",
            shortcut=str(number),
            type="primary" if kind is CallClass.NORMAL else "secondary",
            width="stretch",
        )
        if clicked:
            _save(case, actor, place, kind)
    st.caption(
        _("Menyimpan laporan dan menetapkan jenisnya; prank dipastikan oleh orang kedua.")
        if decides
        else _("Menyimpan laporan dan mengusulkan jenisnya; Dispatcher menetapkan.")
    )


def _report_only(case: Case, actor: Actor, place: Location, kind: CallClass) -> None:
    """Draw the one button of a call whose class was decided before its report was written down."""
    words = _("Jenis panggilan ini sudah ditetapkan {kind} oleh {user}; laporannya belum dicatat.")
    st.info(words.format(kind=_(kind.label), user=plain(case.call.decided_by or "")))
    pressed = st.button(_("Simpan laporan"), key="save_report", type="primary", width="stretch")
    if pressed and _store(case, actor, place) is not None:
        _finish(case, _("Laporan dicatat. Lanjutkan pada halaman Kasus."), refused=False)


def _store(case: Case, actor: Actor, place: Location) -> Case | None:
    """Store the report; on refusal say why, keep everything typed, and return None."""
    scope = scope_of(case)
    ref = CaseRef(case.case_id, st.session_state[field(scope, _VERSION)])
    try:
        return intake.record_report(parts.here(), parts.now(), actor, ref, _report(scope, place))
    except StaleCase as error:
        parts.say_refusal(error)
        st.button(
            _("Muat ulang"), key="reload", on_click=lambda: st.session_state.pop(field(scope, _VERSION), None)
        )
    except (SigapError, GeoError) as error:
        parts.say_refusal(error)
    return None


def _save(case: Case, actor: Actor, place: Location, kind: CallClass) -> None:
    """Store the report, then the class; a refused class leaves the report stored and says why."""
    stored = _store(case, actor, place)
    if stored is None:
        return
    center, now = parts.here(), parts.now()
    try:
        decides = may(actor.role, Action.CLASSIFY)
        if stored.call.proposed_class is None or not decides:
            stored = intake.propose_class(center, now, actor, CaseRef(stored.case_id, stored.version), kind)
        if decides:
            intake.classify(center, now, actor, CaseRef(stored.case_id, stored.version), kind)
            done = _(DONE[kind])
        else:
            done = _("Usulan jenis: {kind}. Menunggu penetapan Dispatcher.").format(kind=_(kind.label))
    except (SigapError, GeoError) as error:
        _finish(case, sentence(error), refused=True)
    else:
        _finish(case, done, refused=False)


def _merge(case: Case, actor: Actor, place: Location, primary: Case) -> None:
    """Store the report, then join it to the open case that it repeats."""
    stored = _store(case, actor, place)
    if stored is None:
        return
    try:
        exits.merge(
            parts.here(),
            parts.now(),
            actor,
            CaseRef(stored.case_id, stored.version),
            CaseRef(primary.case_id, primary.version),
        )
    except (SigapError, GeoError) as error:
        _finish(case, sentence(error), refused=True)
    else:
        _finish(case, _("Digabung dengan {call_no}.").format(call_no=primary.call_no), refused=False)


def _finish(case: Case, words: str, *, refused: bool) -> None:
    """Show the saved state and clear the form for the next call."""
    forget(scope_of(case))
    drafts.drop(scope_of(case))
    leave_form()
    st.session_state[SAVED] = (case.case_id, case.call_no, words, refused)
    st.rerun()
