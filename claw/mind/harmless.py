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
from claw.mind.spoken_stop import WAKES, letters

LONGEST = 1500
MASK = "(left out)"

_LATIN = re.compile(r"[^\u3400-\u9fff]")
_END_TO_END = r"(?<![^\W_]){}(?![^\W_])"

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
        wakes = {word for language in known for word in language.address} | {*wake_words, *WAKES}
        aloud = {phrase for language in known for phrase in language.spoken.get("stop", ())}
        several = {phrase for phrase in stops if " " in phrase} | wakes
        self._aloud = re.compile(_aloud(aloud), re.IGNORECASE)
        self._anywhere = re.compile(_phrases(several), re.IGNORECASE)
        self._alone = re.compile(
            rf"(?<![^{_ENDS}])(\s*[\"'“”]?)(?:{_alternatives(stops)})(?=[\"'“”]?\s*(?:[{_ENDS}]|$))",
            re.IGNORECASE,
        )

    def text(self, written: str, limit: int = LONGEST) -> str:
        """Return ``written`` on one line without wake words, stop phrases and addresses, cut to ``limit``."""
        unlinked = _LINK.sub(_host, plain(unicodedata.normalize("NFKC", written[: limit * 8]), limit * 2))
        # An accent is a sign beside its letter here, and so nothing that hides a phrase.
        quiet = unicodedata.normalize("NFC", self._aloud.sub(MASK, unicodedata.normalize("NFD", unlinked)))
        masked = self._alone.sub(rf"\1{MASK}", self._anywhere.sub(MASK, quiet))
        return plain(masked, limit)


def _phrases(phrases: Collection[str]) -> str:
    return (
        rf"(?:(?<!\w)(?:{_alternatives(p for p in phrases if p.isascii())})(?!\w)"
        rf"|(?:{_alternatives(p for p in phrases if not p.isascii())}))"
    )


def _aloud(phrases: Collection[str]) -> str:
    """Return what finds a phrase that a microphone would hear, however it is spelt: "stop every-thing", "S.T.O.P. ...".

    A phrase of one word is found in one word only: "notstop" is German, "not stop" is no stop.
    """
    spelt = {(letters(phrase), " " in phrase or not _LATIN.match(phrase)) for phrase in phrases}
    found = "|".join(
        (_END_TO_END if _LATIN.match(said) else "{}").format((r"[\W_]*" if several else r"[^\w\s]*").join(said))
        for said, several in sorted(spelt, key=lambda one: (-len(one[0]), one))
        if said
    )
    return f"(?:{found or '(?!)'})"


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
