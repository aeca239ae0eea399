"""Each problem as an example: the same in the OpenAPI document and on the page about it."""

from collections.abc import Mapping
from typing import Final

from service.edge.problems import Language, Problem, ProblemError
from service.edge.problems.document import FieldError
from service.edge.validation import message

#: Problem -> the field at fault in its example, its code, and the values of its message.
_FIELDS: Final[Mapping[str, tuple[str, str, Mapping[str, object]]]] = {
    "invalid_request": ("occurred_at", "timezone_aware", {}),
    "invalid_number": ("number", "number_too_short", {}),
}


def example_of(problem: Problem) -> ProblemError:
    """Return a problem as a request might get it."""
    fields = []
    if problem.code in _FIELDS:
        field, code, values = _FIELDS[problem.code]
        fields = [FieldError(field, code, *message(code, **values))]
    error = ProblemError(problem, fields=fields)
    error.values = dict(problem.example)
    return error


def detail_of(problem: Problem, language: Language) -> str:
    """Return what a problem says in its example."""
    return str(example_of(problem).document(language)["detail"])
