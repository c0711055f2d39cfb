"""The gate's side of a skill's rights: narrowed in the judge, counted at the act, none where nobody knows."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from claw.base.action import Action, Decision, Origin, Terms
from claw.base.errors import Refused
from claw.gate.rights import Narrowed, NoSkills, narrow
from claw.house.model import House
from tests.gate_room import LAMP_OFF, LAMP_ON, OWNER, UNLOCK, gate_room

COSY = replace(OWNER, skill="cosy", task="r1")
ALLOW = Decision("allow", "comfort", "", notify=("everyone",), grant="g1")
CONFIRM = Decision("confirm", "unlock", "", terms=Terms(roles=("owner",)))
DENY = Decision("deny", "safe", "the safe stays shut")


@dataclass
class Rights:
    """Answers as a test says, by the name of the act; keeps what was counted."""

    effects: dict[str, Narrowed] = field(default_factory=dict[str, Narrowed])
    spent: bool = False
    asked: list[int] = field(default_factory=list[int])
    counted: list[str] = field(default_factory=list[str])

    def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
        del origin, house
        self.asked.append(len(actions))
        return [self.effects.get(one.name, Narrowed()) for one in actions]

    def charged(self, action: Action, origin: Origin, house: House) -> None:
        del origin, house
        if self.spent:
            raise Refused("it has done enough")
        self.counted.append(action.name)


@pytest.mark.parametrize(
    ("decision", "narrowed", "effect", "rule"),
    [
        (ALLOW, Narrowed(), "allow", "comfort"),
        (ALLOW, Narrowed("confirm", "never without a yes"), "confirm", "comfort"),
        (ALLOW, Narrowed("deny", "not in its manifest"), "deny", "skill:cosy"),
        (CONFIRM, Narrowed(), "confirm", "unlock"),
        (CONFIRM, Narrowed("confirm", "x"), "confirm", "unlock"),
        (CONFIRM, Narrowed("deny", "x"), "deny", "skill:cosy"),
        (DENY, Narrowed(), "deny", "safe"),
        (DENY, Narrowed("deny", "x"), "deny", "safe"),
    ],
)
def test_a_manifest_only_makes_stricter(decision: Decision, narrowed: Narrowed, effect: str, rule: str) -> None:
    found = narrow(decision, narrowed, "cosy")
    assert (found.effect, found.rule) == (effect, rule)
    if found is not decision:
        assert found.grant is None
        assert found.why == narrowed.why


def test_the_terms_of_a_rule_that_asks_stay() -> None:
    assert narrow(CONFIRM, Narrowed("confirm", "x"), "cosy") is CONFIRM
    assert narrow(ALLOW, Narrowed("confirm", "x"), "cosy").terms == Terms()


async def test_nothing_is_done_in_the_name_of_a_skill_where_nobody_knows_any(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        outcome = await room.one(LAMP_ON, COSY)
        assert (outcome.status, outcome.detail) == ("refused", "there is no skill cosy here")
        assert room.hand.sent == []
        assert (await room.one(LAMP_ON)).status == "done", "whoever asks themselves asks for no skill"
        with pytest.raises(Refused):
            NoSkills().charged(LAMP_ON, COSY, room.mirror.house())


async def test_one_act_beyond_the_manifest_refuses_the_whole_plan(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.rights = Rights({"light.turn_off": Narrowed("deny", "its manifest does not name it")})
        performed = await room.gate.perform((LAMP_ON, LAMP_OFF), COSY)
        assert {one.status for one in performed.outcomes} == {"refused"}
        assert room.hand.sent == []


async def test_an_answer_that_leaves_an_act_out_lets_none_be_done(tmp_path: Path) -> None:
    class Short(Rights):
        def narrowed(self, actions: Sequence[Action], origin: Origin, house: House) -> Sequence[Narrowed]:
            return super().narrowed(actions, origin, house)[:-1]

    async with gate_room(tmp_path) as room:
        room.judge.rights = Short()
        with pytest.raises(ValueError, match="shorter"):
            room.judge.judge((LAMP_ON, LAMP_OFF), COSY)


async def test_what_the_manifest_confirms_is_asked_though_the_policy_allows_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.rights = Rights({"light.turn_on": Narrowed("confirm", "never without a yes")})
        performed = await room.gate.perform((LAMP_ON,), COSY)
        assert performed.pending is not None
        assert room.hand.sent == []


async def test_a_yes_that_comes_late_is_judged_by_the_rights_of_that_moment(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        rights = room.judge.rights = Rights()
        pending = (await room.gate.perform((UNLOCK,), COSY)).pending
        assert pending is not None
        rights.effects["lock.unlock"] = Narrowed("deny", "the skill was turned off")
        answered = await room.gate.answer(pending.id, OWNER, yes=True)
        assert [one.detail for one in answered.outcomes] == ["the skill was turned off"]
        assert room.hand.sent == []


async def test_each_act_is_counted_before_its_intent_and_none_beyond(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        rights = room.judge.rights = Rights()
        assert (await room.one(LAMP_ON, COSY)).status == "done"
        assert rights.counted == ["light.turn_on"]
        rights.spent = True
        outcome = await room.one(LAMP_OFF, COSY)
        assert (outcome.status, outcome.detail) == ("refused", "it has done enough")
        assert [one.name for one in room.hand.sent] == ["light.turn_on"]
        await room.written()
        assert room.kinds().count("intent") == 1


async def test_a_policy_that_denies_is_told_before_a_manifest_that_does(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.rights = Rights({"lock.unlock": Narrowed("deny", "not in its manifest")})
        outcome = await room.one(Action("lock.unlock", ("lock.safe",)), COSY)
        assert outcome.detail == "the safe stays shut"
