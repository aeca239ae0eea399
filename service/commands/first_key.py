"""The key that the first start prints, and the source that its reports are filed under."""

import asyncio
from datetime import UTC, datetime

from service.commands.process import console
from service.settings import Settings

FIRST_KEY = "the operator's own: whoever holds the first key may decide about any number anyway"


def show_first_key(settings: Settings) -> None:
    """Print an API key on the first start, when there is none yet."""
    key, is_vetted = asyncio.run(_first_key(settings))
    if key is not None:
        vetted = "  (its source is vetted)" if is_vetted else ""
        console.print(f"  API key   {key}{vetted}", soft_wrap=True)
        console.print("            shown this once; `dunwatch keys create` makes more")


async def _first_key(settings: Settings) -> tuple[str | None, bool]:
    """Return a new key with every scope where no key exists yet, None otherwise, and whether its source is vetted.

    It is vetted now: who holds this key may decide about any number anyway, by the scope `moderator`. A source of this
    name about which was decided, or which others reported under, stays what it is.
    """
    from service.commands.sources import vet_source
    from service.database import open_database
    from service.edge.access import Scope
    from service.edge.api_keys import create_key, list_keys
    from service.reports.sources_store import ensure_source, has_reports
    from service.reports.vetting import Vetting

    database = open_database(settings)
    try:
        async with database.connection() as connection, connection.transaction():
            if await list_keys(connection):
                return None, False
            source = await ensure_source(connection, "operator", weight=1.0)
            is_new = source.vetting == Vetting.UNDECIDED and not await has_reports(
                connection, source.source_id
            )
            if is_new:
                await vet_source(connection, source, FIRST_KEY)
            _, token = await create_key(
                connection,
                label="first key",
                scopes=list(Scope),
                now=datetime.now(UTC),
                source_id=source.source_id,
            )
            return token, is_new or source.vetting == Vetting.VETTED
    finally:
        await database.close()
