"""The file that a backup is: what is written is read, anything else is refused, and ``tar`` reads it too."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from claw.base.errors import Broken, Refused
from claw.store.archive import FORMAT, Contents, Reader, Writer, allowed, read_manifest, read_through, unpack

LONG = "skills/" + "/".join(["a" * 40] * 4) + "/skill.yaml"


def written(*members: tuple[str, bytes], told: list[int] | None = None) -> bytes:
    sink = io.BytesIO()
    writer = Writer(sink, told.append if told is not None else lambda _: None)
    for name, data in members:
        writer.add(name, io.BytesIO(data), len(data))
    writer.end({"claw": "1.0", "made": "2026"})
    return sink.getvalue()


TWO = (("claw.db", b"a" * 1000), (LONG, b""), ("skills/morning/ärger.yaml", b"x" * 512))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    contents = unpack(io.BytesIO(written(*TWO)), tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name, _ in TWO} == dict(TWO)
    assert [(one.name, one.size) for one in contents.members] == [(name, len(data)) for name, data in TWO]
    assert contents.about == {"claw": "1.0", "made": "2026"}
    assert contents == read_through(io.BytesIO(written(*TWO)))
    assert (tmp_path / "claw.db").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "skills").stat().st_mode & 0o777 == 0o700


def test_any_tar_reads_it() -> None:
    with tarfile.open(fileobj=io.BytesIO(written(*TWO))) as tar:
        assert tar.getnames() == [*(name for name, _ in TWO), "manifest.json"]
        member = tar.extractfile(LONG.replace("skill.yaml", "skill.yaml"))
        assert member is not None
        first = tar.extractfile("claw.db")
        assert first is not None
        assert first.read() == b"a" * 1000


def test_progress_is_every_byte_of_the_members() -> None:
    told: list[int] = []
    written(("claw.db", bytes(3 << 20)), told=told)
    assert sum(told[:3]) == 3 << 20
    assert len(told) == 4  # pieces of a megabyte, and the manifest


@pytest.mark.parametrize(
    "name",
    [
        "", "x", "/etc/passwd", "../claw.db", "skills/../claw.db", "skills//x", "skills/.hidden", "skills/a\nb",
        "skills/", "keys/a/b", "keys/.x", "claw.db-wal", "audit-0-5.db", "skills\\x", "lock", "claw.sock",
        "manifest.json", "skills/" + "a/" * 20 + "x", "skills/" + "a" * 101, "config/..", "STOP",
    ],
)  # fmt: skip
def test_a_name_that_has_no_place_in_a_backup(name: str) -> None:
    assert not allowed(name)
    with pytest.raises(Broken):
        Writer(io.BytesIO()).add_bytes(name, b"")


@pytest.mark.parametrize(
    "name",
    ["claw.db", "audit.db", "audit-1-500.db", "stop", "pause", "keys/audit.key", "skills/a b/c.yaml", "config/x"],
)
def test_a_name_that_has_one(name: str) -> None:
    assert allowed(name)


def test_a_file_that_becomes_shorter_or_is_too_large_is_no_part() -> None:
    with pytest.raises(Broken, match="became shorter"):
        Writer(io.BytesIO()).add("claw.db", io.BytesIO(b"abc"), 4)
    with pytest.raises(Broken, match="larger than a backup can hold"):
        Writer(io.BytesIO()).add("claw.db", io.BytesIO(b""), 8 << 30)
    with pytest.raises(Broken, match="longer than a backup can hold"):
        Writer(io.BytesIO()).add_bytes("skills/" + "/".join(["a" * 90] * 4), b"")


def test_every_cut_is_refused() -> None:
    whole = written(("claw.db", b"a" * 600), ("audit.db", b"b"))
    for size in range(0, len(whole), 37):
        with pytest.raises(Refused):
            read_through(io.BytesIO(whole[:size]))
    with pytest.raises(Refused, match="follows its end"):
        read_through(io.BytesIO(whole + b"x"))


def test_every_flipped_bit_is_refused_or_harmless() -> None:
    """Padding is the one thing that may differ: it is nobody's."""
    whole = written(("claw.db", b"a" * 600), ("audit.db", b"b"))
    good = read_through(io.BytesIO(whole))
    passed = 0
    for at in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[at] ^= 1
        try:
            found = read_through(io.BytesIO(bytes(flipped)))
        except Refused:
            continue
        passed += 1
        assert found.members == good.members
    assert passed < len(whole) / 7


def test_the_same_file_twice_is_refused() -> None:
    with pytest.raises(Refused, match="in it twice"):
        read_through(io.BytesIO(written(("claw.db", b"a"), ("claw.db", b"a"))))


@pytest.mark.parametrize(("at", "data"), [(156, b"2"), (157, b"/etc/passwd"), (100, b"0004755"), (257, b"ustar  ")])
def test_a_header_that_claw_does_not_write_is_refused_though_a_manifest_lists_it(at: int, data: bytes) -> None:
    whole = bytearray(written(("claw.db", b"a")))
    whole[at : at + len(data)] = data
    whole[148:156] = b" " * 8
    whole[148:156] = f"{sum(whole[:512]):06o}\0 ".encode()
    with pytest.raises(Refused, match="a header in it is not one that Claw writes"):
        read_through(io.BytesIO(bytes(whole)))


def test_what_the_manifest_says_counts() -> None:
    whole = written(("claw.db", b"a"))
    for old, new in ((b'"size": 1', b'"size": 2'), (b'"sha256": "c', b'"sha256": "d'), (b'"claw.db"', b'"claw.dB"')):
        assert old in whole
        with pytest.raises(Refused, match="is not what it lists"):
            read_through(io.BytesIO(whole.replace(old, new)))


def test_a_backup_of_a_newer_version_is_refused_by_its_format() -> None:
    body = json.dumps({"format": FORMAT + 1, "claw": "9.1", "members": []}).encode()
    with pytest.raises(Refused, match=r"made by a newer version of Claw \(9\.1\): install that or a newer one"):
        read_manifest(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": 1}',
        b'{"format": 0, "members": []}',
        b'{"format": 1, "members": [{}]}',
        b"[" * 99999,
    ],
)
def test_a_manifest_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(Refused):
        read_manifest(body)


def test_a_manifest_that_would_fill_the_memory_is_refused() -> None:
    sink = io.BytesIO()
    writer = Writer(sink)
    writer._put("manifest.json", _Zeros(), 33 << 20)
    with pytest.raises(Refused, match="too long"):
        read_through(io.BytesIO(sink.getvalue()))


def test_a_member_that_nobody_read_is_a_bug() -> None:
    reader = Reader(io.BytesIO(written(("claw.db", b"a"))))
    with pytest.raises(RuntimeError):
        list(reader.members())


def test_contents_are_values() -> None:
    assert Contents({}, ()) == Contents({}, ())


class _Zeros:
    def read(self, size: int, /) -> bytes:
        return bytes(size)
