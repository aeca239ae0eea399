"""Reads one YAML file of the catalogue: only safe tags, no key twice, and every error with its line."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

try:  # six times as fast, at every start
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # a PyYAML that was built without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

Model = TypeVar("Model", bound=BaseModel)
Steps = Sequence[int | str]


class CatalogueError(Exception):
    """The catalogue cannot be used; `findings` are lines such as `rules.yaml:12:3: rules[0].kind: …`."""

    def __init__(self, findings: Sequence[str]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)


class _Loader(_SafeLoader):
    """The safe loader, which also refuses keys that appear twice and days that do not exist."""

    def construct_yaml_timestamp(self, node: yaml.ScalarNode) -> date:
        try:
            moment: date = super().construct_yaml_timestamp(node)
        except ValueError as error:
            raise yaml.constructor.ConstructorError(
                None, None, f"there is no day {node.value}", node.start_mark
            ) from error
        return moment

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} appears twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_yaml_timestamp)


@dataclass(frozen=True, slots=True)
class CatalogueFile(Generic[Model]):
    """A file that was read: its content, and its YAML nodes to find the place of each part."""

    name: str
    content: Model
    root: yaml.Node

    def finding(self, steps: Steps, message: str) -> str:
        """Return a line that tells people what is wrong at a place of the file."""
        return _finding(self.name, self.root, steps, message)


def read_source(path: Path, model: type[Model]) -> CatalogueFile[Model]:
    """Return the content of a file as `model`; raise CatalogueError with everything that is wrong with it."""
    try:
        loader = _Loader(path.read_text("utf-8"))
        try:
            root = loader.get_single_node()
            content = loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    except OSError as error:
        raise CatalogueError([f"{path.name}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise CatalogueError([f"{path.name}: is not UTF-8 text"]) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise CatalogueError([f"{path.name}{place}: {error.problem}"]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise CatalogueError([f"{path.name}: {str(error).splitlines()[0]}"]) from error
    if root is None:
        raise CatalogueError([f"{path.name}: is empty"])
    try:
        return CatalogueFile(path.name, model.model_validate(content), root)
    except ValidationError as error:
        raise CatalogueError(
            [
                _finding(path.name, root, wrong["loc"], wrong["msg"].removeprefix("Value error, "))
                for wrong in error.errors(include_url=False, include_input=False)
            ]
        ) from error


def _finding(name: str, root: yaml.Node, steps: Steps, message: str) -> str:
    mark = _node_at(root, steps).start_mark
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
    return f"{name}:{mark.line + 1}:{mark.column + 1}: {path + ': ' if path else ''}{message}"


def _node_at(node: yaml.Node, steps: Steps) -> yaml.Node:
    """Return the node at the end of the steps, or the deepest one on the way if something is missing."""
    for step in steps:
        if isinstance(node, yaml.MappingNode):
            found = next((value for key, value in node.value if key.value == step), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            found = node.value[step]
        else:
            found = None
        if found is None:
            break
        node = found
    return node
