"""Whether a short text reads as a sentence, as far as that can be told without understanding it.

The lists are closed on purpose: a text with a verb that is in none of them is refused until somebody has read it and
added the verb. `test_english.py` shows what is refused.
"""

import re


def _set_of(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


#: How the help of a command or an option begins: an order to the program.
IMPERATIVES = _set_of(
    "add allow approve attack bind bring change check cite compare confirm copy count create decide delete draw enable end",
    "export file fill find forecast give grant import judge keep lay learn leave let list look measure name print",
    "read record refuse register require return revoke run score search serve set show simulate skip start state stop",
    "train use verify wrap write",
)
#: Forms that are verbs wherever they stand in our texts.
FINITE = _set_of(
    "is are was were has have can may must does do",
    "allows answers appears asks chooses comes contains counts decides depends describes expires gives holds keeps",
    "lapses listens lists makes measures needs opens posts reads reports requires returns runs sends shows signs",
    "starts stops stores takes tells uses waits writes",
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
