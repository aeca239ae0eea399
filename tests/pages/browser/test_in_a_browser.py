"""The pages in Chromium: journeys on a small telephone, budgets, and what holds for every page."""

from urllib.parse import urljoin, urlsplit

import pytest
from playwright.async_api import Browser, Page, Response

from tests.pages.browser.checks import Look, Watched, complaints, pages_from, watched
from tests.served import Served

#: Together they show every theme, width and size of text beside every other.
LOOKS = (Look("light", 360, 100), Look("dark", 320, 100), Look("light", 320, 200), Look("dark", 1280, 100))


async def report_one(page: Page, host: str, number: str = "197 9000 1234") -> None:
    """Report a call, signing up by the way."""
    await page.goto(f"{host}/report")
    await page.fill("#number", number)
    await page.get_by_text("恐吓威胁").click()
    await page.get_by_role("button", name="提交").click()
    await page.wait_for_url("**/reports/*", timeout=120_000)


async def test_three_taps_lead_from_a_look_up_to_a_report(host: Served, browser: Browser) -> None:
    watch = await watched(browser, host.base, Look())
    page = await watch.page()
    await page.goto(host.base)
    await page.fill("#number", "197 9000 1234")
    await page.get_by_role("button", name="查一查").click()
    await page.wait_for_url("**/number?q=*")
    await page.get_by_role("link", name="举报这个号码").click()
    await page.get_by_text("恐吓威胁").click()
    await page.get_by_role("button", name="提交").click()
    await page.wait_for_url("**/reports/*", timeout=120_000)
    assert len((await page.inner_text("#code")).replace("-", "")) == 26
    await page.reload()
    assert await page.locator("#code").count() == 0
    assert "1979000" not in page.url
    assert watch.wrong == []


def noted(page: Page) -> list[Response]:
    """Everything that a page loads from now on."""
    found: list[Response] = []

    def note(one: Response) -> None:
        found.append(one)

    page.on("response", note)
    return found


async def test_the_first_view_is_small(host: Served, browser: Browser) -> None:
    for path in ("/", "/report"):
        page = await (await watched(browser, host.base, Look())).page()
        responses = noted(page)
        await page.goto(host.base + path, wait_until="load")
        assert len(responses) <= 4, [one.url for one in responses]
        assert sum([len(await one.body()) for one in responses]) <= 30_000


async def test_without_script_the_same_form_leads_to_the_page_on_which_one_waits(
    host: Served, browser: Browser
) -> None:
    watch = await watched(browser, host.base, Look(), java_script_enabled=False)
    page = await watch.page()
    await page.goto(f"{host.base}/en/report")
    await page.fill("#number", "197 9000 12")
    await page.get_by_role("button", name="Send").click()
    assert "has 11 digits; you wrote 9" in await page.inner_text("#number-error")
    await page.fill("#number", "197 9000 1234")
    await page.get_by_role("button", name="Send").click()
    assert "Wait 20 seconds" in await page.inner_text("main")
    await page.get_by_role("button", name="Continue").click()
    assert "seconds more" in await page.inner_text("main")


async def test_what_was_written_stays_in_the_tab_until_it_is_sent(host: Served, browser: Browser) -> None:
    page = await (await watched(browser, host.base, Look())).page()
    await page.goto(f"{host.base}/report")
    await page.get_by_text("补充经过").click()
    await page.fill("#narrative", "写到一半")
    await page.reload()
    assert await page.input_value("#narrative") == "写到一半"
    await page.fill("#number", "197 9000 1239")
    await page.get_by_role("button", name="先按经过").click()
    await page.wait_for_selector("#suggested")
    assert await page.input_value("#narrative") == "写到一半"
    await page.locator("main").get_by_role("button", name="提交", exact=True).click()
    await page.wait_for_url("**/reports/*", timeout=120_000)
    await page.goto(f"{host.base}/report")
    assert await page.input_value("#narrative") == ""
    another = await (await watched(browser, host.base, Look())).page()
    await another.goto(f"{host.base}/report")
    assert await another.input_value("#narrative") == ""


@pytest.mark.parametrize("how", ["button", "keys"])
async def test_one_leaves_quickly_and_the_session_of_a_shared_telephone_ends(
    host: Served, browser: Browser, how: str
) -> None:
    watch = await watched(browser, host.base, Look())
    page = await watch.page()
    await report_one(page, host.base)
    own = page.url
    await page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="elsewhere"))
    if how == "button":
        await page.click("#leave")
    else:
        for _ in range(3):
            await page.keyboard.press("Shift")
    await page.wait_for_url("http://127.0.0.1:9/**")
    await page.goto(own)
    assert "找回码" in await page.inner_text("h1")


async def _sweep(watch: Watched, page: Page, starts: list[str], look: Look) -> list[str]:
    found: list[str] = []
    for address in await pages_from(page, starts):
        await page.goto(urljoin(watch.host, address))
        found += await complaints(page, look)
    return found


@pytest.mark.parametrize("look", LOOKS, ids=str)
async def test_public_pages_hold_for_everybody(host: Served, browser: Browser, look: Look) -> None:
    watch = await watched(browser, host.base, look)
    page = await watch.page()
    await page.goto(host.base)
    language = "/en" if look.theme == "dark" else "/"
    assert await _sweep(watch, page, [language], look) == []
    assert [one for one in watch.wrong if "404" not in one and "401" not in one] == []


async def test_the_pages_of_a_reporter_hold(host: Served, browser: Browser) -> None:
    look = Look("dark", 320)
    watch = await watched(browser, host.base, look)
    page = await watch.page()
    await report_one(page, host.base)
    own = urlsplit(page.url).path
    assert await _sweep(watch, page, [own, "/me"], look) == []


async def test_wrong_forms_and_problems_hold(host: Served, browser: Browser) -> None:
    look = Look("light", 320)
    watch = await watched(browser, host.base, look)
    page = await watch.page()
    found = []
    for path, field, button in (
        ("/", "#number", "查一查"),
        ("/report", "#number", "提交"),
        ("/enter", "#code", "进入"),
    ):
        await page.goto(host.base + path)
        await page.fill(field, "12")
        await page.get_by_role("button", name=button).click()
        await page.wait_for_selector("#errors")
        assert await page.evaluate("document.activeElement.id") == "errors"
        found += await complaints(page, look)
    for path in ("/nothing", "/number?q=x"):
        await page.goto(host.base + path)
        found += await complaints(page, look)
    assert found == []


@pytest.mark.full
@pytest.mark.parametrize("text_percent", [100, 200])
@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["/", "/en"])
async def test_every_page_holds_in_every_look(
    host: Served, browser: Browser, language: str, theme: str, width: int, text_percent: int
) -> None:
    look = Look(theme, width, text_percent)
    watch = await watched(browser, host.base, look)
    page = await watch.page()
    await report_one(page, host.base)
    own = urlsplit(page.url).path
    starts = [language, language.rstrip("/") + own, language.rstrip("/") + "/me"]
    assert await _sweep(watch, page, starts, look) == []
