"""Who may do what, in words: for the place where a button would be."""

from domain.permissions import PERMISSIONS, Action
from ui.i18n import _


def who_may(action: Action) -> str:
    """Return “Menetapkan jenis panggilan: oleh Dispatcher.”"""
    roles = ", ".join(_(role.label) for role in PERMISSIONS[action])
    return _("{action}: oleh {roles}.").format(action=_(action.label), roles=roles)
