"""The answer to a look-up: written once when a verdict changes, completed with its age when it is read.

The replica holds an answer as JSON without its closing brace, so that a look-up only adds the age before it sends it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from ml.reasons import REASON_CODES
from service.edge.problems import Language
from service.numbers.parse import Number, NumberError, parse_number
from service.verdicts.verdict import NOTHING, NumberVerdict, told, told_revision
from service.violations import VIOLATION_NAMES

if TYPE_CHECKING:  # reading answers takes no database
    from service.verdicts.store import Published

VERDICT_NAMES: Final = {
    "unknown": ("未知", "unknown"),
    "suspected": ("疑似非法催收", "suspected illegal collection"),
    "confirmed": ("非法催收", "confirmed illegal collection"),
    "disputed": ("号码异议处理中", "disputed"),
    "cleared": ("已澄清", "cleared"),
    "protected": ("受保护号码", "protected"),
}


@dataclass(frozen=True, slots=True)
class Freshness:
    """The age of the replica when an answer is read from it."""

    is_stale: bool
    age_seconds: float

    def tail(self) -> bytes:
        """Return the end of every answer."""
        return b',"stale":%s,"age_seconds":%.1f}' % (
            b"true" if self.is_stale else b"false",
            self.age_seconds,
        )


def stored_answer(published: "Published") -> bytes:
    """Return what the replica holds of a published verdict: what may not be told does not reach a serving host."""
    number = parse_number(published.verdict.number)
    verdict = published.verdict
    return _answer(number, told(verdict), told_revision(verdict, published.revision))


def unknown_answer(number: Number) -> bytes:
    """Return the answer about a number about which nothing is published, whether it was reported or not."""
    return _of_number(number, is_spoofed=number.suspected_spoofing) + _OF_UNKNOWN


def error_entry(text: str, error: NumberError) -> dict[str, object]:
    """Return what a bulk look-up answers to a text that is not a number."""
    return {"input": text, "error": f"number_{error.problem}", **error.place}


def plain_line(answer: bytes, language: Language) -> str:
    """Return one line for a PBX, verdict first: `confirmed 97 非法催收 恐吓威胁`; only `unknown` if nothing is published."""
    document = orjson.loads(answer + b"}")
    place = 0 if language == "zh" else 1
    words = [document["verdict"]]
    if document["verdict"] != "unknown":
        if document["score"] is not None:
            words.append(str(round(document["score"] * 100)))
        words.append(VERDICT_NAMES[document["verdict"]][place])
        if document["category"]:
            words.append(VIOLATION_NAMES[document["category"]][place])
    return " ".join(words)


def _answer(number: Number, verdict: NumberVerdict, revision: int | None) -> bytes:
    is_spoofed = verdict.suspected_spoofing or number.suspected_spoofing
    return _of_number(number, is_spoofed=is_spoofed) + _of_verdict(verdict, revision)


def _of_number(number: Number, *, is_spoofed: bool) -> bytes:
    """Return the members that follow from the number itself."""
    document = {
        "number": number.key,
        "kind": number.kind,
        "region": number.region,
        "carrier": number.carrier,
        "virtual_operator": number.virtual_operator,
        "suspected_spoofing": is_spoofed,
    }
    return orjson.dumps(document)[:-1]


def _of_verdict(verdict: NumberVerdict, revision: int | None) -> bytes:
    """Return the members that follow from what is told of the number."""
    document = {
        "verdict": verdict.verdict,
        "score": verdict.score,
        "category": verdict.category,
        "reasons": [{"code": code, **REASON_CODES[code]._asdict()} for code in verdict.reasons],
        "reports_at_least": verdict.reports_at_least,
        "reporters_at_least": verdict.reporters_at_least,
        "opposed_by_at_least": verdict.opposed_by_at_least,
        "first_reported_on": verdict.first_reported_on,
        "last_reported_on": verdict.last_reported_on,
        "simulated": verdict.is_simulated,
        "revision": revision,
        "model": verdict.model_version,
        "campaign_id": verdict.campaign_id,
    }
    return b"," + orjson.dumps(document)[1:-1]


#: The same for every number about which nothing is told, so that look-ups need not write it again each time.
_OF_UNKNOWN: Final = _of_verdict(NOTHING, None)
