"""A problem of the catalogue, and the problem document (RFC 9457) that a request gets of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import orjson

Language = Literal["zh", "en"]
CONTENT_TYPE: Final = "application/problem+json"
#: Where the page about each problem is; a problem's `type` is relative to the service's own address.
PAGES: Final = "/problems"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """One kind of error: stable code, HTTP status, and what people read about it in Chinese and English.

    `zh` and `en` are the templates of `detail`; `example` fills their braces in the documentation. `headers` are those
    that every answer with this problem carries besides Content-Language.
    """

    code: str
    status: int
    title_zh: str
    title_en: str
    zh: str
    en: str
    advice_zh: str
    advice_en: str
    example: Mapping[str, object] = field(default_factory=dict)
    headers: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The address of the page that explains this problem."""
        return f"{PAGES}/{self.code}"


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field; `field` is its path in the body, such as `narrative` or `lines[3]`."""

    field: str
    code: str
    zh: str
    en: str


class ProblemError(Exception):
    """Raised anywhere to answer with a problem; `values` fill the braces of its texts."""

    def __init__(
        self,
        problem: Problem,
        *,
        fields: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **values: object,
    ) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.fields = tuple(fields)
        self.headers = dict(headers or {})
        self.values = values

    def document(self, language: Language) -> dict[str, object]:
        """Return the problem document (RFC 9457, section 3) with the extension members `code` and `errors`."""
        problem = self.problem
        document: dict[str, object] = {
            "type": problem.type,
            "title": problem.title_zh if language == "zh" else problem.title_en,
            "status": problem.status,
            "detail": getattr(problem, language).format(**self.values),
            "code": problem.code,
        }
        if self.fields:
            document["errors"] = [
                {"field": error.field, "code": error.code, "message": getattr(error, language)}
                for error in self.fields
            ]
        return document

    def body(self, language: Language) -> bytes:
        """Return the document as JSON."""
        return orjson.dumps(self.document(language))


def megabytes(size: int) -> str:
    """Return a size in bytes as people read it, in MB of 1024 x 1024 bytes: 25, 0.5."""
    return f"{round(size / 1024**2, 3):.10g}"


def preferred_language(accept_language: str | None) -> Language:
    """Return the language that `Accept-Language` (RFC 9110, section 12.5.4) prefers; `zh` without a preference."""
    best: Language = "zh"
    best_quality = 0.0
    for choice in (accept_language or "").lower().split(","):
        tag, _, parameter = choice.strip().partition(";")
        language = tag.split("-", 1)[0]
        try:
            quality = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if language in ("zh", "en") and quality > best_quality:
            best, best_quality = ("zh" if language == "zh" else "en"), quality
    return best
