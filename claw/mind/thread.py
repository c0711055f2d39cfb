"""The thread of a talk: for two minutes "it", "again" and "the other lamp" mean what was last done here.

Every conversation has its own thread and nobody else's.  A reference becomes an ordinary Command with absolute values,
judged by the gate like any other.  "Again" and "that one too" repeat the last act and nothing else; nothing here turns
them, or a taking back, into an unlock, an open door or a disarmed alarm.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from claw.base.action import Action, Outcome
from claw.base.clock import Clock
from claw.base.erasure import Erasure
from claw.gate.undo import Reversal, reversal
from claw.house.model import House
from claw.mind import levels
from claw.mind.pointing import named, others, same_on
from claw.mind.referring import Again, Also, Do, Other, Reference, SetTo, Step, Undo, refer
from claw.mind.tongues import BACKWARD, ONWARD
from claw.mind.understood import Command
from claw.mind.verbs import do

REMEMBERED_S = 120.0
CORRECTED_S = 60.0
"""For how long a complaint is about the last act, and teaches something."""
MOST = 200

_NONE: tuple[Action, ...] = ()


@dataclass(slots=True)
class _Talk:
    """The last act of one conversation.

    ``step`` is the last "brighter"; ``fresh`` turns False when something else was said since.
    """

    command: Command
    outcomes: tuple[Outcome, ...]
    at: float
    step: Step | None = None
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Correction:
    """An act that somebody was not content with, and what mended it.

    ``said`` are their words, ``did`` what had been done, ``mend`` what was done about it.
    """

    said: str
    did: Command
    mend: Command


@dataclass(frozen=True, slots=True)
class _Proposed:
    """A command that a reference became, to be recognised when its outcomes come in."""

    command: Command
    step: Step | None = None
    corrects: Command | None = None


class Threads:
    """The last acts of the conversations of the last two minutes, at most 200."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._talks: OrderedDict[str, _Talk] = OrderedDict()
        self._proposed: OrderedDict[str, _Proposed] = OrderedDict()

    def remember(self, conversation: str, command: Command, outcomes: Sequence[Outcome]) -> Correction | None:
        """Take what was just done in a conversation; one without a name is nobody's and is not remembered.

        Returns the correction that it was, where somebody had not been content with the act before and it was mended.
        """
        if not conversation or not command.actions:
            return None
        proposed = self._proposed.pop(conversation, None)
        talk = _Talk(command, tuple(outcomes), self._clock.monotonic())
        if proposed is not None and proposed.command == command:
            talk.step = proposed.step
        self._talks[conversation] = talk
        self._talks.move_to_end(conversation)
        while len(self._talks) > MOST:
            self._talks.popitem(last=False)
        if proposed is None or proposed.command != command or proposed.corrects is None:
            return None
        mended = any(outcome.status in {"done", "started", "sent"} for outcome in outcomes)
        return Correction(command.text, proposed.corrects, command) if mended else None

    def follow_up(self, text: str, conversation: str, house: House, language: str | None) -> Command | None:
        """Return the command that ``text`` means after the last act, None where it is no follow-up to anything."""
        talk = self._talk(conversation)
        if talk is None:
            return None
        for tongue in dict.fromkeys(((language or "en").partition("-")[0].lower(), talk.command.language, "en")):
            reference = refer(text, tongue)
            proposed = self._resolve(reference, talk, house, text, tongue) if reference is not None else None
            if proposed is not None:
                self._propose(conversation, proposed)
                return proposed.command
        talk.fresh = False
        return None

    def erase(self, erasure: Erasure) -> int:
        """Let go of the acts of talks that are to be forgotten; return how many went."""
        talks = [name for name, one in self._talks.items() if erasure.means(one.command.text, conversation=name)]
        proposed = [name for name, one in self._proposed.items() if erasure.means(one.command.text, conversation=name)]
        for name in talks:
            del self._talks[name]
        for name in proposed:
            del self._proposed[name]
        return len(talks) + len(proposed)

    def _propose(self, conversation: str, proposed: _Proposed) -> None:
        self._proposed[conversation] = proposed
        while len(self._proposed) > MOST:
            self._proposed.popitem(last=False)

    def _talk(self, conversation: str) -> _Talk | None:
        talk = self._talks.get(conversation)
        if talk is None:
            return None
        if self._clock.monotonic() - talk.at > REMEMBERED_S:
            del self._talks[conversation]
            return None
        return talk

    def _resolve(self, reference: Reference, talk: _Talk, house: House, text: str, language: str) -> _Proposed | None:
        late = self._clock.monotonic() - talk.at > CORRECTED_S
        if late and isinstance(reference, Undo) and reference.disliked:
            return None  # nobody knows any more what it is that is not liked
        step = None
        back = Reversal()
        actions = _NONE
        match reference:
            case Step():
                step = _directed(reference, talk.step)
                actions = levels.step(house, _of(talk, step.domains), step.direction * step.size)
            case SetTo():
                actions = self._set_to(reference, talk, house)
            case Again():
                actions = self._again(talk, house)
                step = talk.step
            case Undo():
                back = reversal(talk.outcomes, house)
                actions = back.actions
            case Do():
                actions = do(reference.verb, _of(talk), house)
            case Other() | Also():
                actions = self._pointed(reference, talk, house)
                if actions and reference.instead:
                    back = reversal(talk.outcomes, house)
                    actions = (*back.actions, *actions)
        if not actions:
            return None
        corrects = talk.command if _complains(reference) and not late else None
        return _Proposed(Command(actions, language, text, back.undoes), step, corrects)

    def _again(self, talk: _Talk, house: House) -> tuple[Action, ...]:
        if talk.step is None:
            return talk.command.actions
        return levels.step(house, _of(talk, talk.step.domains), talk.step.direction * talk.step.size)

    def _set_to(self, reference: SetTo, talk: _Talk, house: House) -> tuple[Action, ...]:
        unit = reference.unit
        if unit in {"c", "f"}:
            if house.registry.temperature_unit.lower() != f"°{unit}":
                return _NONE
            unit = "°"
        return levels.set_to(house, _of(talk), reference.value, unit)

    def _pointed(self, reference: Other | Also, talk: _Talk, house: House) -> tuple[Action, ...]:
        """Return the last act on other things; after another sentence in between it is not clear what is meant."""
        last = next((action for action in reversed(talk.command.actions) if action.entities), None)
        if last is None or not talk.fresh:
            return _NONE
        if isinstance(reference, Other):
            entities = others(house, _of(talk), reference.domain, every=reference.every)
        else:
            entities = named(house, last, reference.name)
        return same_on(last, entities)


def _complains(reference: Reference) -> bool:
    """Return whether a reference says that what was done was not right."""
    match reference:
        case Undo():
            return True
        case Step():
            return bool(reference.complaint)
        case Other() | Also():
            return reference.instead
        case _:
            return False


def _of(talk: _Talk, domains: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Return the things of the last act, of some domains where given."""
    entities = dict.fromkeys(entity for action in talk.command.actions for entity in action.entities)
    return tuple(entity for entity in entities if not domains or entity.partition(".")[0] in domains)


def _directed(step: Step, last: Step | None) -> Step:
    """Return ``step`` with a direction: "more" goes on as before, "less" goes back; upwards where there was none."""
    before = last.direction if last is not None else 1
    if step.direction not in {ONWARD, BACKWARD}:
        return step
    domains = last.domains if last is not None else step.domains
    return Step(before if step.direction == ONWARD else -before, domains, step.size)
