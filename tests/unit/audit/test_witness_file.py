"""The witness that is a file: only ever appended to, whatever lies where it should be."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace

import pytest

from claw.audit import witness_file as witness_file_module
from claw.audit.note import home_of, notes
from claw.audit.vouch import read
from claw.audit.witness_file import (
    MOST_BYTES,
    FileWitness,
    default_directory,
    file_named,
    witness_file,
    witness_path,
)
from claw.base.errors import Broken, ClawError, Unavailable
from tests.signed_log import HOME, ID, KEY, ORIGIN, note

WORD = f"{ORIGIN}+0+0"


def handles_open() -> int:
    return len([*Path("/proc/self/fd").iterdir()])


@pytest.fixture
def witness(tmp_path: Path) -> FileWitness:
    return FileWitness(tmp_path / "elsewhere" / f"{ID.hex()}.checkpoints")


async def test_what_it_is_given_it_has_in_order_and_privately(witness: FileWitness) -> None:
    for size in (3, 5, 9):
        await witness.keep(note(size), WORD)
    (text,) = witness.read()
    assert [each.checkpoint.size for each in notes(text)] == [3, 5, 9]
    assert text.count("key ") == 1
    assert stat.S_IMODE(witness.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(witness.path.parent.stat().st_mode) == 0o700


async def test_nothing_that_was_there_is_ever_written_over(witness: FileWitness) -> None:
    await witness.keep(note(3), WORD)
    before = witness.path.read_bytes()
    await witness.keep(note(5), "another key")
    assert witness.path.read_bytes().startswith(before)
    assert "key another key" in witness.path.read_text()


async def test_a_note_that_was_torn_spoils_no_other(witness: FileWitness) -> None:
    await witness.keep(note(3), WORD)
    whole = witness.path.read_bytes()
    for cut in range(len(whole) // 2, len(whole), 17):
        witness.path.write_bytes(whole[:cut])
        await witness.keep(note(5), WORD)
        assert [each.checkpoint.size for each in notes(witness.read()[0])][-1] == 5


def test_one_that_was_never_written_has_nothing(witness: FileWitness) -> None:
    assert witness.read() == []


@pytest.mark.parametrize("what", ["directory", "pipe", "link", "dangling", "loop"])
async def test_what_is_no_file_is_refused_and_not_followed(witness: FileWitness, tmp_path: Path, what: str) -> None:
    path = witness.path
    path.parent.mkdir()
    target = tmp_path / "target"
    if what == "directory":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link":
        target.write_text("mine")
        path.symlink_to(target)
    elif what == "dangling":
        path.symlink_to(target)
    else:
        path.symlink_to(path)
    with pytest.raises(ClawError, match="the file"):
        await witness.keep(note(3), WORD)
    with pytest.raises(Broken, match="cannot be read"):
        witness.read()
    assert not target.exists() or target.read_text() == "mine"


async def test_a_directory_that_leads_elsewhere_is_a_place_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    await FileWitness(witness_path(tmp_path / "link", ID)).keep(note(3), WORD)
    assert (tmp_path / "real" / f"{ID.hex()}.checkpoints").exists()


async def test_a_place_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot be written"):
        await FileWitness(tmp_path / "file" / "x.checkpoints").keep(note(3), WORD)


async def test_of_a_huge_file_the_end_is_read_and_the_key_at_its_head(witness: FileWitness) -> None:
    await witness.keep(note(3), f"{ORIGIN}+aa+aa")
    with witness.path.open("ab") as file:
        file.truncate(MOST_BYTES * 3)
    await witness.keep(note(9), f"{ORIGIN}+aa+aa")
    (text,) = witness.read()
    assert len(text) < MOST_BYTES + 10_000
    assert text.startswith("key ")
    assert [each.checkpoint.size for each in notes(text)][-1] == 9


async def test_the_notes_of_other_logs_in_one_file_are_told_apart(tmp_path: Path) -> None:
    shared = FileWitness(tmp_path / "shared.txt")
    await shared.keep(note(3), WORD)
    await shared.keep(note(8, log=b"S" * 16, key=KEY), "claw/x+0+0")
    seen = read("w", shared.read(), ORIGIN)
    assert [each.checkpoint.log for each in seen.notes] == [ID, b"S" * 16]


async def test_neighbours_that_know_this_state_directory_are_read_too(tmp_path: Path) -> None:
    own = FileWitness(tmp_path / f"{ID.hex()}.checkpoints", HOME)
    await FileWitness(tmp_path / "other.checkpoints").keep(note(7, log=b"S" * 16), WORD)
    (tmp_path / "rubbish.checkpoints").write_text("rubbish")
    (tmp_path / "directory.checkpoints").mkdir()
    (text,) = own.read()
    assert [each.checkpoint.size for each in notes(text)] == [7]
    assert FileWitness(tmp_path / f"{ID.hex()}.checkpoints", "ffffffffffff").read() == []


def test_a_file_is_named_by_its_log_and_not_by_where_that_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    name = f"{ID.hex()}.checkpoints"
    assert witness_file(None, ID, tmp_path).path == tmp_path / "data" / "claw-witness" / name
    assert witness_file(tmp_path, ID, tmp_path).path == tmp_path / name
    assert witness_file(tmp_path / "claw.checkpoints", ID, tmp_path).path == tmp_path / "claw.checkpoints"
    assert default_directory({"HOME": "/x"}) == Path.home() / ".local/share/claw-witness"
    assert len(home_of(tmp_path)) == 12


def test_the_log_can_name_it_and_it_is_found_by_that_name(witness: FileWitness) -> None:
    assert file_named(witness.name) == witness.path
    assert file_named("the system journal") is None


# ---------------------------------------------------------------------------------------------------------- reach

NOBODY = 65534


@pytest.fixture
def append_only(monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    """Let these be append-only, as chattr +a makes them: no test can rely on being root on a disk that knows it."""
    found: set[Path] = set()
    monkeypatch.setattr("claw.audit.witness_file._append_only", found.__contains__)
    return found


@pytest.fixture
def kept(witness: FileWitness, append_only: set[Path]) -> Path:
    """A witness file that is append-only, in a directory that only somebody else may write in."""
    witness.path.parent.mkdir(mode=0o700)
    witness.path.touch()
    append_only.add(witness.path)
    return witness.path


def out_of_reach(path: Path, uid: int = NOBODY) -> bool:
    return not FileWitness(path, uid=uid).writable_by_claw


def test_a_file_that_is_only_appended_to_is_out_of_reach_of_anybody_but_root(kept: Path) -> None:
    assert out_of_reach(kept)
    assert not out_of_reach(kept, uid=0), "root takes the attribute off again"
    assert not out_of_reach(kept.with_name("another"))


def test_append_only_is_what_the_disk_says(witness: FileWitness, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not out_of_reach(witness.path), "it is not there yet"
    witness.path.parent.mkdir(mode=0o700)
    witness.path.touch()
    assert not out_of_reach(witness.path)
    assert not out_of_reach(Path("/proc/version")), "that disk knows no attributes"
    assert not witness_file_module._append_only(witness.path.with_name("gone"))
    assert not witness_file_module._append_only(Path("/proc/version"))
    flags = 0x20
    monkeypatch.setattr("claw.audit.witness_file.fcntl.ioctl", lambda *_: flags.to_bytes(8, "little"))
    handles = handles_open()
    assert out_of_reach(witness.path)
    assert handles_open() == handles
    flags = 0x10
    assert not out_of_reach(witness.path)


def test_a_file_is_in_reach_where_a_directory_on_the_way_to_it_can_be_renamed(
    kept: Path, tmp_path: Path, append_only: set[Path]
) -> None:
    tmp_path.chmod(0o777)
    assert not out_of_reach(kept)
    tmp_path.chmod(0o770)
    assert not out_of_reach(kept), "whoever may write by a group may be in it"
    append_only.add(kept.parent)
    assert out_of_reach(kept)
    append_only.discard(kept.parent)
    tmp_path.chmod(0o1777)
    assert out_of_reach(kept), "where only its owner renames a thing, it is not somebody else's to rename"
    tmp_path.chmod(0o755)
    assert out_of_reach(kept)
    kept.parent.chmod(0o777)
    assert out_of_reach(kept), "the file itself has no other name to get"
    assert witness_file_module._movable(tmp_path / "gone", NOBODY)


def test_root_reaches_everything(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(witness_file_module, "_movable", lambda *_: False)
    assert out_of_reach(kept)
    assert not out_of_reach(kept, uid=0)


def test_whoever_owns_a_directory_renames_what_is_in_it(kept: Path, tmp_path: Path) -> None:
    uid = os.geteuid() or NOBODY
    if uid == NOBODY:
        os.chown(tmp_path, NOBODY, -1)
    tmp_path.chmod(0o500)
    assert not out_of_reach(kept, uid)


def test_in_a_shared_place_everybody_renames_what_is_his(monkeypatch: pytest.MonkeyPatch) -> None:
    shared, his = Path("/shared"), Path("/shared/his")
    stats = {shared: SimpleNamespace(st_uid=0, st_mode=0o41777), his: SimpleNamespace(st_uid=1000, st_mode=0o40700)}
    with monkeypatch.context() as patched:
        patched.setattr(Path, "stat", lambda path: stats[path])
        patched.setattr(witness_file_module, "_append_only", lambda _: False)
        movable = [witness_file_module._movable(his, uid) for uid in (1000, 1001)]
    assert movable == [True, False]


def test_the_place_that_a_link_leads_to_is_looked_at_too(kept: Path, tmp_path: Path, append_only: set[Path]) -> None:
    links = tmp_path / "links"
    links.mkdir(mode=0o700)
    link = links / "here"
    link.symlink_to(kept.parent)
    path = link / kept.name
    append_only.add(path)
    assert out_of_reach(path)
    tmp_path.chmod(0o777)
    append_only.add(links)
    append_only.discard(kept.parent)
    assert not out_of_reach(path)


# -------------------------------------------------------------------------------------------------------- the edges


async def test_what_takes_everything_and_keeps_nothing_is_no_file() -> None:
    with pytest.raises(Broken, match="is no file"):
        await FileWitness(Path(os.devnull)).keep(note(3), WORD)


async def test_a_disk_that_takes_half_of_a_note_is_said(witness: FileWitness, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr("claw.audit.witness_file.os.write", lambda handle, text: write(handle, text[:50]))
    with pytest.raises(Unavailable, match="did not take all of it"):
        await witness.keep(note(3), WORD)
    monkeypatch.undo()
    await witness.keep(note(5), WORD)
    assert [each.checkpoint.size for each in notes(witness.read()[0])] == [5]


async def test_a_note_is_on_the_disk_when_it_is_kept_and_the_name_of_a_new_file_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    fsync = os.fsync
    monkeypatch.setattr("claw.audit.witness_file.os.fsync", lambda handle: (done.append("note"), fsync(handle)))
    monkeypatch.setattr("claw.audit.witness_file.sync_directory", done.append)
    witness = FileWitness(tmp_path / "one" / "two" / "x.checkpoints")
    handles = handles_open()
    await witness.keep(note(3), WORD)
    assert done == ["note", witness.path.parent]
    await witness.keep(note(5), WORD)
    assert done == ["note", witness.path.parent, "note"]
    assert handles_open() == handles


def test_a_directory_is_one_whatever_its_name_ends_in(tmp_path: Path) -> None:
    (tmp_path / "claw.d").mkdir()
    assert witness_path(tmp_path / "claw.d", ID) == tmp_path / "claw.d" / f"{ID.hex()}.checkpoints"


async def test_only_a_file_that_is_named_by_its_log_has_neighbours(tmp_path: Path) -> None:
    await FileWitness(tmp_path / "other.checkpoints").keep(note(7, log=b"S" * 16), WORD)
    assert FileWitness(tmp_path / "claw.txt", HOME).read() == []
    assert FileWitness(tmp_path / f"{ID.hex()}.checkpoints").read() == []
