"""Commands that run the service or one of its processes."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from service.commands.process import console, run_until_stopped, start
from service.settings import Settings
from service.settings_file import adopt_file

if TYPE_CHECKING:
    from service.host.http_server import Handed
    from service.metrics import Metrics
    from service.secrets import KeyRing
    from service.upkeep import Upkeep


log = structlog.get_logger()


HandedOver = Annotated[
    str | None,
    typer.Option(hidden=True, help="Use the descriptors that the supervisor opened."),
]


class ServedProcess(StrEnum):
    """What `serve` starts besides PostgreSQL."""

    FOLLOWER = "follower"
    SCORER = "scorer"
    EXPORTER = "exporter"
    UPKEEP = "upkeep"
    API = "api"


def serve(
    without: Annotated[
        list[ServedProcess] | None,
        typer.Option(help="Leave out follower, scorer, exporter, upkeep or api; repeat for several."),
    ] = None,
) -> None:
    """Start everything on this host; Ctrl-C stops all of it."""
    settings = start()
    from service.host.supervisor import CannotServeError, StartFailedError, Supervisor

    supervisor = Supervisor(
        settings,
        check_files=lambda: _reported(lambda: _check_files(settings)),
        prepare_database=lambda: _reported(lambda: _prepare_database(settings)),
        without=without or (),
    )
    try:
        supervisor.prepare()
        _greet(settings, supervisor.lookup_port())
        supervisor.run()
    except CannotServeError as error:
        console.print(str(error))
        raise typer.Exit(1) from error
    except StartFailedError as error:
        raise typer.Exit(error.status) from error
    finally:
        supervisor.stop()
    console.print("stopped")


def _reported(work: Callable[[], int]) -> int:
    """Return the exit status of `work`, or that of its failure, which is reported."""
    from service.commands.failures import report

    try:
        return work()
    except Exception as error:
        if (status := report(error)) is None:
            raise
        return status


def _check_files(settings: Settings) -> int:
    """Read the files that an operator may have written: what is broken stops the start."""
    from service.rules.catalogue import load_catalogue

    load_catalogue(settings.catalogue_dir)
    if settings.print_font is None:  # readers' own cannot be wrong, and the library of fonts is large
        return 0
    from service.cases.print_font import PrintFontError, load_font

    try:
        load_font(settings.print_font)
    except PrintFontError as error:
        console.print(f"DUNWATCH_PRINT_FONT cannot be used: {error}", markup=False)
        return 2
    return 0


def _prepare_database(settings: Settings) -> int:
    """Bring the schema up to date and, the first time, print an API key."""
    from service.commands.first_key import show_first_key
    from service.database import DatabaseUnavailableError, database_url, migrate
    from service.host.supervisor import DATABASE_UNAVAILABLE

    try:
        migrate(database_url(settings))
        show_first_key(settings)
        asyncio.run(_name_undecided_sources(settings))
    except DatabaseUnavailableError as error:
        if settings.database_url is None:
            raise
        log.error("the database is unavailable; only look-ups are served", reason=str(error))
        return DATABASE_UNAVAILABLE
    return 0


def _greet(settings: Settings, lookup_port: int | None) -> None:
    """Print where everything is."""
    base = f"http://{settings.host}:{settings.port}"
    console.print("dunwatch 催收电话号码情报服务")
    console.print(f"  API       {base}/v1/...   docs {base}/docs   metrics {base}/metrics")
    if lookup_port is not None:
        console.print(f"  look-ups  http://{settings.host}:{lookup_port}/v1/numbers/... (also above)")
    console.print(f"  data      {settings.data_dir.absolute()}")
    console.print(f"  database  {'DUNWATCH_DATABASE_URL' if settings.database_url else 'embedded, in data'}")


def api(
    checked: Annotated[
        bool,
        typer.Option(
            "--checked",
            hidden=True,
            help="Skip the check of catalogue and font.",
        ),
    ] = False,
    handed: HandedOver = None,
) -> None:
    """Serve the API only."""
    settings = start(is_child=True)
    from service.app import create_app
    from service.host.http_server import API_BOUNDS, Started, listener_of, serve
    from service.host.listener import open_listener

    if not checked and (status := _check_files(settings)):
        raise typer.Exit(status)
    listener = listener_of(given := _given(handed), lambda: open_listener(settings.host, settings.port))
    app = create_app(settings, started=(started := Started(given)).note)
    serve(app, listener, API_BOUNDS, workers=settings.workers, started=started)


def answer_lookups(handed: HandedOver = None) -> None:
    """Serve single look-ups only, on DUNWATCH_LOOKUP_PORT."""
    settings = start(is_child=True)
    from service.host.http_server import LOOKUP_BOUNDS, Started, listener_of, serve
    from service.host.listener import open_listener
    from service.lookup.alone import LookupApplication

    port = settings.port + 1 if settings.lookup_port is None else settings.lookup_port
    listener = listener_of(given := _given(handed), lambda: open_listener(settings.host, port))
    app = LookupApplication(settings, started=(started := Started(given)).note)
    serve(app, listener, LOOKUP_BOUNDS, workers=1, started=started)


def _given(handed: str | None) -> "Handed | None":
    from service.host.http_server import Handed

    return None if handed is None else Handed(*map(int, handed.split(",")))


def check() -> None:
    """Check the settings, the catalogue and the database, and print on standard output what a supervisor needs of them."""
    environment = adopt_file(Settings)
    settings = start(is_child=True)
    from service.host.crew import Plan, to_document

    if status := _check_files(settings) or _prepare_database(settings):
        raise typer.Exit(status)
    typer.echo(json.dumps(to_document(Plan.of(settings), environment)))


def follow() -> None:
    """Keep this host's replica up to date with the feed."""
    settings = start(is_child=True)
    from prometheus_client import CollectorRegistry

    from service.database import open_database
    from service.lookup.follower import Follower
    from service.metrics import Metrics

    follower = Follower(open_database(settings), settings, Metrics(CollectorRegistry()))
    run_until_stopped(follower.run)


