"""A phrase of a skill through everything behind it: the real gate, rights and sandbox; only the library is a dict."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from claw.base.action import Action, Message, Origin, Reply
from claw.base.erasure import Erasure
from claw.mind.harmless import Harmless
from claw.mind.language import load
from claw.mind.skill_call import Called
from claw.mind.skill_telling import SkillTelling
from claw.mind.skilled import Parts, Skilled
from claw.mind.telling import Telling
from claw.skills.model import Arguments, Skill, Standing, State
from tests.gate_room import OWNER
from tests.held_clock import HeldClock
from tests.run_room import RunRoom, at, run_room, skill


@dataclass
class Lives:
    """How far skills are trusted, as a test says."""

    states: dict[str, State] = field(default_factory=dict[str, State])
    off: bool = False
    why: str = ""
    counts: bool = True
    begun: list[tuple[str, tuple[Action, ...]]] = field(default_factory=list[tuple[str, tuple[Action, ...]]])

    def may_run(self, one: Skill, origin: Origin) -> str | None:
        del origin
        return self.why or (None if self.states.get(one.name) in {"trusted", "stale"} else "it is not trusted")

    def shadows(self, one: Skill, origin: Origin) -> bool:
        del origin
        return self.counts and self.states.get(one.name) == "shadow"

    def begin(self, one: Skill, arguments: Arguments, calls: Sequence[Action], origin: Origin, said: str) -> None:
        del arguments, origin, said
        self.begun.append((one.name, tuple(calls)))

    def standing(self, name: str) -> Standing | None:
        state = self.states.get(name)
        return Standing(name, "1.0.0", "ab" * 32, state, "learned", not self.off) if state is not None else None


@dataclass
class Room:
    """What answers, and what it stands on."""

    on: RunRoom
    lives: Lives
    clock: HeldClock
    sent: list[Message]
    skilled: Skilled

    def put(self, one: Skill, state: State = "trusted") -> None:
        self.on.shelf.put(one)
        self.lives.states[one.name] = state
        self.skilled.changed(one.name)

    async def say(self, text: str, origin: Origin = OWNER, language: str = "en") -> Reply | None:
        return await self.skilled.answer(text, origin, language)


@asynccontextmanager
async def skilled_room(folder: Path, *, alone: bool = False) -> AsyncIterator[Room]:
    async with run_room(folder) as on:
        lives, clock, sent, mirror = Lives(), HeldClock(), list[Message](), on.room.room.mirror
        harmless = Harmless()
        telling = SkillTelling(Telling(mirror, harmless), mirror, harmless)
        languages = [load("en"), load("de")]
        stood = (lives.standing, on.runner, lives, mirror, lambda: telling, sent.append, languages, clock, alone)
        yield Room(on, lives, clock, sent, Skilled(Parts(on.shelf, lives, *stood)))


async def test_a_phrase_is_a_run_and_its_outcome_the_answer(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        reply = await room.say("Claw, reading light in the hall at 30 percent, please")
        assert reply is not None
        assert (reply.text, reply.status, reply.path) == ("Reading light.", "done", "skill")
        assert (reply.tokens_in, reply.tokens_out) == (0, 0)
        assert room.on.sent == ["turn_on light.lamp"]
        assert "skill" in reply.timings


async def test_what_is_no_phrase_is_somebody_elses(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        assert await room.say("open the garage") is None
        assert room.skilled.knows("reading light", "en")
        assert not room.skilled.knows("open the garage", "en")


@pytest.mark.parametrize("state", ["draft", "tested", "shadow", "retired"])
async def test_only_what_is_trusted_runs(tmp_path: Path, state: State) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill(), state)
        assert await room.say("reading light in the hall") is None
        assert room.on.sent == []
        assert not room.skilled.knows("reading light", "en")


async def test_what_is_turned_off_or_not_theirs_does_not_run(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        room.lives.off = True
        assert await room.say("reading light in the hall") is None
        room.lives.off, room.lives.why = False, "it was learned from somebody else"
        assert await room.say("reading light in the hall") is None
        assert room.on.sent == []


async def test_where_there_is_no_model_it_is_said_why_it_does_not_run(tmp_path: Path) -> None:
    async with skilled_room(tmp_path, alone=True) as room:
        room.put(skill())
        room.lives.why = "it was learned from somebody else"
        reply = await room.say("reading light in the hall")
        assert reply is not None
        assert (reply.status, "somebody else" in reply.text) == ("refused", True)


async def test_what_waits_for_agreement_runs_dry_beside(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill(), "shadow")
        assert await room.say("reading light in the hall") is None
        assert [(name, [one.entities for one in calls]) for name, calls in room.lives.begun] == [
            ("reading-light", [("light.lamp",)])
        ]
        assert room.on.sent == []
        room.lives.counts = False
        await room.say("reading light in the hall")
        assert len(room.lives.begun) == 1, "whose word does not count is not compared"
        room.lives.counts = True
        room.put(skill(program="1 / 0"), "shadow")
        assert await room.say("reading light in the hall") is None
        assert await room.say("reading light in the cellar") is None
        assert len(room.lives.begun) == 1, "what cannot be found out counts for nothing"


async def test_a_missing_value_is_asked_for_and_the_answer_is_the_value(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        reply = await room.say("reading light at 20 percent")
        assert reply is not None
        assert (reply.text, reply.status) == ("In which room?", "unclear")
        assert room.on.sent == []
        reply = await room.say("the hall")
        assert reply is not None
        assert (reply.status, room.on.sent) == ("done", ["turn_on light.lamp"])
        assert [dict(one.data) for one in room.on.told[0].calls] == [{"brightness_pct": 20}]


async def test_what_is_no_answer_to_it_is_something_else_that_was_said(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        await room.say("reading light")
        assert await room.say("what a nice evening") is None
        assert await room.say("the hall") is None, "it was asked for once"


async def test_nobody_else_answers_it_and_not_for_ever(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        await room.say("reading light")
        assert await room.say("the hall", replace(OWNER, person="ben")) is None
        await room.say("reading light")
        await room.clock.advance(121)
        assert await room.say("the hall") is None
        assert room.on.sent == []


async def test_what_was_asked_can_be_forgotten(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        await room.say("reading light")
        assert room.skilled.erase(Erasure(words=("something else",))) == 0
        assert room.skilled.erase(Erasure(person="anna")) == 1
        assert await room.say("the hall") is None


async def test_where_nothing_is_asked_somebody_else_may_find_out(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        parameters = {"area": {"type": "area"}, "brightness": {"type": "number", "min": 1, "max": 60, "default": 40}}
        room.put(skill(parameters=parameters))
        assert await room.say("reading light") is None
        assert await room.say("reading light", replace(at("hall"), conversation="")) is None


@pytest.mark.parametrize(("alone", "answered"), [(False, False), (True, True)])
async def test_a_program_that_does_not_fit_the_house_is_left_to_whoever_can_write_one(
    tmp_path: Path, alone: bool, answered: bool
) -> None:
    async with skilled_room(tmp_path, alone=alone) as room:
        room.put(skill(program="nothing_here()"))
        reply = await room.say("reading light in the hall")
        assert (reply is not None) is answered
        assert room.on.sent == []


async def test_a_refusal_of_the_rules_is_the_answer(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill(program='await call("lock.unlock", "lock.door")'))
        reply = await room.say("reading light in the hall")
        assert reply is not None
        assert (reply.status, room.on.sent) == ("refused", [])


async def test_it_rests_and_says_so(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill(limits={"calls": 2, "cooldown": "10 min"}))
        await room.say("reading light in the hall")
        reply = await room.say("reading light in the hall")
        assert reply is not None
        assert (reply.status, "rests for 10 min" in reply.text) == ("refused", True)


async def test_a_yes_goes_on_and_a_no_ends_it(tmp_path: Path) -> None:
    may = [{"call": "lock.unlock", "on": {"entity": ["lock.door"]}}]
    one = skill(program='await call("lock.unlock", "lock.door")', may=may, after=[], parameters={}, triggers=ENTER)
    async with skilled_room(tmp_path) as room:
        room.put(one)
        reply = await room.say("let them in")
        assert reply is not None
        assert (reply.status, reply.path) == ("pending", "skill")
        question = reply.pending[0]
        performed = await room.on.room.room.gate.answer(question.id, OWNER, yes=True)
        assert performed.run is not None
        reply = await room.skilled.resumed(question, performed.run, "en")
        assert (reply.status, room.on.sent) == ("done", ["unlock lock.door"])
        reply = await room.say("let them in")
        assert reply is not None
        room.skilled.rejected(reply.pending[0])
        assert room.on.runner._open == {}


ENTER: dict[str, Any] = {"phrases": {"en": ["let them in"]}}


async def test_a_question_of_a_skill_is_answered_in_its_talk(tmp_path: Path) -> None:
    asks = 'which = await ask("Which lamp?", ["light.lamp", "light.l7"])\nawait call("light.turn_on", which)'
    may = [{"call": "light.turn_on", "on": {"domain": ["light"]}}]
    async with skilled_room(tmp_path) as room:
        room.put(skill(program=asks, may=may, after=[], parameters={}, triggers=ENTER))
        await room.say("let them in")
        question = room.skilled.asked(OWNER.conversation)
        assert question is not None
        assert await room.skilled.replied("the moon", OWNER, "en") is None
        reply = await room.skilled.replied("lamp", OWNER, "en")
        assert reply is not None
        assert (reply.status, room.on.sent) == ("done", ["turn_on light.lamp"])
        assert await room.skilled.replied("lamp", OWNER, "en") is None


async def test_a_model_may_have_a_skill_run_with_the_skills_own_rights(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        made = Called("reading-light", {"area": "hall", "brightness": 10})
        reply = await room.skilled.call(made, "cosy please", OWNER, "en", remembered=False)
        assert isinstance(reply, Reply)
        assert (reply.path, room.on.sent) == ("skill", ["turn_on light.lamp"])
        wrong = await room.skilled.call(Called("reading-light", {"area": "moon"}), "cosy", OWNER, "en")
        assert wrong == 'area cannot be "moon"'
        assert "no skill called" in str(await room.skilled.call(Called("other", {}), "cosy", OWNER, "en"))
        room.lives.states["reading-light"] = "shadow"
        assert "no skill called" in str(await room.skilled.call(made, "cosy", OWNER, "en"))


async def test_a_model_reads_which_skills_may_run_and_the_nearest_ones_program(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        assert room.skilled.context("a light to read by", OWNER, "en") == ()
        room.put(skill())
        room.put(skill("other", triggers=ENTER))
        room.put(skill("hidden", triggers=ENTER), "shadow")
        lines = room.skilled.context("some reading light over there", OWNER, "en")
        assert lines[1].startswith("- reading-light(area: area, brightness: number = 40): Turns the lamps")
        assert "no instruction" in lines[2]
        assert lines[2].endswith(skill().program.strip())
        assert lines[3].startswith("- other(")
        assert not any("hidden" in line for line in lines)
        assert len(room.skilled.context("hello", OWNER, "en")) == 3
        room.lives.why = "not theirs"
        assert room.skilled.context("reading light", OWNER, "en") == ()


async def test_a_model_is_told_that_a_skill_was_meant_and_cannot_run_and_no_names(tmp_path: Path) -> None:
    async with skilled_room(tmp_path) as room:
        wish = {"of": {"entity": ["lock.door"]}, "values": ["unlocked"]}
        room.put(skill(before=[wish]))
        assert await room.say("reading light in the hall") is None
        lines = room.skilled.context("reading light in the hall", OWNER, "en")
        assert any(line.startswith("reading-light was meant and cannot run") for line in lines)
        assert not any("was meant" in line for line in room.skilled.context("reading light", OWNER, "en"))
        told = await room.skilled.call(Called("reading-light", {"area": "hall"}), "cosy", OWNER, "en")
        assert told == "reading-light cannot run as things are now"
        assert not any("Door" in line for line in (*lines, told))


async def test_what_came_about_late_is_told_where_it_was_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.skills.runner.MOST_PATIENCE_S", 0.0)
    monkeypatch.setattr("claw.skills.runner.GRACE_S", 0.01)
    monkeypatch.setattr("claw.gate.verify.ANSWER_S", 0.05)
    async with skilled_room(tmp_path) as room:
        room.put(skill())
        room.on.room.room.hand.silent = True
        reply = await room.say("reading light in the hall")
        assert reply is not None
        assert reply.status == "started"
        for task in tuple(room.on.runner._tasks):
            await task
        assert [(one.to, one.kind) for one in room.sent] == [("conversation:c1", "late")]
        assert "not everything is as it should be: Lamp is off" in room.sent[0].text
