"""A process that has loaded what commands load, and forks one for each command that is ordered.

Starting Python and loading the libraries takes longer than what most commands do, and the tests run some two hundred.
What is forked is a process of its own, with its own arguments, environment, streams and exit status; only what an
interpreter does when it starts is not done again, and tests of that start one of their own.

`python -m tests.forking` reads orders from standard input, a line of JSON each, and answers each by two lines: the id of
the process, and its exit status when it has ended, negative for a signal.
"""

import gc
import importlib
import json
import os
import sys
from typing import Final, TypedDict

LIBRARIES: Final = (
    "asyncpg", "cryptography.hazmat.primitives.asymmetric.ed25519", "numpy", "orjson", "rich.progress", "rich.table",
    "service.cli", "service.rules.catalogue", "typer.rich_utils", "yaml",
)  # fmt: skip
#: What looks at the environment when it is loaded is left to each: the console takes its width from there.
LOADED_BY_EACH: Final = ("service.cli", "service.commands")


class Order(TypedDict):
    """A command that is to be run, and the files that are its streams; the program is a module with a `main`."""

    program: str
    arguments: list[str]
    environment: dict[str, str]
    stdin: str
    stdout: str
    stderr: str


def main() -> None:
    """Fork for every order; in what is forked, be the command."""
    for name in LIBRARIES:
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.startswith(LOADED_BY_EACH)]:
        del sys.modules[name]
    assert "prometheus_client" not in sys.modules, "it decides by the environment where it keeps its values"
    gc.freeze()  # what is shared with those that are forked is not written to
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _become(json.loads(line))
            return
        _answer(process)
        _, status = os.waitpid(process, 0)
        _answer(os.waitstatus_to_exitcode(status))


def _answer(number: int) -> None:
    os.write(1, b"%d\n" % number)


def _become(order: Order) -> None:
    os.environ.clear()
    os.environ.update(order["environment"])
    streams = (order["stdin"], os.O_RDONLY), (order["stdout"], os.O_WRONLY), (order["stderr"], os.O_WRONLY)
    for number, (name, access) in enumerate(streams):
        opened = os.open(name, access)
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  it stays open; the old one has read ahead
    sys.argv = ["dunwatch", *order["arguments"]]
    importlib.import_module(order["program"]).main()


if __name__ == "__main__":
    main()
