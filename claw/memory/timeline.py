"""What a new fact means for the one that is believed under the same key: nothing here guesses, and nothing is asked.

Two facts with one key contradict each other only where their times in the world overlap.  What is over does not
contradict what is so now, what is still to come leaves in force what holds until then, and what a weaker source says
never takes the place of what a stronger one said.
"""

from datetime import datetime
from typing import Literal

from claw.base.action import canonical
from claw.memory.model import TRUSTS, Fact, Memory, Told, alike

Bearing = Literal["same", "surer", "replaces", "before", "after", "later", "yields"]
"""``same``: known already, one more reason to believe it.  ``surer``: known already, by a weaker source; it stands on
its own from now on.  ``replaces``: the other one was so until now.  ``before``: of a time that is over, beside what is
so now.  ``after``: the other one is of a time that is over.  ``later``: it will take the other one's place when its
time has come.  ``yields``: it contradicts what a better source said, and has no effect."""


def bearing(fact: Fact, told: Told, old: Memory, now: datetime, *, equal: bool = False) -> Bearing:
    """Return what ``fact``, as it was ``told``, means for ``old``, which is in force under the same key.

    ``equal`` is as for ``stands``.
    """
    ended = old.fact.valid_to
    if fact.valid_to is not None and fact.valid_to <= start(old):
        return "before"
    if ended is not None and ended <= (fact.valid_from or now):
        return "after"
    same = same_value(fact, old.fact)
    if fact.valid_to is not None and fact.valid_to <= now and not (same and old.fact.valid_from is None):
        return "before"
    if same:
        return "surer" if stronger(told, old) else "same"
    if not stands(told, old, equal=equal):
        return "yields"
    return "later" if fact.valid_from is not None and fact.valid_from > now else "replaces"


def start(memory: Memory) -> datetime:
    """Return from when on a memory counts: its beginning in the world, where it is not known when it was told."""
    return memory.fact.valid_from or memory.recorded


def same_value(one: Fact, other: Fact) -> bool:
    """Return whether two facts say the same of the same."""
    return canonical(alike(one.value)) == canonical(alike(other.value))


def stands(told: Told, old: Memory, *, equal: bool = False) -> bool:
    """Return whether what was ``told`` may take the place of ``old`` where the two contradict each other.

    ``equal`` is for what a grown-up says of an everyday matter of the household, in which an owner's word counts for
    no more than theirs.
    """
    if sure(old) and not told.explicit:
        return False
    if equal and told.explicit and not told.taint and told.trust == "resident_told":
        return True
    return TRUSTS.index(told.trust) >= TRUSTS.index(old.trust)


def stronger(told: Told, old: Memory) -> bool:
    """Return whether what was ``told`` says by itself, and better, what ``old`` says."""
    if not stands(told, old) or told.taint:
        return False
    return TRUSTS.index(told.trust) > TRUSTS.index(old.trust) or (told.explicit and not old.explicit)


def sure(memory: Memory) -> bool:
    """Return whether somebody said it, or said yes to it."""
    return memory.explicit or memory.confirmed is not None


def supports(told: Told, old: Memory) -> bool:
    """Return whether one more telling is evidence for ``old``: a weaker one would only make it less believed."""
    return TRUSTS.index(told.trust) >= TRUSTS.index(old.trust) and set(told.taint) <= set(old.taint)


def ends(fact: Fact, old: Memory, now: datetime) -> datetime:
    """Return until when ``old`` was so, whose place ``fact`` takes: never before it began."""
    began, ended = old.fact.valid_from, old.fact.valid_to
    end = fact.valid_from or now
    if began is not None and end < began:
        end = began
    return end if ended is None or end < ended else ended
