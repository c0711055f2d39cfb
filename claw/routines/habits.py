"""Makes a routine of a habit that somebody said yes to: what they did by the clock is done for them.

Only what happens at a time of day becomes one; a habit of undoing what an automation did says that the automation is
wrong, and a routine against it would fight it.
"""

from collections.abc import Mapping
from typing import Protocol

from pydantic import ValidationError

from claw.base.action import Origin
from claw.house.mirror import Mirror
from claw.house.text import plain
from claw.memory.model import Fact
from claw.memory.subjects import entity_of
from claw.policy.windows import DAYS
from claw.routines.routines import Told
from claw.routines.spec import Act, Acts, At, Spec

_SWITCHED = frozenset({"light", "switch", "fan", "media_player", "input_boolean", "humidifier", "siren"})
_DEEDS: Mapping[str, Mapping[str, str]] = {
    **{domain: {"on": f"{domain}.turn_on", "off": f"{domain}.turn_off"} for domain in _SWITCHED},
    "cover": {"open": "cover.open_cover", "closed": "cover.close_cover"},
}
_LONGEST = 60


class Makes(Protocol):
    """Who makes routines (``claw/routines/routines.py``)."""

    async def add(self, spec: Spec, origin: Origin, *, said: str = "") -> Told:
        """Have a routine made for ``origin``."""
        ...


class HabitRoutines:
    """Carries habits out (``claw/memory/offers.py``: ``Carries``)."""

    def __init__(self, routines: Makes, mirror: Mirror) -> None:
        self._routines = routines
        self._mirror = mirror

    def can(self, fact: Fact) -> bool:
        """Return whether it is a habit by the clock, about a thing that is here and can be switched."""
        return self._spec(fact) is not None

    async def carry(self, fact: Fact, origin: Origin, *, said: str) -> str:
        """Make a routine of it and return what it will do, or why there is none."""
        spec = self._spec(fact)
        if spec is None:
            return "That cannot be done by itself any more."
        return (await self._routines.add(spec, origin, said=said)).text

    def _spec(self, fact: Fact) -> Spec | None:
        entity = entity_of(fact.subject, self._mirror.registry)
        if fact.kind != "routine" or entity is None or not isinstance(fact.value, Mapping):
            return None
        at, becomes = fact.value.get("at"), str(fact.value.get("becomes"))
        action = _DEEDS.get(entity.domain, {}).get(becomes)
        if not isinstance(at, str) or action is None:
            return None
        days = [day for day in DAYS if day in fact.condition.get("weekdays", ())]
        name = f"{plain(entity.name or entity.entity_id, _LONGEST - 10)} {becomes}"
        try:
            return Spec(
                name=name,
                when=(At.model_validate({"at": at} | ({"days": days} if days else {})),),
                do=(Acts(actions=(Act(action=action, entities=(entity.entity_id,)),)),),
            )
        except ValidationError:  # a row that somebody changed
            return None
