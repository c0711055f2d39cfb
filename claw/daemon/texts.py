"""Reading a source as an act: who may read which text is the policy's to say, and the log knows who did.

The action ``claw.read`` names the source and nothing else; what the text says never gets into the log.  It waits here
for whoever asked, who takes it once.
"""

import asyncio
import itertools
import os
import stat
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from claw.base.action import Acknowledgement, Action, Origin, Permit
from claw.base.config import SourceConfig
from claw.base.errors import Refused, Unavailable
from claw.base.permit import PermitDesk
from claw.gate.perform import Gate
from claw.house.fields import LARGEST, Number, Service, Text
from claw.house.mirror import Mirror
from claw.house.text import quoted

READ = "claw.read"
SERVICE = Service(
    name=READ,
    targets=False,
    fields={
        "source": Text(required=True, longest=40),
        "call": Number(required=True, low=1, high=LARGEST, whole=True),
    },
)
"""The action in the catalogue's terms."""

LONGEST_TEXT = 100_000
"""Bytes of a text that are read."""
MOST_WAITING = 100

_TEXTS = ("message", "description", "location", "start_time", "end_time", "title", "summary", "content", "items")
"""Attributes in which entities that hold texts say them."""


class Texts:
    """The effector of ``claw.read``, and who asks it."""

    def __init__(self, permits: PermitDesk, mirror: Mirror, sources: Mapping[str, SourceConfig]) -> None:
        self._permits = permits
        self._mirror = mirror
        self._sources = sources
        self._numbers = itertools.count(1)
        self._found: OrderedDict[int, str] = OrderedDict()

    async def read(self, source: str, origin: Origin, gate: Gate) -> str:
        """Return what a source says now, read for ``origin`` through the gate.

        Raises Refused for one that is not named or that this origin may not read, Unavailable where it cannot be.
        """
        if source not in self._sources:
            raise Refused(f"there is no source {quoted(source, 40)}")
        action = Action(READ, (), {"source": source, "call": next(self._numbers)})
        performed = await gate.perform((action,), origin)
        if performed.pending is not None:
            gate.questions.void(performed.pending.id, "what was to be read is not read later")
            raise Refused(f"somebody has to be asked before {source} is read")
        outcome = performed.outcomes[0]
        if outcome.status == "refused":
            raise Refused(outcome.detail)
        if action.data["call"] not in self._found:
            raise Unavailable(outcome.detail or f"{source} cannot be read now")
        return self._found.pop(action.data["call"])

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Read one source; raises Refused on a bad permit or for one that is not named, Unavailable."""
        self._permits.spend(permit, action)
        known = self._sources.get(action.data["source"]) if action.name == READ else None
        if known is None:
            raise Refused(f"{action.name} is not something that can be read")
        source: str = action.data["source"]
        if known.file is not None:
            text = await asyncio.to_thread(_file, source, known.file)
        else:
            text = self._entity(source, known.entity or "")
        self._found[action.data["call"]] = text
        while len(self._found) > MOST_WAITING:
            self._found.popitem(last=False)
        return Acknowledgement()

    def _entity(self, source: str, entity_id: str) -> str:
        state = self._mirror.states.get(entity_id)
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
