import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Origin
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.house.model import Change, State
from claw.skills.ran import NotNow, SkillRan
from claw.skills.runner import source
from tests.gate_room import OWNER
from tests.held_clock import HeldClock
from tests.run_room import PROGRAM, RunRoom, at, run_room, skill
from tests.running_programs import LAMPS, WIDE
from tests.talking import until

HALL = {"area": "hall", "brightness": 30}
ATTIC = {"area": "attic", "brightness": 30}
UNLOCKS: dict[str, Any] = {
    "parameters": {},
    "triggers": {"phrases": {"en": ["let them in"]}},
    "may": [{"call": "lock.unlock", "on": {"entity": ["lock.door"]}}],
    "after": [{"of": {"entity": ["lock.door"]}, "values": ["unlocked"]}],
}


async def test_a_run_does_what_its_program_says_with_its_values_and_reads_it_back(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        ran = await room.run(skill(), HALL)
        assert (ran.how, ran.held, ran.unheld, ran.ended) == ("done", True, (), True)
        assert [dict(one.data) for one in ran.calls] == [{"brightness_pct": 30}]
        assert room.sent == ["turn_on light.lamp"]
        assert ran.ran.value == "Reading light."
        assert room.told == [ran]
        again = await room.run(skill(), HALL)
        assert [outcome.status for outcome in again.ran.outcomes] == ["unchanged"] or again.how == "done"


async def test_the_log_says_which_bytes_ran_and_with_which_values(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        ran = await room.run(skill(), HALL)
        await room.room.room.written()
        entries = {one.kind: one for one in room.room.room.audit.entries(0, 100)}
        begun = entries["program"]
        assert begun.payload is not None
        assert (begun.payload["skill"], begun.payload["version"]) == ("reading-light", "1.0.0")
        assert begun.payload["source"].startswith("area = 'hall'; brightness = 30\n")
        assert begun.versions["skill"] == "ab" * 32
        assert begun.seq == ran.ran.entry
        assert entries["intent"].origin is not None
        assert entries["intent"].origin.skill == "reading-light"


async def test_the_area_that_was_named_is_that_area_and_no_other(tmp_path: Path) -> None:
    greedy = PROGRAM.replace("area=area", 'area="attic"')
    async with run_room(tmp_path) as room:
        ran = await room.run(skill(program=greedy), HALL)
        assert ran.how == "refused"
        assert room.sent == []
        assert "light.l0" in (ran.ran.problem.text if ran.ran.problem else "")


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ('await call("light.turn_on", find(domain="light", area=area), brightness_pct=41)', "with brightness_pct 41"),
        ('await call("light.turn_off", find(domain="light", area=area))', "light.turn_off"),
        ('await call("lock.lock", "lock.door")', "lock.lock"),
        ('await notify("hello")', "claw.notify"),
        (
            'for one in (1, 2, 3):\n    await call("light.turn_on", "light.lamp", brightness_pct=brightness)',
            "2 times in one run",
        ),
    ],
)
async def test_what_its_manifest_does_not_say_the_gate_refuses(tmp_path: Path, program: str, why: str) -> None:
    async with run_room(tmp_path) as room:
        ran = await room.run(skill(program=program), HALL)
        assert ran.how == "refused"
        assert why in (ran.ran.problem.text if ran.ran.problem else ran.ran.outcomes[0].detail)
        assert room.sent == []


async def test_what_the_policy_denies_no_manifest_allows(tmp_path: Path) -> None:
    async with run_room(tmp_path, WIDE.replace("{id: comfort, allow:", "{id: comfort, deny:")) as room:
        ran = await room.run(skill(), HALL)
        assert (ran.how, room.sent) == ("refused", [])


