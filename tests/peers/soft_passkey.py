"""A passkey made of software: it signs what it is given, as a phone would, and lies where a test tells it to."""

import hashlib
import json
import secrets
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from claw.channels.passkeys import to_bytes, to_text

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftPasskey:
    """One key for one site; ``counts`` is whether its counter goes on."""

    def __init__(self, *, counts: bool = True) -> None:
        self.id = secrets.token_bytes(16)
        self.counter = 0
        self.handle = ""
        self._counts = counts
        self._key = ec.generate_private_key(ec.SECP256R1())

    def make(self, options: dict[str, Any], origin: str, **lies: Any) -> dict[str, Any]:
        """Return what a browser would for ``navigator.credentials.create``."""
        self.handle = options["user"]["id"]
        data = self._data(lies.get("site", options["rp"]["id"]), lies.get("flags", PRESENT | VERIFIED) | ATTESTED)
        data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self.public()
        attestation = {"fmt": lies.get("fmt", "none"), "attStmt": lies.get("statement", {}), "authData": data}
        return self._brought(
            clientDataJSON=_client_data(lies.get("type", "webauthn.create"), options["challenge"], origin),
            attestationObject=to_text(cbor2.dumps(attestation)),
        )

    def sign(self, options: dict[str, Any], origin: str, **lies: Any) -> dict[str, Any]:
        """Return what a browser would for ``navigator.credentials.get``."""
        if self._counts:
            self.counter = lies.get("counter", self.counter + 1)
        data = self._data(lies.get("site", options["rpId"]), lies.get("flags", PRESENT | VERIFIED))
        said = _client_data(lies.get("type", "webauthn.get"), options["challenge"], origin)
        signed = data + hashlib.sha256(to_bytes(said)).digest()
        key = lies.get("key", self)._key
        return self._brought(
            clientDataJSON=said,
            authenticatorData=to_text(data),
            signature=to_text(key.sign(signed, ec.ECDSA(hashes.SHA256()))),
            userHandle=lies.get("handle", self.handle),
        )

    def public(self) -> bytes:
        numbers = self._key.public_key().public_numbers()
        x, y = (number.to_bytes(32, "big") for number in (numbers.x, numbers.y))
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})

    def _data(self, site: str, flags: int) -> bytes:
        return hashlib.sha256(site.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _brought(self, **response: str) -> dict[str, Any]:
        return {"id": to_text(self.id), "rawId": to_text(self.id), "type": "public-key", "response": response}


def _client_data(kind: str, challenge: str, origin: str) -> str:
    said = {"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}
    return to_text(json.dumps(said).encode())
