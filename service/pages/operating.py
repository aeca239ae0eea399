"""What the operator has to know at a glance, and the command that mends it; also while the database is away."""

from typing import Final

from starlette.responses import Response

from service.edge.access import Scope
from service.edge.declared import Visitor
from service.operations.router import get_operations
from service.pages.routes import Pages
from service.pages.staff import key_with, staff_page
from service.pages.visit import Visit

REFUSALS: Final = 10

pages = Pages()


@pages.get("/operator", Visitor.STAFF)
async def show_operation(visit: Visit) -> Response:
    """Show what works, what waits, who may do what, and what mends it."""
    key = key_with(visit, Scope.ADMINISTRATOR)
    view = await get_operations(visit.request, Response(), key)
    return staff_page(visit, "operator.html", view=view, refusals=view.refusals[:REFUSALS])
