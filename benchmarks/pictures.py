"""Pictures of the pages of a running service, for docs/pages.md: `python -m benchmarks.pictures http://127.0.0.1:8000`.

It reports an invented call by the way. With a key of staff in `DUNWATCH_KEY`, their pages are pictured too.
"""

import asyncio
import io
import os
import shutil
import sys
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, Page, async_playwright

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "pages.md"
DIRECTORY: Final = PAGE.parent / "pages"
NUMBER: Final = "197 9000 1234"
SMALL, LARGE = 360, 1100
COLOURS: Final = 32
MOST_HIGH: Final = 2600  # pixels of a long page that are kept
#: What is pictured: name, address, Chinese and English title. `{report}` is the report that was made.
PUBLIC: Final = (
    ("home", "/", "首页", "first page"),
    ("number", "number", "查号结果", "answer to a look-up"),
    ("report", "/report", "举报", "report"),
    ("receipt", "{report}", "举报回执", "receipt of a report"),
    (
        "where",
        "/where?violation=threat&violation=third_party&relation=third_party",
        "去哪里投诉",
        "where to turn",
    ),
    ("evidence", "{report}/evidence", "证据", "evidence"),
    ("case", "/cases/new", "新建投诉", "new case"),
    ("me", "/me", "我的", "mine"),
    ("figures", "/about/figures", "公开数据", "figures"),
    ("rules", "/about/rules", "规则与出处", "rules and sources"),
    ("dispute", "/dispute", "号码异议", "dispute of an owner"),
)
STAFF: Final = (
    ("reviews", "/staff/reviews", "待审核号码", "numbers to review"),
    ("operator", "/operator", "运维", "operations"),
)
HEAD: Final = """# The pages · 网页

Made by `make pictures` from a running service, with an invented report. Left: a telephone 360 pixels wide; right: a desktop.
左为 360 像素宽的手机，右为电脑；由 `make pictures` 从运行中的服务生成，举报是虚构的。

"""


async def _main(host: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    DIRECTORY.mkdir(exist_ok=True)
    text = HEAD
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for language, prefix in (("zh", ""), ("en", "/en")):
            text += f"## {'中文' if language == 'zh' else 'English'}\n\n"
            page, report = await _report(browser, host, prefix)
            for name, address, zh, en in (*PUBLIC, *(STAFF if os.environ.get("DUNWATCH_KEY") else ())):
                title = zh if language == "zh" else en
                files = []
                for width in (SMALL, LARGE):
                    file = f"{name}-{language}-{width}.png"
                    if await _picture(
                        page, host + prefix, address.format(report=report), width=width, file=DIRECTORY / file
                    ):
                        files.append(f"![{title}, {width}](pages/{file})")
                if files:
                    text += f"### {title}\n\n{' '.join(files)}\n\n"
        await browser.close()
    PAGE.write_text(text.rstrip() + "\n")


async def _report(browser: Browser, host: str, prefix: str) -> tuple[Page, str]:
    """Report a call as a new person; gives the page, and the address of the receipt."""
    page = await (await browser.new_context()).new_page()
    if key := os.environ.get("DUNWATCH_KEY"):
        await page.goto(f"{host}{prefix}/staff")
        await page.fill("input[name=key]", key)
        await page.click("main form .first")
    await page.goto(f"{host}{prefix}/report")
    await page.fill("#number", NUMBER)
    await page.check("input[value=threat]")
    await page.click("main form#report .first")
    await page.wait_for_url("**/reports/*", timeout=60_000)
    return page, page.url.removeprefix(host + prefix)


async def _picture(page: Page, base: str, address: str, *, width: int, file: Path) -> bool:
    """Write the picture of a page of the site at `base`, in the language of that; False where there is no such page."""
    await page.set_viewport_size({"width": width, "height": 740})
    if address == "number":
        await page.goto(base)
        await page.fill("#number", NUMBER)
        await page.click("main form .first")
        await page.wait_for_url("**/number?q=*")
    else:
        answer = await page.goto(base + address if address != "/" else base)
        if answer is None or answer.status != 200:
            return False
    taken = Image.open(io.BytesIO(await page.screenshot(full_page=True)))
    cut = taken.crop((0, 0, taken.width, min(taken.height, MOST_HIGH)))
    cut.convert("RGB").quantize(COLOURS).save(file, optimize=True)
    return True


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"))
