"""Proves a log: every file of it, the checkpoints in it, and what every witness has seen, without a daemon.

What ``verify`` finds, somebody without the key could have hidden by writing the chain anew; what the checkpoints find,
somebody with the key could have hidden by signing anew.  What the witnesses find can only be hidden where Claw can
write, so the proof says which of them lies out of its reach.
"""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from claw.audit.chain import Problem
from claw.audit.keys import KEY_FILE, KEYS, Key, read_key
from claw.audit.note import home_of, notes
from claw.audit.note import read_key as read_public_key
from claw.audit.schema import CONTRADICTED, KEY, RESTORED
from claw.audit.segments import running_file, segments
from claw.audit.verify import Proof, Verification
from claw.audit.vouch import Keys, Log, Seen, against, keys_of, moment_of, read, replaced
from claw.audit.witness import Witness
from claw.base.errors import Broken, ClawError
from claw.store.db import UNREADABLE, connect


@dataclass
class Proven:
    """What was found and what it rests on: one sentence for each witness, and where the key comes from."""

    log: Verification
    rests_on: list[str] = field(default_factory=list[str])

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against the log."""
        return self.log.ok


@dataclass(frozen=True)
class Grounds:
    """What a log is held against besides itself.

    ``witnesses`` are read, ``expected`` names those of them that somebody pointed at, and ``brought`` are notes that
    somebody kept; ``key`` is the public key that somebody trusts, None for the one that lies beside the log.
    """

    witnesses: Sequence[Witness] = ()
    expected: frozenset[str] = frozenset()
    brought: Sequence[Seen] = ()
    key: bytes | None = None


def prove(path: Path, found: Verification, grounds: Grounds) -> Proven:
    """Check the log at ``path``, of which ``survey`` has found ``found``, against everything else."""
    proven = Proven(found)
    if found.id:
        with Rows(path) as rows:
            log = Log(found.id, found.first, found.last, home_of(path.parent), rows.hash_at)
            found.problems += _vouched(proven, path, log, grounds)
    found.cut()
    return proven


def told_witnesses(found: Sequence[Proof]) -> dict[str, int]:
    """Return the witnesses that the log itself names last, each with the highest entry that it is known to have."""
    told: dict[str, int] = {}
    for proof in found:
        kept = proof.payload.get("witnesses")
        if isinstance(kept, dict):
            told = {
                str(name): max(size if isinstance(size, int) else 0, told.get(name, 0)) for name, size in kept.items()
            }
    return told


class Rows:
    """The hashes of single rows, in whichever file they are."""

    def __init__(self, path: Path) -> None:
        self._files = [(each.first, each.path) for each in segments(path)]
        self._files.append((self._files[-1][0] + 1 if self._files else 1, running_file(path)))
        self._open: dict[Path, sqlite3.Connection] = {}
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def hash_at(self, seq: int) -> bytes | None:
        """Return the stored hash of row ``seq``, None where it is missing or cannot be read."""
        for first, path in reversed(self._files):
            if first <= seq:
                with contextlib.suppress(*UNREADABLE, Broken):
                    row = self._connection(path).execute("SELECT hash FROM rows WHERE seq = ?", (seq,)).fetchone()
                    if row is not None:
                        return row[0] if isinstance(row[0], bytes) else None
        return None

    def _connection(self, path: Path) -> sqlite3.Connection:
        if path not in self._open:
            connection = connect(path, read_only=True)
            self._stack.callback(connection.close)
            self._open[path] = connection
        return self._open[path]


def _vouched(proven: Proven, path: Path, log: Log, grounds: Grounds) -> Iterator[Problem]:
    proofs = proven.log.proofs
    signed = [proof for proof in proofs if "note" in proof.payload]
    origin = f"claw/{log.id.hex()}"
    seen = list(grounds.brought)
    for witness in grounds.witnesses:
        try:
            seen.append(read(witness.name, witness.read(), origin))
        except ClawError as error:
            yield Problem(None, f"{error}: what it has seen is not known", warning=True)
    current, problems = _current_key(proven, path, signed, grounds.key)
    yield from problems
    if current is None:
        if any(note.checkpoint.log == log.id for one in seen for note in one.notes):
            yield Problem(None, "witnesses have checkpoints of this log, but it has no key: the key was taken away")
        return
    keys = keys_of(origin, current, {str(p.payload.get("before")): p.seq for p in proofs if p.kind == KEY})
    yield from _own(log, keys, proofs)
    for one in seen:
        yield from against(log, keys, one)
        yield from replaced(log, one)
        yield from _kept(proven, log, keys, one, told_witnesses(proofs).get(one.where, 0))
        if one.where in grounds.expected and not any(note.checkpoint.log == log.id for note in one.notes):
            yield Problem(None, f"{one.where} has no checkpoint of this log ({log.id.hex()[:8]})")
    for name in told_witnesses(proofs).keys() - {one.where for one in seen}:
        proven.rests_on.append(f"{name}: not read here")
    if all(witness.writable_by_claw for witness in grounds.witnesses) and not grounds.brought:
        yield Problem(None, "no witness is out of reach of Claw's own rights (docs/audit.md says how)", warning=True)


def _current_key(
    proven: Proven, path: Path, signed: Sequence[Proof], trusted: bytes | None
) -> tuple[bytes | None, list[Problem]]:
    """Return the key to believe: the one somebody trusts, else that beside the log, else what the log says itself."""
    told = _told(signed)
    file = path.parent / KEYS / KEY_FILE
    own: Key | None = None
    problems: list[Problem] = []
    try:
        own = read_key(file)
    except FileNotFoundError:
        if signed:
            problems.append(Problem(None, f"the key of the log is not at {file}", warning=True))
    except Broken as error:
        problems.append(Problem(None, str(error), warning=trusted is not None))
    if own is not None and own.exposed:
        problems.append(Problem(None, f"{own.exposed}; whoever has it can sign in its place"))
    for public, whence in ((trusted, "the key that was given"), (own.public if own else None, f"the key in {file}")):
        if public is not None:
            if told is not None and told != public:
                what = f"the last checkpoint in the log was signed with another key than {whence}"
                problems.append(Problem(signed[-1].seq, what))
            proven.rests_on.append(f"signatures: {whence}")
            return public, problems
    if told is not None:
        proven.rests_on.append("signatures: the key that the log names itself, which proves little; see --key")
    return told, problems


def _told(signed: Sequence[Proof]) -> bytes | None:
    for proof in reversed(signed):
        with contextlib.suppress(ValueError):
            return read_public_key(str(proof.payload.get("key")))
    return None


def _own(log: Log, keys: Keys, proofs: Sequence[Proof]) -> Iterator[Problem]:
    """Check the rows of the log that speak about the log."""
    for proof in proofs:
        if proof.kind in {KEY, CONTRADICTED}:
            what = proof.payload.get("what")
            said = "; ".join(map(str, what)) if isinstance(what, list) else str(what)
            yield Problem(proof.seq, f"at a start of the daemon: {said}", warning=True)
        if proof.kind == RESTORED:  # a fact, and no excuse: what witnesses have seen beyond it is still missing
            yield Problem(proof.seq, str(proof.payload.get("what")), warning=True)
        if "note" not in proof.payload:
            continue
        found = list(notes(str(proof.payload["note"])))
        if len(found) != 1 or found[0].checkpoint.log != log.id or found[0].checkpoint.size >= proof.seq:
            yield Problem(proof.seq, "the checkpoint is none of this log")
        elif not keys.signed(found[0]):
            yield Problem(proof.seq, "the checkpoint was not signed with the key of this log")
        else:
            size, head = found[0].checkpoint.size, found[0].checkpoint.head
            if size >= log.first and log.hash_at(size) != head:
                yield Problem(proof.seq, f"the checkpoint was signed over another entry {size} than there is now")


def _kept(proven: Proven, log: Log, keys: Keys, seen: Seen, told: int) -> Iterator[Problem]:
    """Say what a witness has, and whether it lost what the log knows that it had."""
    good = [note.checkpoint for note in seen.notes if note.checkpoint.log == log.id and keys.signed(note)]
    last = max(good, key=lambda checkpoint: checkpoint.size, default=None)
    if last is not None:
        proven.rests_on.append(f"{seen.where}: {len(good)} up to entry {last.size}, {moment_of(last.time)}")
    else:
        proven.rests_on.append(f"{seen.where}: none")
    if told > (last.size if last else 0):
        yield Problem(told, f"{seen.where} had the checkpoint of this entry and has it no more")
    if seen.strange:
        yield Problem(None, f"{seen.where} has something in it that is no checkpoint", warning=True)
