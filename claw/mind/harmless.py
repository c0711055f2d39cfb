"""Text that a model or a stranger wrote, made harmless before it is said, sent or shown.

A sentence that Claw speaks is heard by every microphone in the room.  So no wake word, of Claw or of the other common
assistants, and no phrase that stops Claw passes through here; a link becomes the name of its host, which is all that a
person needs to judge it, and nothing that a page or a phone would load by itself.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

from claw.house.text import plain
from claw.mind.language import SHIPPED, Language, load

LONGEST = 1500
MASK = "(left out)"

STRANGERS = (
    "alexa",
    "echo",
    "hey siri",
    "siri",
    "hey google",
    "ok google",
    "okay google",
    "ok nabu",
    "okay nabu",
    "hey nabu",
    "hey jarvis",
    "hey mycroft",
    "hey cortana",
    "bixby",
)
"""What wakes other assistants in the room."""

_ENDS = ".!?,;:\\n\u3002\uff01\uff1f\uff0c"
"""What ends a sentence or a part of one, in Chinese too."""
_LINK = re.compile(
    r"!?\[([^\]]{0,200})\]\(\s*([^)\s]+)[^)]*\)|((?:[a-z][a-z0-9+.-]{1,20}:/?/?|www\.)[^\s<>\"')\]]+)", re.IGNORECASE
)
_SCHEMES = frozenset(
    {"http", "https", "ftp", "data", "javascript", "file", "intent", "mailto", "tel", "sms", "ws", "wss"}
)


class Harmless:
    """Knows the wake words and stop phrases of all shipped languages, and of those that are given."""

    def __init__(self, wake_words: Iterable[str] = (), languages: Iterable[Language] | None = None) -> None:
        known = [load(code) for code in SHIPPED] if languages is None else list(languages)
        stops = {phrase for language in known for phrase, word in language.controls.items() if word == "stop"}
        wakes = {word for language in known for word in language.address} | {*wake_words, *STRANGERS}
        several = {phrase for phrase in stops if " " in phrase} | wakes
        self._anywhere = _phrases(several)
        self._alone = re.compile(
            rf"(?<![^{_ENDS}])(\s*[\"'“”]?)(?:{_alternatives(stops)})(?=[\"'“”]?\s*(?:[{_ENDS}]|$))",
            re.IGNORECASE,
        )

    def text(self, written: str, limit: int = LONGEST) -> str:
        """Return ``written`` on one line without wake words, stop phrases and addresses, cut to ``limit``."""
        unlinked = _LINK.sub(_host, plain(unicodedata.normalize("NFKC", written[: limit * 8]), limit * 2))
        masked = self._alone.sub(rf"\1{MASK}", self._anywhere.sub(MASK, unlinked))
        return plain(masked, limit)


def _phrases(phrases: Collection[str]) -> re.Pattern[str]:
    return re.compile(
        rf"(?:(?<!\w)(?:{_alternatives(p for p in phrases if p.isascii())})(?!\w)"
        rf"|(?:{_alternatives(p for p in phrases if not p.isascii())}))",
        re.IGNORECASE,
    )


def _alternatives(phrases: Iterable[str]) -> str:
    spaced = (r"[\s,.\-]+".join(map(re.escape, phrase.split())) for phrase in sorted(phrases, key=len, reverse=True))
    return "|".join(spaced) or "(?!)"


def _host(found: re.Match[str]) -> str:
    label, target, bare = found.groups()
    address = target or bare
    scheme = address.partition(":")[0].lower() if ":" in address else ""
    if not target and scheme not in _SCHEMES and not address.lower().startswith("www."):
        return found.group()  # "at 7:30", "note:milk"
    if scheme in {"data", "javascript", "intent", "file"}:
        return "(a link that was left out)"
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        host = ""
    shown = (
        f"(link to {plain(host, 60)})" if host and scheme in {"", "http", "https", "ftp", "ws", "wss"} else "(a link)"
    )
    return f"{label} {shown}" if label else shown
