"""Drafts on disk: of one person and one form, unreadable to others, gone in time."""

import os
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import ANI, DEDI
from center_builders import T0, settings

from domain.case import Actor, Incident, Location
from domain.words import Domain, Outcome, Role
from geo.points import LonLat
from services import drafts
from services.center import close_center, open_center

TYPED = {
    "narrative": "Perahu terbalik di muara",
    "victims": 2,
    "unknown": False,
    "nothing": None,
    "domain": Domain.SEA,
    "outcome": Outcome.RESCUED,
    "place": Location(place_text="Muara", lon=131.0, lat=-5.9, water_area="Perairan Uji"),
    "look": LonLat(131.0, -5.9),
    "facts": (Incident(type_code="AIR", domain=Domain.SEA, priority=1), Location()),
}


@pytest.fixture
def center(tmp_path):
    opened = open_center(settings(tmp_path))
    yield opened
    close_center()


def files(center):
    return [path for path in (center.settings.data_dir / "drafts").iterdir() if path.is_file()]


def test_a_draft_comes_back_as_it_was_typed_also_after_a_restart(center):
    assert drafts.keep(center, T0, ANI, "call-1", TYPED)
    close_center()
    again = open_center(center.settings)
    found = drafts.find(again, T0 + timedelta(hours=11), ANI, "call-1")
    assert dict(found.values) == TYPED
    assert type(found.values["domain"]) is Domain
    assert found.at == T0


def test_nobody_else_has_it_and_its_file_tells_nothing(center):
    ani = replace(ANI, account="ani")
    drafts.keep(center, T0, ani, "call-1", TYPED)
    for other in (DEDI, ANI, replace(ANI, account="ani2"), Actor("Ani", Role.DISPATCHER)):
        assert drafts.find(center, T0, other, "call-1") is None
    assert drafts.find(center, T0, ani, "call-2") is None
    # The same account in another role is the same person.
    assert drafts.find(center, T0, replace(ani, role=Role.DISPATCHER), "call-1")
    (file,) = files(center)
    assert b"Perahu" not in file.read_bytes()
    assert "ani" not in file.name
    assert file.stat().st_mode & 0o077 == 0


def test_it_is_gone_once_dropped_and_after_twelve_hours_whatever_the_clock_does(center):
    drafts.keep(center, T0, ANI, "call-1", TYPED)
    assert drafts.find(center, T0 + timedelta(hours=12), ANI, "call-1") is None
    assert drafts.find(center, T0 - timedelta(hours=12), ANI, "call-1") is None
    drafts.drop(center, ANI, "call-1")
    assert drafts.find(center, T0, ANI, "call-1") is None
    drafts.keep(center, T0, ANI, "call-1", TYPED)
    (file,) = files(center)
    os.utime(file, (T0.timestamp(), T0.timestamp()))
    assert drafts.sweep(center, T0 + timedelta(hours=11)) == 0
    assert drafts.sweep(center, T0 + timedelta(hours=12)) == 1
    assert not files(center)


def test_a_draft_that_is_spoilt_or_of_another_key_is_left_out(center):
    drafts.keep(center, T0, ANI, "call-1", TYPED)
    (file,) = files(center)
    content = bytearray(file.read_bytes())
    content[40] ^= 1
    file.write_bytes(content)
    assert drafts.find(center, T0, ANI, "call-1") is None


def test_a_draft_holds_no_code_and_no_heap_of_data(center):
    assert not drafts.can_be_kept(object())
    assert not drafts.can_be_kept((1, object()))
    assert not drafts.keep(center, T0, ANI, "call-1", {"narrative": "x" * 70_000})
