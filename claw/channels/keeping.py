"""What a channel may ask about the log as a thing: how it is vouched for, finish a file of it, erase a payload.

Erasing and sealing are for the console: they are done to the proof of what Claw did, and nothing that Claw itself
started may ask for them.
"""

from claw.audit.checkpoint import Checkpointer
from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.errors import Refused
from claw.house.text import plain


class Keeping:
    """Answers about the keeping of the log."""

    def __init__(self, audit: AuditLog, checkpoints: Checkpointer) -> None:
        self._audit = audit
        self._checkpoints = checkpoints

    def status(self) -> dict[str, Json]:
        """Return how long the log is, whether it could be written, and who vouches for it."""
        seq, head = self._audit.head()
        return {
            "entries": seq,
            "head": head.hex(),
            "failures": len(self._audit.failures),
            "lost": self._audit.lost_notes,
            "holds": self._audit.tail_ok and not self._checkpoints.problem,
            "vouched": self._checkpoints.status(),
        }

    async def checkpoint(self) -> dict[str, Json]:
        """Make a checkpoint now and return it as text; raises Refused where nothing can sign."""
        note = await self._checkpoints.now("asked")
        if note is None:
            raise Refused(self._checkpoints.problem or "the daemon has not opened its key yet; try again")
        return {"note": note.text, "entries": note.checkpoint.size}

    async def seal(self) -> dict[str, Json]:
        """Finish the running file and go on in a new one; raises Unavailable while somebody reads it, or Broken."""
        return {"sealed": str(await self._checkpoints.seal("asked"))}

    async def erase(self, seq: int, reason: str, origin: Origin) -> dict[str, Json]:
        """Erase the payload of one entry; raises Refused without a reason or payload, Unavailable, Broken."""
        why = plain(reason, 200)
        if not why:
            raise Refused("erasing needs a reason; it goes into the log")
        return {"erased": seq, "entry": await self._audit.erase(seq, origin, why)}
