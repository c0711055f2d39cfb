"""What a turn asks of what was taught: likings, meanings, corrections and the names of a talk, put together once."""

from dataclasses import dataclass

from claw.memory.talk_names import TalkNames
from claw.mind.choosing import Choosing
from claw.mind.correcting import Correcting
from claw.mind.preferring import Preferring


@dataclass(frozen=True)
class Taught:
    """The four that a turn asks; see their own files."""

    preferring: Preferring
    choosing: Choosing
    correcting: Correcting
    names: TalkNames
