"""A file that only who has its key can read or make: chunks under ChaCha20-Poly1305, in order, with a marked end.

The chunks are the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizar ("Online Authenticated-Encryption and
its Nonce-Reuse Misuse-Resistance", 2015) in the form that age (C2SP) gives it: the nonce of each is eleven bytes of
counter and one that is 1 for the last chunk alone, so none can be moved, doubled, left out or taken for the end.  Every
file has a key of its own, derived (HKDF-SHA256) from the secret, 16 random bytes and the whole header.
"""

import hashlib
import hmac
import json
import os
import stat
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from claw.base.errors import Broken, Refused
from claw.base.regular import open_regular
from claw.store.archive import Sink, Source
from claw.store.db import PRIVATE_FILE, sync_directory

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

MAGIC = b"claw-backup-encrypted/1\n"
CHUNK = 64 << 10
TAG = 16
KEY_BYTES = 32
SHORTEST_PASSPHRASE = 10
_SALT_BYTES = 16
_MOST_HEADER = 1024
_KEY_HEAD = "claw backup key 1 "

PASSES, MEMORY_KIB, LANES = 3, 64 << 10, 4
"""The second choice of RFC 9106, section 4, for argon2id where memory is short: 64 MiB, 3 passes, 4 lanes."""
MOST_PASSES, MOST_MEMORY_KIB, MOST_LANES = 20, 1 << 20, 16
"""A header may ask for no more: nobody knows yet who wrote it."""

Kind = Literal["key file", "passphrase"]


@dataclass(frozen=True)
class Secret:
    """What a backup is encrypted with: the bytes of a key file, or the words of a passphrase."""

    kind: Kind
    value: bytes = field(repr=False)


def passphrase(words: str) -> Secret:
    """Return a passphrase as a secret; raises Refused for one that is too short."""
    if len(words) < SHORTEST_PASSPHRASE:
        raise Refused(f"a passphrase has at least {SHORTEST_PASSPHRASE} characters")
    return Secret("passphrase", words.encode())


def make_key_file(path: Path) -> None:
    """Write a new key to ``path``, mode 0600; raises Refused where something is there already, Broken."""
    text = f"{_KEY_HEAD}{b64encode(os.urandom(KEY_BYTES)).decode()}\n"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        sync_directory(path.parent)
    except FileExistsError:
        raise Refused(f"{path} is there already: a key that is in use must not be lost") from None
    except OSError as error:
        raise Broken(f"the key {path} cannot be written: {error.strerror}") from error


def read_key_file(path: Path, environment: Mapping[str, str] = os.environ) -> Secret:
    """Return the key in the file at ``path``; raises Broken when there is none, or others can read it.

    A credential of systemd's shows a right of the group that is none: it is how the list of who may in is shown.
    """
    try:
        with open_regular(path) as file:
            mode, raw = os.fstat(file.fileno()).st_mode, file.read(_MOST_HEADER)
    except OSError as error:
        raise Broken(f"the key of the backups, {path}, cannot be read: {error.strerror}") from error
    credentials = environment.get("CREDENTIALS_DIRECTORY")
    if mode & (stat.S_IRWXO if credentials and path.parent == Path(credentials) else stat.S_IRWXG | stat.S_IRWXO):
        raise Broken(f"the key of the backups, {path}, can be read by others: chmod 600 it")
    key = b""
    if raw.startswith(_KEY_HEAD.encode()):
        try:
            key = b64decode(raw[len(_KEY_HEAD) :].strip(), validate=True)
        except ValueError:
            key = b""
    if len(key) != KEY_BYTES:
        raise Broken(f"{path} is no key of `claw backup key`")
    return Secret("key file", key)


