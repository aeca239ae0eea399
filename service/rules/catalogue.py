"""The catalogue as a whole: read from its four files, cross-checked, with its entries by id."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from service.rules.asking import BeforeFiling, Demand, Emergency, PersonKind, Question
from service.rules.channels import Channel
from service.rules.checks import cross_check
from service.rules.entries import (
    AddedChannels,
    ChannelsFile,
    LastResort,
    RespondentRoute,
    RoutingFile,
    Rule,
    RulesFile,
    Violation,
    ViolationsFile,
)
from service.rules.facts import Text
from service.rules.reading import CatalogueError, CatalogueFile, read_source
from service.rules.respondents import Respondent
from service.rules.situation import Circumstance, Relation
from service.rules.sources import Sources

SHIPPED: Final = Path(__file__).parent / "shipped"
FILES: Final[Mapping[str, type[BaseModel]]] = {
    "channels": ChannelsFile,
    "rules": RulesFile,
    "violations": ViolationsFile,
    "routing": RoutingFile,
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What is known about channels, rules and violations; `version` is a digest of the files."""

    version: str
    channels: Mapping[str, Channel]
    rules: Mapping[str, Rule]
    violations: Mapping[str, Violation]
    respondents: Mapping[Respondent, RespondentRoute]
    relations: Mapping[Relation, PersonKind]
    questions: tuple[Question, ...]
    emergencies: tuple[Emergency, ...]
    additions: tuple[AddedChannels, ...]
    before_filing: tuple[BeforeFiling, ...]
    demands: Mapping[str, Demand]
    last_resort: LastResort

    def condition_of(self, circumstance: Circumstance) -> Text:
        """Return a circumstance in the words of a condition."""
        return next(one.condition or one.asks for one in self.questions if one.id == circumstance.value)


@cache
def shipped_catalogue() -> Catalogue:
    """Return the catalogue that comes with the service; it does not change, so a process reads it once."""
    return _read_catalogue(SHIPPED)


def load_catalogue(directory: Path | None) -> Catalogue:
    """Return the catalogue of a directory, or the shipped one; raise CatalogueError with everything that is wrong."""
    return _read_catalogue(directory) if directory else shipped_catalogue()


def read_sources(directory: Path) -> Sources:
    """Return the four files as they were read; raise CatalogueError with everything that is wrong with them."""
    read: dict[str, CatalogueFile[Any]] = {}
    findings: list[str] = []
    for name, model in FILES.items():
        try:
            read[name] = read_source(directory / f"{name}.yaml", model)
        except CatalogueError as error:
            findings += error.findings
    if findings:
        raise CatalogueError(findings)
    sources = Sources(**read)
    if findings := cross_check(sources):
        raise CatalogueError(findings)
    return sources


def _read_catalogue(directory: Path) -> Catalogue:
    sources = read_sources(directory)
    routing, violations = sources.routing.content, sources.violations.content
    return Catalogue(
        version=_digest(directory),
        channels={channel.id: channel for channel in sources.channels.content.channels},
        rules={rule.id: rule for rule in sources.rules.content.rules},
        violations={violation.id: violation for violation in violations.violations},
        respondents={route.respondent: route for route in routing.respondents},
        relations={kind.relation: kind for kind in routing.relations},
        questions=routing.questions,
        emergencies=routing.emergencies,
        additions=routing.additions,
        before_filing=routing.before_filing,
        demands={demand.id: demand for demand in violations.demands},
        last_resort=routing.last_resort,
    )


def json_schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema of one of the files, derived from the code that reads it."""
    model = FILES[name]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema()}


def _digest(directory: Path) -> str:
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((directory / f"{name}.yaml").read_bytes())
    return digest.hexdigest()[:12]
