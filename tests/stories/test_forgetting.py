"""A whole daemon forgets: whatever keeps words of people lets go of them, and a new place for words is noticed here."""

import ast
import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import claw
from claw.audit.log import AuditLog
from claw.audit.verify import verify
from claw.base.action import Message, Origin
from claw.base.config import ModelConfig
from claw.daemon.build import Daemon
from claw.daemon.run import _finish_forgetting
from claw.memory.erasing import Scope
from claw.memory.forget import action_of
from claw.memory.model import Fact
from claw.store.db import writing
from tests.living import NOBODY, OWNER, living
from tests.running import Claw, running

MARK = "zzforgetme"
MODEL = ModelConfig(name="scripted", base_url="http://127.0.0.1:9/v1")

STAYS = {
    "accounts": "who belongs to the household, as its file says it of others: shut out, not forgotten",
    "barred": "who was shut out, and when",
    "passwords": "a hash by which somebody signs in: it is taken away on the page or with its person, not forgotten",
    "_sqlite_migrations": "the names of the steps by which the file came to its shape",
    "approved_names": "names of things, as an owner approved them for prompts",
    "clients": "what a device of somebody's may do here: it is ended by `claw session`, not forgotten",
    "jobs": "hashes, numbers of the log, ids of rules and questions: no word of what a model asked for",
    "passkeys": "with what somebody signs: it is taken away on the page or with its person, not forgotten",
    "renames": "ids of things",
    "sound_sent": "how many seconds of sound somebody else's server was sent today",
    "telegram_links": "who may write from which chat: ended by `claw telegram revoke`, not forgotten",
    "telegram_seen": "numbers of messages that were taken, and whether they were answered: no word of them",
    "tools": "what other servers say of their tools, as an owner accepted it",
    "waits": "how long things take",
    "tombstones": "when, by whom and how much was forgotten; no word of it",
}
"""Tables that hold no words of people, or not ones that a forgetting means, and why."""

WHO_IS_WHO = {"accounts", "approved_names", "barred", "clients", "passkeys", "passwords", "telegram_links"}
"""Tables of who may come in and who may not: ended at the console or on the page, not forgotten."""

STAYS_IN_PART = {"pending": {"id", "answered"}, "spending": {"purpose", "channel"}}
"""Columns of rows that have to stay: of a question that it was asked and when it ended, of a model what it cost."""


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with living(tmp_path, model=MODEL, voice={}) as made:
        yield made


def tables(daemon: Daemon) -> dict[str, list[tuple[str, str]]]:
    """Return the columns of every table with their types; not those of the index, which is made of ``passages``."""
    db = daemon.memory.store.ground.db
    names = [
        name
        for (name,) in db.execute("select name from sqlite_master where type = 'table'").fetchall()
        if not name.startswith(("passages_fts", "sqlite_"))
    ]
    return {name: [(row[1], row[2]) for row in db.execute(f'pragma table_info("{name}")').fetchall()] for name in names}


def filled(table: str, column: str, kind: str) -> object:
    """Return a value for a column that looks as the daemon writes it, with the mark in every text."""
    now = "2026-01-01T00:00:00.000+00:00"
    whole = {
        ("memories", "value"): json.dumps(MARK),
        ("memories", "condition"): json.dumps({"area": MARK}),
        ("memories", "taint"): json.dumps([MARK]),
        ("memories", "status"): "rejected",
        ("evidence", "taint"): json.dumps([MARK]),
        ("habits", "fact"): json.dumps({"sentence": MARK}),
        ("tombstones", "state"): "done",
        ("pending", "state"): "void",
        ("overlay", "ended"): now,
        ("spending", "day"): "2026-01-01",
        ("skills", "people"): json.dumps([OWNER.person]),
        ("skills", "made"): "learned",
        ("skills", "state"): "shadow",
    }
    if column in {"person", "author", "answered_by", "audience"}:
        return OWNER.person
    if (table, column) in whole:
        return whole[table, column]
    if column in {"at", "recorded", "valid_from", "since", "first", "last", "created", "expires", "started"} | {
        "accepted_at",
        "changed",
        "ended",
        "last_run",
        "undone",
        "until",
    }:
        return now
    if kind.upper() == "BLOB":
        return b"\\0" * 32 + json.dumps({"said": MARK}).encode()
    return MARK if kind.upper() == "TEXT" else 1


