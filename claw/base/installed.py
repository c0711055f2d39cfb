"""Whether the files of the installed packages are still those that were installed: each against its RECORD.

A package says in its RECORD which files it brought, with a hash of each.  What differs, what is missing, and above all
what nobody brought but Python would run (a module, a library, a ``.pth``) is told here; nothing is mended.  A ``.pth``
is code that every start of Python runs, so those are allowed by the hash of their content alone, whoever brought them.

It reads only, knows no other room, and can run as a small process of its own (``python -I -m claw.base.installed``,
with folders where not this Python's are meant), so that a daemon need not hold the lists of ten thousand files.  Who
may write the RECORDs too can hide what they changed: this finds damage, half an upgrade and careless hands, not
somebody with the rights of whoever installed Claw.
"""

import base64
import csv
import hashlib
import io
import json
import os
import stat
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple

Kind = Literal["changed", "missing", "stranger", "pth"]
"""``changed`` and ``missing`` files of a package; code that is a ``stranger``'s; a ``pth`` that is not allowed."""

ALLOWED_PTH: Final[Mapping[str, str]] = {
    "ad181197f8bc2c89d05d12017d81847d509a0e61ea1e6acd67ac10ec11a94c20": "urllib3-future",
    "2638ce9e2500e572a5e0de7faed6661eb569d1b696fcba07b0dd223da5f5d224": "setuptools",
    "ef2ed06d19867ec669c09a804060666a9cd5e383af0a9d11aa2de79b77d448e8": "coverage",
}
"""SHA-256 of the content of each ``.pth`` that may be there, and who brings it.  The last two come with tools only."""

MARKERS: Final = frozenset({".u3f_sync"})
"""Left by urllib3-future's ``.pth`` at its first start; empty of code."""

MOST = 100
"""So many differences are told by name; the count goes on."""
LONGEST_RECORD = 32 * 2**20
Progress = Callable[[int, int], None]
"""Is told how many packages of how many are done."""

_BLOCK = 1 << 20
_CODE = (".py", ".so", ".pth", ".pyd", ".dylib", ".egg-link")
_HASHES = frozenset({"sha256", "sha384", "sha512"})


@dataclass(frozen=True)
class Difference:
    """One file that is not as it was installed; ``path`` is printable and relative to ``root`` where it lies below."""

    kind: Kind
    path: str
    package: str = ""


