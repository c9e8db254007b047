"""The screens, in the order of the navigation: the one place that names their files and addresses."""

from dataclasses import dataclass
from pathlib import Path

from domain.words import N_

_PAGES = Path(__file__).resolve().parent.parent / "pages"


@dataclass(frozen=True)
class Screen:
    """One screen: its title (a msgid) and its name, which is both its file in `pages/` and its address."""

    name: str
    title: str

    @property
    def file(self) -> Path:
        """The script that draws it; `st.switch_page` and `st.Page` take it."""
        return _PAGES / f"{self.name}.py"


SCREENS = (
    Screen("pemantauan", N_("Pemantauan")),
    Screen("penerimaan", N_("Penerimaan")),
    Screen("kasus", N_("Kasus")),
    Screen("pengerahan", N_("Pengerahan")),
    Screen("pimpinan", N_("Pimpinan")),
    Screen("ekspor", N_("Ekspor")),
    Screen("registri", N_("Registri")),
)
"""The first is what opens."""
