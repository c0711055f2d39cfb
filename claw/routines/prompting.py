"""A step that puts something to the model: only after its gate program said that there is something to decide.

The gate program runs on the twin and may only look; it costs nothing.  What follows is answered like any request, for
whoever made the routine, with the tokens that this one step names and not one more.
"""

from dataclasses import dataclass, replace

from claw.base.action import Origin, Reply, ReplyStatus
from claw.base.errors import Broken, ClawError, Refused
from claw.house.text import plain, quoted
from claw.program.taint import joined
from claw.routines.doing_rooms import Minds, Rooms
from claw.routines.model import Routine, RunStatus
from claw.routines.spec import Prompts
from claw.routines.stepped import Stepped

NOTHING = "its program says that there is nothing to decide"
NO_MODEL = "no model is named in the configuration, so that nothing can be put to one"
NOBODY = "the model's program asks a person, and nobody is there to answer"

_STATUS: dict[ReplyStatus, RunStatus] = {"refused": "refused", "stopped": "held", "pending": "failed"}
_GOOD: frozenset[ReplyStatus] = frozenset({"done", "started", "answered"})


@dataclass(frozen=True, slots=True)
class Prompted:
    """What came of it: ``text`` is what its person is to be told, in ``origin`` with everything that was read."""

    stepped: Stepped
    origin: Origin
    text: str = ""


class Prompting:
    """Does such steps; one for all runs."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def do(self, step: Prompts, routine: Routine, origin: Origin) -> Prompted:
        """Ask the gate program, and the model where it says so; raises Broken only where the log cannot be written."""
        minds = self._rooms.minds
        asked, marked = await wanted(step, minds, origin)
        if asked is not None:
            return Prompted(asked, marked)
        planner = minds.planner()
        if planner is None:
            return Prompted(Stepped("failed", NO_MODEL), marked)
        with minds.capped(routine.id, step.tokens):
            reply = await planner.answer(step.prompt, marked, routine.language)
        return _told(reply, marked)


async def wanted(step: Prompts, minds: Minds, origin: Origin) -> tuple[Stepped | None, Origin]:
    """Return None where the gate program says that there is something to decide, else what came of the step.

    The origin that is returned carries the mark of whatever the program looked at.
    """
    try:
        found = await minds.programs().dry(step.gate, origin)
    except Broken:
        raise
    except ClawError as error:
        status: RunStatus = "refused" if isinstance(error, Refused) else "failed"
        return Stepped(status, f"its program cannot be run: {plain(str(error), 300)}"), origin
    marked = replace(origin, taint=joined(origin.taint, found.taint))
    if found.actions:
        return Stepped("refused", "its program wants to act, and may only look"), marked
    if found.barrier is not None:
        return Stepped("failed", "its program waits for something, and may only look"), marked
    if found.ended is None:
        why = f": {quoted(found.failed.message, 200)}" if found.failed is not None else ""
        return Stepped("failed", f"its program did not come to its end{why}"), marked
    if not isinstance(found.ended.value, bool):
        return Stepped("failed", "its program ends with neither true nor false"), marked
    return (None if found.ended.value else Stepped("skipped", NOTHING)), marked


def _told(reply: Reply, origin: Origin) -> Prompted:
    if reply.pending:
        return Prompted(Stepped("asked", outcomes=reply.outcomes, pending=reply.pending[0]), origin)
    if reply.status == "answered" and reply.text:
        return Prompted(Stepped("done", "it was answered", reply.outcomes), origin, reply.text)
    if reply.status in _GOOD:
        return Prompted(Stepped("done", plain(reply.text, 400), reply.outcomes), origin)
    text = NOBODY if reply.status == "pending" else reply.text
    return Prompted(Stepped(_STATUS.get(reply.status, "failed"), plain(text, 400), reply.outcomes), origin)
