"""A backup of a home: all of it, in the right order, whole or not there at all."""

import fcntl
import io
import os
import sqlite3
import tarfile
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from claw.audit.keys import KEYS
from claw.base.errors import Broken, Refused, Unavailable
from claw.daemon import backups
from claw.daemon.backups import Home, file_name, kept_in, log_of, make, prune
from claw.store.archive import unpack
from claw.store.encrypted import MAGIC, Decrypting
from tests.backup_room import KEY, NOON, SKILL, Lived, lived


@pytest.fixture
def home(tmp_path: Path) -> Lived:
    return lived(tmp_path)


def left(home: Lived) -> list[str]:
    """Return what a backup left behind that is none."""
    return [path.name for folder in (home.folder, home.state) for path in folder.glob(".claw-*")]


def test_all_that_a_home_is_and_nothing_else(home: Lived) -> None:
    (home.state / "claw.sock").touch()
    (home.state / "skills/.hidden").write_text("x")
    (home.state / "pause").write_text("{}")
    made = home.backup()
    names = [member.name for member in made.contents.members]
    sealed = next(path.name for path in home.state.glob("audit-*.db"))
    assert names == [
        "claw.db", "audit.db", sealed, "pause", "keys/audit.key", SKILL, "config/config.yaml", "config/policy.yaml",
    ]  # fmt: skip
    about = made.contents.about
    assert about["made"] == "2026-11-22T12:00:00+00:00"
    assert about["log"] == log_of(home.state)
    assert about["entries"] == home.rows()[-1][0]
    assert about["steps"][0].startswith("0001")
    assert about["places"] == {"config/config.yaml": "config.yaml", "config/policy.yaml": "policy.yaml"}
    assert not about["stopped"]
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.size == made.path.stat().st_size
    assert b"the-token-of-the-house" not in made.path.read_bytes()
    assert b"the-key-of-the-model" not in made.path.read_bytes()
    assert left(home) == []


def test_the_log_is_copied_last_behind_a_checkpoint(home: Lived, tmp_path: Path) -> None:
    """What claw.db relies on is in the log of the same backup, and the log ends behind what was signed for it."""

    def lives_on() -> str:
        with closing(sqlite3.connect(home.state / "claw.db")) as db:
            db.execute("DELETE FROM approved_names")
            db.commit()
        home.goes_on(1)
        return "a note"

    before = home.rows()[-1][0]
    made = make(home.home, tmp_path / "b.tar", NOON, checkpoint=lives_on)
    assert made.contents.about["checkpoint"] == "a note"
    assert made.contents.about["entries"] > before
    out = tmp_path / "out"
    out.mkdir()
    with made.path.open("rb") as file:
        unpack(file, out)
    with closing(sqlite3.connect(out / "claw.db")) as db:
        assert db.execute("SELECT count(*) FROM approved_names").fetchone() == (1,)


def test_a_latch_is_in_it_whatever_it_is(home: Lived) -> None:
    (home.state / "stop").symlink_to("/nowhere")
    made = home.backup()
    assert made.contents.about["stopped"]
    with tarfile.open(made.path) as tar:
        assert tar.getmember("stop").isreg()
        assert tar.getmember("stop").size == 0


def test_what_cannot_be_read_is_left_out_and_said(home: Lived) -> None:
    (home.state / "skills/loop").symlink_to(home.state / SKILL)
    os.mkfifo(home.state / "skills/pipe")
    made = home.backup()
    assert [Path(path).name for path in made.left_out] == ["loop", "pipe"]


