"""Holds a log against the checkpoints that were signed over it: pure comparison, no file and no clock.

A checkpoint says that at some time the log had so many entries and ended with such a hash.  Whoever kept it somewhere
else has seen them; a log that was cut, put back to an older copy or written anew cannot have them all.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from claw.audit.chain import Problem
from claw.audit.keys import signed_by
from claw.audit.note import Note, key_hash, notes, read_key, without_notes

HashAt = Callable[[int], bytes | None]
"""Gives the stored hash of an entry of this log, None where there is none."""


def read(where: str, texts: Iterable[str], origin: str) -> "Seen":
    """Return what the texts of one witness say: every note, and the keys it was told for the log ``origin``."""
    found: list[Note] = []
    told: set[bytes] = set()
    strange = False
    for text in texts:
        found += notes(text)
        for line in without_notes(text).splitlines():
            strange = strange or bool(line.strip() and not line.startswith("key "))
            if line.startswith(f"key {origin}+"):
                with contextlib.suppress(ValueError):
                    told.add(read_key(line.removeprefix("key ")))
    return Seen(where, found, frozenset(told), strange)


class Seen(NamedTuple):
    """What one witness has: its name as a sentence names it, its notes, and the public keys it was told at first.

    ``strange`` is whether there is anything else in it.
    """

    where: str
    notes: Sequence[Note]
    keys: frozenset[bytes] = frozenset()
    strange: bool = False


@dataclass
class Keys:
    """The public keys that may have signed for one log; those before ``current`` up to the entry that replaced them."""

    origin: str
    current: bytes
    replaced: dict[bytes, int] = field(default_factory=dict[bytes, int])
    _checked: dict[Note, bool] = field(default_factory=dict[Note, bool])

    def signed(self, note: Note) -> bool:
        """Return whether a key that spoke for the log at that entry signed ``note``."""
        if note not in self._checked:  # the log and every witness have the same ones, and a signature takes 0.1 ms
            self._checked[note] = self._signed(note)
        return self._checked[note]

    def _signed(self, note: Note) -> bool:
        for public, until in [(self.current, None), *self.replaced.items()]:
            if key_hash(self.origin, public) == note.key and (until is None or note.checkpoint.size < until):
                return signed_by(public, note.signature, note.checkpoint.body())
        return False

    def known(self, public: bytes) -> bool:
        """Return whether ``public`` ever spoke for the log."""
        return public == self.current or public in self.replaced


def keys_of(origin: str, current: bytes, replaced: Mapping[str, object]) -> Keys:
    """Return the keys of a log: ``replaced`` maps an earlier public key, as text, to the entry that replaced it."""
    keys = Keys(origin, current)
    for text, until in replaced.items():
        with contextlib.suppress(ValueError):
            public = read_key(text)
            if isinstance(until, int):
                keys.replaced[public] = until
    return keys


@dataclass(frozen=True)
class Log:
    """What there is: the numbers of the first and last entry, the hash of each, and where the log lies."""

    id: bytes
    first: int
    last: int
    home: str
    hash_at: HashAt


def moment_of(time: datetime) -> str:
    """Return a time of a checkpoint as a person reads it, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M UTC")


def against(log: Log, keys: Keys, seen: Seen) -> list[Problem]:
    """Return what ``seen`` knows better than ``log``: entries that are gone or others, and another key."""
    own = sorted((note for note in seen.notes if note.checkpoint.log == log.id), key=lambda note: note.checkpoint.size)
    good = [note for note in own if keys.signed(note)]
    problems = list(_other_keys(keys, seen, [note for note in own if not keys.signed(note)]))
    problems += _differences(log, seen.where, good)
    problems += _cut(log, seen.where, good)
    return problems


def _other_keys(keys: Keys, seen: Seen, strange: Sequence[Note]) -> Iterable[Problem]:
    if strange:
        last = strange[-1].checkpoint
        what = f"{seen.where} has {len(strange)} checkpoints up to entry {last.size} ({moment_of(last.time)})"
        yield Problem(None, f"{what} that were not signed with the key of this log: the log or its key was replaced")
    elif any(not keys.known(public) for public in seen.keys):
        yield Problem(None, f"{seen.where} was begun with another key than the log has: the key was replaced")


def _differences(log: Log, where: str, good: Sequence[Note]) -> Iterable[Problem]:
    there = [note.checkpoint for note in good if log.first <= note.checkpoint.size <= log.last]
    held = log.first - 1
    for checkpoint in there:
        if log.hash_at(checkpoint.size) != checkpoint.head:
            between = f"something in entries {held + 1} to {checkpoint.size} is not what"
            yield Problem(checkpoint.size, f"{between} {where} has seen at {moment_of(checkpoint.time)}")
            return
        held = checkpoint.size
    for before, after in pairwise(there):
        if after.time < before.time:
            what = f"the clock went backwards between entries {before.size} and {after.size}"
            yield Problem(after.size, f"{what}, says {where}", warning=True)
            return


def _cut(log: Log, where: str, good: Sequence[Note]) -> Iterable[Problem]:
    if good and good[-1].checkpoint.size > log.last:
        last = good[-1].checkpoint
        first = log.last + 1
        were = f"entry {first} was" if first == last.size else f"entries {first} to {last.size} were"
        yield Problem(first, f"{were} there at {moment_of(last.time)}: {where} has seen them; the end was cut off")


def replaced(log: Log, seen: Seen) -> Iterable[Problem]:
    """Name the other logs that lay in the same state directory when they were last seen: this one took their place."""
    last: dict[bytes, Note] = {}
    for note in seen.notes:
        before = last.get(note.checkpoint.log)
        if before is None or note.checkpoint.time >= before.checkpoint.time:
            last[note.checkpoint.log] = note
    for note in last.values():
        checkpoint = note.checkpoint
        if checkpoint.log != log.id and checkpoint.home == log.home:
            what = f"another log ({checkpoint.log.hex()[:8]}, {checkpoint.size} entries) lay here at"
            yield Problem(None, f"{what} {moment_of(checkpoint.time)}: {seen.where} has seen it; it was replaced")
