"""POST /v1/matrix: times and distances from many places to many places, in one question."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import Here, Now
from api.problems import REFUSALS, reason_of
from api.routes import By, named_craft
from domain.errors import BadInput, Need
from domain.words import N_
from geo.points import LonLat
from services import routes
from services.center import Center
from services.routes import Cell, Matrix

router = APIRouter(tags=["routes"])

MOST_PLACES = 200
MOST_PAIRS = 10_000
Pair = tuple[float, float]
Places = Annotated[
    list[Pair],
    Field(
        min_length=1,
        max_length=MOST_PLACES,
        description="`[lon, lat]` in WGS 84 degrees, longitude first",
        examples=[[[117.5915, 3.2862]]],
    ),
]


class MatrixIn(BaseModel):
    """At most 200 places on either side and 10,000 pairs."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    mode: By
    origins: Places
    destinations: Places
    vehicle: str | None = Field(
        None, max_length=60, description="A kind of unit in use; by default that of the mode's slowest unit"
    )


class UnreachableOut(BaseModel):
    """A pair without a way: its places by number from 0, the code and the Indonesian sentence."""

    origin: int
    destination: int
    reason: str
    detail: str


class MatrixOut(BaseModel):
    """Rows are origins, columns destinations; null where there is no way, which `unreachable` explains.

    `method` is `estimate` when any way is one; `methods` says which. `moved_m`: how far both ends together
    were moved to the water or the road. Travel alone, without turnout.
    """

    mode: By
    method: str
    vehicle: str
    speed_kmh: float
    durations_s: list[list[float | None]]
    distances_m: list[list[float | None]]
    methods: list[list[str | None]]
    moved_m: list[list[float | None]]
    unreachable: list[UnreachableOut]


@router.post("/matrix", responses=REFUSALS)
def matrix(here: Here, now: Now, asked: MatrixIn) -> MatrixOut:
    """Return every pair's time and distance, each as /routes would; 409 when no pair at all has a way."""
    if len(asked.origins) * len(asked.destinations) > MOST_PAIRS:
        raise BadInput(
            "destinations",
            N_("Tujuan"),
            Need(
                N_("{pairs} pasangan terlalu banyak; paling banyak {most}. Bagi permintaannya."),
                pairs=len(asked.origins) * len(asked.destinations),
                most=MOST_PAIRS,
            ),
        )
    by = named_craft(here, asked.mode, asked.vehicle)
    origins = _places(here, "origins", N_("Asal"), asked.origins)
    destinations = _places(here, "destinations", N_("Tujuan"), asked.destinations)
    return _answer(routes.matrix(here, now, by, origins, destinations), asked.mode)


def _places(here: Center, field: str, label: str, pairs: list[Pair]) -> list[LonLat]:
    return [routes.place(here, f"{field}.{k}", label, lon, lat) for k, (lon, lat) in enumerate(pairs)]


def _answer(found: Matrix, mode: By) -> MatrixOut:
    cells = [[cell if isinstance(cell, Cell) else None for cell in row] for row in found.cells]
    return MatrixOut(
        mode=mode,
        method=found.method,
        vehicle=found.craft.kind,
        speed_kmh=round(found.craft.cruise_kmh, 2),
        durations_s=[[None if c is None else round(c.duration_s, 1) for c in row] for row in cells],
        distances_m=[[None if c is None else round(c.distance_m, 1) for c in row] for row in cells],
        methods=[[None if c is None else c.method for c in row] for row in cells],
        moved_m=[[None if c is None else round(c.moved_m, 1) for c in row] for row in cells],
        unreachable=[
            UnreachableOut(origin=i, destination=j, reason=reason_of(cell), detail=str(cell))
            for i, row in enumerate(found.cells)
            for j, cell in enumerate(row)
            if not isinstance(cell, Cell)
        ],
    )
