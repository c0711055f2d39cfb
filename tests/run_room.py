"""Skills that run: the real gate, rights and sandbox on a house whose devices move at once; the library is a dict."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from claw.base.action import Json, Origin
from claw.base.clock import Timer
from claw.base.errors import Refused
from claw.skills.manifest import Manifest
from claw.skills.model import Skill
from claw.skills.ran import SkillRan
from claw.skills.rights import SkillRights
from claw.skills.runner import Room as RunnerRoom
from claw.skills.runner import Runner
from tests.gate_room import OWNER
from tests.running_programs import WIDE, ProgramRoom, program_room

READING: Mapping[str, Any] = {
    "version": "1.0.0",
    "parameters": {
        "area": {"type": "area", "here": True, "ask": "In which room?"},
        "brightness": {"type": "number", "min": 1, "max": 60, "default": 40},
    },
    "triggers": {"phrases": {"en": ["reading light [in {area}] [at {brightness}]"], "de": ["Leselicht [in {area}]"]}},
    "may": [
        {
            "call": "light.turn_on",
            "on": {"domain": ["light"], "area": ["{area}"]},
            "data": {"brightness_pct": {"values": ["{brightness}"]}},
        }
    ],
    "limits": {"calls": 2},
    "after": [{"of": {"domain": ["light"], "area": ["{area}"]}, "values": ["on"]}],
}
PROGRAM = """\
lamps = find(domain="light", area=area)
await call("light.turn_on", lamps, brightness_pct=brightness)
"Reading light."
"""


def skill(name: str = "reading-light", program: str = PROGRAM, hash_: str = "ab" * 32, **manifest: Any) -> Skill:
    """A skill of these parts; ``manifest`` replaces keys of ``READING``."""
    made = Manifest.model_validate({**READING, **manifest})
    return Skill(name, "Turns the lamps of a room on to read.", made, program, "", {}, hash_)


@dataclass
class Shelf:
    """A library, and who may run what of it."""

    skills: dict[str, Skill] = field(default_factory=dict[str, Skill])
    changed: str = ""
    not_theirs: str = ""
    asked: list[Origin] = field(default_factory=list[Origin])

    def put(self, *skills: Skill) -> None:
        self.skills |= {one.name: one for one in skills}

    def all(self) -> tuple[Skill, ...]:
        return tuple(self.skills.values())

    def get(self, name: str) -> Skill | None:
        return self.skills.get(name)

    def whole(self, name: str) -> Skill:
        if self.changed or name not in self.skills:
            raise Refused(self.changed or f"there is no skill {name}")
        return self.skills[name]

    def may_run(self, skill: Skill, origin: Origin) -> str | None:
        del skill
        self.asked.append(origin)
        return self.not_theirs or None


@dataclass
class RunRoom:
    """What runs skills, and what came of it."""

    room: ProgramRoom
    shelf: Shelf
    rights: SkillRights
    runner: Runner
    told: list[SkillRan] = field(default_factory=list[SkillRan])
    late: list[SkillRan] = field(default_factory=list[SkillRan])

    @property
    def sent(self) -> list[str]:
        return self.room.sent

    async def run(self, one: Skill, given: Mapping[str, Json], origin: Origin = OWNER) -> SkillRan:
        """Run a skill that can be run."""
        self.shelf.put(one)
        ran = await self.runner.run(one, given, origin, "reading light")
        assert isinstance(ran, SkillRan), ran
        return ran


@asynccontextmanager
async def run_room(folder: Path, policy: str = WIDE, timer: Timer | None = None) -> AsyncIterator[RunRoom]:
    """Give a room in which skills run."""
    async with program_room(folder, policy, timer) as room:
        shelf = Shelf()
        rights = SkillRights(shelf.whole, shelf.may_run, room.room.clock)
        room.room.judge.rights = rights
        on = RunnerRoom(
            shelf, rights, room.room.mirror, lambda: room.programs, room.room.clock, timer or room.room.clock
        )
        runner = Runner(on)
        found = RunRoom(room, shelf, rights, runner)

        async def ran(one: SkillRan) -> None:
            found.told.append(one)

        runner.ran.append(ran)
        runner.late.append(found.late.append)
        room.programs.late.append(runner.went_on)
        room.room.gate.questions.voided.append(runner.voided)
        try:
            yield found
        finally:
            await runner.close()


def at(place: str) -> Origin:
    """The owner, in a room."""
    return replace(OWNER, place=place)
