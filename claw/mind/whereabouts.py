"""Where people were is theirs: whoever asks it of another asks the policy first, and the other may be told.

That somebody is at home now is seen by anybody who is there too; when they came, when they left and where they were
before is not.  So a look at the past of a person, or of what follows one, is an act like any other: judged, logged,
stopped, and told to its subject where a rule says so (``notify: subject``).  Guests and voices never get that far,
whatever the rules say; oneself one may always ask about.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from claw.base.action import Acknowledgement, Action, Origin, Outcome, Permit
from claw.base.errors import Refused, Unavailable
from claw.base.permit import PermitDesk
from claw.gate.perform import Gate
from claw.house.fields import Service, Text
from claw.memory.audience import Hearing
from claw.policy.people import People

PRESENCE = "claw.read_presence"
SERVICE = Service(name=PRESENCE, targets=False, fields={"person": Text(required=True, longest=255)})
"""The action in the catalogue's terms: ``person`` is whose past is looked at, by id, or the thing that follows them."""

FOLLOWING = frozenset({"person", "device_tracker", "zone"})
"""Domains of things whose states say where somebody is, or how many are."""


MODELS = frozenset({"mcp", "openai"})
"""Kinds of channel whose words come from a program that speaks for a model."""


class Looked:
    """The effector of ``claw.read_presence``: what was seen is handed to whoever asked, and never gets in here."""

    def __init__(self, permits: PermitDesk) -> None:
        self._permits = permits

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Let the look pass; raises Refused on a bad permit."""
        self._permits.spend(permit, action)
        return Acknowledgement()


@dataclass(frozen=True)
class Whereabouts:
    """Says who may look at where people were."""

    gate: Gate
    people: People
    hearing: Hearing

    async def check(self, entities: Iterable[str], origin: Origin, said: str = "") -> None:
        """Ask the rules about the past of those of ``entities`` that follow somebody else; for others nothing is asked.

        Raises Refused where it may not be told, Unavailable where nobody can say so now.
        """
        asker = self.hearing.of(origin).person
        known = self.people.get(asker)
        own = known.entity if known is not None else None
        others = dict.fromkeys(self.subject(one) for one in entities if follows(one) and one != own)
        if not others:
            return
        if asker is None:
            raise Refused("where people were is told only to those who live here, on a page or device of their own")
        actions = [Action(PRESENCE, (), {"person": subject}) for subject in others]
        performed = await self.gate.perform(actions, origin, said=said)
        if performed.pending is not None:
            self.gate.questions.void(performed.pending.id, "where somebody was is not told later")
            raise Refused("somebody has to be asked before this is told")
        for outcome in performed.outcomes:
            if outcome.status == "refused":
                raise Refused(outcome.detail)
            if outcome.status not in {"done", "sent"}:
                raise Unavailable(outcome.detail or "this cannot be looked up now")

    def subject(self, entity_id: str) -> str:
        """Return whose past a thing shows: the id of a person of the household, else of the thing itself.

        Where nothing says what follows somebody, the thing that is called like them does: they are told once too often
        rather than not at all.
        """
        said = next((one.id for one in self.people if one.entity == entity_id), None)
        alike = self.people.get(entity_id.removeprefix("person."))
        return said or (alike.id if alike is not None and alike.entity is None else entity_id)


def check_asker(entities: Iterable[str], origin: Origin, *, past: bool) -> None:
    """Raise Refused for what is told to people alone, or to nobody from nowhere, whatever the rules say.

    Who did what before is not for a program that speaks for a model, nor is where anybody is; the latter is not for a
    voice from no known room either.
    """
    speaks_for_a_model = origin.channel.partition(":")[0] in MODELS
    if past and speaks_for_a_model:
        raise Refused("what was done before is told to people, on a page or device of their own, not to a program")
    nowhere = origin.person is None and origin.place is None and origin.channel.partition(":")[0] == "voice"
    if (speaks_for_a_model or nowhere) and any(map(follows, entities)):
        raise Refused("where people are is told only to those who live here, on a page or device of their own")


def follows(entity_id: str) -> bool:
    """Return whether the states of a thing say where somebody is."""
    return entity_id.partition(".")[0] in FOLLOWING


def asked_words(outcome: Outcome) -> str:
    """Return what the subject of a look is told of it; empty for any other act."""
    return "asked when you came and went." if outcome.action.name == PRESENCE else ""
