"""Talk about memory: what is to be remembered, what is known and why, what was so when, and what is to be forgotten.

A sentence comes here after the words to Claw itself and before those about devices, and goes on as if nothing had been
where it is none about memory.  What is written or forgotten goes through the gate; what is told was filtered for
whoever hears it, and is always quoted: words that somebody once said are never Claw's own.
"""

import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from claw.base.action import Origin, Reply
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.house.mirror import Mirror
from claw.house.model import Registry
from claw.memory.model import Fact
from claw.mind import hygiene, memos_past, memos_telling, memos_writing
from claw.mind.intents import Intents
from claw.mind.memos_facts import Statements
from claw.mind.memos_rooms import Rooms
from claw.mind.memos_subjects import Names, Subjects
from claw.mind.memos_talk import Talk, Told
from claw.mind.memos_templates import Match
from claw.mind.memos_tongue import Tongue, addressed, clean, tongue_of
from claw.mind.phrases import phrases
from claw.mind.understood import Unclear
from claw.policy.people import People
from claw.policy.windows import local

REMEMBERED_S = 300.0
"""How long "that" means what was spoken of."""
MOST_TALKS = 200
MOST_UNCOVERED = 4096
"""Sentences of which is kept that they are not about memory."""
MOST_PARTS = 4
"""Places at which a sentence that is to be kept is looked at for a command."""

Answering = Callable[[Talk, Match], Awaitable[Told | None]]

_WRITE: Mapping[str, Answering] = {
    **dict.fromkeys(("private", "remember", "loose"), memos_writing.remember),
    **dict.fromkeys(("habits_on", "habits_off", "talks_on", "talks_off"), memos_writing.consent),
    **dict.fromkeys(
        (
            "forget_since",
            "forget_today",
            "forget_me",
            "forget_about",
            "forget_all",
            "forget_that",
            "forget_what",
        ),
        memos_writing.forget,
    ),
    "from_now_on": memos_writing.prefer,
    "correct": memos_writing.correct,
}
_TELL: Mapping[str, Answering] = {
    **dict.fromkeys(("everything", "about"), memos_telling.know),
    **dict.fromkeys(("why", "why_what"), memos_telling.why),
    "learned": memos_telling.learned,
    "told_when": memos_telling.told_when,
    "was_before": memos_past.before,
    "since_that": memos_past.since,
    **dict.fromkeys(("lived", "living"), memos_past.lived),
    **dict.fromkeys(("did_live", "when_lived"), memos_past.stay),
    "often": memos_past.often,
    "happened": memos_past.happened,
}
_GUARDED: Mapping[str, Answering] = {
    "call": memos_writing.call,
    "instead": memos_writing.correct,
    **dict.fromkeys(("last", "last_of"), memos_past.last),
    "since": memos_past.since,
    "was": memos_past.was,
    **dict.fromkeys(("ask", "ask_who", "ask_me"), memos_telling.ask),
}
"""What may as well be about a device: it is about memory only where no sentence about devices is meant."""

PRIVATE = frozenset({"private"})
KEEPING = PRIVATE | {"remember", "loose", "call", "from_now_on"}
"""What asks for something to be remembered."""
_REMEMBER = MappingProxyType({"en": "remember ", "de": "merk dir ", "fr": "retiens ", "nl": "onthoud "})

_FOLLOWING = frozenset({"why", "was_before", "told_when", "since_that"})
"""Questions about what was just spoken of: one that has no answer leaves it what it is."""


@dataclass(frozen=True, slots=True)
class _Recent:
    """The memories that a conversation spoke of last, by number: no words are kept here."""

    memories: tuple[int, ...]
    at: float


_Covered = tuple[str, str, Match]
"""A language, the sentence without its address, and a template of that language that covers it."""


