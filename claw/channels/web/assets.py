"""The page's files, read once and served from memory.

A handful of small files need no file server: a table from address to bytes cannot be walked out of.
"""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
    "webmanifest": "application/manifest+json",
}


class Assets:
    """The files of the folder ``page``: ``index.html`` and ``login.html`` by name, the others under ``/page/``."""

    def __init__(self) -> None:
        folder = files("claw.channels.web").joinpath("page")
        self._files: Mapping[str, tuple[bytes, str, str]] = dict(_read(folder))

    def respond(self, request: Request, name: str) -> Response:
        """Return the file ``name``, 304 where the browser has it already, 404 where there is none."""
        found = self._files.get(name)
        if found is None:
            return Response(status_code=404)
        content, kind, tag = found
        headers = {"ETag": tag, "Cache-Control": "no-cache", "Content-Type": kind}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)


def _read(folder: Traversable, prefix: str = "") -> list[tuple[str, tuple[bytes, str, str]]]:
    found: list[tuple[str, tuple[bytes, str, str]]] = []
    for entry in folder.iterdir():
        name = prefix + entry.name
        kind = _TYPES.get(entry.name.rpartition(".")[2])
        if entry.is_dir():
            found += _read(entry, f"{name}/")
        elif kind is not None:
            content = entry.read_bytes()
            found.append((name, (content, kind, f'"{hashlib.sha256(content).hexdigest()[:32]}"')))
    return found
