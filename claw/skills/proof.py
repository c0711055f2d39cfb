"""One proof, step by step: the tests of a skill first, and from the runs that came to their end everything else.

What is wrong with a skill is a case that does not hold, with a sentence why; only the stop ends a proof before its
end.  Nothing here knows what a house is made of: it is asked for runs (``claw/skills/proving_ground.py``).
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random

from claw.base.action import Action
from claw.base.errors import Invalid, Refused, Unavailable
from claw.gate.prior import kept
from claw.house.model import House
from claw.house.services import CATALOGUE, validate
from claw.skills.already import untold
from claw.skills.cases import DEMO, Told, cases_of
from claw.skills.model import Arguments, Case, CaseKind, Skill, Trace
from claw.skills.mutants import MOST, Mutant, mutants
from claw.skills.proving_ground import Asked, ProvingHouse, Seen, Sentences, Setting
from claw.skills.proving_phrases import example, stolen
from claw.skills.proving_settings import (
    asked_again,
    asked_of,
    differs,
    differs_from,
    moment,
    setting_again,
    setting_of,
)
from claw.skills.trouble import concerned, moves, short, trouble, wrong
from claw.skills.within import within

SEEDS = 50
"""Houses in trouble of a whole proof."""
STOPPED = "stopped"
OPENS = "opens"
"""Why a lock stays locked when the rest is taken back: nobody opens a door by a word that does not say so."""
_TOLD = 5
"""Reasons that one case gives at most."""

Step = Callable[[CaseKind, str], None]
"""Is told of progress: the kind of case and its name, as each begins."""
Pause = Callable[[], Awaitable[None]]
Work = Callable[[], Awaitable[Case]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried: the share of the houses in trouble and of the mutants, and how many runs at a time."""

    part: float = 1.0
    at_once: int = 2


@dataclass(frozen=True, slots=True)
class Way:
    """How a proof goes about it.

    ``halted`` tells whether the stop came, ``step`` is told of progress, ``pause`` is waited for before each run.
    """

    proving: ProvingHouse
    sentences: Sentences
    effort: Effort
    halted: Callable[[], bool]
    step: Step
    pause: Pause

    async def run(self, kind: CaseKind, name: str, skill: Skill, asked: Asked, setting: Setting) -> Seen:
        """Run once; raises Unavailable where the stop came, before or meanwhile: it says nothing about the skill."""
        await self.pause()
        self.check()
        self.step(kind, name)
        seen = await self.proving.run(skill, asked, setting)
        self.check()
        return seen

    def check(self) -> None:
        """Raise Unavailable where the stop came."""
        if self.halted():
            raise Unavailable(STOPPED)

    def sample(self, many: int, seed: str) -> tuple[int, ...]:
        """Return which of ``many`` are tried, always the same for one ``seed``; at least one where there are any."""
        if self.effort.part >= 1.0:
            return tuple(range(many))
        rng = Random(seed)  # noqa: S311  a choice that can be made again, not a secret
        return tuple(sorted(rng.sample(range(many), min(many, max(1, round(many * self.effort.part))))))

    async def together(self, works: Sequence[Work]) -> list[Case]:
        """Do all of ``works``, some at a time, and return what they found in their order."""
        found: dict[int, Case] = {}
        rest = iter(enumerate(works))

        async def worker() -> None:
            for at, work in rest:
                found[at] = await work()

        tasks = [asyncio.ensure_future(worker()) for _ in range(min(self.effort.at_once, len(works)))]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return [found[at] for at in sorted(found)]


@dataclass(frozen=True, slots=True)
class _Base:
    """A run that came to its end, from which others are made."""

    name: str
    asked: Asked
    setting: Setting
    seen: Seen


