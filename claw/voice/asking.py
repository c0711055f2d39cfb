"""A yes or no asked aloud at the satellite that a request came from, where the rule lets a voice answer.

Home Assistant's ``ask_question`` says the words and listens for one of the answers it was given.  Who answers is
nobody: the answer comes in like any sentence from that satellite, with that satellite's rights, and whether it counts
is decided where every answer is (``claw/gate/confirm.py``).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from claw.base.action import SYSTEM, Action, Json, Origin, Outcome, Pending, Reply
from claw.base.errors import ClawError, Refused
from claw.house.mirror import Mirror
from claw.house.services import validate
from claw.voice.model import Satellite
from claw.voice.speaker import Speaker
from claw.voice.speech_house import SAID, Perform
from claw.voice.speech_text import Clean, spoken

ASK = "assist_satellite.ask_question"

_YES: Mapping[str, tuple[str, ...]] = {
    "en": ("yes", "yes please", "yes do it", "please do"),
    "de": ("ja", "ja bitte", "ja mach das"),
    "fr": ("oui", "oui merci", "oui fais le"),
    "nl": ("ja", "ja graag", "ja doe maar"),
    "zh": ("是", "是的", "好", "好的"),
}
_NO: Mapping[str, tuple[str, ...]] = {
    "en": ("no", "no thanks", "no thank you", "do not"),
    "de": ("nein", "nein danke", "lieber nicht"),
    "fr": ("non", "non merci"),
    "nl": ("nee", "nee bedankt", "nee dank je"),
    "zh": ("不", "不是", "不要", "不用"),
}

Listeners = list[Callable[[Outcome, Json], None]]
"""Who hears what the house answered to an act (``claw/gate/follow.py``)."""


class Answer(Protocol):
    """The only way in for an answer (``claw/mind/turn.py``)."""

    async def __call__(self, pending: str, origin: Origin, *, yes: bool) -> Reply:
        """Take the answer to a waiting question; raises Refused when it is not this origin's to answer."""
        ...


@dataclass(frozen=True)
class Door:
    """Where the question goes out and the answer comes in.

    ``may`` tells whether a spoken yes from there could count at all: the rule's word and the gate's; ``responded`` are
    the listeners of what the house answers.
    """

    perform: Perform
    answer: Answer
    may: Callable[[Pending, Origin], bool]
    responded: Listeners


class Asking:
    """Asks aloud; one for the daemon."""

    def __init__(self, door: Door, mirror: Mirror, speaker: Speaker, clean: Clean, language: str) -> None:
        """``clean`` makes text harmless; ``language`` is the house's own, for who does not say theirs."""
        self._door = door
        self._mirror = mirror
        self._speaker = speaker
        self._clean = clean
        self._language = language
        self._asks: set[str] = set()

    def can(self, pending: Pending, satellite: Satellite, origin: Origin) -> bool:
        """Return whether ``satellite`` can ask ``pending`` of whoever spoke there, as far as anybody knows."""
        return satellite.id not in self._asks and self._action(pending, satellite, origin) is not None

    async def put(self, pending: Pending, satellite: Satellite, origin: Origin) -> Reply | None:
        """Ask ``pending`` at ``satellite`` for ``origin``, whose request it came from, and return what came of it.

        None where it may not be asked there, cannot be, or nobody answered: it waits then as it did before.
        """
        action = self._action(pending, satellite, origin)
        if action is None or satellite.id in self._asks:
            return None
        self._asks.add(satellite.id)
        try:
            answered = await self._ask(action)
        finally:
            self._asks.discard(satellite.id)
        if answered is None:
            return None
        try:
            reply = await self._door.answer(pending.id, origin, yes=answered)
        except Refused as error:
            reply = Reply(f"{error}.", "refused", language=origin.language or self._language)
        await self._speaker.say(reply.text, satellite, language=reply.language)
        return reply

    def _action(self, pending: Pending, satellite: Satellite, origin: Origin) -> Action | None:
        if satellite.entity is None or origin.person is not None or not self._door.may(pending, origin):
            return None
        language = origin.language if origin.language is not None and origin.language in _YES else self._language
        if language not in _YES:
            return None
        question = spoken(pending.question, self._clean)
        answers = [{"id": "yes", "sentences": list(_YES[language])}, {"id": "no", "sentences": list(_NO[language])}]
        action = Action(ASK, (satellite.entity,), {"question": question, "answers": answers})
        try:
            return validate(self._mirror.house(), action) if question else None
        except Refused:
            return None

    async def _ask(self, action: Action) -> bool | None:
        """Return what was answered; None where nothing was, or nothing that anybody can tell."""
        async with self._listening(action) as heard:
            outcomes: Sequence[Outcome] = ()
            try:
                outcomes = (await self._door.perform((action,), SYSTEM)).outcomes
            except ClawError:
                return None
            if not outcomes or outcomes[0].status not in SAID or not heard:
                return None
        answer = heard[0].get("id") if isinstance(heard[0], Mapping) else None
        return {"yes": True, "no": False}.get(answer) if isinstance(answer, str) else None

    @asynccontextmanager
    async def _listening(self, action: Action) -> AsyncGenerator[list[Json]]:
        task, found = asyncio.current_task(), list[Json]()

        def take(outcome: Outcome, response: Json) -> None:
            # By the same task: two questions with the same words at one satellite are never asked at once.
            if outcome.action == action and asyncio.current_task() is task:
                found.append(response)

        self._door.responded.append(take)
        try:
            yield found
        finally:
            self._door.responded.remove(take)
