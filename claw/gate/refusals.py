"""Refusals in the log, so that nobody can fill it: each is written once a minute for its source, the rest counted.

A refusal is cheap to provoke, a durable row is not.  Without this a program in a loop, or a person with one, could bury
what matters under what was never done.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from claw.audit.draft import body
from claw.audit.log import AuditLog
from claw.base.action import Json, Origin
from claw.base.clock import Clock

WRITTEN_A_MINUTE = 20
MINUTE_S = 60.0


@dataclass
class _Minute:
    began: float
    written: dict[bytes, int] = field(default_factory=dict[bytes, int])
    folded: int = 0


class Refusals:
    """Writes each refusal of a source once a minute, at most 20, then one row that says how many more there were.

    ``count`` is how many there were, written or not.
    """

    def __init__(self, audit: AuditLog, clock: Clock) -> None:
        self._audit = audit
        self._clock = clock
        self._minutes: dict[str, _Minute] = {}
        self.count = 0

    async def write(
        self, payload: Mapping[str, Json], origin: Origin, *, versions: Mapping[str, str], parent: int | None = None
    ) -> int:
        """Return the number of the row that tells of this refusal: its own, an equal one's before it, or the last.

        Raises Broken when the log cannot be written.
        """
        self.count += 1
        source = f"{origin.channel} {origin.source}"
        now = self._clock.monotonic()
        self._end_minutes(now)
        minute = self._minutes.setdefault(source, _Minute(now))
        what = hashlib.sha256(body(payload)).digest()
        if what in minute.written or len(minute.written) >= WRITTEN_A_MINUTE:
            minute.folded += 1
            return minute.written.get(what) or next(reversed(minute.written.values()))
        number = await self._audit.append("refusal", payload, origin=origin, parent=parent, versions=versions)
        minute.written[what] = number
        return number

    def flush(self) -> None:
        """Write what was only counted so far: called when the daemon ends."""
        for source, minute in self._minutes.items():
            self._close(source, minute)
        self._minutes.clear()

    def _end_minutes(self, now: float) -> None:
        for source in [one for one, minute in self._minutes.items() if now - minute.began >= MINUTE_S]:
            self._close(source, self._minutes.pop(source))

    def _close(self, source: str, minute: _Minute) -> None:
        if minute.folded:
            self._audit.note("refused_requests", {"source": source, "what": "by the gate", "count": minute.folded})
