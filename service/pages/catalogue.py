"""The rules that collection calls may break, with status, source and dates, and the channels that take filings."""

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from starlette.responses import Response

from service.days import CHINA
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


@pages.get("/about/rules")
async def list_rules(visit: Visit) -> Response:
    """List laws and, apart from them, norms of the trade; a search leaves what has all of its words."""
    catalogue: Catalogue = visit.request.state.catalogue
    today = visit.now.astimezone(CHINA).date()
    search = visit.request.query_params.get("words", "").strip()[:LONGEST_SEARCH]
    found = [one for one in catalogue.rules.values() if _has(search, _words_of_rule(one))]
    now = [one for one in found if one.is_in_force(today)]
    return visit.public_page(
        "rules.html",
        search=search,
        law=_by_kind(one for one in now if one.basis == "legal"),
        norms=_by_kind(one for one in now if one.basis == "norm"),
        other=[one for one in found if not one.is_in_force(today)],
        violations=violations_on(catalogue, today).violations,
        rules=catalogue.rules,
        notice=NOTICE,
    )


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
    catalogue: Catalogue = visit.request.state.catalogue
    today = visit.now.astimezone(CHINA).date()
    search = visit.request.query_params.get("words", "").strip()[:LONGEST_SEARCH]
    channels = channels_on(catalogue, today).channels
    found = [one for one in channels if _has(search, _words_of_channel(one))]
    return visit.public_page("channels.html", search=search, channels=found, notice=NOTICE)


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


def _has(search: str, texts: Sequence[str]) -> bool:
    """Return whether every word of a search stands in one of the texts, whatever its width and capitals."""
    plain = _plain(" ".join(texts))
    return all(word in plain for word in _plain(search).split())


def _words_of_rule(rule: Rule) -> tuple[str, ...]:
    kind = KIND_NAMES[rule.kind]
    return (rule.id, rule.title.zh, rule.title.en, rule.says.zh, rule.says.en, kind.zh, kind.en)


def _words_of_channel(channel: Channel) -> tuple[str, ...]:
    return (
        channel.id,
        channel.name.zh,
        channel.name.en,
        channel.takes.zh,
        channel.takes.en,
        channel.telephone or "",
        channel.web or "",
    )


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
