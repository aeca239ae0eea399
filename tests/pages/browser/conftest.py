"""A real browser on a served host: one host for all these tests of a process, a browser for each."""

import os
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

from benchmarks.ports import free_port
from tests.served import DEADLINE_SECONDS, Served

CHROMIUM = next((found for name in ("chromium", "chromium-browser") if (found := shutil.which(name))), None)
IS_REQUIRED = os.environ.get("DUNWATCH_TEST_BROWSER") == "required"


@pytest.fixture(scope="session")
def host() -> Iterator[Served]:
    """A served host with a database of its own; many may sign up from this machine."""
    if CHROMIUM is None and not IS_REQUIRED:
        pytest.skip("there is no Chromium; `make browser` installs it on Debian")
    directory = Path(tempfile.mkdtemp(prefix="dunwatch-test-"))
    directory.chmod(0o755)
    served = Served(
        directory / "var",
        free_port(),
        {"DUNWATCH_SIGNUP_LIMIT_PER_HOUR": "10000", "DUNWATCH_REQUEST_LIMIT_PER_SECOND": "1000",
         "DUNWATCH_EXIT_URL": "http://127.0.0.1:9/", "DUNWATCH_CODE_SENDER": "log"},
    )  # fmt: skip
    try:
        deadline = time.monotonic() + DEADLINE_SECONDS
        while served.ready() is None:
            assert time.monotonic() < deadline, served.said[-3000:]
            time.sleep(0.1)
        yield served
    finally:
        served.end()
        shutil.rmtree(directory, ignore_errors=True)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser of this test's own; fails where one is required and there is none."""
    assert CHROMIUM is not None, "there is no Chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@pytest.fixture
async def browser(host: Served) -> AsyncIterator[Browser]:
    """A browser that can reach the host."""
    async with chromium() as opened:
        yield opened
