"""What a channel may ask about memory: what is known, why, put it right, forget it; and give or take leave to learn.

Whoever asks is turned into an audience first, and every answer holds only what that audience may hear: what somebody
may not hear of is to them as if it were not there, also by its number.  What is written or forgotten goes through the
gate; nothing is decided here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from claw.base.action import Json, Origin, ReplyStatus
from claw.base.clock import Clock
from claw.base.errors import Refused
from claw.channels.kept import Known, evidence_json, found_json, habit_json, memory_json, night_json, proposal_json
from claw.channels.lookback import last_time
from claw.channels.shown import shown
from claw.gate.perform import Performed
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.memory.erasing import Scope
from claw.memory.facts import Facts, Kept
from claw.memory.forget import Forgetting
from claw.memory.memories import Answer, Memories
from claw.memory.model import LONGEST, Audience, Fact, Memory, private_to
from claw.memory.offers import Offers
from claw.memory.recall import Recall
from claw.memory.residents import Residents
from claw.memory.sleep import Sleep
from claw.mind.memos_talk import Told
from claw.mind.statuses import status
from claw.policy.people import People

MOST_LISTED = 500
MOST_FOUND = 50
_STOPPED = "I am stopped. Nothing is kept or forgotten until somebody resets me."
LAST_HOUR = timedelta(hours=1)
HOUR = "hour"
"""What stands for the last hour where a time of day may be given."""


@dataclass(frozen=True)
class Rooms:
    """Where the answers come from.

    ``audience`` says who hears what is told to an origin, ``understand`` makes a fact of a sentence or raises Refused,
    ``keep`` keeps what a sentence asks to be remembered (a name and a wish too) or returns None, ``export`` gives all
    that an origin may take along.
    """

    facts: Facts
    memories: Memories
    recall: Recall
    residents: Residents
    forgetting: Forgetting
    offers: Offers
    sleep: Sleep
    audience: Callable[[Origin], Audience]
    understand: Callable[[str, Origin], Fact]
    keep: Callable[[str, Origin], Awaitable[Told | None]]
    export: Callable[[Origin], Json]
    people: People
    mirror: Mirror
    clock: Clock


class Remembering:
    """Answers about memory; one for all channels."""

    def __init__(self, rooms: Rooms) -> None:
        self._in = rooms

    def listed(self, origin: Origin, *, about: str = "", kind: str = "", limit: int = 100) -> list[dict[str, Json]]:
        """Return what is known that this origin may hear, about one thing or of one kind where one is named.

        To look through all of it is no use of any of it: nothing is kept from fading by that.
        """
        audience, known = self._in.audience(origin), self._known()
        subject = known.subject(about, audience.person) if about else None
        found = self._in.facts.shown(audience, subject, limit=MOST_LISTED)
        wanted = [one for one in found if not kind or one.fact.kind == kind][: max(1, min(limit, MOST_LISTED))]
        return [memory_json(one, known, audience) for one in wanted]

    async def search(self, query: str, origin: Origin, *, k: int = 10) -> list[dict[str, Json]]:
        """Return what is nearest to a few words, best first: memories, and one's own words of before."""
        audience = self._in.audience(origin)
        hits = await self._in.recall.find(query, max(1, min(k, MOST_FOUND)), audience, origin)
        numbers = [hit.memory for hit in hits if hit.memory is not None]
        memories = {one.id: one for one in (self._in.facts.visible(number, audience) for number in numbers) if one}
        self._in.facts.seen(list(memories), audience, origin.conversation)
        return found_json(hits, memories, self._known(), audience)

    def why(self, number: int, origin: Origin) -> dict[str, Json]:
        """Return one memory, what it rests on and what was so before; raises Refused where there is none to tell."""
        audience, known = self._in.audience(origin), self._known()
        memory = self._visible(number, origin)
        before = [one for one in self._in.facts.history(memory.fact.key, audience) if one.id != number]
        evidence = self._in.facts.evidence(number, audience) if audience.resident else ()
        self._in.facts.seen([number], audience, origin.conversation)
        return {
            "memory": memory_json(memory, known, audience),
            "evidence": [evidence_json(one, known, audience) for one in evidence],
            "before": [memory_json(one, known, audience) for one in before],
        }

    async def add(self, text: str, origin: Origin, *, private: bool = False) -> dict[str, Json]:
        """Remember one sentence, for oneself alone where ``private``; return status, text and the memory."""
        return await _answered(self._add(text, origin, private=private))

    async def _add(self, text: str, origin: Origin, *, private: bool) -> dict[str, Json]:
        said = _sentence(text)
        if not private and (kept := await self._in.keep(said, origin)) is not None:
            return self._replied(kept, origin)
        fact = self._in.understand(said, origin)
        if private:
            if (person := self._in.audience(origin).person) is None:
                raise Refused("I do not know who you are, so I can remember nothing for you alone")
            fact = replace(fact, visibility=private_to(person), sensitivity="private")
        told = await self._in.memories.tell(fact, origin, said=text)
        return self._said(told, "I will remember", self._in.audience(origin), again=" (I knew that)")

    async def correct(self, number: int, text: str, origin: Origin) -> dict[str, Json]:
        """Put one memory right; return status, text and the memory that took its place."""
        return await _answered(self._correct(number, text, origin))

    async def _correct(self, number: int, text: str, origin: Origin) -> dict[str, Json]:
        memory = self._visible(number, origin)
        fact = self._in.understand(_sentence(text), origin)
        # What was for one pair of ears stays so: a better word for it is no reason to tell everybody.
        fact = replace(fact, visibility=memory.fact.visibility, sensitivity=memory.fact.sensitivity)
        return self._said(
            await self._in.memories.correct(number, fact, origin, said=text), "Put right", self._in.audience(origin)
        )

    async def forget(
        self, origin: Origin, *, number: int = 0, since: str = "", person: str = "", everything: bool = False
    ) -> dict[str, Json]:
        """Forget one memory, what came in since a time of day (``hour``: the last one), a person, or everything.

        Return status, text, how many rows and log entries went and whether a look at the bytes found none left; it is
        refused where not exactly one of these is meant, for what is not there and what is not theirs.
        """
        return await _answered(self._forget(origin, number, since, person, everything=everything))

    async def _forget(
        self, origin: Origin, number: int, since: str, person: str, *, everything: bool
    ) -> dict[str, Json]:
        if sum(map(bool, (number, since, person, everything))) != 1:
            raise Refused("say what to forget: one memory, a span of time, a person or everything")
        forgotten = await self._in.forgetting.forget(self._scope(origin, number, since, person), origin)
        outcome: ReplyStatus = "done" if forgotten.verified else "partial"
        asks = forgotten.performed.pending if forgotten.performed is not None else None
        if forgotten.performed is not None:
            done = _came_of(forgotten.performed)
            outcome = "pending" if asks is not None else outcome if done == "done" else done
        return shown(
            {
                "status": outcome,
                "text": _STOPPED if outcome == "stopped" else forgotten.told,
                "rows": forgotten.rows,
                "entries": forgotten.entries,
                "verified": forgotten.verified,
                "found": forgotten.found,
                "tombstone": forgotten.tombstone,
                **({"ask": asks.id} if asks is not None else {}),
            }
        )

    def export(self, origin: Origin) -> Json:
        """Return everything that is kept and that this origin may see, for them to take along."""
        return shown(self._in.export(origin))

    def proposals(self, origin: Origin) -> list[dict[str, Json]]:
        """Return what waits for this origin's yes or no, with what speaks for it: ``memory-7``, ``habit-3``."""
        audience, known = self._in.audience(origin), self._known()
        memories = self._in.facts.shown(audience, statuses=("candidate",))
        habits = [one for one in self._in.offers.habits.shown(audience) if one.state == "offered"]
        return [proposal_json(one, known, audience) for one in memories] + [habit_json(one, known) for one in habits]

    async def settle(self, proposal: str, origin: Origin, *, yes: bool) -> dict[str, Json]:
        """Say yes or no to a proposal, by its id; return status and text."""
        return await _answered(self._settle(proposal, origin, yes=yes))

    async def _settle(self, proposal: str, origin: Origin, *, yes: bool) -> dict[str, Json]:
        kind, _, digits = proposal.partition("-")
        if not (digits.isascii() and digits.isdigit() and len(digits) < len(str(2**63))):
            raise _no_proposal(proposal)
        number = int(digits)
        if kind == "habit":
            answered = await self._in.offers.answer(number, origin, yes=yes)
            return shown({"status": "done", "text": answered.text, "memory": None})
        memory = self._in.facts.visible(number, self._in.audience(origin))
        if kind != "memory" or memory is None or memory.status != "candidate":
            raise _no_proposal(proposal)
        told = await self._in.memories.settle(number, origin, yes=yes)
        return self._said(told, "I will remember" if yes else "I will not remember that.", self._in.audience(origin))

    def consents(self, origin: Origin) -> dict[str, Json]:
        """Return what this person agreed to; ``person`` is None for somebody who is not known to live here."""
        person = self._in.audience(origin).person
        consent = self._in.residents.consent(person)
        return {"person": person, "habits": consent.habits, "talks": consent.talks}

    async def consent(
        self, origin: Origin, *, habits: bool | None = None, talks: bool | None = None
    ) -> dict[str, Json]:
        """Agree to have one's own habits learned or talks kept, or take it back; return status, text and what holds."""
        said = await _answered(self._consent(origin, habits=habits, talks=talks))
        return said | self.consents(origin)

    async def _consent(self, origin: Origin, *, habits: bool | None, talks: bool | None) -> dict[str, Json]:
        if (person := self._in.audience(origin).person) is None:
            raise Refused("I do not know who you are")
        if habits is None and talks is None:
            raise Refused("say whether your habits may be learned, or your talks kept")
        told = await self._in.memories.consent(person, origin, habits=habits, talks=talks)
        return self._said(told, "That is so from now on.", self._in.audience(origin))

    def night(self, origin: Origin) -> dict[str, Json]:
        """Return what the last night did, as far as this origin may hear, and whether they may ask for one."""
        audience = self._in.audience(origin)
        last = self._in.sleep.last()
        return {
            "text": shown(self._in.sleep.summary(audience)),
            "night": night_json(last, audience) if last is not None and audience.resident else None,
            "may": audience.owner,
        }

    async def sleep(self, origin: Origin, *, dry_run: bool = False, undo: bool = False) -> dict[str, Json]:
        """Do now what is done at night, only say what it would do, or take the last night back; an owner's to ask.

        Raises Refused for anybody else, and for both at once.
        """
        audience = self._in.audience(origin)
        if not audience.owner:
            raise Refused("only an owner may do this")
        if dry_run and undo:
            raise Refused("only say what would be done, or take it back: not both")
        sleep = self._in.sleep
        night = await (sleep.rehearse() if dry_run else sleep.undo(origin) if undo else sleep.run())
        return {"night": night_json(night, audience), "dry_run": dry_run}

    def _known(self) -> Known:
        return Known(self._in.people, self._in.mirror.registry)

    def _visible(self, number: int, origin: Origin) -> Memory:
        memory = self._in.facts.visible(number, self._in.audience(origin))
        if memory is None:
            raise nothing(number)
        return memory

    def _scope(self, origin: Origin, number: int, since: str, person: str) -> Scope:
        if number:
            return Scope.one(number)
        if since:
            now = self._in.clock.now()
            return Scope.after(
                now - LAST_HOUR if since == HOUR else last_time(since, now, self._in.mirror.registry.time_zone)
            )
        if not person:
            return Scope.all()
        kind, _, ident = self._known().subject(person, self._in.audience(origin).person).partition(":")
        return Scope.about(ident if kind == "person" else person)

    def _replied(self, told: Told, origin: Origin) -> dict[str, Json]:
        """Return what talk made of a sentence, in the form of everything else here."""
        audience, reply = self._in.audience(origin), told.reply
        memory = self._in.facts.visible(told.memories[0], audience) if told.memories else None
        asks = next((one.id for one in reply.pending), None)
        return shown(
            {
                "status": reply.status if reply.status != "unclear" else "refused",
                "text": reply.text,
                "memory": memory_json(memory, self._known(), audience) if memory is not None else None,
                **({"ask": asks} if asks else {}),
            }
        )

    def _said(self, told: Answer, done: str, audience: Audience, *, again: str = "") -> dict[str, Json]:
        """Return what came of an act in memory: its status, a sentence, and the memory where one was kept."""
        performed, kept = told.performed, told.kept
        if performed.pending is not None:
            return shown(
                {"status": "pending", "text": performed.pending.question, "memory": None, "ask": performed.pending.id}
            )
        outcome = _came_of(performed)
        # Who does not hear of it is not told its number either: that of an old one would tell that it was known.
        heard = kept is not None and (audience.resident or kept.memory.fact.visibility in audience.may_hear())
        memory = memory_json(kept.memory, self._known(), audience) if kept is not None and heard else None
        trouble = next((one.detail for one in performed.outcomes if one.status in {"refused", "failed", "unknown"}), "")
        if outcome == "stopped":
            trouble = _STOPPED
        text = _kept_text(kept, done, again) if outcome == "done" else trouble
        return shown({"status": outcome, "text": text, "memory": memory})


