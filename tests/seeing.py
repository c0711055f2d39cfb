"""Whether a page can be used by who sees badly, hears it read or has no mouse: what its boxes say, and nobody guesses.

Only what is on the screen counts.  Each finding is one line: what is wrong, and where.
"""

from pathlib import Path

from playwright.async_api import Page

_INSIDE = Path(__file__).with_suffix(".js").read_text(encoding="utf-8").partition("\n")[2].strip()


async def wrong_with(page: Page) -> list[str]:
    """Return what is wrong with what the page shows now: contrast, names, sizes, references, width."""
    await page.emulate_media(reduced_motion="reduce")  # a colour on its way to another one is neither
    return await page.evaluate(f"{_INSIDE}.wrong()")


async def walked(page: Page, most: int = 60) -> tuple[list[str], list[str]]:
    """Press Tab through the page; return the names of what was reached, and of what did not show that it was."""
    reached: list[str] = []
    lost: list[str] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        at = await page.evaluate(f"{_INSIDE}.focused()")
        if at is None or (reached and at["name"] == reached[0]):
            break
        reached.append(at["name"])
        if not (at["shown"] and at["on"]):
            lost.append(at["name"])
    return reached, lost