def marked(daemon: Daemon) -> dict[str, set[str]]:
    """Return the columns that hold the mark, by table."""
    db = daemon.memory.store.ground.db
    found: dict[str, set[str]] = {}
    for table, columns in tables(daemon).items():
        for column, _ in columns:
            count = db.execute(
                f'select count(*) from "{table}" where instr(cast("{column}" as text), ?)',  # noqa: S608  its own names
                (MARK,),
            ).fetchone()
            if count != (0,):
                found.setdefault(table, set()).add(column)
    return found


WORDLESS = {"consents", "barred", "telegram_links"}
"""Tables of ids and times alone."""


@pytest.mark.parametrize("scope", [Scope.all(), Scope.about("anna")])
async def test_every_column_that_may_hold_words_of_people_is_emptied_or_named_here_with_the_reason(
    daemon: Daemon, scope: Scope
) -> None:
    db = daemon.memory.store.ground.db
    with writing(Path("claw.db")), db.conn:
        for table, columns in tables(daemon).items():
            values = [filled(table, column, kind) for column, kind in columns]
            marks = ", ".join("?" * len(values))
            db.conn.execute(f'insert or replace into "{table}" values ({marks})', values)  # noqa: S608  its own names
    assert set(marked(daemon)) | WORDLESS == set(tables(daemon)), "no table is without a column for words"
    forgotten = await daemon.memory.forgetting.forget(scope, OWNER)
    if scope.reach == "everything":
        assert forgotten.performed is not None
        assert forgotten.performed.pending is not None, "everything is forgotten only after one more yes"
        assert forgotten.told == forgotten.performed.pending.question == "Forget everything I was ever told?"
        assert set(marked(daemon)) | WORDLESS == set(tables(daemon))
        heard: list[Message] = []
        daemon.desk._in.messages.listeners.append(heard.append)
        assert (await daemon.desk.say("yes", OWNER)).outcomes[0].status == "sent"
        while not heard:  # noqa: ASYNC110  a message rings no bell
            await asyncio.sleep(0.01)
        assert heard[0].to == "conversation:test"
        assert heard[0].text.startswith("Forgotten: 1 memory, 1 exchange")
    assert daemon.memory.store.ground.db["tombstones"].count == 2, forgotten.told
    left = marked(daemon)
    stays = {*STAYS} if scope.reach == "everything" else {*STAYS, "sleeps"}
    assert {table: columns for table, columns in left.items() if table not in {*stays, *STAYS_IN_PART}} == {}
    for table, may_stay in STAYS_IN_PART.items():
        assert left.get(table, set()) <= may_stay, table
    for table, columns in tables(daemon).items():
        for column in {"person", "author", "answered_by"} & {name for name, _ in columns}:
            query = f'select count(*) from "{table}" where "{column}" = ?'  # noqa: S608  its own names
            whose = db.execute(query, (OWNER.person,)).fetchone()[0]
            assert whose == 0 or table in WHO_IS_WHO, (table, column)


BEHIND = {
    "Afterwards": "asked by the hearing",
    "Asking": "asked by who answers phrases",
    "Chats": "asked where a Telegram bot is configured (test_met_telegram.py)",
    "Echo": "asked by the hearing",
    "Eraser": "the port itself",
    "Programs": "asked by who makes them when they are needed",
    "Recents": "asked by talk about routines",
    "Rows": "asked by the forgetter",
    "Runner": "asked by who answers phrases",
    "Sealed": "asked by the programs",
    "Talks": "asked by the hearing",
    "Touches": "asked by who knows the hands",
}
"""Who is asked by somebody else, and by whom."""


