"""What a sentence would mean, said at a satellite; for whoever tries a recording, and nothing is done about it.

It is looked at as ``Hearing`` does, in the same order: what stops everything, a bare stop, a word to Claw itself, then
the sentence as it stands or as it is put right.  No rule is asked, nothing acts, no model is asked and nothing is kept.
What else Claw may make of a sentence (something to remember, a routine, a program) is not looked at.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from claw.base.action import Action, Origin
from claw.house.model import House
from claw.mind.nouns import Naming
from claw.mind.phrases import phrases
from claw.mind.understood import Command, Control, Question, Unclear, Understood
from claw.mind.wording import line
from claw.voice.hearing import Words
from claw.voice.model import Satellite
from claw.voice.snapping import Known

Kind = Literal["nothing", "stop", "cut", "control", "act", "question", "asks", "known", "unclear"]

MOST_NAMED = 6


@dataclass(frozen=True, slots=True)
class Meant:
    """What it would be: ``text`` says it in words; ``actions`` what would be put before the rules.

    ``taken_for`` is the sentence that a misheard one becomes, empty where it stays as it was heard.
    """

    kind: Kind
    text: str
    actions: tuple[Action, ...] = ()
    taken_for: str = ""


class Meaning:
    """Looks at sentences; one for the daemon."""

    def __init__(
        self,
        words: Words,
        listen: Callable[[str, House, Origin], Awaitable[Understood]],
        house: Callable[[], House],
        known: Sequence[Known] = (),
    ) -> None:
        """``known`` are the others that understand sentences, as ``Snapping`` knows them."""
        self._words = words
        self._listen = listen
        self._house = house
        self._known = tuple(known)

    async def of(self, text: str, satellite: Satellite, language: str | None = None) -> Meant:
        """Return what ``text`` would mean there; raises nothing."""
        if not any(map(str.isalnum, text)):
            return Meant("nothing", "no words")
        if self._words.stops.everything(text) is not None:
            return Meant("stop", "everything would be stopped")
        if self._words.stops.bare_stop(text, language):
            return Meant("cut", "a bare stop: it would end what is heard there, and nothing else")
        origin = Origin(f"voice:{satellite.id}", place=satellite.place, source=satellite.source, language=language)
        if (control := self._words.control(text, origin)) is not None:
            return _control(control)
        snapped = await self._words.snapping.snap(text, origin)
        if snapped.ask:
            return Meant("asks", f"it would ask: {snapped.ask}")
        return await self._sentence(snapped.text, origin, snapped.text if snapped.changed else "")

    async def _sentence(self, text: str, origin: Origin, taken_for: str) -> Meant:
        house = self._house()
        match await self._listen(text, house, origin):
            case Control() as control:
                return _control(control)
            case Command() as command:
                words = phrases("en")
                naming = Naming(house, words)
                told = "; ".join(line(action, house, naming, words) for action in command.actions)
                return Meant("act", f"to be done, as far as the rules let it: {told}", command.actions, taken_for)
            case Question() as question:
                return Meant(
                    "question", f"a question ({question.kind}){_about(question.entities, house)}", (), taken_for
                )
            case Unclear(choices=choices) if choices:
                return Meant("asks", f"it would ask which is meant: {_names(choices, house)}")
            case Unclear():
                if any(one(text, origin) for one in self._known):
                    return Meant("known", "a phrase of a skill, or a name that was taught")
                return Meant(
                    "unclear",
                    "no sentence about the house that is understood without a model, nor like one",
                )


def _control(control: Control) -> Meant:
    return Meant("control", f"a word to Claw itself: {control.word}")


def _about(entities: Sequence[str], house: House) -> str:
    return f" about {_names(entities, house)}" if entities else ""


def _names(entities: Sequence[str], house: House) -> str:
    words = phrases("en")
    naming = Naming(house, words)
    more = [f"{len(entities) - MOST_NAMED} more"] if len(entities) > MOST_NAMED else []
    return words.join([*(naming.one(entity) for entity in entities[:MOST_NAMED]), *more])
