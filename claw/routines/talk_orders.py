"""What is to be done later, in what people say: a command to the house, a reminder, a message, a skill, a timer.

A command is understood by the sentences about devices, for whoever asks and from where they are, and becomes actions
on things that exist now; what it would do is read back.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from claw.base.action import Origin
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.mind.hygiene import name_text
from claw.mind.intents import Intents
from claw.mind.memos_templates import Match
from claw.mind.phrases import capital, fill
from claw.mind.understood import Command, Question, Unclear
from claw.policy.people import People
from claw.routines.spec import MOST_ACTIONS, Act, Acts, Kind, Says, Step
from claw.routines.talk_ports import SkillWords
from claw.routines.talk_tongue import Tongue

LONGEST_NAME = 60
_LONGEST_SAID = 400


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done: steps, of what kind of routine, and a name for it.

    ``message``: it tells somebody something; ``wakes``: it is to be heard.
    """

    steps: tuple[Step, ...]
    kind: Kind
    name: str
    message: bool = False
    wakes: bool = False


Unknown = Literal["question", "none", "many"]
"""``question``: an answer would have to be given then; ``none``: nothing that is known; ``many``: too much at once."""


class Orders:
    """Finds out what is to be done."""

    def __init__(self, intents: Intents, mirror: Mirror, people: People, skills: SkillWords | None) -> None:
        self._intents = intents
        self._mirror = mirror
        self._people = people
        self._skills = skills

    async def order(self, text: str, origin: Origin, tongue: Tongue, *, clause: str = "") -> Order | Unclear | Unknown:
        """Return what ``text`` asks for, or why that is not known; ``clause`` is what must happen first, in words."""
        for match in tongue.orders.matches(text):
            found = await self._message(match, origin, tongue, clause)
            if found is not None:
                return found
        understood = await self._intents.listen(text, self._mirror.house(), origin)
        if isinstance(understood, Command):
            if len(understood.actions) > MOST_ACTIONS:
                return "many"
            acts = tuple(Act(action=one.name, entities=one.entities, data=one.data) for one in understood.actions)
            return Order((Acts(actions=acts),), "routine", _name(text)) if acts else "none"
        run = self._skills.meant(text, origin, tongue.code) if self._skills is not None else None
        if run is not None:
            return Order((run,), "routine", _name(text))
        return understood if isinstance(understood, Unclear) and self._commands(text, tongue) else "none"

    def _commands(self, text: str, tongue: Tongue) -> bool:
        """Return whether a text at least begins like a command."""
        low = text.lower()
        return any(low.startswith(opening) for opening in tongue.opens)

    async def _message(self, match: Match, origin: Origin, tongue: Tongue, clause: str) -> Order | Unknown | None:
        verb, _, whom = match.means.partition("_")
        what, to = match.get("what"), "everyone" if whom.endswith("all") else "me"
        if verb == "wake":
            return _wake(tongue)
        if whom.startswith("event"):
            text = fill(str(tongue.raw["says"]["event_text"]), clause=flipped(clause, tongue))
            return _says(tongue, "tell", text, to) if clause else None
        if whom == "who":
            person = self._person(match.get("who"))
            if not person:
                return None
            to = f"person:{person}"
        asks = tongue.asks(what)
        if verb == "tell" and not whom and not asks:
            asks = await self._is_question(what, origin, tongue)
        return _says(tongue, verb, what, to) if not asks else "question" if verb == "tell" else None

    async def _is_question(self, what: str, origin: Origin, tongue: Tongue) -> bool:
        """Return whether a text is something to be looked up: "the temperature" is no text to be told later."""
        house = self._mirror.house()
        for template in ("{what}", *map(str, tongue.raw["asks"].get("lookup", ()))):
            if isinstance(await self._intents.listen(template.format_map({"what": what}), house, origin), Question):
                return True
        return False

    def _person(self, words: str) -> str:
        """Return the id of the one person of the household that ``words`` name, else ""."""
        said = name_text(words)
        found = [person.id for person in self._people if said and name_text(person.name) == said]
        return found[0] if len(found) == 1 else ""


def woken(order: Order, time: str, tongue: Tongue) -> Order:
    """Return what wakes somebody with the time in its words."""
    text = fill(str(tongue.raw["says"]["wake_text"]), time=time)
    return replace(order, steps=(Says(say=text, to="me", urgency="high"),))


def _wake(tongue: Tongue) -> Order:
    name = str(tongue.raw["says"]["wake"])
    return Order((Says(say=name, to="me", urgency="high"),), "reminder", capital(name), message=True, wakes=True)


def _says(tongue: Tongue, verb: str, what: str, to: str) -> Order | None:
    text = plain(flipped(what, tongue) if verb == "remind" else what, _LONGEST_SAID).strip(" ,.")
    if not text:
        return None
    said = text if verb == "tell" else fill(str(tongue.raw["says"]["reminder_text"]), what=text)
    ended = said if said.endswith((".", "!", "?", "。")) else f"{said}{'。' if tongue.spaceless else '.'}"
    kind: Kind = "reminder" if verb == "remind" else "routine"
    says = Says.model_validate({"say": capital(ended), "to": to})
    return Order((says,), kind, _name(text), message=True)


def flipped(text: str, tongue: Tongue) -> str:
    """Return what somebody said of themselves as it is said to them: "my" becomes "your"."""
    words: Mapping[str, str] = tongue.raw.get("flip", {})
    if not words:
        return text
    known = re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b(?!')", re.IGNORECASE)
    return known.sub(lambda found: str(words[found[0].lower()]), text)


def _name(text: str) -> str:
    name = plain(text, _LONGEST_SAID).strip(" ,.")
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
