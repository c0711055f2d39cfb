"""What a routine does as a phrase that fits into a sentence: "open the living room blinds", "tell me: dinner"."""

from collections.abc import Sequence

from claw.base.action import Action
from claw.gate.messages import NOTIFY
from claw.house.model import House
from claw.house.text import plain, quoted
from claw.mind.nouns import Naming
from claw.mind.phrases import phrases
from claw.mind.wording import target_words, verb_words
from claw.routines.spec import Act, Acts, Prompts, Runs, Says, Step

LONGEST = 500
MOST_NAMED = 6
"""Things of one action that are named; a whole room or kind of things counts as one."""


def deeds(steps: Sequence[Step], house: House, language: str | None = None, *, to: str = "you") -> tuple[str, ...]:
    """Return one phrase for each act of each step, in order; ``to`` is whom a message to "me" goes to, in words."""
    return tuple(said for step in steps for said in _step(step, house, language, to))


def deed(steps: Sequence[Step], house: House, language: str | None = None, *, to: str = "you") -> str:
    """Return all of it in one phrase: "close the blinds, then turn off the kitchen lights"."""
    return ", then ".join(deeds(steps, house, language, to=to))


def _step(step: Step, house: House, language: str | None, to: str) -> Sequence[str]:
    match step:
        case Acts(actions=acts):
            return [_act(act, house, language) for act in acts]
        case Runs():
            values = ", ".join(f"{key} {plain(str(value))}" for key, value in step.arguments.items())
            return [f"run the skill {plain(step.skill.replace('-', ' '))}{f' ({values})' if values else ''}"]
        case Says():
            return [f"tell {_addressee(step.to, house, to)}: {quoted(step.say, LONGEST)}"]
        case Prompts():
            return [f"where its program says so, ask the model: {quoted(step.prompt, LONGEST)}"]


def _act(act: Act, house: House, language: str | None) -> str:
    if act.action == NOTIFY and isinstance(text := act.data.get("text"), str):
        return f"tell {_addressee(str(act.data.get('to', '')), house, 'them')}: {quoted(text, LONGEST)}"
    words = phrases(language)
    action = Action(act.action, act.entities, act.data)
    names, _ = Naming(house, words).collected(act.entities, complete=len(act.entities) <= MOST_NAMED)
    return words.sentence(
        "line" if names else "line.bare",
        verb=verb_words(action, words),
        names=names,
        target=target_words(action, house, words),
    )


def _addressee(to: str, house: House, me: str) -> str:
    kind, _, ident = to.partition(":")
    if kind == "place":
        area = house.registry.areas.get(ident)
        return f"whoever is in {quoted(area.name if area else ident)}"
    if kind == "person":
        found = next((person.name for person in house.registry.people if person.id == ident), ident)
        return plain(found)
    return "everyone" if kind == "everyone" else me
