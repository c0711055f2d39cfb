import asyncio
import gc
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claw.audit.draft import Draft
from claw.audit.file import LogFile
from claw.audit.log import NOTE_DELAY_S, SLOW_FOR_S, AuditLog, Entry
from claw.audit.verify import verify
from claw.base.action import Origin
from claw.base.errors import Broken
from tests.held_clock import HeldClock

ANNA = Origin("web", "anna", authenticated=True)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.db"


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
async def log(path: Path, clock: HeldClock) -> AsyncIterator[AuditLog]:
    log = AuditLog.open(path, clock)
    yield log
    await log.close()


class Disk:
    """Stands between a log and its file: counts commits, fails on command, notes the thread."""

    def __init__(self, log: AuditLog) -> None:
        self.batches: list[int] = []
        self.threads: list[int] = []
        self.before: Callable[[], None] = lambda: None
        self._write = log._file.write
        log._file.write = self.write

    def write(self, drafts: Sequence[Draft], settled: int) -> int:
        self.before()
        first = self._write(drafts, settled)
        self.batches.append(len(drafts))
        self.threads.append(threading.get_ident())
        return first


def full_disk() -> None:
    raise sqlite3.OperationalError("database or disk is full")


def seqs(entries: Sequence[Entry]) -> list[int]:
    return [entry.seq for entry in entries]


async def test_an_entry_is_on_disk_when_its_number_comes_back(log: AuditLog, path: Path, clock: HeldClock) -> None:
    seq = await log.append("intent", {"action": "light.turn_on"}, origin=ANNA, versions={"policy": "1"})
    assert seq == 1
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT seq, kind FROM rows").fetchall() == [(1, "intent")]
    entry = log.entry(1)
    assert entry == Entry(
        1, clock.now(), "intent", ANNA, None, {"action": "light.turn_on"}, {"policy": "1"}, log.head().hash
    )
    assert log.head().seq == 1


async def test_an_empty_log_has_a_head_to_follow(log: AuditLog) -> None:
    assert log.head().seq == 0
    assert len(log.head().hash) == 32
    assert log.entries() == []
    assert log.tail_ok


async def test_a_crowd_shares_a_commit_and_each_gets_its_own_number(log: AuditLog) -> None:
    disk = Disk(log)
    for turn in range(3):
        numbers = await asyncio.gather(*(log.append("request", {"caller": caller}) for caller in range(64)))
        assert numbers == list(range(1 + 64 * turn, 65 + 64 * turn))
    assert disk.batches == [1, 63, 64, 64]
    assert [entry.payload for entry in log.entries(limit=64)] == [{"caller": caller} for caller in range(64)]


async def test_a_lone_entry_is_committed_before_anything_else_runs(log: AuditLog) -> None:
    ran: list[int] = []
    for seq in (1, 2, 3):
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(ran.append, seq)
        assert await log.append("request", {}) == seq
        assert len(ran) == seq - 1


async def test_after_a_crowd_a_lone_entry_is_committed_at_once_again(log: AuditLog) -> None:
    await asyncio.gather(*(log.append("request", {}) for _ in range(3)))
    await log.append("request", {})
    await asyncio.sleep(0)
    ran: list[int] = []
    asyncio.get_running_loop().call_soon(ran.append, 1)
    await log.append("request", {})
    assert ran == []


async def test_one_caller_alone_does_not_keep_the_loop_to_itself(log: AuditLog) -> None:
    ran: list[int] = []
    asyncio.get_running_loop().call_soon(ran.append, 1)
    for _ in range(2):
        await log.append("request", {})
    assert ran == [1]


async def test_a_lone_entry_is_committed_on_the_loop_itself(log: AuditLog) -> None:
    disk = Disk(log)
    await log.append("request", {})
    assert disk.threads == [threading.get_ident()]


async def test_a_note_rides_with_the_next_commit(log: AuditLog) -> None:
    disk = Disk(log)
    log.note("outcome", {"status": "done"})
    assert await log.append("request", {}) == 2
    assert disk.batches == [2]
    assert [entry.kind for entry in log.entries()] == ["outcome", "request"]


