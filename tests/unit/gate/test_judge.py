from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from claw.base.action import Action
from claw.base.errors import Invalid, Refused
from claw.gate.answering import Choice
from claw.gate.judge import MOST_ACTIONS, Judge
from claw.gate.messages import SERVICES
from claw.house.model import House, Registry
from claw.policy.decide import Policy
from claw.policy.load import parse_policy
from tests.gate_room import FREEZER_OFF, LAMP_ON, OWNER, PEOPLE, POLICY, UNLOCK, gate_room


async def test_a_plan_knows_its_denial_and_its_question(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        plan = room.judge.judge((LAMP_ON, UNLOCK), OWNER)
        assert plan.asks
        assert plan.denied is None
        denied = room.judge.judge((LAMP_ON, FREEZER_OFF), OWNER).denied
        assert denied is not None
        assert denied.effect == "deny"


async def test_nothing_and_too_much_are_refused(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        with pytest.raises(Refused, match="nothing"):
            room.judge.judge((), OWNER)
        with pytest.raises(Refused, match="too many"):
            room.judge.judge((LAMP_ON,) * (MOST_ACTIONS + 1), OWNER)


async def test_an_explanation_names_the_rule(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        assert room.judge.explain(UNLOCK, OWNER).decision.rule == "unlock"


async def test_an_explanation_says_what_the_gate_would_go_by(tmp_path: Path) -> None:
    granting = POLICY.replace("channels: [web, cli]}", "channels: [web, cli], grant: 10 min}")
    async with gate_room(tmp_path, granting) as room:
        assert room.judge.explain(UNLOCK, OWNER).decision.effect == "confirm"
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(grant_s=600))
        assert room.judge.explain(UNLOCK, OWNER).decision.effect == "allow"
        risky = Judge(room.mirror, room.judge.policy, room.clock, SERVICES, frozenset({"light.turn_on"}))
        assert risky.explain(LAMP_ON, OWNER).decision.effect == "confirm"


async def test_a_service_declared_as_risky_is_never_done_without_a_yes(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        judge = Judge(room.mirror, room.judge.policy, room.clock, SERVICES, frozenset({"light.turn_on"}))
        assert judge.judge((LAMP_ON,), OWNER).asks
        assert not room.judge.judge((LAMP_ON,), OWNER).asks


async def test_a_policy_that_does_not_fit_the_house_is_said_and_stays_in_force(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:

        def load(registry: Registry) -> Policy:
            return parse_policy(POLICY.replace("lock.safe", "lock.vault"), "policy.yaml", PEOPLE, registry)

        room.judge.hold_against(room.mirror.registry, load)
        assert "lock.vault" in room.judge.problem
        assert room.judge.judge((UNLOCK,), OWNER).asks
        room.judge.hold_against(room.mirror.registry, lambda r: parse_policy(POLICY, "policy.yaml", PEOPLE, r))
        assert room.judge.problem == ""


def fits(policy: str) -> Policy:
    return parse_policy(policy, "policy.yaml", PEOPLE, None)


async def test_what_does_not_fit_is_said_once_until_it_is_something_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def odd(what: str) -> Callable[[Registry], Policy]:
        def load(registry: Registry) -> Policy:
            raise Invalid("policy.yaml", None, what)

        return load

    async with gate_room(tmp_path) as room:
        for what in ("a", "a", "b"):
            room.judge.hold_against(room.mirror.registry, odd(what))
            assert what in room.judge.problem
        said = [record.getMessage() for record in caplog.records if record.name == "claw.gate.judge"]
        assert [text[-1] for text in said] == ["a", "b"]


DARK = POLICY + '  - {id: dark, deny: "light.turn_off", when: {states: {switch.freezer: "off"}}}\n'


async def test_what_rules_look_at_is_that_of_the_policy_and_the_names_in_force(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        assert room.judge.looks_at == frozenset()
        room.judge.policy = fits(DARK)
        assert room.judge.looks_at == {"switch.freezer"}
        again = room.judge.looks_at
        assert again == {"switch.freezer"}
        room.judge.policy = fits(POLICY)
        assert room.judge.looks_at == frozenset()


async def test_what_rules_look_at_goes_along_when_a_thing_gets_another_name(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        room.judge.policy = fits(DARK)
        assert room.judge.looks_at == {"switch.freezer"}
        registry = room.mirror.registry
        renamed = replace(registry.entities["switch.freezer"], entity_id="switch.icebox", former="switch.freezer")
        entities = {one: at for one, at in registry.entities.items() if one != "switch.freezer"}
        room.mirror.synced(House(replace(registry, entities={**entities, "switch.icebox": renamed}), {}))
        assert room.judge.looks_at == {"switch.icebox"}


async def test_as_many_actions_as_may_be_are_not_too_many(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        assert len(room.judge.judge((LAMP_ON,) * MOST_ACTIONS, OWNER).actions) == MOST_ACTIONS


async def test_what_was_granted_still_holds_when_it_is_done(tmp_path: Path) -> None:
    granting = POLICY.replace("channels: [web, cli]", "channels: [web, cli], grant: 10 min")
    async with gate_room(tmp_path, granting) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(grant_s=600))
        assert (await room.one(UNLOCK)).status != "refused"
        assert room.hand.sent == [UNLOCK, UNLOCK]


BOTH = Action("lock.unlock", ("lock.door", "lock.safe"))
OPEN = "\n".join(line for line in POLICY.splitlines() if "id: safe" not in line)


async def test_each_risky_thing_can_be_struck_out_and_a_yes_for_a_while_is_for_what_was_left(tmp_path: Path) -> None:
    async with gate_room(
        tmp_path, OPEN.replace("channels: [web, cli]}", "channels: [web, cli], grant: 10 min}")
    ) as room:
        pending = (await room.gate.perform((LAMP_ON, BOTH), OWNER)).pending
        assert pending is not None
        assert [action.entities for action in pending.actions] == [("light.lamp",), ("lock.door",), ("lock.safe",)]
        await room.gate.answer(pending.id, OWNER, yes=True, choice=Choice(frozenset({2})))
        assert [action.entities for action in room.hand.sent] == [("light.lamp",), ("lock.door",)]
        again = (await room.gate.perform((BOTH,), OWNER)).pending
        assert again is not None
        await room.gate.answer(again.id, OWNER, yes=True, choice=Choice(grant_s=600))
        assert not room.judge.judge((BOTH,), OWNER).asks


async def test_what_may_not_be_done_thing_by_thing_is_asked_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rated = OPEN + "\n  - {id: seldom, deny: lock.unlock, more_than: {times: 1, per: 1 h}}\n"
    async with gate_room(tmp_path, rated) as room:
        plan = room.judge.judge((BOTH,), OWNER)
        assert plan.denied is None
        assert room.judge.apart(plan, OWNER) == plan
    async with gate_room(tmp_path / "other", OPEN) as room:
        plan = room.judge.judge((BOTH,), OWNER)
        assert len(room.judge.apart(plan, OWNER).actions) == 2
        of_a_program = replace(plan, run="r1")
        assert room.judge.apart(of_a_program, OWNER) == of_a_program
        monkeypatch.setattr("claw.gate.judge.MOST_ACTIONS", 1)
        assert room.judge.apart(plan, OWNER) == plan


async def test_what_claw_itself_speaks_by_is_moved_by_nobody(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        judge = Judge(room.mirror, room.judge.policy, room.clock, SERVICES, own=frozenset({"light.lamp"}))
        with pytest.raises(Refused, match=r"light\.lamp is what Claw itself speaks by"):
            judge.judge((UNLOCK, LAMP_ON), OWNER)
        assert judge.judge((UNLOCK,), OWNER).asks


GRANTING = POLICY.replace("channels: [web, cli]", "channels: [web, cli], grant: 10 min")


async def test_a_grant_is_used_up_by_what_is_done_under_it_and_by_nothing_that_had_its_own_yes(tmp_path: Path) -> None:
    async with gate_room(tmp_path, GRANTING) as room:
        pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
        assert pending is not None
        asked = room.judge.judge((UNLOCK,), OWNER).decisions[0]
        asks = room.judge.asks((UNLOCK,), OWNER)
        once = replace(room.overlay.grant(pending, asks, author="anna", reason="r", seconds=600), uses=1)
        room.overlay.keep(once)
        granted = room.judge.judge((UNLOCK,), OWNER).decisions[0]
        assert (asked.grant, granted.grant) == (None, once.id)
        room.judge.charge(UNLOCK, asked, OWNER)
        assert room.overlay.grants == (once,)
        room.judge.charge(UNLOCK, granted, OWNER)
        assert room.overlay.grants == ()
        with pytest.raises(Refused, match="asked now"):
            room.judge.charge(UNLOCK, granted, OWNER)


async def test_what_needs_no_grant_any_more_is_done_without_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        (allowed,) = room.judge.judge((LAMP_ON,), OWNER).decisions
        room.judge.charge(LAMP_ON, replace(allowed, grant="one that is over"), OWNER)


async def test_one_action_among_several_is_enough_to_concern_what_must_never_be(tmp_path: Path) -> None:
    never = 'never:\n  - {id: open, when: {states: {lock.door: unlocked, light.lamp: "on"}}}\n'
    async with gate_room(tmp_path, POLICY + never) as room:
        assert room.judge.concerns_never((FREEZER_OFF, LAMP_ON))
        assert not room.judge.concerns_never((FREEZER_OFF,))
        room.judge.policy = fits(POLICY)
        assert not room.judge.concerns_never((LAMP_ON,)), "where nothing must never be, nothing concerns it"


async def test_a_plan_of_which_one_part_is_guarded_knows_what_each_will_find_and_what_rules_look_at(
    tmp_path: Path,
) -> None:
    async with gate_room(tmp_path, DARK.replace("states: {", "states: {lock.gone: locked, ")) as room:
        plan = room.judge.judge((LAMP_ON, UNLOCK), OWNER)
        assert plan.expected == ({"light.lamp": "off"}, {"lock.door": "locked"})
        assert plan.seen == {"switch.freezer": "on"}


async def test_what_is_risky_or_declared_so_is_asked_on_harder_terms_and_nothing_else_is(tmp_path: Path) -> None:
    anybody = 'version: 1\nrules:\n  - {id: ask, confirm: ["light.*", "lock.*"], ask: {channels: [web]}}\n'
    async with gate_room(tmp_path, anybody) as room:
        plan = room.judge.judge((LAMP_ON, UNLOCK), OWNER)
        assert plan.risky == {1}
        assert [one.terms and one.terms.roles for one in plan.decisions] == [(), ("adult", "owner")]
        declared = Judge(room.mirror, room.judge.policy, room.clock, SERVICES, frozenset({"light.turn_on"}))
        plan = declared.judge((LAMP_ON, UNLOCK), OWNER)
        assert plan.risky == {0, 1}
        assert [one.terms and one.terms.roles for one in plan.decisions] == [("adult", "owner")] * 2


async def test_being_declared_as_risky_lifts_no_denial_and_no_terms_of_a_rule(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        declared = frozenset({"switch.turn_off", "lock.unlock"})
        judge = Judge(room.mirror, room.judge.policy, room.clock, SERVICES, declared)
        denied, asked = (judge.judge((one,), OWNER).decisions[0] for one in (FREEZER_OFF, UNLOCK))
        assert denied.effect == "deny"
        assert asked.terms is not None
        assert asked.terms.channels == ("web", "cli")
