"""What is kept on the side."""

from collections.abc import Sequence
from typing import Any

import pytest

from claw.base.action import Action, Decision, Effect, Origin
from claw.base.errors import Refused
from claw.gate.plan import Plan
from claw.memory.model import Fact
from claw.memory.quietly import Quietly

ANNA = Origin(channel="web", person="anna", authenticated=True)
FACT = Fact("correction", "house", "corrected", {"said": "too bright"}, "Too bright.")


class Memories:
    def __init__(self) -> None:
        self.told: list[Fact] = []
        self.settled: list[int] = []

    def action(self, fact: Fact, origin: Origin, *, said: str = "", by: str = "words") -> Action:
        del fact, origin
        return Action("claw.remember", (), {"sentence": said, "by": by})

    async def tell(self, fact: Fact, origin: Origin, *, said: str = "", by: str = "words") -> str:
        del origin, said, by
        self.told.append(fact)
        return "told"

    async def settle(self, number: int, origin: Origin, *, yes: bool, said: str = "") -> str:
        del origin, yes, said
        self.settled.append(number)
        return "settled"


class Judge:
    def __init__(self, effect: Effect) -> None:
        self.effect: Effect = effect

    def judge(self, actions: Sequence[Action], origin: Origin) -> Plan:
        del origin
        return Plan(tuple(actions), tuple(Decision(self.effect, "rule", "because") for _ in actions))


def room(effect: Effect) -> tuple[Quietly, Any]:
    memories: Any = Memories()
    return Quietly(memories, Judge(effect)), memories


async def test_what_is_allowed_is_kept() -> None:
    quietly, memories = room("allow")
    assert await quietly.tell(FACT, ANNA, said="too bright") == "told"
    assert memories.told == [FACT]


@pytest.mark.parametrize("effect", ["confirm", "deny"])
async def test_nobody_is_asked_about_what_is_kept_on_the_side(effect: Effect) -> None:
    quietly, memories = room(effect)
    with pytest.raises(Refused):
        await quietly.tell(FACT, ANNA, said="too bright")
    assert memories.told == []


async def test_a_yes_that_was_asked_for_goes_the_usual_way() -> None:
    quietly, memories = room("confirm")
    assert await quietly.settle(7, ANNA, yes=True, said="yes") == "settled"
    assert memories.settled == [7]
