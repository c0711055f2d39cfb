"""Where a program's looks lead beside the house as it is: names, the past, and the texts that the configuration names.

A program names a source and never an address.  What a source says is read when it is asked for, cut, and handed on as a
stranger's text whatever it holds.
"""

import asyncio
import os
import stat
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from claw.base.action import Json, Origin
from claw.base.config import SourceConfig
from claw.base.errors import Refused, Unavailable
from claw.house.backend import HouseBackend
from claw.house.mirror import Mirror
from claw.house.model import State
from claw.house.text import quoted
from claw.llm.reader import Amount, Moment, OneOf, Reader, Schema, YesOrNo
from claw.program.waits import Wanted

LONGEST_TEXT = 100_000
"""Bytes of a text that are read."""

_TEXTS = ("message", "description", "location", "start_time", "end_time", "title", "summary", "content", "items")
"""Attributes in which entities that hold texts say them."""


@dataclass(frozen=True)
class Outside:
    """Fills the ports of the room that runs programs: ``Reads``, and ``Extract`` where there is a model to read."""

    search_names: Callable[[str], Sequence[str]]
    mirror: Mirror
    backend: HouseBackend
    sources: Mapping[str, SourceConfig]
    reader: Reader

    def search(self, words: str) -> Sequence[str]:
        """Return the ids of the entities that ``words`` may mean, the likeliest first."""
        return self.search_names(words)

    async def history(self, entity_id: str, start: datetime, end: datetime) -> Sequence[State]:
        """Return the states of an entity in a span of time, oldest first; raises Unavailable."""
        return await self.backend.history(entity_id, start, end)

    async def text(self, source: str) -> str:
        """Return what a source says now; raises Refused for one that is not named, Unavailable where it cannot be."""
        known = self.sources.get(source)
        if known is None:
            raise Refused(f"there is no source {quoted(source, 40)}")
        if known.file is not None:
            return await asyncio.to_thread(_file, source, known.file)
        return self._entity(source, known.entity or "")

    async def extract(self, text: str, wanted: Wanted, origin: Origin) -> Json:
        """Return the answer in the form that is ``wanted``, None where the text does not say; raises Refused."""
        answer = await self.reader.extract(text, _schema(wanted), origin)
        if wanted.kind == "time" and isinstance(answer, str):
            return answer.rpartition("T")[2] if ":" in answer else None
        return answer

    def _entity(self, source: str, entity_id: str) -> str:
        state = self.mirror.states.get(entity_id)
        if state is None or state.value == "unavailable":
            raise Unavailable(f"{source} cannot be read now")
        lines = [state.value, *(f"{name}: {state.attributes[name]}" for name in _TEXTS if name in state.attributes)]
        return "\n".join(lines)[:LONGEST_TEXT]


def _file(source: str, path: Path) -> str:
    try:
        # A pipe would make whoever reads it wait for its writer.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise Unavailable(f"{source} is no file")
            return file.read(LONGEST_TEXT).decode("utf-8", "replace")
    except OSError as error:
        raise Unavailable(f"{source} cannot be read now") from error


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
