"""A log that is signed and witnessed, and somebody who owns its files and tampers with them."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from claw.audit.checkpoint import Checkpointer
from claw.audit.keys import KEYS, Key
from claw.audit.log import AuditLog
from claw.audit.note import Checkpoint, Note, home_of, key_hash
from claw.audit.prove import Grounds, Proven, prove
from claw.audit.schema import SCHEMA
from claw.audit.verify import survey
from claw.audit.witness import Witness
from claw.audit.witness_file import FileWitness, witness_path
from claw.base.clock import SystemClock
from tests.held_clock import HeldClock

ID = b"L" * 16
ORIGIN = f"claw/{ID.hex()}"
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
KEY = Key(b"k" * 32)
OTHER = Key(b"o" * 32)
HOME = "0123456789ab"


def hash_of(seq: int) -> bytes:
    return seq.to_bytes(32, "big")


def note(size: int, *, head: bytes | None = None, key: Key = KEY, log: bytes = ID, minute: int | None = None) -> Note:
    """Return a signed checkpoint of a log that never was, made so many minutes after noon as it has entries."""
    time = NOON + timedelta(minutes=size if minute is None else minute)
    checkpoint = Checkpoint(log, size, hash_of(size) if head is None else head, time, HOME)
    return Note(checkpoint, key_hash(checkpoint.origin, key.public), key.sign(checkpoint.body()))


TRIGGERS = [name for name, statement in SCHEMA.items() if "TRIGGER" in statement]


@dataclass
class Signed:
    """A log in ``state``, its checkpoints, and the one file that witnesses it."""

    state: Path
    witness: Path
    audit: AuditLog
    checkpoints: Checkpointer
    clock: SystemClock | HeldClock
    problems: list[str]

    async def rows(self, count: int, kind: str = "request") -> None:
        """Write ``count`` entries, numbered in their text."""
        for _ in range(count):
            await self.audit.append(kind, {"text": f"entry {self.audit.head().seq + 1}"})

    async def delivered(self) -> None:
        """Return when every witness has what it was given."""
        for courier in self.checkpoints.couriers:
            await courier.wait(5)


@asynccontextmanager
async def signed_log(
    folder: Path,
    clock: SystemClock | HeldClock | None = None,
    witnesses: Sequence[Witness] | None = None,
    begin: bool = True,
) -> AsyncIterator[Signed]:
    """Give a log in ``folder/state`` whose witness is a file in ``folder/elsewhere``."""
    state, clock = folder / "state", clock or SystemClock()
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    audit = AuditLog.open(state / "audit.db", clock)
    file = FileWitness(witness_path(folder / "elsewhere", audit.id), home_of(state))
    given = [file] if witnesses is None else witnesses
    checkpoints = Checkpointer(audit, state / KEYS, given, clock, SystemClock())
    signed = Signed(state, file.path, audit, checkpoints, clock, [])
    checkpoints.on_problem = signed.problems.append
    try:
        if begin:
            await checkpoints.open_key()
            await checkpoints.compare()
        yield signed
        await signed.delivered()
    finally:
        await audit.close()


def proven(state: Path, witness: Path, *, key: bytes | None = None) -> Proven:
    """Return what ``claw log verify`` finds with this one witness."""
    path = state / "audit.db"
    return prove(path, survey(path, payloads=True), Grounds([FileWitness(witness, home_of(state))], key=key))


def serious(found: Proven) -> list[tuple[int | None, str]]:
    """Return what speaks against the log."""
    return [(problem.seq, problem.what) for problem in found.log.problems if not problem.warning]


def tamper(path: Path, *statements: str) -> None:
    """Change a file as somebody who owns it would: triggers out, change, triggers back, no trace in the schema."""
    path.chmod(0o600)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        for name in TRIGGERS:
            other.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            other.execute(statement)
        for name in TRIGGERS:
            other.execute(SCHEMA[name])
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def cut(path: Path, last: int) -> None:
    """Take every entry behind ``last`` away, cleanly."""
    tamper(path, f"DELETE FROM rows WHERE seq > {last}", f"DELETE FROM payloads WHERE seq > {last}")  # noqa: S608  the attack


def copied(state: Path, to: Path) -> Path:
    """Return a copy of a whole state directory."""
    shutil.copytree(state, to)
    return to
