"""The command line: `dunwatch --help` lists what it can do."""

import json

import typer

from service.commands import (
    agencies,
    campaigns,
    cases,
    crowd,
    data,
    decisions,
    disputes,
    evaluate,
    evidence,
    exports,
    half_life,
    keys,
    models,
    outcomes,
    rights,
    rules,
    serving,
    simulate,
)
from service.commands.process import console, run, start

app = typer.Typer(
    help="dunwatch 催收电话号码情报服务: number intelligence against illegal debt-collection calls.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # pretty ones show locals, which may hold telephone numbers
)
app.command()(serving.serve)
app.command()(serving.api)
app.command()(serving.follow)
app.command()(serving.score)
app.command("export-worker")(serving.export_worker)
app.command()(serving.upkeep)
app.command()(campaigns.campaigns)
app.command()(data.normalize)
app.command("import")(data.import_reports)
app.command()(data.lookup)
app.command()(exports.export)
app.command()(exports.verify)
app.command("log")(exports.copy_log)
app.command()(crowd.register)
app.command()(crowd.demo)
app.command()(simulate.simulate)
app.command()(decisions.decide)
app.command()(decisions.reviews)
app.command()(rights.privacy)
app.command()(rights.purge)
evaluate.app.command("campaigns")(campaigns.evaluate)
evaluate.app.command("half-life")(half_life.half_life)
app.command()(models.train)
app.add_typer(disputes.app, name="disputes")
app.add_typer(keys.app, name="keys")
app.add_typer(agencies.app, name="agencies")
app.add_typer(evidence.app, name="evidence")
app.add_typer(exports.app, name="exports")
app.add_typer(outcomes.app, name="outcomes")
app.add_typer(cases.app, name="cases")
app.add_typer(models.app, name="models")
app.add_typer(evaluate.app, name="evaluate")
app.command()(rules.channels)
app.command()(rules.route)
app.add_typer(rules.app, name="rules")


@app.command()
def migrate() -> None:
    """Bring the database schema to the newest revision."""
    from service.host.supervisor import running_database

    with running_database(start()):
        console.print("the schema is up to date")


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the API."""
    settings = start()
    from prometheus_client import CollectorRegistry

    from service.app import create_api
    from service.metrics import Metrics

    document = create_api(settings, Metrics(CollectorRegistry())).openapi()
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))


def main() -> None:
    """Run the command line; what an operator can mend is reported in one line, not as a traceback."""
    run(app)


if __name__ == "__main__":
    main()
