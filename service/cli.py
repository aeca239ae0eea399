"""The command line: `dunwatch --help` lists what it can do."""

import json
from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

from service.commands import (
    agencies,
    backup,
    campaigns,
    case,
    cases,
    crowd,
    data,
    decisions,
    dispute,
    disputes,
    evaluate,
    evidence,
    exports,
    half_life,
    import_file,
    keys,
    models,
    organisations,
    outcomes,
    report,
    rights,
    rules,
    scoring,
    serving,
    simulate,
    sources,
    verification,
)
from service.commands.options import examples
from service.commands.process import console, run, start

RUN = "Run the service"
ACCESS = "Grant access"
USE = "Report and look up"
DESK = "Help people at a desk"
DECIDE = "Decide what needs a person"
HAND_OVER = "Hand over data to agencies"
RULES = "Find rules and where to complain"
DATA = "Look after stored data"
MODELS = "Train and measure models"
DEVELOP = "Develop against the API"
PANELS = (RUN, ACCESS, USE, DESK, DECIDE, HAND_OVER, RULES, DATA, MODELS, DEVELOP)


class _InPanels(TyperGroup):
    """Lists commands by panel: the help prints the panels in the order in which it meets them."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands, those of the first panel first."""
        return sorted(super().list_commands(ctx), key=self._place)

    def _place(self, name: str) -> int:
        return PANELS.index(getattr(self.commands[name], "rich_help_panel", None) or "none")


app = typer.Typer(
    cls=_InPanels,
    help="dunwatch 催收电话号码情报服务: take reports of illegal debt-collection calls, score numbers, answer look-ups.",
    epilog=examples(
        "dunwatch serve                                     # start everything on this host",
        "dunwatch keys create --label mine --scope lookup   # print an API key",
        "dunwatch keys create --help                        # explain a command, as for any other",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # pretty ones show locals, which may hold telephone numbers
)


def _add(panel: str, command: Callable[..., None], *calls: str, name: str | None = None) -> None:
    """Register a command in a panel of the help, with example calls below its own help."""
    app.command(name, rich_help_panel=panel, epilog=examples(*calls) if calls else None)(command)


_add(RUN, serving.serve, "dunwatch serve", "dunwatch serve --without scorer --without exporter")
_add(RUN, serving.api)
_add(RUN, serving.answer_lookups, name="answer-lookups")
_add(RUN, serving.follow)
_add(RUN, scoring.score, "dunwatch score --all", "dunwatch score --watch --metrics-port 9101")
_add(RUN, serving.export_worker, name="export-worker")
_add(RUN, serving.upkeep, "dunwatch upkeep --once")
_add(USE, crowd.register)
_add(USE, data.lookup, "dunwatch lookup 19790001234 95588 010-82345678")
_add(USE, import_file.import_reports, "dunwatch import tour.csv --format csv --source hotline", name="import")
_add(DEVELOP, data.normalize, "printf '197 9000 1234\\n95588\\n' | dunwatch normalize -")
_add(USE, crowd.demo)
_add(DECIDE, decisions.reviews)
_add(
    DECIDE,
    decisions.decide,
    'dunwatch decide 95588 protected --reason "the bank\'s own line, confirmed by letter"',
    'dunwatch decide 19790001234 recycled --owner-since 2026-11-01 --reason "contract of the new owner seen"',
)
_add(HAND_OVER, exports.export, "dunwatch export november --from 2026-11-01 --to 2026-12-01")
_add(HAND_OVER, verification.verify, "dunwatch verify november --public-key KEY --log ledger")
_add(HAND_OVER, verification.copy_log, "dunwatch log ledger", name="log")
_add(RULES, rules.channels, "dunwatch channels --lang en")
_add(RULES, rules.route, "dunwatch route threat quiet_hours --respondent bank --lang en")
_add(DATA, backup.backup, "dunwatch backup backups/monday --keys keys-elsewhere/monday")
_add(
    DATA,
    backup.restore,
    "dunwatch restore backups/monday --check",
    "dunwatch restore backups/monday --keys keys-elsewhere/monday",
)
_add(DATA, rights.privacy)
_add(DATA, rights.purge, "dunwatch purge --dry-run")
_add(MODELS, models.train, "dunwatch train --promote")
_add(MODELS, campaigns.campaigns)
_add(MODELS, simulate.simulate, "dunwatch simulate --attack fresh --attack rings --figure attacks.svg")
evaluate.app.command("campaigns")(campaigns.evaluate)
evaluate.app.command(
    "half-life", epilog=examples("dunwatch evaluate half-life complaints.csv.gz --as-of 2020-10-01")
)(half_life.half_life)
app.add_typer(keys.app, name="keys", rich_help_panel=ACCESS)
app.add_typer(agencies.app, name="agencies", rich_help_panel=ACCESS)
app.add_typer(sources.app, name="sources", rich_help_panel=ACCESS)
app.add_typer(disputes.app, name="disputes", rich_help_panel=DECIDE)
app.add_typer(organisations.app, name="organisations", rich_help_panel=DECIDE)
app.add_typer(cases.app, name="cases", rich_help_panel=DECIDE)
app.add_typer(exports.app, name="exports", rich_help_panel=HAND_OVER)
app.add_typer(organisations.institutions, name="institutions", rich_help_panel=HAND_OVER)
app.add_typer(outcomes.app, name="outcomes", rich_help_panel=HAND_OVER)
app.add_typer(rules.app, name="rules", rich_help_panel=RULES)
app.add_typer(report.app, name="report", rich_help_panel=DESK)
app.add_typer(evidence.app, name="evidence", rich_help_panel=DESK)
app.add_typer(case.app, name="case", rich_help_panel=DESK)
app.add_typer(dispute.app, name="dispute", rich_help_panel=DESK)
app.add_typer(models.app, name="models", rich_help_panel=MODELS)
app.add_typer(evaluate.app, name="evaluate", rich_help_panel=MODELS)


@app.command(rich_help_panel=RUN)
def migrate() -> None:
    """Bring the database schema up to date; `dunwatch serve` does so by itself."""
    from service.host.supervisor import running_database

    with running_database(start()):
        console.print("The schema is up to date.")


@app.command(rich_help_panel=DEVELOP)
def openapi() -> None:
    """Print the OpenAPI document of the API as JSON."""
    start()
    from service.app import load_api

    typer.echo(json.dumps(load_api().openapi(), ensure_ascii=False, indent=2, sort_keys=True))


def main() -> None:
    """Run the command line; report what an operator can fix in one line, without a traceback."""
    run(app)


if __name__ == "__main__":
    main()
