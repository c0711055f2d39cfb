"""One Chromium for a whole process of tests: starting it takes longer than most of what is looked at in it.

What a test leaves behind it leaves in a context of its own, with its own cookies and storage, which ends with the test.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, Playwright, async_playwright, expect

_KNOWN = (Path("/usr/lib/chromium/chromium-headless-shell"), Path("/usr/bin/chromium"))
CHROMIUM = Path(os.environ.get("CHROMIUM") or next((path for path in _KNOWN if path.exists()), _KNOWN[-1]))
"""With no window to draw a page takes half of the processor's time; ``chromium-headless-shell`` is the same browser."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

PATIENCE_MS = 20_000
"""How long a page may take to look as it should: a machine that has much to do is slow, not wrong."""

_driver: list[Playwright] = []
_open: list[Browser] = []


@asynccontextmanager
async def one_browser() -> AsyncIterator[None]:
    """Let ``browser_of_this_run`` start a browser, and end what it started."""
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        _driver.append(playwright)
        try:
            yield
            for browser in _open:
                await browser.close()
        finally:
            _driver.clear()
            _open.clear()


async def browser_of_this_run() -> Browser:
    """Return the browser, started when it is first wanted, and again where a test broke it."""
    if not _open or not _open[-1].is_connected():
        (playwright,) = _driver
        _open.append(await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS))
    return _open[-1]


async def go(page: Page, view: str) -> None:
    """Look at a view as a person does: on a phone most of them lie under "More"."""
    button = page.get_by_role("navigation", name="Views").get_by_role("button", name=view)
    if not await button.is_visible():
        await page.get_by_role("button", name="More").click()
    await button.click()
