"""Talk about skills in the demo's house, with a library and lives that only note what they were asked."""

from dataclasses import dataclass, field
from typing import Any

from claw.base.action import Message, Origin, Reply
from claw.gate.perform import Performed
from claw.memory.audience import audience_of
from claw.mind.intents import Intents
from claw.mind.skill_talk import SkillTalk
from claw.mind.skill_talk_rooms import Rooms
from claw.mind.understood import Control
from claw.skills.deciding import Decided
from claw.skills.effector import ACTIONS
from claw.skills.manifest import Manifest
from claw.skills.model import Draft, Skill, Standing
from tests.shown_room import ANNA, PEOPLE, ShownRoom


def skill(name: str, **manifest: Any) -> Skill:
    """Return a skill of that name, learned unless its manifest says otherwise."""
    shape = {"version": "1.0.0", "provenance": {"made": "learned"}, **manifest}
    return Skill(name, f"Does {name}.", Manifest.model_validate(shape), "", "", {}, "0" * 64)


@dataclass
class Known:
    """The library, the standings, the lives and the door of skills, in a test's hands."""

    skills: dict[str, Skill] = field(default_factory=dict[str, Skill])
    standings: dict[str, Standing] = field(default_factory=dict[str, Standing])
    proposed: list[tuple[Draft, Origin]] = field(default_factory=list[tuple[Draft, Origin]])
    decided: list[tuple[str, str, str | None]] = field(default_factory=list[tuple[str, str, str | None]])
    made: Draft | str = "There is nothing of which I could make a skill."
    asked_for: list[str] = field(default_factory=list[str])
    told: list[Message] = field(default_factory=list[Message])
    denies: bool = False
    phrases: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def all(self) -> tuple[Skill, ...]:
        return tuple(self.skills.values())

    def of(self, name: str) -> Standing | None:
        return self.standings.get(name)

    async def make(self, origin: Origin, called: str = "") -> Draft | str:
        del origin
        self.asked_for.append(called)
        return self.made

    async def propose(self, draft: Draft, origin: Origin) -> Decided:
        self.proposed.append((draft, origin))
        if self.denies:
            return Decided("Only owners may do that.", Performed(()))
        standing = Standing(draft.name, "1.0.0", "0" * 64, "draft", draft.made)
        return Decided("I try it out first.", Performed(()), standing)

    async def do(self, deed: str, name: str, origin: Origin, *, said: str = "") -> Decided:
        assert said
        assert f"claw.skill_{deed}" in ACTIONS
        self.decided.append((deed, name, origin.person))
        if self.denies:
            return Decided("Only owners may do that.", Performed(()))
        return Decided(f"{name}: {deed}.", Performed(()), self.standings[name])

    async def tell(self, message: Message) -> None:
        self.told.append(message)

    def add(self, name: str, state: str, *, people: tuple[str, ...] = (), **more: Any) -> None:
        """Put a skill in, which came as far as ``state``."""
        standing = {key: more.pop(key) for key in ("enabled", "accepted_by", "why") if key in more}
        self.skills[name] = skill(name, **more)
        made = self.skills[name].manifest.provenance.made
        self.standings[name] = Standing(name, "1.0.0", "0" * 64, state, made, people=people, **standing)  # type: ignore[arg-type]


class Talked:
    """Somebody who talks to a Claw that watches."""

    def __init__(self, room: ShownRoom, *languages: str) -> None:
        self.room = room
        self.known = Known()
        self.intents = Intents(languages or ("en",))
        self.talk = SkillTalk(self.rooms(), self.intents, room.mirror, room.clock)

    def rooms(self, *, model: bool = True) -> Rooms:
        known = self.known
        return Rooms(
            known,
            known,
            known if model else None,
            known,
            known,
            self.room.demonstrations,
            lambda origin: audience_of(origin, PEOPLE, self.room.clock.now()),
            self.room.role,
            known.tell,
            lambda text, language: text in known.phrases.get(language, ()),
        )

    async def say(self, text: str, origin: Origin = ANNA) -> str | None:
        """Return the text of the reply, None where the sentence is not about skills."""
        reply = await self.reply(text, origin)
        return reply.text if reply is not None else None

    async def reply(self, text: str, origin: Origin = ANNA) -> Reply | None:
        control = self.intents.control(text, origin)
        if control is not None:
            return self.talk.control(control, origin)
        return await self.talk.answer(text, origin)

    def word(self, word: str, origin: Origin = ANNA) -> Reply | None:
        return self.talk.control(Control(word, "en"), origin)  # type: ignore[arg-type]