def test_secrets_only_when_asked_for_and_only_encrypted(home: Lived, tmp_path: Path) -> None:
    own = home.config.parent
    asked = Home(home.state, home.config, own / "policy.yaml", {"house.token": own / "house.token"})
    with pytest.raises(Refused, match="only put into a backup that is encrypted"):
        make(asked, tmp_path / "b.tar", NOON)
    made = make(asked, tmp_path / "b.tar.encrypted", NOON, KEY)
    assert made.contents.about["places"]["secrets/0"] == "house.token"
    raw = made.path.read_bytes()
    assert raw.startswith(MAGIC)
    assert b"the-token-of-the-house" not in raw
    assert b"claw.db" not in raw
    read = Decrypting(io.BytesIO(raw), KEY)
    assert b"the-token-of-the-house" in read.read(len(raw))


def test_nothing_readable_lies_beside_an_encrypted_backup_while_it_is_made(home: Lived, tmp_path: Path) -> None:
    folder = tmp_path / "nas"
    folder.mkdir()
    seen: set[str] = set()

    def told(_done: int, _of: int) -> None:
        seen.update(path.name for path in folder.iterdir())

    make(home.home, folder / "b.tar.encrypted", NOON, KEY, told=told)
    assert seen == {f".claw-{log_of(home.state)[:8]}-b.tar.encrypted.part"}