async def test_a_lone_note_is_written_soon(log: AuditLog) -> None:
    log.note("outcome", {})
    log.note("outcome", {})
    assert log.head().seq == 0
    await asyncio.sleep(NOTE_DELAY_S * 3)
    assert log.head().seq == 2


async def test_closing_writes_what_is_queued_and_then_refuses(path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(path, clock)
    waiting = asyncio.ensure_future(log.append("request", {}))
    await asyncio.sleep(0)
    log.note("outcome", {})
    await log.close()
    assert await waiting == 1
    assert verify(path).rows == 2
    with pytest.raises(Broken, match="closed"):
        await log.append("request", {})
    with pytest.raises(Broken, match="closed"):
        log.note("outcome", {})
    await log.close()
    AuditLog.open(path, clock)._file.close(0)


async def test_a_caller_that_goes_away_does_not_take_its_entry_along(log: AuditLog) -> None:
    first = asyncio.ensure_future(log.append("request", {}))
    leaving = asyncio.ensure_future(log.append("stop", {"reason": "smoke"}))
    staying = asyncio.ensure_future(log.append("request", {}))
    await asyncio.sleep(0)
    assert leaving.cancel()
    assert await asyncio.gather(first, staying) == [1, 3]
    assert leaving.cancelled()
    assert [entry.kind for entry in log.entries()] == ["request", "stop", "request"]


async def test_an_intent_whose_caller_goes_away_is_said_not_to_be_sent(log: AuditLog) -> None:
    first = asyncio.ensure_future(log.append("request", {}))
    leaving = [asyncio.ensure_future(log.append(kind, {})) for kind in ("intent", "request")]
    await asyncio.sleep(0)
    for task in leaving:
        task.cancel()
    await asyncio.wait([first, *leaving])
    assert all(task.cancelled() for task in leaving)
    await log.settle()
    assert [(entry.kind, entry.parent) for entry in log.entries()] == [
        *[("request", None), ("intent", None), ("request", None)],
        ("outcome", 2),
    ]
    outcome = log.entry(4)
    assert outcome is not None
    assert outcome.payload == {"status": "refused", "detail": "called off before it was sent"}
    assert log.unfinished() == []


async def test_an_intent_whose_caller_goes_away_as_it_reaches_the_disk_is_said_not_to_be_sent(log: AuditLog) -> None:
    first = asyncio.ensure_future(log.append("request", {}))
    leaving = asyncio.ensure_future(log.append("intent", {}))
    log.listeners.append(lambda entry: leaving.cancel() and None if entry.kind == "intent" else None)
    await asyncio.wait([first, leaving])
    assert leaving.cancelled()
    await log.settle()
    assert [(entry.kind, entry.parent) for entry in log.entries(after=2)] == [("outcome", 2)]


async def test_a_caller_that_goes_away_hears_of_no_failure_and_neither_does_anybody_else(log: AuditLog) -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    Disk(log).before = full_disk
    tasks = [asyncio.ensure_future(log.append("intent", {})) for _ in range(2)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await asyncio.wait(tasks)
    assert tasks[1].cancelled()
    assert isinstance(tasks[0].exception(), Broken)
    await log.settle()
    gc.collect()
    assert complaints == []
    assert log.head().seq == 0


async def test_an_intent_that_was_called_off_as_the_log_closed_is_open_at_the_next_start(
    path: Path, clock: HeldClock
) -> None:
    log = AuditLog.open(path, clock)
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    tasks = [asyncio.ensure_future(log.append("intent", {})) for _ in range(2)]
    await asyncio.sleep(0)
    tasks[1].cancel()
    await log.close()
    await asyncio.wait(tasks)
    assert complaints == []
    log = AuditLog.open(path, clock)
    assert seqs(log.unfinished()) == [1, 2]
    await log.close()


async def test_a_parent_has_to_be_on_disk(log: AuditLog) -> None:
    with pytest.raises(ValueError, match="cannot be a parent"):
        await log.append("outcome", {}, parent=1)
    with pytest.raises(ValueError, match="cannot be a parent"):
        log.note("outcome", {}, parent=0)
    intent = await log.append("intent", {})
    assert await log.append("outcome", {}, parent=intent) == 2
    assert seqs(log.children(intent)) == [2]


async def test_pages_of_entries_are_bounded(log: AuditLog) -> None:
    await asyncio.gather(*(log.append("a" if n % 2 else "b", {}) for n in range(10)))
    assert seqs(log.entries(after=7)) == [8, 9, 10]
    assert seqs(log.entries(limit=2, newest_first=True)) == [10, 9]
    assert seqs(log.entries(kinds=["a"], limit=2)) == [2, 4]
    assert log.entries(limit=-5) == []
    assert log.entries(after=10**40) == []


async def test_intents_are_unfinished_until_their_outcome_is_on_disk(log: AuditLog) -> None:
    first = await log.append("intent", {})
    second = await log.append("intent", {})
    log.note("outcome", {}, parent=second)
    await log.append("note", {}, parent=first)
    assert seqs(log.unfinished()) == [first]


async def test_unfinished_intents_are_known_after_a_restart(path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(path, clock)
    intents = [await log.append("intent", {}) for _ in range(3)]
    await log.append("outcome", {}, parent=intents[1])
    await log.close()
    log = AuditLog.open(path, clock)
    assert seqs(log.unfinished()) == [1, 3]
    await log.append("outcome", {"status": "unknown"}, parent=1)
    await log.append("outcome", {"status": "unknown"}, parent=3)
    await log.close()
    log = AuditLog.open(path, clock)
    assert log.unfinished() == []
    await log.close()


async def test_listeners_hear_of_each_entry_once_it_is_on_disk(log: AuditLog) -> None:
    heard: list[tuple[int, bool]] = []
    log.listeners.append(lambda entry: heard.append((entry.seq, entry.seq <= log.head().seq)))
    await asyncio.gather(log.append("request", {}), log.append("request", {}))
    log.note("outcome", {})
    await asyncio.sleep(NOTE_DELAY_S * 3)
    assert heard == [(1, True), (2, True), (3, True)]


async def test_a_listener_that_raises_hurts_neither_the_log_nor_the_others(log: AuditLog) -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    heard: list[int] = []

    def bad(entry: Entry) -> None:
        raise RuntimeError("no")

    log.listeners += [bad, lambda entry: heard.append(entry.seq)]
    assert await log.append("request", {}) == 1
    assert await log.append("request", {}) == 2
    await asyncio.sleep(0)
    assert heard == [1, 2]
    assert len(complaints) == 2


async def test_when_a_commit_fails_everybody_is_told_and_nothing_is_written(log: AuditLog, clock: HeldClock) -> None:
    await log.append("request", {})
    head = log.head()
    disk = Disk(log)
    disk.before = full_disk
    told: list[float] = []
    log.on_failure = lambda: told.append(clock.monotonic())
    await clock.advance(5)
    answers = await asyncio.gather(*(log.append("intent", {}) for _ in range(3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["the audit log cannot be written: database or disk is full"] * 3
    assert all(isinstance(answer, Broken) for answer in answers)
    assert log.head() == head
    assert list(log.failures) == [5.0, 5.0]  # the first was alone, the others shared a commit
    assert told == [5.0, 5.0]
    assert log.unfinished() == []


async def test_after_a_failure_the_log_goes_on_when_the_disk_does(log: AuditLog, path: Path) -> None:
    await log.append("request", {})
    disk = Disk(log)
    disk.before = full_disk
    with pytest.raises(Broken):
        await log.append("intent", {})
    disk.before = lambda: None
    assert await log.append("intent", {}) == 2
    assert verify(path).ok


async def test_a_disk_that_became_read_only_is_broken_and_recovers(log: AuditLog, path: Path) -> None:
    log._file._writer.execute("PRAGMA query_only=ON")
    with pytest.raises(Broken, match="readonly"):
        await log.append("intent", {})
    log._file._writer.execute("PRAGMA query_only=OFF")
    assert await log.append("intent", {}) == 1
    assert verify(path).ok


async def test_a_database_that_may_not_grow_is_broken_and_recovers(log: AuditLog, path: Path) -> None:
    writer = log._file._writer
    (pages,) = writer.execute("PRAGMA page_count").fetchone()
    writer.execute(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(Broken, match="database or disk is full"):
        await log.append("note", {"text": "x" * 30_000})
    held = log.head().seq
    writer.execute("PRAGMA max_page_count=100000")
    assert await log.append("note", {}) == held + 1
    assert verify(path).rows == held + 1
    assert verify(path).ok


async def test_each_failed_commit_is_counted_with_its_time(log: AuditLog, clock: HeldClock) -> None:
    Disk(log).before = full_disk
    for _ in range(3):
        await clock.advance(10)
        with pytest.raises(Broken):
            await log.append("intent", {})
    assert list(log.failures) == [10.0, 20.0, 30.0]


async def test_a_bug_while_writing_leaves_nobody_waiting(log: AuditLog) -> None:
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context["exception"]))
    disk = Disk(log)

    def bug() -> None:
        raise TypeError("bug")

    disk.before = bug
    with pytest.raises(Broken, match="bug"):
        await log.append("intent", {})
    assert [type(error) for error in complaints] == [TypeError]
    disk.before = lambda: None
    assert await log.append("intent", {}) == 1


async def test_a_note_that_failed_is_written_later_in_its_place(log: AuditLog) -> None:
    disk = Disk(log)
    disk.before = full_disk
    log.note("outcome", {"n": 1})
    with pytest.raises(Broken):
        await log.append("intent", {})
    disk.before = lambda: None
    await log.append("request", {})
    assert [entry.kind for entry in log.entries()] == ["outcome", "request"]
    assert log.lost_notes == 0
    assert len(log.failures) == 1


async def test_a_note_is_tried_again_by_itself(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.audit.log.RETRY_S", 0.03)
    disk = Disk(log)
    disk.before = full_disk
    log.note("outcome", {})
    await asyncio.sleep(0.15)
    assert len(log.failures) >= 2
    disk.before = lambda: None
    await asyncio.sleep(0.1)
    assert log.head().seq == 1


async def test_notes_that_pile_up_are_given_up_and_counted(log: AuditLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claw.audit.log.KEPT_NOTES", 3)
    disk = Disk(log)
    disk.before = full_disk
    for _ in range(5):
        log.note("outcome", {})
    with pytest.raises(Broken):
        await log.append("intent", {})
    assert log.lost_notes == 2


async def test_a_note_that_the_file_itself_refuses_does_not_come_back(log: AuditLog) -> None:
    disk = Disk(log)

    def damaged() -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    disk.before = damaged
    log.note("outcome", {})
    with pytest.raises(Broken, match="malformed"):
        await log.append("intent", {})
    disk.before = lambda: None
    assert await log.append("request", {}) == 1
    assert log.lost_notes == 1


async def test_a_slow_disk_does_not_hold_up_the_loop(log: AuditLog, clock: HeldClock, path: Path) -> None:
    disk = Disk(log)
    release = threading.Event()

    def slow() -> None:
        clock._elapsed += 0.05

    disk.before = slow
    await log.append("request", {})
    assert disk.threads == [threading.get_ident()]

    disk.before = lambda: release.wait(5) and None
    waiting = asyncio.ensure_future(log.append("request", {}))
    await asyncio.sleep(0.02)
    late = [asyncio.ensure_future(log.append("request", {})) for _ in range(2)]
    await asyncio.sleep(0.02)
    assert not waiting.done()
    release.set()
    assert await asyncio.gather(waiting, *late) == [2, 3, 4]
    assert threading.get_ident() not in disk.threads[1:]
    assert disk.batches == [1, 1, 2]
    assert verify(path).ok


async def test_a_disk_that_is_fast_again_is_written_on_the_loop_again(log: AuditLog, clock: HeldClock) -> None:
    disk = Disk(log)

    def slow() -> None:
        clock._elapsed += 0.05

    disk.before = slow
    await log.append("request", {})
    disk.before = lambda: None
    await clock.advance(SLOW_FOR_S - 1)
    await log.append("request", {})
    await clock.advance(2)
    await log.append("request", {})
    here = threading.get_ident()
    assert [thread == here for thread in disk.threads] == [True, False, True]


async def test_a_failure_in_the_thread_reaches_the_caller(log: AuditLog, clock: HeldClock) -> None:
    disk = Disk(log)
    log._slow_until = clock.monotonic() + 1
    disk.before = full_disk
    with pytest.raises(Broken, match="full"):
        await log.append("request", {})
    assert len(log.failures) == 1
    disk.before = lambda: None
    assert await log.append("request", {}) == 1


async def test_closing_waits_for_the_thread(path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(path, clock)
    log._slow_until = clock.monotonic() + 1
    first = asyncio.ensure_future(log.append("request", {}))
    await asyncio.sleep(0)
    second = asyncio.ensure_future(log.append("request", {}))
    await asyncio.sleep(0)
    log.note("outcome", {})
    await log.close()
    assert [await first, await second] == [1, 2]
    assert verify(path).rows == 3


async def test_hostile_values_are_logged_all_the_same(log: AuditLog, path: Path) -> None:
    origin = Origin("web", "\ud800", source="x" * 10_000, conversation="a\nb")
    assert await log.append("request", {"text": "\ud800" * 100_000, "n": float("nan")}, origin=origin) == 1
    assert log.entry(1).origin.person == "?"
    assert log.entry(1).payload["bytes"] > 65_536
    assert verify(path).ok


async def test_a_wrong_kind_is_a_mistake_of_the_caller_and_leaves_the_log_alone(log: AuditLog) -> None:
    with pytest.raises(ValueError, match="no kind"):
        await log.append("Not A Kind", {})
    assert await log.append("request", {}) == 1


async def test_a_log_whose_end_does_not_hold_says_so_and_still_takes_the_stop(path: Path, clock: HeldClock) -> None:
    log = AuditLog.open(path, clock)
    await log.append("intent", {"brightness": 10})
    await log.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        (trigger,) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'payloads_update'").fetchone()
        other.execute("DROP TRIGGER payloads_update")
        other.execute("UPDATE payloads SET body = CAST('{\"brightness\":90}' AS BLOB)")
        other.execute(trigger)
    log = AuditLog.open(path, clock)
    assert not log.tail_ok
    assert log.problem == "the audit log does not hold at row 1: the payload was changed: its hash does not fit"
    assert await log.append("stop", {"reason": log.problem}) == 2
    await log.close()
    assert seqs_of_problems(path) == [1, 1]


def seqs_of_problems(path: Path) -> list[int | None]:
    return [problem.seq for problem in verify(path).problems]


async def test_two_logs_on_one_file_are_refused(log: AuditLog, path: Path, clock: HeldClock) -> None:
    with pytest.raises(Broken, match="another Claw daemon uses"):
        AuditLog.open(path, clock)


async def test_a_clock_that_goes_back_is_logged_as_it_is(log: AuditLog, clock: HeldClock, path: Path) -> None:
    await log.append("request", {})
    clock._start -= timedelta(hours=1)
    await log.append("request", {})
    assert verify(path).ok
    assert [(problem.seq, problem.warning) for problem in verify(path).problems] == [(2, True)]


steps = st.lists(
    st.tuples(st.sampled_from(["append", "note", "fail", "turn"]), st.text(max_size=5)), min_size=1, max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_whatever_fails_between_what_was_acknowledged_is_there_and_holds(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("log") / "audit.db"

    async def run() -> dict[int, str]:
        log = AuditLog.open(path, HeldClock())
        disk = Disk(log)
        waiting: list[tuple[str, asyncio.Future[int]]] = []
        for step, text in drawn:
            disk.before = full_disk if step == "fail" else lambda: None
            if step == "note":
                log.note("note", {"text": text})
            elif step != "turn":
                waiting.append((text, asyncio.ensure_future(log.append("request", {"text": text}))))
            if step in {"turn", "fail"}:
                await asyncio.sleep(0)
                await asyncio.sleep(0)
        disk.before = lambda: None
        await asyncio.wait([future for _, future in waiting]) if waiting else None
        await log.close()
        return {future.result(): text for text, future in waiting if future.exception() is None}

    acknowledged = asyncio.run(run())
    found = verify(path)
    assert found.ok
    file = LogFile.open(path)
    assert {seq: file.read.entry(seq).payload["text"] for seq in acknowledged} == acknowledged
    assert found.rows == len(acknowledged) + sum(step == "note" for step, _ in drawn)
    file.close(0)
