"""Which of the messages that Claw sends are said aloud, and where: rooms have ears, so most are not.

A message has passed the gate before it comes here.  What is for a room is said there, what belongs to a spoken talk
where that is held, what is urgent and for everyone in all rooms; what is for one person is not said to a room, unless
it is an alarm.  What is not said here is not lost: it counts as not delivered, for whoever sent it.
"""

import asyncio
from collections.abc import Callable
from typing import Literal

from claw.base.action import Message
from claw.base.clock import Timer, within
from claw.voice.model import Satellite
from claw.voice.rings import Rings
from claw.voice.speaker import Speaker
from claw.voice.speech_manners import URGENT_IS, Manners

LONGEST_S = 120.0
"""Who sends a message does not wait longer than this for it to be said."""

Where = Literal["", "room", "talk", "everywhere"]


class Aloud:
    """A mouth for messages (``claw/gate/messages.py``)."""

    def __init__(
        self,
        speaker: Speaker,
        rings: Rings,
        manners: Manners,
        talk: Callable[[str], Satellite | None],
        timer: Timer,
        needless: Callable[[Message], bool] = lambda _message: False,
    ) -> None:
        """``talk`` returns where a spoken conversation is held, None where there is none of that name any more.

        ``needless`` tells of what everybody can see who would hear it.
        """
        self._speaker = speaker
        self._rings = rings
        self._manners = manners
        self._talk = talk
        self._timer = timer
        self._needless = needless

    def reaches(self, message: Message) -> bool:
        """Return whether this message would be said aloud now, if what it is said by works."""
        kind, _, name = message.to.partition(":")
        ways = self._speaker.ways
        match _where(message):
            case "room" if kind == "place":
                asked_for = message.kind == "timer" or urgent(message)
                found = ways.in_room(name) if asked_for or self._manners.may(name) else []
            case "talk" if not self._needless(message):
                satellite = self._talk(name)
                found = ways.of(satellite) if satellite is not None else []
            case "everywhere":
                found = [way for room in ways.everywhere() for way in room]
            case _:
                found = []
        return any(way.ready() for way in found)

    def why_not(self, message: Message) -> str:
        """Return why this message would not be said aloud now; empty where it would, or is never said to a room."""
        kind, _, name = message.to.partition(":")
        if kind == "everyone":
            return "" if urgent(message) else f"what is for everybody is not said aloud; {URGENT_IS}"
        if kind != "place" or self.reaches(message):
            return ""
        if not any(way.ready() for way in self._speaker.ways.in_room(name)):
            return "nothing there can speak (claw voice devices)"
        return f"{self._manners.why_not(name)}; {URGENT_IS}"

    async def tell(self, message: Message) -> bool:
        """Say a message aloud; return whether somebody could hear it.  Never raises for what a loudspeaker does."""
        if not self.reaches(message):
            return False
        telling = asyncio.ensure_future(self._tell(message))
        return await within(self._timer, LONGEST_S, telling) and telling.result()

    async def _tell(self, message: Message) -> bool:
        _, _, name = message.to.partition(":")
        match _where(message):
            case "room" if message.kind == "timer":
                return await self._rings.ring(name, message.text)
            case "room":
                heard = await self._speaker.say(message.text, name, urgent=urgent(message), chime=True)
                if heard and not urgent(message):
                    self._manners.count(name)
                return heard
            case "talk" if (satellite := self._talk(name)) is not None:
                return await self._speaker.say(message.text, satellite, urgent=urgent(message))
            case "everywhere":
                return await self._speaker.everywhere(message.text)
            case _:
                return False


def urgent(message: Message) -> bool:
    """Return whether it is said at night too, and before anything else."""
    return message.urgency == "high" or message.kind == "alarm"


def _where(message: Message) -> Where:
    kind = message.to.partition(":")[0]
    if kind == "place":
        return "room"
    if kind == "conversation":
        return "talk"
    if (kind == "everyone" and urgent(message)) or message.kind == "alarm":
        return "everywhere"
    return ""
