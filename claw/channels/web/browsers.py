"""What a browser is called among those that somebody is signed in with: its maker's word, and the system it runs on."""

from claw.house.text import plain

_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Home Assistant/", "Home Assistant"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
"""Marks in what browsers say of themselves, the telling ones first: most of them claim to be several."""


def browser_named(agent: str) -> str:
    """Return what to call a browser by its ``User-Agent``, which is its own word and proves nothing."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    if not browser:
        return plain(agent, 60) or "a browser"
    return f"{browser} on {system}" if system else browser
