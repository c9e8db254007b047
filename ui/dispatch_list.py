"""The right side of Pengerahan: what the plan needs, the ranked units, and those left out with why."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from domain.case import Case
from domain.joint import Standing, Trade
from domain.response_plan import IncidentType, Requirement
from domain.suggest import Candidate, Shortfall, suggest
from domain.units import UnitState
from geo.reach import Reach
from services.joint import Advice
from services.suggestion import Suggested
from ui.dispatch_picks import NEAREST, Choice, is_picked, set_pick, show_all
from ui.dispatch_words import (
    eta_range,
    evacuation_lines,
    fills,
    fuel,
    leaves_words,
    position_age,
    way,
    why_left_out,
)
from ui.i18n import _, plural
from ui.parts import here
from ui.words import capability_name, plain


def needs(case: Case, plan: IncidentType, found: Suggested, chosen: Sequence[Candidate]) -> None:
    """Show each requirement: filled, not chosen yet, or impossible to fill and why.

    `chosen` are the units that the case has and those that are ticked.
    """
    open_now = _by_need(_shortfalls(plan, found, chosen))
    impossible = _by_need(found.suggestion.shortfalls)
    lines = "".join(
        _unit_need(need, open_now, impossible) if need.capability else _notice_need(case, need)
        for need in plan.required
    )
    st.html(f'<ul class="sigap-needs">{lines}</ul>{_remarks(plan, found, chosen)}')


def _remarks(plan: IncidentType, found: Suggested, chosen: Sequence[Candidate]) -> str:
    """Return how a casualty at sea is brought in, what the choice leaves, conditional needs, the note."""
    remarks = []
    if found.evacuation is not None:
        remarks.append(" ".join(evacuation_lines(found.evacuation)))
    remarks.extend(_all_go(found, chosen))
    if plan.optional:
        remarks.append(_("Bila perlu: {needs}").format(needs="; ".join(_optional(n) for n in plan.optional)))
    if plan.note:
        remarks.append(plan.note)
    return "".join(f'<p class="sigap-remark">{escape(remark)}</p>' for remark in remarks)


def _all_go(found: Suggested, chosen: Sequence[Candidate]) -> list[str]:
    """Return what of the city stays covered when everything ticked goes, and how that was worked out."""
    coverage = found.suggestion.coverage
    if coverage is None or not chosen:
        return []
    left = leaves_words(coverage.leaves([c.state.unit.unit_code for c in chosen]))
    words = _("Bila semua yang dipilih berangkat: {left}").format(left=left)
    return [words + (_(" (perkiraan)") if coverage.is_estimate else "")]


def advice(found: Advice, numbers: dict[str, str]) -> None:
    """Show what this case should leave to others that are open now. `numbers`: call numbers by case."""
    trade = found.trade
    spread = round(100 * here().pack.city.eta_spread)
    title = escape(_("Bersama kasus lain · waktu perkiraan, ± {spread} %").format(spread=spread))
    lines = "".join(f"<li>{escape(line)}</li>" for line in _trade_lines(trade, numbers))
    st.html(f'<div class="sigap-advice"><b>⇄ {title}</b><ul>{lines}</ul></div>')


def _trade_lines(trade: Trade, numbers: dict[str, str]) -> list[str]:
    leave = ", ".join(
        _("{unit} untuk {call_no}").format(unit=code, call_no=numbers.get(case_id, "–"))
        for code, case_id in trade.leave
    )
    first = _("Sisakan {leave}").format(leave=leave)
    if trade.take:
        first += _("; sebagai ganti {take}").format(take=", ".join(trade.take))
    lines = [first, _("di sini: {change}").format(change=_change(*trade.here))]
    for case_id, before, after in trade.there:
        lines.append(
            _("{call_no}: {change}").format(call_no=numbers.get(case_id, "–"), change=_change(before, after))
        )
    return lines


def _change(before: Standing, after: Standing) -> str:
    """Return how one incident stands without and with the trade."""
    words = _("unit terakhir {before} → {after} mnt").format(
        before=round(before.latest_s / 60), after=round(after.latest_s / 60)
    )
    if before.empty == after.empty:
        return words
    # First: fewer units are of course all there sooner.
    empty = _("kebutuhan kosong {before} → {after}").format(before=before.empty, after=after.empty)
    return f"{empty}, {words}"


def _shortfalls(plan: IncidentType, found: Suggested, chosen: Sequence[Candidate]) -> Sequence[Shortfall]:
    """Return what the chosen units alone leave open, by the same rule as the suggestion itself."""
    reach = {c.state.unit.unit_code: c.reach for c in chosen}

    def cost(state: UnitState) -> Reach:
        return reach[state.unit.unit_code]

    states = tuple(c.state for c in chosen)
    return suggest(plan, found.suggestion.domain, states, cost, frozenset(reach)).shortfalls


def _by_need(shortfalls: Sequence[Shortfall]) -> dict[tuple[str, str | None], Shortfall]:
    return {(s.agency, s.capability): s for s in shortfalls}


def _unit_need(
    need: Requirement,
    open_now: dict[tuple[str, str | None], Shortfall],
    impossible: dict[tuple[str, str | None], Shortfall],
) -> str:
    key = (need.agency, need.capability)
    missing = open_now[key].missing if key in open_now else 0
    name = f"{need.agency} · {capability_name(need.capability or '')}"
    count = f"{need.count - missing}/{need.count}"
    if missing == 0:
        return _need_line("filled", "✓", name, count, _("terisi"))
    if key in impossible:
        short = impossible[key]
        words = _("kurang {n}: {reason}").format(n=short.missing, reason=_(short.reason.label))
        return _need_line("missing", "✗", name, count, words)
    return _need_line("open", "○", name, count, _("belum dipilih"))


def _notice_need(case: Case, need: Requirement) -> str:
    notice = case.notice(need.agency)
    if notice is not None and notice.is_settled:
        return _need_line("filled", "✓", need.agency, "", _("sudah dihubungi (tanpa unit)"))
    return _need_line("open", "○", need.agency, "", _("cukup dihubungi (langkah 4), belum selesai"))


def _need_line(kind: str, sign: str, name: str, count: str, words: str) -> str:
    return (
        f'<li class="{kind}"><b>{sign}</b><span>{escape(name)}</span><i>{count}</i>'
        f"<em>{escape(words)}</em></li>"
    )


def _optional(need: Requirement) -> str:
    what = f"{need.agency} {capability_name(need.capability)}" if need.capability else need.agency
    return f"{what} ({need.condition})" if need.condition else what


def candidates(case: Case, found: Suggested, choice: Choice, *, may_choose: bool) -> None:
    """Show the units that can be chosen, the recommended first, each with a tick box."""
    if not choice.choosable:
        st.info(_("Tidak ada unit lain yang dapat dikerahkan sekarang. Lihat alasannya di bawah."))
    # What fills the plan stands first, so that a boat is not found below six ambulances; ranks stay.
    for candidate in sorted(choice.shown, key=lambda c: not c.recommended):
        code = candidate.state.unit.unit_code
        key = f"pick_{case.case_id}_{code}"
        # Only where it differs: a box that is told its value takes back a click that is on its way here.
        if (picked := is_picked(case.case_id, candidate)) is not st.session_state.get(key):
            st.session_state[key] = picked
        st.checkbox(
            _candidate(candidate, found),
            key=key,
            on_change=set_pick,
            args=(case.case_id, code, key),
            disabled=not may_choose,
            width="stretch",
        )
    if further := len(choice.choosable) - len(choice.shown):
        words = plural("Tampilkan {n} unit lagi, lebih jauh", "Tampilkan {n} unit lagi, lebih jauh", further)
        st.button(
            words.format(n=further),
            key=f"all_units_{case.case_id}",
            on_click=show_all,
            args=(case.case_id,),
        )


def _candidate(candidate: Candidate, found: Suggested) -> str:
    """Return rank and unit, arrival, and everything else; the page's CSS sets them as two lines."""
    state = candidate.state
    details = [
        _("disarankan") if candidate.recommended else "",
        state.unit.agency,
        _(state.status.label),
        way(candidate, found),
        position_age(state),
        fuel(state),
        fills(candidate.fills),
        _left_behind(candidate, found),
    ]
    text = " · ".join(plain(part) for part in details if part)
    head = plain(f"{candidate.rank} · {state.unit.unit_code}")
    return f"**{head}** **{plain(eta_range(candidate.reach))}** *{text}*"


