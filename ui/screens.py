"""The screens, in the order of the navigation: the one place that names their files and addresses."""

from dataclasses import dataclass
from pathlib import Path

from domain.permissions import Action
from domain.words import N_

_PAGES = Path(__file__).resolve().parent.parent / "pages"


@dataclass(frozen=True)
class Screen:
    """One screen: its title (a msgid), its name, which is both its file in `pages/` and its address, and who
    may.

    needs: what one must be permitted to, to open it.
    """

    name: str
    title: str
    needs: Action

    @property
    def file(self) -> Path:
        """The script that draws it; `st.switch_page` and `st.Page` take it."""
        return _PAGES / f"{self.name}.py"


SCREENS = (
    Screen("pemantauan", N_("Pemantauan"), Action.OPEN_CASES),
    Screen("penerimaan", N_("Penerimaan"), Action.OPEN_INTAKE),
    Screen("kasus", N_("Kasus"), Action.OPEN_CASES),
    Screen("pengerahan", N_("Pengerahan"), Action.OPEN_DISPATCH),
    Screen("pimpinan", N_("Pimpinan"), Action.OPEN_REVIEW),
    Screen("ekspor", N_("Ekspor"), Action.OPEN_EXPORT),
    Screen("registri", N_("Registri"), Action.OPEN_REGISTRY),
    Screen("piket", N_("Piket"), Action.OPEN_DUTY),
    Screen("akses", N_("Akses"), Action.OPEN_ACCESS),
)
"""The first is what opens."""
