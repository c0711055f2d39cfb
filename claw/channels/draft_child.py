"""The process in which a draft of a policy is judged: ``python -I -m claw.channels.draft_child``, for one question.

A person may write anything into a draft, also what takes minutes to hold against a house.  So it is done where it can
be ended, with little memory, after everything else on this machine, and where nothing can be reached or written.
"""

import asyncio
import json
import os
import resource

from claw.base.clock import SystemClock
from claw.base.errors import ClawError
from claw.channels.draft_job import answered
from claw.voice.child import Parent, confine
from claw.voice.frames import Frame

MEMORY_MB = 768
PROCESSOR_S = 30
"""Seconds of processor; whoever waits gives up before."""
MOST_ANSWERED = 1_000_000
"""Bytes of an answer: what is told of each thing is bounded, and this bounds them all."""
LAST = 15
"""How far behind all others its turn comes."""


async def serve() -> None:
    """Answer the one question that comes, and end."""
    parent, timer = await Parent.meet(), SystemClock()
    frame = await parent.read(timer)
    if frame is None:
        return
    confine(MEMORY_MB)
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S))
    os.nice(LAST)
    await parent.send(answer(frame.payload))


def answer(job: bytes) -> Frame:
    """Return what is said to a packed question."""
    try:
        said = json.dumps(answered(job)).encode()
    except ClawError as error:
        return Frame("refused", {"why": str(error)[:2000]})
    except (MemoryError, RecursionError):
        return Frame("refused", {"why": "that is more than can be looked at here"})
    if len(said) > MOST_ANSWERED:
        return Frame("refused", {"why": "there is too much to say about it"})
    return Frame("answer", {}, said)


if __name__ == "__main__":
    asyncio.run(serve())
