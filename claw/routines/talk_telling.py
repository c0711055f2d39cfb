"""The order in which a sentence about later is looked at: what was asked for, what exists, what is to be set up.

A sentence that the house itself understands whole stays what it is: "set a timer for ten minutes" starts the house's
own timer where it has one.  Only what names a timer or routine of Claw's goes before that.
"""

from datetime import date
from itertools import islice

from claw.base.action import Origin, Reply
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.mind.intents import Intents
from claw.mind.language import Language
from claw.mind.understood import Command, Unclear
from claw.routines.talk_managing import Managing
from claw.routines.talk_moving import Mover
from claw.routines.talk_ports import TalkRooms
from claw.routines.talk_recent import GAP, Asked, Recents
from claw.routines.talk_setting import Said, Setting
from claw.routines.talk_times import Reader
from claw.routines.talk_tongue import Tongue, tidy, tongue_of

_TRIED = "1"
_MOST_WORDS = 12
"""Words of an answer to what was asked; more of them say something of their own."""


class Telling:
    """Answers one sentence in one language."""

    def __init__(self, rooms: TalkRooms, intents: Intents, mirror: Mirror, clock: Clock, recents: Recents) -> None:
        self._in = rooms
        self._intents = intents
        self._mirror = mirror
        self._recents = recents
        self._setting = Setting(rooms, intents, mirror, clock, recents)
        self._mover = Mover(rooms, mirror, recents, self._setting)
        self._managing = Managing(rooms, mirror, recents, self._mover)
        self._tongues: dict[str, tuple[Tongue, Reader]] = {}

    def knows(self, language: Language) -> bool:
        """Return whether the words of a language were read already."""
        return language.code in self._tongues

    def tongue(self, language: Language) -> Tongue:
        """Return the words of a language."""
        return self._read(language)[0]

    async def answer(self, text: str, origin: Origin, language: Language) -> Reply | None:
        """Return the reply to a sentence without its address, None where it is about nothing later."""
        tongue, reader = self._read(language)
        said = self._setting.said(text, origin, tongue, reader)
        reply = await self._completed(said) or await self._followed(said)
        if reply is None and not self._setting.starts_timer(said):
            reply = await self._managing.answer(said)
        if reply is not None and reply.path != "none":
            return reply
        if not await self._nothing_else(said):
            return None
        return await self._setting.answer(said) or reply

    def _read(self, language: Language) -> tuple[Tongue, Reader]:
        if language.code not in self._tongues:
            tongue = tongue_of(language)
            reader = Reader(tongue)
            next(reader.read(_TRIED, date.min), None)  # its expressions are made here, beside the loop, and not later
            self._tongues[language.code] = tongue, reader
        return self._tongues[language.code]

    async def _completed(self, said: Said) -> Reply | None:
        """Return the reply where this is the other half of what was said before; it is let go of otherwise."""
        recent = self._recents.of(said.origin)
        if not recent.said or len(said.text.split()) > _MOST_WORDS:
            return None
        self._recents.answered(said.origin)
        if recent.asked == "which":
            whole = recent.said.replace(GAP, said.tongue.bare_name(said.text))
            reply = await self._managing.answer(self._setting.said(whole, said.origin, said.tongue, said.reader))
            return reply if reply is not None and reply.status != "unclear" else None
        if not await self._nothing_else(said):
            return None
        further: tuple[Reply, str, Asked] | None = None
        for join in said.tongue.raw["joins"].get(recent.asked, ()):
            whole = str(join).format_map({"said": recent.said, "answer": said.text})
            reply = await self._setting.answer(self._setting.said(whole, said.origin, said.tongue, said.reader))
            if reply is not None and reply.status != "unclear":
                return reply
            waits = self._recents.of(said.origin)
            if reply is not None and waits.said and waits.asked != recent.asked:  # now it lacks something else
                further = further or (reply, waits.said, waits.asked)
            self._recents.answered(said.origin)
        if further is None:
            return None
        self._recents.waits(said.origin, further[1], further[2])
        return further[0]

    async def _followed(self, said: Said) -> Reply | None:
        """Return the reply to what only makes sense after something was set up: "in the evening", "every time"."""
        recent = self._recents.of(said.origin)
        routine = self._in.routines.get(recent.last, said.origin) if recent.last else None
        if routine is None or routine.state in {"removed", "over"}:
            return None
        half = said.reader.half(said.text)
        if half:
            return await self._mover.half(routine, half, said)
        return await self._mover.again(routine, said) if said.tongue.again.match(said.text) else None

    async def _nothing_else(self, said: Said) -> bool:
        """Return whether it is no sentence about now: "turn on the hall light at seven" is none at seven per cent."""
        understood = await self._intents.listen(said.text, self._mirror.house(), said.origin)
        if isinstance(understood, Command):
            return await self._at_a_clock(understood, said)
        return isinstance(understood, Unclear)

    async def _at_a_clock(self, command: Command, said: Said) -> bool:
        """Return whether ``command`` took its figure from a time of day: without it, it is the same but for that."""
        try:
            ways = [one.rest for one in islice(said.reader.read(said.text, said.words.now.date()), 2) if one.clocks]
        except Refused:
            return False
        for rest in ways:
            other = await self._intents.listen(tidy(rest, said.tongue), self._mirror.house(), said.origin)
            if isinstance(other, Command) and _plainer(other, command):
                return True
        return False


def _plainer(other: Command, command: Command) -> bool:
    """Return whether ``other`` is ``command`` without a figure, which what cannot be dimmed does not take either."""
    pairs = list(zip(other.actions, command.actions, strict=False))
    return len(other.actions) == len(command.actions) and all(
        one.name == figured.name and set(figured.entities) <= set(one.entities) and len(one.data) < len(figured.data)
        for one, figured in pairs
    )
