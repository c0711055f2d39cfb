"""Talk about what is to happen later: routines, timers and reminders by sentence, without a model.

A sentence comes here after the words to Claw itself and those about skills, before memory and the devices, and goes on
as if nothing had been where it is about nothing later.  When it is to happen is read here; what is to be done is left
to the sentences about devices, as their speaker would say it now.  What makes or changes a routine is an act, and the
gate judges it.  The words of each language are in ``sentences/<language>.yaml``; nothing is read before somebody talks.
"""

import asyncio
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from claw.base.action import Origin, Reply
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.house.mirror import Mirror
from claw.mind.intents import Intents
from claw.mind.language import Language
from claw.mind.memos_tongue import addressed, clean
from claw.routines.talk_cues import CUES
from claw.routines.talk_ports import SkillWords, TalkRooms
from claw.routines.talk_recent import Recents

if TYPE_CHECKING:  # read when somebody first speaks of something later
    from claw.routines.talk_telling import Telling

__all__ = ["RoutineTalk", "SkillWords", "TalkRooms"]

LONGEST = 300
"""Characters; nobody asks for a routine in more, and a longer text is for a model."""


class RoutineTalk:
    """Answers what is said about routines; one for all channels."""

    def __init__(self, rooms: TalkRooms, intents: Intents, mirror: Mirror, clock: Clock) -> None:
        self._in = rooms
        self._intents = intents
        self._mirror = mirror
        self._clock = clock
        self._recents = Recents(clock)
        self._cues: dict[str, re.Pattern[str]] = {}
        self._telling: Telling | None = None

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about something later or about what is scheduled, None where it is none."""
        if len(text) > LONGEST:
            return None
        recent = self._recents.of(origin)
        follows = bool(recent.last or recent.listed or recent.said)
        codes = tuple(self._languages(origin))
        cued = tuple(code for code in codes if self._cue(code).search(text.lower()) is not None)
        # What follows on something may have no word of time in it; where one language has such a word, it is that one.
        for code in (*cued, *(code for code in codes if follows and code not in cued)):
            language = self._intents.language(code)
            telling = await self._told(language)
            said = addressed(clean(text), telling.tongue(language).texts("polite"), language)
            reply = await telling.answer(said, origin, language)
            if reply is not None:
                return reply
        return None

    def erase(self, erasure: Erasure) -> int:
        """Let go of what was said by half and waits for the rest."""
        return self._recents.erase(erasure)

    async def _told(self, language: Language) -> "Telling":
        """Return what answers, with the words of a language; both are made beside the loop, when first needed."""
        if self._telling is None:
            self._telling = await asyncio.to_thread(self._made)
        if not self._telling.knows(language):
            await asyncio.to_thread(self._telling.tongue, language)
        return self._telling

    def _made(self) -> "Telling":
        from claw.routines.talk_telling import Telling  # noqa: PLC0415  a house that never asks need not hold it

        return Telling(self._in, self._intents, self._mirror, self._clock, self._recents)

    def _cue(self, code: str) -> re.Pattern[str]:
        if code not in self._cues:
            self._cues[code] = re.compile(CUES.get(code, "(?!)"))
        return self._cues[code]

    def _languages(self, origin: Origin) -> Iterator[str]:
        """Yield the active languages, the asker's first."""
        asked = (origin.language or "").replace("_", "-").partition("-")[0].casefold()
        yield from sorted(self._intents.languages, key=lambda code: code != asked)
