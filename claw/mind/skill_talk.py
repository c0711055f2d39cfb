"""Talk about skills: "watch me", "that's it", "make that a skill", "what skills do you have", "turn that skill off".

A sentence comes here after the words to Claw itself and before those about memory and devices, and goes on as if
nothing had been where it is none about skills.  Nothing here gives a skill any trust: what changes one is an act, and
the gate judges it.  What a skill may do is told from its manifest; of a skill that was learned, only those hear whose
it is, or who may use it.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping

from claw.base.action import Origin, Reply, ReplyStatus
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.mind import hygiene
from claw.mind.intents import Intents
from claw.mind.memos_templates import Match
from claw.mind.memos_tongue import addressed, clean
from claw.mind.phrases import fill, phrases
from claw.mind.skill_talk_rooms import Rooms
from claw.mind.skill_talk_showing import Showing
from claw.mind.skill_talk_telling import decided_reply, listed, state, title
from claw.mind.skill_talk_tongue import Tongue, folded, tongue_of
from claw.mind.understood import Control, Unclear
from claw.skills.demonstration import Declined
from claw.skills.model import Skill

_SKILLS = ("skill", "fertigkeit", "savoir-faire", "vaardigheid", "技能")
"""The word itself: a sentence with it is about skills whatever else it names."""
MOST_UNCOVERED = 4096
"""Sentences of which is kept that they are not about skills: most are about devices, and are said again and again."""


class SkillTalk:
    """Answers what is said about skills; one for all channels."""

    def __init__(self, rooms: Rooms, intents: Intents, mirror: Mirror, clock: Clock) -> None:
        self._in = rooms
        self._intents = intents
        self._mirror = mirror
        self._showing = Showing(rooms, intents, mirror, clock)
        self._tongues: dict[str, Tongue] = {}
        self._uncovered: set[tuple[str, str | None]] = set()
        rooms.demonstrations.over.append(self._showing.over)

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about skills, None where it is none; raises nothing a person can cause."""
        shows = self._in.demonstrations.current(origin) is not None
        if (not shows and (text, origin.language) in self._uncovered) or hygiene.refusal(text) is not None:
            return None
        covered = False
        for code in self._languages(origin):
            spoken = self._tongue(code)
            said = addressed(clean(text), spoken.polite, self._intents.language(code))
            covered = covered or shows or spoken.asks.match(said) is not None
            try:
                reply = await self._shown(said, origin, spoken) if shows else None
                reply = reply or await self._asked(said, origin, spoken)
            except Declined as error:
                reply = self._say(f"not_{error.key}", code, "stopped" if error.key == "stopped" else "refused")
            except Refused as error:
                reply = _refused(error, code)
            if reply is not None:
                return reply
        if not covered:
            if len(self._uncovered) >= MOST_UNCOVERED:
                self._uncovered.clear()
            self._uncovered.add((text, origin.language))
        return None

    def control(self, control: Control, origin: Origin) -> Reply | None:
        """Take a word to Claw itself where it answers this person's demonstration ("never mind"), else None."""
        return self._showing.drop(origin, control.language) if control.word == "nevermind" else None

    def erase(self, erasure: Erasure) -> int:
        """Let go of what was said about a demonstration, and of every sentence that was kept to be known again."""
        del erasure
        gone = len(self._uncovered)
        self._uncovered.clear()
        return gone + self._showing.erase()

    async def _shown(self, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        for match in spoken.shown.matches(said):
            reply = await self._showing.answer(match, origin, spoken)
            if reply is not None:
                return reply
        return None if spoken.asks.match(said) else await self._showing.name(said, origin, spoken)

    async def _asked(self, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        for match in spoken.asks.matches(said):
            reply = await self._one(match, said, origin, spoken)
            if reply is not None:
                return reply
        return None

    async def _one(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        do: Mapping[str, Callable[[Match, str, Origin, Tongue], Awaitable[Reply | None]]] = {
            "watch": self._watch,
            "drop_showing": self._drop,
            "make": self._make,
            "list": self._list,
            "about": self._about,
            "enable": self._decide,
            "disable": self._decide,
        }
        answering = do.get(match.means)
        return await answering(match, said, origin, spoken) if answering is not None else None

    async def _watch(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        del match
        return self._showing.begin(origin, said, spoken.code)

    async def _drop(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        del match, said
        return self._showing.drop(origin, spoken.code)

    async def _list(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        del match, said
        known = [(one, self._in.standings.of(one.name)) for one in self._known(origin)]
        return Reply(listed(known, phrases(spoken.code)), "answered", path="intent", language=spoken.code)

    async def _decide(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        skill = self._named(match.get("name"), origin, spoken)
        if skill is None:
            return self._no_such(match, said, spoken)
        if await self._is_the_houses(said, origin):
            return None
        deed = "enable" if match.means == "enable" else "disable"
        return decided_reply(await self._in.deciding.do(deed, skill.name, origin, said=said), spoken.code)

    async def _make(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        """Make a skill of what was just done; a demonstration that asks is what "that" means."""
        del said
        shown, name = self._in.demonstrations.current(origin), match.get("name")
        if shown is not None and shown.phase == "asking":
            return await self._showing.answer(Match("all", {"name": name}), origin, spoken)
        if self._in.learning is None:
            return self._say("no_model", spoken.code, "refused")
        draft = await self._in.learning.make(origin, spoken.bare(name))
        if isinstance(draft, str):
            return Reply(_sentence(draft), "refused", path="intent", language=spoken.code)
        return decided_reply(await self._in.life.propose(draft, origin), spoken.code, draft.told)

    async def _about(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Reply | None:
        skill = self._named(match.get("name"), origin, spoken)
        if skill is None:
            return self._no_such(match, said, spoken)
        from claw.skills.plain import in_words  # noqa: PLC0415  nobody asks this often

        words, standing = phrases(spoken.code), self._in.standings.of(skill.name)
        rights = in_words(skill.manifest, self._mirror.registry)
        name = f"{words.quote(title(skill.name))}{words.marks['label'].rstrip()}"
        what = f"{skill.description.rstrip(' .')}. {_sentence(rights.short)}"
        how = words.skills[state(standing)]
        if standing is not None and standing.why and state(standing) != "runs":
            how = f"{how} {_sentence(standing.why)}"
        text = words.skills["about"].format_map({"name": name, "what": what, "state": how})
        return Reply(text, "answered", path="intent", language=spoken.code)

    async def _is_the_houses(self, said: str, origin: Origin) -> bool:
        """Return whether a sentence is about devices: they go before a skill that is called the same."""
        if any(word in said.casefold() for word in _SKILLS):
            return False
        return not isinstance(await self._intents.listen(said, self._mirror.house(), origin), Unclear)

    def _no_such(self, match: Match, said: str, spoken: Tongue) -> Reply | None:
        """Say that there is no such skill, where the sentence can be about nothing else."""
        if not any(word in said.casefold() for word in _SKILLS):
            return None
        return self._say("no_such", spoken.code, "unclear", name=phrases(spoken.code).quote(match.get("name")))

    def _named(self, name: str, origin: Origin, spoken: Tongue) -> Skill | None:
        """Return the skill that ``name`` means, of those that whoever asks may hear of."""
        wanted = folded(spoken.bare(name))
        found = [one for one in self._known(origin) if wanted and wanted in _names(one)]
        exact = [one for one in found if folded(title(one.name)) == wanted]
        return (exact or found)[0] if exact or len(found) == 1 else None

    def _known(self, origin: Origin) -> list[Skill]:
        return [one for one in self._in.library.all() if self._hears(one, origin)]

    def _hears(self, skill: Skill, origin: Origin) -> bool:
        """Return whether whoever asks may hear of a skill: what somebody taught Claw tells what they said."""
        if skill.manifest.provenance.made == "shipped":
            return True
        audience, standing = self._in.audience(origin), self._in.standings.of(skill.name)
        if not audience.resident:
            return False
        if audience.owner or (standing is not None and audience.person in standing.people):
            return True
        visible = skill.manifest.visibility
        grown_up = self._in.role(audience.person) == "adult"
        return bool(standing and standing.accepted_by) and (
            visible == "household" or (visible == "adults" and grown_up)
        )

    def _tongue(self, code: str) -> Tongue:
        if code not in self._tongues:
            self._tongues[code] = tongue_of(self._intents.language(code))
        return self._tongues[code]

    def _languages(self, origin: Origin) -> Iterator[str]:
        """Yield the active languages, the asker's first."""
        asked = (origin.language or "").replace("_", "-").partition("-")[0].casefold()
        yield from sorted(self._intents.languages, key=lambda code: code != asked)

    def _say(self, key: str, language: str, status: ReplyStatus = "answered", /, **values: str) -> Reply:
        return Reply(fill(phrases(language).skills[key], **values), status, path="intent", language=language)


def _names(skill: Skill) -> frozenset[str]:
    said = (phrase for phrase in skill.manifest.phrases() if not set(phrase) & set("{}[]()|"))
    return frozenset({folded(title(skill.name)), *map(folded, said)})


def _refused(error: Refused, language: str) -> Reply:
    return Reply(_sentence(str(error)), "refused", path="intent", language=language)


def _sentence(said: str) -> str:
    told = said.strip()
    return f"{told[:1].upper()}{told[1:]}{'' if told.endswith(('.', '?', '!')) else '.'}"
