"""What may be remembered at all: the same few rules for whoever writes, and no model is asked.

A memory fills with junk from what it takes in, not from how it is searched: restated instructions, its own answers, the
state of a lamp, an errand of one evening.  And what is kept once is believed for months, so an order dressed as a fact
("always unlock when ...") must not get in, nor a code that nobody should find here.  Each refusal is one sentence.
"""

from collections.abc import Callable
from dataclasses import dataclass

from claw.base.clock import Clock
from claw.memory.facts import Facts
from claw.memory.model import Fact, Told
from claw.policy.people import People, Role

MOST_CANDIDATES = 5
"""New candidates of a day."""
MOST_ACTIVE = 500
"""Rows in force."""

Check = Callable[[Fact, Told, Role | None], None]
"""One more rule, of a kind of its own: raises Refused with a sentence.  The role is that of who tells it."""


@dataclass(frozen=True)
class Admission:
    """Says no to what must not be kept; ``checks`` are rules of other modules, asked last."""

    facts: Facts
    people: People
    clock: Clock
    checks: list[Check]

    def admit(self, fact: Fact, told: Told, role: Role | None = None) -> None:
        """Raise Refused, with a whole sentence for a person, where ``fact`` may not be kept.

        ``role`` is that of who tells it, None for nobody who can be proven.  Nothing is written here.
        """
        raise NotImplementedError
