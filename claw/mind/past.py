"""Who was it, why is it so, when did it happen: answers from what Claw did and what it saw change.

An answer names people as the household does, automations and scripts by their names, and says plainly what nobody
knows: Home Assistant does not tell a hand on a switch from the device itself, and nobody saw what happened before Claw
looked.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claw.gate.cause import Causes, Who
from claw.house.chronicle import Past
from claw.house.model import Entity, House, State
from claw.mind.nouns import Naming
from claw.mind.phrases import Phrases, phrases
from claw.mind.understood import Question, fits
from claw.mind.wording import state_words

BACKWARD = frozenset({"who", "why", "when"})
"""Kinds of questions that are about what was, not about what is."""


class Recollection:
    """Answers about the past of one house."""

    def __init__(self, causes: Causes) -> None:
        self._causes = causes

    def answer(self, question: Question, house: House, now: datetime) -> str:
        """Return the answer to a question of the kinds ``BACKWARD``, in its language."""
        return _Teller(self._causes, house, now, question.language).answer(question.entities, question.wanted)

    def of(self, entity_id: str, house: House, now: datetime, language: str | None) -> tuple[str, Past | None, Who]:
        """Return what is known of the last change of one thing: in words, as it was, and who was behind it."""
        past = self._causes.chronicle.last(entity_id)
        teller = _Teller(self._causes, house, now, language or "en")
        return teller.answer((entity_id,), None), past, self._causes.of(past) if past else Who("unseen")

    def who(self, who: Who, house: House, now: datetime, language: str | None) -> str:
        """Return who or what was behind something, as the end of a sentence."""
        return _Teller(self._causes, house, now, language or "en").who(who)


def moment_words(moment: datetime, now: datetime, time_zone: str, words: Phrases) -> str:
    """Return when something was, in the house's own time: the day too where it was not today."""
    zone = _zone(time_zone)
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = local.strftime(words.answers["time.format"])
    return clock if local.date() == today else f"{clock} ({words.day(local.date())})"


class _Teller:
    """Tells the past of one house in one language."""

    def __init__(self, causes: Causes, house: House, now: datetime, language: str) -> None:
        self._causes = causes
        self._house = house
        self._now = now
        self._words = phrases(language)
        self._naming = Naming(house, self._words)

    def answer(self, entities: Sequence[str], wanted: str | None) -> str:
        if not entities:
            return self._words.answer("nothing")
        past = self._causes.chronicle.latest(entities, lambda one: self._fits(one, wanted))
        if past is None:
            return self._not_known(entities)
        state = self._house.states.get(past.entity_id)
        still = state is not None and state.value == past.value
        said = state_words(self._house, past.entity_id, State(past.value), self._words)
        key = "so" if past.at is None else "since" if still else "was"
        return self._words.answer(
            key,
            names=self._naming.one(past.entity_id),
            state=said,
            time=self._moment(past.at) if past.at is not None else "",
            who=self.who(self._causes.of(past)),
        )

    def who(self, who: Who) -> str:
        words, key = self._words, f"who.{who.kind}"
        if who.kind == "claw":
            asker = words.quote(who.channel) if who.person is None else self._safe(who.person)
            return words.answer(f"{key}.{'person' if who.person else 'channel'}", asker=asker, entry=str(who.entry))
        if who.kind == "unseen":
            return words.answer(key, time=self._moment(self._causes.chronicle.since))
        if who.kind == "script" and who.person is not None:
            key = "who.script.person"
        said = words.answer(key, person=self._safe(who.person or ""), run=self._name(who.run))
        if who.trigger is not None:
            said = words.answer("who.trigger", who=said, trigger=self._name(who.trigger))
        if who.after is not None and who.after.kind in {"claw", "person"}:
            said = words.answer("who.after", who=said, after=self.who(who.after))
        return said

    def _not_known(self, entities: Sequence[str]) -> str:
        names, many = self._naming.collected(entities, complete=False)
        return self._words.answer("not_seen", many=many, names=names, time=self._moment(self._causes.chronicle.since))

    def _fits(self, past: Past, wanted: str | None) -> bool:
        entity = self._house.registry.entities.get(past.entity_id) or Entity(past.entity_id, past.entity_id)
        return wanted is None or fits(wanted, entity, State(past.value))

    def _name(self, entity_id: str | None) -> str:
        entity = self._house.registry.entities.get(entity_id or "")
        return self._words.quote(entity.name if entity is not None else entity_id or "?")

    def _safe(self, name: str) -> str:
        bare = name.replace(" ", "").replace("-", "").isalpha() and len(name) <= 60  # noqa: PLR2004  as long as a name may be
        return name if bare or not name else self._words.quote(name)

    def _moment(self, moment: datetime) -> str:
        return moment_words(moment, self._now, self._house.registry.time_zone, self._words)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(str(UTC))
