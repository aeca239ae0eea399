"""`python -m service.commands.child follow`: a process of `dunwatch serve`, without the commands that it does not need."""

import typer

from service.commands import serving
from service.commands.process import run

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
app.command()(serving.api)
app.command()(serving.follow)
app.command()(serving.score)
app.command("export-worker")(serving.export_worker)
app.command()(serving.upkeep)
app.command()(serving.find_campaigns)

if __name__ == "__main__":
    run(app)
