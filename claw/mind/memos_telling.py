"""What is known, and why: answers out of memory, as far as whoever hears them may hear it.

What is not known and what somebody may not hear of get the same answer, so that nobody learns by asking that there is
something to be hidden.
"""

from dataclasses import replace

from claw.memory.model import Evidence, Memory
from claw.memory.subjects import HOUSE
from claw.mind.memos_facts import DID, NOTE
from claw.mind.memos_talk import Talk, Told
from claw.mind.memos_templates import Match
from claw.mind.phrases import fill, phrases

_MOST_REASONS = 3
_SURE = 3
"""Words in common with a note about the house, from which on a question is taken to be about it."""


async def know(talk: Talk, match: Match) -> Told | None:
    """Say what is known: of everything, or of somebody or something."""
    # What was put right in an act is how Claw learned, and nothing that is so of a room: it is on the list of memories.
    memories = [one for one in talk.now_true(await talk.memories()) if one.fact.kind != "correction"]
    if match.means == "everything":
        return talk.told("know", memories) if memories else talk.unknown()
    who = match.get("who")
    if who.casefold() in talk.tongue.me and talk.audience.person is None:
        return talk.unknown()
    subject = talk.subjects.find(who)
    found = await talk.about(subject, memories)
    return talk.told("know", found) if found else talk.unknown()


async def why(talk: Talk, match: Match) -> Told | None:
    """Say what a memory rests on: the one that was spoken of just before, or the one that is named."""
    if match.means == "why_what":
        memory = next(iter(await talk.covering(match.get("what"), await talk.memories())), None)
    else:
        memory = next((one for one in (talk.rooms.facts.visible(n, talk.audience) for n in talk.recent) if one), None)
    if memory is None:
        return talk.unknown()
    reasons = [_reason(talk, one) for one in talk.rooms.facts.evidence(memory.id, talk.audience)]
    spoken = phrases(talk.language).join(list(dict.fromkeys(reasons))[:_MOST_REASONS])
    if not spoken:
        return talk.unknown()
    return Told(talk.say("why", sentence=talk.quote(memory), list=spoken), (memory.id,))


def _reason(talk: Talk, evidence: Evidence) -> str:
    """Return one reason, as the end of a sentence: who said it when, or what was seen."""
    words, told = phrases(talk.language), evidence.told
    day = talk.day(evidence.at)
    if told.trust in {"observed", "inferred"} and told.first is not None and told.last is not None:
        return fill(words.memos["why_seen"], day=talk.day(told.first), until=talk.day(told.last))
    if told.person is not None and told.person == talk.audience.person:
        if evidence.text:
            return fill(words.memos["why_you"], day=day, text=words.quote(evidence.text, 120))
        return fill(words.memos["why_you_bare"], day=day)
    person = talk.subjects.people.get(told.person)
    if person is not None:
        return fill(words.memos["why_person"], person=person.name, day=day)
    return fill(words.memos["why_told"], day=day)


async def ask(talk: Talk, match: Match) -> Told | None:
    """Answer a plain question by what is known of all that it names; None where nothing is."""
    memories = talk.now_true(await talk.memories())
    asked = _own(talk, match.get("what") if match.means == "ask_me" else talk.text)
    words = talk.tongue.content(asked)
    who = match.means == "ask_who"
    covering = await talk.covering(asked, memories) or _disliked(talk, memories, words)
    found = [one for one in covering if (who and _said_of(talk, one, words)) or _meant(talk, one, words)]
    return talk.told("remember", found) if found else None


def _disliked(talk: Talk, memories: list[Memory], asked: frozenset[str]) -> list[Memory]:
    """Return what is known not to be liked: "hates broccoli" answers "does Mia like broccoli"."""
    against = [one for one in memories if one.fact.predicate.startswith("likes ") and one.fact.value is False]
    if len(asked) < _SURE:
        return []
    told = {one.id: f"{one.fact.predicate} {talk.subjects.named(one.fact.subject)}" for one in against}
    return [one for one in against if talk.tongue.covers(asked, talk.tongue.content(told[one.id]))]


def _said_of(talk: Talk, memory: Memory, asked: frozenset[str]) -> bool:
    """Return whether what is asked of anybody is what a memory says of its subject, and not one word by accident."""
    return len(asked) > 1 or talk.tongue.covers(asked, talk.tongue.content(memory.fact.predicate))


def _meant(talk: Talk, memory: Memory, asked: frozenset[str]) -> bool:
    """Return whether a question that a memory covers is about what that memory is about, and not by accident."""
    subject = memory.fact.subject
    if (subject.startswith("person:") or memory.fact.kind == "event") and len(asked) > 1:
        return True
    if subject == HOUSE:
        own = memory.fact.predicate not in {NOTE, DID}
        named = own and talk.tongue.covers(talk.tongue.content(memory.fact.predicate), asked)
        return named or len(asked) >= _SURE
    return talk.tongue.covers(talk.tongue.content(talk.subjects.named(subject)), asked)


def _own(talk: Talk, words: str) -> str:
    """Return a question in which the asker is called by name, for that is how it is kept."""
    person = talk.subjects.people.get(talk.audience.person)
    if person is None:
        return words
    own = talk.tongue.me | talk.tongue.mine
    return " ".join(person.name if word.casefold().strip(" ,.?") in own else word for word in words.split())


async def learned(talk: Talk, match: Match) -> Told | None:
    """Say what the night brought."""
    del match
    summary = talk.rooms.sleep.summary(talk.audience)
    return Told(replace(talk.say("unknown"), text=summary)) if summary else talk.unknown()


async def told_when(talk: Talk, match: Match) -> Told | None:
    """Say since when something is known."""
    del match
    memory = talk.last()
    if memory is None:
        return talk.unknown()
    return Told(talk.say("told_on", day=talk.day(memory.recorded), sentence=talk.quote(memory)), (memory.id,))