def _came_of(performed: Performed) -> ReplyStatus:
    """Return what came of an act in memory: there is no device that could still be on its way."""
    outcome = status(performed.outcomes)
    return "done" if outcome == "started" else outcome


def _kept_text(kept: Kept | None, done: str, again: str) -> str:
    """Return the sentence about what was kept, which is read back as it was understood."""
    if kept is None:
        return done
    sentence = plain(kept.memory.fact.sentence, LONGEST)
    if kept.memory.status == "candidate":
        return f"Noted, but I believe it only when somebody who lives here says yes: {sentence}"
    if kept.memory.status == "rejected":
        return done
    before = f" (not any more: {plain(kept.before.fact.sentence, LONGEST)})" if kept.before is not None else ""
    return f"{done}: {sentence}{'' if kept.new else again}{before}"


async def _answered(asked: Awaitable[dict[str, Json]]) -> dict[str, Json]:
    """Return the answer; a refusal is one too, with its reason."""
    try:
        return await asked
    except Refused as error:
        return {"status": "refused", "text": shown(str(error)), "memory": None}


def nothing(number: int) -> Refused:
    """Return the one answer for what is not there and for what may not be heard of."""
    return Refused(f"I know of no memory {number}")


def _no_proposal(proposal: str) -> Refused:
    return Refused(f"no proposal {plain(proposal, 30)} waits for you")


def _sentence(text: str) -> str:
    words = plain(text, 4 * LONGEST)
    if not words:
        raise Refused("there is nothing to remember in that")
    return words
