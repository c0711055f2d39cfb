"""Writing to memory as an act: judged, logged and stopped like a lamp, and believed no further than its source.

The action ``claw.remember`` carries all that is to be kept, so that a question about it can wait for its yes through a
restart.  How far it is believed is never in there: it is told from the entry in the log under which the gate sent it.
"""

from collections.abc import Mapping

from claw.base.action import Acknowledgement, Action, Permit
from claw.base.permit import PermitDesk
from claw.house.fields import LARGEST, Choice, Field, Flag, Number, Service, Text
from claw.memory.admission import Admission
from claw.memory.facts import Kept
from claw.memory.residents import Consent

REMEMBER = "claw.remember"

OPERATIONS = ("keep", "correct", "settle", "pin", "consent")
LONGEST_FACT = 4_000
"""Characters of a fact as text."""

FIELDS: Mapping[str, Field] = {
    "op": Choice(required=True, options=OPERATIONS),
    "sentence": Text(longest=500),
    "fact": Text(longest=LONGEST_FACT),
    "by": Choice(options=("words", "program", "habit")),
    "memory": Number(low=1, high=LARGEST, whole=True),
    "yes": Flag(),
    "person": Text(longest=100),
    "habits": Flag(),
    "talks": Flag(),
}

SERVICE = Service(name=REMEMBER, targets=False, fields=FIELDS)
"""The action in the catalogue's terms."""


class Remembering:
    """The effector of ``claw.remember``."""

    def __init__(self, permits: PermitDesk, admission: Admission) -> None:
        self._permits = permits
        self._admission = admission

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do one operation on memory; raises Refused, with a sentence, for what may not be kept or by whom."""
        raise NotImplementedError

    def take(self, entry: int) -> Kept | Consent | None:
        """Return what came of the act with that number in the log, once."""
        raise NotImplementedError
