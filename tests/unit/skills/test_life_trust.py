"""What gives a skill trust and takes it back, at every edge: agreements, regrets, rules, things, and time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from claw.base.action import Message, Origin, Outcome
from claw.program.ran import Problem, Ran
from claw.skills.life import AGREEMENTS
from claw.skills.model import Report, Skill, State, Trace
from claw.skills.ran import SkillRan
from claw.skills.runs import SkillRun
from tests.gate_room import LAMP_ON
from tests.life_room import ANNA, BEN, CARL, GUS, NAME, POLICY, VOICE, LifeRoom, drafted, life_room, state_of
from tests.skill_folders import MANIFEST

GONE = MANIFEST.replace('on: {domain: light, area: "{area}"}', "on: {entity: light.gone}")
DARK = POLICY + "  - {id: dark, deny: light.turn_on, why: the lamps stay off}\n"
NOT_BEN = POLICY + "  - {id: dark, deny: light.turn_on, who: {role: adult}, why: not for Ben}\n"
BETTER = {"CHANGELOG.md": "# 1.0.1\n\nBetter.\n"}
DAY_S = 86_400


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[LifeRoom]:
    async with life_room(tmp_path) as made:
        yield made


def run_of(skill: Skill, mode: str = "shadow", *, held: bool = True) -> SkillRun:
    return SkillRun(skill.name, skill.version, skill.hash, mode, "agreed", held=held)  # type: ignore[arg-type]


async def agreed(room: LifeRoom, origin: Origin = ANNA, times: int = AGREEMENTS) -> None:
    for _ in range(times):
        await room.skills.life.agreed(room.skill(), run_of(room.skill()), origin)


async def ended(room: LifeRoom, *, problem: str, outcomes: Sequence[Outcome] = ()) -> None:
    """Tell the life of a run that ended with a problem of its program."""
    ran = Ran("r", tuple(outcomes), problem=Problem(problem, ""))  # type: ignore[arg-type]
    await room.skills.life.ran(SkillRan(room.skill(), {}, replace(ANNA, skill=NAME), "reading light", "t", ran))


@pytest.mark.parametrize(
    "other",
    [CARL, GUS, VOICE, replace(ANNA, taint=("mail",)), replace(ANNA, asks_only=True), replace(ANNA, routine="x")],
)
async def test_nobody_elses_word_is_an_agreement_of_a_skill_that_is_nobodys(room: LifeRoom, other: Origin) -> None:
    await room.skills.deciding.take(NAME, drafted(made="imported").files, ANNA)
    state_of(room, "shadow")
    assert room.skills.life.shadows(room.skill(), ANNA)
    assert not room.skills.life.shadows(room.skill(), other)


async def test_a_run_is_a_use(room: LifeRoom) -> None:
    await room.trusted()
    await room.clock.advance(60)
    await room.run()
    assert room.standing().last_run == room.clock.now()


async def test_a_run_is_kept_with_the_entry_of_what_it_did(room: LifeRoom) -> None:
    await room.trusted()
    lamp = await room.one(LAMP_ON, ANNA)
    assert lamp.audit is not None
    await room.run(done=(replace(lamp, status="refused", audit=None), lamp))
    assert room.skills.runs.of(NAME)[0].entry == lamp.audit


async def test_runs_of_other_bytes_say_nothing_of_these(room: LifeRoom) -> None:
    await room.trusted()
    state_of(room, "stale")
    other = replace(room.skill(), hash="0" * 64)
    await room.skills.life.ran(SkillRan(other, {}, replace(ANNA, skill=NAME), "reading light", "t", Ran("r")))
    assert room.standing().state == "stale"
    skill = room.skill()
    room.skills.standings.forget(NAME)
    await room.skills.life.ran(SkillRan(skill, {}, replace(ANNA, skill=NAME), "reading light", "t", Ran("r")))
    assert room.skills.standings.of(NAME) is None


async def test_a_run_that_holds_takes_nothing_away(room: LifeRoom) -> None:
    await room.trusted()
    for _ in range(2):
        room.skills.runs.add(run_of(room.skill(), "real", held=False))
    await room.run()
    assert room.standing().state == "trusted"
    await ended(room, problem="failed")
    assert (room.standing().state, "(it failed)" in room.standing().why) == ("shadow", True)


async def test_only_runs_since_the_last_step_count(room: LifeRoom) -> None:
    await room.trusted()
    await room.run(held=False)
    await room.clock.advance(60)
    state_of(room, "trusted")
    await room.run(held=False)
    assert room.standing().state == "trusted"
    await room.run(held=False)
    assert room.standing().state == "shadow"


async def test_an_error_after_something_failed_in_the_house_is_not_its_own(room: LifeRoom) -> None:
    await room.trusted()
    lamp = await room.one(LAMP_ON, ANNA)
    for status in ("failed", "refused", "unknown"):
        await ended(room, problem="failed", outcomes=(lamp, replace(lamp, status=status)))
    assert room.standing().state == "trusted"
    for _ in range(2):
        await ended(room, problem="failed", outcomes=(lamp,))
    assert room.standing().state == "shadow"


async def test_a_skill_is_trusted_for_those_whom_the_rules_let_do_it(room: LifeRoom) -> None:
    """What is Ben's alone is held against what Ben may do; what an owner took, against what anybody may."""
    await room.learned(BEN)
    room.rules(NOT_BEN)
    await agreed(room, BEN)
    assert (room.standing().state, "not for Ben" in room.standing().why) == ("shadow", True)
    state_of(room, "shadow", accepted_by="anna", agreed=0)
    await agreed(room, BEN)
    assert room.standing().state == "trusted"
    await room.skills.life.look()
    assert room.standing().state == "trusted"
    state_of(room, "trusted", accepted_by="")
    await room.clock.advance(3600)
    await room.skills.life.look()
    assert (room.standing().state, "not for Ben" in room.standing().why) == ("shadow", True)


