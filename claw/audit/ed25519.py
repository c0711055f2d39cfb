"""Ed25519 signatures by the OpenSSL that Python has loaded already.

The package ``cryptography`` brings a second one, which is 7 MB of a daemon that signs four heads an hour.  What is
called here is the same in every OpenSSL since 1.1.1.  Where Python's cannot be called, or does not sign as RFC 8032
says it must (built in without its names, too old, forbidden by a rule of the machine), ``cryptography`` does it.
"""

import ctypes
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from typing import Any, Protocol

from claw.base.errors import Broken

SIGNATURE_BYTES = 64
PUBLIC_BYTES = 32
_ED25519 = 1087
"""The number of the algorithm, ``EVP_PKEY_ED25519``."""
_SEED = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
_PUBLIC = bytes.fromhex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
_MESSAGE = bytes.fromhex("72")
_SIGNATURE = bytes.fromhex(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
)


class Signer(Protocol):
    """What can sign and check."""

    def public(self, seed: bytes) -> bytes:
        """Return the 32 public bytes of the 32 secret ones."""
        ...

    def sign(self, seed: bytes, message: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        ...

    def holds(self, public: bytes, signature: bytes, message: bytes) -> bool:
        """Return whether ``signature`` over ``message`` was made with the other half of ``public``."""
        ...


class Failed(Broken):
    """OpenSSL did not do what it was asked."""


class OpenSsl:
    """The functions of one OpenSSL; raises AttributeError where ``library`` has not got them all."""

    def __init__(self, library: ctypes.CDLL) -> None:
        handle, number, octets, length = ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t
        out, out_length = ctypes.c_char_p, ctypes.POINTER(ctypes.c_size_t)

        def of(name: str, result: Any, *takes: Any) -> Any:
            function = getattr(library, name)
            function.restype, function.argtypes = result, takes
            return function

        self._private_key = of("EVP_PKEY_new_raw_private_key", handle, number, handle, octets, length)
        self._public_key = of("EVP_PKEY_new_raw_public_key", handle, number, handle, octets, length)
        self._public_of = of("EVP_PKEY_get_raw_public_key", number, handle, out, out_length)
        self._free_key = of("EVP_PKEY_free", None, handle)
        self._context = of("EVP_MD_CTX_new", handle)
        self._free_context = of("EVP_MD_CTX_free", None, handle)
        self._begin_sign = of("EVP_DigestSignInit", number, handle, handle, handle, handle, handle)
        self._sign = of("EVP_DigestSign", number, handle, out, out_length, octets, length)
        self._begin_verify = of("EVP_DigestVerifyInit", number, handle, handle, handle, handle, handle)
        self._verify = of("EVP_DigestVerify", number, handle, octets, length, octets, length)
        self._forget_errors = of("ERR_clear_error", None)

    def public(self, seed: bytes) -> bytes:
        """Return the 32 public bytes of the 32 secret ones; raises Failed."""
        with self._key(self._private_key, seed) as key:
            return self._filled(PUBLIC_BYTES, self._public_of, key)

    def sign(self, seed: bytes, message: bytes) -> bytes:
        """Return the 64 bytes of the signature; raises Failed."""
        with self._key(self._private_key, seed) as key, self._work() as work:
            if self._begin_sign(work, None, None, None, key) != 1:
                raise Failed("OpenSSL does not sign with the key of the audit log")
            return self._filled(SIGNATURE_BYTES, self._sign, work, message, len(message))

    def holds(self, public: bytes, signature: bytes, message: bytes) -> bool:
        """Return whether ``signature`` over ``message`` was made with the other half of ``public``; raises Failed."""
        if len(public) != PUBLIC_BYTES:
            return False
        with self._key(self._public_key, public) as key, self._work() as work:
            if self._begin_verify(work, None, None, None, key) != 1:
                raise Failed("OpenSSL does not check with the key of an audit log")
            return self._verify(work, signature, len(signature), message, len(message)) == 1

    @contextmanager
    def _key(self, made: Any, raw: bytes) -> Generator[int]:
        key = made(_ED25519, None, raw, len(raw))
        try:
            if not key:
                raise Failed("OpenSSL does not take the key of an audit log")
            yield key
        finally:
            self._free_key(key)
            self._forget_errors()  # else the next one who asks this OpenSSL takes them for their own

    @contextmanager
    def _work(self) -> Generator[int]:
        work = self._context()
        try:
            if not work:
                raise Failed("OpenSSL has no memory left")
            yield work
        finally:
            self._free_context(work)

    @staticmethod
    def _filled(most: int, fill: Callable[..., int], handle: int, *words: object) -> bytes:
        out, size = ctypes.create_string_buffer(most), ctypes.c_size_t(most)
        if fill(handle, out, ctypes.byref(size), *words) != 1 or size.value != most:
            raise Failed("OpenSSL gave no signature")
        return out.raw


class Cryptography:
    """The package; it is only imported where Python's own OpenSSL is no use."""

    def public(self, seed: bytes) -> bytes:
        """Return the 32 public bytes of the 32 secret ones."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  see above

        return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    def sign(self, seed: bytes, message: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  see above

        return Ed25519PrivateKey.from_private_bytes(seed).sign(message)

    def holds(self, public: bytes, signature: bytes, message: bytes) -> bool:
        """Return whether ``signature`` over ``message`` was made with the other half of ``public``."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  see above
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415  see above

        try:
            Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@cache
def signer() -> Signer:
    """Return what signs in this process: Python's own OpenSSL where it proves that it can."""
    try:
        import _hashlib  # noqa: PLC0415  a Python that was built without OpenSSL has none

        own = OpenSsl(ctypes.CDLL(_hashlib.__file__))  # what it was linked with is found through it
        if proven(own):
            return own
    except (ImportError, AttributeError, OSError, TypeError):
        pass
    return Cryptography()


def proven(one: Signer) -> bool:
    """Return whether ``one`` does with an example of RFC 8032 what that says."""
    try:
        return (
            one.public(_SEED) == _PUBLIC
            and one.sign(_SEED, _MESSAGE) == _SIGNATURE
            and one.holds(_PUBLIC, _SIGNATURE, _MESSAGE)
            and not one.holds(_PUBLIC, _SIGNATURE, _MESSAGE + b"!")
        )
    except Failed:
        return False