def _left_behind(candidate: Candidate, found: Suggested) -> str:
    """Return what of the city the unit leaves uncovered; nothing for one that covers nothing."""
    coverage = found.suggestion.coverage
    if coverage is None:
        return ""
    code = candidate.state.unit.unit_code
    leaves = coverage.leaves([code])
    left = leaves_words(leaves) + (_(" (perkiraan)") if coverage.is_estimate else "")
    if candidate.instead_of is not None:
        return _("{left}; dipilih sebelum {other} demi cakupan").format(left=left, other=candidate.instead_of)
    return left if leaves else ""


def left_out(found: Suggested, numbers: dict[str, str]) -> None:
    """Name the capable units that cannot be chosen, each with why."""
    items = found.suggestion.left_out
    if not items:
        return
    lines = "".join(
        f"<li><b>{escape(i.state.unit.unit_code)}</b> <span>{escape(i.state.unit.agency)} · "
        f"{escape(why_left_out(i, numbers))}</span></li>"
        for i in items[:NEAREST]
    )
    if (more := len(items) - NEAREST) > 0:
        words = plural("dan {n} unit lain", "dan {n} unit lain", more).format(n=more)
        lines += f"<li><span>{escape(words)}</span></li>"
    title = escape(_("Tidak dapat dipilih ({n})").format(n=len(items)))
    st.html(f'<div class="sigap-left-out"><b>{title}</b><ul>{lines}</ul></div>')
