"""The rules that collection calls may break, with status, source and dates, and the channels that take filings."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from service.days import CHINA
from service.edge.problems import Language
from service.pages.render import render
from service.pages.routes import Pages
from service.pages.visit import Visit, not_found
from service.rules.answers import channels_on, rule_on, violations_on
from service.rules.catalogue import Catalogue
from service.rules.channels import Channel
from service.rules.entries import Rule, RuleKind, Violation
from service.rules.facts import Text
from service.rules.schemas import NOTICE
from service.rules.situation import Product

LONGEST_SEARCH: Final = 60
KEPT_LISTS: Final = 32  # of what is searched for, too; each is some 40 kB at most
KIND_NAMES: Final = {
    RuleKind.PUBLIC_ORDER: Text(zh="治安管理", en="Public order"),
    RuleKind.CRIMINAL: Text(zh="刑法", en="Criminal law"),
    RuleKind.CIVIL: Text(zh="民法典", en="Civil law"),
    RuleKind.PERSONAL_INFORMATION: Text(zh="个人信息保护", en="Personal information"),
    RuleKind.CONSUMER: Text(zh="消费者权益保护", en="Consumer protection"),
    RuleKind.TELECOM: Text(zh="电信与反诈", en="Telecommunications and fraud"),
    RuleKind.REGULATION: Text(zh="金融监管规定", en="Financial regulation"),
    RuleKind.STANDARD: Text(zh="推荐性标准", en="Recommended standards"),
    RuleKind.SELF_REGULATION: Text(zh="行业自律规范", en="Self-regulation of the trade"),
}
PRODUCT_NAMES: Final = {
    Product.CREDIT_CARD: Text(zh="信用卡", en="credit card"),
    Product.LOAN: Text(zh="其他贷款", en="another loan"),
}

pages = Pages()


@dataclass(frozen=True, slots=True)
class Edition:
    """A catalogue on a day, in a language: what is listed of it is the same for everybody."""

    version: str
    on: date
    language: Language
    catalogue: Catalogue = field(compare=False, repr=False)


@pages.get("/about/rules")
async def list_rules(visit: Visit) -> Response:
    """List laws and, apart from them, norms of the trade; a search leaves what has all of its words."""
    return visit.public_page("rules.html", listed=_rules_listed(_edition(visit), _search(visit)))


@pages.get("/about/rules/{rule_id}")
async def show_rule(visit: Visit) -> Response:
    """Show a rule, also one that holds no more: what it says, how sure that is, and which conduct breaks it."""
    catalogue: Catalogue = visit.request.state.catalogue
    rule = catalogue.rules.get(visit.request.path_params["rule_id"])
    if rule is None:
        raise not_found()
    today = visit.now.astimezone(CHINA).date()
    return visit.public_page(
        "rule.html",
        rule=rule_on(rule, today),
        kind=KIND_NAMES[rule.kind],
        is_in_force=rule.is_in_force(today),
        is_to_come=rule.effective_from is not None and rule.effective_from > today,
        broken_by=_broken_by(catalogue, rule),
        binds=[catalogue.respondents[one].name for one in rule.respondents or ()],
        products=[PRODUCT_NAMES[one] for one in rule.products or () if one in PRODUCT_NAMES],
        people=[catalogue.relations[one].name for one in rule.relations or ()],
        channels=[one for one in catalogue.channels.values() if rule.id in one.points_to],
        notice=NOTICE,
    )


@pages.get("/about/channels")
async def list_channels(visit: Visit) -> Response:
    """List the authorities and other bodies that take filings, with how to reach them and by when they answer."""
    return visit.public_page("channels.html", listed=_channels_listed(_edition(visit), _search(visit)))


def _edition(visit: Visit) -> Edition:
    catalogue: Catalogue = visit.request.state.catalogue
    return Edition(catalogue.version, visit.now.astimezone(CHINA).date(), visit.language, catalogue)


def _search(visit: Visit) -> str:
    return " ".join(_plain(visit.request.query_params.get("words", "")[:LONGEST_SEARCH]).split())


@lru_cache(maxsize=KEPT_LISTS)
def _rules_listed(edition: Edition, search: str) -> Markup:
    catalogue, today = edition.catalogue, edition.on
    found = [one for one in catalogue.rules.values() if _has(search, _words_of_rule(one))]
    now = [one for one in found if one.is_in_force(today)]
    text = render(
        "rules_listed.html",
        edition.language,
        search=search,
        law=_by_kind(one for one in now if one.basis == "legal"),
        norms=_by_kind(one for one in now if one.basis == "norm"),
        other=[one for one in found if not one.is_in_force(today)],
        violations=violations_on(catalogue, today).violations,
        rules=catalogue.rules,
        notice=NOTICE,
    )
    return Markup(text)  # noqa: S704


@lru_cache(maxsize=KEPT_LISTS)
def _channels_listed(edition: Edition, search: str) -> Markup:
    channels = channels_on(edition.catalogue, edition.on).channels
    found = [one for one in channels if _has(search, _words_of_channel(one))]
    text = render("channels_listed.html", edition.language, search=search, channels=found, notice=NOTICE)
    return Markup(text)  # noqa: S704


def _by_kind(rules: Iterable[Rule]) -> list[tuple[Text, list[Rule]]]:
    """Return rules under the name of their kind, in the order of kinds."""
    kinds: dict[RuleKind, list[Rule]] = {kind: [] for kind in RuleKind}
    for one in rules:
        kinds[one.kind].append(one)
    return [(KIND_NAMES[kind], found) for kind, found in kinds.items() if found]


def _broken_by(catalogue: Catalogue, rule: Rule) -> list[tuple[Violation, Text | None]]:
    """Return the violations that break a rule, each with the condition on which it does."""
    found: list[tuple[Violation, Text | None]] = []
    for one in catalogue.violations.values():
        if rule.id in (*one.legal_basis, *one.norm_basis):
            found.append((one, None))
        for cited in one.if_so:
            if cited.rule == rule.id:
                found.append((one, catalogue.condition_of(cited.circumstance)))
    return found


def _has(search: str, words: str) -> bool:
    """Return whether every word of a search stands there; both are plain."""
    return all(word in words for word in search.split())


@cache
def _words(texts: tuple[str, ...]) -> str:
    return _plain(" ".join(texts))


def _words_of_rule(rule: Rule) -> str:
    kind = KIND_NAMES[rule.kind]
    return _words((rule.id, rule.title.zh, rule.title.en, rule.says.zh, rule.says.en, kind.zh, kind.en))


def _words_of_channel(channel: Channel) -> str:
    name, takes = channel.name, channel.takes
    return _words(
        (channel.id, name.zh, name.en, takes.zh, takes.en, channel.telephone or "", channel.web or "")
    )


def _plain(text: str) -> str:
    """Return a text whatever its width and capitals."""
    return unicodedata.normalize("NFKC", text).casefold()
