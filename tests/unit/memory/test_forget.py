"""What is forgotten is gone from every row, every copy and every byte; what is somebody else's is not touched."""

import asyncio
import contextlib
import json
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claw.audit.log import AuditLog
from claw.audit.verify import verify
from claw.base.action import SYSTEM, Action, Json, Pending, Terms
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused, Unavailable
from claw.gate.perform import Performed
from claw.memory.erasing import Scope
from claw.memory.forget import FORGET, FORGET_ALL, OUT_OF_REACH, SERVICES, Forgetter, Gone, _told, action_of, scope_of
from claw.memory.model import Fact, Told, private_to
from claw.memory.passages import Passages
from claw.memory.tombstones import Tombstones, commitment
from claw.memory.traces import Traces
from tests.forgetting_room import ANNA, BEN, START, VOICE, ForgettingRoom, forgetting_room

NUTS = Fact("fact", "person:sam", "allergic to", "hazelnuts", "Sam is allergic to hazelnuts")
BOILER = Fact("fact", "thing:boiler", "filter", "cartridge", "The boiler takes a cartridge filter")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[ForgettingRoom]:
    async with forgetting_room(tmp_path) as made:
        yield made


async def test_no_byte_of_one_forgotten_memory_is_left_and_the_log_still_holds(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    await room.tell(BOILER, BEN)
    assert room.left("hazelnuts")
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert room.left("hazelnut", "allerg") == []
    assert (forgotten.verified, forgotten.found, forgotten.rows, forgotten.entries) == (True, 0, 3, 2)
    assert room.facts.get(memory.id) is None
    assert [one.fact for one in room.facts.active()] == [BOILER]
    assert room.count("episodes") == 1
    assert verify(room.audit.path).ok
    assert "nothing of it is left" in forgotten.told
    assert "Backups" in forgotten.told


async def test_what_a_neighbour_lent_of_its_words_is_gone_too(room: ForgettingRoom) -> None:
    week = START.replace(day=15) - START
    for said in ("the boiler hums", "Sam is allergic to hazelnuts", "the bins go out on Friday"):
        room.episodes.note(ANNA, said, "owner_told", name="Anna", keep=week)
    assert "hazelnuts" in str(room.db.execute("select group_concat(near) from passages").fetchone())
    (number,) = room.db.execute("select id from episodes where text like '%hazelnuts%'").fetchone()
    memory = room.facts.keep(NUTS, told_by(number)).memory
    await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert room.left("hazelnut") == []
    assert room.count("episodes") == 2
    near = [one for (one,) in room.db.execute("select near from passages order by id").fetchall()]
    assert near == ["the bins go out on Friday", "the boiler hums"]


def told_by(episode: int) -> Told:
    return Told("owner_told", "web", "anna", explicit=True, episode=episode)


async def test_every_room_is_asked_and_whoever_listens_is_told(room: ForgettingRoom) -> None:
    asked: list[Erasure] = []

    class Room:
        def erase(self, erasure: Erasure) -> int:
            asked.append(erasure)
            return 5

    told: list[None] = []
    room.forgetter.erasers += [Room(), Room()]
    room.facts.changed.append(lambda: told.append(None))
    memory = await room.tell(NUTS, ANNA)
    told.clear()
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert forgotten.rows == 3
    assert told == [None]
    assert asked[0] == asked[1]
    erasure = asked[0]
    assert erasure.memories == {memory.id}
    assert erasure.conversations == {"annas"}
    assert erasure.words == (NUTS.sentence, "hazelnuts", f"remember that {NUTS.sentence}")


async def test_a_note_without_a_word_stays_and_the_log_holds_the_same(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    (row,) = room.db["tombstones"].rows
    erasure = Erasure(frozenset({1}), frozenset({1}), frozenset({1, 2}))
    assert row == {
        "id": forgotten.tombstone,
        "at": START.isoformat(timespec="milliseconds"),
        "by": "anna",
        "scope": "memory 1",
        "rows": 3,
        "state": "done",
        "found": 0,
        "commitment": commitment(erasure),
    }
    (entry,) = room.audit.entries(0, 100, kinds=("forgotten",))
    assert entry.payload == {
        "rows": 3,
        "entries": 2,
        "verified": True,
        "found": 0,
        "tombstone": 1,
        "commitment": row["commitment"],
    }
    assert entry.origin == ANNA


async def test_forgetting_what_is_not_there_is_said_and_leaves_nothing(room: ForgettingRoom) -> None:
    with pytest.raises(Refused, match="I know of no memory 7"):
        await room.forgetting.forget(Scope.one(7), ANNA)
    forgotten = await room.forgetting.forget(Scope.after(START), ANNA)
    assert (forgotten.told, forgotten.tombstone) == ("there is nothing of that to forget", None)
    assert room.count("tombstones") == 0


async def test_it_can_be_asked_twice_at_once_and_is_done_once(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    both = await asyncio.gather(*(room.forgetting.forget(Scope.one(memory.id), ANNA) for _ in range(2)))
    assert sorted(one.rows for one in both) == [0, 3]
    assert room.count("tombstones") == 1


async def test_what_comes_in_while_the_log_is_searched_is_forgotten_with_the_rest(room: ForgettingRoom) -> None:
    await room.tell(NUTS, ANNA)
    find = room.forgetter._trail.find

    async def slow(*args: Any) -> Erasure:
        found = await find(*args)
        await room.tell(Fact("fact", "house", "hides", "ladder", "Anna hides the ladder", visibility="household"), ANNA)
        return found

    room.forgetter._trail.find = slow  # type: ignore[method-assign]
    await room.forgetting.forget(Scope.about("anna"), ANNA)
    assert room.facts.active() == []


async def test_whether_somebody_else_said_the_same_is_not_told(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    await room.tell(Fact("fact", "person:kim", "likes", "hazelnuts", "Kim likes hazelnuts"), BEN)
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert forgotten.verified
    assert "what others may have said the same way" in forgotten.told


async def test_bytes_that_another_reader_holds_are_told_and_not_vouched_for(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    with contextlib.closing(sqlite3.connect(room.audit.path, isolation_level=None)) as other:
        other.execute("begin")
        other.execute("select count(*) from rows").fetchone()
        room.audit._file._writer.execute("pragma busy_timeout=0")
        forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert not forgotten.verified
    assert forgotten.found > 0
    assert "once nobody else reads" in forgotten.told
    await room.audit.close()
    assert room.left("hazelnut") == []


async def test_what_another_hand_left_in_a_free_page_is_found_and_written_over(room: ForgettingRoom) -> None:
    room.db.conn.execute("pragma secure_delete=off")
    row = (START.isoformat(), "web", 1.0, "c", "owner_told", NUTS.sentence * 50)
    with room.db.conn:
        for _ in range(100):
            room.db.conn.execute(
                "insert into episodes (at, channel, confidence, conversation, trust, text) values (?, ?, ?, ?, ?, ?)",
                row,
            )
        room.db.conn.execute("delete from episodes")
    room.db.conn.execute("pragma wal_checkpoint(truncate)")
    room.db.conn.execute("pragma secure_delete=on")
    memory = await room.tell(NUTS, ANNA)
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert (forgotten.verified, forgotten.found) == (True, 0)
    assert room.left("hazelnut") == []


async def test_a_log_that_is_too_busy_is_said_and_the_rest_goes_as_soon_as_it_can(
    room: ForgettingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = await room.tell(NUTS, ANNA)

    async def busy(*_: object) -> list[int]:
        raise Unavailable("the audit log is busy; try again")

    with monkeypatch.context() as patched:
        patched.setattr(AuditLog, "erase_all", busy)
        with pytest.raises(Unavailable, match="within a minute"):
            await room.forgetting.forget(Scope.one(memory.id), ANNA)
        with pytest.raises(Unavailable, match="within a minute"):
            await room.forgetter.finish()
    assert room.facts.get(memory.id) is None
    assert room.left("hazelnut")
    (told,) = await room.forgetter.finish()
    assert told.to == "person:anna"
    assert "2 entries of the log" in told.text
    assert room.left("hazelnut") == []


async def test_an_entry_that_could_not_be_erased_at_first_is_tried_again(
    room: ForgettingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = await room.tell(NUTS, ANNA)
    erase_all, tries = AuditLog.erase_all, [0]

    async def busy_once(self: AuditLog, *args: Any) -> list[int]:
        tries[0] += 1
        if tries[0] == 1:
            raise Unavailable("the audit log is busy; try again")
        return await erase_all(self, *args)

    monkeypatch.setattr(AuditLog, "erase_all", busy_once)
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert (forgotten.verified, forgotten.entries) == (True, 2)


@pytest.mark.parametrize(
    ("gone", "left", "told"),
    [
        (Gone(9, 2, 1, 1), Traces(0, 0, 9), "Forgotten: 1 memory, 1 exchange and 2 entries of the log. I searched"),
        (Gone(9, 1), Traces(0, 2, 9), "Forgotten: 1 entry of the log. I searched every byte of my files: nothing of"),
        (Gone(9, 0, 3), Traces(1, 0, 9), "Forgotten: 3 memories. But my files still hold it in 1 place: those bytes"),
        (
            Gone(9, 1),
            Traces(0, 0, 400, whole=False),
            "Forgotten: 1 entry of the log. I searched every byte of my files f",
        ),
        (Gone(9, 0), None, "Forgotten: what was begun. My files are written anew"),
    ],
)
def test_what_came_of_it_is_told_in_words(gone: Gone, left: Traces | None, told: str) -> None:
    said = _told(gone, left)
    assert said.startswith(told)
    assert said.endswith(OUT_OF_REACH)


@settings(max_examples=15, deadline=None)
@given(texts=st.lists(st.text(st.characters(codec="utf-8"), min_size=6, max_size=450), min_size=1, max_size=4))
def test_whatever_the_words_are_no_byte_of_them_is_left(texts: list[str]) -> None:
    async def told_and_forgotten(state: Path) -> None:
        async with forgetting_room(state) as room:
            await room.tell(BOILER, BEN)
            sentences = [f"zq {number} {text} qz" for number, text in enumerate(texts)]
            for number, sentence in enumerate(sentences):
                fact = Fact("fact", f"thing:{number}", "is", sentence, sentence)
                memory = await room.tell(fact, ANNA, f"remember that {sentence}")
                forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
                assert forgotten.verified
            assert room.left(*sentences, *(json.dumps(one)[1:-1] for one in sentences)) == []
            assert [one.fact for one in room.facts.active()] == [BOILER]
            assert verify(room.audit.path).ok

    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(told_and_forgotten(Path(folder)))


# -------------------------------------------------------------------------------------------------------- the crash


class Crash(Exception):
    """The process ends here."""


def crashing(*_: object, **__: object) -> None:
    raise Crash


async def crashing_soon(*_: object, **__: object) -> None:
    raise Crash


CRASHES: list[tuple[type, str, Callable[..., object]]] = [
    (AuditLog, "erase_all", crashing_soon),
    (Passages, "tidy", crashing),
    (Tombstones, "search", crashing),
    (Forgetter, "_search", crashing_soon),
    (Tombstones, "done", crashing),
]


@pytest.mark.parametrize(("where", "name", "crash"), CRASHES)
@pytest.mark.parametrize("scope", [Scope.one(1), Scope.about("anna"), Scope.all()])
async def test_what_a_crash_cuts_short_is_finished_at_the_next_start_and_said(
    tmp_path: Path, scope: Scope, where: type, name: str, crash: Callable[..., object]
) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    with pytest.MonkeyPatch.context() as patched:
        async with forgetting_room(before) as room:
            await room.tell(NUTS, ANNA)
            patched.setattr(where, name, crash)
            with pytest.raises(Crash):
                await room.forgetting.forget(scope, ANNA)
            shutil.copytree(before, after)  # as it was at that moment, write-ahead logs and all
    async with forgetting_room(after) as room:
        (told,) = await room.forgetter.finish()
        assert told.text.startswith("Forgetting was cut short; it is finished now. Forgotten: ")
        assert room.left("hazelnut") == []
        assert room.facts.active() == []
        assert await room.forgetter.finish() == []
        (row,) = room.db["tombstones"].rows
        assert (row["state"], row["found"]) == ("done", 0)
        assert verify(room.audit.path).ok


async def test_a_crash_before_the_rows_went_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with forgetting_room(tmp_path) as room:
        memory = await room.tell(NUTS, ANNA)
        monkeypatch.setattr(Tombstones, "begin", crashing)
        with pytest.raises(Crash):
            await room.forgetting.forget(Scope.one(memory.id), ANNA)
        assert room.facts.get(memory.id) == memory
        assert await room.forgetter.finish() == []


# --------------------------------------------------------------------------------------------------- the act itself


async def test_a_question_that_must_be_answered_first_is_what_is_told(room: ForgettingRoom) -> None:
    class Asking:
        async def perform(self, actions: Any, origin: Any) -> Performed:
            del actions, origin
            return Performed(pending=pending)

    pending = Pending("q", "Forget it?", (), ANNA, Terms(), None, {}, START, START, 1)
    memory = await room.tell(NUTS, ANNA)
    room.forgetting._gate = Asking()
    forgotten = await room.forgetting.forget(Scope.one(memory.id), ANNA)
    assert (forgotten.told, forgotten.performed) == ("Forget it?", Performed(pending=pending))
    assert room.facts.get(memory.id) is not None


async def test_the_effector_asks_again_whose_it_is(room: ForgettingRoom) -> None:
    memory = await room.tell(Fact("fact", "house", "is", "novel", "A novel", visibility=private_to("ben")), BEN)
    for origin in (ANNA, VOICE, SYSTEM):
        performed = await room.gate.perform((action_of(Scope.one(memory.id)),), origin)
        assert performed.outcomes[0].status == "refused"
    assert room.facts.get(memory.id) is not None


async def test_without_a_permit_nothing_is_forgotten(room: ForgettingRoom) -> None:
    memory = await room.tell(NUTS, ANNA)
    action = action_of(Scope.one(memory.id))
    permit = room.permits.issue(Action(FORGET_ALL), 1)
    with pytest.raises(Refused, match="another action"):
        await room.forgetter.perform(permit, action)
    with pytest.raises(Refused, match="not something that can be forgotten"):
        await room.forgetter.perform(room.permits.issue(action, 99), action)
    assert room.facts.get(memory.id) is not None


@pytest.mark.parametrize(
    "scope",
    [Scope.one(7), Scope.after(datetime(2026, 5, 8, tzinfo=UTC)), Scope.about("anna"), Scope.all()],
)
def test_a_scope_goes_through_the_gate_as_it_is(scope: Scope) -> None:
    action = action_of(scope)
    assert scope_of(action) == scope
    assert action.name == (FORGET_ALL if scope.reach == "everything" else FORGET)
    assert set(action.data) <= set(SERVICES[action.name].fields)


@given(
    st.dictionaries(
        st.sampled_from(["scope", "memory", "since", "person"]),
        st.one_of(st.none(), st.text(max_size=20), st.integers(), st.booleans(), st.lists(st.integers(), max_size=2)),
    )
)
def test_whatever_the_data_is_it_means_a_scope_or_is_refused(data: dict[str, Json]) -> None:
    try:
        scope = scope_of(Action(FORGET, (), data))
    except Refused:
        return
    assert scope.reach == data["scope"] != "everything"


async def test_a_damaged_journal_is_said_at_the_start(room: ForgettingRoom) -> None:
    room.db.execute(
        "insert into tombstones (at, by, scope, rows, state, found, commitment) values ('', '', '', 0, '?', 0, '')"
    )
    with pytest.raises(Broken):
        await room.forgetter.finish()
