"""Journeys on a small telephone, from the first report to what an authority owes; each page on the way is looked at."""

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page

from tests.pages.browser.checks import Look, complaints, watched
from tests.pages.browser.test_in_a_browser import report_one
from tests.screens.drawing import draw_screen
from tests.served import Served


async def press(page: Page, name: str) -> None:
    """Press a button or follow a link of the page's content, and wait for what comes."""
    shown = page.locator("main").get_by_role("button", name=name, exact=True)
    target = shown if await shown.count() else page.locator("main").get_by_role("link", name=name)
    await target.first.click()
    await page.wait_for_load_state("load")


@pytest.mark.parametrize("has_script", [True, False])
async def test_from_a_report_to_what_the_authority_owes(
    host: Served, browser: Browser, has_script: bool
) -> None:
    look = Look("light", 360)
    watch = await watched(browser, host.base, look, java_script_enabled=True)
    page = await watch.page()
    await report_one(page, host.base)
    report = urlsplit(page.url).path
    if not has_script:  # what follows works without script too; signing up so would take 20 seconds
        cookies = await watch.context.cookies()
        watch = await watched(browser, host.base, look, java_script_enabled=False)
        await watch.context.add_cookies(cookies)  # type: ignore[arg-type]
        page = await watch.page()
    found: list[str] = []

    async def seen() -> None:
        if has_script:  # axe is a script
            found.extend(await complaints(page, look))

    await page.goto(f"{host.base}{report}/evidence")
    await seen()
    await page.goto(f"{host.base}/cases/new")
    await seen()
    await page.fill("textarea[name=statement]", "对方多次来电威胁要上门。")
    await press(page, "建好案卷")
    case = urlsplit(page.url).path
    assert case.startswith("/cases/")
    await seen()
    await page.goto(f"{host.base}{case}/papers/12321")
    assert "同意并准备" in await page.inner_text("main")
    await seen()
    await press(page, "同意并准备")
    assert "照着填" in await page.inner_text("main")
    await seen()
    await press(page, "记下日期和查询码")
    await page.locator("main").get_by_text("已提交").first.click()
    await page.fill("#query_code", "INVENTED-1")
    await press(page, "记下")
    assert "INVENTED-1" in await page.inner_text("main")
    await seen()
    await page.goto(f"{host.base}/me")
    assert "1234" in await page.inner_text("main")
    await seen()
    assert found == []
    assert watch.wrong == []


async def test_from_a_screenshot_of_calls_to_reports_that_are_only_confirmed(
    host: Served, browser: Browser
) -> None:
    """Four taps: begin, the picture, read it, send."""
    pytest.importorskip("rapidocr", reason="the reader of screenshots is not installed")
    drawn = draw_screen(0)
    look = Look("light", 360)
    watch = await watched(browser, host.base, look)
    page = await watch.page()
    await page.goto(f"{host.base}/screens")
    await press(page, "开始")
    await page.wait_for_selector("#file", timeout=120_000)
    await page.set_input_files("#file", {"name": "a.png", "mimeType": "image/png", "buffer": drawn.content})
    await page.fill("#made_at", drawn.taken.date().isoformat())
    await page.locator("main").get_by_role("button", name="读图").click()
    await page.wait_for_selector("text=请核对", timeout=120_000)
    assert await complaints(page, look) == []
    chosen = await page.locator("input[type=checkbox][name^=chosen-]:checked").count()
    assert chosen >= 1
    await page.locator("main").get_by_role("button", name="提交勾选的").click()
    await page.wait_for_url("**/me?reported=*", timeout=120_000)
    assert page.url.endswith(f"={chosen}")
    assert watch.wrong == []
