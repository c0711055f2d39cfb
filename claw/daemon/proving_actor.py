"""Whoever asks in a house that is thrown away: says the sentence, answers the gate, takes it back, and looks."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from claw.base.action import Origin, Pending, ReplyStatus
from claw.base.errors import Refused, Unavailable
from claw.daemon.proving_rig import Rig
from claw.gate.answering import Choice
from claw.gate.perform import Performed
from claw.house.model import House
from claw.mind.language import load
from claw.policy.people import People
from claw.program.ran import Ran
from claw.skills.binding import Asker, Missing, bind, checked
from claw.skills.cases import Ends
from claw.skills.model import Arguments, Skill
from claw.skills.phrases import Phrases
from claw.skills.proving_ground import Asked, Seen
from claw.skills.ran import NotNow, SkillRan
from claw.skills.rights import SkillRights
from claw.skills.runner import Room, Runner

NOBODY = "nobody"
CONVERSATION = "proof"
SETTLE_S = 300.0
"""Seconds of the house's own time in which everything that was set off comes to its end."""


@dataclass(frozen=True)
class Only:
    """A library of one skill, which may run."""

    skill: Skill

    def whole(self, name: str) -> Skill:
        """Return the skill; raises Refused for any other."""
        if name != self.skill.name:
            raise Refused(f"there is no skill {name} here")
        return self.skill

    def may_run(self, skill: Skill, origin: Origin) -> str | None:
        """Return None: whether it may is what is being found out."""
        del skill, origin
        return None


def origin_of(asked: Asked, people: People) -> Origin:
    """Return who asks: the person, or the first one of that role; raises Refused where there is none."""
    if asked.by == NOBODY:
        return Origin("voice:proof", None, asked.place, source="voice:proof", conversation=CONVERSATION)
    person = people.get(asked.by) or next((one for one in people if one.role == asked.by), None)
    if person is None:
        raise Refused(f"nobody who lives here is {asked.by}")
    return Origin(
        "web",
        person.id,
        asked.place,
        authenticated=True,
        source=person.id,
        conversation=CONVERSATION,
        language=asked.language,
        strength="session",
    )


class Actor:
    """One run in one house."""

    def __init__(self, one: Rig, skill: Skill, asked: Asked) -> None:
        """Raises Refused where nobody could ask."""
        self._in = one
        self._skill = skill
        self._asked = asked
        self._origin = origin_of(asked, one.people)
        self._over: list[SkillRan] = []
        only = Only(skill)
        rights = one.judge.rights = SkillRights(only.whole, only.may_run, one.clock)
        room = Room(only, rights, one.mirror, lambda: one.programs, one.clock, one.clock)
        self._runner = Runner(room)
        self._runner.ran.append(self._ended)
        one.programs.late.append(self._runner.went_on)

    async def lived(self) -> Seen:
        """Ask, answer, wait until everything has come to its end, and return what was seen.

        Raises Unavailable where no program can be run now.
        """
        arguments = self._arguments()
        if isinstance(arguments, str):
            return Seen("missed", self._house(), says=arguments)
        found = await self._runner.run(self._skill, arguments, self._origin, self._asked.said)
        if isinstance(found, NotNow):
            return Seen("missed", self._house(), says=found.why, arguments=arguments)
        if found.ran.pending is not None and self._asked.answer is not None:
            found = await self._answered(found, found.ran.pending, yes=self._asked.answer)
        if found.ran.problem is not None and found.ran.problem.kind == "unavailable":
            raise Unavailable(found.ran.problem.text)  # the sandbox's trouble, which says nothing about the skill
        told = self._in.telling.ran(found, self._asked.language)
        await self._in.clock.sleep(SETTLE_S)
        await self._runner.close()
        over = self._over[-1] if self._over else found
        ran = over.ran
        seen = Seen(
            _ENDS[told.status],
            self._house(),
            tuple(one.action for one in ran.outcomes if one.status != "refused"),
            tuple(one.action for one in ran.outcomes),
            told.text,
            f"{ran.problem.kind}: {ran.problem.text}" if ran.problem is not None and ran.problem.kind in _OWN else "",
            over.held,
            over.unheld,
            found.arguments,
        )
        return await self._undone(seen) if self._asked.undo else seen

    def _arguments(self) -> Arguments | str:
        """Return the values of the run, or why there are none."""
        asked, manifest = self._asked, self._skill.manifest
        house, asker = self._in.mirror.house(), Asker(asked.place, asked.language)
        try:
            if asked.arguments is not None:
                return checked(manifest, asked.arguments, house, asker)
            courtesies = {asked.language: _courtesies(asked.language)}
            found = Phrases([(self._skill.name, manifest)], courtesies).match(asked.said, [asked.language])
            if not found:
                return "that is none of its phrases"  # somebody's words stay out of the report
            bound = bind(manifest, found[0].slots, house, asker)
        except Refused as refusal:
            return str(refusal)
        return bound.why if isinstance(bound, Missing) else bound

    async def _answered(self, found: SkillRan, pending: Pending, *, yes: bool) -> SkillRan:
        performed = await self._performed(pending, yes=yes)
        if performed.run is None:
            self._runner.voided(pending, "no")
            return replace(found, ran=Ran(pending.run, performed.outcomes))
        return await self._runner.resumed(pending, performed.run)

    async def _ended(self, found: SkillRan) -> None:
        self._over.append(found)

    async def _performed(self, pending: Pending, *, yes: bool) -> Performed:
        owner = origin_of(Asked(), self._in.people)
        return await self._in.gate.answer(pending.id, owner, yes=yes, choice=Choice(number=pending.number))

    async def _undone(self, seen: Seen) -> Seen:
        """Take back what was done, as by "undo that" in the same talk."""
        found = self._in.undoing.last(self._origin, talk=True)
        if found is None:
            return seen
        undone = await self._in.undoing.perform(found, self._origin, "undo")
        for one in undone.performed:
            if one.pending is not None:
                await self._performed(one.pending, yes=True)
        await self._in.clock.sleep(SETTLE_S)
        left = {one.entity: one.code for one in undone.cannot if one.entity is not None}
        return replace(seen, undone=self._house(), not_undone=left)

    def _house(self) -> House:
        house = self._in.mirror.house()
        return House(house.registry, MappingProxyType(dict(house.states)))


@cache
def _courtesies(language: str) -> tuple[str, ...]:
    """Return the words that may stand around a phrase, in one of the five languages."""
    known = load(language)
    return (*known.address, *known.polite)


_OWN = frozenset({"mistyped", "failed", "limit"})
"""Kinds of trouble that are the program's own."""


_ENDS: Mapping[ReplyStatus, Ends] = {
    "done": "done",
    "answered": "done",
    "started": "started",
    "pending": "asked",
    "refused": "refused",
    "unclear": "missed",
    "partial": "failed",
    "stopped": "failed",
    "failed": "failed",
}
"""How a run ends, by what its answer claims: whether that is true is looked at in the house."""
