"""What an event of the trail did, in words: one place for the feed, a case's timeline and the audit trail."""

from domain.accounts import Deed
from domain.alarms import RAISED, RAISED_LABEL
from domain.permissions import Action
from domain.words import N_
from ui.i18n import _

_OTHERS = {
    RAISED: RAISED_LABEL,
    "clock_stepped": N_("Jam mesin bergeser"),
    "accept_loss": N_("Kehilangan peristiwa diterima"),
    **{deed.value: deed.label for deed in Deed},
}
_VERBS = {
    "made": N_("dibuat"),
    "revoked": N_("dicabut"),
    "copied": N_("disalin"),
    "written": N_("ditulis"),
    "accepted": N_("diterima"),
    "refused": N_("ditolak"),
    "withdrawn": N_("ditarik"),
}


def action_label(action: str) -> str:
    """Return what an event did; a verb behind its point is added. A kind that nobody named is its code."""
    if action in _OTHERS:
        return _(_OTHERS[action])
    kind, _point, verb = action.partition(".")
    if kind not in set(Action):
        return action
    label = _(Action(kind).label)
    return f"{label}: {_(_VERBS[verb])}" if verb in _VERBS else label
