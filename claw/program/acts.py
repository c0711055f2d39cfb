"""From a call to the actions that it is: what the gate judges is made here, the same way in rehearsal and run.

A program names groups, the gate takes only what is in them.  A message goes to somebody of the household, holds what a
stranger wrote only as a quotation, and no word that would wake or stop anything.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from claw.base.action import Action, Origin
from claw.base.errors import Refused
from claw.gate.follow import address
from claw.gate.messages import NOTIFY
from claw.house.model import Registry
from claw.house.text import plain, quoted
from claw.program.arguments import (
    ActArguments,
    Arguments,
    NotifyArguments,
    RememberArguments,
    ScheduleArguments,
    TextRef,
)
from claw.program.events import Call
from claw.program.later import Later, Schedules
from claw.program.looks import Looks

OWN = "claw"
TOOLS = "mcp"
"""The domain of the tools of other servers: what is given to one leaves the house."""
LONGEST_QUOTED = 1_000
LONGEST_KEPT = 500

_WHOLE = frozenset({"scene", "script"})
"""Domains whose groups of the registry are no groups: what they reach is judged by the gate."""


_SAYING = frozenset({"notify", "tts", "assist_satellite"})
"""Domains by which a house says or shows what it is given, as it is given: a wake word is heard, a picture loads."""

_SHOWING = _SAYING | {"persistent_notification", "input_text", "text"}
"""Domains by which a program's own words get to whoever looks or listens."""

_LEAVING = _SHOWING | {TOOLS}

_PRIVATE = "something that is not for everybody was looked up for this; it may only be told to the person who asked"

_WORDS = frozenset({"message", "question", "title", "text"})


class Acts:
    """Makes the actions of one program, for whoever it runs for."""

    def __init__(
        self,
        origin: Origin,
        people: Sequence[str],
        harmless: Callable[[str], str],
        keeps: Callable[[str, Origin], Action] | None = None,
        schedules: tuple[Schedules, datetime] | None = None,
    ) -> None:
        """``people`` are the ids of those who may be told; ``harmless`` makes a text fit to be said.

        ``keeps`` makes the action by which a sentence is remembered, ``schedules`` the one by which something is done
        later, counted from the moment with it; each raises Refused for what may not be.
        """
        self._keeps = keeps
        self._schedules = schedules
        self._origin = origin
        self._people = frozenset(people)
        self._harmless = harmless

    def actions(self, call: Call, asked: Arguments, looks: Looks) -> list[Action]:
        """Return what a call does; raises Refused for what is nobody's to do by a program."""
        if isinstance(asked, NotifyArguments):
            return [self._notify(asked, looks)]
        if isinstance(asked, ActArguments):
            return [self._called(asked, looks)]
        if isinstance(asked, RememberArguments) and self._keeps is not None:
            return [self._keeps(plain(asked.text, LONGEST_KEPT), self._origin)]
        if isinstance(asked, ScheduleArguments) and self._schedules is not None:
            schedules, now = self._schedules
            return [schedules(self._later(asked, looks, now), self._origin)]
        raise Refused(f"{call.name}() is no act")

    def _later(self, asked: ScheduleArguments, looks: Looks, now: datetime) -> Later:
        """Return what is to be done later; what may not be done by a program now may not be by its routine."""
        if not asked.acts and not asked.say.strip():
            raise Refused(
                "schedule(): acts: nothing to do, expected acts such as ('light.turn_on', 'light.a', {}), or say"
            )
        acts = [
            ActArguments.model_validate({**one.data, "service": one.service, "entities": one.entities})
            for one in asked.acts
        ]
        actions = tuple(self._called(one, looks) for one in acts)
        say = self._harmless(asked.say).strip()
        return Later(asked.when, actions, say, self._harmless(asked.name).strip(), asked.once, now)

    def _notify(self, asked: NotifyArguments, looks: Looks) -> Action:
        if isinstance(asked.text, TextRef):
            found = looks.look_into(asked.text.handle)
            text = f"{plain(found.source)}: {quoted(self._harmless(found.text), LONGEST_QUOTED)}"
        else:
            text = self._harmless(asked.text)
        if not text.strip():
            raise Refused("the message is empty")
        to = self._to(asked.to)
        if looks.private and to not in {address(self._origin), f"person:{self._origin.person}"}:
            raise Refused(_PRIVATE)
        return Action(NOTIFY, (), {"to": to, "text": text, "kind": "note", "urgency": "normal"})

    def _called(self, asked: ActArguments, looks: Looks) -> Action:
        domain, registry = asked.service.partition(".")[0], looks.house().registry
        if domain == OWN:
            raise Refused(f"{quoted(asked.service, 40)} is not for programs")
        entities = asked.named if domain in _WHOLE else tuple(dict.fromkeys(_members(asked.named, registry)))
        data = asked.data
        if looks.private and domain in _LEAVING and any(isinstance(value, str) for value in data.values()):
            raise Refused(_PRIVATE)
        if domain in _SAYING:
            said = {key: self._harmless(text) for key, text in data.items() if key in _WORDS and isinstance(text, str)}
            data |= said
        return Action(asked.service, entities, data)

    def _to(self, to: str) -> str:
        if to == "me":
            return address(self._origin)
        if to == "everyone":
            return to
        person = to.removeprefix("person:").removeprefix("person.")
        if person not in self._people:
            raise Refused(f"nobody here is called {quoted(to, 40)}; a message goes to me, everyone or a person's id")
        return f"person:{person}"


def _members(entities: Sequence[str], registry: Registry, depth: int = 5) -> Iterator[str]:
    for entity in entities:
        members = registry.groups.get(entity)
        if members is None or depth == 0:
            yield entity
        else:
            yield from _members(members, registry, depth - 1)