def export_worker() -> None:
    """Write the exports that were approved."""
    settings = start(is_child=True, is_background=True)
    from prometheus_client import CollectorRegistry

    from service.database import open_database
    from service.exports.worker import run_exports
    from service.metrics import Metrics
    from service.secrets import load_key_ring

    metrics, keys = Metrics(CollectorRegistry()), load_key_ring(settings.keys_dir)
    run_until_stopped(lambda stop: run_exports(open_database(settings), settings, keys, metrics, stop=stop))


def upkeep(
    once: Annotated[bool, typer.Option(help="Run every task once, due or not, and stop.")] = False,
) -> None:
    """Run tasks when they are due: rescore faded numbers, settle credit, send reminders, delete old data."""
    settings = start(is_child=not once, is_background=not once)
    from prometheus_client import CollectorRegistry

    from service.host.supervisor import running_database
    from service.metrics import Metrics
    from service.secrets import load_key_ring

    metrics, keys = Metrics(CollectorRegistry()), load_key_ring(settings.keys_dir)
    chores = _chores(settings, metrics, keys)
    if once:
        with running_database(settings):
            asyncio.run(chores.do_all(datetime.now(UTC)))
        return
    from service.database import open_database
    from service.upkeep import fold_metrics
    from service.webhooks.deliver import Deliverer

    database, allow_private = open_database(settings), settings.webhook_allow_private
    deliverer = Deliverer(database, keys, metrics, allow_private=allow_private)

    async def run(stop: asyncio.Event) -> None:
        # beside each other: a receiver that keeps everybody waiting must not hold up the chores
        await asyncio.gather(chores.run(stop), deliverer.run(stop), fold_metrics(settings.metrics_dir, stop))

    run_until_stopped(run)


def _chores(settings: Settings, metrics: "Metrics", keys: "KeyRing") -> "Upkeep":
    from service.database import open_database
    from service.evidence.vault import open_vault
    from service.models.shelf import ModelShelf
    from service.upkeep import Upkeep

    return Upkeep(
        open_database(settings),
        metrics,
        settings=settings,
        models=ModelShelf(settings),
        vault=open_vault(settings, keys),
    )


async def _name_undecided_sources(settings: Settings) -> None:
    """Print the sources about which the operator has yet to decide."""
    from service.commands.sources import name_undecided
    from service.database import open_database

    database = open_database(settings)
    try:
        async with database.connection() as connection:
            await name_undecided(connection)
    finally:
        await database.close()
