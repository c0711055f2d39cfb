"""The log as the daemon uses it: append, and know that it is on disk.

A lone command is committed at once, right where it asks: handing it to a thread and back, or only to the next turn of
the event loop, costs more than it brings.  Callers that append in the same turn as somebody else share one commit at
its end.  When the disk turns out to be slow, commits move to a thread so that the loop goes on.

No row, no act: when a commit fails every caller that waits for it gets Broken, nothing is half written, and the failure
is counted so that the stop can engage.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

from claw.audit.draft import Draft, Payload, Versions, draft
from claw.audit.entries import Entry
from claw.audit.file import Head, LogFile
from claw.audit.schema import CHECKPOINT, CONTINUED, ERASED, INTENT, OUTCOME, PROOFS, RETIRED
from claw.audit.segments import Segment
from claw.audit.verify import verify_tail
from claw.base.action import NO_DATA, SYSTEM, Origin
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused, Unavailable
from claw.base.spread import Spread

__all__ = ["AuditLog", "Entry", "Head"]

NOTE_DELAY_S = 0.02
RETRY_S = 5.0
KEPT_NOTES = 1_000
_COMPANY = 2
SLOW_COMMIT_S = 0.01
SLOW_FOR_S = 10.0
PAGE_OF_ENTRIES = 10_000
CALLED_OFF = "called off before it was sent"
_MOST_HANDED_ON = 5_000
_ERASED_AT_ONCE = 500


class _Queued(NamedTuple):
    draft: Draft
    done: asyncio.Future[int] | None  # None: a note, nobody waits


class AuditLog:
    """An append-only log in one file, written by this object alone, on one event loop.

    ``listeners`` are called with each entry after its commit; they must be quick.  ``failures`` holds the monotonic
    times of the latest failed writes, ``on_failure`` is called after each, ``lost_notes`` counts notes that were given
    up, and ``commits`` how long the disk took.  ``problem`` says what was wrong with the end of the log when it was
    opened, and is empty when nothing was; it is written to all the same, because the stop that follows has to be logged
    too.  ``versions`` says what a row stands under that brings no versions of its own.
    """

    def __init__(self, file: LogFile, clock: Clock) -> None:
        self.listeners: list[Callable[[Entry], None]] = []
        self.failures: deque[float] = deque(maxlen=100)
        self.on_failure: Callable[[], None] | None = None
        self.lost_notes = 0
        self.written_at = clock.monotonic()
        """When the disk last took a write."""
        self.under_way_since: float | None = None  # a write in the background: since when the disk is at it
        self.full = False  # whether the last failure was for want of room
        self.commits = Spread()
        self.versions: Callable[[], Versions] = lambda: NO_DATA
        self.problem = verify_tail(file.path)
        self._file = file
        self._clock = clock
        self._unfinished = dict.fromkeys(file.open_intents())  # ascending, so the oldest is the first
        self._erasing: set[int] = set()  # erased rows whose payload may still be there
        self._queue: list[_Queued] = []
        self._alone = True  # nobody else appended in this turn of the loop, nor several in the last
        self._soon = False
        self._later: asyncio.TimerHandle | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="audit")
        self._commit: asyncio.Future[tuple[int, float]] | None = None
        self._slow_until = float("-inf")
        self._closed = False

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Self:
        """Open or create the log at ``path``; raises Broken when it is damaged or another process writes it."""
        file = LogFile.open(path)
        try:
            return cls(file, clock)
        except (sqlite3.Error, Broken) as error:
            file.close()
            raise Broken(f"{path} is damaged: {error}") from error

    @property
    def tail_ok(self) -> bool:
        """Whether the end of the log held when it was opened."""
        return not self.problem

    async def append(
        self,
        kind: str,
        payload: Payload,
        *,
        origin: Origin | None = None,
        parent: int | None = None,
        versions: Versions = NO_DATA,
    ) -> int:
        """Write one entry and return its number once it is on disk.

        ``parent`` is the number of the entry it belongs to.  Raises Broken, with nothing written, when the disk does
        not take it.  A caller that is cancelled while it waits gets no number, but the entry is written; nobody can
        act by an intent without its number, so the log itself then says that it was not sent.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()
        self._queue.append(_Queued(self._draft(kind, payload, origin, parent, versions), done))
        if self._alone:
            self._alone = False
            loop.call_soon(self._turn_ended)
            self._flush()
        else:
            self._flush_soon()
        try:
            return await asyncio.shield(done)
        except asyncio.CancelledError:
            done.add_done_callback(partial(self._called_off, kind))
            raise

    def note(
        self,
        kind: str,
        payload: Payload,
        *,
        origin: Origin | None = None,
        parent: int | None = None,
        versions: Versions = NO_DATA,
    ) -> None:
        """Write one entry with the next commit, at the latest after 20 ms, without waiting for it.

        A note that the disk does not take counts as a failure and is tried again; raises Broken on a closed log.
        """
        self._queue.append(_Queued(self._draft(kind, payload, origin, parent, versions), None))
        self._flush_later(NOTE_DELAY_S)

    def entries(
        self, after: int = 0, limit: int = 100, *, newest_first: bool = False, kinds: Sequence[str] = ()
    ) -> list[Entry]:
        """Return up to ``limit`` entries with a number above ``after``, of every kind when ``kinds`` is empty."""
        limit = min(max(limit, 0), PAGE_OF_ENTRIES)
        return self._file.read.entries(after, limit, newest_first=newest_first, kinds=kinds)

    def entry(self, seq: int) -> Entry | None:
        """Return one entry, None when there is none with that number."""
        return self._file.read.entry(seq)

    def children(self, seq: int) -> list[Entry]:
        """Return the entries that name ``seq`` as their parent, oldest first."""
        return self._file.read.children(seq)

    def unfinished(self) -> list[Entry]:
        """Return the intents that have no outcome on disk, oldest first."""
        return [entry for seq in self._unfinished if (entry := self._file.read.entry(seq)) is not None]

    def head(self) -> Head:
        """Return number and hash of the last entry on disk; number 0 in an empty log."""
        return self._file.head

    @property
    def path(self) -> Path:
        """The running file; sealed ones lie beside it."""
        return self._file.path

    @property
    def id(self) -> bytes:
        """The 16 bytes that tell this log from every other."""
        return self._file.id

    def rows_in_file(self) -> int:
        """Return how many entries the running file holds."""
        return self._file.rows()

    def probe(self) -> None:
        """Have the disk written to without a row, in the background, where nothing is being written just now.

        How it goes is told as of any write: by ``written_at``, or ``failures``.
        """
        if self._closed or self._commit is not None or self._queue:
            return
        self.under_way_since = self._clock.monotonic()
        self._commit = asyncio.get_running_loop().run_in_executor(self._thread, self._probe)
        self._commit.add_done_callback(partial(self._committed, ()))

    async def settle(self) -> None:
        """Return once everything that was queued before is on disk, or refused."""
        for _ in range(2):  # the commit that runs, and the one for what waits behind it
            self._flush()
            if self._commit is not None:
                await asyncio.wait([self._commit])  # and what was to be done at its end

    async def erase(self, seq: int, actor: Origin, reason: str) -> int:
        """Remove the payload of entry ``seq`` for ever and return the number of the entry that says so.

        Every hash stays as it is.  Raises Refused when there is nothing to erase or the proof needs it, Unavailable
        when the payload is gone but other readers keep some of its bytes on disk until the log is closed.
        """
        entry = self.entry(seq)
        if entry is None or entry.payload is None:
            raise Refused(f"entry {seq} is not there, or has no payload any more")
        if entry.kind in PROOFS or entry.kind == ERASED:
            raise Refused(f"entry {seq} is part of the proof that the log holds")
        return (await self.erase_all({seq: NO_DATA}, actor, reason))[0]

    async def erase_all(self, kept: Mapping[int, Payload], actor: Origin, reason: str) -> list[int]:
        """Remove the payloads of many entries for ever; return the numbers of the entries that say so.

        What ``kept`` holds of an entry beside its number stands in the log from now on in its place, for ever: it must
        hold nobody's words.  Entries without a payload, and those that prove the log, are left as they are.  Raises
        Unavailable as ``erase``.
        """
        found = [entry for seq in sorted(kept) if (entry := self.entry(seq)) is not None and entry.payload is not None]
        seqs = [entry.seq for entry in found if entry.kind not in PROOFS and entry.kind != ERASED]
        numbers: list[int] = []
        for at in range(0, len(seqs), _ERASED_AT_ONCE):
            part = seqs[at : at + _ERASED_AT_ONCE]
            said = {seq: {"seq": seq, "reason": reason, **({"kept": kept[seq]} if kept[seq] else {})} for seq in part}
            numbers += await asyncio.gather(
                *(self.append(ERASED, payload, origin=actor, parent=seq) for seq, payload in said.items())
            )
            self._erasing.update(numbers)
        await self._quiet()
        self._file.erase(*seqs)
        self._erasing.difference_update(numbers)
        return numbers

    async def seal(self, ending: Callable[[Head], Payload], beginning: Callable[[Head], Payload]) -> Path:
        """Finish the running file with a checkpoint and go on in a new one; return the finished file.

        ``ending`` and ``beginning`` make the payloads of the last row of the one and the first row of the other from
        the head before them.  Raises Unavailable, with nothing sealed, while the log is busy or somebody reads it;
        Broken when the disk does not take it.
        """
        await self._quiet()
        try:
            last = draft(self._clock.now(), CHECKPOINT, ending(self.head()), SYSTEM, None, NO_DATA)
            first = self._file.write([last], self._settled())
            payload = {**beginning(self.head()), "unfinished": [*self._unfinished][:_MOST_HANDED_ON]}
            sealed = self._file.seal(draft(self._clock.now(), CONTINUED, payload, SYSTEM, None, NO_DATA))
        except (sqlite3.Error, OSError) as error:
            raise Broken(f"the audit log cannot be sealed: {error}") from error
        if self.listeners:
            self._tell(first, 2)
        return sealed

    async def retire(self, segment: Segment, payload: Payload) -> None:
        """Remove a sealed file after an entry that says so; raises Broken when the entry cannot be written."""
        await self.append(RETIRED, payload, origin=SYSTEM)
        self._file.read.close_sealed(segment.path)
        try:
            segment.path.unlink(missing_ok=True)
        except OSError as error:
            raise Broken(f"{segment.path} cannot be removed: {error.strerror}") from error

    async def close(self) -> None:
        """Write what is queued and let go of the file; nothing can be written afterwards."""
        if self._closed:
            return
        self._closed = True
        self._flush()
        try:
            while self._commit is not None:
                await asyncio.wait([self._commit])  # its end may have started the next one
            # What the disk takes longest for, and others may go on meanwhile: a drill's log is closed in a daemon.
            await asyncio.get_running_loop().run_in_executor(self._thread, self._file.fold, self._settled())
        finally:
            self._thread.shutdown()
            self._file.close()

    def _draft(
        self, kind: str, payload: Payload, origin: Origin | None, parent: int | None, versions: Versions
    ) -> Draft:
        if self._closed:
            raise Broken("the audit log is closed")
        if parent is not None and not 0 < parent <= self._file.head.seq:
            raise ValueError(f"entry {parent} is not in the log: it cannot be a parent")
        return draft(self._clock.now(), kind, payload, origin, parent, versions or self.versions())

    async def _quiet(self) -> None:
        """Return when nothing is being written, nor waits to be: until the next await it stays so."""
        await self.settle()
        if self._commit is not None or self._queue or self._closed:
            raise Unavailable("the audit log is busy; try again")

    def _called_off(self, kind: str, done: asyncio.Future[int]) -> None:
        if done.exception() is None and kind == INTENT and not self._closed:
            self.note(OUTCOME, {"status": "refused", "detail": CALLED_OFF}, parent=done.result())

    def _flush_later(self, delay: float) -> None:
        if self._later is None:
            self._later = asyncio.get_running_loop().call_later(delay, self._flush)

    def _flush_soon(self) -> None:
        if not self._soon:
            self._soon = True
            asyncio.get_running_loop().call_soon(self._flush_turn)

    def _turn_ended(self) -> None:
        self._alone = not self._soon

    def _flush_turn(self) -> None:
        self._soon = False
        self._alone = sum(queued.done is not None for queued in self._queue) < _COMPANY
        self._flush()

    def _flush(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._commit is not None or not self._queue:
            return  # the end of the running commit flushes again
        batch, self._queue = self._queue, []
        write = partial(self._write, [queued.draft for queued in batch], self._settled())
        if self._clock.monotonic() < self._slow_until:
            self.under_way_since = self._clock.monotonic()
            self._commit = asyncio.get_running_loop().run_in_executor(self._thread, write)
            self._commit.add_done_callback(partial(self._committed, batch))
            return
        self._end(batch, write)

    def _write(self, drafts: Sequence[Draft], settled: int) -> tuple[int, float]:
        started = self._clock.monotonic()
        first = self._file.write(drafts, settled)
        return first, self._clock.monotonic() - started

    def _probe(self) -> tuple[int, float]:
        started = self._clock.monotonic()
        self._file.touch()
        return self._file.head.seq + 1, self._clock.monotonic() - started

    def _committed(self, batch: Sequence[_Queued], commit: asyncio.Future[tuple[int, float]]) -> None:
        self._commit = self.under_way_since = None
        if self._queue:
            self._flush_soon()
        self._end(batch, commit.result)

    def _end(self, batch: Sequence[_Queued], result: Callable[[], tuple[int, float]]) -> None:
        try:
            first, seconds = result()
        except Exception as error:  # noqa: BLE001  nobody waits for ever, and a bug goes to the loop's handler
            self._failed(batch, error)
            if not isinstance(error, sqlite3.Error):
                asyncio.get_running_loop().call_exception_handler({"message": "audit log", "exception": error})
        else:
            self._succeeded(batch, first, seconds)

    def _succeeded(self, batch: Sequence[_Queued], first: int, seconds: float) -> None:
        self.commits.add(seconds)
        self.written_at, self.full = self._clock.monotonic(), False
        if seconds > SLOW_COMMIT_S:
            self._slow_until = self._clock.monotonic() + SLOW_FOR_S
        for seq, (written, done) in enumerate(batch, first):
            if written.kind == INTENT:
                self._unfinished[seq] = None
            elif written.kind == OUTCOME and written.parent in self._unfinished:
                del self._unfinished[written.parent]
            if done is not None:
                done.set_result(seq)
        if self.listeners and batch:
            self._tell(first, len(batch))

    def _failed(self, batch: Sequence[_Queued], error: Exception) -> None:
        self._file.reread_head()
        notes = [queued for queued in batch if queued.done is None]
        # Only a disk that may come back is worth waiting for; what the file itself refuses it would refuse for ever.
        kept = notes[:KEPT_NOTES] if isinstance(error, sqlite3.OperationalError) and not self._closed else []
        self.lost_notes += len(notes) - len(kept)
        self._queue[:0] = kept
        for queued in batch:
            if queued.done is not None:
                queued.done.set_exception(Broken(f"the audit log cannot be written: {error}"))
        if kept:
            self._flush_later(RETRY_S)
        self.full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        self.failures.append(self._clock.monotonic())
        if self.on_failure is not None:
            self.on_failure()

    def _settled(self) -> int:
        return min(next(iter(self._unfinished), self._file.head.seq + 1), *self._erasing, 2**62) - 1

    def _tell(self, first: int, count: int) -> None:
        loop = asyncio.get_running_loop()
        for entry in self._file.read.entries(first - 1, count, newest_first=False, kinds=()):
            for listener in self.listeners:
                loop.call_soon(listener, entry)