class Proof:
    """The proof of one version of one skill."""

    def __init__(self, way: Way, skill: Skill, home: House) -> None:
        self._way = way
        self._skill = skill
        self._home = home
        self._bases: list[_Base] = []
        self._killers: Counter[str] = Counter()
        self._things: dict[str, frozenset[str]] = {}

    async def whole(self, traces: Sequence[Trace]) -> list[Case]:
        """Return everything that was tried, in the order in which it was."""
        skill = self._skill
        cases = [Case("rights", "its files", held=False, why=problem) for problem in skill.problems]
        cases += await self._phrases()
        if skill.manifest.kind == "guide":
            return cases or [Case("phrases", "it has no phrases and no program", held=True)]
        try:
            told = await asyncio.to_thread(cases_of, skill)  # half a megabyte of them takes a second to read
        except Invalid as error:
            return [*cases, Case("test", "its tests", held=False, why=str(error))]
        if not told:
            return [*cases, Case("test", "its tests", held=False, why="it has none")]
        cases.append(await self._typed())
        cases += await self._way.together([_bound(self._test, one) for one in told])
        cases += await self._way.together([_bound(self._replayed, one) for one in traces if one.said])
        cases += await self._at_home()
        if not self._bases:
            why = "in none of its tests does it come to its end"
            return [*cases, Case("trouble", "houses in trouble", held=False, why=why)]
        self._bases.sort(key=lambda base: base.name)
        seeds = self._way.sample(SEEDS, skill.hash)
        cases += await self._way.together([_bound(self._in_trouble, seed) for seed in seeds])
        cases += await self._way.together([_bound(self._twice, base) for base in self._moving()])
        cases += await self._way.together([_bound(self._back, base) for base in self._moving()])
        cases += await self._beyond()
        if all(case.held for case in cases if case.kind == "test"):
            cases += await self._mutants(told)
        return cases

    def _moving(self) -> list[_Base]:
        """Return the runs that move something."""
        return [base for base in self._bases if moves(base.seen.calls)]

    async def _house(self, told: Told) -> House:
        return await self._way.proving.home(DEMO) if told.named else self._home

    def _example(self) -> Arguments | None:
        """Return values that it may be given in this house, None where the house has nothing for one of them."""
        given = {name: example(one, self._home) for name, one in self._skill.manifest.parameters.items()}
        return None if any(value is None for value in given.values()) else given

    async def _typed(self) -> Case:
        given = self._example()
        if given is None:
            return Case("type", "its types", held=True, why="this house has nothing for one of its parameters")
        why = await self._way.proving.checked(self._skill, (given,), self._home)
        return Case("type", "its types", held=not why, why=why)

    async def _test(self, told: Told, skill: Skill | None = None) -> Case:
        """Run one case; ``skill`` is one with something wrong in place of the skill itself."""
        try:
            asked, setting = asked_of(told), setting_of(told, await self._house(told))
            seen = await self._way.run("test", told.name, skill or self._skill, asked, setting)
        except Refused as error:
            return Case("test", told.name, held=False, why=str(error))
        found = [*differs(told, seen, setting.house), *wrong(skill or self._skill, seen, setting.house)]
        if skill is None and not found and seen.ends in {"done", "started"}:
            self._bases.append(_Base(told.name, asked, setting, seen))
        return _case("test", told.name, found)

    async def _at_home(self) -> list[Case]:
        """Run it in the household's house as that is, where its own tests play elsewhere."""
        registry = self._home.registry
        given = self._example()
        if given is None or any(base.setting.house.registry is registry for base in self._bases):
            return []
        asked, name = Asked(arguments=given), "the house as it is"
        setting = Setting(self._home, moment(self._home, None))
        try:
            seen = await self._way.run("trouble", name, self._skill, asked, setting)
        except Refused as error:
            return [Case("trouble", name, held=True, why=f"it cannot be asked for: {error}")]
        found = wrong(self._skill, seen, self._home)
        if not found and seen.ends in {"done", "started"}:
            self._bases.append(_Base(name, asked, setting, seen))
        return [_case("trouble", name, found)]

    async def _replayed(self, trace: Trace) -> Case:
        name = f"request {trace.id}"
        try:
            asked, setting = asked_again(trace), setting_again(trace, self._home)
            seen = await self._way.run("replay", name, self._skill, asked, setting)
        except Refused as error:
            return Case("replay", name, held=False, why=str(error))
        found = differs_from(trace, seen, setting.house)
        if not found:
            self._bases.append(_Base(name, asked, setting, seen))
        return _case("replay", name, found)

    async def _in_trouble(self, seed: int) -> Case:
        base = self._bases[seed % len(self._bases)]
        what, setting = trouble(seed, base.setting, await self._concerned(base))
        name = f"seed {seed}: {what} ({base.name})"
        try:
            seen = await self._way.run("trouble", name, self._skill, base.asked, setting)
        except Refused as error:
            return Case("trouble", name, held=True, why=f"it cannot be asked for: {error}")
        return _case("trouble", name, wrong(self._skill, seen, setting.house))

    async def _concerned(self, base: _Base) -> frozenset[str]:
        """Return what the skill may touch or look at in the house of ``base``; it may have thousands of things."""
        if base.name not in self._things:
            self._things[base.name] = await asyncio.to_thread(concerned, self._skill, base.setting.house)
        return self._things[base.name]

    async def _twice(self, base: _Base) -> Case:
        setting = replace(base.setting, house=base.seen.after)
        seen = await self._way.run("idempotence", base.name, self._skill, base.asked, setting)
        found = [
            f"a second time it called {short(one)}"
            for one in seen.calls
            if moves((one,)) and not (untold(one) and _left_alone(one, base.seen.after, seen.after))
        ]
        return _case("idempotence", base.name, found)

    async def _back(self, base: _Base) -> Case:
        asked = replace(base.asked, undo=True)
        seen = await self._way.run("undo", base.name, self._skill, asked, base.setting)
        before, after = base.setting.house, seen.undone
        if after is None:
            return Case("undo", base.name, held=False, why="there was nothing that could be taken back")
        whole = self._skill.manifest.undo == "restore"
        touched = dict.fromkeys(entity for call in seen.calls for entity in call.entities)
        found = [
            f"{one} was {before.states[one].value} and is {after.states[one].value} after it was taken back"
            for one in touched
            if after.states[one].value != before.states[one].value
            and (one not in seen.not_undone or (whole and seen.not_undone[one] != OPENS))
        ]
        return _case("undo", base.name, found)

    async def _beyond(self) -> list[Case]:
        """Let its program go on to what its manifest does not name: the gate refuses it, and asks nobody about it."""
        base, found = self._bases[0], list[Case]()
        for foreign in _foreign(self._skill, base.setting.house):
            name = f"beyond its manifest: {short(foreign)}"
            program = f"await call({foreign.name!r}, {foreign.entities[0]!r})\n{self._skill.program}"
            seen = await self._way.run("rights", name, _changed(self._skill, program), base.asked, base.setting)
            why = "" if seen.ends == "refused" and foreign not in seen.calls else f"the gate took it as {seen.ends}"
            found.append(Case("rights", name, held=not why, why=why))
        return found or [Case("rights", "beyond its manifest", held=True, why="this house has nothing beyond it")]

    async def _mutants(self, told: Sequence[Told]) -> list[Case]:
        # Beside the loop: each is a copy of the whole program.
        found = await asyncio.to_thread(lambda: list(mutants(self._skill.program, self._bases[0].setting.house)))
        if len(found) > MOST:
            why = f"it has more than {MOST} places to go wrong at, too many for a skill"
            return [Case("mutant", "its length", held=False, why=why)]
        chosen = self._way.sample(len(found), f"mutants {self._skill.hash}")
        return await self._way.together([_bound(self._caught, found[at], told) for at in chosen])

    async def _caught(self, mutant: Mutant, told: Sequence[Told]) -> Case:
        """Run the tests on a program with something wrong in it until one fails; those that often do come first."""
        skill = _changed(self._skill, mutant.source)
        for one in sorted(told, key=lambda one: -self._killers[one.name]):
            case = await self._test(one, skill)
            if not case.held:
                self._killers[one.name] += 1
                return Case("mutant", mutant.name, held=True, why=f"caught by {one.name}")
        return Case("mutant", mutant.name, held=False, why="every test passes all the same")

    async def _phrases(self) -> list[Case]:
        self._way.step("phrases", self._skill.name)
        bad = await stolen(self._skill, self._home, self._way.sentences)
        said = self._skill.manifest.phrases()
        if not said:
            return []
        if not bad:
            return [Case("phrases", f"{len(said)} phrases", held=True)]
        return [Case("phrases", f"{one.text!r} ({one.language})", held=False, why=why) for one, why in bad[:_TOLD]]


