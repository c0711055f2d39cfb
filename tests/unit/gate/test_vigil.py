import asyncio
from pathlib import Path

import pytest

from claw.base.action import Pending
from claw.base.errors import Refused
from claw.house.backend import Link
from claw.house.model import Change, House, Registry, State
from claw.policy.load import load_policy
from tests.gate_room import OWNER, PEOPLE, POLICY, UNLOCK, Room, gate_room
from tests.talking import until

LOOKING = POLICY.replace(
    "  - {id: unlock,", '  - {id: dark, deny: lock.unlock, when: {states: {switch.freezer: "off"}}}\n  - {id: unlock,'
)


async def asked(room: Room) -> Pending:
    pending = (await room.gate.perform((UNLOCK,), OWNER)).pending
    assert pending is not None
    return pending


async def test_a_question_is_over_when_what_it_is_about_changes_and_changes_back(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        told: list[int] = []
        room.questions.told.append(lambda: told.append(len(room.questions.waiting())))
        room.mirror.changed([Change("lock.door", State("unlocked")), Change("lock.door", State("locked"))])
        assert told == [0]
        with pytest.raises(Refused, match="void already"):
            await room.gate.answer(pending.id, OWNER, yes=True)
        await room.written()
        assert "void" in room.kinds()
        assert room.hand.sent == []


async def test_whoever_asked_is_told_why_the_question_went_away(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await asked(room)
        room.mirror.changed([Change("lock.door", State("unlocked"))])

        async def told() -> bool:
            return bool(room.told)

        await until(told)
        (message,) = room.told
        assert message.to in {f"conversation:{OWNER.conversation}", f"person:{OWNER.person}"}
        assert "lock.door was locked and is unlocked now" in message.text


async def test_what_a_stop_voids_is_told_by_its_reset_alone(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await asked(room)
        room.stop.engage("smoke", OWNER)
        room.questions.void_denied(lambda _: "stopped")
        await asyncio.sleep(0.05)
        assert room.told == []
        assert "refusal" not in room.kinds()


async def test_what_changes_beside_it_leaves_it_alone(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        room.mirror.changed([Change("light.lamp", State("on")), Change("lock.door", State("locked", {"battery": 3}))])
        assert [one.id for one in room.questions.waiting()] == [pending.id]


async def test_what_no_rule_looks_at_has_nothing_judged_anew(tmp_path: Path) -> None:
    async with gate_room(tmp_path, LOOKING) as room:
        pending = await asked(room)
        room.judge.policy = load_policy(written(tmp_path, LOOKING + '  - {id: none, deny: "lock.*"}\n'), PEOPLE, None)
        room.mirror.changed([Change("light.lamp", State("on"))])
        assert list(room.questions.standing) == [pending.id], "a new policy is somebody else's to tell of"
        room.mirror.changed([Change("switch.freezer", State("on", {"watts": 5}))])
        assert room.questions.standing == {}


def written(folder: Path, policy: str) -> Path:
    path = folder / "new.yaml"
    path.write_text(policy)
    return path


async def test_a_thing_that_goes_away_takes_its_question_along(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await asked(room)
        room.mirror.changed([Change("lock.door", None)])
        assert room.questions.waiting() == ()


async def test_a_state_that_the_rules_look_at_counts_where_it_changes_the_verdict(tmp_path: Path) -> None:
    async with gate_room(tmp_path, LOOKING) as room:
        pending = await asked(room)
        room.mirror.changed([Change("switch.freezer", State("on", {"watts": 5}))])
        assert [one.id for one in room.questions.waiting()] == [pending.id]
        room.mirror.changed([Change("switch.freezer", State("off")), Change("switch.freezer", State("on"))])
        assert room.questions.waiting() == ()


async def test_a_question_of_before_a_restart_is_watched_as_well(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        await asked(room)
    async with gate_room(tmp_path) as room:
        assert len(room.questions.waiting()) == 1
        room.mirror.changed([Change("lock.door", State("unlocked")), Change("lock.door", State("locked"))])
        assert room.questions.waiting() == ()


async def test_a_new_policy_that_denies_ends_the_question_and_another_leaves_it(tmp_path: Path) -> None:
    async with gate_room(tmp_path) as room:
        pending = await asked(room)
        path = tmp_path / "new.yaml"
        path.write_text(POLICY + "  - {id: more, allow: switch.turn_on}\n")
        room.judge.policy = load_policy(path, PEOPLE, None)
        room.gate.void_denied()
        assert [one.id for one in room.questions.waiting()] == [pending.id]
        path.write_text(POLICY + '  - {id: none, deny: "lock.*"}\n')
        room.judge.policy = load_policy(path, PEOPLE, None)
        room.gate.void_denied()
        assert room.questions.waiting() == ()


async def test_a_house_that_comes_back_piece_by_piece_voids_nothing_before_it_is_whole(tmp_path: Path) -> None:
    async with gate_room(tmp_path, LOOKING) as room:
        pending = await asked(room)
        whole = House(room.mirror.registry, dict(room.mirror.states))
        room.mirror.linked(Link("lost"))
        room.mirror.synced(House(Registry(), {}))
        assert room.questions.waiting() == (), "a thing that is gone takes its question along, link or no link"
        room.mirror.synced(whole)
        room.mirror.linked(Link("ready"))
        pending = await asked(room)
        room.mirror.linked(Link("lost"))
        room.mirror.changed([Change("switch.freezer", State("on", {"watts": 7}))])
        assert [one.id for one in room.questions.waiting()] == [pending.id]
        room.mirror.changed([Change("switch.freezer", State("off"))])
        assert [one.id for one in room.questions.waiting()] == [pending.id]
        room.mirror.linked(Link("ready"))
        assert room.questions.waiting() == (), "and then it is judged anew"