async def test_a_skill_for_what_is_gone_waits_for_an_owner(room: LifeRoom) -> None:
    await room.learned(draft=drafted(manifest=GONE))
    await agreed(room)
    assert (room.standing().state, "light.gone is not in" in room.standing().why) == ("shadow", True)


async def test_what_came_with_claw_needs_no_proof_of_ours_to_be_trusted_again(room: LifeRoom) -> None:
    room.ship()
    state_of(room, "shadow")
    await agreed(room)
    assert room.standing().state == "trusted"


async def test_of_several_reasons_the_one_that_a_person_can_decide_is_said(room: LifeRoom) -> None:
    await room.learned(draft=drafted(manifest=MANIFEST.replace("after:", "confirm: [light.turn_on]\nafter:")))
    room.db.execute("UPDATE skill_versions SET report = NULL")
    await agreed(room)
    assert "it asks each time" in room.standing().why


async def test_a_regret_is_about_the_bytes_that_did_it(room: LifeRoom) -> None:
    before = await room.learned()
    now = state_of(room, "shadow", hash="0" * 64, agreed=2)
    room.skills.life._regret(before, 1, "it was undone")
    assert room.standing() == now
    room.skills.life._regret(now, 1, "it was undone")
    assert (room.standing().state, room.standing().agreed) == ("shadow", 0)
    room.skills.standings.forget(NAME)
    room.skills.life._regret(before, 1, "it was undone")
    assert room.skills.standings.of(NAME) is None


@pytest.mark.parametrize(
    ("before", "now", "accepted", "then"),
    [
        ("shadow", "trusted", "", "shadow"),
        ("trusted", "trusted", "", "trusted"),
        ("shadow", "stale", "", "stale"),
        ("shadow", "trusted", "anna", "trusted"),
    ],
)
async def test_one_regret_takes_only_the_trust_that_it_had_led_to(
    room: LifeRoom, before: State, now: State, accepted: str, then: State
) -> None:
    await room.learned()
    earlier = replace(room.standing(), state=before)
    state_of(room, now, accepted_by=accepted)
    room.skills.life._regret(earlier, 1, "it was undone")
    await room.clock.settle()
    assert room.standing().state == then


async def test_a_version_that_failed_its_proof_is_nothing_to_go_back_to(room: LifeRoom) -> None:
    await room.trusted()
    room.db.execute("UPDATE skill_versions SET report = NULL")
    await room.learned(draft=drafted(**BETTER))
    await room.skills.life.demote(state_of(room, "trusted"), "it often fails")
    assert "roll back" not in room.told[-1].text


