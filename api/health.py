"""GET /v1/health: is it up."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import Here
from services.center import VERSION
from services.monitoring import version as newest_event

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """The process answers and can read its database."""

    status: Literal["ok"]
    version: str
    database: Literal["ok"]
    started_at: datetime


@router.get("/health")
def health(here: Here) -> Health:
    """Say that Sigap is up; needs no token. Reads the database, so that a broken one shows."""
    newest_event(here)
    return Health(status="ok", version=VERSION, database="ok", started_at=here.started_at)