@dataclass(frozen=True)
class Compared:
    """What was compared: ``files`` of ``packages``; ``differences``, the first ``MOST`` of ``found``.

    ``editable`` packages lie in somebody's own folder, which has no RECORD; ``unrecorded`` ones brought none (those of
    a distribution's own packages).
    """

    packages: int = 0
    files: int = 0
    found: int = 0
    differences: tuple[Difference, ...] = ()
    editable: tuple[str, ...] = ()
    unrecorded: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing differs."""
        return not self.found


def folders(path: Sequence[str] | None = None) -> tuple[Path, ...]:
    """Return the folders of installed packages that ``path`` (by default this Python's) looks into."""
    named = [Path(each) for each in (sys.path if path is None else path)]
    return tuple(dict.fromkeys(each for each in named if each.name in {"site-packages", "dist-packages"}))


def compare(
    roots: Iterable[Path] | None = None,
    *,
    whole: bool = True,
    allowed: Mapping[str, str] = ALLOWED_PTH,
    progress: Progress | None = None,
) -> Compared:
    """Return what differs in the folders ``roots`` (this Python's, where none are given) from what was installed.

    Not ``whole`` hashes only Claw's own files and every ``.pth``, and looks at the size of the others: a second instead
    of many.   Reads only; a folder that cannot be read is
    as good as empty, its files are missing.
    """
    state = _Found()
    told: Progress = progress or (lambda _done, _of: None)
    for root in folders() if roots is None else roots:
        _compare_folder(root, state, allowed, told, whole=whole)
    return Compared(
        state.packages,
        state.files,
        state.found,
        tuple(state.differences),
        tuple(state.editable),
        tuple(state.unrecorded),
    )


def as_json(compared: Compared) -> str:
    """Return the same as one line of JSON, for the process that asked."""
    return json.dumps(
        {
            "packages": compared.packages,
            "files": compared.files,
            "found": compared.found,
            "differences": [[each.kind, each.path, each.package] for each in compared.differences],
            "editable": compared.editable,
            "unrecorded": compared.unrecorded,
        }
    )


def from_json(line: str | bytes) -> Compared:
    """Return what ``as_json`` wrote; raises ValueError for anything else."""
    try:
        told = json.loads(line)
        differences = tuple(Difference(kind, str(path), str(package)) for kind, path, package in told["differences"])
        packages, files, found = int(told["packages"]), int(told["files"]), int(told["found"])
        return Compared(packages, files, found, differences, tuple(told["editable"]), tuple(told["unrecorded"]))
    except (KeyError, TypeError) as error:
        raise ValueError("no comparison of installed files") from error


@dataclass
class _Found:
    packages: int = 0
    files: int = 0
    found: int = 0
    differences: list[Difference] = field(default_factory=list[Difference])
    editable: list[str] = field(default_factory=list[str])
    unrecorded: list[str] = field(default_factory=list[str])

    def note(self, kind: Kind, path: str, package: str = "") -> None:
        self.found += 1
        if len(self.differences) < MOST:
            self.differences.append(Difference(kind, _printable(path), _printable(package)))


class _Entry(NamedTuple):
    """One line of a RECORD: where the file is, its hash as ``sha256=...`` and its size, where it says so."""

    path: str
    hashed: str
    size: str


def _compare_folder(root: Path, state: _Found, allowed: Mapping[str, str], progress: Progress, *, whole: bool) -> None:
    owned: set[str] = set()
    editable: set[str] = set()
    packages = sorted(_listed(root, ".dist-info"))
    foreign = bool(_listed(root, ".egg-info"))
    for at, name in enumerate(packages):
        package, record = name.removesuffix(".dist-info"), _record(root / name / "RECORD")
        progress(at, len(packages))
        if record is None:
            state.unrecorded.append(_printable(package))
            foreign = True
            continue
        state.packages += 1
        is_editable = _is_editable(root / name / "direct_url.json")
        if is_editable:
            state.editable.append(_printable(package))
        for entry in record:
            where = os.path.normpath(os.path.join(root, entry.path))  # noqa: PTH118  of ten thousand files: half the time
            owned.add(where)
            if is_editable and entry.path.endswith(".pth") and "/" not in entry.path:
                editable.add(where)
            state.files += 1
            _hold(entry, where, package, state, whole=whole or package.startswith("claw-"))
    progress(len(packages), len(packages))
    _strangers(root, owned, editable, state, allowed, foreign=foreign)


def _hold(entry: _Entry, where: str, package: str, state: _Found, *, whole: bool) -> None:
    """Hold one file against its line; compiled code has no hash, and is made anew wherever its source is read."""
    if entry.path.endswith(".pyc") or not entry.hashed:
        return
    try:
        found = os.stat(where)  # noqa: PTH116  a name of another encoding is no Path to print
        same = stat.S_ISREG(found.st_mode) and (not entry.size.isdigit() or int(entry.size) == found.st_size)
        if same and whole:
            same = _is_hash(where, entry.hashed)
    except (FileNotFoundError, NotADirectoryError):
        state.note("missing", entry.path, package)
    except (OSError, ValueError):
        state.note("changed", entry.path, package)  # what cannot be read cannot be run either
    else:
        if not same:
            state.note("changed", entry.path, package)


def _is_hash(where: str, hashed: str) -> bool:
    kind, _, wanted = hashed.partition("=")
    if kind not in _HASHES:
        return False
    return base64.urlsafe_b64encode(_digest(where, kind)).rstrip(b"=").decode() == wanted.rstrip("=")


def _digest(where: str, kind: str = "sha256") -> bytes:
    digest = hashlib.new(kind)
    with open(where, "rb", buffering=0) as file:  # noqa: PTH123  as in _hold
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest()


def _strangers(
    root: Path, owned: set[str], editable: set[str], state: _Found, allowed: Mapping[str, str], *, foreign: bool
) -> None:
    """Look for code that no package brought.  Beside packages without a RECORD that cannot be told, but of ``.pth``."""
    waiting = [str(root)]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda each: each.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    waiting.append(entry.path)
            elif folder == str(root) and entry.name.endswith(".pth"):
                if entry.path not in editable and _hex(entry.path) not in allowed:
                    state.note("pth", os.path.relpath(entry.path, root))
            elif not foreign and entry.path not in owned and _is_code(entry):
                state.note("stranger", os.path.relpath(entry.path, root))


def _is_code(entry: "os.DirEntry[str]") -> bool:
    """Return whether Python could run it by this name: a link to a folder is a package like any other."""
    name = entry.name
    if name in MARKERS:
        return False
    return name.endswith((*_CODE, ".pyc")) or ".so." in name or (entry.is_symlink() and entry.is_dir())


def _hex(where: str) -> str:
    try:
        return _digest(where).hex()
    except OSError:
        return ""


def _listed(root: Path, ending: str) -> list[str]:
    try:
        return [each for each in os.listdir(root) if each.endswith(ending)]  # noqa: PTH208  names only
    except OSError:
        return []


def _record(path: Path) -> list[_Entry] | None:
    """Return the lines of a RECORD, None where there is none to be read."""
    try:
        if path.stat().st_size > LONGEST_RECORD:
            return None
        rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8", errors="surrogateescape"), newline=""))
        return [_Entry(row[0], row[1], row[2]) for row in rows if len(row) >= 3 and "\0" not in row[0]]  # noqa: PLR2004  path, hash, size
    except (OSError, csv.Error):
        return None


def _is_editable(path: Path) -> bool:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return bool(told["dir_info"]["editable"])
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _printable(text: str) -> str:
    """Return a name of a file as it may be shown and sent: no control characters, no half characters, 200 at most."""
    shown = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    return shown if len(shown) <= 200 else shown[:199] + "…"  # noqa: PLR2004  a line of text


if __name__ == "__main__":
    os.nice(19)  # nobody waits for it
    sys.stdout.write(as_json(compare([Path(each) for each in sys.argv[1:]] or None)) + "\n")
