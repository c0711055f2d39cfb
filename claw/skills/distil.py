"""From requests that were answered well to the folder of a skill: everything of it is worked out, nothing is asked.

No model has a part in this.  What it may do is what was seen, or what the parameters let; its tests are the requests
themselves.
"""

from collections.abc import Collection, Sequence

from claw.house.model import House
from claw.skills.manifest import Made
from claw.skills.model import Draft, Trace


def distil(
    traces: Sequence[Trace],
    house: House,
    *,
    called: str = "",
    free: Collection[tuple[int, str]] = (),
    made: Made = "learned",
    taken: Collection[str] = (),
) -> Draft:
    """Return the skill that these requests (one or more, of one kind) are cases of; raises Refused saying why not.

    ``called`` is the name a person gave it, which is also said to run it; ``free`` are values (``Slot.step``,
    ``Slot.key``) that a person said may change; ``taken`` are names of skills that there are.  A demonstration is one
    trace with an empty ``source`` whose ``said`` may be empty where ``called`` is not.
    """
    raise NotImplementedError
