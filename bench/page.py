"""What the page costs: bytes on the wire for each view and in all, and how soon something is painted.

    python bench/page.py [--json]

One ``claw demo`` in a process of its own, one Chromium on the same machine.  Bytes are what went over the connection,
headers too, of the page's own files with nothing kept from before; each view counts what it alone adds to the first.
The paint is the first with any content, over ten fresh browsers that are signed in and have nothing kept.
Promised: 150 KB in all, painted within 300 ms.
"""

import asyncio
import os
import re
import tempfile
from pathlib import Path

from measure import Figure, daemon, p50, report
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
PAINTS = 10
KB = 1000


class Weighed:
    """What the files of a page weigh on the wire and unpacked, as they come."""

    def __init__(self) -> None:
        self.wire: dict[str, float] = {}
        self.raw: dict[str, float] = {}
        self._urls: dict[str, str] = {}

    async def watch(self, page: Page) -> None:
        """Count what ``page`` loads from now on."""
        session = await page.context.new_cdp_session(page)
        await session.send("Network.enable")
        await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.on("Network.responseReceived", lambda e: self._urls.update({e["requestId"]: e["response"]["url"]}))
        session.on("Network.dataReceived", self._unpacked)
        session.on("Network.loadingFinished", self._finished)

    def _path(self, event: dict[str, object]) -> str:
        return self._urls.get(str(event["requestId"]), "/api/").split("/", 3)[-1]

    def _unpacked(self, event: dict[str, object]) -> None:
        if not (path := self._path(event)).startswith("api/"):
            self.raw[path] = self.raw.get(path, 0) + float(str(event["dataLength"]))

    def _finished(self, event: dict[str, object]) -> None:
        if not (path := self._path(event)).startswith("api/"):
            self.wire[path] = float(str(event["encodedDataLength"]))

    def total(self) -> tuple[float, float]:
        return sum(self.wire.values()) / KB, sum(self.raw.values()) / KB


async def signed_in(browser: Browser, address: str, code: str) -> BrowserContext:
    context = await browser.new_context(viewport={"width": 390, "height": 844}, service_workers="block")
    page = await context.new_page()
    await page.goto(address)
    await page.fill("#code", code)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_selector("#account:not([hidden])")
    return context


async def weigh(context: BrowserContext, address: str) -> list[Figure]:
    page = context.pages[0]
    weighed = Weighed()
    await weighed.watch(page)
    await page.goto(f"{address}?fresh")
    await page.wait_for_selector("#account:not([hidden])")
    wire, raw = weighed.total()
    figures = [
        Figure("the first view, on the wire", wire, "KB"),
        Figure("the first view, unpacked", raw, "KB", most=150),
    ]
    for view in await page.eval_on_selector_all("[data-to]", "all => all.map((one) => one.dataset.to)"):
        before = weighed.total()[0]
        await page.evaluate(f"location.hash = '#{view}'")
        await page.wait_for_selector(f".view.looked[data-is={view}]:not([aria-busy])", state="attached")
        await page.wait_for_load_state("networkidle")
        if (more := weighed.total()[0] - before) > 0:
            figures.append(Figure(f"{view}, on the wire, more", more, "KB"))
    wire, raw = weighed.total()
    return [
        *figures,
        Figure("every view opened, on the wire", wire, "KB", most=150),
        Figure("every view opened, unpacked", raw, "KB"),
    ]


async def paint(browser: Browser, context: BrowserContext, address: str) -> list[float]:
    state = await context.storage_state()
    paints: list[float] = []
    for _ in range(PAINTS):
        fresh = await browser.new_context(
            storage_state=state, viewport={"width": 390, "height": 844}, service_workers="block"
        )
        page = await fresh.new_page()
        await page.goto(address)
        await page.wait_for_selector("#account:not([hidden])")
        paints.append(
            await page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity")
        )
        await fresh.close()
    return paints


async def measured(address: str, code: str) -> list[Figure]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = await signed_in(browser, address, code)
        figures = await weigh(context, address)
        paints = await paint(browser, context, address)
        await browser.close()
    return [
        *figures,
        Figure("first paint, p50", p50(paints), "ms", most=300),
        Figure("first paint, slowest of ten", max(paints), "ms"),
    ]


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="claw-bench-") as folder,
        daemon(Path(folder) / "state", "demo", "--port", "0") as claw,
    ):
        said = claw.ask("signin", "anna")
        code = re.search(r"\b[0-9A-Z]{4}-?[0-9A-Z]{4}\b", said)
        assert code is not None, said
        figures = asyncio.run(measured(claw.address, code[0]))
    report(figures)


if __name__ == "__main__":
    main()