async def test_rules_are_looked_at_once_an_hour_and_whenever_the_clock_was_set_back(room: LifeRoom) -> None:
    await room.trusted()
    await room.skills.life.look()
    room.rules(DARK)
    await room.skills.life.look()
    await room.clock.advance(3599)
    await room.skills.life.look()
    assert room.standing().state == "trusted"
    await room.clock.advance(1)
    await room.skills.life.look()
    assert room.standing().state == "shadow"
    state_of(room, "trusted")
    assert not room.skills.life._due("rules", room.clock.now(), timedelta(hours=1))
    assert room.skills.life._due("rules", room.clock.now() - timedelta(seconds=1), timedelta(hours=1))


async def test_the_first_look_is_at_the_rules_as_well(room: LifeRoom) -> None:
    await room.trusted()
    room.rules(DARK)
    await room.skills.life.look()
    assert room.standing().state == "shadow"


async def test_what_the_library_does_not_have_is_left_as_it_stands(room: LifeRoom) -> None:
    await room.trusted()
    room.rules(DARK)
    other = replace(room.standing(), name="another-light")
    room.skills.standings.put(other, "test", "its folder is away")
    changed = state_of(room, "trusted", hash="0" * 64)
    await room.skills.life.look()
    assert room.standing() == changed
    assert room.standing("another-light").state == "trusted"


async def test_a_thing_must_be_gone_ten_minutes_while_the_skill_runs(room: LifeRoom) -> None:
    await room.learned(draft=drafted(manifest=GONE))
    state_of(room, "trusted")
    await room.skills.life.look()
    state_of(room, "shadow")
    await room.clock.advance(601)
    await room.skills.life.look()
    state_of(room, "trusted")
    await room.skills.life.look()
    assert room.standing().state == "trusted", "it is looked for anew"
    await room.clock.advance(600)
    await room.skills.life.look()
    assert room.standing().state == "shadow"


async def test_a_thing_that_was_missed_while_it_only_ran_dry_is_not_missed_already(room: LifeRoom) -> None:
    await room.learned(draft=drafted(manifest=GONE))
    await room.skills.life.look()
    await room.clock.advance(601)
    state_of(room, "trusted")
    await room.skills.life.look()
    assert room.standing().state == "trusted"


async def test_what_is_forgotten_while_somebody_is_told_of_it_is_no_error(
    room: LifeRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await room.learned(draft=drafted(manifest=GONE))
    state_of(room, "trusted")
    await room.skills.life.look()
    await room.clock.advance(601)

    class Forgets(list[Message]):
        def append(self, one: Message) -> None:
            del one
            room.skills.standings.forget(NAME)

    monkeypatch.setattr(room, "told", Forgets())
    await room.skills.life.look()
    assert room.skills.standings.of(NAME) is None


async def test_it_grows_stale_thirty_days_after_its_last_step_or_use_and_is_laid_aside_once(room: LifeRoom) -> None:
    await room.trusted()
    await room.run()
    await room.clock.advance(25 * DAY_S)
    state_of(room, "trusted")
    await room.clock.advance(30 * DAY_S - 1)
    await room.skills.life.look()
    assert room.standing().state == "trusted"
    await room.clock.advance(1)
    await room.skills.life.look()
    assert room.standing().state == "stale"
    for _ in range(3):
        await room.clock.advance(60 * DAY_S)
        await room.skills.life.look()
    assert room.standing().state == "retired"
    assert room.whats().count("retired") == 1


class Hangs:
    """A proof that never ends by itself."""

    def __init__(self) -> None:
        self.cut = False

    async def __call__(self, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        del skill, traces
        try:
            await asyncio.Event().wait()
        finally:
            self.cut = True
        raise AssertionError


@pytest.mark.parametrize("ending", ["stop", "close"])
async def test_a_proof_under_way_ends_with_the_stop_and_with_the_end(
    room: LifeRoom, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    hangs = Hangs()
    monkeypatch.setattr(room.prover, "prove", hangs)
    await room.skills.life.propose(drafted(), ANNA)
    await room.clock.settle()
    assert not hangs.cut
    if ending == "stop":
        room.skills.life.stop()
    else:
        await room.skills.life.close()
    await room.clock.settle()
    assert hangs.cut
    assert room.standing().state == "draft"


async def test_what_is_done_soon_is_held_on_to_until_it_is_done_or_the_end_comes(room: LifeRoom) -> None:
    await room.trusted()
    life = room.skills.life
    life.look_at_rules()
    assert len(life._tasks) == 1
    await room.clock.settle()
    assert life._tasks == set()
    room.rules(DARK)
    life.look_at_rules()
    [task] = life._tasks
    await life.close()
    assert task.cancelled()
    assert room.standing().state == "trusted"
