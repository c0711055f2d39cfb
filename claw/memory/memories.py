"""Memory as the rooms above it write it: each write an action through the gate, what came of it or one reason back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import Action, Json, Origin
from claw.base.errors import Refused
from claw.gate.perform import Performed
from claw.memory.effector import REMEMBER, Remembering, correcting, keeping
from claw.memory.facts import Kept
from claw.memory.model import Fact
from claw.memory.residents import Consent
from claw.memory.sources import By


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking the gate for a write.

    ``kept`` is there once it was done; where it is None, ``performed`` holds the question that somebody must answer
    first (``performed.pending``), or the outcome that says why not (``performed.outcomes[0].detail``).
    """

    performed: Performed
    kept: Kept | None = None
    consent: Consent | None = None


class Door(Protocol):
    """The one door, as far as memory needs it."""

    async def perform(self, actions: Sequence[Action], origin: Origin, *, said: str = "") -> Performed:
        """Do ``actions`` for ``origin``; ``said`` is the sentence that led to them, for the log."""
        ...


class Memories:
    """What talk, the page, the command line, programs and habits call to have something remembered.

    All of it raises Refused, with a whole sentence for a person, where it may not be kept whoever asks for it: before
    anything about it is in the log.
    """

    def __init__(self, gate: Door, effector: Remembering) -> None:
        self._gate = gate
        self._effector = effector

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Answer:
        """Keep ``fact`` as told by ``origin``; ``said`` is the sentence it was said in, as the person said it.

        In force at once is only what an authenticated owner, adult or child said themselves: of a program's, what is
        word by word in what they said while nothing foreign had a part; of a habit's, what they said yes to.  The rest
        becomes a candidate.
        """
        return await self._ask(self.action(fact, origin, said=said, by=by), origin, said)

    def action(self, fact: Fact, origin: Origin, *, said: str = "", by: By = "words") -> Action:
        """Return the action by which ``fact`` is kept, for whoever performs it as a part of something larger."""
        self._effector.admit(fact, origin, said, by)
        return keeping(fact, by)

    async def correct(self, number: int, fact: Fact, origin: Origin, *, said: str = "") -> Answer:
        """Keep ``fact`` in the place of memory ``number``, which was never so."""
        self._effector.admit(fact, origin, said, "words")
        return await self._ask(correcting(number, fact), origin, said)

    async def settle(self, number: int, origin: Origin, *, yes: bool, said: str = "") -> Answer:
        """Take somebody's yes or no to a candidate."""
        return await self._do({"op": "settle", "memory": number, "yes": yes}, origin, said)

    async def pin(self, number: int, origin: Origin, *, pinned: bool = True) -> Answer:
        """Keep a memory from fading with time, or no more."""
        return await self._do({"op": "pin", "memory": number, "yes": pinned}, origin, "")

    async def consent(
        self, person: str, origin: Origin, *, habits: bool | None = None, talks: bool | None = None, said: str = ""
    ) -> Answer:
        """Keep what ``person`` agrees to; only they themselves can say it."""
        if habits is None and talks is None:
            raise Refused("There is nothing in that to agree to.")
        given = {"habits": habits, "talks": talks}
        return await self._do(
            {"op": "consent", "person": person, **{name: yes for name, yes in given.items() if yes is not None}},
            origin,
            said,
        )

    async def _do(self, data: dict[str, Json], origin: Origin, said: str) -> Answer:
        return await self._ask(Action(REMEMBER, (), data), origin, said)

    async def _ask(self, action: Action, origin: Origin, said: str) -> Answer:
        performed = await self._gate.perform((action,), origin, said=said)
        done = self._effector.take(performed.outcomes[0].audit) if performed.outcomes else None
        if isinstance(done, Consent):
            return Answer(performed, consent=done)
        return Answer(performed, done)
