"""The life of skills with everything real but the house, the proof and the clock: gate, log, tables, files on disk."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path

from claw.base.action import Action, Message, Origin, Outcome
from claw.base.errors import Unavailable
from claw.gate.cause import Causes
from claw.gate.deeds import Deeds
from claw.house.chronicle import Chronicle
from claw.policy.load import parse_policy
from claw.policy.people import People, Person
from claw.program.ran import Ran
from claw.skills.effector import SERVICES, SkillEffector
from claw.skills.library import Library
from claw.skills.lock import fresh, write_lock
from claw.skills.model import Arguments, Case, Draft, Report, Skill, Standing, State, Trace
from claw.skills.ran import SkillRan
from claw.skills.skilfulness import Around, Skilfulness, skilfulness
from tests.gate_room import PEOPLE, Room
from tests.held_clock import HeldClock
from tests.skill_folders import MANIFEST, skill_files, write_files

EVERYBODY = People([*PEOPLE, Person("gus", "Gus", "guest")])
ANNA = Origin("web", "anna", authenticated=True, source="tab", conversation="c1", strength="session")
BEN = Origin("web", "ben", authenticated=True, source="tab", conversation="c2", strength="session")
CARL = Origin("web", "carl", authenticated=True, source="tab", conversation="c3", strength="session")
GUS = Origin("web", "gus", authenticated=True, source="tab", conversation="c4", strength="session")
VOICE = Origin("voice:hall", place="hall", source="satellite", conversation="c5")

NAME = "reading-light"
POLICY = """\
version: 1
rules:
  - {id: comfort, allow: ["light.*", "cover.*"]}
  - {id: messages, allow: claw.notify}
  - {id: locking, allow: lock.lock}
  - {id: unlock, confirm: lock.unlock, ask: {roles: [owner, adult], channels: [web, cli]}}
  - {id: skills, allow: claw.skill_*, who: {role: owner}}
  - {id: skills-teach, allow: [claw.skill_learn, claw.skill_disable], who: {role: adult}}
  - {id: skills-outside-text, deny: claw.skill_*, when: {tainted: true}}
