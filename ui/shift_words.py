"""Watches, their people and handovers in words and shapes, the same in every section of Piket."""

from datetime import date

from babel.dates import format_date as babel_date

from domain.duty import HandoverState, Signer, Standing, Watch
from domain.handover import Handover
from services.duty import Desk
from ui.i18n import _, format_datetime, format_time, language

STANDING_SHAPES = {
    Standing.PLANNED: "○",
    Standing.ON_DUTY: "●",
    Standing.RELIEVED: "✓",
    Standing.LEFT: "■",
}
HANDOVER_SHAPES = {
    HandoverState.WAITING: "▲",
    HandoverState.ACCEPTED: "✓",
    HandoverState.REFUSED: "✗",
    HandoverState.WITHDRAWN: "■",
}


def day_name(day: date) -> str:
    """Return a day in few words: `Sen 30/11`."""
    return babel_date(day, "EEE d/M", locale=language())


def watch_hours(watch: Watch) -> str:
    """Return from when to when: `08.00–16.00`."""
    return f"{format_time(watch.starts_at)}–{format_time(watch.ends_at)}"


def watch_title(label: str, watch: Watch) -> str:
    """Return a watch with its day and hours."""
    return f"{label} · {watch_hours(watch)}"


def standing(desk: Desk) -> str:
    """Return where a watch stands, by shape and word."""
    if desk.is_overdue:
        return "▲ " + _("belum serah terima")
    return f"{STANDING_SHAPES[desk.standing]} {_(desk.standing.label)}"


def lacking(desk: Desk) -> str:
    """Return what a watch lacks: “kurang 1 Call Taker, 1 Dispatcher”; "" when it lacks nobody."""
    if not desk.gaps:
        return ""
    missing = ", ".join(f"{gap.missing} {_(gap.role.label)}" for gap in desk.gaps)
    return _("kurang {missing}").format(missing=missing)


def signer(person: Signer) -> str:
    """Return who signed: name, role, and in whose place."""
    words = f"{person.name} · {_(person.role.label)}"
    if person.on_behalf_of:
        words += " · " + _("a.n. {name}").format(name=person.on_behalf_of)
    return words


def state(one: Handover) -> str:
    """Return what became of a handover, by shape and word, with who and when."""
    words = f"{HANDOVER_SHAPES[one.state]} {_(one.state.label)}"
    if one.taker is None or one.answered_at is None:
        return words
    return f"{words} · {one.taker.name} · {format_datetime(one.answered_at)}"
