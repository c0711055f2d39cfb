"""The file that a backup is: a plain tar of regular files, the last of which lists the hash of every other.

Any ``tar`` reads it, so that nobody needs Claw to get at what is theirs.  What reads it here takes only what is written
here, byte for byte: no links, no devices, no absolute paths, no extensions.  Nothing is compressed, so what is unpacked
is never larger than the file.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from claw.base.action import Json
from claw.base.errors import Broken, Refused

FORMAT = 1
MANIFEST = "manifest.json"
MOST_MEMBERS = 50_000
MOST_MANIFEST = 32 << 20
MOST_BYTES = 8 << 30
"""What the eleven octal digits of a header can say, less one."""

_BLOCK = 512
_PIECE = 1 << 20
_NAME, _PREFIX = 100, 155
_DEEPEST = 12
_PLAIN = re.compile(
    r"claw\.db|audit\.db|audit-[1-9][0-9]{0,17}-[1-9][0-9]{0,17}\.db|stop|pause|keys/[A-Za-z0-9_][A-Za-z0-9._-]{0,80}"
)
_FOLDERS = ("skills/", "config/", "secrets/")


class Sink(Protocol):
    """Where an archive is written to."""

    def write(self, data: bytes, /) -> object:
        """Take all of ``data``; raises OSError."""
        ...


class Source(Protocol):
    """Where an archive is read from."""

    def read(self, size: int, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end; raises Refused or OSError."""
        ...


