"""When the head of the log is signed, who gets it, and what stops the house."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from claw.audit.chain import Problem
from claw.audit.checkpoint import EVERY, EVERY_ROWS, Checkpointer
from claw.audit.draft import Draft
from claw.audit.keys import KEYS, read_key, signed_by
from claw.audit.log import AuditLog
from claw.audit.note import Note, notes
from claw.audit.schema import CHECKPOINT, CONTRADICTED, KEY, RESTORED
from claw.base.action import SYSTEM
from claw.base.errors import Refused, Unavailable
from tests.held_clock import HeldClock
from tests.signed_log import Signed, cut, proven, signed_log


class Memory:
    """A witness in memory; ``hangs`` until it is let go, ``fails`` with what it says."""

    writable_by_claw = True

    def __init__(self, name: str = "memory") -> None:
        self.name = name
        self.notes: list[Note] = []
        self.fails = ""
        self.hangs: asyncio.Event | None = None
        self.texts: list[str] = []

    async def keep(self, note: Note, key: str) -> None:
        del key
        if self.hangs is not None:
            await self.hangs.wait()
        if self.fails:
            raise Unavailable(self.fails)
        self.notes.append(note)

    def read(self) -> list[str]:
        return self.texts


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def memory() -> Memory:
    return Memory()


@pytest.fixture
async def log(tmp_path: Path, clock: HeldClock, memory: Memory) -> AsyncIterator[Signed]:
    """A log whose checkpoints run by a held clock."""
    async with signed_log(tmp_path, clock, [memory], begin=False) as signed:
        signed.checkpoints._timer = clock
        yield signed


def sizes(memory: Memory) -> list[int]:
    return [note.checkpoint.size for note in memory.notes]


async def begun(log: Signed) -> asyncio.Task[None]:
    task = asyncio.create_task(log.checkpoints.run())
    for _ in range(200):
        if log.checkpoints._compared:
            break
        await asyncio.sleep(0.005)
    await HeldClock.settle()
    return task


async def test_a_checkpoint_is_a_row_and_a_note_over_what_was_there(log: Signed, memory: Memory) -> None:
    await log.checkpoints.open_key()
    await log.checkpoints.compare()
    await log.rows(3)
    head = log.audit.head()
    note = await log.checkpoints.now("schedule")
    assert note is not None
    assert (note.checkpoint.size, note.checkpoint.head) == head
    assert note.checkpoint.log == log.audit.id
    key = read_key(log.state / KEYS / "audit.key")
    assert signed_by(key.public, note.signature, note.checkpoint.body())
    (row,) = log.audit.entries(kinds=[CHECKPOINT])
    assert row.seq == 4
    assert row.payload is not None
    assert list(notes(row.payload["note"])) == [note]
    assert row.payload["reason"] == "schedule"
    await log.delivered()
    assert memory.notes == [note]


async def test_what_was_noted_before_is_under_the_checkpoint(log: Signed) -> None:
    await log.checkpoints.open_key()
    log.audit.note("stop", {"engaged": True})
    note = await log.checkpoints.now("stop")
    assert note is not None
    assert note.checkpoint.size == 1
    assert [entry.kind for entry in log.audit.entries()] == ["stop", CHECKPOINT]


async def test_it_is_made_at_the_start_and_then_after_so_many_rows_or_minutes(
    log: Signed, clock: HeldClock, memory: Memory
) -> None:
    await log.rows(1)
    task = await begun(log)
    assert sizes(memory) == [1]
    await clock.advance(EVERY.total_seconds() * 3)
    assert sizes(memory) == [1], "nothing new, nothing to vouch for"
    await log.rows(1)
    await clock.advance(5)
    assert sizes(memory) == [1, 3]
    await log.rows(1)
    await clock.advance(EVERY.total_seconds() - 10)
    assert sizes(memory) == [1, 3]
    await clock.advance(15)
    assert sizes(memory) == [1, 3, 5]
    await asyncio.gather(*(log.audit.append("request", {}) for _ in range(EVERY_ROWS)))
    await clock.advance(5)
    assert sizes(memory)[-1] >= EVERY_ROWS + 5
    task.cancel()


async def test_a_stop_has_its_checkpoint_without_waiting_for_the_schedule(
    log: Signed, clock: HeldClock, memory: Memory
) -> None:
    task = await begun(log)
    log.audit.note("stop", {"engaged": True})
    log.checkpoints.soon("stop")
    await HeldClock.settle()
    assert memory.notes[-1].checkpoint.size == 2
    reasons = [entry.payload["reason"] for entry in log.audit.entries(kinds=[CHECKPOINT]) if entry.payload]
    assert reasons == ["start", "stop"]
    del clock
    task.cancel()


async def test_a_hanging_witness_holds_up_neither_the_log_nor_another_witness(tmp_path: Path) -> None:
    slow, quick = Memory("slow"), Memory("quick")
    slow.hangs = asyncio.Event()
    async with signed_log(tmp_path, witnesses=[slow, quick]) as signed:
        for _ in range(5):
            await signed.rows(1)
            await asyncio.wait_for(signed.checkpoints.now("schedule"), 1)
            await asyncio.sleep(0)
        await signed.checkpoints.couriers[1].wait(5)
        assert sizes(quick)[-1] == 9
        assert slow.notes == []
        slow.hangs.set()
        await signed.checkpoints.couriers[0].wait(5)
        assert sizes(slow) == [1, 9], "what waited in between was replaced by what is newer"


async def test_a_witness_that_fails_is_said_and_tried_again(log: Signed, clock: HeldClock, memory: Memory) -> None:
    memory.fails = "its disk is full"
    task = await begun(log)
    (shown,) = log.checkpoints.status()["witnesses"]
    assert shown["problem"] == "its disk is full"
    assert shown["entries"] == 0
    memory.fails = ""
    await clock.advance(70)
    assert len(memory.notes) == 1
    assert log.checkpoints.status()["witnesses"][0]["problem"] == ""
    task.cancel()


async def test_a_log_that_cannot_be_written_is_still_told_to_the_witnesses(log: Signed, memory: Memory) -> None:
    await log.checkpoints.open_key()
    await log.checkpoints.compare()
    await log.rows(2)

    def full(drafts: list[Draft], settled: int) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    log.audit._file.write = full  # type: ignore[method-assign,assignment]
    await log.checkpoints.now("schedule")
    await log.delivered()
    assert sizes(memory) == [2]
    assert len(log.audit.failures) == 1, "it counts like any other entry that could not be written"


async def test_the_end_waits_for_its_witnesses_but_not_for_ever(log: Signed, clock: HeldClock, memory: Memory) -> None:
    task = await begun(log)
    memory.hangs = asyncio.Event()
    ending = asyncio.create_task(log.checkpoints.end())
    await asyncio.sleep(0.05)
    await HeldClock.settle()
    assert not ending.done()
    for courier in log.checkpoints.couriers:
        courier._timer = clock
    await clock.advance(1)
    memory.hangs.set()
    await asyncio.wait_for(ending, 5)
    assert sizes(memory)[-1] == log.audit.head().seq - 1
    task.cancel()


# ------------------------------------------------------------------------------------------------------- the key


async def test_a_first_start_makes_a_key_and_stops_nothing(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.checkpoints.now("start")
    assert signed.problems == []
    assert (signed.state / KEYS / "audit.key").exists()


async def test_a_missing_key_stops_the_house_once_and_a_new_one_signs(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.checkpoints.now("start")
    before = read_key(signed.state / KEYS / "audit.key")
    (signed.state / KEYS / "audit.key").unlink()
    async with signed_log(tmp_path) as again:
        assert again.problems == [
            "the key of the audit log is gone; a new one was made: what is before it cannot be vouched for"
        ]
        (row,) = again.audit.entries(kinds=[KEY])
        assert row.payload is not None
        assert row.payload["before"] != row.payload["key"]
        assert await again.checkpoints.now("start") is not None
    assert read_key(signed.state / KEYS / "audit.key") != before
    async with signed_log(tmp_path) as third:
        assert third.problems == [], "it was said, and somebody has reset it"


async def test_another_key_in_its_place_stops_the_house(tmp_path: Path) -> None:
    async with signed_log(tmp_path / "other") as other:
        await other.checkpoints.now("start")
    async with signed_log(tmp_path) as signed:
        await signed.checkpoints.now("start")
    (signed.state / KEYS / "audit.key").write_bytes((other.state / KEYS / "audit.key").read_bytes())
    async with signed_log(tmp_path) as again:
        assert "the key of the audit log was replaced by another one" in again.problems[0]


async def test_a_key_that_others_can_read_stops_the_house_and_signs_on(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.checkpoints.now("start")
    (signed.state / KEYS / "audit.key").chmod(0o640)
    async with signed_log(tmp_path) as again:
        assert "can be read by others: chmod 600 it" in again.problems[0]
        assert await again.checkpoints.now("start") is not None


async def test_a_damaged_key_stops_the_house_signs_nothing_and_is_left_as_it_is(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.checkpoints.now("start")
    (signed.state / KEYS / "audit.key").write_text("rubbish")
    async with signed_log(tmp_path) as again:
        assert "is damaged; nothing is signed" in again.problems[0]
        assert await again.checkpoints.now("start") is None
    assert (signed.state / KEYS / "audit.key").read_text() == "rubbish"


# ------------------------------------------------------------------------------------------------- the witnesses


async def test_a_log_that_its_witness_contradicts_stops_the_house_once(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(10)
        await signed.checkpoints.now("schedule")
        await signed.delivered()
    cut(signed.state / "audit.db", 5)
    async with signed_log(tmp_path) as again:
        (problem,) = again.problems
        assert "entries 6 to 10 were there at" in problem
        (row,) = again.audit.entries(kinds=[CONTRADICTED])
        assert row.payload is not None
        assert row.payload["what"] == [problem]
        await again.checkpoints.now("start")
        with pytest.raises(Refused, match="part of the proof"):
            await again.audit.erase(row.seq, SYSTEM, "tidy")
    async with signed_log(tmp_path) as third:
        assert third.problems == []
    signed.witness.unlink()
    said = [found for found in proven(signed.state, signed.witness).log.problems if found.seq == row.seq]
    assert said == [Problem(row.seq, f"at a start of the daemon: {problem}", warning=True)]


async def test_a_restored_log_that_its_witness_contradicts_stops_the_house_and_says_why(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(10)
        await signed.checkpoints.now("schedule")
        await signed.delivered()
    cut(signed.state / "audit.db", 5)
    async with signed_log(tmp_path, begin=False) as restored:
        seq = await restored.audit.append(RESTORED, {"what": "restored from the backup of Sunday"}, origin=SYSTEM)
        with pytest.raises(Refused, match="part of the proof"):
            await restored.audit.erase(seq, SYSTEM, "tidy")
    async with signed_log(tmp_path) as again:
        (problem,) = again.problems
        assert problem.endswith(f"(entry {seq}: restored from the backup of Sunday)")
        assert again.checkpoints.problem == problem
    found = proven(signed.state, signed.witness).log
    assert Problem(seq, "restored from the backup of Sunday", warning=True) in found.problems
    assert not found.ok


async def test_no_witness_is_written_before_it_was_asked(tmp_path: Path, clock: HeldClock) -> None:
    """One that keeps only the last note would lose the one that knows better."""
    memory = Memory()
    async with signed_log(tmp_path, clock, [memory], begin=False) as signed:
        await signed.checkpoints.open_key()
        await signed.rows(1)
        await signed.checkpoints.now("start")
        assert memory.notes == []
        await signed.checkpoints.compare()
        await signed.delivered()
        assert sizes(memory) == [1]


async def test_a_witness_that_cannot_be_read_stops_nothing(tmp_path: Path) -> None:
    class Blind(Memory):
        def read(self) -> list[str]:
            raise Unavailable("it is not there")

    async with signed_log(tmp_path, witnesses=[Blind()]) as signed:
        assert signed.problems == []


async def test_another_log_that_lay_here_is_said_and_stops_nothing(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.rows(3)
        await signed.checkpoints.now("schedule")
        await signed.delivered()
    for each in signed.state.glob("audit.db*"):
        each.unlink()
    (signed.state / KEYS / "audit.key").unlink()
    async with signed_log(tmp_path) as fresh:
        assert fresh.problems == []
        (stranger,) = fresh.checkpoints.status()["strangers"]
        assert f"another log ({signed.audit.id.hex()[:8]}, 3 entries) lay here" in stranger


async def test_checkpoints_that_break_are_said_and_stop_the_house(log: Signed, memory: Memory) -> None:
    class Odd(Exception):
        pass

    def broken() -> list[str]:
        raise Odd

    memory.read = broken  # type: ignore[method-assign]
    await log.checkpoints.run()
    assert log.problems == ["its checkpoints ended; the log of the process says why"]


# --------------------------------------------------------------------------------------------------- the sealing


async def test_sealing_ends_a_file_with_a_checkpoint_and_begins_the_next_with_one(log: Signed, memory: Memory) -> None:
    await log.checkpoints.open_key()
    await log.checkpoints.compare()
    await log.rows(3)
    sealed = await log.checkpoints.seal("asked")
    assert sealed.name == "audit-1-4.db"
    kinds = [entry.kind for entry in log.audit.entries()]
    assert kinds == ["request", "request", "request", "checkpoint", "continued"]
    beginning = log.audit.entry(5)
    assert beginning is not None
    assert beginning.payload is not None
    (note,) = notes(beginning.payload["note"])
    last = log.audit.entry(4)
    assert last is not None
    assert (note.checkpoint.size, note.checkpoint.head) == (4, last.hash)
    await log.delivered()
    assert sizes(memory) == [5]


async def test_the_state_carries_over_so_that_no_start_reads_the_whole_log(tmp_path: Path) -> None:
    async with signed_log(tmp_path) as signed:
        await signed.checkpoints.now("start")
    (signed.state / KEYS / "audit.key").unlink()
    async with signed_log(tmp_path) as again:
        await again.checkpoints.now("start")
        before = dict(again.checkpoints._replaced)
        assert len(before) == 1
    async with signed_log(tmp_path) as third:
        third.checkpoints._remember()
        assert third.checkpoints._replaced == before
    assert json.dumps(before)


def test_a_checkpointer_needs_nothing_of_the_daemon(tmp_path: Path) -> None:
    """Making one opens nothing and imports nothing: the start of the daemon does not pay for it."""

    async def make() -> None:
        audit = AuditLog.open(tmp_path / "audit.db", HeldClock())
        Checkpointer(audit, tmp_path / KEYS, [], HeldClock(), HeldClock())
        await audit.close()

    asyncio.run(make())
    assert not (tmp_path / KEYS).exists()
