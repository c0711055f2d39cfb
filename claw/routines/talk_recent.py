"""What a talk about routines just spoke of: "the second one", "it", and what was said by half and waits for the rest.

Ids, and the words of a sentence whose other half is asked for; nothing of it outlives a few minutes.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from claw.base.action import Origin
from claw.base.clock import Clock
from claw.base.erasure import Erasure

REMEMBERED_S = 300.0
MOST_TALKS = 200

Asked = Literal["when", "for", "what", "room", "which", ""]
GAP = "\0"
"""What stands in a sentence in the place of the name that is asked for; nobody can type it."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Ids as they were listed, the one that was spoken of last, and a sentence that waits for what was ``asked``."""

    listed: tuple[str, ...] = ()
    last: str = ""
    said: str = ""
    asked: Asked = ""
    person: str | None = None
    at: float = 0.0


class Recents:
    """Keeps it by conversation."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Recent] = OrderedDict()

    def of(self, origin: Origin) -> Recent:
        """Return what this person's talk spoke of lately; nothing of it where there is no talk, or it is long ago."""
        found = self._kept.get(origin.conversation) if origin.conversation else None
        if found is None or found.person != origin.person:
            return Recent()
        return found if self._clock.monotonic() - found.at <= REMEMBERED_S else Recent()

    def listed(self, origin: Origin, ids: Sequence[str]) -> None:
        """Keep what was listed, in the order in which it was."""
        self._keep(origin, replace(self.of(origin), listed=tuple(ids), last=ids[0] if len(ids) == 1 else "", said=""))

    def spoke(self, origin: Origin, routine: str) -> None:
        """Keep which one was spoken of."""
        self._keep(origin, replace(self.of(origin), last=routine, said="", asked=""))

    def waits(self, origin: Origin, said: str, asked: Asked) -> None:
        """Keep a sentence whose other half was asked for."""
        self._keep(origin, replace(self.of(origin), said=said, asked=asked))

    def answered(self, origin: Origin) -> None:
        """Let go of the sentence that waited."""
        found = self.of(origin)
        if found.said:
            self._keep(origin, replace(found, said="", asked=""))

    def erase(self, erasure: Erasure) -> int:
        """Let go of the sentences that hold what is to be forgotten."""
        gone = [
            talk
            for talk, one in self._kept.items()
            if one.said
            and (erasure.since is not None or erasure.means(one.said, conversation=talk, person=one.person or ""))
        ]
        for talk in gone:
            self._kept[talk] = replace(self._kept[talk], said="", asked="")
        return len(gone)

    def _keep(self, origin: Origin, recent: Recent) -> None:
        if not origin.conversation:
            return
        self._kept.pop(origin.conversation, None)
        self._kept[origin.conversation] = replace(recent, person=origin.person, at=self._clock.monotonic())
        while len(self._kept) > MOST_TALKS:
            self._kept.popitem(last=False)
