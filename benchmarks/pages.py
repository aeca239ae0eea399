"""How quickly the pages of a running service come: `python -m benchmarks.pages http://127.0.0.1:8000`.

The first view is loaded at 400 kbit/s, 400 ms and a sixth of the processor's speed, as on a cheap telephone far from a mast;
a report with sign-up at full speed. Each figure is the median of five.
"""

import asyncio
import shutil
import statistics
import sys
import time
from typing import Final

from playwright.async_api import Browser, Response, async_playwright

TIMES: Final = 5
SLOW: Final = {"downloadThroughput": 50_000, "uploadThroughput": 50_000, "latency": 400, "offline": False}
PROCESSOR: Final = 6
LARGEST: Final = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().pop().startTime))
    .observe({type: 'largest-contentful-paint', buffered: true}))"""


async def _first_view(browser: Browser, address: str) -> tuple[float, int, int]:
    """Return seconds to the largest contentful paint on a slow line, and bytes and requests of a first view."""
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    loaded: list[Response] = []

    def note(one: Response) -> None:
        loaded.append(one)

    page.on("response", note)
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", SLOW)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": PROCESSOR})
    await page.goto(address, wait_until="load")
    seconds = await page.evaluate(LARGEST) / 1000
    size = sum([len(await one.body()) for one in loaded])
    await context.close()
    return seconds, size, len(loaded)


async def _report(browser: Browser, host: str) -> float:
    """Return the seconds from pressing the last button to the receipt, for somebody who signs up by the way."""
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(f"{host}/report")
    await page.fill("#number", "197 9000 1234")
    begun = time.monotonic()
    await page.check("input[value=threat]")
    await page.click("main form#report .first")
    await page.wait_for_url("**/reports/*", timeout=60_000)
    seconds = time.monotonic() - begun
    await context.close()
    return seconds


async def _main(host: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for path in ("/", "/report", "/where"):
            views = [await _first_view(browser, host + path) for _ in range(TIMES)]
            seconds = statistics.median(view[0] for view in views)
            print(
                f"{path}: {seconds:.2f} s to the largest paint, {views[0][1]:,} bytes, {views[0][2]} requests"
            )
        seconds = statistics.median([await _report(browser, host) for _ in range(TIMES)])
        print(f"a report with sign-up: {seconds:.2f} s from the violation to the receipt")
        await browser.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"))
