"""GET /v1/health: is it up. GET /v1/ready: can it do its work."""

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.access import Here
from services import readiness
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


class Ready(BaseModel):
    """Whether work can be given to it; `reasons` says why not."""

    status: Literal["ready", "not ready"]
    reasons: list[str]
    schema_name: str = Field(serialization_alias="schema", description="The newest migration of the database")


@router.get("/ready", responses={503: {"model": Ready, "description": "Not ready, with the reasons"}})
def ready(here: Here, response: Response) -> Ready:
    """Say whether it takes changes, its workers work and its disk has room; needs no token."""
    found = readiness.look(here)
    response.status_code = 200 if found.is_ready else 503
    return Ready(
        status="ready" if found.is_ready else "not ready",
        reasons=list(found.reasons),
        schema_name=found.schema,
    )