async def test_whoever_can_erase_is_asked_to(daemon: Daemon) -> None:
    found: set[str] = set()
    for path in Path(claw.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                methods = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name == "erase"]
                if any(one.args.args[1:] and one.args.args[1].arg == "erasure" for one in methods):
                    found.add(node.name)
    asked = {type(one).__name__ for one in daemon.memory.store.forgetter.erasers}
    assert asked == found - set(BEHIND)
    assert len(asked) >= 10


def left(folder: Path, *words: str) -> list[str]:
    """Return the files below ``folder`` that still hold one of ``words``, in whatever case."""
    sought = [word.lower().encode() for word in words]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes().lower() for word in sought)]


async def everywhere(daemon: Daemon, origin: Origin, words: str) -> list[str]:
    """Return all that ``origin`` can be shown of ``words``: the list, a search, an export, the log, prompts, talks."""
    asked, thinking = daemon.desk.remembering, daemon.thinking
    assert thinking is not None
    told = (
        asked.listed(origin),
        await asked.search(words, origin),
        asked.export(origin),
        asked.proposals(origin),
        [(entry.payload, entry.origin) for entry in daemon.audit.entries(0, 1000)],
        thinking.planner.sight.recent.lines(origin.conversation),
        list(daemon.intents._known),
        list(daemon.intents._readings),
        list(daemon.follower.recent.values()),
        (await daemon.desk.say("what do you know about Sam?", origin)).text,
    )
    return [text for one in told if words in (text := str(one))]


async def test_what_is_forgotten_in_a_talk_is_in_no_file_and_in_no_answer(daemon: Daemon, tmp_path: Path) -> None:
    assert (await daemon.desk.say("remember that Sam is allergic to hazelnuts", OWNER)).status == "done"
    await daemon.desk.say("turn on the hazelnuts lamp", OWNER)
    await daemon.audit.settle()
    assert len(await everywhere(daemon, OWNER, "hazelnuts")) >= 6
    assert left(tmp_path, "hazelnut")
    (memory,) = daemon.memory.store.facts.active()
    forgotten = await daemon.memory.forgetting.forget(Scope.one(memory.id), OWNER)
    assert forgotten.verified
    assert "allergic to hazelnuts" not in str(await everywhere(daemon, OWNER, "allergic to hazelnuts"))
    hour = await daemon.memory.forgetting.forget(Scope.after(daemon.clock.now() - timedelta(hours=1)), OWNER)
    assert hour.verified
    assert await everywhere(daemon, OWNER, "hazelnuts") == []
    await daemon.audit.settle()
    assert left(tmp_path, "hazelnut") == []
    assert verify(daemon.audit.path).ok


async def test_a_name_that_is_forgotten_takes_no_routine_with_it(daemon: Daemon, tmp_path: Path) -> None:
    """In the talk in which the name was given, and in another: only the sentence that it was asked for with goes."""
    await daemon.desk.say("call the living room lamp the hazelnut lamp", OWNER)
    for at, origin in (("7", OWNER), ("8", replace(OWNER, conversation="later"))):
        assert (await daemon.desk.say(f"every day at {at} turn on the hazelnut lamp", origin)).status == "done"
    before = [one for one in daemon.routines.book.all() if one.made_by.person == "anna"]
    assert len(before) == 2
    (memory,) = daemon.memory.store.facts.active()
    assert (await daemon.memory.forgetting.forget(Scope.one(memory.id), OWNER)).verified
    after = [one for one in daemon.routines.book.all() if one.made_by.person == "anna"]
    assert [(one.id, one.state, one.spec.when, one.spec.do) for one in after] == [
        (one.id, one.state, one.spec.when, one.spec.do) for one in before
    ]
    await daemon.audit.settle()
    assert left(tmp_path, "hazelnut") == []


