"""Riwayat: every change of the case, the newest first; late entries are marked as such."""

from html import escape
from typing import Any

import streamlit as st

from domain.events import Event
from domain.words import N_, CaseStatus, Role
from ui import parts
from ui.case_sheet import CaseSheet
from ui.event_words import action_label
from ui.i18n import _, format_date, format_time

HEIGHT = 470
_WORDS = {
    "agencies": "code",
    "assignments": "unit_code",
    "forwardings": "agency",
    "sitreps": "text",
    "attachments": "name",
}
"""Collection of a case -> the field of its items that people know it by."""
_STAMPS = {
    "departed_at": N_("berangkat"),
    "arrived_at": N_("tiba"),
    "cleared_at": N_("selesai"),
    "withdrawn_at": N_("ditarik"),
}


def trail_tab(sheet: CaseSheet) -> None:
    """Draw the trail."""
    rows = "".join(_row(event) for event in reversed(sheet.view.events))
    with st.container(height=HEIGHT):
        st.html(f'<ol class="sigap-trail">{rows}</ol>')
    sop = parts.here().pack.sop
    st.caption(
        _(
            "SOP {number}: dibuat {made}, direvisi {revised}, efektif {effective} seperti tercetak; {note}."
        ).format(
            number=sop.number, made=sop.made, revised=sop.revised, effective=sop.effective, note=_(sop.note)
        )
    )


def _row(event: Event) -> str:
    at = f"{format_date(event.occurred_at)} {format_time(event.occurred_at, seconds=True)}"
    late = ""
    if event.is_late_entry:
        words = _("entri susulan, dicatat {time}").format(time=format_time(event.entered_at))
        late = f"<em>{escape(words)}</em>"
    who = who_did(event.actor, event.account, event.role, event.on_behalf_of)
    details = escape(_details(event))
    return (
        f"<li><time>{escape(at)}</time><b>{escape(action_label(event.action))}</b>"
        f"<span>{details}</span><i>{escape(who)}</i>{late}</li>"
    )


def who_did(actor: str, account: str, role: str, on_behalf_of: str) -> str:
    """Return “Eka (eka) · Supervisor, atas nama Citra”; the account only where it says more than the name."""
    name = f"{actor} ({account})" if account and account.casefold() != actor.casefold() else actor
    words = f"{name} · {_(Role(role).label) if role in set(Role) else role}"
    return _("{who}, atas nama {name}").format(who=words, name=on_behalf_of) if on_behalf_of else words


def _stamps(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return which times of a unit a change set."""
    return [_(word) for name, word in _STAMPS.items() if after.get(name) and not before.get(name)]


def _details(event: Event) -> str:
    """Return what a change was about, in the words that people know: status, agency, unit, text."""
    parts, after = [], event.after
    if "status" in after:
        parts.append(_(CaseStatus(after["status"]).label))
    for key, value in after.items():
        name = _WORDS.get(key.partition("/")[0])
        if name and isinstance(value, dict) and value.get(name):
            stamps = _stamps(event.before.get(key) or {}, value)
            parts.append(" ".join([str(value[name]), *stamps]))
    return ", ".join(dict.fromkeys(parts))
