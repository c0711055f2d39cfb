"""Which witnesses keep the heads of the log while the daemon runs.

A file always does, the journal where the machine has one, and an ``input_text`` of Home Assistant where one is named.
That one is written through the narrow way that passes a stop, by its fixed name, and never otherwise.
"""

from pathlib import Path

from claw.audit.note import LINE_CHARS, Note, home_of
from claw.audit.witness import Witness
from claw.audit.witness_file import witness_file
from claw.audit.witness_journal import JournalWitness
from claw.base.action import Action
from claw.base.config import AuditConfig
from claw.base.errors import Broken, Unavailable
from claw.gate.safe import Passing
from claw.house.mirror import Mirror

DOMAIN = "input_text"
_SET = f"{DOMAIN}.set_value"


class HouseWitness:
    """Keeps the last note in an ``input_text``, whose history Home Assistant keeps; what it holds it may be told again.

    Its helper has to take 255 characters.
    """

    writable_by_claw = True

    def __init__(self, entity: str, passing: Passing, mirror: Mirror) -> None:
        """Raises Broken unless ``entity`` is an input_text."""
        if entity.partition(".")[0] != DOMAIN:
            raise Broken(f"audit: witness_entity: {entity} is not an {DOMAIN}")
        self.name = f"{entity} in Home Assistant"
        self._entity = entity
        self._passing = passing
        self._mirror = mirror
        passing.fix("witness", (Action(_SET, (entity,)),))

    async def keep(self, note: Note, key: str) -> None:
        """Write ``note`` as one line; raises Unavailable where the house does not take it."""
        del key  # a note names its key, and one line has no room for more
        outcome = await self._passing.send("witness", Action(_SET, (self._entity,), {"value": note.line[:LINE_CHARS]}))
        if outcome.status == "failed":
            raise Unavailable(f"{self.name} does not take it: {outcome.detail}")

    def read(self) -> list[str]:
        """Return what the entity shows; raises Unavailable while the house is not there."""
        state = self._mirror.states.get(self._entity)
        if state is None or not self._mirror.ready:
            raise Unavailable(f"{self.name} cannot be read: the house is not there")
        return [] if state.value in {"", "unknown", "unavailable"} else [state.value]


def witnesses_for(config: AuditConfig, log: bytes, state: Path, passing: Passing, mirror: Mirror) -> list[Witness]:
    """Return the witnesses of the running daemon for the log ``log`` in the state directory ``state``."""
    found: list[Witness] = [witness_file(config.witness_file, log, state)]
    journal = JournalWitness(log, home_of(state), state.stat().st_uid)
    if config.journald and journal.there:
        found.append(journal)
    if config.witness_entity is not None:
        found.append(HouseWitness(config.witness_entity, passing, mirror))
    return found
