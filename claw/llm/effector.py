"""Asking a model as an action: what leaves the process goes through the one door, and costs before it goes.

The action ``claw.model`` says in the log what is asked for, how much it may cost and the hash of the words; the words
themselves wait here, under the action's own number, for the permit.  An answer is given out once.

The gate knows the name of the action, also where no model is configured; so what asks one is not imported here.
"""

import asyncio
import itertools
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claw.base.action import Acknowledgement, Action, Json, Origin, Permit
from claw.base.breaker import Breaker
from claw.base.clock import Clock
from claw.base.errors import Broken, ClawError, Refused, Unavailable
from claw.base.permit import PermitDesk
from claw.llm.call import Call, Completion, Cut

if TYPE_CHECKING:
    from claw.llm.budget import Budget
    from claw.llm.client import Client
    from claw.llm.embeddings import Embeddings

MODEL = "claw.model"

MOST_PREPARED = 100
"""Calls that wait for their permit; each is forgotten by whoever prepared it, so that there are never so many."""


@dataclass
class _Prepared:
    call: Call
    origin: Origin
    completion: Completion | None = None


class ModelEffector:
    """The effector of ``claw.model``."""

    def __init__(
        self,
        permits: PermitDesk,
        client: "Client",
        budget: "Budget",
        clock: Clock,
        embeddings: "Embeddings | None" = None,
    ) -> None:
        """``embeddings`` answers what is asked to ``embed``, where anything does."""
        self._permits = permits
        self._client = client
        self._embeddings = embeddings
        self.budget = budget
        self._up = Breaker(clock, "the model")
        self._embeds = Breaker(clock, "the model for embeddings")
        self._numbers = itertools.count(1)
        self._prepared: OrderedDict[int, _Prepared] = OrderedDict()

    def prepare(self, call: Call, origin: Origin) -> Action:
        """Return the action that asks ``call`` for ``origin``; ``forget`` it in the end."""
        number = next(self._numbers)
        self._prepared[number] = _Prepared(call, origin)
        while len(self._prepared) > MOST_PREPARED:
            self._prepared.popitem(last=False)
        data = {
            "purpose": call.purpose,
            "model": self._asked(call).model,
            "tokens": call.tokens_in + call.max_tokens,
            "prompt": call.digest(),
            "call": number,
        }
        return Action(MODEL, (), data)

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Ask the model once, the most that it can cost being reserved before, and keep its answer for ``take``.

        Raises Refused on a bad permit, for a call that was forgotten, at a cap, or for what the server never takes;
        Unavailable, with one sentence for a person, for everything else that can be wrong with a model.
        """
        self._permits.spend(permit, action)
        prepared = self._prepared.get(action.data.get("call", 0))
        if action.name != MODEL or prepared is None or prepared.call.digest() != action.data["prompt"]:
            raise Refused("what was to be asked of the model is gone")
        try:
            completion = await self._complete(prepared.call, prepared.origin)
        except Broken as error:
            raise Unavailable(str(error)) from error
        prepared.completion = completion
        return Acknowledgement(response={"tokens_in": completion.tokens_in, "tokens_out": completion.tokens_out})

    def take(self, action: Action) -> Completion:
        """Return the answer to a performed action, once; raises Refused where there is none."""
        prepared = self._prepared.pop(action.data["call"], None)
        if prepared is None or prepared.completion is None:
            raise Refused("the model was not asked")
        return prepared.completion

    def forget(self, action: Action) -> None:
        """Let go of a call, whether it was asked or not."""
        self._prepared.pop(action.data["call"], None)

    def status(self) -> dict[str, Json]:
        """Return which model is asked, where, what is wrong with it, and what was spent of what may be."""
        client = self._client
        problem = client.problem or self._up.problem or self._embeds.problem
        return {"name": client.model, "host": client.host, "problem": problem, **self.budget.status()}

    async def close(self) -> None:
        """Close the connections that are kept open between two calls."""
        await self._client.close()
        if self._embeddings is not None:
            await self._embeddings.close()

    def _asked(self, call: Call) -> "Client | Embeddings":
        """Return who answers ``call``; raises Refused where nobody does."""
        if call.purpose != "embed":
            return self._client
        if self._embeddings is None:
            raise Refused("no model for embeddings is configured")
        return self._embeddings

    async def _complete(self, call: Call, origin: Origin) -> Completion:
        """Ask, where the model answered lately; whoever asks one that did not is told so at once."""
        breaker = self._embeds if call.purpose == "embed" else self._up
        breaker.check()
        try:
            completion = await self._paid(call, origin)
        except Unavailable as error:
            breaker.failed(str(error))
            raise
        except BaseException:
            breaker.left()  # at a cap, cut by the stop, or what a person has to mend: not that it does not answer
            raise
        breaker.worked()
        return completion

    async def _paid(self, call: Call, origin: Origin) -> Completion:
        entry = self.budget.reserve(call, origin)
        try:
            completion = await self._asked(call).complete(call)
        except (Cut, asyncio.CancelledError):
            raise  # something may have been written that has to be paid for: the reservation stays
        except ClawError:
            self.budget.settle(entry, 0, 0)
            raise
        self.budget.settle(entry, completion.tokens_in, completion.tokens_out)
        return completion
