"""A signed head of the log as text that anybody can check without Claw: a *checkpoint* inside a *signed note*.

The form is the one that transparency logs use (C2SP: tlog-checkpoint, signed-note), with the head of the hash chain
where those have the root of a tree::

    claw/<id of the log, hex>
    <number of the last entry>
    <hash of that entry, base64>
    at <time> in <mark of the state directory>

    — claw/<id of the log, hex> <key hash and Ed25519 signature, base64>

Where only one short line can be kept it is written with bars instead of line ends, and nothing is lost.  Nothing here
signs or believes: it only reads and writes the form.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

LINE_CHARS = 255
"""What a Home Assistant state may hold; the short form of any checkpoint fits into it."""

PUBLIC_BYTES = 32
_ED25519 = b"\x01"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_NOTE = re.compile(
    r"claw/(?P<log>[0-9a-f]{32})(?P<end>[\n|])"
    r"(?P<size>0|[1-9][0-9]{0,17})(?P=end)"
    r"(?P<head>[A-Za-z0-9+/]{43}=)(?P=end)"
    r"at (?P<time>[0-9T:Z-]{20}) in (?P<home>[0-9a-f]{12})(?P=end)(?P=end)"
    r"(?:— claw/(?P=log) )?(?P<signature>[A-Za-z0-9+/]{91}=)"
)


class Checkpoint(NamedTuple):
    """What is signed: the log ``log`` had ``size`` entries and the last one had the hash ``head``, at ``time`` (UTC).

    ``home`` marks the state directory it lay in, so that a log that was put in its place is told from a stranger's.
    """

    log: bytes
    size: int
    head: bytes
    time: datetime
    home: str

    @property
    def origin(self) -> str:
        """The name of the log in a note."""
        return f"claw/{self.log.hex()}"

    def body(self) -> bytes:
        """Return the bytes that are signed."""
        time = self.time.astimezone(UTC).strftime(_TIME)
        head = b64encode(self.head).decode()
        return f"{self.origin}\n{self.size}\n{head}\nat {time} in {self.home}\n".encode()


class Note(NamedTuple):
    """A checkpoint with its signature; ``key`` is the hash of four bytes that names who signed."""

    checkpoint: Checkpoint
    key: bytes
    signature: bytes

    @property
    def text(self) -> str:
        """The note on its six lines."""
        signed = b64encode(self.key + self.signature).decode()
        return f"{self.checkpoint.body().decode()}\n— {self.checkpoint.origin} {signed}\n"

    @property
    def line(self) -> str:
        """The note on one line of at most 255 characters."""
        signed = b64encode(self.key + self.signature).decode()
        return self.checkpoint.body().decode().replace("\n", "|") + "|" + signed


def notes(text: str) -> Iterator[Note]:
    """Return every note in ``text``, in order, in either form; whatever lies between them is passed over."""
    for found in _NOTE.finditer(text):
        try:
            time = datetime.strptime(found["time"], _TIME).replace(tzinfo=UTC)
        except ValueError:
            continue
        log, head, signed = bytes.fromhex(found["log"]), b64decode(found["head"]), b64decode(found["signature"])
        yield Note(Checkpoint(log, int(found["size"]), head, time, found["home"]), signed[:4], signed[4:])


def without_notes(text: str) -> str:
    """Return what is in ``text`` besides notes."""
    return _NOTE.sub("", text)


def home_of(directory: Path) -> str:
    """Return the mark of a state directory: it says whether two logs lay in the same one, and not where."""
    return hashlib.sha256(str(directory.resolve()).encode(errors="surrogateescape")).hexdigest()[:12]


def key_hash(origin: str, public: bytes) -> bytes:
    """Return the four bytes that name the Ed25519 key ``public`` in the notes of ``origin``."""
    return hashlib.sha256(origin.encode() + b"\n" + _ED25519 + public).digest()[:4]


def write_key(origin: str, public: bytes) -> str:
    """Return the public key as one word, in the form of signed-note: name, hash, key."""
    return f"{origin}+{key_hash(origin, public).hex()}+{b64encode(_ED25519 + public).decode()}"


def read_key(text: str) -> bytes:
    """Return the 32 bytes of a public key that ``write_key`` wrote; raises ValueError when it is none."""
    name, _, rest = text.strip().partition("+")
    hashed, _, encoded = rest.partition("+")
    try:
        raw = b64decode(encoded, validate=True)
    except ValueError as error:
        raise ValueError(f"{text[:80]!r} is no public key: {error}") from error
    public = raw[1:]
    if raw[:1] != _ED25519 or len(public) != PUBLIC_BYTES or key_hash(name, public).hex() != hashed:
        raise ValueError(f"{text[:80]!r} is no public key of an audit log")
    return public