async def test_forgetting_goes_through_the_gate_and_a_guest_gets_nowhere(daemon: Daemon) -> None:
    boiler = Fact("fact", "thing:boiler", "filter", "cartridge", "The boiler takes a cartridge filter")
    told = await daemon.memory.memories.tell(boiler, OWNER, said="remember that the boiler takes a cartridge filter")
    assert told.kept is not None
    number = told.kept.memory.id
    tom = Origin("web", "tom", authenticated=True, source="tom", conversation="toms", strength="session")
    for origin in (tom, NOBODY, Origin("web", "anna", source="claimed")):
        performed = await daemon.gate.perform((action_of(Scope.one(number)),), origin)
        assert performed.outcomes[0].status == "refused"
        performed = await daemon.gate.perform((action_of(Scope.all()),), origin)
        assert performed.outcomes[0].status == "refused"
    tainted = Origin("web", "anna", authenticated=True, source="test", strength="session", taint=("calendar",))
    forgotten = await daemon.memory.forgetting.forget(Scope.one(number), tainted)
    assert forgotten.performed is not None
    assert forgotten.performed.pending is not None, "a stranger's text may not have anything forgotten without a yes"
    assert daemon.memory.store.facts.get(number) is not None
    await daemon.gate.answer(forgotten.performed.pending.id, OWNER, yes=True)
    assert daemon.memory.store.facts.get(number) is None


async def test_while_claw_is_stopped_nothing_is_forgotten(daemon: Daemon) -> None:
    told = await daemon.memory.memories.tell(
        Fact("fact", "thing:boiler", "filter", "cartridge", "The boiler takes a cartridge filter"),
        OWNER,
        said="remember that the boiler takes a cartridge filter",
    )
    assert told.kept is not None
    daemon.stop.engage("a test", OWNER)
    forgotten = await daemon.memory.forgetting.forget(Scope.one(told.kept.memory.id), OWNER)
    assert forgotten.tombstone is None
    assert daemon.memory.store.facts.get(told.kept.memory.id) is not None


async def test_a_start_finishes_what_a_crash_cut_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.say("remember that Sam is allergic to hazelnuts", OWNER)
        (memory,) = daemon.memory.store.facts.active()
        monkeypatch.setattr(AuditLog, "erase_all", died)
        with pytest.raises(Died):
            await daemon.memory.forgetting.forget(Scope.one(memory.id), OWNER)
        monkeypatch.undo()
    assert left(tmp_path, "hazelnut")
    async with living(tmp_path) as daemon:
        heard: list[Message] = []
        messages = daemon.desk._in.messages
        messages.listeners.append(heard.append)
        await _finish_forgetting(daemon)
        assert [one.to for one in heard] == ["person:anna"]
        assert "Forgetting was cut short; it is finished now." in heard[0].text
        assert left(tmp_path, "hazelnut") == []
        assert verify(daemon.audit.path).ok


async def test_a_process_that_starts_finishes_what_another_could_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with living(tmp_path) as daemon:
        await daemon.desk.say("remember that Sam is allergic to hazelnuts", OWNER)
        (memory,) = daemon.memory.store.facts.active()
        monkeypatch.setattr(AuditLog, "erase_all", died)
        with pytest.raises(Died):
            await daemon.memory.forgetting.forget(Scope.one(memory.id), OWNER)
        monkeypatch.undo()
    assert left(tmp_path, "hazelnut")

    def finished(process: Claw) -> bool:
        with closing(sqlite3.connect(process.state / "claw.db")) as db:
            return db.execute("select count(*) from tombstones where state = 'done'").fetchone() == (1,)

    with running(tmp_path / "state") as process:
        for _ in range(600):
            if await asyncio.to_thread(finished, process):
                break
            await asyncio.sleep(0.05)
        assert process.process.poll() is None, process.welcome
        assert process.json("memory", "list") == []
        assert process.end() == 0
    assert left(tmp_path, "hazelnut") == []
    assert verify(tmp_path / "state" / "audit.db").ok


class Died(Exception):
    """The process ends here."""


async def died(*_: object) -> None:
    raise Died