def _left_alone(action: Action, before: House, after: House) -> bool:
    """Return whether all that ``action`` names is as it was: what no program may read it cannot look for first."""
    return all(
        before.states[one].value == after.states[one].value
        and kept(one, before.states[one]) == kept(one, after.states[one])
        for one in action.entities
    )


def _foreign(skill: Skill, house: House) -> Iterator[Action]:
    """Give acts of this house that no capability covers: one that opens something, and one of every day."""
    simple = (
        name
        for name, service in CATALOGUE.items()
        if service.targets and not service.any_of and not any(each.required for each in service.fields.values())
    )
    for services in (_OPENING, (*_EVERY_DAY, *simple)):
        acts = (Action(name, (one,)) for name in services for one in sorted(house.states))
        found = next((act for act in acts if _possible(act, house) and within(skill.manifest, act, house)), None)
        if found is not None:
            yield found


_OPENING = ("lock.unlock", "alarm_control_panel.alarm_disarm", "cover.open_cover", "valve.open_valve")
_EVERY_DAY = ("light.turn_on", "switch.turn_on", "light.turn_off", "switch.turn_off")


def _possible(action: Action, house: House) -> bool:
    try:
        validate(house, action)
    except Refused:
        return False
    return house.states[action.entities[0]].value != "unavailable"


def _changed(skill: Skill, program: str) -> Skill:
    """Return ``skill`` with another program: another version, with the same rights."""
    digest = hashlib.sha256(f"{skill.hash}\n{program}".encode()).hexdigest()
    return replace(skill, program=program, hash=digest)


def _case(kind: CaseKind, name: str, found: Sequence[str]) -> Case:
    return Case(kind, name, held=not found, why="; ".join(found[:_TOLD]))


def _bound(work: Callable[..., Awaitable[Case]], *given: object) -> Work:
    return partial(work, *given)
