from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest

from claw.base.action import Action, Origin, Outcome, OutcomeStatus, Pending
from claw.base.errors import Broken, Refused, Unavailable
from claw.llm.call import Call, Completion
from claw.llm.effector import ModelEffector
from claw.llm.model import CUT, Model
from tests.unit.llm.asking import call

ANNA = Origin("web", "anna", authenticated=True)
HELLO = Completion("hello", None, 1, 1, "stop", 1.0)


@dataclass
class Performed:
    outcomes: tuple[Outcome, ...] = ()
    pending: Pending | None = None


class Gate:
    """Says what the test tells it to, and whether it was asked."""

    def __init__(self, status: OutcomeStatus = "sent", detail: str = "", *, asks: bool = False) -> None:
        self.status: OutcomeStatus = status
        self.detail = detail
        self.asks = asks
        self.broken = False
        self.asked: list[tuple[Action, Origin]] = []

    async def perform(self, actions: Sequence[Action], origin: Origin) -> Performed:
        if self.broken:
            raise Broken("the log cannot be written")
        self.asked += [(action, origin) for action in actions]
        if self.asks:
            return Performed(pending=cast("Pending", object()))
        return Performed(tuple(Outcome(action, self.status, self.detail, 7) for action in actions))


class Effector:
    """Remembers what it holds."""

    def __init__(self) -> None:
        self.held: list[Action] = []
        self.said = HELLO

    def prepare(self, asked: Call, origin: Origin) -> Action:
        assert origin is ANNA
        self.held.append(Action("claw.model", (), {"model": "small", "prompt": asked.digest()}))
        return self.held[-1]

    def take(self, action: Action) -> Completion:
        assert action in self.held
        return self.said

    def forget(self, action: Action) -> None:
        self.held.remove(action)

    def status(self) -> dict[str, Any]:
        return {"name": "small"}


def made(gate: Gate) -> tuple[Model, Effector]:
    effector = Effector()
    return Model(cast("ModelEffector", effector), gate), effector


async def test_an_answer_comes_through_the_gate_for_whoever_asked() -> None:
    gate = Gate()
    model, effector = made(gate)
    assert await model.ask(call(), ANNA) == replace(HELLO, model="small", prompt=call().digest(), entry=7)
    assert [(action.name, origin) for action, origin in gate.asked] == [("claw.model", ANNA)]
    assert effector.held == []
    assert model.status() == {"name": "small"}


@pytest.mark.parametrize(
    ("gate", "kind", "says"),
    [
        (Gate("refused", "nothing allows it"), Refused, "nothing allows it"),
        (Gate("failed", "the model server is busy"), Unavailable, "the model server is busy"),
        (Gate("unknown", "it was cut by the stop"), Refused, CUT),
        (Gate(asks=True), Refused, "wants a yes"),
    ],
)
async def test_what_did_not_go_through_is_one_clear_error_and_nothing_is_kept(
    gate: Gate, kind: type[Exception], says: str
) -> None:
    model, effector = made(gate)
    with pytest.raises(kind, match=says):
        await model.ask(call(), ANNA)
    assert effector.held == []


async def test_nothing_is_kept_where_the_gate_breaks() -> None:
    gate = Gate()
    gate.broken = True
    model, effector = made(gate)
    with pytest.raises(Broken):
        await model.ask(call(), ANNA)
    assert effector.held == []


async def test_what_texts_mean_is_asked_through_the_gate_too() -> None:
    gate = Gate()
    model, effector = made(gate)
    effector.said = replace(HELLO, text="[[1.0, 0.5], [0, 1]]")
    assert await model.embed(["lamp", "door"], ANNA) == [(1.0, 0.5), (0, 1)]
    assert [origin for _, origin in gate.asked] == [ANNA]
    assert effector.held == []
    gate.status = "refused"
    with pytest.raises(Refused):
        await model.embed(["lamp"], ANNA)