class Encrypting:
    """Writes to ``sink`` what is written to it, encrypted with ``secret``; whole only after ``end``."""

    def __init__(self, sink: Sink, secret: Secret) -> None:
        self._sink = sink
        about: dict[str, object] = {"secret": secret.kind, "salt": b64encode(os.urandom(_SALT_BYTES)).decode()}
        if secret.kind == "passphrase":
            about["argon2id"] = [PASSES, MEMORY_KIB, LANES]
        header = MAGIC + json.dumps(about).encode() + b"\n"
        seal, self._cipher = _keys(secret, header)
        self._counter = 0
        self._waiting = bytearray()
        sink.write(header + seal)

    def write(self, data: bytes, /) -> None:
        """Take ``data``; raises OSError."""
        self._waiting += data
        while len(self._waiting) > CHUNK:  # the last chunk is marked, so one is always kept back
            self._put(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]

    def end(self) -> None:
        """Write what is left, as the last chunk; raises OSError."""
        self._put(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _put(self, chunk: bytes, *, last: bool) -> None:
        self._sink.write(self._cipher.encrypt(_nonce(self._counter, last=last), chunk, None))
        self._counter += 1


class Decrypting:
    """Gives what was encrypted in ``source``; not one byte of it that its maker did not write, or in another place."""

    def __init__(self, source: Source, secret: Secret) -> None:
        """Raises Refused where the secret does not fit, or the header is none of ours."""
        self._source = source
        header = read_header(source)
        seal = source.read(hashlib.sha256().digest_size)
        wanted, self._cipher = _keys(secret, header)
        if not hmac.compare_digest(seal, wanted):
            raise Refused(f"this backup was not encrypted with that {secret.kind}, or its beginning is damaged")
        self._counter = 0
        self._next = source.read(CHUNK + TAG)
        if not self._next:  # even a file of nothing has a chunk that says so
            raise Refused("the backup is damaged: it was cut off behind its beginning")
        self._ready = bytearray()

    def read(self, size: int, /) -> bytes:
        """Return ``size`` bytes, fewer only at the end; raises Refused for a chunk that was changed, moved or cut."""
        while len(self._ready) < size and self._next:
            chunk, self._next = self._next, self._source.read(CHUNK + TAG)
            self._ready += self._opened(chunk, last=not self._next)
        piece = bytes(self._ready[:size])
        del self._ready[:size]
        return piece

    def _opened(self, chunk: bytes, *, last: bool) -> bytes:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  only who has encrypted backups pays for it

        try:
            opened = self._cipher.decrypt(_nonce(self._counter, last=last), chunk, None)
        except (InvalidTag, ValueError) as error:
            at = self._counter * CHUNK
            raise Refused(f"the backup is damaged: it was changed or cut off behind byte {at}") from error
        self._counter += 1
        return opened


def read_header(source: Source) -> bytes:
    """Return the header of an encrypted file, its line end included; raises Refused where there is none."""
    header = source.read(len(MAGIC))
    if header == MAGIC:
        for _ in range(_MOST_HEADER):
            byte = source.read(1)
            header += byte
            if byte == b"\n":
                return header
    raise Refused("this is no encrypted backup of Claw, or its beginning is damaged")


def kind_of(header: bytes) -> Kind:
    """Return what a file with this header was encrypted with; raises Refused."""
    told = _told(header).get("secret")
    if told == "passphrase":
        return "passphrase"
    if told == "key file":
        return "key file"
    raise Refused("this backup was encrypted with something that this version of Claw does not know")


def _told(header: bytes) -> dict[str, object]:
    try:
        told = json.loads(header[len(MAGIC) :])
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Refused("the beginning of the backup is damaged")
    return told


def _keys(secret: Secret, header: bytes) -> "tuple[bytes, ChaCha20Poly1305]":
    """Return the seal over ``header`` and what encrypts the chunks of its file; raises Refused."""
    from cryptography.hazmat.primitives.ciphers.aead import (  # noqa: PLC0415  as above
        ChaCha20Poly1305,
    )

    told = _told(header)
    if kind_of(header) != secret.kind:
        raise Refused(f"this backup was encrypted with a {kind_of(header)}, not with a {secret.kind}")
    try:
        salt = b64decode(str(told["salt"]), validate=True)
    except (KeyError, ValueError):
        salt = b""
    if len(salt) != _SALT_BYTES:
        raise Refused("the beginning of the backup is damaged")
    key = _stretched(secret.value, salt, told) if secret.kind == "passphrase" else secret.value
    seal = hmac.digest(_derived(key, salt, b"claw backup: header"), header, "sha256")
    return seal, ChaCha20Poly1305(_derived(key, salt, b"claw backup: chunks" + hashlib.sha256(header).digest()))


def _stretched(words: bytes, salt: bytes, told: dict[str, object]) -> bytes:
    from argon2.low_level import Type, hash_secret_raw  # noqa: PLC0415  as above

    cost = told.get("argon2id")
    most = (MOST_PASSES, MOST_MEMORY_KIB, MOST_LANES)
    if not isinstance(cost, list) or len(cost) != len(most):
        raise Refused("the beginning of the backup is damaged")
    for asked, bound in zip(cost, most, strict=True):
        if type(asked) is not int or not 1 <= asked <= bound:
            raise Refused("the backup asks for more work or memory than any that Claw makes; it is not opened")
    passes, memory, lanes = cost
    if memory < 8 * lanes:
        raise Refused("the beginning of the backup is damaged")
    return hash_secret_raw(words, salt, passes, memory, lanes, KEY_BYTES, Type.ID)


def _derived(key: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415  as above

    return HKDF(SHA256(), KEY_BYTES, salt, purpose).derive(key)


def _nonce(counter: int, *, last: bool) -> bytes:
    return counter.to_bytes(11, "big") + (b"\1" if last else b"\0")
