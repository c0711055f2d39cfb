"""A second look at what a program left undone, by a model, where the house itself does not settle it.

What was done and seen needs no opinion.  Where a program did nothing at all, or something of it failed, the model is
asked once whether the request is fulfilled, and may say what is missing: at most one more program comes of it, which
goes the same way as the first.  Nothing that a stranger wrote takes part in this.
"""

import re

from claw.base.action import Outcome
from claw.house.model import House
from claw.house.text import plain, quoted
from claw.llm.call import Call
from claw.mind.sight import thing_line
from claw.program.ran import Ran

MOST_WRITTEN = 120
LONGEST = 300
MOST_OUTCOMES = 20

_WORD = re.compile(r"^\W*(ok|redo)\b[\s:,.-]*(.*)", re.IGNORECASE | re.DOTALL)

RULES = """\
A person asked for something in their home, and a program was run for it. Below is the request and what is known of the
result. Answer with the word OK when nothing more can or should be done, also where it was refused. Otherwise answer
with REDO: and one short sentence on what is missing. Write nothing else.\
"""


def doubtful(ran: Ran) -> bool:
    """Return whether it is worth asking: the program ended, no stranger's text was in it, and no state settles it."""
    if not ran.ended or ran.taint or ran.problem is not None or ran.shown:
        return False
    if not ran.outcomes:
        return ran.value is None and not ran.printed.strip()
    statuses = {outcome.status for outcome in ran.outcomes}
    return bool(statuses & {"failed", "unknown"}) and "refused" not in statuses


def question(said: str, ran: Ran, house: House) -> Call:
    """Return what the model is asked about ``ran``, which came of the request ``said``."""
    lines = [_line(outcome) for outcome in ran.outcomes[:MOST_OUTCOMES]] or [
        "The program did nothing and said nothing."
    ]
    named = dict.fromkeys(entity for outcome in ran.outcomes for entity in outcome.action.entities)
    for entity_id in list(named)[:MOST_OUTCOMES]:
        entity, state = house.registry.entities.get(entity_id), house.states.get(entity_id)
        if entity is not None and state is not None:
            lines.append(f"now: {thing_line(entity, state)}")
    told = f"Request: {quoted(said, LONGEST)}\n" + "\n".join(lines)
    messages = ({"role": "system", "content": RULES}, {"role": "user", "content": told})
    return Call(messages, "check", MOST_WRITTEN)


def missing(answer: str) -> str:
    """Return what the model finds missing; empty where it is content or said something else."""
    found = _WORD.match(answer.strip())
    if found is None or found[1].lower() == "ok":
        return ""
    return plain(found[2].strip(" *_`"), LONGEST) or "the request is not fulfilled yet"


def _line(outcome: Outcome) -> str:
    data = " ".join(f"{key}={value}" for key, value in outcome.action.data.items())
    return plain(f"{outcome.action.name} {' '.join(outcome.action.entities)} {data}: {outcome.status}", LONGEST)
