"""What the service is, what it can and cannot do, and what is stored: pages that change only with the settings."""

from functools import lru_cache
from typing import Final

from markupsafe import Markup
from starlette.responses import Response

from service.edge.problems import Language
from service.pages.render import render
from service.pages.routes import Pages
from service.pages.visit import Visit
from service.rights.notice import Notice, StoredTable, privacy_notice
from service.settings import Settings

#: Whom stored tables are about, those whom most readers are among first.
SUBJECTS: Final = ("reporter", "owner", "number", "partner", "nobody")

pages = Pages()


@pages.get("/about")
async def show_about(visit: Visit) -> Response:
    """Say what the service can and cannot do, who runs it, and how numbers get onto the list and off it."""
    return visit.public_page("about.html", least=visit.context.settings.publish_min_reporters)


@pages.get("/about/privacy")
async def show_privacy(visit: Visit) -> Response:
    """Show the privacy notice, whole."""
    return visit.public_page("privacy.html", notice=_notice(visit.context.settings, visit.language))


@lru_cache(maxsize=4)
def _notice(settings: Settings, language: Language) -> Markup:
    """Return the notice as part of a page: it has hundreds of fields, and never changes."""
    notice = privacy_notice(settings)
    return Markup(render("notice.html", language, notice=notice, by_subject=_by_subject(notice)))  # noqa: S704


def _by_subject(notice: Notice) -> list[tuple[str, list[StoredTable]]]:
    tables = {subject: [one for one in notice.tables if one.subject == subject] for subject in SUBJECTS}
    return [(subject, found) for subject, found in tables.items() if found]
