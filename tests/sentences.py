"""Whether a text is a sentence, as far as a short list of words can tell: a subject, then a finite verb."""

import re
from typing import Final

#: What begins a clause that has a verb of its own, up to the next mark: it does not make the whole a sentence.
_CLAUSE: Final = re.compile(
    r"\b(that|which|who|whom|whose|what|whether|how|when|where|why|while|until|after|before|because|if|once|as)\b[^,;:.]*"
)
_VERBS: Final = frozenset(
    re.findall(
        r"\w+",
        """
        is are was were be has have had does do can could may might must shall should will would
        accept accepts answer answers begin begins change changes check checks come comes cost costs count counts
        destroy destroys distinguishes earn earns expire expires give gives hold holds lead leads leave leaves list lists
        mean means
        name names need needs override overrides prove proves record records replace replaces report reports respond
        responds return returns say says show shows stand stands stay stays stop stops take takes tell tells work works
        yield yields
        """,
    )
)
#: How the summaries of operations begin: what one does with it.
_IMPERATIVES: Final = frozenset(
    re.findall(
        r"\w+",
        """
        add approve attach change check close consent count decide delete dispute download end explain find gather get
        list look open prove record register remove report request restrict retract send suggest supplement withdraw
        """,
    )
)


def is_sentence(text: str) -> bool:
    """Whether every paragraph begins with a sentence: a capital, a subject before a finite verb, a period."""
    return all(_is_sentence(paragraph) for paragraph in text.split("\n\n"))


def is_summary(text: str) -> bool:
    """Whether a summary says what one does: it begins with a verb in the imperative, and has no period."""
    first, *others = re.findall(r"[\w'-]+", text)
    return first[0].isupper() and first.lower() in _IMPERATIVES and bool(others) and not text.endswith(".")


def _is_sentence(text: str) -> bool:
    text = " ".join(re.sub("`[^`]+`", "it", text).split())
    first = re.split(r"(?<=[.;:]) ", text)[0]
    if not (re.match("[A-Z]|it ", first) and text.endswith(".")):
        return False
    words = re.findall(r"[a-z'-]+", _CLAUSE.sub(" ", first.lower()))
    return words[:1] != [] and words[0] not in _VERBS and any(word in _VERBS for word in words[1:])
