"""GET /v1/schema/tcc.case.v1: the JSON Schema of the record."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from api.problems import REFUSALS
from services import records

router = APIRouter(tags=["schema"])


class SchemaJson(JSONResponse):
    """A JSON Schema."""

    media_type = "application/schema+json"


@router.get("/schema/tcc.case.v1", responses=REFUSALS, response_class=SchemaJson)
def schema() -> JSONResponse:
    """Return the JSON Schema (2020-12) of `tcc.case.v1`."""
    return SchemaJson(records.case_schema())
