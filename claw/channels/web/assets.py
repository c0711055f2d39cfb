"""The page's files, read and pressed once and served from memory.

A handful of small files need no file server: a table from address to bytes cannot be walked out of.  They are the same
for everybody and hold nothing of anybody, so pressing them gives nothing away; what the house answers is never pressed.
"""

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}
_WORKER = "sw.js"
_NO_NAMES = b"const FILES = [];"
_KEPT = ("css", "js", "svg", "webmanifest")
_WORTH_IT = 0.9  # a pressed file goes out where it is at least a tenth smaller


@dataclass(frozen=True)
class Asset:
    """One file: its bytes, the same pressed (None where that saves nothing), its type and its tag."""

    content: bytes
    pressed: bytes | None
    kind: str
    tag: str


class Assets:
    """The files of the folder ``page``: ``index.html`` and ``login.html`` by name, the others under ``/page/``."""

    def __init__(self) -> None:
        folder = files("claw.channels.web").joinpath("page")
        found = dict(_read(folder))
        # What lets the page open while Claw is away knows its files, and by their tags is new when they are.
        names = to_json([(name, one[:8]) for name, one in _tags(found) if name.endswith(_KEPT) and name != _WORKER])
        found[_WORKER] = found[_WORKER].replace(_NO_NAMES, b"const FILES = " + names + b";")
        self._files: Mapping[str, Asset] = {name: _pressed(name, content) for name, content in found.items()}

    @property
    def names(self) -> frozenset[str]:
        """The names of all files, folders before a slash."""
        return frozenset(self._files)

    def respond(self, request: Request, name: str) -> Response:
        """Return the file ``name``, pressed for who takes that; 304 where it is there already, 404 where it is not."""
        found = self._files.get(name)
        if found is None:
            return Response(status_code=404)
        pressed = found.pressed if _takes_gzip(request.headers.get("accept-encoding", "")) else None
        # Each form has a tag of its own: a store between us may keep both.
        tag = f'"{found.tag}-gz"' if pressed else f'"{found.tag}"'
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Type": found.kind, "Vary": "Accept-Encoding"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        if pressed:
            return Response(pressed, headers={**headers, "Content-Encoding": "gzip"})
        return Response(found.content, headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Return whether the header Accept-Encoding allows gzip; an unclear one does not."""
    for one in accepted.lower().split(","):
        coding, _, weight = one.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _read(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        name = prefix + entry.name
        if entry.is_dir():
            yield from _read(entry, f"{name}/")
        elif _kind(name) in _TYPES:
            yield name, entry.read_bytes()


def _pressed(name: str, content: bytes) -> Asset:
    pressed = gzip.compress(content, 9, mtime=0)
    worth_it = len(pressed) < len(content) * _WORTH_IT
    return Asset(content, pressed if worth_it else None, _TYPES[_kind(name)], _tag(content))


def _tags(found: Mapping[str, bytes]) -> list[tuple[str, str]]:
    return [(name, _tag(content)) for name, content in sorted(found.items())]


def _tag(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _kind(name: str) -> str:
    return name.rpartition(".")[2]
