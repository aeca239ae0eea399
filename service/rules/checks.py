"""Checks that the files of the catalogue agree; each finding names the file and the place."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ml.words import VIOLATIONS
from service.rules.channels import Channel
from service.rules.entries import (
    AUTHORITY,
    ChannelsFile,
    RoutingFile,
    Rule,
    RulesFile,
    Violation,
    ViolationsFile,
)
from service.rules.reading import CatalogueFile, Steps
from service.rules.references import unknown_references
from service.rules.respondents import Respondent
from service.rules.sources import Sources

Findings = Iterator[str]


def cross_check(sources: Sources) -> list[str]:
    """Return everything that does not fit together; nothing if the catalogue can be used."""
    channels = sources.channels.content.channels
    rules = {rule.id: rule for rule in sources.rules.content.rules}
    known = {channel.id for channel in channels}
    return [
        *_twice(sources.channels, "channels", [channel.id for channel in channels]),
        *_twice(sources.rules, "rules", [rule.id for rule in sources.rules.content.rules]),
        *_channels(sources.channels, channels),
        *_violations(sources.violations, rules, known),
        *_routing(sources.routing, known),
        *unknown_references(sources),
    ]


def _twice(
    source: CatalogueFile[ChannelsFile] | CatalogueFile[RulesFile] | CatalogueFile[ViolationsFile],
    key: str,
    ids: Sequence[str],
) -> Findings:
    for place, one in enumerate(ids):
        if one in ids[:place]:
            yield source.finding((key, place, "id"), f"{one!r} appears twice")


def _unknown(
    source: CatalogueFile[ChannelsFile] | CatalogueFile[RoutingFile] | CatalogueFile[ViolationsFile],
    steps: Steps,
    wanted: Iterable[str],
    known: Iterable[str],
) -> Findings:
    for place, one in enumerate(wanted):
        if one not in known:
            yield source.finding((*steps, place), f"there is no channel {one!r}")


def _channels(source: CatalogueFile[ChannelsFile], channels: Sequence[Channel]) -> Findings:
    after = {channel.id: channel.after for channel in channels}
    for place, channel in enumerate(channels):
        steps = ("channels", place)
        if channel.id == AUTHORITY:
            yield source.finding(
                (*steps, "id"), f"{AUTHORITY!r} is reserved for the channels of the respondent"
            )
        yield from _unknown(source, (*steps, "after"), channel.after, after)
        if channel.id in _before(channel.id, after):
            yield source.finding((*steps, "after"), f"{channel.id!r} would come before itself")


def _before(channel: str, after: Mapping[str, Sequence[str]]) -> set[str]:
    """Return all channels that must be tried before one."""
    found: set[str] = set()
    waiting = list(after.get(channel, ()))
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += after.get(one, ())
    return found


def _violations(
    source: CatalogueFile[ViolationsFile], rules: Mapping[str, Rule], channels: set[str]
) -> Findings:
    violations = source.content.violations
    ids = [violation.id for violation in violations]
    yield from _twice(source, "violations", ids)
    for missing in sorted(set(VIOLATIONS) - set(ids)):
        yield source.finding(("violations",), f"the violation {missing!r} is missing: add its entry")
    for place, violation in enumerate(violations):
        steps = ("violations", place)
        if violation.id not in VIOLATIONS:
            yield source.finding(
                (*steps, "id"), f"reports know no violation {violation.id!r}: ml/words.py lists them"
            )
        yield from _bases(source, steps, violation, rules)
        for stage, ways in (("first", violation.first), ("second", violation.second)):
            named = [way.channel for way in ways]
            yield from _unknown(source, (*steps, stage), named, channels | {AUTHORITY})


def _bases(
    source: CatalogueFile[ViolationsFile], steps: Steps, violation: Violation, rules: Mapping[str, Rule]
) -> Findings:
    lists = (("legal", violation.legal_basis), ("norm", violation.norm_basis))
    for basis, named in lists:
        for place, one in enumerate(named):
            rule = rules.get(one)
            if rule is None:
                yield source.finding((*steps, f"{basis}_basis", place), f"there is no rule {one!r}")
            elif rule.basis != basis:
                yield source.finding(
                    (*steps, f"{basis}_basis", place),
                    f"{one!r} is a {rule.basis} rule: move it to {rule.basis}_basis",
                )


def _routing(source: CatalogueFile[RoutingFile], channels: set[str]) -> Findings:
    routing = source.content
    routed = [route.respondent for route in routing.respondents]
    for missing in [respondent for respondent in Respondent if respondent not in routed]:
        yield source.finding(("respondents",), f"the respondent {missing.value!r} is missing: add its entry")
    for place, route in enumerate(routing.respondents):
        steps = ("respondents", place)
        if route.respondent in routed[:place]:
            yield source.finding((*steps, "respondent"), f"{route.respondent.value!r} appears twice")
        yield from _unknown(source, (*steps, "first"), route.first, channels)
        yield from _unknown(source, (*steps, "fallback"), route.fallback, channels)
    yield from _unknown(source, ("last_resort", "channels"), routing.last_resort.channels, channels)
