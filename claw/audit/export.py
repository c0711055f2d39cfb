"""Writes the log as JSON lines, everything that is under its hashes included.

What is stored as JSON goes out byte for byte as it is stored, so that whoever has the lines can compute every hash
again; bytes are written in hex.  One row is held at a time, however long the log is.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from claw.audit.chain import microseconds, moment
from claw.audit.segments import held
from claw.store.db import UNREADABLE, connect, unusable

_ROWS = (
    "SELECT r.seq, r.time, r.kind, r.origin, r.parent, r.versions, r.payload_hash, r.previous, r.hash, p.salt, p.body"
    " FROM rows r LEFT JOIN payloads p ON p.seq = r.seq WHERE r.time >= ? AND r.time < ?"
)
_FOREVER = 2**62


def exported(
    path: Path, *, since: datetime | None = None, until: datetime | None = None, kinds: Sequence[str] = ()
) -> Iterator[str]:
    """Yield the entries of the log at ``path`` from ``since`` to before ``until``, each as one line without its end.

    ``time`` is ISO 8601 and ``time_us`` what is hashed.  Raises Broken when a file is missing or cannot be read.
    """
    condition = f" AND r.kind IN ({','.join('?' * len(kinds))})" if kinds else ""
    bounds = (microseconds(since) if since else -_FOREVER, microseconds(until) if until else _FOREVER)
    with held(path) as files:
        for file in files:
            with contextlib.closing(connect(file, read_only=True)) as connection:
                connection.text_factory = bytes
                try:
                    for row in connection.execute(f"{_ROWS}{condition} ORDER BY r.seq", (*bounds, *kinds)):
                        yield _line(*row)
                except UNREADABLE as error:
                    raise unusable(file, error) from error


def _line(  # noqa: PLR0913, PLR0917  the columns of a row
    seq: int,
    time: int,
    kind: bytes,
    origin: bytes,
    parent: int | None,
    versions: bytes,
    hidden: bytes,
    previous: bytes,
    own: bytes,
    salt: bytes | None,
    body: bytes | None,
) -> str:
    head = {"seq": seq, "time": moment(time).astimezone(UTC).isoformat(), "time_us": time, "kind": _text(kind)}
    tail = {"parent": parent, "payload_hash": hidden.hex(), "previous": previous.hex(), "hash": own.hex()}
    stored = {"origin": origin, "versions": versions, "payload": body}
    members = [json.dumps(head)[1:-1], *(f'"{name}": {_verbatim(text)}' for name, text in stored.items())]
    if salt is not None:
        tail["salt"] = salt.hex()
    return "{" + ", ".join([*members, json.dumps(tail)[1:-1]]) + "}"


def _verbatim(stored: bytes | None) -> str:
    """Return stored JSON as it is; what somebody damaged, as a text that holds it."""
    if stored is None:
        return "null"
    text = _text(stored)
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return json.dumps(text)
    return text if "\n" not in text and "\r" not in text else json.dumps(text)


def _text(stored: bytes) -> str:
    return stored.decode(errors="backslashreplace")
