"""The talk with somebody who shows something: what was seen, which of its values are fixed, what it is called.

It is over once both were said; then a draft is made of it, which is proved like any other.  A value that nobody said
may change does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from claw.base.action import Message, Origin, Reply, ReplyStatus
from claw.base.clock import Clock
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.mind.intents import Intents
from claw.mind.memos_templates import Match
from claw.mind.phrases import fill, phrases
from claw.mind.skill_talk_rooms import Rooms
from claw.mind.skill_talk_telling import decided_reply, seen
from claw.mind.skill_talk_tongue import Tongue, Which, folded
from claw.mind.understood import Unclear
from claw.skills.demonstration import Demonstration
from claw.skills.demonstration_lines import steps

LONGEST_NAME = 60
MOST_WORDS = 6

Slots = frozenset[tuple[int, str]]
"""Values that may change: the number of the call, and the key of its data (empty: its things)."""


@dataclass
class _Said:
    """What was said so far about the demonstration with this number."""

    number: int = 0
    free: Slots | None = None
    name: str = ""


@dataclass
class Showing:
    """Answers what somebody says who shows something; one for all channels."""

    rooms: Rooms
    intents: Intents
    mirror: Mirror
    clock: Clock
    _said: _Said = field(default_factory=_Said)

    def begin(self, origin: Origin, said: str, language: str) -> Reply:
        """Begin to watch."""
        # In the language that is spoken: a late message is in it, and so is what the skill is called.
        self.rooms.demonstrations.begin(replace(origin, language=language), said)
        return self._say("watching", language)

    def drop(self, origin: Origin, language: str) -> Reply | None:
        """End it without a skill; None where this person shows nothing."""
        return self._say("dropped", language) if self.rooms.demonstrations.forget(origin) else None

    async def answer(self, match: Match, origin: Origin, spoken: Tongue) -> Reply | None:
        """Return the reply to what is said while this person shows something; None where it is not about that.

        Raises Refused.
        """
        shown = self.rooms.demonstrations.current(origin)
        if shown is None:
            return None
        if match.means == "done":
            return self._asks(self.rooms.demonstrations.finish(origin), spoken.code)
        if shown.phase != "asking":
            return None
        if match.means == "named":
            return await self._named(match, shown, origin, spoken)
        return await self._one(match, shown, origin, spoken)

    async def name(self, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        """Take a bare sentence as the name, where that alone is missing and it means nothing else."""
        shown = self.rooms.demonstrations.current(origin)
        mine = self._of(shown) if shown is not None and shown.phase == "asking" else None
        if shown is None or mine is None or mine.free is None or mine.name or len(said.split()) > MOST_WORDS:
            return None
        if origin.conversation != shown.origin.conversation:
            return None  # in another talk it was meant for somebody else
        if not self.mirror.ready or not await self._means_nothing(said, origin, spoken):
            return None
        return await self._call(said, shown, origin, spoken)

    async def over(self, shown: Demonstration) -> None:
        """Tell somebody that their time is over, with the question where there is one."""
        origin, words = shown.origin, phrases(shown.origin.language)
        if shown.phase == "asking":
            text = seen(shown, self.mirror.house(), self.clock.now(), words)
            said = words.skills["time_up"].format_map({"seen": text})
        else:
            said = words.skills["gone" if shown.lines else "time_up_nothing"]
        await self.rooms.tell(Message(f"person:{origin.person}", said, "question" if shown.lines else "note"))

    def erase(self) -> int:
        """Let go of what was said so far."""
        gone = 1 if self._said.number else 0
        self._said = _Said()
        return gone

    async def _one(self, match: Match, shown: Demonstration, origin: Origin, spoken: Tongue) -> Reply:
        """Take one thing that is said about what was seen."""
        if match.means == "name":
            return await self._call(match.get("name"), shown, origin, spoken)
        if match.means == "all":
            self._of(shown).free, name = frozenset(), match.get("name")
            return await (self._call(name, shown, origin, spoken) if name else self._go_on(shown, origin, spoken))
        which = spoken.which(match.get("which"), self._names(shown))
        numbers = frozenset(number for one in which or () for number in one.lines)
        if which is None or any(not 0 <= number < len(shown.lines) for number in numbers):
            return self._say("which", spoken.code, "unclear")
        if match.means == "without":
            return self._without(which, numbers, origin, spoken)
        found = self._slots(shown, which)
        if match.means == "fixed":
            found = self._figures(shown) - found
        elif not found:
            return self._say("cannot_change", spoken.code, "unclear")
        self._of(shown).free = (self._of(shown).free or frozenset()) | found
        return await self._go_on(shown, origin, spoken)

    def _without(self, which: tuple[Which, ...], numbers: frozenset[int], origin: Origin, spoken: Tongue) -> Reply:
        if not all(one.lines and not one.keys for one in which):
            return self._say("which", spoken.code, "unclear")
        self.erase()
        return self._asks(self.rooms.demonstrations.without(origin, numbers), spoken.code)

    async def _named(self, match: Match, shown: Demonstration, origin: Origin, spoken: Tongue) -> Reply | None:
        """Take "1 may change, call it reading time": the values first, for a name alone is quickly said."""
        rest = next(spoken.shown.matches(match.get("rest").strip(" ,.;")), None)
        if rest is None or rest.means in {"name", "named"}:
            return None
        if rest.means != "done":
            self._of(shown).name = ""
            reply = await self._one(rest, shown, origin, spoken)
            if self._of(shown).free is None or reply.status == "unclear":
                return reply
        return await self._call(match.get("name"), shown, origin, spoken)

    async def _call(self, name: str, shown: Demonstration, origin: Origin, spoken: Tongue) -> Reply:
        called = spoken.bare(plain(name, LONGEST_NAME))
        if not folded(called) or len(called.split()) > MOST_WORDS:
            return self._say("no_name", spoken.code, "unclear")
        if not await self._means_nothing(called, origin, spoken):
            return self._say("taken", spoken.code, "unclear", name=phrases(spoken.code).quote(called))
        self._of(shown).name = called
        return await self._go_on(shown, origin, spoken)

    async def _go_on(self, shown: Demonstration, origin: Origin, spoken: Tongue) -> Reply:
        """Ask for what is missing, or make the draft."""
        mine = self._of(shown)
        if mine.free is None:
            return self._say("values", spoken.code, "pending", name=phrases(spoken.code).quote(mine.name))
        if not mine.name:
            return self._say("noted", spoken.code, "pending")
        from claw.skills.distil import distil  # noqa: PLC0415  a home that learns nothing never needs it

        house = self.mirror.house()
        trace = self.rooms.demonstrations.asked(origin)
        taken = [skill.name for skill in self.rooms.library.all()]
        draft = distil((trace,), house, called=mine.name, free=mine.free, made="shown", taken=taken)
        decided = await self.rooms.life.propose(draft, origin)
        if decided.standing is not None or decided.performed.pending is not None:
            self.rooms.demonstrations.settle(origin)  # from here on it is the skill's way, and not said a second time
            self.erase()
        return decided_reply(decided, spoken.code, draft.told)

    async def _means_nothing(self, said: str, origin: Origin, spoken: Tongue) -> bool:
        """Return whether no word to Claw, no talk about skills, no skill and no sentence about devices is meant."""
        if self.intents.control(said, origin) is not None or self.rooms.knows(said, spoken.code):
            return False
        if spoken.asks.match(said) is not None or spoken.shown.match(said) is not None:
            return False
        return isinstance(await self.intents.listen(said, self.mirror.house(), origin), Unclear)

    def _asks(self, shown: Demonstration, language: str) -> Reply:
        text = seen(shown, self.mirror.house(), self.clock.now(), phrases(language))
        return Reply(text, "pending", path="intent", language=language)

    def _of(self, shown: Demonstration) -> _Said:
        if self._said.number != shown.id:
            self._said = _Said(shown.id)
        return self._said

    def _names(self, shown: Demonstration) -> Mapping[str, int]:
        """Return what the things of the lines are called, with the number of their line; none that several are."""
        found: dict[str, set[int]] = {}
        for number, line in enumerate(shown.lines):
            for entity in line.entities:
                known = self.mirror.registry.entities.get(entity)
                for name in known.names if known is not None else ():
                    found.setdefault(folded(name), set()).add(number)
        return {name: min(numbers) for name, numbers in found.items() if name and len(numbers) == 1}

    def _slots(self, shown: Demonstration, which: tuple[Which, ...]) -> Slots:
        """Return the values that are meant, of those that can be another value."""
        found: set[tuple[int, str]] = set()
        for one in which:
            lines = one.lines or frozenset(range(len(shown.lines)))
            of = {step for number in lines for step in steps(shown.lines, number)}
            figures = {slot for slot in self._figures(shown) if slot[0] in of}
            things = {slot for slot in self._all(shown) if slot[0] in of and not slot[1]}
            if one.keys:
                found |= {slot for slot in figures | things if slot[1] in one.keys}
            else:
                found |= figures or (things if one.lines else set())  # of what has no figure, the thing itself
        return frozenset(found)

    def _figures(self, shown: Demonstration) -> Slots:
        named = {key for line in shown.lines for key in line.figures}
        return frozenset(slot for slot in self._all(shown) if slot[1] in named)

    def _all(self, shown: Demonstration) -> Slots:
        from claw.skills.generalise import slots  # noqa: PLC0415  see above

        return frozenset((slot.step, slot.key) for slot in slots(shown.actions, self.mirror.house()))

    def _say(self, key: str, language: str, status: ReplyStatus = "answered", /, **values: str) -> Reply:
        return Reply(fill(phrases(language).skills[key], **values), status, path="intent", language=language)
