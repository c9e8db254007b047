"""GET /v1/schema/tcc.case.v1: the JSON Schema of the record."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.access import NeedsToken
from api.problems import REFUSALS
from services import records

router = APIRouter(tags=["schema"], dependencies=[NeedsToken])


@router.get("/schema/tcc.case.v1", responses=REFUSALS, response_class=JSONResponse)
def schema() -> JSONResponse:
    """Return the JSON Schema (2020-12) of `tcc.case.v1`."""
    return JSONResponse(records.case_schema(), media_type="application/schema+json")
