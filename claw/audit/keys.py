"""The key that signs checkpoints: made once, kept where nobody else reads it, never replaced without a word.

A key that others can read vouches for nothing, and a key that is gone can no longer say that the log is the same one.
Neither is repaired in silence: whoever opens the key is told and stops the house.  libsodium signs, for its 2 MB: the
OpenSSL of ``cryptography`` would be 8 MB of a daemon that signs four heads an hour.
"""

import os
import stat
from base64 import b64decode, b64encode
from pathlib import Path
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from claw.base.errors import Broken
from claw.store.db import PRIVATE_FILE, private_directory, sync_directory

KEY_FILE = "audit.key"
KEYS = "keys"
SEED_BYTES = 32
_MOST_BYTES = 4096
_HEAD = "claw audit key 1 "


class Key(NamedTuple):
    """The private key of one log; ``exposed`` says who else may have read it, empty where nobody."""

    seed: bytes
    exposed: str = ""

    @property
    def public(self) -> bytes:
        """The 32 bytes that anybody may know."""
        return bytes(SigningKey(self.seed).verify_key)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return SigningKey(self.seed).sign(message).signature


def signed_by(public: bytes, signature: bytes, message: bytes) -> bool:
    """Return whether ``signature`` over ``message`` was made with the key whose public half is ``public``."""
    try:
        VerifyKey(public).verify(message, signature)
    except (CryptoError, ValueError):
        return False
    return True


def read_key(path: Path) -> Key:
    """Return the key at ``path``; raises FileNotFoundError when there is none, Broken when it is none of ours."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Broken(f"the key of the audit log, {path}, cannot be read: {error.strerror}") from error
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise Broken(f"the key of the audit log, {path}, is no file")
        raw = os.read(handle, _MOST_BYTES)
    except OSError as error:
        raise Broken(f"the key of the audit log, {path}, cannot be read: {error.strerror}") from error
    finally:
        os.close(handle)
    head, seed = raw[: len(_HEAD)], b""
    if head == _HEAD.encode():
        try:
            seed = b64decode(raw[len(_HEAD) :].strip(), validate=True)
        except ValueError:
            seed = b""
    if len(seed) != SEED_BYTES:
        raise Broken(f"the key of the audit log, {path}, is damaged")
    return Key(seed, _exposed(path, found))


def make_key(path: Path) -> Key:
    """Make a key at ``path`` and return it; raises Broken when there is one already, or it cannot be written.

    It is either there as a whole or not at all, whenever the power goes.
    """
    private_directory(path.parent)
    seed = os.urandom(SEED_BYTES)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE_FILE)
        try:
            os.write(handle, f"{_HEAD}{b64encode(seed).decode()}\n".encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        os.link(fresh, path)  # unlike a rename it fails where another key lies
        fresh.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise Broken(f"the key of the audit log, {path}, cannot be made: {error.strerror}") from error
    return Key(seed)


def _exposed(path: Path, found: os.stat_result) -> str:
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return f"the key of the audit log, {path}, can be read by others: chmod 600 it"
    if found.st_uid not in {os.geteuid(), path.parent.stat().st_uid}:
        return f"the key of the audit log, {path}, belongs to another user (uid {found.st_uid})"
    return ""
