"""`/v1/operations`: how the service is, for administrators. It also answers while the database is unavailable."""

from fastapi import APIRouter, Request, Response

from service.edge.context import AdministratorKey, context_of
from service.edge.declared import headers
from service.operations.look import OperationsWatch
from service.operations.schemas import OperationsView

router = APIRouter(prefix="/v1", tags=["operations"])


@router.get(
    "/operations",
    summary="Get the state of the service, what waits and what mends it · 查询服务状态、待办和处理命令",
    responses={200: {"headers": headers("Cache-Control")}},
)
async def get_operations(request: Request, response: Response, _key: AdministratorKey) -> OperationsView:
    """The answer is partial while the database is unavailable, and names what could not be asked. It names no person.

    It is looked at every five seconds at most, however many ask.
    """
    watch: OperationsWatch = request.state.operations
    response.headers["Cache-Control"] = "no-store"
    return await watch.get(context_of(request).now)
