"""What the console may ask about names: which no model is shown, and to approve them as they are now.

Approving is the owner's word that a text which came from a device may be read by a model; nothing that Claw itself
started may give it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.channels.shown import shown
from claw.house.mirror import Mirror
from claw.mind.approved import ApprovedNames, key_of, names_of


@dataclass(frozen=True)
class Naming:
    """Answers about approved names."""

    names: ApprovedNames
    mirror: Mirror
    audit: AuditLog

    def waiting(self) -> list[dict[str, Json]]:
        """Return the rooms and entities that have a name which no model is shown, by id, with their names."""
        return [{"id": one.id, "names": list(one.names)} for one in self.names.unapproved(self.mirror.registry)]

    async def approve(self, ids: Sequence[str], origin: Origin) -> dict[str, Json]:
        """Approve the present names of these ids, of all that wait where none is given; raises Refused or Broken."""
        if not self.mirror.ready:
            raise Refused("the house is not connected, so its names are not known")
        registry = self.mirror.registry
        things = self.names.find(registry, ids or [one.id for one in self.names.unapproved(registry)])
        approved = {key_of(thing): list(names_of(thing)) for thing in things}
        await self.audit.append("names", {"approved": approved}, origin=origin)
        self.names.approve(things, origin.person or origin.source)
        return shown({"approved": approved})