async def test_a_skill_that_is_not_the_bytes_it_was_does_not_run(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        room.shelf.put(skill())
        room.shelf.changed = "“reading-light” was changed since it was proved"
        ran = await room.runner.run(skill(), HALL, OWNER, "x")
        assert ran == NotNow(room.shelf.changed)


async def test_the_gate_itself_asks_whether_a_skill_may_run(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        room.shelf.not_theirs = "it is a draft"
        ran = await room.run(skill(), HALL)
        assert (ran.how, room.sent) == ("refused", [])
        assert room.shelf.asked[-1].skill == "reading-light"


async def test_before_what_must_be_so_it_does_not_begin(tmp_path: Path) -> None:
    wish = {"of": {"entity": ["lock.door"]}, "values": ["unlocked"]}
    async with run_room(tmp_path) as room:
        one = skill(before=[wish])
        room.shelf.put(one)
        ran = await room.runner.run(one, HALL, OWNER, "x")
        assert ran == NotNow("Door is locked")
        assert "program" not in room.room.room.kinds()


@pytest.mark.parametrize("given", [{"area": "moon"}, {"area": "hall", "brightness": 61}, {**HALL, "more": 1}, {}])
async def test_values_that_do_not_fit_run_nothing(tmp_path: Path, given: dict[str, Any]) -> None:
    async with run_room(tmp_path) as room:
        room.shelf.put(skill())
        assert isinstance(await room.runner.run(skill(), given, OWNER, "x"), NotNow)


async def test_defaults_and_the_askers_room_are_filled_in(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        ran = await room.run(skill(), {}, at("hall"))
        assert ran.arguments == {"area": "hall", "brightness": 40}


async def test_a_guide_runs_nothing(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        one = skill(kind="guide", may=[], after=[])
        room.shelf.put(one)
        assert isinstance(await room.runner.run(one, HALL, OWNER, "x"), NotNow)


async def test_between_two_runs_it_rests_and_an_hour_has_only_so_many(tmp_path: Path) -> None:
    clock = HeldClock()
    async with run_room(tmp_path, timer=clock) as room:
        one = skill(limits={"calls": 2, "cooldown": "10 min", "per_hour": 2})
        room.runner._room = replace(room.runner._room, clock=clock)
        await room.run(one, HALL)
        found = await room.runner.run(one, HALL, OWNER, "x")
        assert found == NotNow('"reading-light" has just run and rests for 10 min', elsewhere=False)
        await clock.advance(601)
        await room.run(one, HALL)
        await clock.advance(601)
        found = await room.runner.run(one, HALL, OWNER, "x")
        assert isinstance(found, NotNow)
        assert "2 times within the hour" in found.why
        await clock.advance(3600)
        await room.run(one, HALL)


async def test_what_must_be_so_and_is_not_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.skills.runner.GRACE_S", 0.1)
    wish = {"of": {"entity": ["lock.door"]}, "values": ["unlocked"], "why": "the door is still locked"}
    async with run_room(tmp_path) as room:
        ran = await room.run(skill(after=[wish]), HALL)
        assert (ran.how, ran.held, ran.unheld) == ("failed", False, ("the door is still locked",))
        assert room.told == [ran]


async def test_what_is_still_on_its_way_is_waited_for_beside_and_told_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
    async with run_room(tmp_path) as room:
        room.room.room.hand.silent = True
        ran = await room.run(skill(), HALL)
        assert (ran.how, ran.held, ran.ended, room.told) == ("started", None, False, [])
        room.room.room.mirror.changed([Change("light.lamp", State("on"))])
        for task in tuple(room.runner._tasks):
            await task
        assert [one.held for one in room.told] == [True]
        assert room.late == []


async def test_what_did_not_come_about_in_the_end_is_told_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.skills.runner.MOST_PATIENCE_S", 0.0)
    monkeypatch.setattr("claw.skills.runner.GRACE_S", 0.01)
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
    async with run_room(tmp_path) as room:
        room.room.room.hand.silent = True
        await room.run(skill(), HALL)
        for task in tuple(room.runner._tasks):
            await task
        assert [one.held for one in room.told] == [False]
        assert [one.unheld for one in room.late] == [("Lamp is off",)]


async def ask(room: RunRoom, one: Any, policy_asks: bool = True) -> SkillRan:
    del policy_asks
    ran = await room.run(one, {})
    assert (ran.how, room.sent) == ("asked", [])
    return ran


async def test_a_yes_lets_a_run_go_on_with_the_same_rights(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        one = skill(program='await call("lock.unlock", "lock.door")', **UNLOCKS)
        pending = (await ask(room, one)).ran.pending
        assert pending is not None
        answered = await room.room.room.gate.answer(pending.id, OWNER, yes=True)
        assert answered.run is not None
        ran = await room.runner.resumed(pending, answered.run)
        assert (ran.how, ran.held, room.sent) == ("done", True, ["unlock lock.door"])
        assert room.told == [ran]


async def test_a_late_yes_is_judged_by_what_the_skill_may_do_then(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        one = skill(program='await call("lock.unlock", "lock.door")', **UNLOCKS)
        pending = (await ask(room, one)).ran.pending
        assert pending is not None
        room.shelf.not_theirs = "it was turned off"
        answered = await room.room.room.gate.answer(pending.id, OWNER, yes=True)
        assert answered.run is None
        assert [(one.status, one.detail) for one in answered.outcomes] == [("refused", "it was turned off")]
        assert room.sent == []


async def test_what_its_manifest_confirms_is_asked_even_where_the_policy_would_let_it(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        ran = await room.run(skill(confirm=["light.turn_on"]), HALL)
        assert (ran.how, room.sent) == ("asked", [])


async def test_a_run_that_was_told_no_is_over(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        one = skill(program='await call("lock.unlock", "lock.door")', **UNLOCKS)
        pending = (await ask(room, one)).ran.pending
        assert pending is not None
        room.runner.voided(pending, "rejected")
        assert room.runner._open == {}
        assert list(room.room.sealed.names("yes")) == []


async def test_the_seconds_of_a_run_do_not_count_while_a_person_thinks(tmp_path: Path) -> None:
    clock = HeldClock()
    async with run_room(tmp_path) as room:
        room.rights._clock = clock
        one = skill(program='await call("lock.unlock", "lock.door")', limits={"calls": 1, "seconds": 5}, **UNLOCKS)
        pending = (await ask(room, one)).ran.pending
        assert pending is not None
        await clock.advance(60)
        answered = await room.room.room.gate.answer(pending.id, OWNER, yes=True)
        assert answered.run is not None
        assert (await room.runner.resumed(pending, answered.run)).how == "done"


async def test_after_its_seconds_a_run_does_nothing_more(tmp_path: Path) -> None:
    clock = HeldClock()
    waits = 'await wait_until("binary_sensor.back", state="on", seconds=1)\n' + PROGRAM
    async with run_room(tmp_path, timer=clock) as room:
        room.rights._clock = clock
        running = room.run(skill(program=waits, limits={"calls": 1, "seconds": 5}), HALL)
        task = asyncio.ensure_future(running)

        async def waiting() -> bool:
            return bool(clock._sleepers)

        async def over() -> bool:
            return bool(room.told)

        await until(waiting)
        await clock.advance(6)
        ran = await task
        await until(over)
        assert (ran.how, room.sent) == ("started", [])
        assert [one.how for one in room.late] == ["refused"]
        assert "longer than its 5 seconds" in str(room.told[-1].ran.problem)


async def test_a_question_of_a_skill_is_answered_in_its_talk(tmp_path: Path) -> None:
    asks = 'which = await ask("Which lamp?", ["light.lamp", "light.l0"])\nawait call("light.turn_on", which)'
    may = [{"call": "light.turn_on", "on": {"domain": ["light"]}}]
    async with run_room(tmp_path) as room:
        ran = await room.run(
            skill(program=asks, may=may, after=[], parameters={}, triggers={"phrases": {"en": ["a lamp"]}}), {}
        )
        question = room.runner.asked_in(OWNER.conversation)
        assert (ran.how, question is not None) == ("asked", True)
        assert question is not None
        assert await room.runner.answered("other", "light.l0", OWNER) is None
        ran = await room.runner.answered(question.id, "light.l0", OWNER)
        assert ran is not None
        assert (ran.how, room.sent) == ("done", ["turn_on light.l0"])
        assert room.runner.asked_in(OWNER.conversation) is None


async def test_a_run_whose_question_nobody_answered_is_over(tmp_path: Path) -> None:
    asks = 'which = await ask("Which lamp?", ["light.lamp", "light.l0"])\nawait call("light.turn_on", which)'
    async with run_room(tmp_path) as room:
        await room.run(
            skill(program=asks, parameters={}, may=[], after=[], triggers={"phrases": {"en": ["a lamp"]}}), {}
        )
        clock = HeldClock()
        room.runner._room = replace(room.runner._room, clock=clock)
        await clock.advance(3650 * 86400)
        assert room.runner.asked_in(OWNER.conversation) is None
        assert (room.runner._open, room.rights._runs) == ({}, {})


async def test_dry_is_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        found = await room.runner.dry(skill(), ATTIC)
        assert [(one.name, one.entities) for one in found] == [("light.turn_on", tuple(sorted(LAMPS)))]
        assert (room.sent, room.room.room.kinds()) == ([], [])


@pytest.mark.parametrize(
    "one",
    [
        skill(program='await wait_until("binary_sensor.back", state="on")'),
        skill(program="1 / 0"),
        skill(before=[{"of": {"entity": ["lock.door"]}, "values": ["unlocked"]}]),
    ],
)
async def test_what_cannot_be_found_out_dry_is_refused(tmp_path: Path, one: Any) -> None:
    async with run_room(tmp_path) as room:
        with pytest.raises(Refused):
            await room.runner.dry(one, HALL)


async def test_the_words_of_a_run_under_way_can_be_forgotten(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        await ask(room, skill(program='await call("lock.unlock", "lock.door")', **UNLOCKS))
        assert room.runner.erase(Erasure(words=("nothing",))) == 0
        assert room.runner.erase(Erasure(person="anna")) == 1
        assert [one.said for one in room.runner._open.values()] == [""]


async def test_taint_of_the_talk_reaches_the_gate(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        room.room.programs.marks.add(OWNER.conversation, ("mail",))
        ran = await room.run(skill(), HALL)
        assert ran.how == "asked", "the policy asks where something from outside had a part"


async def test_two_runs_at_once_know_their_own_values(tmp_path: Path) -> None:
    async with run_room(tmp_path) as room:
        one = skill(limits={"calls": 2})
        room.shelf.put(one)
        found: Sequence[Any] = await asyncio.gather(
            *(room.runner.run(one, given, OWNER, "x") for given in (HALL, ATTIC))
        )
        assert [each.how for each in found] == ["done", "done"]


def test_the_values_stand_in_the_first_line() -> None:
    one = skill(program="area")
    assert source(one, {"area": "it's", "n": 1.5, "b": True}) == 'area = "it\'s"; n = 1.5; b = True\narea'
    assert source(one, {}) == "area"


def test_origin_is_whoever_asks() -> None:
    assert isinstance(OWNER, Origin)
