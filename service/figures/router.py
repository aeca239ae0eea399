"""`/v1/figures`: public, and the same for everybody."""

from typing import Final

from fastapi import APIRouter, Request, Response

from service.edge.declared import headers, raises
from service.edge.problems import DATABASE_UNAVAILABLE, TOO_MANY_REQUESTS
from service.figures.read import FiguresReader
from service.figures.schemas import PublicFigures

CACHE: Final = {"Cache-Control": "public, max-age=3600"}

router = APIRouter(prefix="/v1", tags=["figures"])


@router.get(
    "/figures",
    response_model=PublicFigures,
    summary="Get the figures of each week that has ended · 查询每周的公开数据",
    responses={200: {"headers": headers("Cache-Control")}},
)
@raises(TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def get_figures(request: Request) -> Response:
    """The answer has counts in bands from 5 up, and what the model cannot do. It is computed once a week, by upkeep."""
    reader: FiguresReader = request.state.figures
    return Response((await reader.get()).as_json, media_type="application/json", headers=CACHE)


@router.get(
    "/figures.csv",
    response_class=Response,
    summary="Download the figures of each week as CSV · 下载每周的公开数据（CSV）",
    responses={
        200: {
            "content": {"text/csv": {}},
            "description": "A row for each week and figure, as an attachment.",
            "headers": headers("Cache-Control", "Content-Disposition"),
        }
    },
)
@raises(TOO_MANY_REQUESTS, DATABASE_UNAVAILABLE)
async def get_figures_as_csv(request: Request) -> Response:
    """The file has the same figures as `GET /v1/figures`, in UTF-8."""
    reader: FiguresReader = request.state.figures
    named = {"Content-Disposition": 'attachment; filename="dunwatch-figures.csv"'}
    return Response((await reader.get()).as_csv, media_type="text/csv", headers=CACHE | named)
