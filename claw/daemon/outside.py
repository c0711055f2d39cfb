"""Where a program's looks lead beside the house as it is: names, the past, and the texts that the configuration names.

A program names a source and never an address.  What a source says is read for whoever the program runs for, through the
gate, and handed on as a stranger's text whatever it holds.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.house.backend import HouseBackend
from claw.house.model import State
from claw.llm.reader import Amount, Moment, OneOf, Reader, Schema, YesOrNo
from claw.mind.whereabouts import Whereabouts
from claw.program.looks import Remembered
from claw.program.waits import Wanted


@dataclass(frozen=True)
class Outside:
    """Fills the ports of the room that runs programs: ``Reads``, and ``Extract`` where there is a model to read."""

    search_names: Callable[[str], Sequence[str]]
    backend: HouseBackend
    read: Callable[[str, Origin], Awaitable[str]]
    reader: Reader | None
    whereabouts: Whereabouts
    recall: Callable[[str, Origin], Awaitable[Sequence[Remembered]]] | None = None

    def by(self, origin: Origin) -> "Asked":
        """Return the looks of ``origin``."""
        return Asked(self, origin)

    async def extract(self, text: str, wanted: Wanted, origin: Origin) -> Json:
        """Return the answer in the form that is ``wanted``, None where the text does not say; raises Refused."""
        if self.reader is None:
            raise Refused("there is no model here that could read it")
        answer = await self.reader.extract(text, _schema(wanted), origin)
        if wanted.kind == "time" and isinstance(answer, str):
            return answer.rpartition("T")[2] if ":" in answer else None
        return answer


@dataclass(frozen=True)
class Asked:
    """What lies outside, as somebody may see it."""

    outside: Outside
    origin: Origin

    def search(self, words: str) -> Sequence[str]:
        """Return the ids of the entities that ``words`` may mean, the likeliest first."""
        return self.outside.search_names(words)

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        """Return the states of an entity in a span of time, oldest first; raises Unavailable.

        Raises Refused where they say where somebody was, and that may not be told.
        """
        await self.outside.whereabouts.check((entity_id,), self.origin)
        return await self.outside.backend.history(entity_id, start, end)

    async def text(self, source: str) -> str:
        """Return what a source says now; raises Refused, or Unavailable where it cannot be read."""
        return await self.outside.read(source, self.origin)

    async def recall(self, words: str) -> Sequence[Remembered]:
        """Return what is remembered and nearest to ``words``, as far as this origin may hear it; raises Refused."""
        if self.outside.recall is None:
            raise Refused("nothing is remembered here")
        return await self.outside.recall(words, self.origin)


def _schema(wanted: Wanted) -> Schema:
    match wanted.kind:
        case "yes_no":
            return YesOrNo(question=wanted.question)
        case "number":
            return Amount(question=wanted.question, low=wanted.low, high=wanted.high)
        case "choice":
            return OneOf(question=wanted.question, options=list(wanted.options))
        case "time":
            return Moment(question=wanted.question)
