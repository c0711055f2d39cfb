"""Deciding about skills as an act: judged, logged and stopped like a lamp.

Each act carries the hash of what was shown to whoever decides, so that a yes never falls on other bytes.  Who decides
is told from the entry in the log under which the gate sent it; the rules of the household come first, and no rule can
let a guest, a program, a skill, a routine or a stranger's text decide.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from claw.audit.log import AuditLog
from claw.base.action import Acknowledgement, Action, Origin, Permit
from claw.base.erasure import Erasure
from claw.base.errors import Refused
from claw.base.permit import PermitDesk
from claw.house.fields import Service, Text
from claw.memory.sources import proven
from claw.policy.people import Role
from claw.skills.model import Draft, Standing, content_hash

if TYPE_CHECKING:
    from claw.skills.deeds import Deeds

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
    LEARN: Service(name=LEARN, targets=False, fields={"skill": _NAME, "hash": _HASH}),
    IMPORT: Service(name=IMPORT, targets=False, fields={"skill": _NAME, "hash": _HASH}),
    ACCEPT: Service(name=ACCEPT, targets=False, fields={"skill": _NAME, "hash": _HASH}),
    ROLLBACK: Service(name=ROLLBACK, targets=False, fields={"skill": _NAME, "hash": Text(shortest=64, longest=64)}),
    **{name: Service(name=name, targets=False, fields={"skill": _NAME}) for name in (ENABLE, DISABLE, RETIRE)},
}
"""The actions in the catalogue's terms: ``skill`` is its name, ``hash`` that of the bytes that are meant."""


MOST_STAGED = 20
MOST_RESULTS = 100
_TEACH = frozenset({LEARN, DISABLE})
"""What a grown-up who is no owner may do, too, whatever the rules of the household say."""


class SkillEffector:
    """The effector of the acts on skills; ``deeds`` are given to it once there are any."""

    def __init__(self, permits: PermitDesk, audit: AuditLog, role: Callable[[str | None], Role | None]) -> None:
        """``role`` gives the role that somebody has at this moment."""
        self._permits = permits
        self._audit = audit
        self._role = role
        self._staged: OrderedDict[str, Draft] = OrderedDict()
        self._done: OrderedDict[int, Standing] = OrderedDict()
        self.deeds: Deeds | None = None

    def stage(self, draft: Draft) -> str:
        """Keep ``draft`` until the act that takes it is done, and return its hash."""
        digest = content_hash(draft.files)
        self._staged[digest] = draft
        while len(self._staged) > MOST_STAGED:
            self._staged.popitem(last=False)
        return digest

    async def perform(self, permit: Permit, action: Action) -> Acknowledgement:
        """Do one act on a skill; raises Refused, with a sentence, for what may not be done or by whom."""
        self._permits.spend(permit, action)
        origin, deeds = self._asked(action, permit.audit), self.deeds
        if deeds is None:
            raise Refused("there are no skills here")
        name, digest, entry = str(action.data.get("skill", "")), str(action.data.get("hash", "")), permit.audit
        match action.name:
            case "claw.skill_accept":
                standing = await deeds.accept(name, digest, origin, entry)
            case "claw.skill_enable":
                standing = await deeds.enable(name, origin, entry)
            case "claw.skill_disable":
                standing = await deeds.disable(name, origin, entry)
            case "claw.skill_rollback":
                standing = await deeds.rollback(name, digest, origin, entry)
            case "claw.skill_retire":
                standing = await deeds.retire(name, origin, entry)
            case _:
                standing = await deeds.learn(self._draft(action.name, name, digest), origin, entry)
        self._done[entry] = standing
        while len(self._done) > MOST_RESULTS:
            self._done.popitem(last=False)
        return Acknowledgement(response={"state": standing.state, "hash": standing.hash, "enabled": standing.enabled})

    def take(self, entry: int | None) -> Standing | None:
        """Return what came of the act with that number in the log, once."""
        return None if entry is None else self._done.pop(entry, None)

    def erase(self, erasure: Erasure) -> int:
        """Let go of what waits to be taken into the library: it is made of what somebody said or showed."""
        del erasure
        gone = len(self._staged)
        self._staged.clear()
        return gone

    def _asked(self, action: Action, entry: int) -> Origin:
        """Return who decides, as the log has it; raises Refused for whoever may not, whatever the rules say."""
        if action.name not in SERVICES:
            raise Refused(f"{action.name} is nothing that is done about skills")
        found = self._audit.entry(entry)
        if found is None or found.origin is None or found.payload is None:
            raise Refused("the log does not say who asked for this")
        origin, role = found.origin, self._role(found.origin.person)
        if found.payload.get("run") or origin.taint or origin.asks_only or not proven(origin, role):
            raise Refused("only a person who lives here, and is known to be it, decides about skills")
        if role != "owner" and not (role == "adult" and action.name in _TEACH):
            raise Refused("only an owner decides that")
        return origin

    def _draft(self, what: str, name: str, digest: str) -> Draft:
        draft = self._staged.pop(digest, None)
        if draft is None or draft.name != name or (draft.made == "imported") != (what == IMPORT):
            raise Refused("what was to be learned is not here any more: ask for it again")
        return draft
