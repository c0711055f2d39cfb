"""The model as the rooms above ask it: each call an action through the gate, the answer or one clear reason back."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from claw.base.action import Action, Json, Origin, Outcome, Pending
from claw.base.errors import Refused, Unavailable
from claw.base.tracing import span
from claw.llm.call import Call, Completion
from claw.llm.effector import ModelEffector

if TYPE_CHECKING:
    from claw.llm.embeddings import Vector

CUT = "stopped"
"""Why a call ended that was under way when the switch engaged."""


class Performed(Protocol):
    """What came of a plan."""

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """One outcome for each action."""
        ...

    @property
    def pending(self) -> Pending | None:
        """The question that somebody has to answer first."""
        ...


class Gate(Protocol):
    """The one door, which is above this room."""

    async def perform(self, actions: Sequence[Action], origin: Origin) -> Performed:
        """Do ``actions`` for ``origin``."""
        ...


class Model:
    """Asks the model, as anybody who needs words: there is no other way to it."""

    def __init__(self, effector: ModelEffector, gate: Gate) -> None:
        self._effector = effector
        self._gate = gate

    def status(self) -> dict[str, Json]:
        """Return which model is asked, where, what is wrong with it, and what was spent of what may be."""
        return self._effector.status()

    def capped(self, routine: str, tokens: int) -> AbstractContextManager[None]:
        """Let one firing of a routine ask for ``tokens`` at most while this is open; at any other time it asks none."""
        return self._effector.budget.capped(routine, tokens)

    async def ask(self, call: Call, origin: Origin) -> Completion:
        """Return the answer to ``call``, asked on behalf of ``origin``.

        Raises Refused (the policy, a cap, the stop, which is ``stopped``, or a request no model can take) or
        Unavailable, each with one sentence for a person; Broken where the log cannot be written.
        """
        with span("model") as asking:
            asking.note(purpose=call.purpose)
            completion = await self._asked(call, origin)
            asking.note(tokens_in=completion.tokens_in, tokens_out=completion.tokens_out)
            return completion

    async def _asked(self, call: Call, origin: Origin) -> Completion:
        action = self._effector.prepare(call, origin)
        try:
            performed = await self._gate.perform((action,), origin)
            if performed.pending is not None:
                raise Refused("the policy wants a yes before a model is asked, and a model is not asked later")
            outcome = performed.outcomes[0]
            if outcome.status == "unknown":
                raise Refused(CUT)
            if outcome.status == "failed":
                raise Unavailable(outcome.detail)
            if outcome.status == "refused":
                raise Refused(outcome.detail)
            known = action.data
            completion = self._effector.take(action)
            return replace(completion, model=known["model"], prompt=known["prompt"], entry=outcome.audit)
        finally:
            self._effector.forget(action)

    async def embed(self, texts: Sequence[str], origin: Origin) -> "list[Vector]":
        """Return what each of ``texts`` means as numbers, asked on behalf of ``origin``; raises as ``ask`` does."""
        # Every room knows the model by its name, and a house without one need not pay for its client.
        from claw.llm.embeddings import vectors_of  # noqa: PLC0415  see above

        call = Call(tuple({"role": "user", "content": text} for text in texts), "embed", 0)
        return vectors_of(await self.ask(call, origin))
