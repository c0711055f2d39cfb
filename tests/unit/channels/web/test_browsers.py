"""What browsers are called."""

import pytest

from claw.channels.web.browsers import browser_named

MOZILLA = "Mozilla/5.0"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (f"{MOZILLA} (X11; Linux x86_64) AppleWebKit/537.36 Chrome/141.0 Safari/537.36", "Chrome on Linux"),
        (f"{MOZILLA} (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", "Edge on Windows"),
        (f"{MOZILLA} (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "Firefox on Android"),
        (f"{MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Home Assistant/2026.11 (Android 15)", "Home Assistant on Android"),
        ("curl/8.0", "curl/8.0"),
        ("x" * 300, "x" * 59 + "…"),
        ("\x00\u202e", "a browser"),
        ("", "a browser"),
    ],
)
def test_a_browser_is_called_by_what_it_says_of_itself(agent: str, name: str) -> None:
    assert browser_named(agent) == name
