"""What the law gives a reporter: a copy of everything, a restriction of its use, and deletion."""

from typing import Any, Final

import orjson
from starlette.responses import Response

from service.edge.declared import Visitor
from service.pages.routes import Pages
from service.pages.visit import Visit
from service.reports import reporters_store
from service.rights import router as rights
from service.rights.notice import privacy_notice
from service.rights.router import DataSubject

#: A copy of more bytes is not shown, since a page of it would be read by nobody; it can be downloaded.
SHOWN_BYTES: Final = 200_000

pages = Pages()


@pages.get("/me/copy", Visitor.REPORTER)
async def show_copy(visit: Visit) -> Response:
    """Show everything that is stored about the person, table by table."""
    if "shown" not in visit.request.query_params:
        return visit.page("copy.html", tables=None, is_long=False)
    with await rights.write_copy(visit.request, _subject(visit)) as file:
        content = file.read(SHOWN_BYTES + 1)
    is_long = len(content) > SHOWN_BYTES
    stored: dict[str, list[dict[str, Any]]] = {} if is_long else orjson.loads(content)["tables"]
    notice = {table.name: table for table in privacy_notice(visit.context.settings).tables}
    tables = [
        (notice[name], {field.name: field.meaning for field in notice[name].fields}, rows)
        for name, rows in stored.items()
        if rows and name in notice
    ]
    return visit.page("copy.html", tables=tables, is_long=is_long)


@pages.get("/me/copy.json", Visitor.REPORTER)
async def get_copy(visit: Visit) -> Response:
    """Send the copy as a file."""
    answer = await rights.get_my_data(visit.request, _subject(visit))
    answer.headers["Content-Disposition"] = 'attachment; filename="copy.json"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.get("/me/restriction", Visitor.REPORTER)
async def show_restriction(visit: Visit) -> Response:
    """Say whether one's reports count, and what a restriction means."""
    async with visit.context.database.connection() as connection:
        is_restricted = await reporters_store.is_restricted(connection, visit.pseudonym)
    return visit.page("restriction.html", is_restricted=is_restricted)


@pages.post("/me/restriction", Visitor.REPORTER)
async def change_restriction(visit: Visit) -> Response:
    """Restrict the use of one's reports, or end the restriction."""
    change = rights.release_my_reports if visit.form["release"] else rights.restrict_my_reports
    await change(visit.request, _subject(visit))
    return visit.redirect("/me/restriction")


@pages.get("/me/delete", Visitor.REPORTER)
async def show_deletion(visit: Visit) -> Response:
    """Say what is deleted, what stays and why; the second page asks once more."""
    days = visit.context.settings.retain_retracted_days
    return visit.page("delete.html", days=days, is_sure="sure" in visit.request.query_params)


@pages.post("/me/delete", Visitor.REPORTER)
async def delete(visit: Visit) -> Response:
    """Delete everything about the person, and end the session."""
    await rights.delete_my_data(visit.request, _subject(visit))
    visit.end()
    return visit.redirect("/me/deleted")


@pages.get("/me/deleted")
async def show_deleted(visit: Visit) -> Response:
    """Say that everything was deleted."""
    return visit.page("deleted.html")


def _subject(visit: Visit) -> DataSubject:
    return DataSubject(visit.pseudonym, is_owner=False)
