"""Akses, backups: what an admin reads and does, and what a supervisor only reads."""

from datetime import UTC, datetime
from pathlib import Path

import pyrage
from streamlit.testing.v1 import AppTest

from domain.words import Role
from services import backup
from services.backup_files import Checked, add_check
from services.center import Center

IDENTITY = pyrage.x25519.Identity.generate()


def section(role: str) -> None:
    from domain.case import Actor
    from domain.words import Role
    from ui import access_backup

    access_backup.draw(Actor("Uji", Role(role)))


def drawn(role: Role) -> AppTest:
    test = AppTest.from_function(section, kwargs={"role": role.value}, default_timeout=30).run()
    assert not test.exception
    return test


def told(test: AppTest) -> str:
    return "\n".join(str(one.value) for one in (*test.error, *test.markdown, *test.info))


def configure(center: Center, folder: Path) -> None:
    folder.mkdir()
    (center.settings.data_dir / "backup.toml").write_text(
        f'folder = "{folder}"\nrecipients = ["{IDENTITY.to_public()}"]\n'
    )


def test_no_backups_are_told_as_such_and_none_can_be_asked_for(center: Center) -> None:
    test = drawn(Role.ADMIN)
    assert "■ TIDAK ADA CADANGAN" in told(test) and len(test.button) == 0


def test_an_admin_reads_how_it_stands_and_asks_for_one(center: Center, tmp_path: Path) -> None:
    folder = tmp_path / "cadangan"
    configure(center, folder)
    test = drawn(Role.ADMIN)
    assert "○ **Belum ada cadangan.**" in told(test)
    test.button[0].click().run()
    assert not test.exception
    now = datetime.now(UTC)
    keeper = backup.Keeper(center, lambda: now)
    keeper.look()
    keeper.settle()
    keeper.look()
    newest = backup.status(center).newest
    assert newest is not None
    text = told(drawn(Role.ADMIN))
    assert "● **Cadangan terakhir**" in text and "▲ **Uji pulih** belum" in text
    add_check(folder, Checked(newest.name, now.isoformat(), False, "isinya <b>rusak</b>", 1.0))
    text = told(drawn(Role.ADMIN))
    assert "■ **Uji pulih**" in text and "<b>" not in text
    keeper.end()


def test_whoever_may_not_back_up_reads_the_same_without_the_button(center: Center, tmp_path: Path) -> None:
    configure(center, tmp_path / "cadangan")
    for role in (Role.SUPERVISOR, Role.AUDITOR):
        test = drawn(role)
        assert "Belum ada cadangan" in told(test) and len(test.button) == 0
