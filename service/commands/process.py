"""What every command does first, and how the ones that stay end."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

from service.host.logs import configure_logs
from service.host.parent import end_with_parent
from service.host.supervisor import use_metrics_dir
from service.settings import Settings

if TYPE_CHECKING:
    from service.database import Connection

Result = TypeVar("Result")

#: Words for people go to standard error; standard output carries results.
console = Console(stderr=True, highlight=False, soft_wrap=True)


def start(*, is_child: bool = False) -> Settings:
    """Settings of the environment, logs set up, metrics directory known; a child ends with its supervisor."""
    settings = Settings()
    configure_logs(settings.log_format)
    use_metrics_dir(settings)
    if is_child:
        end_with_parent()
    return settings


def run(app: Callable[[], None]) -> None:
    """Run a command line; a failure that an operator can mend ends it with one line, any other with a traceback."""
    try:
        app()
    except Exception as error:
        from service.commands.failures import report  # what it knows of is large, and seldom needed

        if (status := report(error)) is None:
            raise
        raise SystemExit(status) from error


def with_database(work: Callable[["Connection"], Awaitable[Result]]) -> Result:
    """What `work` gives, done in one transaction of the database of the environment."""
    settings = start()
    from service.database import open_database
    from service.host.supervisor import running_database

    async def main() -> Result:
        database = open_database(settings)
        try:
            return await database.in_transaction(work)
        finally:
            await database.close()

    with running_database(settings):
        return asyncio.run(main())


def run_until_stopped(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run `work` until SIGINT or SIGTERM, by which its event is set."""

    async def main() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        await work(stop)

    asyncio.run(main())
