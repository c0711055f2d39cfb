"""What people like, in the words of a talk: "from now on bedroom lights at 30 % after ten", and what it did to a command.

Reading such a sentence uses the recogniser that reads commands, so that a preference can be about nothing that a
command could not be about.
"""

from dataclasses import dataclass

from claw.base.action import Origin, Reply
from claw.house.model import House
from claw.memory.model import Fact
from claw.memory.preferences import Preferences
from claw.mind.intents import Intents
from claw.mind.understood import Command


@dataclass(frozen=True, slots=True)
class Liked:
    """A command with what people like in it, and the words that say so."""

    command: Command
    note: str = ""

    def told(self, reply: Reply) -> Reply:
        """Return ``reply`` with the words that say what was put in, where something was done."""
        return reply


class Preferring:
    """Applies preferences to understood commands and reads new ones."""

    def __init__(self, preferences: Preferences, intents: Intents) -> None:
        self._preferences = preferences
        self._intents = intents

    def liked(self, command: Command, house: House, origin: Origin) -> Liked:
        """Return ``command`` as whoever asks likes it now; what was said wins."""
        return Liked(command)

    async def from_now_on(self, rest: str, house: House, origin: Origin) -> Fact:
        """Return the fact that "from now on ``rest``" states, to be told to ``Memories`` by whoever asked.

        Raises Refused with a whole sentence where it is no preference, or one that may not be.
        """
        raise NotImplementedError
