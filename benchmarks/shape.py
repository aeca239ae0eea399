"""How the code is built: `python -m benchmarks.shape` lists long functions, long files and positional constructions."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("service", "ml", "migrations", "benchmarks")
MOST_FUNCTION_LINES = 30
MOST_FILE_LINES = 300
MOST_POSITIONAL = 5


class Place(NamedTuple):
    """Something that the house rules would rather have otherwise, and how far it is over."""

    where: str
    what: str
    amount: int


def long_functions(file: str, tree: ast.Module) -> Iterator[Place]:
    """Functions of more lines than `MOST_FUNCTION_LINES`, their docstring included."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                yield Place(f"{file}:{node.lineno}", node.name, lines)


def positional_constructions(file: str, tree: ast.Module, classes: set[str]) -> Iterator[Place]:
    """Constructions of the project's own classes with more than `MOST_POSITIONAL` positional arguments."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in classes
            and len(node.args) > MOST_POSITIONAL
        ):
            yield Place(f"{file}:{node.lineno}", node.func.id, len(node.args))


def main() -> None:
    """Print the lists and their counts."""
    listed = subprocess.run(
        ["git", "ls-files", *[f"{package}/*.py" for package in PACKAGES]],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    texts = {file: (ROOT / file).read_text("utf-8") for file in listed}
    trees = {file: ast.parse(text) for file, text in texts.items()}
    classes = {
        node.name for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    }
    files = [Place(file, "", count) for file, text in texts.items()
             if (count := len(text.splitlines())) > MOST_FILE_LINES]  # fmt: skip
    lists = {
        f"functions over {MOST_FUNCTION_LINES} lines": [
            place for file, tree in trees.items() for place in long_functions(file, tree)
        ],
        f"files over {MOST_FILE_LINES} lines": files,
        f"constructions with over {MOST_POSITIONAL} positional arguments": [
            place for file, tree in trees.items() for place in positional_constructions(file, tree, classes)
        ],
        "fmt: skip": [Place(file, "", count) for file, text in texts.items()
                      if (count := text.count("# fmt: skip"))],
    }  # fmt: skip
    for name, places in lists.items():
        total = sum(place.amount for place in places) if name == "fmt: skip" else len(places)
        sys.stdout.write(f"{name}: {total}\n")
        if "--list" in sys.argv:
            for place in sorted(places, key=lambda one: -one.amount):
                sys.stdout.write(f"  {place.where} {place.what} {place.amount}\n")


if __name__ == "__main__":
    main()
