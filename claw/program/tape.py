"""What a program was told from outside the house, kept so that it is told the same twice.

The rehearsal and the run of one segment must read the same bytes, or the one would be judged and the other done.  So
every text and every page of history is fetched once in a segment and served from here afterwards.  Texts stay for the
whole program: it may hold on to one and look into it later.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from claw.base.action import Json
from claw.base.errors import Refused
from claw.program.taint import Untrusted

MOST_TEXTS = 100
LONGEST_TEXT = 100_000
"""Characters of one text; what is longer is cut."""


@dataclass
class Tape:
    """The texts of one program by the id of their handle, and what the present segment read, by what was asked."""

    texts: dict[str, Untrusted] = field(default_factory=dict[str, Untrusted])
    _handles: dict[str, str] = field(default_factory=dict[str, str])
    _pages: dict[str, Json] = field(default_factory=dict[str, Json])

    def turn(self) -> None:
        """Begin another segment: what is asked from here on is read afresh."""
        self._handles.clear()
        self._pages.clear()

    async def handle(self, asked: str, read: Callable[[], Awaitable[Untrusted]]) -> str:
        """Return the handle of the text that was asked for, reading it where it was not yet read in this segment."""
        if asked not in self._handles:
            if len(self.texts) >= MOST_TEXTS:
                raise Refused(f"more than {MOST_TEXTS} texts are too many for one program")
            found = await read()
            handle = f"text{len(self.texts) + 1}"
            self.texts[handle] = Untrusted(found.source, found.text[:LONGEST_TEXT])
            self._handles[asked] = handle
        return self._handles[asked]

    def reserve(self, asked: str, source: str) -> str:
        """Return the handle of a text that is still to come from ``source``; it is empty until it is filled."""
        known = self._handles.get(asked)
        if known is not None:
            return known
        if len(self.texts) >= MOST_TEXTS:
            raise Refused(f"more than {MOST_TEXTS} texts are too many for one program")
        handle = self._handles[asked] = f"text{len(self.texts) + 1}"
        self.texts[handle] = Untrusted(source, "")
        return handle

    def fill(self, handle: str, text: str) -> None:
        """Take the text that came for a handle that was reserved."""
        self.texts[handle] = Untrusted(self.texts[handle].source, text[:LONGEST_TEXT])

    async def page(self, asked: str, read: Callable[[], Awaitable[Json]]) -> Json:
        """Return what was asked for, reading it where it was not yet read in this segment."""
        if asked not in self._pages:
            self._pages[asked] = await read()
        return self._pages[asked]

    def text(self, handle: str) -> Untrusted:
        """Return the text behind a handle; raises Refused where this program was given none of that name."""
        found = self.texts.get(handle)
        if found is None:
            raise Refused("there is no such text")
        return found

    def as_json(self) -> dict[str, Json]:
        """Return all of it as JSON."""
        texts = {handle: [one.source, one.text] for handle, one in self.texts.items()}
        return {"texts": texts, "handles": dict(self._handles), "pages": dict(self._pages)}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> "Tape":
        """Return the tape that ``as_json`` told of."""
        texts = {handle: Untrusted(source, text) for handle, (source, text) in stored["texts"].items()}
        return cls(texts, dict(stored["handles"]), dict(stored["pages"]))
