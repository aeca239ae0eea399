"""Templates to HTML: both languages stand in the templates, and everything that is filled in is escaped."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from service.cases.counted import dialled
from service.days import CHINA
from service.edge.problems import Language
from service.pages.static_files import static

#: No inline script or style, nothing from another host, nobody's frame.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: With `no-referrer`, browsers send `Origin: null` on the site's own forms.
HEADERS: Final[Mapping[str, str]] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store, no-transform",
}
TAGS: Final[Mapping[Language, str]] = {"zh": "zh-CN", "en": "en"}


def address(path: str, language: Language) -> str:
    """Return the address of a page in a language: Chinese at `/`, English below `/en`."""
    if language == "zh":
        return path
    return "/en" if path == "/" else f"/en{path}"


def render(template: str, language: Language, **values: Any) -> str:
    """Return a page; `values` fill the template."""
    return _environment(language).get_template(template).render(values)


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )

    def t(zh: str, en: str) -> str:
        return zh if language == "zh" else en

    def said(text: Any) -> str:
        """What a catalogue says, or another thing that has both languages as `zh` and `en`."""
        found: str = getattr(text, language)
        return found

    def day(value: date) -> str:
        if isinstance(value, datetime):
            value = value.astimezone(CHINA).date()
        return f"{value.year}年{value.month}月{value.day}日" if language == "zh" else f"{value:%-d %B %Y}"

    def moment(value: datetime) -> str:
        return f"{day(value)} {value.astimezone(CHINA):%H:%M}"

    def happened(report: Any) -> str:
        """When a report says it happened: only the day, where the person did not know the hour."""
        return moment(report.occurred_at) if report.time_known else day(report.occurred_at)

    environment.globals |= {
        "t": t,
        "to": lambda path: address(path, language),
        "static": static,
        "language": language,
        "tag": TAGS[language],
    }
    environment.filters |= {
        "said": said,
        "day": day,
        "moment": moment,
        "happened": happened,
        "dialled": dialled,
    }
    return environment
