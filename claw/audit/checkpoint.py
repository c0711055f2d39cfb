"""Signs the head of the log again and again and has others keep it, so that nobody can take the end of it back.

A checkpoint is a row of the log and a note at every witness: every 256 entries or quarter of an hour, at the start and
the end, at every stop, reset and sealing, whether Claw is stopped or not.  It waits for the disk as every row does and
for no witness.  When the daemon starts it holds the log against what its witnesses have seen, and stops the house where
they contradict it: a log that cannot be vouched for is no log to act by.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw.audit.chain import Problem
from claw.audit.keys import KEY_FILE, Key, make_key, read_key
from claw.audit.log import AuditLog, Head
from claw.audit.note import Checkpoint, Note, home_of, key_hash, write_key
from claw.audit.schema import CHECKPOINT, CONTINUED, CONTRADICTED, KEY, RESTORED
from claw.audit.vouch import Log, Seen, against, keys_of, read, replaced
from claw.audit.witness import Courier, Witness
from claw.base.action import SYSTEM, Json
from claw.base.clock import Clock, Timer, within
from claw.base.errors import Broken, ClawError

logger = logging.getLogger(__name__)

EVERY_ROWS = 256
EVERY = timedelta(minutes=15)
TICK_S = 2.0
END_S = 2.0
"""How long the end of the daemon waits for its witnesses."""
COMPARED = 64
"""How many of the last notes of a witness are compared at a start; ``claw log verify`` compares all."""


class Checkpointer:
    """Makes checkpoints of one log and gives them to its witnesses.

    ``on_problem`` is called with a sentence when the key or a witness says that the log cannot be vouched for.
    """

    def __init__(self, audit: AuditLog, keys: Path, witnesses: Sequence[Witness], clock: Clock, timer: Timer) -> None:
        self.problem = ""
        self.strangers: tuple[str, ...] = ()
        self.last: Note | None = None
        self.on_problem: Callable[[str], None] | None = None
        self.couriers = tuple(Courier(witness, clock, timer) for witness in witnesses)
        self._audit = audit
        self._path = keys / KEY_FILE
        self._home = home_of(audit.path.parent)
        self._origin = f"claw/{audit.id.hex()}"
        self._clock = clock
        self._timer = timer
        self._key: Key | None = None
        self._public = ""
        self._replaced: dict[str, Json] = {}
        self._contradicted = ""
        self._compared = False
        self._row = 0
        self._one = asyncio.Lock()
        self._opening = asyncio.Lock()
        self._wake = asyncio.Event()
        self._wanted = ""

    async def run(self) -> None:
        """Open the key, hold the log against its witnesses, and make checkpoints as they are due, until cancelled."""
        try:
            if await self.open_key():
                await self.now("start")
            async with asyncio.TaskGroup() as group:
                group.create_task(self.compare())
                group.create_task(self._keep_on())
        except Exception:
            # The boundary: a log that nobody signs and compares any more is not vouched for.
            logger.exception("The checkpoints of the audit log ended")
            self._cannot_vouch("its checkpoints ended; the log of the process says why")

    async def open_key(self) -> bool:
        """Open or make the key and return whether there is one to sign with; what is wrong with it stops the house."""
        async with self._opening:
            return self._key is not None or await self._open_key()

    async def _open_key(self) -> bool:
        before = self._remember()
        try:
            self._key, new = await asyncio.to_thread(self._find_key)
        except Broken as error:
            self._cannot_vouch(f"{error}; nothing is signed")
            return False
        self._public = write_key(self._origin, self._key.public)
        if self._key.exposed:
            self._cannot_vouch(self._key.exposed)
        if before not in {"", self._public}:
            await self._replace_key(before, new=new)
        return True

    async def _keep_on(self) -> None:
        while True:
            await within(self._timer, TICK_S, self._wake.wait())
            self._wake.clear()
            wanted, self._wanted = self._wanted, ""
            if wanted or self._due():
                await self.now(wanted or "schedule")
            for courier in self.couriers:
                courier.retry()

    def soon(self, reason: str) -> None:
        """Have a checkpoint made without waiting for it: what was noted before is under it."""
        self._wanted = reason
        self._wake.set()

    async def now(self, reason: str) -> Note | None:
        """Make a checkpoint, give it to every witness and return it once it is on disk; None where nothing can sign.

        A log that cannot be written is said by the log itself; its head on disk is signed all the same.
        """
        async with self._one:
            await self._audit.settle()
            note = self._signed(self._audit.head())
            if note is None:
                return None
            await self._write(CHECKPOINT, self._payload(note, reason))
            self._hand(note)
            return note

    async def seal(self, reason: str) -> Path:
        """Finish the running file of the log with a checkpoint; raises as ``AuditLog.seal`` does."""
        async with self._one:

            def row(head: Head) -> Mapping[str, Json]:
                note = self._signed(head)
                return self._payload(note, reason) if note else {"reason": reason}

            sealed = await self._audit.seal(row, row)
            if note := self._signed(self._audit.head()):
                self._hand(note)
            return sealed

    async def end(self) -> None:
        """Make the last checkpoint and give the witnesses two seconds to take it."""
        if not self.problem:
            await self.open_key()  # of a daemon that ends before it had the time to
        await self.now("end")
        await asyncio.gather(*(courier.wait(END_S) for courier in self.couriers))

    def status(self) -> dict[str, Json]:
        """Return how the log is vouched for, as a status may show it."""
        return {
            "entries": self.last.checkpoint.size if self.last else 0,
            "time": self.last.checkpoint.time.isoformat() if self.last else None,
            "problem": self.problem,
            "strangers": list(self.strangers),
            "out_of_reach": any(not courier.witness.writable_by_claw for courier in self.couriers),
            "witnesses": [
                {
                    "name": courier.witness.name,
                    "entries": courier.kept.checkpoint.size if courier.kept else 0,
                    "time": courier.kept_at.isoformat() if courier.kept_at else None,
                    "writable": courier.witness.writable_by_claw,
                    "problem": courier.problem,
                }
                for courier in self.couriers
            ],
        }

    def _due(self) -> bool:
        head = self._audit.head().seq
        if self.last is None or head <= self._row:
            return False
        made = self.last.checkpoint
        return head - made.size >= EVERY_ROWS or abs(self._clock.now() - made.time) >= EVERY

    def _signed(self, head: Head) -> Note | None:
        if self._key is None:
            return None
        time = self._clock.now().replace(microsecond=0)
        checkpoint = Checkpoint(self._audit.id, head.seq, head.hash, time, self._home)
        key = key_hash(checkpoint.origin, self._key.public)
        return Note(checkpoint, key, self._key.sign(checkpoint.body()))

    def _payload(self, note: Note, reason: str) -> dict[str, Json]:
        kept = {each.witness.name: each.kept.checkpoint.size if each.kept else 0 for each in self.couriers}
        return {"note": note.text, "reason": reason, "witnesses": kept, **self._state()}

    def _hand(self, note: Note) -> None:
        self.last = note
        if not self._compared:
            return  # a witness that keeps one note only must not lose the one it is asked about
        for courier in self.couriers:
            courier.hand(note, self._public)

    def _find_key(self) -> tuple[Key, bool]:
        """Return the key, and whether it had to be made; raises Broken when there is one that cannot be used."""
        try:
            found, new = read_key(self._path), False
        except FileNotFoundError:
            found, new = make_key(self._path), True
        _ = found.public  # imports the library that signs, here in a thread
        return found, new

    def _remember(self) -> str:
        """Take up what the log says about its keys; return the public key it names last, empty for none."""
        kinds = (CHECKPOINT, CONTINUED, KEY, CONTRADICTED)
        for entry in self._audit.entries(limit=1, newest_first=True, kinds=kinds):
            told = entry.payload or {}
            keys, since = told.get("replaced"), told.get("contradicted")
            self._replaced = keys if isinstance(keys, dict) else {}
            self._contradicted = since if isinstance(since, str) else ""
            return str(told.get("key", ""))
        return ""

    def _state(self) -> dict[str, Json]:
        """Return what the next start has to know, as every row of this room carries it."""
        state: dict[str, Json] = {"key": self._public}
        if self._replaced:
            state["replaced"] = self._replaced
        if self._contradicted:
            state["contradicted"] = self._contradicted
        return state

    async def _replace_key(self, before: str, *, new: bool) -> None:
        """Write down that another key signs from here on, and stop: nobody can say that it is the same log."""
        how = "is gone; a new one was made" if new else "was replaced by another one"
        what = f"the key of the audit log {how}"
        if before:
            self._replaced[before] = self._audit.head().seq + 1
        await self._write(KEY, {"what": what, "before": before, **self._state()})
        self._cannot_vouch(f"{what}: what is before it cannot be vouched for")

    async def _write(self, kind: str, payload: Mapping[str, Json]) -> None:
        try:
            self._row = await self._audit.append(kind, payload, origin=SYSTEM)
        except Broken:  # the log has counted the failure, and stops the house when it goes on
            logger.warning("An entry %r could not be written into the log", kind)

    async def compare(self) -> None:
        """Hold the log against the last notes of its witnesses, and only then let them have newer ones.

        What was said at an earlier start is not said again.
        """
        found = await asyncio.gather(*(self._read(courier) for courier in self.couriers))
        since = _moment(self._contradicted)
        fresh = [one._replace(notes=[n for n in one.notes if n.checkpoint.time > since][-COMPARED:]) for one in found]
        problems = await self._problems(fresh)
        self.strangers = tuple(problem.what for one in found for problem in replaced(self._log({}), one))
        serious = [problem.what for problem in problems if not problem.warning]
        if serious:
            self._contradicted = self._clock.now().isoformat()
            await self._write(CONTRADICTED, {"what": serious, **self._state()})
            self._cannot_vouch(f"{serious[0]}{self._restored()}")
        self._compared = True
        if self.last is not None:
            self._hand(self.last)

    def _restored(self) -> str:
        """Return what explains that witnesses have seen more, where the log says that it was restored."""
        for entry in self._audit.entries(limit=1, newest_first=True, kinds=(RESTORED,)):
            return f" (entry {entry.seq}: {(entry.payload or {}).get('what')})"
        return ""

    async def _problems(self, seen: Sequence[Seen]) -> list[Problem]:
        key = self._key
        if key is None:
            return []
        sizes = {note.checkpoint.size for one in seen for note in one.notes}
        log = self._log({entry.seq: entry.hash for size in sizes if (entry := self._audit.entry(size))})
        keys = keys_of(self._origin, key.public, self._replaced)
        return await asyncio.to_thread(lambda: [problem for one in seen for problem in against(log, keys, one)])

    def _log(self, hashes: Mapping[int, bytes]) -> Log:
        begins = self._audit.entries(limit=1)
        first, last = begins[0].seq if begins else 1, self._audit.head().seq
        return Log(self._audit.id, first, last, self._home, hashes.get)

    async def _read(self, courier: Courier) -> Seen:
        """Return what a witness has; nothing where it cannot be read, which the next delivery will say."""
        try:
            return read(courier.witness.name, await courier.read(), self._origin)
        except ClawError as error:
            logger.warning("A witness of the audit log cannot be read: %s", error)
            return Seen(courier.witness.name, ())

    def _cannot_vouch(self, problem: str) -> None:
        self.problem = self.problem or problem
        logger.error("The audit log cannot be vouched for: %s", problem)
        if self.on_problem is not None:
            self.on_problem(problem)


def _moment(text: str) -> datetime:
    """Return a time that a row carries, the earliest there is where it carries none that can be read."""
    with contextlib.suppress(ValueError):
        return datetime.fromisoformat(text).astimezone(UTC)
    return datetime.min.replace(tzinfo=UTC)
