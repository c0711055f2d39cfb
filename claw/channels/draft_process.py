"""Asks a process of its own about a draft of a policy, one question at a time, and ends it when it takes too long.

The stop ends it like every child.  Nothing it says is believed to be more than words for whoever wrote the draft.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Protocol, cast

from claw.base.action import Json
from claw.base.clock import Timer
from claw.base.errors import Broken, Refused, Unavailable
from claw.channels.turns import Turns

if TYPE_CHECKING:  # a daemon that is never asked about a draft does without
    from claw.voice.child import Child

CHILD = "claw.channels.draft_child"
PATIENCE_S = 20.0
LARGEST_JOB = 12 << 20

SLOW = (
    f"that took longer than {PATIENCE_S:.0f} seconds and was given up; `claw policy` on the console has no such limit"
)
ENDED = "what looks at drafts ended before it answered; try again"


class Registered(Protocol):
    """What ends processes when everything is stopped."""

    def register(self, pid: int, name: str) -> None:
        """Take a process under the stop; raises Broken when there is none."""
        ...

    def forget(self, pid: int) -> None:
        """Let go of one that ended."""
        ...


class DraftProcess:
    """Answers packed questions (``draft_job``)."""

    def __init__(
        self, timer: Timer, children: Registered, start: "Callable[[], Awaitable[Child]] | None" = None
    ) -> None:
        """``start`` starts another process than the usual one."""
        self._timer = timer
        self._children = children
        self._start = start or _started
        self._turns = Turns()

    async def ask(self, job: bytes) -> dict[str, Json]:
        """Return the answer; raises Refused where there is none, Unavailable while others ask, or when it is late."""
        if len(job) > LARGEST_JOB:
            raise Refused("that is more than can be looked at here; `claw policy` on the console has no such limit")
        async with self._turns.turn():
            return await self._asked(job)

    async def _asked(self, job: bytes) -> dict[str, Json]:
        from claw.voice.frames import BadFrame, Frame  # noqa: PLC0415  see above

        child = await self._start()
        try:
            self._children.register(child.pid, "a draft of the policy")
            await child.send(Frame("question", {}, job))
            frame = await child.read(self._timer, PATIENCE_S)
        except (Broken, BadFrame):
            raise Unavailable(ENDED) from None
        except Unavailable:
            raise Unavailable(SLOW if child.alive else ENDED) from None
        finally:
            child.kill()
            self._children.forget(child.pid)
            await child.end(self._timer)
        if frame is not None and frame.type == "refused":
            raise Refused(str(frame.data.get("why", "")))
        if frame is None or frame.type != "answer":
            raise Unavailable(ENDED)
        return dict(cast("Mapping[str, Json]", json.loads(frame.payload)))


async def _started() -> "Child":
    from claw.voice.child import Child  # noqa: PLC0415  see above

    return await Child.start(CHILD)
