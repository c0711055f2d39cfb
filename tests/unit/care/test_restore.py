"""A restore: all of it or nothing, the old state kept, Claw stopped, and the log says what was done to it."""

import json
import os
import shutil
from pathlib import Path

import pytest

from claw.audit.schema import RESTORED
from claw.audit.verify import verify
from claw.base.clock import Clock
from claw.base.errors import Broken, Refused
from claw.care import restore as room
from claw.care.restore import Restored, Wanted, restore
from claw.gate.stop import StopState, read_latch, write_latch
from claw.store.archive import Writer
from claw.store.db import lock_state
from claw.store.encrypted import Secret
from tests.backup_room import CONSOLE, KEY, NOON, SKILL, Lived, lived, names_of, rows_of
from tests.held_clock import HeldClock
from tests.signed_log import proven, serious


@pytest.fixture
def home(tmp_path: Path) -> Lived:
    return lived(tmp_path)


def put_back(file: Path, state: Path, secret: Secret | None = None, written_to: Path | None = None) -> Restored:
    return restore(Wanted(file, state, CONSOLE, secret, written_to), HeldClock(NOON))


def everything(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


@pytest.mark.parametrize("secret", [None, KEY])
def test_to_a_place_where_nothing_is(home: Lived, tmp_path: Path, secret: Secret | None) -> None:
    made, state = home.backup("b", secret), tmp_path / "another" / "state"
    state.parent.mkdir()
    done = put_back(made.path, state, secret)
    assert done.aside is None
    assert names_of(state) == ["light.hall"]
    assert (state / SKILL).read_text() == "name: morning\n"
    assert (state / "keys/audit.key").read_bytes() == (home.state / "keys/audit.key").read_bytes()
    assert rows_of(state) == [*home.rows(), (home.rows()[-1][0] + 1, RESTORED)]
    assert verify(state / "audit.db").ok
    assert (state / "restored/config.yaml").read_bytes() == home.config.read_bytes()
    assert [path.name for path in done.written] == ["config.yaml", "policy.yaml"]
    assert not (state / "config").exists()


def test_modes_are_those_of_a_state_directory(home: Lived, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        put_back(home.backup().path, tmp_path / "new")
    finally:
        os.umask(before)
    modes = {path: path.stat().st_mode & 0o777 for path in ((tmp_path / "new"), *(tmp_path / "new").rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    files = {path.name: mode for path, mode in modes.items() if path.is_file()}
    assert {files.pop(name) for name in [*files] if name.startswith("audit-")} == {0o400}
    assert set(files.values()) == {0o600}


def test_what_was_there_is_moved_aside_whole(home: Lived) -> None:
    made = home.backup()
    home.goes_on(3)
    (home.state / "skills/new").write_text("learned since")
    before = everything(home.state)
    done = put_back(made.path, home.state)
    assert done.aside == home.folder / "state.before-20261122T120000Z"
    assert everything(done.aside) == before
    assert not (home.state / "skills/new").exists()
    assert sorted(path.name for path in home.folder.glob("state*")) == ["state", "state.before-20261122T120000Z"]
    again = put_back(made.path, home.state)
    assert again.aside == home.folder / "state.before-20261122T120000Z-1"
    assert everything(done.aside) == before


def test_it_is_stopped_and_only_the_console_lets_it_go_on(home: Lived, tmp_path: Path) -> None:
    done = put_back(home.backup().path, tmp_path / "new")
    latch = read_latch(tmp_path / "new" / "stop")
    assert latch.engaged
    assert latch.local
    assert latch.reason == done.stopped
    assert latch.reason == "restored from the backup of 2026-11-22T12:00:00+00:00: look, then `claw reset`"


def test_one_that_was_stopped_keeps_its_reason(home: Lived, tmp_path: Path) -> None:
    write_latch(home.state / "stop", StopState(engaged=True, reason="smoke in the kitchen", by="anna"))
    put_back(home.backup().path, tmp_path / "new")
    latch = read_latch(tmp_path / "new" / "stop")
    assert latch.reason.startswith("smoke in the kitchen (and restored from")
    assert (latch.by, latch.local) == ("anna", True)


def test_the_log_says_it_and_no_rollback_is_hidden(home: Lived) -> None:
    made, before = home.backup(), home.rows()[-1][0]
    home.goes_on(3)
    after = home.rows()[-1][0]
    put_back(made.path, home.state)
    found = proven(home.state, home.witness)
    warned = [problem.what for problem in found.log.problems if problem.warning]
    said = f"what came after entry {before} is not in this log; the one that it replaced went up to entry {after}"
    assert any(said in what for what in warned)
    assert any("the end was cut off" in what or "is not what" in what for _, what in serious(found))
    home.goes_on(20)
    assert any("is not what" in what for _, what in serious(proven(home.state, home.witness)))


def test_a_restore_to_where_nothing_was_contradicts_nobody(home: Lived, tmp_path: Path) -> None:
    put_back(home.backup().path, tmp_path / "new")
    assert serious(proven(tmp_path / "new", tmp_path / "no-witness")) == []


def test_a_daemon_that_runs_is_not_restored_under(home: Lived) -> None:
    made = home.backup()
    lock = lock_state(home.state)
    before = everything(home.state)
    with pytest.raises(Broken, match="another Claw daemon uses"):
        put_back(made.path, home.state)
    lock.release()
    assert everything(home.state) == before
    assert not list(home.folder.glob("state.*"))


def test_no_daemon_can_begin_on_it_meanwhile(home: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tried = room.exchange, 0

    def exchange(one: Path, other: Path) -> None:
        nonlocal tried
        for _ in range(2):  # on the old one before, and on the new one behind it
            with pytest.raises(Broken, match="another Claw daemon"):
                lock_state(home.state)
            tried += 1
            if tried == 1:
                real(one, other)

    made = home.backup()
    monkeypatch.setattr(room, "exchange", exchange)
    put_back(made.path, home.state)
    assert tried == 2
    lock_state(home.state).release()


STEPS = ("unpacked", "examined", "_stop", "_told_in_log", "_laid_out", "_own", "_sync", "_swap", "exchange")


@pytest.mark.parametrize("step", STEPS)
def test_whatever_fails_nothing_changes(home: Lived, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home.backup()
    before = everything(home.state)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, step, full)
    with pytest.raises(Broken, match="cannot be restored, and is as it was: No space left"):
        put_back(made.path, home.state)
    assert everything(home.state) == before
    assert not list(home.folder.glob("state.*"))
    lock_state(home.state).release()


def test_one_that_does_not_hold_is_refused_and_nothing_changes(home: Lived) -> None:
    made = home.backup()
    raw = bytearray(made.path.read_bytes())
    raw[made.size // 2] ^= 1
    made.path.write_bytes(raw)
    before = everything(home.state)
    with pytest.raises(Refused, match="damaged"):
        put_back(made.path, home.state)
    assert everything(home.state) == before
    assert not list(home.folder.glob("state.*"))


def test_a_chain_that_does_not_hold_is_refused(home: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    made = home.backup()
    bad = room.examined
    monkeypatch.setattr(room, "examined", lambda *a: type(bad(*a))(1, ["entry 7: the row was changed"], [], 0))
    with pytest.raises(Refused, match="was not restored: entry 7: the row was changed"):
        put_back(made.path, home.state)


def test_a_folder_of_something_else_is_left_alone(home: Lived, tmp_path: Path) -> None:
    made = home.backup()
    other = tmp_path / "holiday"
    other.mkdir()
    (other / "beach.jpg").write_text("x")
    with pytest.raises(Refused, match="holds something else than Claw's state"):
        put_back(made.path, other)
    (tmp_path / "file").write_text("x")
    with pytest.raises(Refused, match="is no folder"):
        put_back(made.path, tmp_path / "file")
    with pytest.raises(Refused, match="there is no folder"):
        put_back(made.path, tmp_path / "nowhere" / "state")
    assert [path.name for path in other.iterdir()] == ["beach.jpg"]


def test_what_an_earlier_try_left_is_cleared_away_but_never_one_that_is_held(home: Lived, tmp_path: Path) -> None:
    made, left = home.backup(), tmp_path / "new.restoring"
    left.mkdir(mode=0o700)
    (left / "claw.db").write_text("half")
    held = lock_state(left)
    with pytest.raises(Broken, match="another restore"):
        put_back(made.path, tmp_path / "new")
    held.release()
    put_back(made.path, tmp_path / "new")
    assert not left.exists()


def test_a_disk_without_room_is_told_before(home: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SPARE", 1 << 60)
    with pytest.raises(Broken, match="the backup needs"):
        put_back(home.backup().path, tmp_path / "new")
    assert not list(tmp_path.glob("new*"))


def test_a_persons_own_files_go_where_they_say_and_over_nothing(home: Lived, tmp_path: Path) -> None:
    made, own = home.backup(), tmp_path / "etc"
    own.mkdir()
    (own / "config.yaml").write_text("mine")
    (own / "policy.yaml").write_bytes((home.config.parent / "policy.yaml").read_bytes())
    done = put_back(made.path, tmp_path / "new", written_to=own)
    assert [path.name for path in done.written] == ["config.yaml.restored", "policy.yaml"]
    assert (own / "config.yaml").read_text() == "mine"
    assert (own / "config.yaml.restored").read_bytes() == home.config.read_bytes()
    assert not (tmp_path / "new" / "restored").exists()


def test_where_they_cannot_be_written_they_stay_in_the_state(home: Lived, tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("a file")
    done = put_back(home.backup().path, tmp_path / "new", written_to=tmp_path / "etc")
    assert all(path.is_file() and path.is_relative_to(tmp_path / "new" / "restored") for path in done.written)
    assert sum("could not be written" in warning for warning in done.warnings) == 2


@pytest.mark.parametrize("at", ["restored/config.yaml", "restored"])
def test_a_link_that_the_states_owner_puts_there_meanwhile_is_not_read(
    home: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    made, own, theirs = home.backup(), tmp_path / "etc", tmp_path / "theirs"
    own.mkdir()
    theirs.mkdir()
    (theirs / "config.yaml").write_text("root's own")
    swap = room._swap

    def swapped(fresh: Path, state: Path, clock: Clock) -> Path | None:
        aside = swap(fresh, state, clock)
        (state / at).rename(state / "away")
        (state / at).symlink_to(theirs if at == "restored" else theirs / "config.yaml")
        return aside

    monkeypatch.setattr(room, "_swap", swapped)
    done = put_back(made.path, tmp_path / "new", written_to=own)
    assert not (own / "config.yaml").exists()
    assert any("config.yaml could not be written" in warning for warning in done.warnings)


@pytest.mark.parametrize("place", ["/etc/claw/policy.yaml", "../policy.yaml", "", "a\nb/policy.yaml", ".hidden"])
def test_a_place_outside_is_never_written_to(home: Lived, tmp_path: Path, place: str) -> None:
    made, folder = home.backup(), tmp_path / "laid out"
    folder.mkdir()
    room.unpacked(made.path, folder, None)
    with (tmp_path / "forged.tar").open("wb") as file:
        writer = Writer(file)
        for member in made.contents.members:
            with (folder / member.name).open("rb") as source:
                writer.add(member.name, source, member.size)
        writer.end({**made.contents.about, "places": {"config/config.yaml": place}})
    shutil.rmtree(folder)
    done = put_back(tmp_path / "forged.tar", tmp_path / "new")
    assert all(path.is_relative_to(tmp_path / "new" / "restored") for path in done.written)
    assert all(path.is_file() for path in done.written)
    assert any(place and "the configuration names" in warning for warning in done.warnings) == bool(place)


def test_what_has_to_be_known_is_said(home: Lived, tmp_path: Path) -> None:
    done = put_back(home.backup().path, tmp_path / "new")
    (warning,) = done.warnings
    assert warning.startswith("whoever was shut out, and whatever was revoked or forgotten, since 2026-11-22T12:00")
    assert json.loads(json.dumps(done.as_json()))["state"] == str(tmp_path / "new")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_restore_that_root_was_refused_leaves_nothing_of_roots_where_a_service_is_to_start(tmp_path: Path) -> None:
    state, file = tmp_path / "state", tmp_path / "none.tar"
    state.mkdir()
    os.chown(state, 12345, 12345)
    file.write_bytes(bytes(1024))
    with pytest.raises(Refused, match="no backup of Claw"):
        put_back(file, state)
    assert {path.stat().st_uid for path in state.rglob("*")} == {12345}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_root_gives_it_to_whoever_owned_the_old_one(home: Lived) -> None:
    made = home.backup()
    for path in (home.state, *home.state.rglob("*")):
        os.chown(path, 12345, 12345, follow_symlinks=False)
    put_back(made.path, home.state)
    assert {path.stat().st_uid for path in (home.state, *home.state.rglob("*"))} == {12345}
