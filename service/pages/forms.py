"""What a form sends: its fields, and whether it is one of ours that sends it."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request

from service.edge.problems import INVALID_REQUEST, UNSUPPORTED_MEDIA_TYPE, FieldError, ProblemError
from service.edge.validation import is_storable, message
from service.pages.refused import OTHER_SITE

URLENCODED: Final = "application/x-www-form-urlencoded"
MOST_FIELDS: Final = 200


class Form:
    """The fields of a form, each with all values that it was sent with; what was not sent is empty."""

    def __init__(self, pairs: Sequence[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        """Return the first value of a field, without the blanks around it; empty where there is none."""
        return self._values.get(name, [""])[0].strip()

    def every(self, name: str) -> list[str]:
        """Return all values of a field."""
        return self._values.get(name, [])

    def pairs(self, *, without: Sequence[str] = ()) -> list[tuple[str, str]]:
        """Return name and value of everything that was sent, so that another form can send it again."""
        return [(name, one) for name, values in self._values.items() if name not in without for one in values]


async def read_form(request: Request) -> Form:
    """Return the fields of a form; raises unsupported_media_type, or invalid_request for what is no text."""
    if not request.headers.get("content-type", URLENCODED).startswith(URLENCODED):
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, expected=URLENCODED)
    try:
        text = (await request.body()).decode("ascii")
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MOST_FIELDS, encoding="utf-8", errors="strict"
        )
    except ValueError as error:  # also UnicodeDecodeError
        raise ProblemError(INVALID_REQUEST) from error
    wrong = [name for name, value in pairs if not (is_storable(value) and is_storable(name))]
    if wrong:
        fields = [
            FieldError(name if is_storable(name) else "", "not_storable", *message("not_storable"))
            for name in wrong[:20]
        ]
        raise ProblemError(INVALID_REQUEST, fields=fields)
    return Form([(name, value.replace("\r\n", "\n")) for name, value in pairs])


def require_own_form(headers: Mapping[str, str]) -> None:
    """Raise other_site unless one of this site's own pages sends the form.

    Browsers say so in Sec-Fetch-Site; those of before 2023 say in Origin which host the form came from.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        is_own = site in ("same-origin", "none")
    else:
        origin = headers.get("origin", "")
        is_own = bool(origin) and urlsplit(origin).netloc == headers.get("host")
    if not is_own:
        raise ProblemError(OTHER_SITE)