def test_what_is_there_already_is_never_written_over(home: Lived, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("mine")
    with pytest.raises(Refused, match="is there already"):
        home.backup()
    with pytest.raises(Refused, match="is there already"):
        make(home.home, tmp_path / "c.tar", NOON, checkpoint=lambda: str((tmp_path / "c.tar").write_text("mine")))
    assert (tmp_path / "b.tar").read_text() == (tmp_path / "c.tar").read_text() == "mine"
    assert left(home) == []


def test_one_backup_at_a_time(home: Lived) -> None:
    handle = os.open(home.state, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    with pytest.raises(Unavailable, match="another backup"):
        home.backup()
    os.close(handle)
    home.backup()


def test_what_a_crash_left_goes_with_the_next_backup(home: Lived, tmp_path: Path) -> None:
    log = log_of(home.state)[:8]
    (tmp_path / f".claw-{log}-old.tar.part").write_text("half")
    (home.state / f".claw-{log}-work").mkdir()
    (tmp_path / f".claw-{log}-work").mkdir()
    (tmp_path / ".claw-00000000-other.tar.part").write_text("of another home")
    make(home.home, tmp_path / "b.tar", NOON, None)
    make(home.home, tmp_path / "c.tar", NOON, KEY)
    assert left(home) == [".claw-00000000-other.tar.part"]


@pytest.mark.parametrize("after", [0, 1, 5, 9])
def test_a_disk_that_fills_up_leaves_nothing_of_it(home: Lived, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0
    real = backups.Writer.add

    def add(self: backups.Writer, *args: object) -> None:
        nonlocal written
        written += 1
        if written > after:
            raise OSError(28, "No space left on device")
        real(self, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(backups.Writer, "add", add)
    if after < 8:
        with pytest.raises(Broken, match=r"b\.tar could not be written: No space left"):
            home.backup()
        assert not (home.folder / "b.tar").exists()
    else:
        home.backup()
    assert left(home) == []


def test_a_disk_without_room_is_told_before_anything_is_written(home: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "SPARE", 1 << 60)
    with pytest.raises(Unavailable, match="is full: the backup needs"):
        home.backup()
    assert left(home) == []


def test_a_disk_that_lies_is_noticed(home: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    real = backups.os.fsync

    def flip(handle: int) -> None:
        real(handle)
        os.pwrite(handle, b"\xff", 5000)

    monkeypatch.setattr(backups.os, "fsync", flip)
    with pytest.raises(Broken, match="does not hold what was written into it"):
        home.backup()
    assert not (home.folder / "b.tar").exists()
    assert left(home) == []


def test_a_damaged_home_makes_no_backup_that_could_push_out_a_good_one(home: Lived) -> None:
    raw = bytearray((home.state / "claw.db").read_bytes())
    raw[4096 * 5 : 4096 * 9] = b"\xff" * 4096 * 4
    (home.state / "claw.db").write_bytes(raw)
    with pytest.raises(Broken, match="damaged"):
        home.backup()
    assert left(home) == []


def test_what_is_no_home_is_broken(tmp_path: Path, home: Lived) -> None:
    with pytest.raises(Broken):
        make(Home(tmp_path / "nowhere"), tmp_path / "b.tar", NOON)
    (home.state / "audit.db").unlink()
    with pytest.raises(Broken, match="there is no audit log"):
        home.backup()


def test_a_folder_keeps_the_newest_and_only_its_own_go(home: Lived, tmp_path: Path) -> None:
    folder, log = tmp_path / "kept", log_of(home.state)
    folder.mkdir()
    for day in range(4):
        now = NOON + timedelta(days=day)
        make(home.home, folder / file_name(log, now, encrypted=day == 1), now, KEY if day == 1 else None)
    others = [
        folder / file_name("0" * 32, NOON, encrypted=False),
        folder / f"{file_name(log, NOON, encrypted=False)}.bak",
        folder / f"claw-{log[:8]}-20200101T000000Z.tar",  # named as one, and none
        folder / "holiday.tar",
    ]
    others[0].write_bytes(b"claw.db".ljust(100, b"\0"))
    for other in others[1:]:
        other.write_text("mine")
    (folder / f"claw-{log[:8]}-20200102T000000Z.tar").symlink_to(others[0])
    assert [one.made.day for one in kept_in(folder, log)] == [25, 24, 23, 22]
    assert [one.encrypted for one in kept_in(folder, log)] == [False, False, True, False]
    assert len(kept_in(folder)) == 5
    now = NOON + timedelta(days=3)
    gone = prune(folder, log, 2, now)
    assert [path.name[14:22] for path in gone] == ["20261123", "20261122"]
    assert [one.made.day for one in kept_in(folder, log)] == [25, 24]
    assert all(other.exists() for other in others)
    assert prune(folder, log, 2, now) == []
    with pytest.raises(Broken, match="cannot be read"):
        kept_in(folder / "nowhere")


def test_one_from_the_future_neither_goes_nor_makes_another_go(home: Lived, tmp_path: Path) -> None:
    folder, log = tmp_path / "backups", log_of(home.state)
    folder.mkdir()
    later = NOON + timedelta(days=4000)
    for now in (NOON, NOON + timedelta(days=1), later, later + timedelta(days=1)):
        make(home.home, folder / file_name(log, now, encrypted=False), now)
    assert [path.name[14:22] for path in prune(folder, log, 1, NOON + timedelta(days=1))] == ["20261122"]
    assert [one.made > later - timedelta(days=1) for one in kept_in(folder, log)] == [True, True, False]


def test_an_old_backup_that_cannot_go_is_said(home: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = log_of(home.state)
    make(home.home, tmp_path / file_name(log, NOON, encrypted=False), NOON)

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(Broken, match="cannot be removed: Read-only"):
        prune(tmp_path, log, 0, NOON)


def test_progress_goes_up_to_its_end(home: Lived) -> None:
    told: list[tuple[int, int]] = []
    make(home.home, home.folder / "b.tar", NOON, told=lambda done, of: told.append((done, of)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1][0] <= told[-1][1]
    assert told[-1][0] > 0.8 * told[-1][1]


def test_whoever_watches_may_end_it(home: Lived) -> None:
    def told(done: int, _of: int) -> None:
        if done > 100_000:
            raise Unavailable("the daemon ends")

    with pytest.raises(Unavailable, match="the daemon ends"):
        make(home.home, home.folder / "b.tar", NOON, told=told)
    assert left(home) == []
    assert not (home.folder / "b.tar").exists()


def test_keys_are_all_in_it(home: Lived) -> None:
    (home.state / KEYS / "program").write_bytes(b"p" * 32)
    with tarfile.open(home.backup().path) as tar:
        assert {"keys/audit.key", "keys/program"} <= set(tar.getnames())
