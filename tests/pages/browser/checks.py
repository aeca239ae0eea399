"""What holds for every page: accessibility, width, size of targets, one host, no errors."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Links that make something, or lead to a file and not to a page.
NOT_PAGES = re.compile(r"\.(pdf|zip|json|csv|ics|png|txt)$|/copy/|/calendar|^/v1/|^/problems|^/docs|^/static")
ID = re.compile(
    r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<==)[\w-]{20,}|(?<=/)\d+(?=/|$)"
    r"|(?<=/about/rules/)[\w.-]+|(?<=/campaigns/)[\w-]+|(?<=violation=)\w+"
)
SMALL_TARGETS = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(one => {
  const box = one.getBoundingClientRect();
  const label = one.closest('label');
  const inText = one.tagName === 'A' && ['P', 'LI', 'DD', 'TD', 'SMALL'].includes(one.parentElement.tagName);
  return box.width > 0 && !label && !inText && (box.height < 24 || box.width < 24);
}).map(one => one.outerHTML.slice(0, 120))"""


@dataclass
class Look:
    """How pages are looked at."""

    theme: str = "light"
    width: int = 360
    text_percent: int = 100


@dataclass
class Watched:
    """A context of a browser, and everything that went wrong in it."""

    context: BrowserContext
    host: str
    wrong: list[str] = field(default_factory=list)

    async def page(self) -> Page:
        """A new page whose errors and requests are watched."""
        page = await self.context.new_page()
        page.on("console", lambda one: self.wrong.append(one.text) if one.type == "error" else None)
        page.on("pageerror", lambda one: self.wrong.append(str(one)))
        page.on("request", lambda one: self._look_at(one.url))
        return page

    def _look_at(self, url: str) -> None:
        if not url.startswith((self.host, "data:", "blob:")):
            self.wrong.append(f"asked another host: {url}")


async def watched(browser: Browser, host: str, look: Look, **options: Any) -> Watched:
    """A context that looks at pages in one way."""
    scheme: Any = look.theme
    context = await browser.new_context(
        viewport={"width": look.width, "height": 740}, color_scheme=scheme, **options
    )
    return Watched(context, host)


async def complaints(page: Page, look: Look) -> list[str]:
    """What is wrong with the page that is open."""
    if look.text_percent != 100:
        await page.evaluate(f"document.documentElement.style.fontSize = '{look.text_percent}%'")
    found = []
    response = (await Axe().run(page, options={"runOnly": RULES})).response
    for kind in ("violations", "incomplete"):
        found += [f"{kind} {one['id']}: {one['nodes'][0]['html'][:150]}" for one in response[kind]]
    wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if wide > 0:
        found.append(f"{wide} px wider than the screen")
    found += [f"small target {one}" for one in await page.evaluate(SMALL_TARGETS)]
    return [f"{urlsplit(page.url).path}: {one}" for one in found]


async def pages_from(page: Page, starts: Sequence[str], *, most: int = 80) -> list[str]:
    """The addresses of pages that can be reached by links, one of each kind, in the language of the first."""
    host = "{0.scheme}://{0.netloc}".format(urlsplit(page.url))
    kinds: dict[str, str] = {}
    waiting = list(starts)
    while waiting and len(kinds) < most:
        address = waiting.pop(0)
        kind = ID.sub("*", address)
        if kind in kinds or NOT_PAGES.search(urlsplit(address).path):
            continue
        answer = await page.goto(urljoin(host, address))
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        assert answer.status < 500, address
        kinds[kind] = address
        links = await page.evaluate(
            "[...document.querySelectorAll('a[href]:not([hreflang])')].map(one => one.getAttribute('href'))"
        )
        waiting += [one.partition("#")[0] for one in links if one.startswith("/")]
    return list(kinds.values())
