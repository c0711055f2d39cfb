"""The key that signs: made once, read only where it is ours alone."""

import base64
import errno
import os
import stat
from pathlib import Path

import pytest

from claw.audit.keys import Key, make_key, read_key, signed_by
from claw.base.errors import Broken

OPEN = Path("/proc/self/fd")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "audit.key"


def test_a_key_is_made_private_and_read_back(path: Path) -> None:
    made = make_key(path)
    assert read_key(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [each.name for each in path.parent.iterdir()] == ["audit.key"]


def test_a_signature_holds_for_its_message_and_key_only(path: Path, tmp_path: Path) -> None:
    key, other = make_key(path), make_key(tmp_path / "other" / "audit.key")
    signature = key.sign(b"message")
    assert signed_by(key.public, signature, b"message")
    assert not signed_by(key.public, signature, b"massage")
    assert not signed_by(other.public, signature, b"message")
    assert not signed_by(b"short", signature, b"message")
    assert not signed_by(key.public, b"", b"message")


@pytest.mark.parametrize(  # section 7.1 of RFC 8032: seed, public, message, signature
    "example",
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ],
)
def test_heads_are_signed_as_the_standard_says(example: tuple[str, str, str, str]) -> None:
    seed, public, message, signature = (bytes.fromhex(each) for each in example)
    assert Key(seed).public == public
    assert Key(seed).sign(message) == signature
    assert signed_by(public, signature, message)
    for bent in (signature[:-1], signature + b"!", bytes(64), signature[:32] + bytes(32)):
        assert not signed_by(public, bent, message)
    assert not signed_by(bytes(32), signature, message)


def test_a_key_is_never_written_over(path: Path) -> None:
    made = make_key(path)
    with pytest.raises(Broken, match="cannot be made"):
        make_key(path)
    assert read_key(path) == made


def test_a_missing_key_is_told_from_a_damaged_one(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_key(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"claw audit key 1 ",
        b"claw audit key 1 !!!!\n",
        b"claw audit key 1 !" + base64.b64encode(bytes(32)),
        b"claw audit key 2 AAAA",
        b"\xff" * 100,
    ],
)
def test_a_damaged_key_is_broken(path: Path, content: bytes) -> None:
    make_key(path)
    path.write_bytes(content)
    with pytest.raises(Broken, match="is damaged"):
        read_key(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_that_others_may_read_says_so(path: Path, mode: int) -> None:
    make_key(path)
    path.chmod(mode)
    assert "can be read by others: chmod 600" in read_key(path).exposed


def test_a_key_in_another_place_is_not_followed(path: Path, tmp_path: Path) -> None:
    make_key(tmp_path / "other.key")
    path.parent.mkdir()
    path.symlink_to(tmp_path / "other.key")
    with pytest.raises(Broken, match="cannot be read"):
        read_key(path)


def test_a_directory_or_pipe_is_no_key(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(Broken):
        read_key(path)
    path.rmdir()
    os.mkfifo(path)
    with pytest.raises(Broken, match="is no file"):
        read_key(path)


def test_a_disk_that_cannot_be_read_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(handle: int, size: int) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    make_key(path)
    monkeypatch.setattr(os, "read", broken)
    with pytest.raises(Broken, match="cannot be read: Input/output error"):
        read_key(path)


def test_no_key_is_left_open(path: Path) -> None:
    before = len(list(OPEN.iterdir()))
    make_key(path)
    read_key(path)
    assert len(list(OPEN.iterdir())) == before


def test_a_key_is_on_the_disk_before_it_has_its_name_and_the_name_too_before_it_is_used(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, link = os.fsync, os.link

    def synced(handle: int) -> None:
        steps.append("directory" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        sync(handle)

    def linked(source: Path, target: Path) -> None:
        steps.append("name")
        link(source, target)

    path.parent.mkdir(mode=0o700)
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "link", linked)
    make_key(path)
    assert steps == ["file", "name", "directory"]


def test_what_a_crash_left_of_making_a_key_is_in_nobodys_way(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.with_name(f"audit.key.{os.getpid()}.new").write_text("half a")
    assert make_key(path) == read_key(path)
    assert [each.name for each in path.parent.iterdir()] == ["audit.key"]
