"""What a draft of a policy is asked about: a case that nobody made, held against a house.

Apart from what answers it (``drafted``), which takes a while to load and is not wanted in a daemon.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from claw.base.action import Json, Origin
from claw.base.documents import Document
from claw.base.errors import Refused
from claw.house.model import House
from claw.policy.cases import moment
from claw.policy.load import OWN_ACTIONS
from claw.policy.people import People
from claw.policy.rules import PolicyFile
from claw.policy.testing import read_tests
from claw.policy.windows import zone_of

DRAFT = "draft"
"""What the text is called where its lines are named."""
IN_FORCE = "policy"


@dataclass(frozen=True)
class Ground:
    """What a policy is held against; ``house`` as it is now, ``now`` in UTC."""

    people: People
    actions: frozenset[str]
    house: House
    now: datetime

    def renamed_to_present(self) -> "Ground":
        """Return the same for a text that is written now: it means every thing by the id that it has today."""
        registry = self.house.registry
        entities = {key: replace(entity, former=None) for key, entity in registry.entities.items()}
        house = House(replace(registry, entities=MappingProxyType(entities)), self.house.states)
        return replace(self, house=house)

    def check(self, case: "Case") -> None:
        """Raise Refused for a case that could not be: an action, a thing, a person or a time that there is none of."""
        known = case.action in self.actions or case.action.removeprefix("claw.") in OWN_ACTIONS
        if not known and not case.action.startswith("mcp."):
            raise Refused(f"there is no action {case.action[:100]!r}")
        entities = self.house.registry.entities
        strange = next((one for one in (*case.entities, *case.states) if one not in entities), None)
        if strange is not None:
            raise Refused(f"there is no {strange[:100]!r} in this house")
        if case.person and self.people.get(case.person) is None:
            raise Refused(f"nobody here is {case.person[:100]!r}")
        self.local(case.at)

    def local(self, at: str = "") -> datetime:
        """Return the time that ``at`` names on the clocks of the house, now where it names none; raises Refused."""
        zone = zone_of(self.house.registry.time_zone) or UTC
        try:
            return moment(at).replace(tzinfo=zone) if at else self.now.astimezone(zone)
        except ValueError as error:
            raise Refused(str(error)) from None


@dataclass(frozen=True)
class Case:
    """A request that nobody made: who asks for what, when, and what is otherwise in the house.

    A person who is named counts as signed in; ``at`` is a local time such as 23:00, empty for now.
    """

    action: str
    entities: tuple[str, ...] = ()
    data: Mapping[str, Json] = field(default_factory=dict[str, Json])
    person: str = ""
    channel: str = "web"
    place: str = ""
    at: str = ""
    tainted: bool = False
    states: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def origin(self) -> Origin:
        """Who asks."""
        return Origin(
            channel=self.channel or "web",
            person=self.person or None,
            place=self.place or None,
            authenticated=bool(self.person),
            taint=("what if",) if self.tainted else (),
            strength="session" if self.person else None,
        )


def check_text(text: str) -> None:
    """Raise Refused for what cannot be a policy, without reading it: no process need be asked about that."""
    if "version" not in text:
        raise Refused("that is no policy: it does not say `version: 1`")


def rules_of(text: str, name: str = IN_FORCE) -> list[dict[str, Json]]:
    """Return the rules in a text, each with its id, effect and line; raises Invalid for one that is no policy."""
    return rules_in(read_tests(text, name))


def rules_in(document: Document[PolicyFile]) -> list[dict[str, Json]]:
    """Return the rules of a text that was read, as ``rules_of``."""
    return [
        {"id": rule.id, "effect": rule.effect, "line": document.line("rules", at)}
        for at, rule in enumerate(document.value.rules)
    ]
