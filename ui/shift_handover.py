"""Piket, handover: who leaves reads what is open and signs; who comes reads it and accepts or refuses."""

import streamlit as st

from domain import duty as rules
from domain.case import Actor
from domain.duty import LONGEST_NOTES, LONGEST_REASON
from domain.handover import Handover
from domain.permissions import Action
from domain.words import Role
from services import duty
from services.duty import Desk
from ui import drafts, parts, shift_sheet, shift_words, state
from ui.duty import allowed
from ui.i18n import _
from ui.words import plain

SCOPE = "handover"


def draw(actor: Actor) -> None:
    """Draw what waits for an answer, then what the person may hand over."""
    waiting = duty.waiting(parts.here())
    for one in waiting:
        with st.container(border=True, key=f"handover_{one.document.handover_id}"):
            _waiting(actor, one)
    desks = [
        desk
        for desk in duty.open_desks(parts.here(), parts.now())
        if desk.handover is None or not desk.handover.settles
    ]
    if not desks:
        if not waiting:
            st.caption("✓ " + _("Tidak ada piket yang menunggu diserahkan."))
        return
    _leave(actor, desks)


# --- for who comes ----------------------------------------------------------------------------------------


def _waiting(actor: Actor, one: Handover) -> None:
    words, deeds = st.columns([13, 5])
    with words:
        st.markdown("**▲ " + _("Menunggu diterima") + "**")
        st.html(shift_sheet.document(one))
    with deeds:
        own = rules.signer(actor).people & one.document.leaver.people
        if own:
            st.caption(_("Anda yang menyerahkan: sampai ada yang menerima, Anda tetap bertanggung jawab."))
        elif allowed(actor, Action.HAND_OVER_DUTY):
            _answer(actor, one)
        if own or actor.role is Role.SUPERVISOR:
            _withdraw(actor, one)


def _withdraw(actor: Actor, one: Handover) -> None:
    key = state.field(SCOPE, f"withdraw-{one.document.handover_id}")
    if st.button(_("Tarik kembali"), key=key):
        parts.act(
            lambda: duty.withdraw(parts.here(), parts.now(), actor, one.document.handover_id),
            _("Serah terima ditarik."),
        )


def _answer(actor: Actor, one: Handover) -> None:
    name = one.document.handover_id

    def key(what: str) -> str:
        return state.field(SCOPE, f"{what}-{name}")

    st.caption(
        _("Dengan menerima, Anda menyatakan sudah membaca semuanya dan bertanggung jawab mulai sekarang.")
    )
    if st.button(_("Terima piket"), key=key("accept"), type="primary", width="stretch"):
        parts.act(
            lambda: duty.accept(parts.here(), parts.now(), actor, name, one.sha256),
            _("Piket {watch} diterima.").format(watch=one.document.label),
        )
    reason = st.text_input(
        _("Alasan menolak"),
        key=key("reason"),
        max_chars=LONGEST_REASON,
        placeholder=_("apa yang masih kurang"),
    )
    if st.button(_("Tolak"), key=key("refuse"), width="stretch"):
        parts.act(
            lambda: duty.refuse(parts.here(), parts.now(), actor, name, reason),
            _("Serah terima ditolak; {name} tetap bertanggung jawab.").format(name=one.document.leaver.name),
        )


# --- for who leaves ---------------------------------------------------------------------------------------


def _leave(actor: Actor, desks: list[Desk]) -> None:
    person = rules.signer(actor)
    mine = next(
        (place for place, desk in enumerate(desks) if rules.leads(desk.people, person)), len(desks) - 1
    )
    left, right = st.columns([13, 5])
    with right:
        place = st.selectbox(
            _("Piket yang diserahkan"),
            range(len(desks)),
            mine,
            format_func=lambda place: shift_words.watch_title(desks[place].label, desks[place].watch),
            key=state.field(SCOPE, "watch"),
        )
        desk = desks[place]
        _sign(actor, desk)
    with left:
        st.markdown("**" + plain(_("Yang masih terbuka pada piket {watch}").format(watch=desk.label)) + "**")
        if desk.handover is not None:
            st.caption(
                plain(_("Serah terima sebelumnya: {state}").format(state=shift_words.state(desk.handover)))
            )
            if desk.handover.reason:
                st.caption(plain(_("Alasan: {reason}").format(reason=desk.handover.reason)))
        st.html(shift_sheet.summary(duty.prepared(parts.here(), parts.now(), desk.watch)))


def _sign(actor: Actor, desk: Desk) -> None:
    """Draw notes, taker and signature; or who signs instead."""
    if not allowed(actor, Action.HAND_OVER_DUTY):
        return
    try:
        rules.require_lead(desk.people, rules.signer(actor), rules.need_to_sign())
    except rules.NotYours as refused:
        parts.say_refusal(refused)
        return

    scope = f"{SCOPE}-{desk.watch.key}"

    def key(what: str) -> str:
        return state.field(scope, what)

    def hand_over() -> None:
        watch = desk.watch
        duty.hand_over(parts.here(), parts.now(), actor, watch.day, watch.shift, notes, to_login)
        drafts.drop(scope)

    def empty() -> None:
        st.session_state[key("notes")] = ""

    drafts.recall(scope, scope)
    drafts.tell(scope, empty)
    notes = st.text_area(
        _("Catatan untuk pengganti (wajib)"),
        key=key("notes"),
        max_chars=LONGEST_NOTES,
        height=160,
        placeholder=_("Tulis “tidak ada” bila memang tidak ada."),
        help=_("Tanpa nama dan nomor telepon pelapor: sebut nomor panggilan atau nomor register."),
    )
    drafts.hold(scope, scope, ["notes"])
    names = {one.login: one.name for one in duty.takers(parts.here(), actor)}
    to_login = st.selectbox(
        _("Yang menerima"),
        ["", *names],
        format_func=lambda login: names.get(login) or _("siapa pun yang memimpin giliran berikutnya"),
        key=key("taker"),
    )
    st.caption(_("Daftar di kiri disimpan seperti adanya saat Anda menandatangani, beserta SHA-256-nya."))
    if st.button(_("Tanda tangani dan serahkan"), key=key("sign"), type="primary", width="stretch"):
        parts.act(hand_over, _("Ditandatangani. Sampai ada yang menerima, Anda tetap bertanggung jawab."))
