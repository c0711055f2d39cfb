import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from claw.base.action import Action, Outcome
from claw.base.erasure import Erasure
from claw.base.errors import Broken, Refused
from claw.program import sealed as module
from claw.program.events import Handle, Trouble, Value
from claw.program.job import Job
from claw.program.looks import Shown
from claw.program.sealed import KEPT, Sealed, program_key
from claw.program.taint import Untrusted
from claw.program.tape import Tape
from claw.store.migrations import migrate
from tests.gate_room import OWNER
from tests.held_clock import HeldClock

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def a_job() -> Job:
    done = Outcome(Action("light.turn_on", ("light.lamp",), {"brightness_pct": 40}), "done", audit=7)
    return Job(
        id="p1",
        source='call("light.turn_on")',
        origin=OWNER,
        said="do it",
        now=NOW,
        seed=3,
        tape=Tape({"text1": Untrusted("calendar", "come")}),
        outcomes=[done],
        shown=[Shown("calendar", "come")],
        dump=b"\x00state",
        answers={1: Value([1, "x"]), 2: Trouble("OSError", "no", denied=True), 3: Handle("text1", ("show",))},
        versions="v",
        first=7,
        ask=(4, "Which?", ("a", "b")),
        expires=NOW + timedelta(minutes=5),
    )


def store(clock: HeldClock | None = None, key: bytes = b"k" * 32) -> Sealed:
    db = Database(memory=True)
    migrate(db)
    return Sealed(db, lambda: key, clock or HeldClock())


def test_a_program_comes_back_as_it_was_put_and_only_once() -> None:
    kept, job = store(), a_job()
    kept.put("q1", "yes", job)
    assert kept.names("yes") == ["q1"]
    assert kept.look("q1", "yes") == job
    assert kept.take("q1", "yes") == job
    assert kept.take("q1", "yes") is None
    assert kept.look("q1", "yes") is None


def test_a_program_waits_for_one_thing_only() -> None:
    kept = store()
    kept.put("q1", "yes", a_job())
    assert kept.look("q1", "answer") is None
    with pytest.raises(Broken):
        kept.take("q1", "answer")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_a_cut_and_another_row_are_refused(data: st.DataObject) -> None:
    kept = store()
    kept.put("q1", "yes", a_job())
    kept.put("q2", "yes", a_job())
    ((body,),) = kept._db.execute("select body from programs where id = 'q1'").fetchall()
    what = data.draw(st.sampled_from(["flip", "cut", "grow", "swap"]))
    at = data.draw(st.integers(0, len(body) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    ((other,),) = kept._db.execute("select body from programs where id = 'q2'").fetchall()
    changed = {
        "flip": body[:at] + bytes([body[at] ^ bit]) + body[at + 1 :],
        "cut": body[:at],
        "grow": body + b"}",
        "swap": other,
    }[what]
    kept._db.execute("update programs set body = ? where id = 'q1'", (changed,))
    with pytest.raises(Broken, match="changed while it lay there"):
        kept.take("q1", "yes")
    assert kept.take("q1", "yes") is None


def test_another_key_opens_nothing() -> None:
    kept = store()
    kept.put("q1", "yes", a_job())
    other = Sealed(kept._db, lambda: b"x" * 32, HeldClock())
    with pytest.raises(Broken):
        other.take("q1", "yes")


def test_what_is_old_or_too_much_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    clock = HeldClock()
    kept = store(clock)
    kept.put("old", "yes", a_job())
    clock._elapsed += KEPT.total_seconds() + 1
    for name in ("a", "b", "c", "d", "e"):
        clock._elapsed += 1
        kept.put(name, "yes", a_job())
    assert kept.names("yes") == ["b", "c", "d", "e"]
    kept.clear()
    assert kept.names("yes") == []


def test_what_is_too_large_is_not_put_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 10)
    with pytest.raises(Refused, match="too large"):
        store().put("q1", "yes", a_job())


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    key = program_key(keys)
    assert program_key(keys) == key
    assert (keys / "program").stat().st_mode & 0o777 == 0o600
    assert keys.stat().st_mode & 0o777 == 0o700
    assert program_key(tmp_path / "other") != key
    assert [one.name for one in keys.iterdir()] == ["program"]


def test_who_comes_second_takes_the_key_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def meanwhile(source: Path, path: Path) -> None:
        (tmp_path / "first").write_bytes(b"1" * 32)
        (tmp_path / "first").chmod(0o600)
        link(tmp_path / "first", path)
        link(source, path)

    monkeypatch.setattr(os, "link", meanwhile)
    assert program_key(tmp_path / "keys") == b"1" * 32


def test_who_is_killed_while_the_key_is_made_leaves_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", killed)
        with pytest.raises(KeyboardInterrupt):
            program_key(tmp_path)
    assert len(program_key(tmp_path)) == 32


@pytest.mark.parametrize("how", ["open", "short", "folder"])
def test_a_key_that_others_read_or_that_is_damaged_is_refused(tmp_path: Path, how: str) -> None:
    program_key(tmp_path)
    path = tmp_path / "program"
    if how == "open":
        path.chmod(0o640)
    elif how == "short":
        path.write_bytes(b"short")
    else:
        os.unlink(path)  # noqa: PTH108  a path, gone
        path.mkdir(mode=0o700)
    with pytest.raises(Broken):
        program_key(tmp_path)


@pytest.mark.parametrize(
    "erasure",
    [
        Erasure(person="anna"),
        Erasure(conversations=frozenset({"c1"})),
        Erasure(words=("Do IT",)),
        Erasure(words=("which?",)),
        Erasure(everything=True),
    ],
)
def test_a_program_of_what_is_forgotten_is_let_go(erasure: Erasure) -> None:
    kept, job = store(), replace(a_job(), said="please do it")
    kept.put("q1", "yes", job)
    assert kept.erase(Erasure(person="ben", words=("other", "do"))) == 0
    assert (kept.erase(erasure), kept.erase(erasure)) == (1, 0)
    assert kept.names("yes") == []


def test_a_program_that_cannot_be_read_is_let_go_with_whatever_is_forgotten() -> None:
    kept = store()
    kept.put("q1", "yes", a_job())
    kept._db.execute("update programs set body = ?", (b"x" * 40,))
    assert kept.erase(Erasure(words=("something else",))) == 1
