"""Whether a short text reads as a sentence, as far as that can be told without understanding it.

The lists are closed on purpose: a text with a verb that is in none of them is refused until somebody has read it and
added the verb. `test_english.py` shows what is refused.
"""

import re


def _set_of(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


#: How an order begins: the help of a command or an option, the summary of an operation.
IMPERATIVES = _set_of(
    "add allow approve attach attack bind bring change check cite close compare confirm consent copy count create decide",
    "delete dispute download draw enable end explain export file fill find forecast gather get give grant import judge",
    "keep lay learn leave let list look measure name open print prove read record refuse register remove report request",
    "require restore restrict retract return revoke run score search send serve set show simulate skip start state stop",
    "suggest supplement train use verify withdraw wrap write",
)
#: Forms that are verbs wherever they stand in our texts.
FINITE = _set_of(
    "is are was were has have can may must does do",
    "allows answers appears asks chooses comes contains counts decides depends describes expires gives holds keeps",
    "lapses listens lists makes measures needs opens posts reads reports requires returns runs sends shows signs",
    "starts stops stores takes tells uses waits writes",
)
#: Forms that are verbs where a subject stands before them, and may be nouns elsewhere.
AFTER_A_SUBJECT = FINITE | _set_of(
    "be been had could may might shall should will would did",
    "accept accepts answer begin begins change changes check checks come cost costs count destroy destroys distinguishes",
    "earn earns expire give hold lead leads leave leaves list mean means name names need override overrides prove proves",
    "record records replace replaces report respond responds return say says show stand stands stay stays stop take tell",
    "work works yield yields",
)
#: What begins a clause that has a verb of its own, up to the next mark: it does not make the whole a sentence.
CLAUSE = re.compile(
    r"\b(that|which|who|whom|whose|what|whether|how|when|where|why|while|until|after|before|because|if|once|as)\b[^,;:.]*"
)
#: A text that begins so is a clause that hangs on nothing: `Whether an export is let.`
DANGLING = _set_of(
    "as because by else for from how if in of only so than that to what when where whether which who whom whose why",
    "with",
)


def flaws_of_order(text: str) -> list[str]:
    """Return what keeps a text from being an order: `List all keys.`"""
    first = _words(text)[:1]
    flaws = _flaws_of_form(text)
    if not first or first[0] not in IMPERATIVES:
        flaws.append("does not begin with a verb in the imperative")
    return flaws


def flaws_of_summary(text: str) -> list[str]:
    """Return what keeps a text from being a summary in both languages, each an order without a full stop.

    As in `List all keys · 列出全部密钥`.
    """
    english, _, chinese = text.partition(" · ")
    flaws = [f"{part!r} ends with a full stop" for part in (english, chinese) if part.endswith((".", "。"))]
    if chinese.isascii():
        flaws.append("is in English alone")
    if not english.isascii():
        flaws.append("has Chinese where English is to be")
    return flaws + flaws_of_order(f"{english}.")


def flaws_of_description(text: str) -> list[str]:
    """Return what keeps a text from being sentences: each paragraph begins with a subject, then a finite verb."""
    flaws = []
    for paragraph in text.split("\n\n"):
        plain = " ".join(re.sub("`[^`]+`", "it", paragraph).split())
        flaws += _flaws_of_form(paragraph)
        words = _words(CLAUSE.sub(" ", re.split(r"(?<=[.;:]) ", plain)[0].lower()))
        if words[:1] == [] or words[0] in AFTER_A_SUBJECT or not AFTER_A_SUBJECT.intersection(words[1:]):
            flaws.append("has no subject before a finite verb")
    return flaws


def flaws_of_statement(text: str) -> list[str]:
    """Return what keeps a text from being a statement: `The file that holds the complaints.`"""
    words = _words(text)
    flaws = _flaws_of_form(text)
    if words and words[0] in DANGLING:
        flaws.append(f"begins with {words[0]!r}, which hangs on nothing")
    if not FINITE.intersection(words):
        flaws.append("has no verb")
    return flaws


def flaws_of_phrase(text: str) -> list[str]:
    """Return what keeps a text from naming a thing: `Number of scoring processes.` A further clause needs a verb."""
    words = _words(text)
    flaws = _flaws_of_form(text)
    if words and words[0] in DANGLING:
        flaws.append(f"begins with {words[0]!r}, which hangs on nothing")
    _, semicolon, clause = text.rpartition(";")
    if semicolon and not (
        FINITE.intersection(_words(clause)) or IMPERATIVES.intersection(_words(clause)[:1])
    ):
        flaws.append("has no verb after the semicolon")
    return flaws


def _flaws_of_form(text: str) -> list[str]:
    flaws = []
    if len(text.split()) < 2:
        flaws.append("is no sentence")
    if not re.match(r"[A-Z0-9`]", text):
        flaws.append("does not begin with a capital letter")
    if not text.endswith("."):
        flaws.append("does not end with a full stop")
    return flaws


def _words(text: str) -> list[str]:
    """The words in small letters, without what is quoted as code."""
    return re.findall(r"[a-z]+", re.sub(r"`[^`]*`", " ", text).lower())
