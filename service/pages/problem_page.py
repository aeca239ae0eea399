"""A problem as a page, where a request is refused before its page is asked: too large, too many, or not there."""

from starlette.types import Message

from service.edge.problems import Language, ProblemError
from service.pages.forms import Form
from service.pages.render import HEADERS, TAGS, render


def problem_page(error: ProblemError, language: Language) -> tuple[Message, Message]:
    """Return the messages of the answer with a page about a problem."""
    text = render(
        "problem.html",
        language,
        error=error,
        form=Form(),
        visit=None,
        path="/",
        exit_url=None,
        site_note=None,
        operator=None,
    )
    headers = {**HEADERS, **error.headers, "Content-Language": TAGS[language]}
    headers["Content-Type"] = "text/html; charset=utf-8"
    return (
        {
            "type": "http.response.start",
            "status": error.problem.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        },
        {"type": "http.response.body", "body": text.encode()},
    )
