"""A map with every plugin that Sigap uses, served as Sigap serves it; see ../test_map.py."""

from itertools import count
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from ui import assets

HERE = Path(__file__).parent
NAMES = ("Contoh <i>Utara</i>", "Karang Contoh", "Kampung Contoh", "Pantai Contoh")
ticks = count()


def feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def collection(*features: dict[str, object]) -> JSONResponse:
    return JSONResponse({"type": "FeatureCollection", "features": features})


def strip(number: int, name: str) -> dict[str, object]:
    """One of some low strips beneath the marks, so that names and labels compete for room."""
    south, north = 3.29 + 0.01 * number, 3.30 + 0.01 * number
    ring = [[117.5, south], [117.68, south], [117.68, north], [117.5, north], [117.5, south]]
    return feature("Polygon", [ring], kelurahan=name)


async def ground(_request: Request) -> JSONResponse:
    return collection(*(strip(number, name) for number, name in enumerate(NAMES)))


async def live(_request: Request) -> JSONResponse:
    return collection(feature("Point", [117.66, 3.36 + 0.001 * next(ticks)], id="x"))


async def health(_request: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


app = st.App(
    HERE / "screen.py",
    routes=[
        assets.mount(),
        Route("/health", health),
        Route("/ground.geojson", ground),
        Route("/live.geojson", live),
    ],
)
