"""The four files of a catalogue as they were read, each valid in itself, and the facts that they state."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

from pydantic import BaseModel

from service.rules.entries import ChannelsFile, RoutingFile, RulesFile, ViolationsFile
from service.rules.facts import Fact
from service.rules.reading import CatalogueFile, Steps

#: What names a fact, whichever it has.
_NAMES: Final = ("id", "respondent", "relation", "circumstance")


@dataclass(frozen=True, slots=True)
class Sources:
    """The four files as they were read, each valid in itself."""

    channels: CatalogueFile[ChannelsFile]
    rules: CatalogueFile[RulesFile]
    violations: CatalogueFile[ViolationsFile]
    routing: CatalogueFile[RoutingFile]


@dataclass(frozen=True, slots=True)
class StatedFact:
    """A fact, its place (`channels.yaml:12:5: channels[0].form`), and the names of the entries that it belongs to."""

    fact: Fact
    place: str
    name: str


def stated_facts(sources: Sources) -> Iterator[StatedFact]:
    """Return every fact of the catalogue, however deep."""
    for member in fields(sources):
        file: CatalogueFile[BaseModel] = getattr(sources, member.name)
        for steps, names, fact in _facts(file.content, (), ()):
            yield StatedFact(fact, file.finding(steps, "").removesuffix(": "), "/".join(names))


def _facts(
    part: object, steps: tuple[int | str, ...], names: tuple[str, ...]
) -> Iterator[tuple[Steps, tuple[str, ...], Fact]]:
    if isinstance(part, Fact):
        name = next((getattr(part, key) for key in _NAMES if hasattr(part, key)), None)
        names = (*names, str(name) if name else _place_of(steps))
        yield steps, names, part
    if isinstance(part, BaseModel):
        for key in type(part).model_fields:
            yield from _facts(getattr(part, key), (*steps, key), names)
    elif isinstance(part, tuple):
        for place, one in enumerate(part):
            yield from _facts(one, (*steps, place), names)


def _place_of(steps: Steps) -> str:
    """Return the place of a fact without a name within what holds it: `remarks[0]`, `form`."""
    last = steps[-1]
    return f"{steps[-2]}[{last}]" if isinstance(last, int) else last
