"""What is known of a program beside the sandbox: which functions there are, which calls wait, what it has used up.

A dump of the sandbox holds the program's own state and nothing of this: after a restart it would stand still and nobody
could say what for.  So both are packed together.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Self, cast
from uuid import NAMESPACE_OID, UUID, uuid5

from claw.base.action import Json
from claw.base.errors import Broken
from claw.program.events import Call, Handle, Span

MOST_CALLS = 60
"""Calls of one program that it awaits, over all its waves."""
MOST_LOOKS = 600
"""Calls that are answered in place: a loop over every light of a house looks at each of them."""
MOST_DENIALS = 3
MAGIC = b"claw program 1\n"

_DEFINED = re.compile(r"^([ \t]*)(async[ \t]+)?def[ \t]+(\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Functions:
    """The names in some stubs: functions and methods, each with whether it is awaited."""

    functions: Mapping[str, bool]
    methods: Mapping[str, bool]


@lru_cache(maxsize=4)
def functions_of(stubs: str) -> Functions:
    """Return what ``stubs`` define, read by their lines: they are our own text."""
    functions: dict[str, bool] = {}
    methods: dict[str, bool] = {}
    for indent, awaited, name in _DEFINED.findall(stubs):
        (methods if indent else functions)[name] = bool(awaited)
    return Functions(functions, methods)


@dataclass(slots=True)
class Waiting:
    """The state of one program's calls."""

    source: str = ""
    made: int = 0
    looked: int = 0
    denials: int = 0
    printed: str = ""
    calls: dict[int, Call] = field(default_factory=dict[int, Call])
    handles: dict[str, Handle] = field(default_factory=dict[str, Handle])

    def add(self, call: Call, *, awaited: bool) -> bool:
        """Note that ``call`` waits; return False when the program has used up its calls of this kind."""
        self.calls[call.id] = call
        if awaited:
            self.made += 1
        else:
            self.looked += 1
        return self.made <= MOST_CALLS and self.looked <= MOST_LOOKS

    def deny(self) -> bool:
        """Count a denial; return False when it was one too many."""
        self.denials += 1
        return self.denials < MOST_DENIALS

    def span(self, start: int, end: int, before: int) -> Span:
        """Return a place in the source; the sandbox counts ``before`` bytes more."""
        start, end = max(0, start - before), max(0, end - before)
        return Span(start, end, self.source.encode()[:start].count(b"\n") + 1)

    def give(self, handle: Handle) -> UUID:
        """Note that the program holds ``handle``; return the id that the sandbox knows it by.

        The same text is the same object each time (``handle`` returns it): another one of its id the sandbox refuses.
        """
        known = uuid5(NAMESPACE_OID, handle.id)
        self.handles.setdefault(known.hex, handle)
        return known

    def handle(self, known: UUID | None) -> Handle | None:
        """Return the handle that the sandbox knows by this id."""
        return None if known is None else self.handles.get(known.hex)

    def pack(self, dump: bytes) -> bytes:
        """Return this and the sandbox's own ``dump`` as one."""
        return MAGIC + json.dumps(asdict(self)).encode() + b"\n" + dump

    @classmethod
    def unpack(cls, data: bytes) -> tuple[Self, bytes]:
        """Return what ``pack`` was given; raises Broken where ``data`` is not its work.

        Nothing here proves where ``data`` comes from: who stores it seals it.
        """
        head, _, dump = data.removeprefix(MAGIC).partition(b"\n")
        if not data.startswith(MAGIC) or not dump:
            raise Broken("what was kept of the program is not of this version")
        try:
            found = cast("dict[str, Json]", json.loads(head))
            calls = [_call(one) for one in found.pop("calls").values()]
            handles = {key: Handle(one["id"], tuple(one["methods"])) for key, one in found.pop("handles").items()}
            return cls(**found, calls={call.id: call for call in calls}, handles=handles), dump
        except (ValueError, TypeError, KeyError, AttributeError):
            raise Broken("what was kept of the program cannot be read") from None


def _call(found: Mapping[str, Json]) -> Call:
    args: Sequence[Json] = found["args"]
    return Call(found["id"], found["name"], tuple(args), found["kwargs"], Span(**found["span"]), found["on"])