class Memos:
    """Answers what is said about memory; one for all channels."""

    def __init__(self, rooms: Rooms, intents: Intents, mirror: Mirror, people: People, clock: Clock) -> None:
        self._in = rooms
        self._intents = intents
        self._mirror = mirror
        self._people = people
        self._clock = clock
        self._recent: OrderedDict[str, _Recent] = OrderedDict()
        self._names: Names | None = None
        self._tongues: dict[str, Tongue] = {}
        self._uncovered: set[tuple[str, str | None]] = set()

    def _tongue(self, code: str) -> Tongue:
        """Return the words of a language, read when somebody speaks: a house that is idle holds its own alone."""
        if code not in self._tongues:
            self._tongues[code] = tongue_of(self._intents.language(code))
        return self._tongues[code]

    async def offered(self, origin: Origin, language: str, *, yes: bool) -> Reply | None:
        """Take a bare yes or no for what this person was offered; None where nothing was."""
        # Who types a command does not see what Claw asks unasked: their yes is to something else.
        person = origin.person if origin.authenticated and origin.channel != "cli" else None
        asked = self._in.offers.waiting(person) if person is not None else None
        if asked is None:
            return None
        try:
            settled = await self._in.offers.answer(asked.id, origin, yes=yes)
        except Refused as error:
            return self._talk("", origin, self._tongue(language)).refused(error)
        if settled.memory is not None:
            self._remember(origin.conversation, (settled.memory,))
        return Reply(settled.text, "done", path="intent", language=language)

    async def answer(self, text: str, origin: Origin) -> Reply | None:
        """Return the reply to a sentence about memory, None where it is none; raises nothing a person can cause."""
        told = await self._first(text, origin)
        return told.reply if told is not None else None

    async def keep(self, text: str, origin: Origin) -> Told | None:
        """Keep what a sentence asks to be remembered, a name and a wish too; None for one that only states something.

        For where something to remember is typed: what is for oneself alone needs no "remember" there.  Raises Refused
        for what is a question, or asks for something else.
        """
        told = await self._first(text, origin, KEEPING) or await self._first(text, origin, PRIVATE, _REMEMBER)
        if told is not None:
            return told
        said = clean(text)
        asked = {match.means for code in self._languages(origin) for match in self._tongue(code).asks.matches(said)}
        if text.rstrip().endswith(("?", "\uff1f")) or asked - KEEPING:
            raise Refused("That asks me something. What is typed here I keep; ask me that in the talk.")
        return None

    async def _first(
        self,
        text: str,
        origin: Origin,
        wanted: Collection[str] | None = None,
        begin: Mapping[str, str] = MappingProxyType({}),
    ) -> Told | None:
        """Return what comes of the first template that covers the sentence; ``begin`` is put before it."""
        if origin.authenticated and origin.person is not None:
            self._in.offers.active(origin.person)  # who talks is up and may be asked about their habits
        for code, said, match in self._covering(text, origin, begin):
            if wanted is not None and match.means not in wanted:
                continue
            told = await self._answered(match, said, origin, self._tongue(code))
            if told is not None:
                if told.memories or match.means not in _FOLLOWING:
                    self._note(told, origin)
                return told
        return None

    def _covering(self, text: str, origin: Origin, begin: Mapping[str, str]) -> tuple[_Covered, ...]:
        """Return the templates that cover a sentence, the first in the asker's language first.

        Most sentences are about devices and are said again and again: that no template covers one is kept.
        """
        key = (text, origin.language)
        if not begin and key in self._uncovered:
            return ()
        found: list[_Covered] = []
        for code in self._languages(origin) if hygiene.refusal(text) is None else ():
            spoken = self._tongue(code)
            said = begin.get(code, "") + addressed(clean(text), spoken.polite, self._intents.language(code))
            found += [(code, said, match) for match in spoken.asks.matches(said)]
        if not begin and not found:
            if len(self._uncovered) >= MOST_UNCOVERED:
                self._uncovered.clear()
            self._uncovered.add(key)
        return tuple(found)

    def erase(self, erasure: Erasure) -> int:
        """Let go of every sentence that was kept to be known again."""
        del erasure
        gone = len(self._uncovered)
        self._uncovered.clear()
        return gone

    def understand(self, text: str, origin: Origin) -> Fact:
        """Return the fact that a plain sentence states ("Sam is allergic to nuts"); raises Refused with a sentence.

        It is read in the first language that knows its form.
        """
        refusal = hygiene.refusal(text)
        if refusal is not None:
            raise Refused(refusal)
        statements = [self._talk(text, origin, self._tongue(code)).statements for code in self._languages(origin)]
        said = clean(text)
        return next((one for one in statements if one.typed(said)), statements[0]).read(said)

    async def _answered(self, match: Match, said: str, origin: Origin, spoken: Tongue) -> Told | None:
        talk = self._talk(said, origin, spoken)
        if match.means == "instead" and (not talk.recent or spoken.is_opinion(match.get("value"))):
            return None
        answering = _WRITE.get(match.means) or _TELL.get(match.means)
        if answering is None:
            answering = _GUARDED.get(match.means)
            if answering is None or not await self._nothing_else(said, origin):
                return None
        if match.means in KEEPING and (command := await self._command_in(match.get("what"), origin, spoken)):
            quoted = phrases(spoken.code).quote(command, 120)
            return Told(talk.say("one_thing", "unclear", command=quoted))
        if match.means == "correct" and not await self._nothing_else(match.get("what"), origin):
            return None
        try:
            return await answering(talk, match)
        except Refused as error:
            return Told(talk.refused(error))

    async def _nothing_else(self, said: str, origin: Origin) -> bool:
        """Return whether no sentence about devices is meant; without the house that cannot be told."""
        if not self._mirror.ready:
            return False
        return isinstance(await self._intents.listen(said, self._mirror.house(), origin), Unclear)

    async def _command_in(self, what: str, origin: Origin, spoken: Tongue) -> str:
        """Return the command that was said after what is to be kept ("... and turn on the lights"), empty for none."""
        if not self._mirror.ready:
            return ""
        language = self._intents.language(spoken.code)
        joiners = language.joiners["and"]
        gap = "" if spoken.spaceless else r"\s"
        parts = re.split(f"{gap}(?:{'|'.join(map(re.escape, joiners))}){gap}", what, maxsplit=MOST_PARTS)
        for part in parts[1:]:
            if part.strip().casefold().startswith(language.verbs) and not await self._nothing_else(
                part.strip(" ,"), origin
            ):
                return part.strip(" ,")
        return ""

    def _talk(self, said: str, origin: Origin, spoken: Tongue) -> Talk:
        house, now = self._mirror.house(), self._clock.now()
        zone = house.registry.time_zone
        shown = local(house.registry, now)
        statements = Statements(
            Subjects(self._people, self._names_of(house.registry), origin, spoken), now, zone, (shown or now).date()
        )
        return Talk(said, origin, spoken, self._in, house, statements, self._last(origin.conversation))

    def _names_of(self, registry: Registry) -> Names:
        if self._names is None or self._names.registry is not registry:
            self._names = Names(registry)
        return self._names

    def _languages(self, origin: Origin) -> Iterator[str]:
        """Yield the active languages, the asker's first."""
        asked = (origin.language or "").replace("_", "-").partition("-")[0].casefold()
        yield from sorted(self._intents.languages, key=lambda code: code != asked)

    def _note(self, told: Told, origin: Origin) -> None:
        self._remember(origin.conversation, told.memories)
        if told.memories and told.reply.status == "answered":
            self._in.facts.seen(told.memories, self._in.audience(origin), origin.conversation)

    def _remember(self, conversation: str, memories: tuple[int, ...]) -> None:
        if not conversation:
            return
        self._recent.pop(conversation, None)
        if memories:
            self._recent[conversation] = _Recent(memories, self._clock.monotonic())
        while len(self._recent) > MOST_TALKS:
            self._recent.popitem(last=False)

    def _last(self, conversation: str) -> tuple[int, ...]:
        recent = self._recent.get(conversation) if conversation else None
        if recent is None or self._clock.monotonic() - recent.at > REMEMBERED_S:
            return ()
        return recent.memories
