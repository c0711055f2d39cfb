"""Finding entries by what they are, across the files of a log, within bounds."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit import finding
from claw.audit.finding import Counted, Wanted, counted, matching
from claw.audit.segments import segments
from claw.base.action import Origin
from claw.base.errors import Broken
from tests.signed_log import Signed, signed_log

ANNA = Origin("cli", "anna", authenticated=True)
BEN = Origin("web", "ben", authenticated=True)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[Signed]:
    async with signed_log(tmp_path) as signed:
        yield signed


def act(entity: str, said: str) -> dict[str, object]:
    return {"action": {"name": "lock.lock", "entities": [entity]}, "said": said}


async def test_entries_are_found_by_kind_person_thing_and_words_newest_first_in_every_file(log: Signed) -> None:
    first = await log.audit.append("intent", act("lock.front", "Lock the FRONT door"), origin=ANNA)
    await log.audit.seal(lambda _: {}, lambda _: {})
    second = await log.audit.append("intent", act("lock.back", "the door, please"), origin=BEN)
    stop = await log.audit.append("stop", {"reason": "door"}, origin=ANNA)
    path = log.audit.path
    assert matching(path, Wanted(kinds=("intent",))).seqs == [second, first]
    assert matching(path, Wanted(kinds=("intent",), person="anna")).seqs == [first]
    assert matching(path, Wanted(things=("lock.back", "lock.attic"))).seqs == [second]
    assert matching(path, Wanted(things=("lock",))).seqs == []
    assert matching(path, Wanted(text="Door")).seqs == [stop, second, first]
    assert matching(path, Wanted(text="front door")).seqs == [first]
    assert matching(path, Wanted(text="door", before=stop, limit=1)) == ([second], second)
    assert matching(path, Wanted(text="door", before=second)).looked_to == 1
    assert matching(path, Wanted(text="none such")) == ([], 1)


async def test_a_span_of_time_has_a_begin_that_is_in_it_and_an_end_that_is_not(log: Signed) -> None:
    seqs = [await log.audit.append("intent", {}, origin=ANNA) for _ in range(3)]
    entry = log.audit.entry(seqs[1])
    assert entry is not None
    assert seqs[1] in matching(log.audit.path, Wanted(since=entry.time)).seqs
    assert seqs[1] not in matching(log.audit.path, Wanted(until=entry.time)).seqs
    assert matching(log.audit.path, Wanted(since=entry.time + timedelta(days=1))).seqs == []


async def test_what_is_erased_is_found_by_its_kind_and_not_by_its_words(log: Signed) -> None:
    seq = await log.audit.append("intent", {"said": "my secret"}, origin=ANNA)
    await log.audit.erase(seq, ANNA, "asked")
    assert matching(log.audit.path, Wanted(text="secret")).seqs == []
    assert seq in matching(log.audit.path, Wanted(kinds=("intent",))).seqs


async def test_one_question_looks_at_so_many_and_the_next_goes_on(log: Signed, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await log.audit.append("intent", {"said": "door"}, origin=ANNA)
    for _ in range(5):
        await log.audit.append("intent", {"said": "window"}, origin=ANNA)
    monkeypatch.setattr(finding, "MOST_LOOKED_AT", 3)
    found = matching(log.audit.path, Wanted(text="door"))
    assert found.seqs == []
    assert found.looked_to == first + 3
    assert matching(log.audit.path, Wanted(text="door", before=found.looked_to)).seqs == [first]
    entry = log.audit.entry(found.looked_to)
    assert entry is not None
    later = matching(log.audit.path, Wanted(text="door", since=entry.time + timedelta(hours=1)))
    assert later == ([], 1), "nothing older can be wanted"


async def test_words_that_are_no_ascii_are_left_to_whoever_shows_them(log: Signed) -> None:
    seq = await log.audit.append("intent", {"said": "Küche AN"}, origin=ANNA)
    assert matching(log.audit.path, Wanted(text="KÜCHE an")).seqs[-1:] == [seq]
    assert matching(log.audit.path, Wanted(text='"; drop table rows; --')).seqs == []


async def test_a_span_is_counted_by_kind_and_step(log: Signed) -> None:
    intent = await log.audit.append("intent", {}, origin=ANNA)
    entry = log.audit.entry(intent)
    assert entry is not None
    await log.audit.append("outcome", {"status": "failed"}, parent=intent)
    gone = await log.audit.append("outcome", {"status": "done"}, parent=intent)
    await log.audit.erase(gone, ANNA, "asked")
    rows = counted(log.audit.path, entry.time, entry.time + timedelta(days=1), 1800)
    assert Counted("intent", None, 0, 1) in rows
    assert Counted("outcome", "failed", 0, 1) in rows
    assert Counted("outcome", None, 0, 1) in rows
    assert counted(log.audit.path, entry.time + timedelta(days=2), entry.time + timedelta(days=3), 1800) == []


def test_where_there_is_no_log_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Broken):
        matching(tmp_path / "audit.db", Wanted())


async def test_a_file_that_cannot_be_read_says_so(log: Signed) -> None:
    await log.audit.append("intent", {}, origin=ANNA)
    await log.audit.seal(lambda _: {}, lambda _: {})
    (sealed,) = segments(log.audit.path)
    sealed.path.chmod(0o600)
    sealed.path.write_bytes(b"SQLite format 3\0" + b"\0" * 5000)
    with pytest.raises(Broken):
        matching(log.audit.path, Wanted())