class Member(NamedTuple):
    """One file of an archive: its name in it, its size in bytes, and the SHA-256 of what it holds, in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Contents:
    """What an archive holds: ``about`` is what its maker says of it, ``members`` every file but the manifest."""

    about: Mapping[str, Json]
    members: Sequence[Member]


def allowed(name: str) -> bool:
    """Return whether a member may be called so: a file of a state directory, or one in a folder that is ours."""
    if _PLAIN.fullmatch(name):
        return True
    parts = name.split("/")
    return name.startswith(_FOLDERS) and len(parts) <= _DEEPEST and all(_is_part(part) for part in parts)


def _is_part(part: str) -> bool:
    return bool(part) and not part.startswith(".") and part.isprintable() and "\\" not in part and _fits(part)


def _fits(part: str) -> bool:
    return len(part.encode(errors="replace")) <= _NAME


class Writer:
    """Writes an archive to ``sink``, member by member; ``told`` hears of every piece."""

    def __init__(self, sink: Sink, told: Callable[[int], None] = lambda _: None) -> None:
        self._sink = sink
        self._told = told
        self.members: list[Member] = []

    def add(self, name: str, source: Source, size: int) -> None:
        """Add the next ``size`` bytes of ``source`` as ``name``; raises Broken where it holds fewer, or OSError."""
        if not allowed(name):
            raise Broken(f"{name!r} cannot be a part of a backup")
        self._put(name, source, size)

    def add_bytes(self, name: str, data: bytes) -> None:
        """Add ``data`` as ``name``; raises as ``add``."""
        self.add(name, _Bytes(data), len(data))

    def end(self, about: Mapping[str, Json]) -> Contents:
        """Write the manifest with ``about`` in it, and the end; raises OSError."""
        contents = Contents(about, tuple(self.members))
        listed = [member._asdict() for member in self.members]
        body = json.dumps({"format": FORMAT, **about, "members": listed}, ensure_ascii=False, indent=1).encode()
        self._put(MANIFEST, _Bytes(body), len(body))
        self._sink.write(bytes(2 * _BLOCK))
        return contents

    def _put(self, name: str, source: Source, size: int) -> None:
        self._sink.write(_header(name, size))
        hashed, left = hashlib.sha256(), size
        while left:
            piece = source.read(min(_PIECE, left))
            if not piece:
                raise Broken(f"{name} became shorter while it was read")
            hashed.update(piece)
            self._sink.write(piece)
            self._told(len(piece))
            left -= len(piece)
        self._sink.write(bytes(-size % _BLOCK))
        self.members.append(Member(name, size, hashed.hexdigest()))


def _header(name: str, size: int) -> bytes:
    """Return the one header that a member of this name and size can have (POSIX ustar); raises Broken."""
    if size >= MOST_BYTES:
        raise Broken(f"{name} is larger than a backup can hold ({size} bytes)")
    raw, prefix = name.encode(), b""
    if len(raw) > _NAME:
        cut = next((at for at in range(len(raw) - _NAME - 1, _PREFIX + 1) if raw[at : at + 1] == b"/"), -1)
        if cut < 1:
            raise Broken(f"the name {name!r} is longer than a backup can hold")
        prefix, raw = raw[:cut], raw[cut + 1 :]
    fields = (
        raw.ljust(_NAME, b"\0"), b"0000600\0", b"0000000\0", b"0000000\0", f"{size:011o}\0".encode(),
        b"00000000000\0", b" " * 8, b"0", bytes(100), b"ustar\x0000", bytes(32), bytes(32), b"0000000\0",
        b"0000000\0", prefix.ljust(_PREFIX, b"\0"), bytes(12),
    )  # fmt: skip
    whole = b"".join(fields)
    return whole[:148] + f"{sum(whole):06o}\0 ".encode() + whole[156:]


@dataclass
class Reader:
    """Reads an archive from ``source``; whatever is not as it is written here is Refused, with nothing believed."""

    source: Source
    told: Callable[[int], None] = lambda _: None
    seen: dict[str, Member] = field(default_factory=dict[str, Member])

    def members(self) -> Iterator[tuple[str, int, Iterator[bytes]]]:
        """Give the name, the size and the pieces of each member but the manifest; every piece has to be taken.

        After the last one ``contents`` is there.  Raises Refused.
        """
        while True:
            name, size = self._next()
            if name == MANIFEST:
                self._end(size)
                return
            if not allowed(name):
                raise Refused(f"this is no backup of Claw: {name[:80]!r} has no place in one")
            if name in self.seen or len(self.seen) >= MOST_MEMBERS:
                raise Refused(f"this is no backup of Claw: {name[:80]!r} is in it twice, or too much is")
            yield name, size, self._pieces(name, size)
            if name not in self.seen:
                raise RuntimeError("a member was not read to its end")

    def _next(self) -> tuple[str, int]:
        block = self._exactly(_BLOCK)
        try:
            size = int(block[124:135].decode("ascii"), 8)
            raw, prefix = (part.rstrip(b"\0").decode() for part in (block[:_NAME], block[345:500]))
            name = f"{prefix}/{raw}" if prefix else raw
            whole = _header(name, size) == block
        except (ValueError, Broken):
            name, size, whole = "", 0, False
        if not whole:
            raise Refused("this is no backup of Claw, or it is damaged: a header in it is not one that Claw writes")
        return name, size

    def _pieces(self, name: str, size: int) -> Iterator[bytes]:
        hashed, left = hashlib.sha256(), size
        while left:
            piece = self._exactly(min(_PIECE, left))
            hashed.update(piece)
            left -= len(piece)
            self.told(len(piece))
            yield piece
        self._exactly(-size % _BLOCK)
        self.seen[name] = Member(name, size, hashed.hexdigest())

    def _end(self, size: int) -> None:
        if size > MOST_MANIFEST:
            raise Refused("this is no backup of Claw: its list of parts is too long")
        body = self._exactly(size)
        self._exactly(-size % _BLOCK)
        if any(self._exactly(2 * _BLOCK)) or self.source.read(1):
            raise Refused("the backup is damaged: something follows its end")
        self.contents = read_manifest(body)
        listed = {member.name: member for member in self.contents.members}
        if len(listed) != len(self.contents.members) or listed != self.seen:
            wrong = sorted(name for name in listed.keys() | self.seen.keys() if listed.get(name) != self.seen.get(name))
            raise Refused(f"the backup is damaged: {', '.join(wrong[:3]) or 'its list of parts'} is not what it lists")

    def _exactly(self, size: int) -> bytes:
        data = self.source.read(size) if size else b""
        if len(data) != size:
            raise Refused("the backup ends too early: it was cut off")
        return data


def read_manifest(body: bytes) -> Contents:
    """Return what a manifest says; raises Refused for one of a newer Claw, or that is none."""
    try:
        told = json.loads(body)
        number = told.pop("format")
        if isinstance(number, int) and number > FORMAT:
            raise Refused(
                f"this backup was made by a newer version of Claw ({told.get('claw')}): install that or a newer one"
            )
        members = tuple(Member(str(one["name"]), int(one["size"]), str(one["sha256"])) for one in told.pop("members"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("the backup is damaged: its list of parts cannot be read") from error
    if number != FORMAT:
        raise Refused("the backup is damaged: its list of parts has no format")
    return Contents(told, members)


def unpack(source: Source, folder: Path, told: Callable[[int], None] = lambda _: None) -> Contents:
    """Write every member below the empty ``folder`` (0700, files 0600, on disk) and return what there is.

    Raises Refused when anything is not as its manifest says, OSError when the disk takes no more: what lies in
    ``folder`` then is worth nothing.
    """
    reader = Reader(source, told)
    for name, _, pieces in reader.members():
        path = folder / name
        try:
            private_folders(folder, path.parent)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except (FileExistsError, NotADirectoryError) as error:
            raise Refused(f"this is no backup of Claw: something else in it lies where {name[:80]!r} has to") from error
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
    return reader.contents


def private_folders(top: Path, below: Path) -> None:
    """Make every missing folder from ``top`` down to ``below`` with mode 0700; raises OSError."""
    if below != top and not below.is_dir():
        private_folders(top, below.parent)
        below.mkdir(mode=0o700)


def read_through(source: Source, told: Callable[[int], None] = lambda _: None) -> Contents:
    """Read every member and write nothing; raises as ``unpack``."""
    reader = Reader(source, told)
    for _, _, pieces in reader.members():
        for _piece in pieces:
            pass
    return reader.contents


class _Bytes:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, size: int, /) -> bytes:
        piece = self._data[self._at : self._at + size]
        self._at += len(piece)
        return piece
