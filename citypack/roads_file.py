"""`roads.toml`: how fast each kind of vehicle drives on each class of road."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field

from citypack.files import read_toml
from citypack.models import Row, text
from citypack.problems import Fault, one_of, shown
from domain.errors import Need
from domain.words import N_
from geo.road_network import ROAD_CLASSES
from geo.roads import RoadSpeeds

ROADS = "roads.toml"

KMH = N_("kelas jalan = angka km/jam, di atas 0 sampai 120")

Kmh = Annotated[float, Field(gt=0, le=120, allow_inf_nan=False)]


class RoadsFile(Row):
    """The whole file: `[speeds]` for every class, `[kinds.<kind>]` where a vehicle drives otherwise."""

    speeds: dict[str, Kmh] = text(N_("Kecepatan menurut kelas jalan"), KMH)
    kinds: dict[str, dict[str, Kmh]] = text(
        N_("Kecepatan menurut jenis kendaraan"), KMH, default_factory=dict
    )


def load_road_speeds(folder: Path, kinds: Collection[str]) -> RoadSpeeds:
    """Read the speeds of a city pack; `kinds` are the codes of vehicles in `agencies.toml`.

    Raises: BadCityPack.
    """
    file = read_toml(folder, ROADS, RoadsFile)
    for fault in _faults(file.content, kinds):
        raise file.bad(fault)
    return RoadSpeeds(
        dict(file.content.speeds), {kind: dict(own) for kind, own in file.content.kinds.items()}
    )


def _faults(file: RoadsFile, kinds: Collection[str]) -> Iterator[Fault]:
    yield from _unknown_classes(file.speeds, ("speeds",))
    for name in ROAD_CLASSES:
        if name not in file.speeds:
            missing = Need(N_("kelas jalan {name} belum diisi"), name=name)
            yield Fault(("speeds",), missing, Need(KMH))
    for kind, own in file.kinds.items():
        if kind not in kinds:
            yield Fault(("kinds", kind), Need(N_("{value} tidak dikenal"), value=shown(kind)), one_of(kinds))
        yield from _unknown_classes(own, ("kinds", kind))


def _unknown_classes(speeds: Mapping[str, float], path: tuple[str, ...]) -> Iterator[Fault]:
    for name in speeds:
        if name not in ROAD_CLASSES:
            problem = Need(N_("{value} tidak dikenal"), value=shown(name))
            yield Fault((*path, name), problem, one_of(ROAD_CLASSES))
