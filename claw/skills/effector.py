"""Deciding about skills as an act: judged, logged and stopped like a lamp.

Each act carries the hash of what was shown to whoever decides, so that a yes never falls on other bytes.  Who decides
is told from the entry in the log under which the gate sent it; the rules of the household come first, and no rule can
let a guest, a program, a skill, a routine or a stranger's text decide.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Permit
from claw.base.permit import PermitDesk
from claw.house.fields import Service, Text
from claw.skills.model import Draft

if TYPE_CHECKING:
    from claw.skills.life import Life

LEARN, ACCEPT, ENABLE, DISABLE, ROLLBACK, IMPORT, RETIRE = ACTIONS = (
    "claw.skill_learn",
    "claw.skill_accept",
    "claw.skill_enable",
    "claw.skill_disable",
    "claw.skill_rollback",
    "claw.skill_import",
    "claw.skill_retire",
)

_NAME = Text(required=True, shortest=1, longest=64)
_HASH = Text(required=True, shortest=64, longest=64)

SERVICES: Mapping[str, Service] = {
    LEARN: Service(name=LEARN, targets=False, fields={"skill": _NAME, "hash": _HASH, "what": Text(longest=300)}),
    IMPORT: Service(name=IMPORT, targets=False, fields={"skill": _NAME, "hash": _HASH}),
    ACCEPT: Service(name=ACCEPT, targets=False, fields={"skill": _NAME, "hash": _HASH}),
    ROLLBACK: Service(name=ROLLBACK, targets=False, fields={"skill": _NAME, "hash": Text(shortest=64, longest=64)}),
    **{name: Service(name=name, targets=False, fields={"skill": _NAME}) for name in (ENABLE, DISABLE, RETIRE)},
}
"""The actions in the catalogue's terms: ``skill`` is its name, ``hash`` that of the bytes that are meant."""


class SkillEffector:
    """The effector of the acts on skills; ``life`` is given to it once there is one."""

    def __init__(self, permits: PermitDesk, audit: AuditLog) -> None:
        self._permits = permits
        self._audit = audit
        self.life: Life | None = None

    def stage(self, draft: Draft) -> str:
        """Keep ``draft`` until the act that takes it is done, and return its hash."""
        raise NotImplementedError

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do one act on a skill; raises Refused, with a sentence, for what may not be done or by whom."""
        raise NotImplementedError