"""
"""As the shipped policies have it, where it is about skills."""
OPEN = POLICY.replace('"light.*",', '"light.*", "claw.skill_*",').replace("  - {id: skills-outside", "  # - {id: x")
"""One that lets anybody decide about skills: what the effector refuses, it refuses by itself."""


class Proofs:
    """Finds what the test says; ``hold`` keeps a proof from ending."""

    def __init__(self) -> None:
        self.cases: tuple[Case, ...] = (Case("test", "ordinary", held=True),)
        self.proved: list[str] = []
        self.away = False

    async def prove(self, skill: Skill, traces: Sequence[Trace] = ()) -> Report:
        del traces
        if self.away:
            raise Unavailable("nothing can be proved now")
        self.proved.append(skill.hash)
        return Report(skill.name, skill.version, skill.hash, self.cases, 12.0)

    def red(self, why: str = "light.lamp is off") -> None:
        self.cases = (Case("test", "ordinary", held=False, why=why),)


class LifeRoom(Room):
    """A gate, and skills behind it; ``shipped`` is a folder of skills that came with Claw."""

    clock: HeldClock

    def __init__(self, folder: Path, policy: str, clock: HeldClock) -> None:
        super().__init__(folder, policy, clock)  # type: ignore[arg-type]
        self.places = folder / "shipped", folder / "own"
        self.effector = SkillEffector(self.desk, self.audit, EVERYBODY.role)
        self.services.update(SERVICES)
        self.own.update(dict.fromkeys(SERVICES, self.effector))
        self.prover = Proofs()
        self.library = Library(self.places[0], self.places[1], self.db, clock)
        self.library.load()
        self.skills = self._skills()

    def _skills(self) -> Skilfulness:
        causes = Causes(Chronicle(self.mirror, self.clock), self.mirror, Deeds(self.audit, self.follower), EVERYBODY)
        found = skilfulness(
            Around(
                self.db,
                self.audit,
                self.clock,
                self.clock,
                self.mirror,
                causes,
                EVERYBODY,
                lambda: self.judge.policy,
                self.library,
                self.prover,
                self.gate,
                self.effector,
                EVERYBODY.role,
                lambda: UTC,
                self._tell,
            )
        )
        found.life.reconcile()
        return found

    async def _tell(self, message: Message) -> bool:
        self.told.append(message)
        return True

    def again(self) -> None:
        """Do what a restart does: read everything from the disk anew."""
        self.library = Library(self.places[0], self.places[1], self.db, self.clock)
        self.library.load()
        self.skills = self._skills()

    def ship(self, name: str = NAME, **change: str) -> None:
        """Put a skill into the place of those that come with Claw, and lock it."""
        files = skill_files(name, {"skill.yaml": _made(MANIFEST, "shipped"), **change})
        write_files(self.places[0] / name, files)
        write_lock(self.places[0] / "skills.lock", fresh(self.places[0]))
        self.again()

    def rules(self, policy: str) -> None:
        """Put another policy in force."""
        self.judge.policy = parse_policy(policy, "policy.yaml", PEOPLE, None)

    def standing(self, name: str = NAME) -> Standing:
        found = self.skills.standings.of(name)
        assert found is not None
        return found

    def skill(self, name: str = NAME) -> Skill:
        found = self.library.get(name)
        assert found is not None
        return found

    def whats(self, name: str = NAME) -> list[str]:
        """Return the steps of a skill's life, the first first."""
        return [event.what for event in reversed(self.skills.standings.events(name))]

    async def learned(self, origin: Origin = ANNA, draft: Draft | None = None) -> Standing:
        """Have a skill learned, proved and, where that is green, run dry."""
        await self.skills.life.propose(draft or drafted(origin.person or ""), origin)
        await self.proved()
        return self.standing((draft or drafted()).name)

    async def proved(self) -> None:
        """Wait until no proof is under way."""
        work = self.skills.life.proofs._work
        if work is not None:
            await work
        await self.clock.settle()

    async def trusted(self, origin: Origin = ANNA) -> Standing:
        """Have a skill learned, and an owner say yes to it."""
        standing = await self.learned(origin)
        decided = await self.skills.deciding.do("accept", standing.name, ANNA, hash=standing.hash)
        assert decided.standing is not None, decided.text
        return decided.standing

    async def agree(self, origin: Origin = ANNA, said: str = "reading light", brightness: int = 30) -> None:
        """Have the ordinary way do what a dry run of the skill did, or with another brightness what it did not."""
        skill = self.skill()
        dry = (Action("light.turn_on", ("light.lamp",), {"brightness_pct": 30}),)
        self.skills.shadow.begin(skill, {"area": "hall", "brightness": 30}, dry, origin, said)
        real = Action("light.turn_on", ("light.lamp",), {"brightness_pct": brightness})
        outcome = await self.one(real, replace(ANNA, conversation="other"))
        await self.skills.shadow.finished(origin, said, (outcome,))
        await self.one(Action("light.turn_off", ("light.lamp",)), replace(ANNA, skill="", conversation="other"))

    async def run(self, origin: Origin = ANNA, *, held: bool | None = True, done: Sequence[Outcome] = ()) -> None:
        """Tell the life of a real run of the skill."""
        ran = Ran("r1", tuple(done))
        arguments: Arguments = {"area": "hall", "brightness": 30}
        unheld = () if held else ("the lamp is not on",)
        who = replace(origin, skill=NAME)
        await self.skills.life.ran(
            SkillRan(self.skill(), arguments, who, "reading light", "t1", ran, held, unheld, 3.0)
        )

    async def entries(self) -> list[dict[str, object]]:
        """Return what the log says of the lives of skills."""
        await self.clock.settle()
        await self.written()
        return [dict(entry.payload or {}) for entry in self.audit.entries(0, 1000, kinds=("skill",))]


def drafted(person: str = "anna", name: str = NAME, made: str = "learned", **change: str) -> Draft:
    """Return a draft of a small skill, made of what ``person`` asked."""
    manifest = change.pop("manifest", MANIFEST)
    files = skill_files(name, {"skill.yaml": _made(manifest, made), **change})
    return Draft(name, files, made, (person,), "It turns on the lamps of a room.")  # type: ignore[arg-type]


def _made(manifest: str, made: str) -> str:
    return f"{manifest}provenance: {{made: {made}}}\n"


def state_of(room: LifeRoom, state: State, **fields: object) -> Standing:
    """Put the skill into a state, as if it had come there long ago."""
    standing = replace(room.standing(), state=state, **fields)  # type: ignore[arg-type]
    return room.skills.standings.put(standing, "test", "the test says so")


@asynccontextmanager
async def life_room(folder: Path, policy: str = POLICY) -> AsyncIterator[LifeRoom]:
    """Give a room and close it."""
    room = LifeRoom(folder, policy, HeldClock())
    try:
        yield room
    finally:
        await room.skills.close()
        await room.close()
