"""One exchange about memory: who speaks to whom, in which words, and what was spoken of just before.

What is remembered is quoted wherever it is told, so that nobody can take somebody's old words for Claw's own, and every
list is short: the rest is counted.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from claw.base.action import Origin, Reply, ReplyStatus
from claw.base.errors import Refused
from claw.gate.perform import Performed
from claw.house.model import House
from claw.memory.model import Audience, Memory, Status
from claw.mind.memos_facts import Statements
from claw.mind.memos_rooms import Rooms
from claw.mind.memos_subjects import Subject, Subjects
from claw.mind.memos_tongue import Tongue
from claw.mind.past import moment_words
from claw.mind.phrases import capital, fill, phrases
from claw.mind.replies import outcome_text, reply_text
from claw.mind.statuses import status

LISTED = 4
"""Memories that one answer quotes."""
LONGEST = 200
"""Characters of a memory that are quoted."""
MOST = 2_000
PAST: tuple[Status, ...] = ("active", "superseded")


@dataclass(frozen=True, slots=True)
class Told:
    """A reply, and the memories that it speaks of: what "that" means next."""

    reply: Reply
    memories: tuple[int, ...] = ()


@dataclass(frozen=True)
class Talk:
    """What is known of one exchange; ``recent`` are the memories that the one before spoke of."""

    text: str
    origin: Origin
    tongue: Tongue
    rooms: Rooms
    house: House
    statements: Statements
    recent: tuple[int, ...] = ()

    @property
    def subjects(self) -> Subjects:
        """Who and what words mean here."""
        return self.statements.subjects

    @property
    def language(self) -> str:
        """The language of the exchange."""
        return self.tongue.code

    @property
    def audience(self) -> Audience:
        """Who hears the answer."""
        return self.rooms.audience(self.origin)

    async def memories(self, statuses: Sequence[Status] = ("active",)) -> list[Memory]:
        """Return what this audience may hear of, newest first."""
        return await self.rooms.reading.shown(self.audience, statuses, MOST)

    def now_true(self, memories: Iterable[Memory]) -> list[Memory]:
        """Return those that are in force and not over; of what happened, all."""
        now = self.statements.now
        return [
            one
            for one in memories
            if one.status == "active"
            and (one.fact.kind == "event" or one.fact.valid_to is None or one.fact.valid_to > now)
        ]

    async def covering(self, words: str, memories: Iterable[Memory], *more: str) -> list[Memory]:
        """Return those that speak of all that ``words`` and ``more`` name, in their order."""
        asked = self.tongue.content(" ".join((words, *more)))
        if not asked:
            return []
        return await asyncio.to_thread(self._covering, asked, list(memories))

    def _covering(self, asked: frozenset[str], memories: list[Memory]) -> list[Memory]:
        return [one for one in memories if self.tongue.covers(asked, self.tongue.content(self._told(one)))]

    async def about(self, subject: Subject, memories: Iterable[Memory]) -> list[Memory]:
        """Return those about somebody or something, or that name it."""
        return await asyncio.to_thread(self._about, subject, list(memories))

    def _about(self, subject: Subject, memories: list[Memory]) -> list[Memory]:
        asked = self.tongue.content(subject.name)
        return [
            one
            for one in memories
            if one.fact.subject == subject.key
            or (asked and self.tongue.covers(asked, self.tongue.content(one.fact.sentence)))
        ]

    def _told(self, memory: Memory) -> str:
        return f"{memory.fact.sentence} {self.subjects.named(memory.fact.subject)}"

    def last(self) -> Memory | None:
        """Return the one memory that was spoken of just before, None where there was none or more than one."""
        if len(self.recent) != 1:
            return None
        return self.rooms.facts.visible(self.recent[0], self.audience)

    def say(self, key: str, status: ReplyStatus = "answered", /, **values: str) -> Reply:
        """Return a reply of the section ``memos`` with ``values`` in it."""
        text = fill(phrases(self.language).memos[key], **values)
        return Reply(text, status, path="intent", language=self.language)

    def unknown(self) -> Told:
        """Return the one answer for what is not known and for what this audience may not hear."""
        return Told(self.say("unknown"))

    def quote(self, memory: Memory) -> str:
        """Return the sentence of a memory, quoted."""
        return phrases(self.language).quote(memory.fact.sentence.rstrip(" ."), LONGEST)

    def listed(self, memories: Sequence[Memory], most: int = LISTED) -> str:
        """Return the first sentences, quoted, as a spoken list."""
        return phrases(self.language).join([self.quote(one) for one in memories[:most]])

    def told(self, key: str, memories: Sequence[Memory], status: ReplyStatus = "answered", /, **values: str) -> Told:
        """Return a reply that quotes ``memories``; the first ``LISTED`` of them, the rest is counted."""
        shown = memories[:LISTED]
        if len(memories) > LISTED and f"{key}_more" in phrases(self.language).memos:
            key, values = f"{key}_more", {**values, "count": str(len(memories) - LISTED)}
        return Told(self.say(key, status, list=self.listed(shown), **values), tuple(one.id for one in shown))

    def day(self, moment: datetime) -> str:
        """Return the day of a moment, in words, as the household counts days."""
        zone = self.house.registry.time_zone
        words = phrases(self.language)
        said = moment_words(moment, moment + timedelta(days=400), zone, words)
        return said[said.index("(") + 1 : said.rindex(")")]

    def span(self, start: datetime | None, end: datetime | None) -> str:
        """Return from when to when, in words; the end is excluded in memory and told as the last day."""
        words = phrases(self.language).memos
        last = end - timedelta(seconds=1) if end is not None else None
        if start is not None and last is not None:
            if self.day(start) == self.day(last):
                return self.day(start)
            return fill(words["span_both"], start=self.day(start), end=self.day(last))
        if start is not None:
            return fill(words["span_since"], start=self.day(start))
        return fill(words["span_until"], end=self.day(last)) if last is not None else ""

    def performed(self, performed: Performed) -> Reply:
        """Return the reply to what the gate did not do: its question, or why not."""
        if performed.pending is not None:
            question = performed.pending
            text = f"{question.question} {reply_text('pending', self.language, id=question.id)}"
            return Reply(text, "pending", pending=(question,), path="intent", language=self.language)
        text = outcome_text(performed.outcomes, self.house, self.language)
        how = status(performed.outcomes) if performed.outcomes else "failed"
        return Reply(text, how, performed.outcomes, path="intent", language=self.language)

    def refused(self, error: Refused) -> Reply:
        """Return the reply to what may not be: the reason as it stands where it is a whole sentence."""
        why = str(error)
        whole = why[:1].isupper() and why.endswith((".", "?", "\u3002", "\uff1f"))
        text = why if whole else reply_text("refused", self.language, why=why)
        return Reply(capital(text), "refused", path="intent", language=self.language)
